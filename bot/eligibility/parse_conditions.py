"""Conditions of a rule: YAML nodes → the typed tree, with types, units, operators and names checked.

Belongs here: what one condition may look like. Does not: whether conditions contradict each other (`lint_ranges.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from bot.eligibility.parse_basic import Reader, plain, show
from bot.eligibility.rule_errors import closest, listed
from bot.eligibility.tree import (
    All,
    AnyOf,
    Condition,
    CountOf,
    Fact,
    Members,
    Not,
    Notes,
    Officer,
    Operand,
    Ratio,
    Ref,
    Test,
)
from bot.eligibility.yaml_lines import Node

NOTES = ("because", "otherwise", "source", "certainty", "get_first", "lenient")
RELATIONS = ("spouse", "child", "parent", "sibling", "grandchild", "grandparent")
OPERATORS: dict[str, tuple[str, ...]] = {
    "boolean": ("is",),
    "number": ("at_least", "at_most", "over", "under", "between", "is"),
    "money": ("at_least", "at_most", "over", "under", "between", "is"),
    "choice": ("is", "in", "not_in"),
    "text": ("is", "in", "not_in"),
    "set": ("includes",),
    "date": ("within_days", "since_days"),
}
_LIKE = {
    "boolean": "{is: true}", "number": "{at_least: 60}", "money": "{at_most: 100000}", "choice": "{is: …}",
    "text": "{is: …}", "set": "{includes: old-age-allowance}", "date": "{within_days: 365}",
}  # fmt: skip
#: Facts that have to be known before anybody is told yes.
_NEVER_LENIENT = (
    "age_",
    "birth_",
    "nationality",
    "has_id13",
    "income",
    "household_income",
    "no_income",
    "insured",
    "sso_",
    "s40_",
    "savings",
)
_UNITS_TH = {
    "year": "ปี", "month": "เดือน", "day": "วัน", "week": "สัปดาห์", "person": "คน", "time": "ครั้ง", "percent": "ร้อยละ", "rai": "ไร่",
    "baht": "บาท", "baht/day": "บาทต่อวัน", "baht/month": "บาทต่อเดือน", "baht/year": "บาทต่อปี",
}  # fmt: skip
_ALWAYS = All((), Notes(), None)  # type: ignore[arg-type]  # stands in for what could not be read; such a file is refused


def read_condition(reader: Reader, node: Node) -> Condition:
    """One entry of a rule's conditions; errors are noted and a harmless stand-in is returned."""
    if not isinstance(node.value, dict):
        reader.error(node, "want_mapping", what=show(node) or "condition")
        return _ALWAYS
    body = [key for key in node.value if key not in NOTES]
    if len(body) != 1:
        reader.error(node, "two_conditions" if body else "no_condition", keys=listed(body))
        return _ALWAYS
    key, value = body[0], node.value[body[0]]
    read = _FORMS.get(key)
    condition = read(reader, value) if read else _fact_test(reader, key, value)
    return _with_notes(reader, node, condition)


# ---------------------------------------------------------------- what stands beside a condition
def _with_notes(reader: Reader, node: Node, condition: Condition) -> Condition:
    entries = {key: child for key, child in node.value.items() if key in NOTES}
    if not entries:
        return condition
    notes = Notes(
        because=reader.optional_wording(entries, "because"),
        otherwise=reader.optional_wording(entries, "otherwise"),
        source=reader.source(entries["source"], "source") if "source" in entries else None,
        certainty=_certainty(reader, entries),
        get_first=_get_first(reader, entries),
        lenient=_lenient(reader, entries, condition),
    )
    return _noted(condition, notes)


def _certainty(reader: Reader, entries: Mapping[str, Node]) -> Literal["found", "recalled", "inferred"]:
    if "certainty" not in entries:
        return "found"
    return reader.one_of(entries["certainty"], "certainty", ("found", "recalled", "inferred"))  # type: ignore[return-value]


def _get_first(reader: Reader, entries: Mapping[str, Node]) -> str | None:
    node = entries.get("get_first")
    return reader.entitlement(node, reader.text(node, "get_first")) if node else None


def _lenient(reader: Reader, entries: Mapping[str, Node], condition: Condition) -> bool:
    node = entries.get("lenient")
    if node is None or not reader.boolean(node, "lenient"):
        return False
    facts = sorted(facts_in(condition))
    if not facts:
        reader.error(node, "lenient_empty")
    for fact in facts:
        if fact.startswith(_NEVER_LENIENT) or fact.endswith("_card"):
            reader.error(node, "lenient_forbidden", fact=fact)
    return True


