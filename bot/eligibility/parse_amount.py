"""What an entitlement gives: values, bands, arms and parts of a rule's `amount`.

Belongs here: the shape of an amount and its tables. Does not: whether a table covers what the conditions admit (`lint.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from bot.eligibility.parse_basic import Reader, plain
from bot.eligibility.parse_conditions import read_condition, read_ratio
from bot.eligibility.rule_errors import listed
from bot.eligibility.tree import Amount, Band, Bands, Choose, Condition, Operand, Payment, Ref, Wording
from bot.eligibility.yaml_lines import Node

KINDS = ("cash", "loan", "goods", "service", "discount", "insurance", "status")
PERIODS = (
    "day", "week", "month", "quarter", "half_year", "year", "school_term", "school_year", "once", "event", "birth", "pregnancy", "visit",
    "until_age_6",
)  # fmt: skip
PER = ("member", "child", "household", "event")
UNITS = ("baht", "days_of_wage", "percent_of_wage", "percent")
CAPS = (
    "day", "month", "year", "event", "once", "lifetime", "days", "days_per_year", "days_per_event", "months", "years", "times",
    "times_per_year", "times_per_event", "visits", "visits_per_year", "children", "members", "units", "kilometres",
)  # fmt: skip
_FORMS = ("value", "at_most", "range", "bands", "choose")
_KEYS = ("kind", "period", "per", "times_per_year", "cap", "items", "text", "unit", *_FORMS)
_PAYMENT = ("value", "at_most", "range")


def read_amount(reader: Reader, node: Node) -> Amount:
    """The whole `amount` of a version."""
    entries = reader.mapping(node, "amount", _KEYS)
    unit = reader.one_of(entries["unit"], "unit", UNITS) if "unit" in entries else "baht"
    kind = reader.need(entries, "kind", node)
    return Amount(
        kind=reader.one_of(kind, "kind", KINDS) if kind else "service",  # type: ignore[arg-type]
        payment=_payment(reader, entries, node, unit),
        period=reader.one_of(entries["period"], "period", PERIODS) if "period" in entries else None,
        per=reader.one_of(entries["per"], "per", PER) if "per" in entries else None,
        times_per_year=reader.whole(entries["times_per_year"], "times_per_year", low=1) if "times_per_year" in entries else None,
        cap=_cap(reader, entries),
        items=reader.list_of(entries.get("items"), "items", lambda child, _: _item(reader, child)),
        text=reader.needed_wording(entries, "text", node),
    )


def _payment(reader: Reader, entries: Mapping[str, Node], owner: Node, unit: str) -> Payment | Bands | Choose | None:
    given = [form for form in _FORMS if form in entries]
    if len(given) > 1:
        reader.error(owner, "no_payment_form", known=listed(_FORMS), got=listed(given))
    if not given:
        return None
    if given[0] == "bands":
        return _bands(reader, entries["bands"], unit)
    if given[0] == "choose":
        return _choose(reader, entries["choose"], unit)
    return _single(reader, given[0], entries[given[0]], unit)


def _single(reader: Reader, form: str, node: Node, unit: str) -> Payment:
    if form == "range":
        low, high = reader.pair(node, form)
        return Payment(low, high, unit)
    number = reader.number(node, form, low=0)
    return Payment(number if form == "value" else None, number, unit)


def _one_payment(reader: Reader, entries: Mapping[str, Node], owner: Node, unit: str) -> Payment:
    given = [form for form in _PAYMENT if form in entries]
    if len(given) != 1:
        reader.error(owner, "no_payment_form", known=listed(_PAYMENT), got=listed(given) or "–")
        return Payment(None, None, unit)
    return _single(reader, given[0], entries[given[0]], unit)


# ---------------------------------------------------------------- bands
def _bands(reader: Reader, node: Node, unit: str) -> Bands:
    entries = reader.mapping(node, "bands", ("by", "rows"))
    by, rows = reader.need(entries, "by", node), reader.need(entries, "rows", node)
    operand = _band_operand(reader, by) if by else Ref("")
    read = reader.list_of(rows, "rows", lambda child, _: (_row(reader, child, unit), child), least=1) if rows else ()
    for before, after in pairwise(read):
        _follows(reader, before[0], after[0], after[1])
    return Bands(operand, tuple(row for row, _ in read), reader.place(node))


def _band_operand(reader: Reader, node: Node) -> Operand:
    if isinstance(node.value, dict):
        inner = reader.mapping(node, "by", ("ratio",))
        ratio = reader.need(inner, "ratio", node)
        return read_ratio(reader, ratio, reader.mapping(ratio, "ratio", ("of", "per"))) if ratio else Ref("")
    name = reader.text(node, "by")
    fact = reader.fact(node, name) if name else None
    if fact and fact.type not in ("number", "money"):
        reader.error(node, "bands_unit", fact=name, type=fact.type)
    return Ref(name)


def _row(reader: Reader, node: Node, unit: str) -> Band:
    entries = reader.mapping(node, "rows", ("from", "to", *_PAYMENT))
    start = reader.need(entries, "from", node)
    low = reader.number(start, "from") if start else 0
    end = entries.get("to")
    high = reader.number(end, "to") if end and end.value is not None else None
    if high is not None and high < low:
        reader.error(node, "bands_backwards", start=plain(low), end=plain(high))
    return Band(low, high, _one_payment(reader, entries, node, unit))


def _follows(reader: Reader, before: Band, after: Band, node: Node) -> None:
    """Rows count in whole steps (years, persons, baht): each starts one above the end of the row before."""
    if before.to is None:
        reader.error(node, "bands_open_inside")
    elif after.from_ <= before.to:
        reader.error(node, "bands_order", start=plain(after.from_), end=plain(before.to))
    elif after.from_ > before.to + 1:
        reader.error(node, "bands_gap", low=plain(before.to + 1), high=plain(after.from_ - 1))


# ---------------------------------------------------------------- arms, caps, parts
def _choose(reader: Reader, node: Node, unit: str) -> Choose:
    arms = reader.list_of(node, "choose", lambda child, _: _arm(reader, child, unit), least=2)
    if arms and (arms[-1][0] is not None or any(condition is None for condition, _ in arms[:-1])):
        reader.error(node, "choose_last")
    return Choose(arms, reader.place(node))


def _arm(reader: Reader, node: Node, unit: str) -> tuple[Condition | None, Payment]:
    entries = reader.mapping(node, "choose", ("if", *_PAYMENT))
    condition = read_condition(reader, entries["if"]) if "if" in entries else None
    return condition, _one_payment(reader, entries, node, unit)


def _cap(reader: Reader, entries: Mapping[str, Node]) -> dict[str, float]:
    node = entries.get("cap")
    if node is None:
        return {}
    return {key: reader.number(child, f"cap.{key}", low=0) for key, child in reader.mapping(node, "cap", CAPS).items()}


def _item(reader: Reader, node: Node) -> tuple[Wording, Payment | None, str | None]:
    entries = reader.mapping(node, "items", ("what", "period", "unit", *_PAYMENT))
    unit = reader.one_of(entries["unit"], "unit", UNITS) if "unit" in entries else "baht"
    paid = any(form in entries for form in _PAYMENT)
    period = reader.one_of(entries["period"], "period", PERIODS) if "period" in entries else None
    return reader.needed_wording(entries, "what", node), _one_payment(reader, entries, node, unit) if paid else None, period


# ---------------------------------------------------------------- does the text say the number?
def payments(amount: Amount) -> tuple[Payment, ...]:
    """Every payment an amount can come to, parts left out."""
    match amount.payment:
        case Payment() as only:
            return (only,)
        case Bands(_, rows):
            return tuple(row.amount for row in rows)
        case Choose(arms):
            return tuple(payment for _, payment in arms)
    return ()


def unsaid_numbers(amount: Amount) -> tuple[tuple[str, str], ...]:
    """(language, number) for the lowest and highest payment that the text leaves out."""
    ends = [end for payment in payments(amount) for end in (payment.low, payment.high) if end is not None]
    wanted = {min(ends), max(ends)} if ends else set()
    return tuple(
        (language, f"{number:,.10g}")
        for language in ("th", "en")
        for number in sorted(wanted)
        if not _says(amount.text.get(language, ""), number)
    )


def _says(text: str, number: float) -> bool:
    said = {float(found.replace(",", "")) for found in re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", text)}
    return float(number) in said or (number == 0 and ("ไม่" in text or "no" in text.lower() or "free" in text.lower() or "ฟรี" in text))
