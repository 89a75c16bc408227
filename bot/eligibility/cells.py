"""Beyond Kleene: a verdict that is the same for every possible answer is decided.

Belongs here: cutting what is still possible of an operand at every limit that a rule compares it with, and trying each piece.
Does not: deciding for one set of values (`kleene.py`). Facts that hang together are tried as if they did not, which can only leave a
verdict open, never settle it wrongly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.eligibility.kleene import BEST, WORST, Mode, Scene, Truth, operand_bounds, truth
from bot.eligibility.plan import Ready, own_tests
from bot.eligibility.tree import Condition, Operand, Ratio, Ref, Test
from bot.eligibility.values import OneOf, Some
from bot.eligibility.verdict import Status

MOST = 600  # combinations tried for one verdict; beyond it the verdict stays unknown


def decide(item: Ready, ref: str, scene: Scene) -> tuple[Truth, Truth]:
    """Truth of a rule's condition with its officer points read in favour and against, with every possible answer tried."""
    assert item.condition is not None
    best, worst = truth(item.condition, ref, scene, BEST), truth(item.condition, ref, scene, WORST)
    if best is not None and worst is not None:
        return best, worst
    worlds = _worlds(item, ref, scene)
    if not worlds:
        return best, worst
    return tuple(_agreed(item.condition, ref, worlds, mode) if value is None else value for mode, value in ((BEST, best), (WORST, worst)))  # type: ignore[return-value]


def status_of(item: Ready, ref: str, scene: Scene) -> Status:
    """The status of a rule for a member, from both readings of its officer points."""
    if item.condition is None:
        return "ineligible"
    best, worst = decide(item, ref, scene)
    if best is False:
        return "ineligible"
    if worst is True:
        return "officer" if item.version and item.version.officer else "eligible"
    return "officer" if best is True and worst is False else "unknown"


def _agreed(node: Condition, ref: str, worlds: Sequence[Scene], mode: Mode) -> Truth:
    first = truth(node, ref, worlds[0], mode)
    return first if first is not None and all(truth(node, ref, world, mode) is first for world in worlds) else None


def _worlds(item: Ready, ref: str, scene: Scene) -> list[Scene]:
    """One scene for each combination of pieces; none where there is nothing to try or too much."""
    tests = own_tests(item.condition) if item.condition else []
    lenient = {test.operand for test in tests if test.notes.lenient}
    pieces: dict[Operand, list[Any]] = {}
    for operand in item.repeated:
        found = [] if operand in lenient else possible(operand, [test for test in tests if test.operand == operand], ref, scene)
        if len(found) > 1:
            pieces[operand] = found
    if not pieces or math.prod(map(len, pieces.values())) > MOST:
        return []
    return [replace(scene, cells=dict(zip(pieces, values, strict=True))) for values in itertools.product(*pieces.values())]


def possible(operand: Operand, tests: Sequence[Test], ref: str, scene: Scene) -> list[Any]:
    """One value for each piece in which all the tests have the same outcome."""
    facts = scene.people.get(ref, {})
    kind = "money" if isinstance(operand, Ratio) else scene.vocabulary[operand.fact].type
    if kind in ("number", "money", "date"):
        low, high = operand_bounds(operand, facts)
        return [low] if low == high else points(limits(tests, scene.today), low, high, whole=kind != "money")
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
