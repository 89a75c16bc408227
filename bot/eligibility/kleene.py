"""Three-valued truth of a condition for one person, node by node.

Belongs here: what each node and operator means, read straight off the tree. Slow and plain on purpose: the generated code of
`compile.py` is proven equal to it, and explaining walks it. Does not: statuses (`screen.py`), wording (`explain.py`).

True, False, or None: the facts at hand do not tell.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.eligibility.household import Facts, kind_of, relation
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Fact, Members, Not, Officer, Operand, Ratio, Ref, Test
from bot.eligibility.values import Interval, OneOf, Some

Truth = bool | None
#: Kinds of ref that name somebody outside the writer's family; they are nobody's kin here.
OUTSIDERS = frozenset({"neighbour", "friend", "student", "patient"})


@dataclass(frozen=True, slots=True)
class Mode:
    """How to read the two kinds of leaf that facts alone do not settle, in the person's favour or not.

    officer: True reads officer points in favour, False against, None leaves them unknown.
    held: reads every condition that carries `get_first` in favour.
    """

    officer: Truth = None
    held: bool = False


KLEENE = Mode()
BEST = Mode(officer=True)
WORST = Mode(officer=False)
HELD = Mode(officer=True, held=True)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody on one day, facts derived: ref → own facts with the household's merged in."""

    people: Mapping[str, Facts]
    homes: Mapping[str, tuple[str, ...]]  # ref → the refs living in the same home, itself included
    complete: Mapping[str, bool]  # ref → nobody else lives in that home
    today: date
    vocabulary: Mapping[str, Fact]


def bounds(value: object) -> tuple[float, float]:
    """Lowest and highest possible number; dates as day numbers; what is not known is unbounded."""
    if value is None:
        return _OPEN
    kind = value.__class__
    if kind is int or kind is float:
        return _OPEN if value != value else (value, value)  # type: ignore[return-value]
    if kind is Interval:
        low, high = value.lo, value.hi  # type: ignore[attr-defined]
        if (low.__class__ is not int and low.__class__ is not float) or low != low:
            low = _end(low, -math.inf)
        if (high.__class__ is not int and high.__class__ is not float) or high != high:
            high = _end(high, math.inf)
        return low, high
    if isinstance(value, date):
        return value.toordinal(), value.toordinal()
    return _OPEN


_OPEN = (-math.inf, math.inf)


def _end(end: float | date | None, otherwise: float) -> float:
    if end is None or end != end:
        return otherwise
    return end.toordinal() if isinstance(end, date) else end


def divide(top: tuple[float, float], bottom: tuple[float, float]) -> tuple[float, float]:
    """Bounds of a quotient with a positive divisor."""
    low = top[0] / bottom[1] if top[0] >= 0 and bottom[1] > 0 else -math.inf
    high = top[1] / bottom[0] if bottom[0] > 0 else math.inf
    return low, high


def operand_bounds(operand: Operand, facts: Facts) -> tuple[float, float]:
    if isinstance(operand, Ratio):
        return divide(bounds(facts.get(operand.top.fact)), bounds(facts.get(operand.bottom.fact)))
    return bounds(facts.get(operand.fact))


def facts_of(operand: Operand) -> tuple[str, ...]:
    return (operand.fact,) if isinstance(operand, Ref) else (operand.top.fact, operand.bottom.fact)


def truth(node: Condition, ref: str, scene: Scene, mode: Mode = KLEENE, favour: bool = True) -> Truth:
    """Truth of `node` for the member `ref`. `favour` is the value that helps the person: True, and False inside a `not`."""
    if mode.held and node.notes.get_first:
        return favour
    value = _truth(node, ref, scene, mode, favour)
    return favour if value is None and node.notes.lenient else value


def _truth(node: Condition, ref: str, scene: Scene, mode: Mode, favour: bool) -> Truth:
    match node:
        case Test():
            return test_truth(node, ref, scene)
        case Not(of=inner):
            return negate(truth(inner, ref, scene, mode, not favour))
        case Officer():
            return None if mode.officer is None else (mode.officer is favour)
        case Members():
            return members_truth(node, ref, scene, mode, favour)
        case _:
            return count_truth(needed(node), [truth(child, ref, scene, mode, favour) for child in node.of])


def negate(value: Truth) -> Truth:
    return None if value is None else not value


