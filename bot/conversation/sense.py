"""Whether something told or tapped can be a fact at all: of that kind of member, of that type, within its range.

Belongs here: the check before anything is learned. Does not: whether it is true, what to say about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.conversation.world import World
from bot.eligibility.household import HOUSEHOLD, kind_of
from bot.eligibility.tree import Fact
from bot.eligibility.values import Interval, OneOf, Some, Unknown, Value


def makes_sense(world: World, member: str, fact: str, value: Value) -> bool:
    """An old button, a slip of the finger or a misread number must not become a fact."""
    known = world.base.facts.get(fact)
    if known is None or (member == HOUSEHOLD) != (known.owner == HOUSEHOLD):
        return False
    return is_somebody(world.words.people, member) and (isinstance(value, Unknown) or _fits(known, value))


def is_somebody(people: Mapping[str, Any], member: str) -> bool:
    return member == HOUSEHOLD or kind_of(member) in people


def _fits(fact: Fact, value: Value) -> bool:
    match fact.type:
        case "boolean":
            return isinstance(value, bool)
        case "number" | "money":
            return _ends_fit(fact, value)
        case "choice":
            options = value.options if isinstance(value, OneOf) else {value}
            return bool(options) and options <= fact.choices.keys()
        case "date":
            return isinstance(value, date | Interval)
        case "set":
            return isinstance(value, frozenset | Some)
        case "text":
            return isinstance(value, str) and bool(value)


def _ends_fit(fact: Fact, value: Value) -> bool:
    if isinstance(value, Interval):
        return all(end is None or _in_range(fact, end) for end in (value.lo, value.hi))
    return _in_range(fact, value)


def _in_range(fact: Fact, value: object) -> bool:
    low, high = fact.range or (float("-inf"), float("inf"))
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
