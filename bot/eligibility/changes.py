"""When a verdict changes by itself: a birthday, a day counted from an event, a new version of the rule.

Belongs here: the days on which that can happen, and trying them in order. Does not: changes in what people say or do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, cast

from bot.eligibility.ages import ONE_DAY, add_months, months_between
from bot.eligibility.amounts import money
from bot.eligibility.cells import status_of
from bot.eligibility.kleene import Scene, facts_of
from bot.eligibility.look import Codes
from bot.eligibility.plan import OUT_OF_SCOPE, Ready, ready, walk
from bot.eligibility.tree import All, Bands, Choose, Members, Notes, Operand, Ref, RuleBase, Test, Version
from bot.eligibility.values import Interval
from bot.eligibility.verdict import Money, Status

HORIZON = 10  # years looked ahead
AGES = {"age_years": 12, "age_months": 1}  # fact → months in its unit
COUNTED = ("within_days", "since_days")
STEPS = {"at_least": (0,), "under": (0,), "over": (1,), "at_most": (1,)}  # a comparison turns at its limit or one unit above it
Change = tuple[date | None, Status | None, bool]  # day, status then, whether the day is certain
NEVER: Change = (None, None, True)


class Calendar:
    """The same people on later days: everybody as old, and every event as long ago, as what is known allows; all else as today."""

    def __init__(self, base: RuleBase, codes: Codes) -> None:
        self.base, self.codes, self.today = base, codes, codes.scene.today
        self.last = add_months(self.today, HORIZON * 12)
        self._oldest: dict[str, dict[str, Any]] = {}
        self._facts: dict[tuple[str, date], dict[str, Any]] = {}
        self._scenes: dict[date, Codes] = {}

    def facts(self, ref: str, day: date) -> dict[str, Any]:
        found = self._facts.get((ref, day))
        if found is None:
            if ref not in self._oldest:
                self._oldest[ref] = {name: first_day(value) for name, value in self.codes.scene.people[ref].items()}
            found = self._facts[ref, day] = dict(self._oldest[ref])
            born = found.get("birth_date")
            if isinstance(born, date):
                months = months_between(born, day)
                found["age_months"], found["age_years"] = months, months // 12
        return found

    def scene(self, day: date) -> Codes:
        if day not in self._scenes:
            people = {ref: self.facts(ref, day) for ref in self.codes.scene.people}
            self._scenes[day] = Codes(self.codes.grid, replace(self.codes.scene, people=people, today=day))
        return self._scenes[day]

    def outcome(self, item: Ready, ref: str, day: date) -> tuple[Status, Money | None]:
        found = self._status(ready(self.base, item.rule, day), ref, day, item)
        status = "ineligible" if found == OUT_OF_SCOPE else cast(Status, found)
        item = ready(self.base, item.rule, day)
        known = item.version is not None and status in ("eligible", "officer")
        return status, money(item.version.amount, ref, self.scene(day).scene) if known and item.version else None

    def _status(self, item: Ready, ref: str, day: date, today: Ready) -> str:
        if item is not today:  # another version: the codes of today's do not know its limits
            return status_of(item, ref, self.scene(day).scene)
        if not item.has_members:
            codes, facts, number = self.codes.grid.codes, self.facts(ref, day), day.toordinal()
            found = item.looks.get(tuple([codes[name](facts[name], number) if name in facts else None for name in item.seen]))
            if found is not None:
                return cast(str, found.status)
        return self.scene(day).look(item, ref).status


def first_day(value: Any) -> Any:
    return value.lo if isinstance(value, Interval) and isinstance(value.lo, date) else value


def changes(item: Ready, ref: str, calendar: Calendar) -> Change:
    """The earliest day within ten years on which status or amount is another, and the status then; `NEVER` if there is none.

    Where an age or a date is known only within bounds this is the earliest possible day, and not certain.
    """
    days = candidates(item, ref, calendar)
    if not days:
        return NEVER
    now = calendar.outcome(item, ref, calendar.today)
    for day in sorted(days):
        then = calendar.outcome(item, ref, day)
        if then != now:
            return day, then[0], days[day]
    return NEVER


def steady(item: Ready, ref: str, scene: Scene) -> bool:
    """Whether a no stays a no whatever the calendar brings, as far as this version goes."""
    if item.has_members:
        return False
    timely = {facts_of(operand)[0] for operand, _, _, _ in comparisons(item)}
    if not timely:
        return True
    rest = {name: value for name, value in scene.people[ref].items() if name not in timely}
    return item.alone.statuses(rest, ref, scene)[0] in ("ineligible", OUT_OF_SCOPE)


# ---------------------------------------------------------------- days on which something can happen
def candidates(item: Ready, ref: str, calendar: Calendar) -> dict[date, bool]:
    """Days after today on which a comparison of this rule can turn, and whether each is certain."""
    scene, today, last = calendar.codes.scene, calendar.today, calendar.last
    found = {day: True for version in item.rule.versions for day in _edges(version) if today < day <= last}
    for operand, op, limit, everybody in comparisons(item):
        for who in scene.homes.get(ref, ()) if everybody else (ref,):
            for day, sure in _days(operand, op, limit, who, scene):
                if today < day <= last:
                    found[day] = sure or found.get(day, False)
    return found


def turns(item: Ready, today: date) -> bool:
    """Whether another version begins or this one ends within sight."""
    last = add_months(today, HORIZON * 12)
    return any(today < day <= last for version in item.rule.versions for day in _edges(version))


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


def _days(operand: Operand, op: str, limit: float, ref: str, scene: Scene) -> Iterator[tuple[date, bool]]:
    facts = scene.people[ref]
    name = facts_of(operand)[0]
    counted = op in COUNTED
    said = facts.get(name if counted else "birth_date")
    day = first_day(said)
    if not isinstance(day, date):
        return
    sure = not isinstance(said, Interval)
    if counted:
        yield day + timedelta(days=int(limit) + (op == "within_days")), sure
    elif isinstance(operand, Ref):
        for years in STEPS.get(op, (0, 1)):
            yield add_months(day, (int(limit) + years) * AGES[name]), sure
