"""What one gets, in numbers, as far as the facts tell.

Belongs here: bands, arms, shares of the wage, caps. Does not: wording (each amount brings its own text).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.eligibility.kleene import KLEENE, Scene, bounds, operand_bounds, truth
from bot.eligibility.tree import Amount, Bands, Choose, Condition, Payment
from bot.eligibility.verdict import Money

DAYS_PER_MONTH = 30  # how labour law turns a monthly wage into a daily one


def money(amount: Amount, ref: str, scene: Scene) -> Money:
    """The amount for this person: a range where what is known leaves more than one payment open."""
    found = [in_baht(payment, amount, ref, scene) for payment in payments(amount, ref, scene)]
    low, high, unit = hull(found)
    top = amount.cap.get(amount.period or "")
    if top is not None and unit == "baht":
        low, high = (None if low is None else min(low, top)), (None if high is None else min(high, top))
    return Money(low, high, unit, amount.period, amount.per, amount.kind, amount.text)


def payments(amount: Amount, ref: str, scene: Scene) -> Sequence[Payment]:
    """Every payment that is still possible."""
    match amount.payment:
        case None:
            return ()
        case Payment():
            return (amount.payment,)
        case Bands(by=by, rows=rows):
            low, high = operand_bounds(by, scene.people.get(ref, {}))
            return [row.amount for row in rows if row.from_ <= high and (row.to is None or low <= row.to)]
        case Choose(arms=arms):
            return _arms(arms, ref, scene)


def _arms(arms: Sequence[tuple[Condition | None, Payment]], ref: str, scene: Scene) -> list[Payment]:
    open_: list[Payment] = []
    for condition, payment in arms:
        held = True if condition is None else truth(condition, ref, scene, KLEENE)
        if held is not False:
            open_.append(payment)
        if held is True:
            break
    return open_


def in_baht(payment: Payment, amount: Amount, ref: str, scene: Scene) -> Payment:
    """Days or a share of the wage as baht, where the wage is known."""
    share = {"days_of_wage": 1 / DAYS_PER_MONTH, "percent_of_wage": 1 / 100}.get(payment.unit)
    low, high = bounds(scene.people.get(ref, {}).get("wage_month"))
    if share is None or low == -math.inf or high == math.inf:
        return payment
    top = amount.cap.get("wage_month", math.inf)
    least = None if payment.low is None else payment.low * share * min(low, top)
    most = None if payment.high is None else payment.high * share * min(high, top)
    return Payment(_round(least), _round(most), "baht")


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def hull(payments: Sequence[Payment]) -> tuple[float | None, float | None, str]:
    """Least, most and unit over several payments; no number when their units differ."""
    units = {payment.unit for payment in payments}
    if len(units) != 1:
        return None, None, "baht"
    lows, highs = [payment.low for payment in payments], [payment.high for payment in payments]
    low = None if None in lows else min(value for value in lows if value is not None)
    high = None if None in highs else max(value for value in highs if value is not None)
    return low, high, units.pop()
