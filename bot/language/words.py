"""The word lists of knowledge/words/ and the one left-to-right scan that finds them in a text, longest word first.

Belongs here: loading, matching on syllable borders. Does not: what the words mean together (statements.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"

_STARTS = frozenset("เแโใไ")
_GOES_ON = frozenset("ะัาำิีึืุู็่้๊๋์ํฺ")


@dataclass(slots=True)
class Token:
    """A word or number at [start, end) of the normal text. `kinds`: every part it may play; `data` by kind. Never changed once made
    (not frozen: a long message makes thousands, and frozen ones cost four times as much)."""

    start: int
    end: int
    kinds: frozenset[str]
    data: Mapping[str, Any]

    def plays(self, *kinds: str) -> bool:
        return not self.kinds.isdisjoint(kinds)


Entry = tuple[frozenset[str], Mapping[str, Any]]


class Lexicon:
    """Words by their first two characters, then by their fourth, longest first: a scan costs one or two look-ups for each character."""

    def __init__(self, entries: Iterable[tuple[str, str, Any]]) -> None:
        merged: dict[str, dict[str, Any]] = {}
        for word, kind, data in entries:
            merged.setdefault(word, {})[kind] = data
        self._words: dict[str, Entry] = {word: (frozenset(data), data) for word, data in merged.items()}
        self._short = _lengths((word for word in merged if len(word) < _LONG), 2)
        self._long = _lengths((word for word in merged if len(word) >= _LONG), _LONG)
        self._starts = {word[:2] for word in merged}

    def at(self, text: str, start: int) -> Token | None:
        """The longest word that begins at `start` and ends where a syllable can end."""
        two = text[start : start + 2]
        if two in self._starts:
            words = self._words
            for length in (*self._long.get(text[start : start + _LONG], ()), *self._short.get(two, ())):
                found = words.get(text[start : start + length])
                if found and start + length <= len(text) and _whole(text, start, start + length):
                    return Token(start, start + length, *found)
        single = self._words.get(text[start])
        return Token(start, start + 1, *single) if single and _whole(text, start, start + 1) else None


_LONG = 4


def _lengths(words: Iterable[str], start: int) -> dict[str, tuple[int, ...]]:
    """By the first characters of words: how long such words are, longest first."""
    found: dict[str, set[int]] = {}
    for word in words:
        found.setdefault(word[:start], set()).add(len(word))
    return {beginning: tuple(sorted(lengths, reverse=True)) for beginning, lengths in found.items()}


def _whole(text: str, start: int, end: int) -> bool:
    """Not torn out of a syllable, nor out of a Latin word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if after in _GOES_ON or before in _STARTS:
        return False
    if text[start].isascii() and text[start].isalpha() and before.isascii() and before.isalpha():
        return False
    return not (text[end - 1].isascii() and text[end - 1].isalpha() and after.isascii() and after.isalpha())


def load(name: str) -> Any:
    """One data file of knowledge/words/."""
    return yaml.load((KNOWLEDGE / "words" / name).read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _cues() -> Iterator[tuple[str, str, Any]]:
    for kind, words in load("cues.yaml").items():
        yield from ((str(word), kind, True) for word in words)


def _kin() -> Iterator[tuple[str, str, Any]]:
    for ref, groups in load("kin.yaml").items():
        for group in groups:
            for word in group["say"]:
                kind = "generic" if ref == "generic" else "person"
                yield str(word), kind, (ref, group.get("sex"), group.get("label"))


def _facts() -> Iterator[tuple[str, str, Any]]:
    for name in ("health.yaml", "living.yaml", "working.yaml"):
        for group in load(name):
            kind = "thing" if "have" in group else "fact"
            yield from ((word, kind, group) for word in _forms(group))


def _forms(group: Mapping[str, Any]) -> Iterator[str]:
    """The words of a group, and each way of joining one part of every list of `join`."""
    yield from map(str, group["say"])
    for parts in group.get("join", ()):
        yield from map("".join, product(*parts))


def _others() -> Iterator[tuple[str, str, Any]]:
    lines = (KNOWLEDGE / "words" / "other.txt").read_text("utf-8").splitlines()
    yield from ((word, "other", True) for word in lines if word and not word.startswith("#"))


@cache
def entries() -> tuple[tuple[str, str, Any], ...]:
    """(word, kind, data) of every list."""
    return (*_cues(), *_kin(), *_facts(), *_others())
