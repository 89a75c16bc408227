"""One rule file → a `tree.Rule`.

Belongs here: the keys of a rule, its sources, versions and the dates they cover. Does not: conditions, amounts, examples (own readers),
and what only shows across files (`lint.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from bot.eligibility.parse_amount import read_amount
from bot.eligibility.parse_basic import Reader
from bot.eligibility.parse_conditions import children, read_condition
from bot.eligibility.parse_examples import read_example
from bot.eligibility.tree import All, Condition, Deadline, Example, Notes, Place, Rule, Source, Version
from bot.eligibility.yaml_lines import Node

AREAS = ("older", "disability", "children", "poverty", "health", "work", "school", "home", "community", "disaster")
SOURCE_KINDS = ("law", "regulation", "resolution", "notice", "page", "news", "recalled")
_KEYS = (
    "id", "name", "summary", "agency", "level", "subject", "for_whom", "keywords", "confidence", "check_with", "sensitive", "replaces",
    "same_as",
    "sources", "versions", "documents", "where", "when", "steps", "ways_in", "phone", "examples",
)  # fmt: skip
_VERSION_KEYS = ("from", "to", "source", "conditions", "officer", "amount", "deadline")
_PHONE = re.compile(r"[0-9+*#][0-9 \-]{2,14}", re.ASCII)


def read_rule(reader: Reader, root: Node, area: str, stem: str) -> Rule:
    """The rule of one file; whatever is wrong has been noted in the reader's findings."""
    entries = reader.mapping(root, stem, _KEYS)
    sources = _sources(reader, entries, root)
    reader.sources = [source.id for source in sources]
    subject = _choice(reader, entries, "subject", ("member", "household"), "member")
    rule = Rule(
        id=_id(reader, entries, root, stem),
        area=_area(reader, root, area),
        name=reader.needed_wording(entries, "name", root),
        summary=reader.needed_wording(entries, "summary", root),
        agency=reader.needed_wording(entries, "agency", root),
        level=_required(reader, entries, root, "level", ("local", "province", "national")),  # type: ignore[arg-type]
        subject=subject,  # type: ignore[arg-type]
        for_whom=read_condition(reader, entries["for_whom"]) if "for_whom" in entries else None,
        versions=_versions(reader, entries, root),
        documents=_wordings(reader, entries, "documents"),
        where=reader.needed_wording(entries, "where", root),
        when=reader.needed_wording(entries, "when", root),
        steps=_steps(reader, entries, root),
        ways_in=_wordings(reader, entries, "ways_in"),
        phone=reader.list_of(entries.get("phone"), "phone", lambda node, _: _phone(reader, node)),
        sources=sources,
        confidence=_required(reader, entries, root, "confidence", ("high", "medium", "low")),  # type: ignore[arg-type]
        check_with=reader.optional_wording(entries, "check_with"),
        replaces=_replaces(reader, entries, stem),
        sensitive=reader.boolean(entries["sensitive"], "sensitive") if "sensitive" in entries else False,
        keywords=_keywords(reader, entries),
        examples=_examples(reader, entries, root, subject),
        place=Place(reader.file, root.line),
        same_as=reader.entitlement(entries["same_as"], reader.text(entries["same_as"], "same_as")) if "same_as" in entries else None,
    )
    _whole_rule(reader, entries, root, rule)
    return rule


# ---------------------------------------------------------------- the head
def _choice(reader: Reader, entries: Mapping[str, Node], key: str, known: tuple[str, ...], default: str) -> str:
    return reader.one_of(entries[key], key, known) if key in entries else default


def _required(reader: Reader, entries: Mapping[str, Node], root: Node, key: str, known: tuple[str, ...]) -> str:
    node = reader.need(entries, key, root)
    return reader.one_of(node, key, known) if node else known[-1]


def _id(reader: Reader, entries: Mapping[str, Node], root: Node, stem: str) -> str:
    node = reader.need(entries, "id", root)
    if node and reader.text(node, "id") != stem:
        reader.error(node, "id_is_not_file", stem, id=str(node.value)[:60])
    return stem


def _area(reader: Reader, root: Node, area: str) -> str:
    return reader.one_of(Node(area, root.line), "area", AREAS)


def _wordings(reader: Reader, entries: Mapping[str, Node], key: str) -> tuple[Mapping[str, str], ...]:
    return reader.list_of(entries.get(key), key, reader.wording)


def _steps(reader: Reader, entries: Mapping[str, Node], root: Node) -> tuple[Mapping[str, str], ...]:
    node = reader.need(entries, "steps", root)
    return reader.list_of(node, "steps", reader.wording, least=1) if node else ()


def _phone(reader: Reader, node: Node) -> str:
    if not isinstance(node.value, str) or not _PHONE.fullmatch(node.value):
        reader.error(node, "phone_form", got=str(node.value)[:40])
        return ""
    return node.value


def _replaces(reader: Reader, entries: Mapping[str, Node], stem: str) -> tuple[str, ...]:
    names = reader.list_of(entries.get("replaces"), "replaces", lambda node, what: reader.entitlement(node, reader.text(node, what)))
    if stem in names:
        reader.error(entries["replaces"], "itself", what="replaces")
    return names


