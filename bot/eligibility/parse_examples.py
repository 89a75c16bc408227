"""The worked examples of a rule file, checked for shape: facts, owners, values, member refs.

Belongs here: what an example may say. Does not: running it (`examples.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.eligibility.household import HOUSEHOLD, NUMBERED_REFS, SINGLE_REFS, kind_of
from bot.eligibility.parse_basic import Reader, as_date, plain, show
from bot.eligibility.parse_conditions import choice_of
from bot.eligibility.rule_errors import closest
from bot.eligibility.tree import Example, Fact
from bot.eligibility.yaml_lines import Node

STATUSES = ("eligible", "ineligible", "unknown", "officer")
_KEYS = ("title", "as_of", "household", "member", "status", "amount", "missing", "first_get")
_PARTIAL = {"choice": ("one_of", "unknown"), "set": ("includes", "excludes", "unknown")}


def read_example(reader: Reader, node: Node, subject: str) -> Example:
    """One example; `household` keeps its JSON form."""
    entries = reader.mapping(node, "examples", _KEYS)
    title, household, status = (reader.need(entries, key, node) for key in ("title", "household", "status"))
    refs = _household(reader, household) if household else ()
    return Example(
        title=reader.text(title, "title") if title else "",
        as_of=reader.date(entries["as_of"], "as_of") if "as_of" in entries else None,
        household=bare(household) if household else {},
        member=_member(reader, entries, node, refs, subject),
        status=reader.one_of(status, "status", STATUSES) if status else "unknown",
        amount=_amount(reader, entries["amount"]) if "amount" in entries else None,
        missing=_missing(reader, entries["missing"]) if "missing" in entries else None,
        first_get=_first_get(reader, entries["first_get"]) if "first_get" in entries else None,
        place=reader.place(node),
    )


def _member(reader: Reader, entries: Mapping[str, Node], owner: Node, refs: tuple[str, ...], subject: str) -> str:
    if subject == HOUSEHOLD and "member" not in entries:
        return HOUSEHOLD
    node = reader.need(entries, "member", owner)
    ref = reader.text(node, "member") if node else HOUSEHOLD
    known = (HOUSEHOLD,) if subject == HOUSEHOLD else refs
    if node and ref not in known:
        reader.error(node, "member_absent", closest(ref, known), ref=ref)
    return ref


def _amount(reader: Reader, node: Node) -> tuple[float | None, float | None]:
    if not isinstance(node.value, list):
        number = reader.number(node, "amount")
        return (number, number)
    if len(node.value) != 2:
        reader.error(node, "want_pair", what="amount")
        return (None, None)
    low, high = (None if end.value is None else reader.number(end, "amount") for end in node.value)
    return (low, high)


def _missing(reader: Reader, node: Node) -> tuple[str, ...]:
    """Names of facts."""

    def read(child: Node, what: str) -> str:
        name = reader.text(child, what)
        reader.fact(child, name)
        return name

    return reader.list_of(node, "missing", read)


def _first_get(reader: Reader, node: Node) -> tuple[str, ...]:
    return reader.list_of(node, "first_get", lambda child, what: reader.entitlement(child, reader.text(child, what)))


# ---------------------------------------------------------------- the household
def _household(reader: Reader, node: Node) -> tuple[str, ...]:
    entries = reader.mapping(node, "household", ("facts", "members", "complete"))
    if "complete" in entries:
        reader.boolean(entries["complete"], "complete")
    _facts(reader, entries.get("facts"), HOUSEHOLD)
    refs = reader.list_of(entries.get("members"), "members", lambda child, _: _person(reader, child))
    reader.unique(node, "members", refs)
    return refs


def _person(reader: Reader, node: Node) -> str:
    entries = reader.mapping(node, "members", ("ref", "facts"))
    ref_node = reader.need(entries, "ref", node)
    ref = reader.text(ref_node, "ref") if ref_node else ""
    if ref_node and not _known_ref(ref):
        reader.error(ref_node, "member_unknown", closest(ref, (*SINGLE_REFS, *(f"{kind}1" for kind in NUMBERED_REFS))), ref=ref)
    _facts(reader, entries.get("facts"), "member")
    return ref


def _known_ref(ref: str) -> bool:
    return ref in SINGLE_REFS or bool(re.fullmatch(r"[a-z]+[1-9][0-9]?", ref, re.ASCII) and kind_of(ref) in NUMBERED_REFS)


def _facts(reader: Reader, node: Node | None, owner: str) -> None:
    if node is None or node.value is None:
        return
    for name, child in reader.mapping(node, "facts").items():
        fact = reader.fact(child, name)
        if fact is None:
            continue
        if fact.owner != owner:
            reader.error(child, "wrong_owner", fact=name, owner=fact.owner, owner_th="สมาชิก" if fact.owner == "member" else "ทั้งครัวเรือน")
        _value(reader, fact, child)


def _value(reader: Reader, fact: Fact, node: Node) -> None:
    """A value in its wire form: exact, [lo, hi], {one_of}, {includes, excludes}, {unknown}, or null for not asked."""
    value = node.value
    if value is None:
        return
    if isinstance(value, dict):
        _partial(reader, fact, node)
    elif fact.type == "set" and isinstance(value, list):
        reader.list_of(node, fact.name, lambda child, _: choice_of(reader, fact, child))
    elif fact.type in ("number", "money", "date") and isinstance(value, list):
        _interval(reader, fact, node)
    elif not _fits(reader, fact, node):
        reader.error(node, "value_wrong", got=show(node), fact=fact.name, type=fact.type)


def _partial(reader: Reader, fact: Fact, node: Node) -> None:
    for key, child in reader.mapping(node, fact.name, _PARTIAL.get(fact.type, ("unknown",))).items():
        if key == "unknown":
            reader.one_of(child, "unknown", ("dont_know", "declined"))
        else:
            reader.list_of(child, key, lambda entry, _: choice_of(reader, fact, entry))


def _interval(reader: Reader, fact: Fact, node: Node) -> None:
    if len(node.value) != 2:
        reader.error(node, "want_pair", what=fact.name)
        return
    for end in node.value:
        if end.value is not None and not _fits(reader, fact, end):
            reader.error(end, "value_wrong", got=show(end), fact=fact.name, type=fact.type)


def _fits(reader: Reader, fact: Fact, node: Node) -> bool:
    value = node.value
    match fact.type:
        case "boolean":
            return isinstance(value, bool)
        case "number" | "money":
            return _number_fits(reader, fact, node)
        case "date":
            return isinstance(value, str) and as_date(value) is not None
        case "choice" | "text":
            return not isinstance(value, (bool, list)) and choice_of(reader, fact, node) is not None
        case _:
            return False


def _number_fits(reader: Reader, fact: Fact, node: Node) -> bool:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if fact.range and not fact.range[0] <= value <= fact.range[1]:
        low, high = (plain(end) for end in fact.range)
        reader.error(node, "limit_out_of_range", limit=plain(value), fact=fact.name, low=low, high=high, unit=fact.unit)
    return True


def bare(node: Node) -> Any:
    """The plain JSON form of a node, with numbers as choice keys kept as texts."""
    if isinstance(node.value, dict):
        return {key: bare(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [bare(child) for child in node.value]
    return node.value