def _noted(condition: Condition, notes: Notes) -> Condition:
    match condition:
        case Test(operand, op, value, _, place):
            return Test(operand, op, value, notes, place)
        case All(of, _, place):
            return All(of, notes, place)
        case AnyOf(of, _, place):
            return AnyOf(of, notes, place)
        case Not(inner, _, place):
            return Not(inner, notes, place)
        case CountOf(n, of, _, place):
            return CountOf(n, of, notes, place)
        case Members(where, relation, others, least, most, _, place):
            return Members(where, relation, others, least, most, notes, place)
        case Officer(what, _, place):
            return Officer(what, notes, place)


# ---------------------------------------------------------------- all, any, not, …
def _conditions(reader: Reader, node: Node, key: str) -> tuple[Condition, ...]:
    return reader.list_of(node, key, lambda child, _: read_condition(reader, child), least=1)


def _all(reader: Reader, node: Node) -> Condition:
    return All(_conditions(reader, node, "all"), Notes(), reader.place(node))


def _any(reader: Reader, node: Node) -> Condition:
    of = _conditions(reader, node, "any")
    if len(of) == 1:
        reader.error(node, "one_armed", key="any")
    return AnyOf(of, Notes(), reader.place(node))


def _not(reader: Reader, node: Node) -> Condition:
    return Not(read_condition(reader, node), Notes(), reader.place(node))


def _at_least_of(reader: Reader, node: Node) -> Condition:
    entries = reader.mapping(node, "at_least_of", ("n", "of"))
    count, of = reader.need(entries, "n", node), reader.need(entries, "of", node)
    n = reader.whole(count, "n", low=1) if count else 1
    conditions = _conditions(reader, of, "of") if of else ()
    if n > len(conditions):
        reader.error(node, "count_too_high", n=n, of=len(conditions))
    return CountOf(n, conditions, Notes(), reader.place(node))


def _officer(reader: Reader, node: Node) -> Condition:
    return Officer(reader.wording(node, "officer"), Notes(), reader.place(node))


# ---------------------------------------------------------------- members
def _members(key: str) -> Callable[[Reader, Node], Condition]:
    def read(reader: Reader, node: Node) -> Condition:
        counted = key == "count_members"
        entries = reader.mapping(node, key, ("relation", "others", "where", *(("at_least", "at_most") if counted else ())))
        where_node = reader.need(entries, "where", node)
        where = read_condition(reader, where_node) if where_node else _ALWAYS
        relation = reader.one_of(entries["relation"], "relation", RELATIONS) if "relation" in entries else None
        others = reader.boolean(entries["others"], "others") if "others" in entries else False
        if key == "all_members":
            where = Not(where, Notes(), where.place)
        least, most = _counts(reader, entries, node) if counted else ((1, None) if key == "any_member" else (0, 0))
        return Members(where, relation, others, least, most, Notes(), reader.place(node))

    return read


def _counts(reader: Reader, entries: Mapping[str, Node], owner: Node) -> tuple[int, int | None]:
    if "at_least" not in entries and "at_most" not in entries:
        reader.error(owner, "count_unbounded")
    least = reader.whole(entries["at_least"], "at_least") if "at_least" in entries else 0
    most = reader.whole(entries["at_most"], "at_most") if "at_most" in entries else None
    if most is not None and least > most:
        reader.error(owner, "pair_backwards", what="count_members", low=least, high=most)
    return least, most


# ---------------------------------------------------------------- comparisons
def _fact_test(reader: Reader, name: str, node: Node) -> Condition:
    fact = reader.vocabulary.get(name)
    if fact is None:
        reader.error(node, "unknown_fact", closest(name, [*reader.vocabulary, *_FORMS]), got=name[:60])
        return _ALWAYS
    if fact.type == "boolean" and isinstance(node.value, bool):
        return Test(Ref(name), "is", node.value, Notes(), reader.place(node))
    if not isinstance(node.value, dict) or not node.value:
        reader.error(node, "operator_missing", fact=name, like=_LIKE[fact.type])
        return _ALWAYS
    tests = [_comparison(reader, fact, Ref(name), op, child) for op, child in node.value.items()]
    return _together(reader, node, [test for test in tests if test])


def _together(reader: Reader, node: Node, tests: list[Condition]) -> Condition:
    return tests[0] if len(tests) == 1 else All(tuple(tests), Notes(), reader.place(node))


def _ratio(reader: Reader, node: Node) -> Condition:
    entries = reader.mapping(node, "ratio", ("of", "per", *OPERATORS["money"]))
    operand = read_ratio(reader, node, entries)
    tests = [_numeric(reader, None, operand, op, child) for op, child in entries.items() if op not in ("of", "per")]
    if not tests:
        reader.error(node, "operator_missing", fact="ratio", like=_LIKE["money"])
    return _together(reader, node, tests)


def read_ratio(reader: Reader, node: Node, entries: Mapping[str, Node]) -> Ratio:
    """`of` over `per`, both number or money facts."""
    return Ratio(_number_ref(reader, node, entries, "of"), _number_ref(reader, node, entries, "per"))


