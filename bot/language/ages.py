"""What an age said in words is worth: 60 กว่า, เกือบ 70, ย่าง 60, ขวบครึ่ง.

Belongs here: quantity → age_years or age_months. Does not: whose age it is.
"""

from __future__ import annotations

from bot.eligibility.values import Interval, Value
from bot.language.scan import Quantity

MONTHS = 12
NEARLY = 2
"""เกือบ 70 means 68 or 69."""


def age_value(quantity: Quantity, months: float | None) -> tuple[str, Value]:
    """The fact and its value. In months under two years or where months are said; in years otherwise."""
    if quantity.unit == "month":
        return "age_months", _bent(quantity, 2)
    if months is not None:
        return ("age_months", int(quantity.lo * MONTHS + months)) if quantity.lo < 18 else ("age_years", int(quantity.lo))
    if quantity.half and quantity.lo < 18:
        return "age_months", int(quantity.lo * MONTHS + 6)
    if quantity.unit == "birthday" and quantity.hi < 2 and not quantity.half:
        return _one_year(quantity)
    return "age_years", _bent(quantity, 9 if quantity.lo % 10 == 0 and quantity.lo >= 20 else 1)


def _one_year(quantity: Quantity) -> tuple[str, Value]:
    if quantity.bent & {"below", "almost", "turning", "will"}:
        return "age_months", Interval(9 if "almost" in quantity.bent else 0, 11)
    if "more" in quantity.bent:
        return "age_months", Interval(12, 23)
    return ("age_months", Interval(12, 23)) if quantity.bare_unit is False else ("age_months", 12)


def _bent(quantity: Quantity, decade: int) -> Value:
    low, high, bent = int(quantity.lo), int(quantity.hi), quantity.bent
    if bent & {"turning", "will"}:
        return low - 1
    if "almost" in bent:
        return Interval(low - NEARLY, low - 1)
    if "below" in bent:
        return Interval(0, low - 1)
    if "at_most" in bent:
        return Interval(0, low)
    if "at_least" in bent or "up" in bent:
        return Interval(low, None)
    if "late" in bent:
        return Interval(low + 5, low + 9)
    if "early" in bent:
        return Interval(low, low + 4)
    if "more" in bent:
        return Interval(low, low + decade)
    if "over" in bent:
        return Interval(low, None)
    return low if low == high else Interval(low, high)


def in_years(fact: str, value: Value) -> float:
    """A number to order people by."""
    number = value.lo if isinstance(value, Interval) else value
    years = float(number) if isinstance(number, int | float) else 0.0
    return years / MONTHS if fact == "age_months" else years
