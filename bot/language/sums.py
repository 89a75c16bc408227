"""A sum of money with what stands around it: income of whom and how often, what the option of an insurance costs, days worked.

Belongs here: a quantity that is money → statements. Does not: ages, people, time (figures.py); the worth of the words (money.py).
"""

from __future__ import annotations

from dataclasses import replace

from bot.eligibility.values import OneOf, Some, Value
from bot.language import money
from bot.language.scan import Quantity
from bot.language.walk import Walk
from bot.language.words import Token

NEAR_INSURANCE = 30
"""Characters between an insurance and how long or how much was paid."""


def read_sum(walk: Walk, at: int, quantity: Quantity, token: Token, cue: str | None) -> None:
    beside = at > 0 and walk.tokens[at - 1].end >= token.start - 1 and any(kind.startswith("per_") for kind in walk.tokens[at - 1].kinds)
    period = (walk.period if beside else None) or _period_after(walk, at) or walk.period
    walk.period = None
    if _option_paid(walk, quantity, token) or (quantity.hi == 0 and cue == "income" and _nothing(walk, token)):
        return
    tiny = quantity.hi < 100 and not quantity.scaled and quantity.unit != "baht"
    if tiny or (cue is None and period is None) or walk.subject is None or period == "other":
        return
    if cue != "income" and _disability_allowance(walk, quantity, token):
        return
    fact = money.fact_of(cue, period, household=walk.total)
    if fact is None or _allowance(walk, quantity, token):
        return
    value = money.amount(quantity, weekly=period == "week")
    plain = period is not None or cue == "savings" or (walk.asked is not None and walk.asked.fact == fact)
    walk.say(fact, value, token, sure=plain and not quantity.spelt)
    if fact == "income_day":
        _worked_days(walk, at, value, token)


_ALLOWANCES = frozenset({600, 700, 800, 850, 1000, 1250})


def _allowance(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """แม่ 69 ได้แค่ 600: the old-age allowance is no income."""
    old = walk.cast.ages.get(walk.subject or "", 0) >= 60
    return (
        old
        and quantity.lo in _ALLOWANCES
        and walk.text[max(0, token.start - 12) : token.start].rstrip().endswith(("ได้แค่", "ได้เดือนละ", "ได้"))
    )


_DISABILITY_PAYS = frozenset({800, 1000})


def _disability_allowance(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """มีบัตรคนพิการ ได้เดือนละ 800: the allowance, of somebody who was said to have the card."""
    card = any((s.member, s.fact, s.value) == (walk.subject, "has_disability_card", True) for s in walk.said)
    if not card or quantity.lo != quantity.hi or quantity.lo not in _DISABILITY_PAYS:
        return False
    walk.say("receives", Some(frozenset({"disability-allowance"})), token)
    return True


_OPTIONS = {70: "1", 100: "2", 300: "3"}
_S39_PAYS = 432


def _option_paid(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """ม.40 จ่าย 100: the sum tells the option; 432 is what section 39 pays."""
    insured = next((s for s in reversed(walk.said) if s.fact == "insured" and s.member == walk.subject), None)
    if insured is None or not 0 <= token.start - walk.insured_at <= NEAR_INSURANCE:
        return False
    options = insured.value.options if isinstance(insured.value, OneOf) else {insured.value}
    if quantity.lo == _S39_PAYS and "s39" in options:
        walk.say("insured", "s39", token)
        return True
    if quantity.lo not in _OPTIONS or "s40" not in options or "s33" in options:
        return False
    walk.say("insured", "s40", token)
    walk.say("s40_option", _OPTIONS[int(quantity.lo)], token)
    return True


def _nothing(walk: Walk, token: Token) -> bool:
    """รายได้ 0 บาท."""
    if not walk.total:
        walk.say("no_income", True, token)
    return not walk.total


def _period_after(walk: Walk, at: int) -> str | None:
    if at + 1 < len(walk.tokens) and walk.tokens[at + 1].start - walk.tokens[at].end <= 1:
        for period in ("day", "week", "month", "year", "other"):
            if walk.tokens[at + 1].plays(f"per_{period}"):
                return period
    return None


def _worked_days(walk: Walk, at: int, value: Value, token: Token) -> None:
    """วันละสามร้อย ทำ 20 วัน: then the month is known too."""
    for after in walk.tokens[at + 1 : at + 5]:
        quantity = after.data.get("quantity")
        if isinstance(quantity, Quantity) and quantity.unit == "day" and 1 <= quantity.lo == quantity.hi <= 31 and isinstance(value, int):
            walk.say("income_month", value * int(quantity.lo), replace(token, end=after.end))
