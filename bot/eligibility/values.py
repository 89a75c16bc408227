"""What can be known of a fact: exactly, within bounds, one of some choices, or not at all.

Belongs here: the value types shared by every floor and their JSON form. Does not: rules, wording.
A fact that nobody has asked about is simply absent; the other two kinds of not knowing are `Unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Interval:
    """A number (or a date) known only to lie in lo..hi, both ends included; None is an open end."""

    lo: float | date | None
    hi: float | date | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice known only to be one of `options`, e.g. an insured person whose section is not known."""

    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Some:
    """A set fact known in part: surely holds `includes`, surely does not hold `excludes`, the rest is open."""

    includes: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()


class Unknown(Enum):
    """Why an asked fact has no value."""

    DONT_KNOW = "dont_know"
    DECLINED = "declined"


#: bool for boolean facts, int/float for number and money, str for choice and text, date for date,
#: frozenset for a set known completely, and the partial forms above.
Value = bool | int | float | str | date | frozenset[str] | Interval | OneOf | Some | Unknown


def to_json(value: Value) -> Any:
    """The wire form: [lo, hi] for an interval, {"one_of": […]}, {"includes": […], "excludes": […]},
    {"unknown": "declined"}, ISO text for dates, a list for a complete set."""
    match value:
        case Interval(lo, hi):
            return [_end(lo), _end(hi)]
        case OneOf(options):
            return {"one_of": sorted(options)}
        case Some(includes, excludes):
            return {"includes": sorted(includes), "excludes": sorted(excludes)}
        case Unknown():
            return {"unknown": value.value}
        case frozenset():
            return sorted(value)
        case date():
            return value.isoformat()
        case _:
            return value


def _end(end: float | date | None) -> Any:
    return end.isoformat() if isinstance(end, date) else end


_PLAIN = frozenset({bool, int, float, str})


def pack(value: Value) -> Any:
    """A JSON form that keeps the type, for storage (the wire form needs the vocabulary to be read back)."""
    if value.__class__ in _PLAIN:
        return value
    match value:
        case Interval(lo, hi):
            return {"interval": [_packed_end(lo), _packed_end(hi)]}
        case date():
            return {"date": value.isoformat()}
        case frozenset():
            return {"set": sorted(value)}
        case _:
            return to_json(value)


def unpack(raw: Any) -> Value:
    """The value that `pack` stored. Raises ValueError for anything else."""
    if isinstance(raw, bool | int | float | str):
        return raw
    match raw:
        case {"interval": [lo, hi]}:
            return Interval(_unpacked_end(lo), _unpacked_end(hi))
        case {"date": text}:
            return date.fromisoformat(text)
        case {"set": items}:
            return frozenset(items)
        case {"one_of": options}:
            return OneOf(frozenset(options))
        case {"includes": includes, "excludes": excludes}:
            return Some(frozenset(includes), frozenset(excludes))
        case {"unknown": kind}:
            return Unknown(kind)
    raise ValueError("not a packed value")


def _packed_end(end: float | date | None) -> Any:
    return {"date": end.isoformat()} if isinstance(end, date) else end


def _unpacked_end(raw: Any) -> float | date | None:
    return date.fromisoformat(raw["date"]) if isinstance(raw, dict) else raw