def needed(node: All | AnyOf | CountOf) -> int:
    """How many children must hold."""
    match node:
        case All(of=of):
            return len(of)
        case AnyOf():
            return 1
        case CountOf(n=n):
            return n


def count_truth(n: int, values: list[Truth]) -> Truth:
    if values.count(True) >= n:
        return True
    return False if len(values) - values.count(False) < n else None


# ---------------------------------------------------------------- comparisons
def test_truth(test: Test, ref: str, scene: Scene) -> Truth:
    facts = scene.people.get(ref, {})
    operand = test.operand
    if isinstance(operand, Ratio):
        return compare_number(test, operand_bounds(operand, facts), scene.today.toordinal())
    value, fact = facts.get(operand.fact), scene.vocabulary[operand.fact]
    match fact.type:
        case "number" | "money" | "date":
            return compare_number(test, bounds(value), scene.today.toordinal())
        case "boolean":
            return value is test.value if isinstance(value, bool) else None
        case "set":
            return holds_item(value, test.value)
        case _:
            return choice_in(value, test.value if test.op == "in" else frozenset({test.value}), fact.choices)


def holds_item(value: object, item: str) -> Truth:
    if isinstance(value, frozenset):
        return item in value
    if isinstance(value, Some):
        return True if item in value.includes else (False if item in value.excludes else None)
    return None


def choice_in(value: object, wanted: frozenset[str], choices: Collection[str]) -> Truth:
    if isinstance(value, str):
        return value in wanted
    possible = value.options if isinstance(value, OneOf) else choices
    inside = sum(choice in wanted for choice in possible)
    if not possible or 0 < inside < len(possible):
        return None
    return inside > 0


def compare_number(test: Test, span: tuple[float, float], today: int) -> Truth:
    low, high = span
    if test.op == "in":
        return _number_in(test.value, low, high)
    limit = test.value.toordinal() if isinstance(test.value, date) else test.value
    match test.op:
        case "at_least":
            yes, no = low >= limit, high < limit
        case "at_most":
            yes, no = high <= limit, low > limit
        case "over":
            yes, no = low > limit, high <= limit
        case "under":
            yes, no = high < limit, low >= limit
        case "within_days":
            yes, no = today - low <= limit, today - high > limit
        case "since_days":
            yes, no = today - high >= limit, today - low < limit
        case _:
            yes, no = low == high == limit, limit < low or limit > high
    return True if yes else (False if no else None)


def _number_in(values: frozenset[Any], low: float, high: float) -> Truth:
    inside = [value for value in values if low <= value <= high]
    return True if inside and low == high else (None if inside else False)


# ---------------------------------------------------------------- other members
def others_of(node: Members, ref: str, scene: Scene) -> Iterator[tuple[str, Truth]]:
    """The members a quantifier ranges over, each with whether it surely counts (None: the refs do not tell the relation)."""
    for other in scene.homes.get(ref, tuple(scene.people)):
        if other == ref and (node.others or node.relation is not None):
            continue
        related = True if node.relation is None else is_related(ref, other, node.relation)
        if related is not False:
            yield other, related


def is_related(subject: str, other: str, wanted: str) -> Truth:
    if kind_of(subject) in OUTSIDERS or kind_of(other) in OUTSIDERS:
        return False
    found = relation(subject, other)
    return None if found is None else found == wanted


def members_truth(node: Members, ref: str, scene: Scene, mode: Mode, favour: bool) -> Truth:
    """Counts members for whom `where` surely and possibly holds; in an incomplete household somebody not named yet may too."""
    inner = favour if node.at_most is None else not favour
    sure = possible = 0
    for other, related in others_of(node, ref, scene):
        value = truth(node.where, other, scene, mode, inner)
        sure += value is True and related is True
        possible += value is not False
    return count_between(node, sure, possible + unseen(ref, scene))


def unseen(ref: str, scene: Scene) -> float:
    """How many more people may live in the home of `ref` than were named."""
    if scene.complete.get(ref, False):
        return 0
    return max(0, bounds(scene.people.get(ref, {}).get("household_size"))[1] - len(scene.homes.get(ref, ())))


def count_between(node: Members, sure: float, possible: float) -> Truth:
    top = math.inf if node.at_most is None else node.at_most
    if sure >= node.at_least and possible <= top:
        return True
    return False if possible < node.at_least or sure > top else None
