"""The engine against ground truth: exhaustive enumeration, the plain interpreter, and any household whatever."""

from __future__ import annotations

import itertools
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from builders import FACTS, TODAY, all_, any_, base, count, fact, not_, officer, ratio, rule, some_member, test, version

from bot.eligibility import tree as nodes
from bot.eligibility.cells import status_of
from bot.eligibility.compile import compile_statuses
from bot.eligibility.household import Household
from bot.eligibility.kleene import BEST, WORST, Scene, truth
from bot.eligibility.plan import build, ready
from bot.eligibility.question import next_question
from bot.eligibility.screen import screen, statuses
from bot.eligibility.values import Interval, OneOf, Some, Unknown
from bot.eligibility.wire import household_from_json, verdict_to_json

# A vocabulary in which nothing is derived from anything else, small enough to try every completion.
SMALL = {
    one.name: one
    for one in (fact("n"), fact("m"), fact("yes", "boolean"), fact("ill", "boolean"), fact("kind", "choice", choices=("a", "b", "c")))
}
DOMAIN: dict[str, list[Any]] = {
    "n": list(range(-1, 8)),
    "m": list(range(-1, 8)),
    "yes": [True, False],
    "ill": [True, False],
    "kind": ["a", "b", "c"],
}

leaves = st.one_of(
    st.builds(test, st.sampled_from(["n", "m"]), st.sampled_from(["at_least", "at_most", "over", "under", "is"]), st.integers(0, 6)),
    st.builds(test, st.sampled_from(["yes", "ill"]), st.just("is"), st.booleans()),
    st.builds(test, st.just("kind"), st.just("is"), st.sampled_from("abc")),
    st.builds(test, st.just("kind"), st.just("in"), st.frozensets(st.sampled_from("abc"), min_size=1)),
)


def grown(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda of: all_(*of)),
        several.map(lambda of: any_(*of)),
        several.map(lambda of: count(min(2, len(of)), *of)),
        inner.map(not_),
    )


trees = st.recursive(leaves, grown, max_leaves=7)
with_officer = st.recursive(st.one_of(leaves, st.just(officer())), grown, max_leaves=6)
numbers = st.one_of(
    st.none(), st.integers(-1, 7), st.tuples(st.integers(-1, 7), st.integers(-1, 7)).map(lambda ends: Interval(min(ends), max(ends)))
)
people = st.fixed_dictionaries(
    {
        "n": numbers,
        "m": numbers,
        "yes": st.sampled_from([None, True, False, Unknown.DECLINED]),
        "ill": st.sampled_from([None, True, False, Unknown.DONT_KNOW]),
        "kind": st.sampled_from([None, "a", "b", "c", OneOf(frozenset("ab")), OneOf(frozenset("c"))]),
    }
).map(lambda facts: {name: value for name, value in facts.items() if value is not None})


def completions(person: dict[str, Any]) -> list[dict[str, Any]]:
    options = []
    for name, domain in DOMAIN.items():
        match person.get(name):
            case None | Unknown():
                options.append(domain)
            case Interval(lo, hi):
                options.append([value for value in domain if lo <= value <= hi])
            case OneOf(choices):
                options.append(sorted(choices))
            case value:
                options.append([value])
    return [dict(zip(DOMAIN, values, strict=True)) for values in itertools.product(*options)]


def plain(node: Any, facts: dict[str, Any]) -> bool:
    """Two-valued truth on full facts, written independently of the engine."""
    match node:
        case nodes.Test(operand=operand, op=op, value=value):
            have = facts[operand.fact]
            return {
                "is": lambda: have == value,
                "in": lambda: have in value,
                "at_least": lambda: have >= value,
                "at_most": lambda: have <= value,
                "over": lambda: have > value,
                "under": lambda: have < value,
            }[op]()
        case nodes.Not(of=inner):
            return not plain(inner, facts)
        case nodes.All(of=of):
            return all(plain(one, facts) for one in of)
        case nodes.AnyOf(of=of):
            return any(plain(one, facts) for one in of)
        case nodes.CountOf(n=n, of=of):
            return sum(plain(one, facts) for one in of) >= n
    raise AssertionError(node)


@settings(max_examples=150, deadline=None)
@given(trees, people)
def test_status_agrees_with_trying_every_completion(tree: Any, person: dict[str, Any]) -> None:
    outcomes = {plain(tree, facts) for facts in completions(person)}
    expected = "unknown" if len(outcomes) == 2 else ("eligible" if outcomes == {True} else "ineligible")
    (found,) = statuses(base(rule("r", tree), facts=SMALL), Household({}, {"self": person}), TODAY)
    assert found.status == expected


