"""Small builders of rules and vocabularies for the tests of the engine."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.eligibility.tree import (
    All,
    Amount,
    AnyOf,
    Band,
    Bands,
    Condition,
    CountOf,
    Fact,
    Members,
    Not,
    Notes,
    Officer,
    Operator,
    Payment,
    Place,
    Ratio,
    Ref,
    Rule,
    RuleBase,
    Test,
    Version,
)

HERE = Place("test.yaml", 1)
TODAY = date(2026, 11, 22)


def words(text: str) -> dict[str, str]:
    return {"th": text, "en": text}


def fact(name: str, kind: str = "number", owner: str = "member", **other: Any) -> Fact:
    given = {
        "unit": None,
        "topic": "person",
        "question": {},
        "help": {},
        "choices": {},
        "range": None,
        "cost": 1,
        "sensitive": False,
        "ask": "one",
        "prior": {},
        "derived": False,
    }
    choices = {choice: words(choice) for choice in other.pop("choices", ())}
    return Fact(name=name, type=kind, owner=owner, label=words(name), place=HERE, **{**given, **other, "choices": choices})  # type: ignore[arg-type]


FACTS = {
    one.name: one
    for one in (
        fact("age_years", range=(0, 120)),
        fact("age_months", ask="never", derived=True),
        fact("birth_year_be", ask="never"),
        fact("birth_date", "date", ask="never"),
        fact("nationality", "choice", choices=("thai", "stateless", "migrant:laos"), ask="all"),
        fact("sex", "choice", choices=("female", "male", "other")),
        fact("insured", "choice", choices=("s33", "s39", "s40", "none", "civil_servant", "gold_card")),
        fact("pregnant", "boolean", topic="health"),
        fact("has_pension", "boolean", topic="income"),
        fact("disability", "boolean", topic="health"),
        fact("has_disability_card", "boolean", topic="health"),
        fact("lives_alone", "boolean"),
        fact("is_monk", "boolean", ask="never"),
        fact("hiv", "boolean", sensitive=True, topic="health"),
        fact("abandoned", "boolean", sensitive=True, topic="crisis"),
        fact("receives", "set", ask="never"),
        fact("income_month", "money", topic="income"),
        fact("income_year", "money", topic="income", ask="never"),
        fact("income_day", "money", topic="income", ask="never"),
        fact("no_income", "boolean", topic="income", ask="never"),
        fact("wage_month", "money", topic="income", ask="never"),
        fact("lost_job_date", "date", topic="work"),
        fact("district", "text", "household", topic="place"),
        fact("province", "choice", "household", choices=("ตาก", "น่าน"), topic="place"),
        fact("household_size", "number", "household", topic="home", range=(1, 40)),
        fact("household_income_month", "money", "household", topic="income"),
        fact("household_income_year", "money", "household", topic="income", ask="never"),
        fact("income_per_head_year", "money", "household", topic="income", ask="never"),
        fact("income_per_head_month", "money", "household", topic="income", ask="never"),
        fact("lost_crops", "boolean", "household", topic="crisis"),
    )
}


def test(name: str, op: Operator, value: Any, **notes: Any) -> Test:
    return Test(Ref(name), op, value, Notes(**notes), HERE)


test.__test__ = False  # type: ignore[attr-defined]


def ratio(top: str, bottom: str, op: Operator, value: float) -> Test:
    return Test(Ratio(Ref(top), Ref(bottom)), op, value, Notes(), HERE)


def all_(*of: Condition, **notes: Any) -> All:
    return All(of, Notes(**notes), HERE)


def any_(*of: Condition, **notes: Any) -> AnyOf:
    return AnyOf(of, Notes(**notes), HERE)


def not_(of: Condition, **notes: Any) -> Not:
    return Not(of, Notes(**notes), HERE)


def count(n: int, *of: Condition) -> CountOf:
    return CountOf(n, of, Notes(), HERE)


def officer(text: str = "officer") -> Officer:
    return Officer(words(text), Notes(), HERE)


def some_member(
    where: Condition, relation: str | None = None, others: bool = False, at_least: int = 1, at_most: int | None = None
) -> Members:
    return Members(where, relation, others, at_least, at_most, Notes(), HERE)


def payment(low: float | None, high: float | None = None, unit: str = "baht") -> Payment:
    return Payment(low, low if high is None else high, unit)


def bands(by: str, *rows: tuple[float, float | None, float]) -> Bands:
    return Bands(Ref(by), tuple(Band(low, high, payment(value)) for low, high, value in rows), HERE)


def amount(paid: Any = None, period: str = "month", **cap: float) -> Amount:
    return Amount("cash", paid, period, "member", None, cap, (), words("amount"))


def version(conditions: Condition, paid: Any = None, start: date = date(2020, 1, 1), end: date | None = None, **other: Any) -> Version:
    given = {"officer": None, "deadline": None, "amount": amount(paid)}
    return Version(start=start, end=end, conditions=conditions, source=(), place=HERE, **{**given, **other})


def rule(
    id_: str, *versions: Version | Condition, subject: Any = "member", for_whom: Condition | None = None, sensitive: bool = False
) -> Rule:
    made = tuple(one if isinstance(one, Version) else version(one) for one in versions)
    text = words(id_)
    return Rule(
        id_,
        "health",
        text,
        text,
        text,
        "local",
        subject,
        for_whom,
        made,
        (),
        text,
        text,
        (),
        (),
        (),
        (),
        "high",
        None,
        (),
        sensitive,
        (),
        (),
        HERE,
    )


def base(*rules: Rule, facts: dict[str, Fact] | None = None) -> RuleBase:
    return RuleBase(facts or FACTS, {one.id: one for one in rules}, "test")
