"""YAML text → a tree of plain values that remembers line numbers, read strictly as the YAML 1.2 core schema would.

Belongs here: syntax, duplicate keys, the traps of YAML 1.1 (no, 010, 10:30, 1_000, anchors, tags). Does not: what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from bot.eligibility.rule_errors import Findings

MOST_CHARACTERS = 200_000
DEEPEST = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_YES_NO = frozenset({"y", "n", "yes", "no", "on", "off"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})", re.ASCII)
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})\.[0-9]{1,9}", re.ASCII)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+", re.ASCII)
_ODD_NUMBER = re.compile(
    r"[-+]?([0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?|\.[0-9]+|[0-9]+\.|[0-9]*\.?[0-9]+[eE][-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|[0-9]{16,}(\.[0-9]*)?"
    r"|[0-9]+\.[0-9]+|\.(inf|Inf|INF|nan|NaN|NAN))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line where it (or its key) stands. `value`: None, bool, int, float, str, list[Node] or dict[str, Node]."""

    value: Any
    line: int
    quoted: bool = False


class _Refused(Exception):
    """The text cannot be read on; the finding has been noted."""


def load_yaml(text: str) -> Any:
    """Plain content without line numbers, by libyaml where it is there (ten times as fast). Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader in both cases


def read_yaml(text: str, file: str, findings: Findings) -> Node | None:
    """The tree of one document, or None with the reason noted in `findings`. Never raises for any text."""
    if len(text) > MOST_CHARACTERS:
        findings.error(file, 1, "too_long", most=MOST_CHARACTERS)
        return None
    try:
        return _Builder(file, findings, _events(text)).document()
    except _Refused:
        return None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        findings.error(file, mark.line + 1 if mark else 1, "not_yaml", why=problem.problem or problem.context or "?")
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as problem:
        findings.error(file, 1, "not_yaml", why=str(problem).split("\n")[0][:120])
    return None


def _events(text: str) -> Iterator[Any]:
    return iter(yaml.parse(text, Loader=_LOADER))


class _Builder:
    def __init__(self, file: str, findings: Findings, events: Iterator[Any]) -> None:
        self.file, self.findings, self.events = file, findings, events

    def document(self) -> Node:
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._refuse(event, "several_documents")
                root = self._node(next(self.events), 0)
        if root is None or root.value is None:
            self.findings.error(self.file, 1, "empty_file")
            raise _Refused
        return root

    def _refuse(self, event: Any, code: str, **named: object) -> None:
        self.findings.error(self.file, event.start_mark.line + 1, code, "", **named)
        raise _Refused

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "anchor")
        if event.tag is not None:
            self._refuse(event, "tag", tag=str(event.tag)[:40])
        if depth > DEEPEST:
            self._refuse(event, "too_deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        return self._scalar(event)

    def _sequence(self, start: Any, depth: int) -> Node:
        entries: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            entries.append(self._node(event, depth + 1))
        return Node(entries, start.start_mark.line + 1)

    def _mapping(self, start: Any, depth: int) -> Node:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, line = self._key(event), event.start_mark.line + 1
            value = self._node(next(self.events), depth + 1)
            if key in found:
                self.findings.error(self.file, line, "duplicate_key", key=key, first=found[key].line)
            else:
                found[key] = Node(value.value, line, value.quoted)
        return Node(found, start.start_mark.line + 1)

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "key_not_text")
        node = self._node(event, 0)
        # A number as a key (a quantile, a choice named 1) is its own digits.
        return node.value if isinstance(node.value, str) else str(event.value)

    def _scalar(self, event: Any) -> Node:
        line, text = event.start_mark.line + 1, event.value
        if not event.implicit[0]:
            return Node(text, line, quoted=True)
        code = _trap(text)
        if code:
            self.findings.error(self.file, line, code, text=text[:60])
        return Node(text if code else _plain(text), line)


def _trap(text: str) -> str | None:
    """The code of the refusal for a plain scalar that readers of YAML disagree about."""
    if text.lower() in _YES_NO:
        return "yes_no"
    if _SEXAGESIMAL.fullmatch(text):
        return "sexagesimal"
    if _LEADING_ZERO.fullmatch(text):
        return "leading_zero"
    if _ODD_NUMBER.fullmatch(text) and not _FLOAT.fullmatch(text):
        return "odd_number"
    return None


def _plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
