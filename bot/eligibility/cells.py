"""Beyond Kleene: a verdict that is the same for every possible answer is decided.

Belongs here: cutting what is still possible of an operand at every limit that a rule compares it with, and trying each piece.
Does not: deciding for one set of values (`kleene.py`). Facts that hang together are tried as if they did not, which can only leave a
verdict open, never settle it wrongly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from bot.eligibility.compile import ratio_key
from bot.eligibility.household import Facts
from bot.eligibility.kleene import Scene, operand_bounds
from bot.eligibility.plan import Ready
from bot.eligibility.tree import Operand, Ratio, Ref, Test
from bot.eligibility.values import OneOf, Some

MOST = 600  # combinations tried for one verdict; beyond it the verdict stays unknown


def status_of(item: Ready, ref: str, scene: Scene) -> str:
    """The status of one rule for a member, or `out` where it is not about the member at all."""
    facts = scene.people[ref]
    (status,) = item.alone.statuses(facts, ref, scene)
    return agreed(item, ref, scene) if status == "unknown" and item.repeated else status


def agreed(item: Ready, ref: str, scene: Scene) -> str:
    """The status on which every possible answer to the open, repeatedly compared facts agrees; else `unknown`."""
    first = None
    for facts in _worlds(item, ref, scene):
        (status,) = item.alone.statuses(facts, ref, scene)
        if status == "unknown" or (first is not None and status != first):
            return "unknown"
        first = status
    return first or "unknown"


def _worlds(item: Ready, ref: str, scene: Scene) -> Iterator[Facts]:
    """The facts with each combination of pieces put in; none where there is nothing to try or too much."""
    pieces: dict[Operand, list[Any]] = {}
    for operand in item.repeated:
        found = [] if operand in item.lenient else possible(operand, [t for t in item.own_tests if t.operand == operand], ref, scene)
        if len(found) > 1:
            pieces[operand] = found
    if not pieces or math.prod(map(len, pieces.values())) > MOST:
        return
    names = [operand.fact if isinstance(operand, Ref) else ratio_key(operand) for operand in pieces]
    for values in itertools.product(*pieces.values()):
        yield {**scene.people[ref], **dict(zip(names, values, strict=True))}


def possible(operand: Operand, tests: Sequence[Test], ref: str, scene: Scene) -> list[Any]:
    """One value for each piece in which all the tests have the same outcome."""
    facts = scene.people.get(ref, {})
    kind = "money" if isinstance(operand, Ratio) else scene.vocabulary[operand.fact].type
    if kind in ("number", "money", "date"):
        low, high = operand_bounds(operand, facts)
        if low == high:
            return [low]
        found = points(limits(tests, scene.today), low, high, whole=kind != "money")
        return [date.fromordinal(max(1, int(day))) for day in found] if kind == "date" else found
    assert isinstance(operand, Ref)
    value = facts.get(operand.fact)
    match kind:
        case "boolean":
            return [value] if isinstance(value, bool) else [True, False]
        case "set":
            return _sets(value, tests)
        case _:
            return _choices(value, tests, scene.vocabulary[operand.fact].choices)


def limits(tests: Sequence[Test], today: date) -> list[float]:
    found: list[float] = []
    for test in tests:
        values = sorted(test.value) if test.op == "in" else [test.value]
        for value in values:
            number = value.toordinal() if isinstance(value, date) else value
            found.append(today.toordinal() - number if test.op in ("within_days", "since_days") else number)
    return sorted(set(found))


def points(cuts: Sequence[float], low: float, high: float, *, whole: bool) -> list[float]:
    """A number below, on and above each cut and between two neighbours, within low..high."""
    step = 1.0 if whole else 0.005
    tried = {point for cut in cuts for point in (cut - step, cut, cut + step)}
    tried |= {(a + b) / 2 for a, b in itertools.pairwise(cuts) if not whole}
    tried |= {end for end in (low, high) if math.isfinite(end)}
    if whole:
        tried = {rounded for point in tried for rounded in (math.floor(point), math.ceil(point))}
    return sorted(point for point in tried if low <= point <= high)


def _choices(value: object, tests: Sequence[Test], choices: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, OneOf):
        return sorted(value.options)
    if choices:
        return list(choices)
    named = {text for test in tests for text in (test.value if test.op == "in" else (test.value,))}
    return [*sorted(named), ""]


def _sets(value: object, tests: Sequence[Test]) -> list[Any]:
    if isinstance(value, frozenset):
        return [value]
    partly = value if isinstance(value, Some) else Some()
    unsure = sorted({test.value for test in tests} - partly.includes - partly.excludes)
    return [frozenset(extra) | partly.includes for n in range(len(unsure) + 1) for extra in itertools.combinations(unsure, n)]
