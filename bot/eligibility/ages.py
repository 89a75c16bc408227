"""Ages, birthdays and what else moves with the calendar.

Belongs here: bounds on the day of birth from whatever was said, and ages on any day from those. Does not: other derived facts.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.eligibility.values import Interval, Value

BE = 543  # Buddhist Era minus Common Era
#: Until B.E. 2483 a Thai year began on 1 April; 2483 itself ended on 31 December 1940.
FIRST_YEAR_FROM_JANUARY = 2484
OLDEST = 150  # years; beyond it an age is taken as a slip of the tongue and nothing is derived from it
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Births:
    """First and last possible day of birth."""

    first: date
    last: date


def add_months(day: date, months: int) -> date:
    """The same day `months` later; where that month is too short, the first of the next (the age is complete only then)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    if day.day <= 28 or day.day <= monthrange(year, month)[1]:
        return date(year, month, day.day)
    return date(year + month // 12, month % 12 + 1, 1)


def months_between(birth: date, day: date) -> int:
    """Completed months of age on `day`; 0 before birth."""
    return max(0, (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day))


def year_be(year: int) -> Births:
    """First and last day of a Buddhist year."""
    first = date(year - BE, 1 if year >= FIRST_YEAR_FROM_JANUARY else 4, 1)
    last = date(year - BE, 12, 31) if year >= FIRST_YEAR_FROM_JANUARY - 1 else date(year - BE + 1, 3, 31)
    return Births(first, last)


def whole_bounds(value: Value | None, top: int) -> tuple[int, int] | None:
    """A number known at least on one side, in whole units within 0..top; None when it is not."""
    match value:
        case bool():
            return None
        case int() | float():
            low = high = value
        case Interval(lo, hi) if not isinstance(lo, date) and not isinstance(hi, date) and (lo, hi) != (None, None):
            low, high = (0 if lo is None else lo), (top if hi is None else hi)
        case _:
            return None
    return (int(low), int(high)) if 0 <= low <= high <= top else None


def births_by_age(months: tuple[int, int], said: date) -> Births:
    """Days of birth of somebody who was between so many and so many completed months old on `said`."""
    return Births(add_months(said, -(months[1] + 1)) + ONE_DAY, add_months(said, -months[0]))


def births(facts: Mapping[str, Value], said: Mapping[str, date], today: date) -> Births | None:
    """All that was said about the day of birth, put together; of contradicting statements the more exact one counts."""
    found: Births | None = None
    for births_from in (_by_date, _by_years, _by_months, _by_year_be):
        more = births_from(facts, said, today)
        found = meet(found, more)
    return found


def meet(one: Births | None, other: Births | None) -> Births | None:
    if one is None or other is None:
        return one or other
    both = Births(max(one.first, other.first), min(one.last, other.last))
    return both if both.first <= both.last else one


def _by_date(facts: Mapping[str, Value], said: Mapping[str, date], today: date) -> Births | None:
    value = facts.get("birth_date")
    if isinstance(value, date):
        return Births(value, value)
    if isinstance(value, Interval) and isinstance(value.lo, date) and isinstance(value.hi, date) and value.lo <= value.hi:
        return Births(value.lo, value.hi)
    return None


def _by_years(facts: Mapping[str, Value], said: Mapping[str, date], today: date) -> Births | None:
    years = whole_bounds(facts.get("age_years"), OLDEST)
    return years and births_by_age((years[0] * 12, years[1] * 12 + 11), said.get("age_years", today))


def _by_months(facts: Mapping[str, Value], said: Mapping[str, date], today: date) -> Births | None:
    months = whole_bounds(facts.get("age_months"), OLDEST * 12)
    return months and births_by_age(months, said.get("age_months", today))


def _by_year_be(facts: Mapping[str, Value], said: Mapping[str, date], today: date) -> Births | None:
    years = whole_bounds(facts.get("birth_year_be"), today.year + BE)
    if years is None or years[0] < today.year + BE - OLDEST:
        return None
    return Births(year_be(years[0]).first, min(today, year_be(years[1]).last))


def age_months(born: Births, today: date) -> tuple[int, int]:
    """Fewest and most completed months of age."""
    return months_between(born.last, today), months_between(born.first, today)
