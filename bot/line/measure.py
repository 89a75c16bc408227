"""How LINE counts text, and how to cut it without breaking a Thai syllable.

Belongs here: UTF-16 units, grapheme clusters, shortening, splitting, making text sendable at all.
Does not: what the limits are (`limits.py`) and what is sent (`render.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import regex

_CLUSTER = regex.compile(r"\X")
_BLANKS = re.compile(r"\s+")
# Control characters other than tab and newline, and halves of a surrogate pair, which no JSON encoder takes.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CODE_POINTS_PER_CLUSTER = 8  # a real Thai cluster has at most four; more is a prank that would blow up the message
_WORD_WINDOW = 120  # code points looked at for a word border; the longest Thai words have about 40


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as LINE counts message texts: 🍎 is 2."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Length in grapheme clusters, as LINE counts labels: ที่ is 1."""
    return len(text) if text.isascii() and "\r" not in text else sum(1 for _ in _CLUSTER.finditer(text))


def clean(text: str) -> str:
    """The text without what LINE or JSON refuse, and without blanks around it. May be empty."""
    if text.isprintable():  # no line breaks, no blanks but spaces, nothing that cannot be sent
        return text.strip()
    return _UNSENDABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    tidy = clean(text)
    return tidy if tidy.isprintable() and "  " not in tidy else _BLANKS.sub(" ", tidy)


def shorten(text: str, limit: int) -> str:
    """At most `limit` grapheme clusters; what is cut ends in `…` and at a cluster border."""
    if len(text) <= limit:
        return text
    capped = text[: limit * _CODE_POINTS_PER_CLUSTER + 1]
    ends = [m.end() for m in _CLUSTER.finditer(capped)]
    if len(ends) <= limit and len(capped) == len(text):
        return text
    kept = capped[: ends[min(limit, len(ends)) - 2]] if min(limit, len(ends)) > 1 else ""
    return kept.rstrip() + "…"


def shorten_units(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, ending in `…` when cut."""
    if utf16(text) <= limit:
        return text
    return text[: _fitting(text, 0, limit - 1, whole_clusters=True)].rstrip() + "…"


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in parts of at most `limit` UTF-16 units, cut at the best border there is: paragraph, line, sentence blank, word, cluster.

    Blanks at a cut are dropped; no part is empty.
    """
    if utf16(text) <= limit:
        if words := text.strip():
            yield words
        return
    start = 0
    while start < len(text):
        end = _fitting(text, start, limit, whole_clusters=False)
        if end < len(text):
            end = start + _border(text[start:end])
        part = text[start:end].strip()
        if part:
            yield part
        start = end


def _fitting(text: str, start: int, limit: int, *, whole_clusters: bool) -> int:
    """The index after the last code point that still fits into `limit` units from `start`; always moves on."""
    end = min(len(text), start + limit)
    while utf16(text[start:end]) > limit:
        end -= max(1, (utf16(text[start:end]) - limit) // 2)
    if whole_clusters and end < len(text):
        end = min(end, start + _cluster_border(text[start : end + 1]))
    return max(end, start + 1)


def _border(part: str) -> int:
    """Where to cut a part that is too long to be followed by more text: never in its first half, if it can be helped."""
    half = len(part) // 2
    for mark in ("\n\n", "\n", " "):
        at = part.rfind(mark, half)
        if at > 0:
            return at + len(mark)
    return _word_border(part)


def _word_border(part: str) -> int:
    window = part[-_WORD_WINDOW:]
    last = _words(window)[-1]  # the last word may go on behind the cut, so cut before it
    if 0 < len(last) < len(window):
        return len(part) - len(last)
    return _cluster_border(part)


def _cluster_border(part: str) -> int:
    """The start of the last cluster, which may go on behind the cut; the end if the whole part is one monstrous cluster."""
    window = part[-_WORD_WINDOW:]
    last = next(reversed(list(_CLUSTER.finditer(window)))).start()
    return len(part) - len(window) + last if last else len(part)


def _words(text: str) -> list[str]:
    return [str(word) for word in _tokenizer()(text, engine="newmm", keep_whitespace=True)] or [text]


@cache
def _tokenizer() -> Any:
    from pythainlp.tokenize import word_tokenize  # its dictionary takes a while to load, and only very long texts need it

    return word_tokenize
