"""rules/facts.yaml → the vocabulary (`tree.Fact`), with the defaults that its head documents.

Belongs here: what an entry may hold and what it means when left out. Does not: rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.eligibility.parse_basic import Reader, plain
from bot.eligibility.tree import Fact, Wording
from bot.eligibility.yaml_lines import Node

TYPES = ("boolean", "number", "money", "choice", "set", "date", "text")
TOPICS = ("person", "place", "home", "income", "health", "work", "insurance", "child", "school", "crisis")
UNITS = ("year", "month", "day", "week", "person", "time", "percent", "rai", "baht", "baht/day", "baht/month", "baht/year")
ASK = ("one", "all", "never")
_KEYS = (
    "type", "owner", "unit", "topic", "name", "question", "help", "choices", "range", "cost", "sensitive", "ask", "prior", "derived",
    "if_yes", "answers", "asked_at",
)  # fmt: skip
_ONLY_FOR = {
    "unit": ("number", "money"),
    "range": ("number", "money"),
    "choices": ("choice", "set"),
    "if_yes": ("choice",),
    "answers": ("boolean",),
    "prior": ("boolean", "choice", "number", "money"),
}
#: Words of the rule language, which no fact may be called.
KEYWORDS = frozenset((
    "all", "any", "not", "at_least_of", "any_member", "no_member", "all_members", "count_members", "officer", "ratio", "because",
    "otherwise", "source", "certainty", "get_first", "lenient", "where", "relation", "others", "of", "per", "n", "household",
))  # fmt: skip
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_HOLE = re.compile(r"\{([^{}]*)\}")


def read_facts(reader: Reader, root: Node, provinces: Sequence[str], entitlements: Collection[str]) -> dict[str, Fact]:
    """Every readable entry; `province` and `receives` get their choices from the arguments."""
    filled = {
        "province": {name: {"th": name, "en": name} for name in provinces},
        "receives": {name: {"th": name, "en": name} for name in sorted(entitlements)},
    }
    facts = {}
    for name, node in reader.mapping(root, "facts.yaml").items():
        if KEYWORDS.intersection((name,)):
            reader.error(node, "fact_is_keyword", name=name)
        elif not _FACT_NAME.fullmatch(name):
            reader.error(node, "fact_name_form", name=name[:60])
        else:
            facts[name] = _fact(reader, name, node, filled.get(name))
    return facts


def _fact(reader: Reader, name: str, node: Node, filled: Mapping[str, Wording] | None) -> Fact:
    entries = reader.mapping(node, name, _KEYS)
    kind = _choice(reader, entries, "type", node, TYPES)
    ask = _optional(reader, entries, "ask", ASK, "one")
    derived = _flag(reader, entries, "derived")
    for key, types in _ONLY_FOR.items():
        if key in entries and kind not in types:
            reader.error(entries[key], "key_not_for_type", key=key, type=kind)
    return Fact(
        name=name,
        type=kind,  # type: ignore[arg-type]  # one of TYPES
        owner=_choice(reader, entries, "owner", node, ("member", "household")),  # type: ignore[arg-type]
        unit=_unit(reader, entries, kind, name, node),
        topic=_choice(reader, entries, "topic", node, TOPICS),
        label=_label(reader, entries, name, node),
        question=_question(reader, entries, name, node, asked=ask != "never"),
        help=reader.wording(entries["help"], "help") if "help" in entries else {},
        choices=filled if filled is not None else _choices(reader, entries, kind, name, node),
        range=_range(reader, entries, kind, name, node),
        cost=_cost(reader, entries),
        sensitive=_flag(reader, entries, "sensitive"),
        ask=ask,  # type: ignore[arg-type]
        prior=_prior(reader, entries, kind, name),
        derived=derived,
        place=reader.place(node),
        yes=_yes(reader, entries),
        answers=_optional(reader, entries, "answers", ("yes", "have"), "yes"),  # type: ignore[arg-type]
        asked_at=reader.pair(entries["asked_at"], "asked_at") if "asked_at" in entries else None,
    )


def _yes(reader: Reader, entries: Mapping[str, Node]) -> str | None:
    if "if_yes" not in entries or "choices" not in entries:
        return None
    return reader.one_of(entries["if_yes"], "if_yes", tuple(reader.mapping(entries["choices"], "choices")))


def _choice(reader: Reader, entries: Mapping[str, Node], key: str, owner: Node, known: Sequence[str]) -> str:
    node = reader.need(entries, key, owner)
    return reader.one_of(node, key, known) if node else known[0]


def _optional(reader: Reader, entries: Mapping[str, Node], key: str, known: Sequence[str], default: str) -> str:
    return reader.one_of(entries[key], key, known) if key in entries else default


def _flag(reader: Reader, entries: Mapping[str, Node], key: str) -> bool:
    return reader.boolean(entries[key], key) if key in entries else False


def _cost(reader: Reader, entries: Mapping[str, Node]) -> int:
    """1 (easy) to 5 (hard or shaming); 2 when left out."""
    if "cost" not in entries:
        return 2
    return int(reader.one_of(Node(str(entries["cost"].value), entries["cost"].line), "cost", ("1", "2", "3", "4", "5")))


def _unit(reader: Reader, entries: Mapping[str, Node], kind: str, name: str, owner: Node) -> str | None:
    if kind not in _ONLY_FOR["unit"]:
        return None
    if "unit" not in entries:
        reader.error(owner, "unit_missing", fact=name)
        return None
    return reader.one_of(entries["unit"], "unit", UNITS)


def _range(reader: Reader, entries: Mapping[str, Node], kind: str, name: str, owner: Node) -> tuple[float, float] | None:
    if kind not in _ONLY_FOR["range"]:
        return None
    if "range" not in entries:
        reader.error(owner, "range_missing", fact=name)
        return None
    return reader.pair(entries["range"], "range")


def _label(reader: Reader, entries: Mapping[str, Node], name: str, owner: Node) -> Wording:
    node = reader.need(entries, "name", owner)
    return reader.wording(node, "name") if node else {"th": name, "en": name}


def _choices(reader: Reader, entries: Mapping[str, Node], kind: str, name: str, owner: Node) -> dict[str, Wording]:
    if kind not in _ONLY_FOR["choices"]:
        return {}
    if "choices" not in entries:
        reader.error(owner, "choices_missing", fact=name)
        return {}
    options = reader.mapping(entries["choices"], "choices")
    if not options:
        reader.error(entries["choices"], "choices_missing", fact=name)
    return {key: reader.wording(node, f"choices.{key}") for key, node in options.items()}


def _question(reader: Reader, entries: Mapping[str, Node], name: str, owner: Node, *, asked: bool) -> dict[str, Any]:
    node = entries.get("question")
    if node is None:
        if asked:
            reader.error(owner, "question_missing", fact=name)
        return {}
    found: dict[str, Any] = {}
    texts = reader.mapping(node, "question", ("th", "en"))
    for language in ("th", "en"):
        if language not in texts:
            reader.error(node, "no_wording", what="question", language=language)
        else:
            found[language] = _spoken(reader, texts[language], f"question.{language}")
    return found


def _spoken(reader: Reader, node: Node, what: str) -> str | dict[str, str]:
    """One text for everybody, or one for the writer's own case and one for somebody else's."""
    if not isinstance(node.value, dict):
        return _holes(reader, node, what)
    entries = reader.mapping(node, what, ("self", "other"))
    for key in ("self", "other"):
        reader.need(entries, key, node)
    return {key: _holes(reader, child, f"{what}.{key}") for key, child in entries.items()}


def _holes(reader: Reader, node: Node, what: str) -> str:
    text = reader.text(node, what)
    for hole in _HOLE.findall(text):
        if hole not in ("who", "whose"):
            reader.error(node, "bad_placeholder", what=what, got=hole)
    return text


def _prior(reader: Reader, entries: Mapping[str, Node], kind: str, name: str) -> dict[str, float]:
    node = entries.get("prior")
    if node is None:
        return {"true": 0.1} if kind == "boolean" else {}
    prior = {key: float(reader.number(child, f"prior.{key}", low=0)) for key, child in reader.mapping(node, "prior").items()}
    wrong = _wrong_prior(kind, prior, entries)
    if wrong:
        reader.error(node, "bad_prior", fact=name, why_th=wrong[0], why=wrong[1])
    return prior


def _wrong_prior(kind: str, prior: Mapping[str, float], entries: Mapping[str, Node]) -> tuple[str, str] | None:
    if kind == "boolean":
        return None if set(prior) == {"true"} and prior["true"] <= 1 else ("ต้องเป็น {true: 0 ถึง 1}", "it must be {true: 0 to 1}")
    if kind == "choice":
        known = entries["choices"].value if "choices" in entries else None
        strange = [key for key in prior if isinstance(known, dict) and key not in known]
        if strange:
            return (f"ไม่มีตัวเลือก {strange[0]}", f"there is no choice {strange[0]}")
        total = sum(prior.values())
        return (
            None if abs(total - 1) < 0.02 else (f"รวมกันได้ {plain(round(total, 3))} ไม่ใช่ 1", f"it sums to {plain(round(total, 3))}, not 1")
        )
    if set(prior) != {"10", "50", "90"} or not prior["10"] <= prior["50"] <= prior["90"]:
        return ("ต้องเป็น {10: …, 50: …, 90: …} จากน้อยไปมาก", "it must be {10: …, 50: …, 90: …}, rising")
    return None
