"""How likely an open condition is to hold, from what is usual among people (`prior` in the vocabulary).

Belongs here: weighing what is worth asking. Does not: deciding anything; no verdict ever rests on a chance.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from bot.eligibility.kleene import BEST, Scene, bounds, needed, others_of, test_truth, truth, unseen
from bot.eligibility.tree import Condition, Fact, Members, Not, Officer, Ratio, Test
from bot.eligibility.values import OneOf

EVEN = 0.5  # nothing is known of how usual it is
NAMED = 0.1  # one text or one received entitlement among very many
NOT_NAMED = 0.2  # somebody nobody has spoken of lives there and fulfils it


def chance(node: Condition, ref: str, scene: Scene, favour: bool = True) -> float:
    """0..1. Facts are taken as independent of each other; officer points and lenient conditions as met."""
    value = truth(node, ref, scene, BEST, favour)
    if value is not None:
        return float(value)
    match node:
        case Test():
            return test_chance(node, ref, scene)
        case Not(of=inner):
            return 1 - chance(inner, ref, scene, not favour)
        case Officer():
            return float(favour)
        case Members():
            return members_chance(node, ref, scene, favour)
        case _:
            return at_least(needed(node), [chance(child, ref, scene, favour) for child in node.of])


def at_least(n: int, chances: Sequence[float]) -> float:
    """The chance that n or more of independent events happen."""
    exactly = [1.0] + [0.0] * len(chances)
    for one in chances:
        exactly = [exactly[0] * (1 - one)] + [exactly[k] * (1 - one) + exactly[k - 1] * one for k in range(1, len(exactly))]
    return min(1.0, sum(exactly[n:]))


def members_chance(node: Members, ref: str, scene: Scene, favour: bool) -> float:
    chances = [chance(node.where, other, scene, favour) for other, _ in others_of(node, ref, scene)]
    if unseen(ref, scene):
        chances.append(NOT_NAMED)
    too_many = 0.0 if node.at_most is None else at_least(node.at_most + 1, chances)
    return max(0.0, at_least(node.at_least, chances) - too_many)


def test_chance(test: Test, ref: str, scene: Scene) -> float:
    """The prior of one comparison, given what is known of the fact."""
    known = test_truth(test, ref, scene)
    if known is not None:
        return float(known)
    if isinstance(test.operand, Ratio):
        return EVEN
    fact, value = scene.vocabulary[test.operand.fact], scene.people[ref].get(test.operand.fact)
    match fact.type:
        case "boolean":
            yes = fact.prior.get("true", EVEN)
            return yes if test.value else 1 - yes
        case "choice":
            return choice_chance(fact, value, test.value if test.op == "in" else frozenset({test.value}))
        case "number" | "money" if test.op in ("at_least", "over", "at_most", "under"):
            below = share_below(fact, float(test.value), *bounds(value))
            return below if test.op in ("at_most", "under") else 1 - below
        case "date":
            return EVEN
        case _:
            return NAMED


def choice_chance(fact: Fact, value: object, wanted: frozenset[str]) -> float:
    possible = value.options if isinstance(value, OneOf) else frozenset(fact.choices)
    weights = {choice: fact.prior.get(choice, 0.0 if fact.prior else 1.0) for choice in possible}
    total = sum(weights.values())
    return sum(weight for choice, weight in weights.items() if choice in wanted) / total if total > 0 else EVEN


def share_below(fact: Fact, limit: float, low: float, high: float) -> float:
    """The share of people with a value under the limit, among those between low and high."""
    points = _curve(fact)
    if len(points) < 2:
        return EVEN
    first, last = _share(points, low), _share(points, high)
    return min(1.0, max(0.0, (_share(points, limit) - first) / (last - first))) if last > first else EVEN


def _curve(fact: Fact) -> list[tuple[float, float]]:
    """(value, share of people below it), from the vocabulary's quantiles and range."""
    points = [(value, int(percent) / 100) for percent, value in fact.prior.items() if percent.isdigit()]
    ends = [(fact.range[0], 0.0), (fact.range[1], 1.0)] if fact.range and points else []
    return sorted(points + ends, key=lambda point: (point[1], point[0]))


def _share(points: Sequence[tuple[float, float]], value: float) -> float:
    if math.isinf(value):
        return 0.0 if value < 0 else 1.0
    for (left, a), (right, b) in itertools.pairwise(points):
        if left <= value <= right:
            return b if right == left else a + (b - a) * (value - left) / (right - left)
    return 0.0 if value < points[0][0] else 1.0
