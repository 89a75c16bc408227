"""The synthetic rules as a rule base of ours, and people as our tables.

Belongs here: plain tuples → typed tree, columns → Ibis table. Does not: timing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from bench.synthetic import FACTS, FLAGS, NUMBERS, PROVINCES, SECTIONS, Node, make_rules
from bot.eligibility.tree import (
    All,
    Amount,
    AnyOf,
    Condition,
    Fact,
    Not,
    Notes,
    Operator,
    Place,
    Ratio,
    Ref,
    Rule,
    RuleBase,
    Test,
    Version,
)

TODAY = date(2026, 11, 22)
_HERE = Place("synthetic", 1)
_NO_NOTES = Notes()


def make_base() -> RuleBase:
    """The 40 rules over their 15 facts."""
    rules = {f"e{i}": _rule(f"e{i}", node) for i, node in enumerate(make_rules())}
    return RuleBase({name: _fact(name) for name in FACTS}, rules, "synthetic")


def make_table(columns: dict[str, Any]) -> Any:
    """An Ibis table of the people, choices as Enum columns."""
    import ibis
    import polars as pl

    frame = pl.DataFrame({name: columns[name] for name in (*NUMBERS, *FLAGS)}).with_columns(
        pl.Series("province", columns["province"]).replace_strict(range(77), PROVINCES, return_dtype=pl.Enum(PROVINCES)),
        pl.Series("section", columns["section"]).replace_strict(range(5), SECTIONS, return_dtype=pl.Enum(SECTIONS)),
    )
    return ibis.polars.connect().create_table("people", frame)


def _fact(name: str) -> Fact:
    options = {"province": PROVINCES, "section": SECTIONS}.get(name, [])
    kind: Any = "choice" if options else "money" if name == "income" else "number" if name in NUMBERS else "boolean"
    words = {"th": name, "en": name}
    return Fact(
        name=name,
        type=kind,
        owner="member",
        unit=None,
        topic="person",
        label=words,
        question=words,
        help=words,
        choices=dict.fromkeys(options, words),
        range=None,
        cost=1,
        sensitive=False,
        ask="one",
        prior={},
        derived=False,
        place=_HERE,
    )


def _rule(name: str, node: Node) -> Rule:
    words = {"th": name, "en": name}
    amount = Amount("cash", None, "month", "member", None, {}, (), words)
    version = Version(date(2020, 1, 1), None, _condition(node), None, amount, None, (), _HERE)
    return Rule(
        id=name,
        area="health",
        name=words,
        summary=words,
        agency=words,
        level="national",
        subject="member",
        for_whom=None,
        versions=(version,),
        documents=(),
        where=words,
        when=words,
        steps=(),
        ways_in=(),
        phone=(),
        sources=(),
        confidence="high",
        check_with=None,
        replaces=(),
        sensitive=False,
        keywords=(),
        examples=(),
        place=_HERE,
    )


def _condition(node: Node) -> Condition:
    match node:
        case ("all", children):
            return All(tuple(map(_condition, children)), _NO_NOTES, _HERE)
        case ("any", children):
            return AnyOf(tuple(map(_condition, children)), _NO_NOTES, _HERE)
        case ("not", child):
            return Not(_condition(child), _NO_NOTES, _HERE)
        case ("between", fact, low, high):
            return All((_test(Ref(fact), "at_least", low), _test(Ref(fact), "at_most", high)), _NO_NOTES, _HERE)
        case ("in", fact, options):
            return _test(Ref(fact), "in", frozenset(options))
        case ("ratio_lt", top, bottom, limit):
            return _test(Ratio(Ref(top), Ref(bottom)), "under", limit)
        case ("eq", fact, option):
            return _test(Ref(fact), "is", option)
        case ("flag", fact):
            return _test(Ref(fact), "is", True)
    raise ValueError(node[0])


def _test(operand: Ref | Ratio, op: Operator, value: Any) -> Test:
    return Test(operand, op, value, _NO_NOTES, _HERE)
