"""Reading the plain parts of a rule file: texts, numbers, dates, lists, wordings.

Belongs here: one `Reader` per file that notes every wrong thing and goes on with a harmless stand-in, so that one run shows all errors.
Does not: what a condition or a rule is (`parse_conditions.py`, `parse_rule.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import TypeVar

from bot.eligibility.rule_errors import Findings, closest, listed
from bot.eligibility.tree import Fact, Place, Wording
from bot.eligibility.yaml_lines import Node

T = TypeVar("T")
_THAI = re.compile(r"[\u0e00-\u0e7f]")


class Reader:
    """One file being read. `vocabulary` and `entitlements` are what its names may refer to."""

    def __init__(
        self,
        file: str,
        findings: Findings,
        vocabulary: Mapping[str, Fact],
        entitlements: Collection[str] = (),
    ) -> None:
        self.file = file
        self.findings = findings
        self.vocabulary = vocabulary
        self.entitlements = entitlements
        self.sources: Collection[str] = ()
        self.cited: set[str] = set()

    # ------------------------------------------------------------ finding
    def error(self, node: Node, code: str, suggestion: str = "", **named: object) -> None:
        self.findings.error(self.file, node.line, code, suggestion, **named)

    def warn(self, node: Node, code: str, suggestion: str = "", **named: object) -> None:
        self.findings.warn(self.file, node.line, code, suggestion, **named)

    def place(self, node: Node) -> Place:
        return Place(self.file, node.line)

    # ------------------------------------------------------------ shapes
    def mapping(self, node: Node, what: str, known: Iterable[str] | None = None) -> dict[str, Node]:
        """The entries of a mapping; keys beyond `known` are refused and left out."""
        if not isinstance(node.value, dict):
            self.error(node, "want_mapping", what=what)
            return {}
        if known is None:
            return node.value
        allowed = tuple(known)
        for key, child in node.value.items():
            if key not in allowed:
                self.error(child, "unknown_key", closest(key, allowed), key=key, known=listed(allowed, 30))
        return {key: child for key, child in node.value.items() if key in allowed}

    def need(self, entries: Mapping[str, Node], key: str, owner: Node) -> Node | None:
        """The node under a required key; an empty value counts as missing."""
        node = entries.get(key)
        if node is None or node.value is None:
            self.error(node or owner, "missing_key", key=key)
            return None
        return node

    def list_of(self, node: Node | None, what: str, read: Callable[[Node, str], T], *, least: int = 0) -> tuple[T, ...]:
        if node is None or (node.value is None and not least):
            return ()
        if not isinstance(node.value, list):
            self.error(node, "want_list", what=what)
            return ()
        if len(node.value) < least:
            self.error(node, "empty_list", what=what)
        return tuple(read(child, what) for child in node.value)

    def unique(self, node: Node, what: str, words: Iterable[str]) -> None:
        seen: set[str] = set()
        for word in words:
            if word in seen:
                self.error(node, "repeated_entry", entry=word, what=what)
            seen.add(word)

    # ------------------------------------------------------------ plain values
    def text(self, node: Node, what: str) -> str:
        if isinstance(node.value, str) and node.value.strip():
            return node.value.strip()
        self.error(node, "want_text", what=what)
        return ""

    def name(self, node: Node, what: str) -> str:
        """A text that may look like a number (a choice called 1)."""
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return str(node.value)
        return self.text(node, what)

    def one_of(self, node: Node, what: str, known: Iterable[str]) -> str:
        options = tuple(known)
        if node.value not in options:
            got = show(node)
            self.error(node, "want_one_of", closest(got, options), what=what, got=got, known=listed(options, 30))
            return options[0]
        return str(node.value)

    def boolean(self, node: Node, what: str) -> bool:
        if not isinstance(node.value, bool):
            self.error(node, "want_boolean", what=what, got=show(node))
            return False
        return node.value

    def number(self, node: Node, what: str, *, low: float | None = None) -> float:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            self.error(node, "want_number", what=what, got=show(node))
            return 0
        if low is not None and node.value < low:
            self.error(node, "out_of_bounds", what=what, low=low)
        return node.value

    def whole(self, node: Node, what: str, *, low: int = 0) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            self.error(node, "want_whole", what=what, got=show(node))
            return low
        if node.value < low:
            self.error(node, "out_of_bounds", what=what, low=low)
        return node.value

    def pair(self, node: Node, what: str) -> tuple[float, float]:
        if not isinstance(node.value, list) or len(node.value) != 2:
            self.error(node, "want_pair", what=what)
            return (0, 0)
        low, high = (self.number(child, what) for child in node.value)
        if low > high:
            self.error(node, "pair_backwards", what=what, low=plain(low), high=plain(high))
        return (low, high)

    def date(self, node: Node, what: str) -> date:
        got = show(node)
        day = as_date(got) if isinstance(node.value, str) else None
        if day is None:
            self.error(node, "want_date", what=what, got=got)
            return date.min
        if day.year >= 2400:
            meant = as_date(f"{day.year - 543:04}{got[4:]}")
            self.error(node, "buddhist_year", got=got, meant=meant.isoformat() if meant else day.year - 543)
        return day

    # ------------------------------------------------------------ wording
    def wording(self, node: Node, what: str) -> Wording:
        """Thai and English, both needed."""
        if isinstance(node.value, str):
            self.error(node, "bare_wording", what=what)
            return {"th": node.value}
        entries = self.mapping(node, what, ("th", "en"))
        said = {language: self._said(entries, language, node, what) for language in ("th", "en")}
        if said["th"] and not _THAI.search(said["th"]):
            self.error(entries["th"], "not_thai", what=what)
        return said

    def _said(self, entries: Mapping[str, Node], language: str, owner: Node, what: str) -> str:
        node = entries.get(language)
        if node is None or node.value is None:
            self.error(owner, "no_wording", what=what, language=language)
            return ""
        return self.text(node, f"{what}.{language}")

    def needed_wording(self, entries: Mapping[str, Node], key: str, owner: Node) -> Wording:
        node = self.need(entries, key, owner)
        return self.wording(node, key) if node else {"th": ""}

    def optional_wording(self, entries: Mapping[str, Node], key: str) -> Wording | None:
        node = entries.get(key)
        return self.wording(node, key) if node and node.value is not None else None

    # ------------------------------------------------------------ names that must exist
    def fact(self, node: Node, name: str) -> Fact | None:
        found = self.vocabulary.get(name)
        if found is None:
            self.error(node, "unknown_fact", closest(name, self.vocabulary), got=name[:60])
        return found

    def entitlement(self, node: Node, name: str) -> str:
        if name and name not in self.entitlements:
            self.error(node, "entitlement_unknown", closest(name, self.entitlements), got=name[:60])
        return name

    def source(self, node: Node, what: str) -> str:
        name = self.text(node, what)
        if name and name not in self.sources:
            self.error(node, "source_unknown", closest(name, self.sources), got=name, known=listed(self.sources))
        self.cited.add(name)
        return name


def show(node: Node) -> str:
    """A value as the author wrote it, short."""
    if isinstance(node.value, dict):
        return "{" + listed(node.value, 3) + "}"
    if isinstance(node.value, list):
        return "[" + ", ".join(show(child) for child in node.value[:3]) + "]"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return "" if node.value is None else str(node.value)[:60]


def plain(number: float) -> str:
    """A number without a needless “.0”."""
    return str(int(number)) if float(number).is_integer() else str(number)


def as_date(text: str) -> date | None:
    """An ISO day, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
