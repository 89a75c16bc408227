"""When a verdict changes by itself: a birthday, a day counted from an event, a new version of the rule.

Belongs here: the days on which that can happen, and trying them in order. Does not: changes in what people say or do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import cast

from bot.eligibility.ages import ONE_DAY, add_months
from bot.eligibility.amounts import money
from bot.eligibility.cells import status_of
from bot.eligibility.household import Household
from bot.eligibility.kleene import Scene, facts_of
from bot.eligibility.plan import OUT_OF_SCOPE, Ready, ready, walk
from bot.eligibility.tree import All, Bands, Choose, Members, Notes, Operand, Ref, RuleBase, Test, Version
from bot.eligibility.values import Interval, Value
from bot.eligibility.verdict import Money, Status

HORIZON = 10  # years looked ahead
AGES = {"age_years": 12, "age_months": 1}  # fact → months in its unit
COUNTED = ("within_days", "since_days")
Later = Callable[[date], Scene]


def changes(base: RuleBase, item: Ready, ref: str, scene: Scene, later: Later) -> tuple[date | None, Status | None]:
    """The earliest day within ten years on which status or amount is another, and the status then; (None, None) if there is none.

    Where an age or a date is known only within bounds this is the earliest possible day.
    """
    days = candidates(item, ref, scene)
    if not days:
        return None, None
    now = outcome(item, ref, later(scene.today))
    for day in days:
        then = outcome(ready(base, item.rule, day), ref, later(day))
        if then != now:
            return day, then[0]
    return None, None


def outcome(item: Ready, ref: str, scene: Scene) -> tuple[Status, Money | None]:
    found = status_of(item, ref, scene)
    status = "ineligible" if found == OUT_OF_SCOPE else cast(Status, found)
    known = item.version is not None and status in ("eligible", "officer")
    return status, money(item.version.amount, ref, scene) if known and item.version else None


def earliest(household: Household, scene: Scene) -> Household:
    """The household with everybody as old, and every event as long ago, as what is known allows."""
    members = {ref: _earliest(facts, scene.people[ref]) for ref, facts in household.members.items()}
    return replace(household, facts=_first_days(household.facts), members=members)


def _earliest(facts: Mapping[str, Value], derived: Mapping[str, Value]) -> dict[str, Value]:
    out = _first_days(facts)
    born = derived.get("birth_date")
    if born is None:
        return out
    for name in ("age_years", "age_months", "birth_year_be"):
        out.pop(name, None)
    out["birth_date"] = born.lo if isinstance(born, Interval) and born.lo is not None else born
    return out


def _first_days(facts: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value.lo if isinstance(value, Interval) and isinstance(value.lo, date) else value for name, value in facts.items()}


# ---------------------------------------------------------------- days on which something can happen
def candidates(item: Ready, ref: str, scene: Scene) -> list[date]:
    """Days after today, in order, on which a comparison of this rule can turn."""
    last = add_months(scene.today, HORIZON * 12)
    found = {day for version in item.rule.versions for day in _edges(version)}
    for operand, op, limit, everybody in comparisons(item):
        refs = scene.homes.get(ref, ()) if everybody else (ref,)
        found |= {day for who in refs for day in _days(operand, op, limit, who, scene)}
    return sorted(day for day in found if scene.today < day <= last)


def _edges(version: Version) -> Iterator[date]:
    yield version.start
    if version.end is not None and version.end < date.max:
        yield version.end + ONE_DAY


@lru_cache(maxsize=4096)
def comparisons(item: Ready) -> tuple[tuple[Operand, str, float, bool], ...]:
    """(operand, operator, limit, whether it is about other members too) of all that moves with time, in the conditions and the amount."""
    everybody = any(isinstance(node, Members) for node in item.nodes)
    nodes = list(item.nodes)
    payment = item.version.amount.payment if item.version else None
    found: list[tuple[Operand, str, float, bool]] = []
    if isinstance(payment, Bands):
        found += [(payment.by, "at_least", row.from_, False) for row in payment.rows]
    if isinstance(payment, Choose):
        arms = tuple(condition for condition, _ in payment.arms if condition is not None)
        nodes += walk(All(arms, Notes(), payment.place))
    for node in nodes:
        if isinstance(node, Test) and isinstance(node.value, (int, float)):
            found.append((node.operand, node.op, node.value, everybody))
    return tuple(dict.fromkeys(one for one in found if facts_of(one[0])[0] in AGES or one[1] in COUNTED))


def _days(operand: Operand, op: str, limit: float, ref: str, scene: Scene) -> Iterator[date]:
    facts = scene.people[ref]
    name = facts_of(operand)[0]
    if name in AGES and isinstance(operand, Ref):
        value = facts.get("birth_date")
        born = value.lo if isinstance(value, Interval) else value
        if isinstance(born, date):
            months = AGES[name]
            yield add_months(born, int(limit) * months)
            yield add_months(born, (int(limit) + 1) * months)
    elif op in COUNTED:
        value = facts.get(name)
        event = value.lo if isinstance(value, Interval) else value
        if isinstance(event, date):
            yield event + timedelta(days=int(limit) + (op == "within_days"))
