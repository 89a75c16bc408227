"""What a sum of money said in words is worth, and of which income it speaks.

Belongs here: quantity → baht; cue and period → fact. Does not: whose money it is.
"""

from __future__ import annotations

from bot.eligibility.values import Interval, Value
from bot.language.scan import Quantity

_WEEKS_A_MONTH = 52 / 12


def fact_of(cue: str | None, period: str | None, *, household: bool) -> str | None:
    """The income fact meant; None for debts, rents, benefits and prices."""
    if cue == "savings":
        return "savings"
    if cue == "not_income" or cue in {"age", "born"}:
        return None
    if household:
        return "household_income_year" if period == "year" else "household_income_month" if period != "day" else None
    return {"day": "income_day", "year": "income_year"}.get(period or "month", "income_month")


def amount(quantity: Quantity, *, weekly: bool = False) -> Value:
    """Baht; สามพันกว่า is 3,000 to 4,000, ไม่ถึงหมื่น at most 9,999, เกือบหมื่น 9,000 to 9,999."""
    times = _WEEKS_A_MONTH if weekly else 1
    low, high, step, bent = quantity.lo, quantity.hi, quantity.step, quantity.bent
    if quantity.half:
        low = high = low + step / 2
    if "almost" in bent:
        low, high = low - step / (10 if low == step else 1), low - 1
    elif "below" in bent:
        low, high = 0, low - 1
    elif "at_most" in bent:
        low = 0
    elif "late" in bent:
        low, high = low + step / 2, low + step
    elif "early" in bent:
        high = low + step / 2
    elif "more" in bent:
        high = low + step
    elif bent & {"over", "at_least", "up"}:
        return Interval(_baht(low * times), None)
    return _baht(low * times) if low == high else Interval(_baht(low * times), _baht(high * times))


def _baht(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 2)