@settings(max_examples=200, deadline=None)
@given(with_officer, people)
def test_generated_code_equals_the_plain_interpreter(tree: Any, person: dict[str, Any]) -> None:
    scene = Scene({"self": person}, {"self": ("self",)}, {"self": True}, TODAY, SMALL)
    assert compile_statuses([tree], SMALL)(person) == [truth(tree, "self", scene)]
    rules = base(rule("r", tree), facts=SMALL)
    item = ready(rules, rules.rules["r"], TODAY)
    (quick,) = build(SMALL, [item]).run(person)
    best, worst = truth(tree, "self", scene, BEST), truth(tree, "self", scene, WORST)
    judged = "officer" if best is True and worst is False else "unknown"
    assert quick == ("ineligible" if best is False else "eligible" if worst is True else judged)
    assert quick in ("unknown", status_of(item, "self", scene))


any_value = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200000),
    st.floats(allow_nan=True),
    st.text(max_size=4),
    st.dates(date(1, 1, 1)),
    st.builds(Interval, st.one_of(st.none(), st.integers(-5, 130)), st.one_of(st.none(), st.integers(-5, 130))),
    st.builds(OneOf, st.frozensets(st.sampled_from(["thai", "s33", "s40", "x"]))),
    st.builds(Some, st.frozensets(st.sampled_from(["r0", "r1"])), st.frozensets(st.sampled_from(["r1", "r2"]))),
    st.sampled_from(list(Unknown)),
)
any_facts = st.dictionaries(st.sampled_from(sorted(FACTS)), any_value.filter(lambda value: value is not None), max_size=8)
MANY = base(
    rule(
        "old",
        version(all_(test("age_years", "at_least", 60), not_(test("has_pension", "is", True)), test("is_monk", "is", False, lenient=True))),
    ),
    rule("card", all_(test("has_disability_card", "is", True, get_first="id"), test("nationality", "is", "thai"))),
    rule("poor", any_(ratio("household_income_year", "household_size", "at_most", 100000), test("age_months", "under", 72))),
    rule("kin", all_(some_member(test("age_years", "under", 6), relation="child"), officer(), test("district", "in", frozenset({"ก"})))),
    rule(
        "jobless",
        any_(test("lost_job_date", "within_days", 30), test("lost_job_date", "since_days", 240), test("receives", "includes", "old")),
    ),
    rule(
        "whole",
        all_(test("lost_crops", "is", True), some_member(test("insured", "in", frozenset({"s33"})), at_least=0, at_most=1)),
        subject="household",
    ),
)


@settings(max_examples=150, deadline=None)
@given(any_facts, st.dictionaries(st.sampled_from(["self", "mother", "child1", "friend"]), any_facts, max_size=3), st.booleans())
def test_no_household_stops_a_screening(facts: dict[str, Any], members: dict[str, Any], complete: bool) -> None:
    household = Household(facts, members, complete)
    for verdict in screen(MANY, household, TODAY):
        verdict_to_json(verdict)
        assert (verdict.amount is not None) <= (verdict.status in ("eligible", "officer"))
    next_question(MANY, household, TODAY)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 90), st.integers(0, 5000))
def test_a_change_is_announced_for_the_first_day_on_which_the_status_differs(age: int, days: int) -> None:
    rules = base(rule("r", all_(test("age_years", "at_least", 15), not_(test("age_years", "over", 59)))))
    birth = date(TODAY.year - age, 1, 1) - timedelta(days=days % 365)
    household = Household({}, {"self": {"birth_date": birth}})
    (verdict,) = screen(rules, household, TODAY)
    if verdict.changes_on is not None:
        (before,) = screen(rules, household, verdict.changes_on - timedelta(days=1))
        (then,) = screen(rules, household, verdict.changes_on)
        assert (before.status, then.status) == (verdict.status, verdict.changes_to)
        assert then.status != verdict.status


def test_conditions_about_other_members_are_refused_for_plain_facts() -> None:
    with pytest.raises(ValueError, match="other members"):
        compile_statuses([some_member(test("age_years", "under", 6))], FACTS)


def test_a_household_of_the_wire_is_screened() -> None:
    household = household_from_json({"facts": {}, "members": [{"ref": "self", "facts": {"age_years": 61, "has_pension": False}}]}, MANY)
    (verdict,) = screen(MANY, household, TODAY, only={"old"})
    assert verdict.status == "eligible"
    assert [one.fact for one in verdict.assumed] == ["is_monk"]
