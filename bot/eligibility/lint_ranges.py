"""Which values of one fact a condition can and must hold for: the reasoning behind “never”, “always” and uncovered tables.

Belongs here: sets of values (spans of numbers, sets of choices) and their algebra over a condition tree. Does not: messages.

Two bounds are computed for a condition and one operand, whatever all other facts may be: `may` (values with which it can hold) and
`must` (values with which it surely holds). Empty `may`: never true. Full `must`: always true. Both are safe: they never accuse wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import cast

from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Fact, Not, Operand, Ratio, Ref, Test

Spans = tuple[tuple[float, float], ...]
Choices = frozenset[str | bool]
Values = Spans | Choices

WHOLE, SATANG = 1.0, 0.01
OTHER = "\0other"  # any text or choice that a rule does not name


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reasoned about: an operand, or (for sets) whether one entry is held. `step` is the distance of neighbouring numbers."""

    operand: Operand
    item: str | None
    universe: Values
    step: float


def subject_of(test: Test, facts: Mapping[str, Fact], named: Mapping[str, frozenset[str]]) -> Subject:
    """The subject of a test; `named` lists the texts that a rule mentions for a text fact."""
    if isinstance(test.operand, Ratio):
        return Subject(test.operand, None, ((0, inf),), SATANG)
    fact = facts[test.operand.fact]
    match fact.type:
        case "boolean":
            return Subject(test.operand, None, frozenset((True, False)), WHOLE)
        case "set":
            return Subject(test.operand, str(test.value), frozenset((True, False)), WHOLE)
        case "choice":
            return Subject(test.operand, None, frozenset(fact.choices), WHOLE)
        case "text":
            return Subject(test.operand, None, named.get(fact.name, frozenset()) | {OTHER}, WHOLE)
        case "date":
            return Subject(test.operand, None, ((-inf, inf),), WHOLE)
        case _:
            low, high = fact.range or (-inf, inf)
            return Subject(test.operand, None, ((low, high),), WHOLE if fact.type == "number" else SATANG)


def without_top(subject: Subject) -> Subject:
    """The same, but numbers have no upper end: a sensible largest value is no promise."""
    spans = subject.universe
    if isinstance(spans, frozenset) or not spans:
        return subject
    return Subject(subject.operand, subject.item, ((spans[0][0], inf),), subject.step)


def may(node: Condition, about: Subject) -> Values:
    """Values of the subject with which `node` can hold."""
    return _bound(node, about, upper=True)


def must(node: Condition, about: Subject) -> Values:
    """Values of the subject with which `node` surely holds."""
    return _bound(node, about, upper=False)


def _bound(node: Condition, about: Subject, *, upper: bool) -> Values:
    match node:
        case Test() if is_about(node, about):
            return _exact(node, about)
        case Not(inner):
            return minus(about.universe, _bound(inner, about, upper=not upper), about.step)
        case All(of):
            return _fold(of, about, upper, conjunction=True)
        case AnyOf(of):
            return _fold(of, about, upper, conjunction=False)
        case CountOf(n, of) if n in (1, len(of)):
            return _fold(of, about, upper, conjunction=n == len(of))
        case _:
            return about.universe if upper else nothing(about.universe)


def _fold(of: tuple[Condition, ...], about: Subject, upper: bool, *, conjunction: bool) -> Values:
    found = about.universe if conjunction else nothing(about.universe)
    for child in of:
        bound = _bound(child, about, upper=upper)
        found = common(found, bound) if conjunction else joined(found, bound, about.step)
    return found


def is_about(test: Test, about: Subject) -> bool:
    return test.operand == about.operand and (about.item is None or test.value == about.item)


def _exact(test: Test, about: Subject) -> Values:
    universe, value, step = about.universe, test.value, about.step
    if isinstance(universe, frozenset):
        if test.op == "includes":
            return frozenset((True,))
        return universe & (value if isinstance(value, frozenset) else frozenset((value,)))
    spans = {
        "is": (value, value),
        "at_least": (value, inf),
        "at_most": (-inf, value),
        "over": (value + step, inf),
        "under": (-inf, value - step),
        "within_days": (-inf, value),
        "since_days": (value, inf),
    }
    return common(universe, (spans[test.op],))


# ---------------------------------------------------------------- algebra
def nothing(universe: Values) -> Values:
    return frozenset() if isinstance(universe, frozenset) else ()


def common(left: Values, right: Values) -> Values:
    if isinstance(left, frozenset):
        return left & cast(Choices, right)
    right = cast(Spans, right)
    cut = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return tuple(sorted((low, high) for low, high in cut if low <= high))


def joined(left: Values, right: Values, step: float) -> Values:
    if isinstance(left, frozenset):
        return left | cast(Choices, right)
    right = cast(Spans, right)
    merged: list[tuple[float, float]] = []
    for low, high in sorted((*left, *right)):
        if merged and low <= merged[-1][1] + step * 1.001:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def minus(left: Values, right: Values, step: float) -> Values:
    if isinstance(left, frozenset):
        return left - cast(Choices, right)
    right = cast(Spans, right)
    rest = left
    for low, high in right:
        rest = tuple(_cut(rest, low, high, step))
    return rest


def _cut(spans: Spans, low: float, high: float, step: float) -> Iterator[tuple[float, float]]:
    for a, b in spans:
        if high < a or low > b:
            yield (a, b)
            continue
        if a < low:
            yield (a, low - step)
        if b > high:
            yield (high + step, b)


def covers(bigger: Values, smaller: Values) -> bool:
    """Whether every value of `smaller` lies in `bigger` (spans already merged)."""
    if isinstance(bigger, frozenset):
        return cast(Choices, smaller) <= bigger
    smaller = cast(Spans, smaller)
    return all(any(a - 1e-6 <= low and high <= b + 1e-6 for a, b in bigger) for low, high in smaller)


def name_of(operand: Operand) -> str:
    """How an operand is called in messages."""
    return operand.fact if isinstance(operand, Ref) else f"{operand.top.fact}/{operand.bottom.fact}"