def _number_ref(reader: Reader, owner: Node, entries: Mapping[str, Node], key: str) -> Ref:
    node = reader.need(entries, key, owner)
    name = reader.text(node, key) if node else ""
    fact = reader.fact(node, name) if node and name else None
    if node and fact and fact.type not in ("number", "money"):
        reader.error(node, "bands_unit", fact=name, type=fact.type)
    return Ref(name)


def _comparison(reader: Reader, fact: Fact, operand: Operand, op: str, node: Node) -> Condition | None:
    known = OPERATORS[fact.type]
    if op not in known:
        reader.error(node, "operator_wrong", closest(op, known), op=op, fact=fact.name, type=fact.type, known=listed(known))
        return None
    match fact.type:
        case "number" | "money":
            return _numeric(reader, fact, operand, op, node)
        case "date":
            return _test(reader, operand, op, reader.whole(node, op), node)
        case "boolean":
            return _test(reader, operand, op, reader.boolean(node, f"{fact.name}.is"), node)
        case "set":
            return _test(reader, operand, op, choice_of(reader, fact, node), node)
        case _:
            return _choice_test(reader, fact, operand, op, node)


def _test(reader: Reader, operand: Operand, op: Any, value: Any, node: Node) -> Test:
    return Test(operand, op, value, Notes(), reader.place(node))


def _numeric(reader: Reader, fact: Fact | None, operand: Operand, op: str, node: Node) -> Condition:
    if op == "between":
        low, high = reader.pair(node, op)
        for end in (low, high):
            _sensible(reader, fact, end, node)
        return All(
            (_test(reader, operand, "at_least", low, node), _test(reader, operand, "at_most", high, node)), Notes(), reader.place(node)
        )
    if fact and isinstance(node.value, str):
        reader.error(node, "unit_wrong", fact=fact.name, unit=_UNITS_TH.get(fact.unit or "", fact.unit), got=show(node))
        return _test(reader, operand, op, 0, node)
    limit = reader.whole(node, op, low=-(10**12)) if fact and fact.type == "number" else reader.number(node, op)
    _sensible(reader, fact, limit, node)
    return _test(reader, operand, op, limit, node)


def _sensible(reader: Reader, fact: Fact | None, limit: float, node: Node) -> None:
    """A limit outside what the fact can be is a slip of unit: months where years are meant."""
    if fact and fact.range and not fact.range[0] <= limit <= fact.range[1]:
        low, high = (plain(end) for end in fact.range)
        reader.error(node, "limit_out_of_range", limit=plain(limit), fact=fact.name, low=low, high=high, unit=fact.unit)


def _choice_test(reader: Reader, fact: Fact, operand: Operand, op: str, node: Node) -> Condition:
    if op == "is":
        return _test(reader, operand, op, choice_of(reader, fact, node), node)
    options = reader.list_of(node, op, lambda child, _: choice_of(reader, fact, child), least=1)
    reader.unique(node, op, options)
    test = _test(reader, operand, "in", frozenset(options), node)
    return Not(test, Notes(), reader.place(node)) if op == "not_in" else test


def choice_of(reader: Reader, fact: Fact, node: Node) -> str:
    """One choice of a choice or set fact, or a free text of a text fact."""
    if fact.name == "receives":
        return reader.entitlement(node, reader.text(node, fact.name))
    name = reader.name(node, fact.name)
    if fact.type == "text" or not name or name in fact.choices:
        return name
    if fact.name == "province":
        reader.error(node, "province_unknown", closest(name.removeprefix("จังหวัด").removeprefix("จ."), fact.choices), got=name[:60])
    else:
        reader.error(node, "choice_unknown", closest(name, fact.choices), fact=fact.name, got=name[:60], known=listed(fact.choices, 20))
    return name


_FORMS: dict[str, Callable[[Reader, Node], Condition]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "at_least_of": _at_least_of,
    "ratio": _ratio,
    "officer": _officer,
    **{key: _members(key) for key in ("any_member", "no_member", "all_members", "count_members")},
}


# ---------------------------------------------------------------- walking
def facts_of(operand: Operand) -> tuple[str, ...]:
    """The names that an operand reads."""
    return (operand.fact,) if isinstance(operand, Ref) else (operand.top.fact, operand.bottom.fact)


def children(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside one, those about other members included."""
    match condition:
        case All(of) | AnyOf(of) | CountOf(_, of):
            return of
        case Not(inner):
            return (inner,)
        case Members(where):
            return (where,)
        case _:
            return ()


def facts_in(condition: Condition) -> frozenset[str]:
    """Every fact that a condition reads, of whomever."""
    own = facts_of(condition.operand) if isinstance(condition, Test) else ()
    return frozenset(own).union(*(facts_in(child) for child in children(condition)))