def _keywords(reader: Reader, entries: Mapping[str, Node]) -> tuple[str, ...]:
    node = entries.get("keywords")
    words = reader.list_of(node, "keywords", reader.text)
    if node:
        reader.unique(node, "keywords", words)
    return words


# ---------------------------------------------------------------- sources
def _sources(reader: Reader, entries: Mapping[str, Node], root: Node) -> tuple[Source, ...]:
    node = entries.get("sources")
    if node is None or not node.value:
        reader.error(node or root, "no_source")
        return ()
    found = reader.list_of(node, "sources", lambda child, _: _source(reader, child))
    reader.unique(node, "sources", [source.id for source in found])
    return found


def _source(reader: Reader, node: Node) -> Source:
    entries = reader.mapping(node, "sources", ("id", "title", "kind", "checked"))
    name, title, checked = (reader.need(entries, key, node) for key in ("id", "title", "checked"))
    return Source(
        reader.text(name, "id") if name else "",
        reader.text(title, "title") if title else "",
        _required(reader, entries, node, "kind", SOURCE_KINDS),  # type: ignore[arg-type]
        reader.date(checked, "checked") if checked else date.min,
    )


# ---------------------------------------------------------------- versions
def _versions(reader: Reader, entries: Mapping[str, Node], root: Node) -> tuple[Version, ...]:
    node = reader.need(entries, "versions", root)
    if node is None:
        return ()
    read = reader.list_of(node, "versions", lambda child, _: (_version(reader, child), child), least=1)
    for before, after in pairwise(read):
        _follows(reader, before[0], after[0], after[1])
    return tuple(version for version, _ in read)


def _follows(reader: Reader, before: Version, after: Version, node: Node) -> None:
    if before.end is None:
        reader.error(node, "version_open")
    elif after.start <= before.end:
        reader.error(node, "version_overlap", start=after.start, end=before.end)
    elif after.start - before.end > timedelta(days=1):
        reader.error(node, "version_gap", start=after.start, end=before.end)


def _version(reader: Reader, node: Node) -> Version:
    entries = reader.mapping(node, "versions", _VERSION_KEYS)
    first, conditions, amount, source = (reader.need(entries, key, node) for key in ("from", "conditions", "amount", "source"))
    start = reader.date(first, "from") if first else date.min
    end = reader.date(entries["to"], "to") if "to" in entries and entries["to"].value is not None else None
    if end and end < start:
        reader.error(node, "version_backwards", start=start, end=end)
    return Version(
        start=start,
        end=end,
        conditions=read_condition(reader, conditions) if conditions else All((), Notes(), reader.place(node)),
        officer=reader.optional_wording(entries, "officer"),
        amount=read_amount(reader, amount if amount else Node({"kind": Node("service", 1), "text": _said_nothing()}, node.line)),
        deadline=_deadline(reader, entries["deadline"]) if "deadline" in entries else None,
        source=reader.list_of(source, "source", reader.source, least=1) if source else (),
        place=reader.place(node),
    )


def _said_nothing() -> Node:
    """Stands in for the wording of an amount that is missing altogether; the missing amount itself is the error."""
    return Node({"th": Node("–ไม่มี", 1), "en": Node("–", 1)}, 1)


def _deadline(reader: Reader, node: Node) -> Deadline:
    entries = reader.mapping(node, "deadline", ("after", "days", "text"))
    after, days = reader.need(entries, "after", node), reader.need(entries, "days", node)
    name = reader.text(after, "after") if after else ""
    fact = reader.fact(after, name) if after and name else None
    if after and fact and fact.type != "date":
        reader.error(after, "value_wrong", got=name, fact="after", type="date")
    return Deadline(name, reader.whole(days, "days", low=1) if days else 1, reader.needed_wording(entries, "text", node))


# ---------------------------------------------------------------- the rule as a whole
def _examples(reader: Reader, entries: Mapping[str, Node], root: Node, subject: str) -> tuple[Example, ...]:
    node = entries.get("examples")
    if node is None or not node.value:
        reader.error(node or root, "no_example")
        return ()
    found = reader.list_of(node, "examples", lambda child, _: read_example(reader, child, subject))
    seen: set[str] = set()
    for example in found:
        if example.title in seen:
            reader.findings.error(reader.file, example.place.line, "same_title", title=example.title)
        seen.add(example.title)
    return found


def _whole_rule(reader: Reader, entries: Mapping[str, Node], root: Node, rule: Rule) -> None:
    if rule.confidence != "high" and rule.check_with is None and "confidence" in entries:
        reader.error(entries["confidence"], "no_check_with")
    for source in rule.sources:
        if source.id not in reader.cited:
            reader.warn(entries["sources"], "source_unused", id=source.id)
    for condition in [version.conditions for version in rule.versions]:
        _no_self(reader, condition, rule.id)


def _no_self(reader: Reader, condition: Condition, rule: str) -> None:
    if condition.notes.get_first == rule:
        reader.findings.error(reader.file, condition.place.line if condition.place else 1, "itself", what="get_first")
    for child in children(condition):
        _no_self(reader, child, rule)
