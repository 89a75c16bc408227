"""Finding the entitlement that people call by some name of their own.

Belongs here: names and keywords → entitlement ids. Does not: telling anything about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.eligibility.tree import Rule
from bot.language.normal import normalise

#: A name this similar (0–100) to what was written counts as a misspelling of it; measured on our own misspelt names.
CLOSE = 84
_SHORTEST_FUZZY = 6
_QUESTION = re.compile(
    r"(คืออะไร|ยังไง|อย่างไร|ไง|ทำ(ไง|ที่ไหน)|ที่ไหน|เท่าไหร่|เท่าไร|กี่|ต้องใช้|เอกสาร|สมัคร|ลงทะเบียน|ขอ(?!บ|ง)(รับ)?|เงื่อนไข|ใครได้|ได้ไหม|ได้มั้ย|ได้รึเปล่า|"
    r"ได้หรือเปล่า|ได้ป่าว|ได้บ่|เมื่อไหร่|เมื่อไร|วันไหน|อยากรู้|สอบถาม|ขอถาม|อยากทราบ|how|what|where|when|apply|eligible|about|can i)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Normalised names → entitlement ids (ซ่อมบ้าน can mean several); the names by their first characters, longest first; and those long
    enough to be known when misspelt."""

    by_name: Mapping[str, tuple[str, ...]]
    by_start: Mapping[str, tuple[str, ...]]
    fuzzy: tuple[str, ...]


_START = 3


def build_index(rules: Iterable[Rule]) -> Index:
    names: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for key in dict.fromkeys(_key(name) for name in (*rule.name.values(), *rule.keywords)):
            if len(key) >= _START:
                names[key] = (*names.get(key, ()), rule.id)
    longest_first = sorted(names, key=lambda name: -len(name))
    by_start: dict[str, list[str]] = {}
    for name in longest_first:
        by_start.setdefault(name[:_START], []).append(name)
    starts = {start: tuple(found) for start, found in by_start.items()}
    return Index(names, starts, tuple(name for name in longest_first if len(name) >= _SHORTEST_FUZZY))


def _key(name: str) -> str:
    return normalise(name).text.replace(" ", "")


def find_entitlements(text: str, index: Index, *, most: int = 4) -> tuple[str, ...]:
    """Ids of the entitlements named in a normalised text, longest name first; else close misspellings; else nothing."""
    squeezed = text.replace(" ", "")
    found: list[str] = []
    for name in _within(squeezed, index):
        if name in squeezed:
            squeezed = squeezed.replace(name, "\n")
            found += [rule for rule in index.by_name[name] if rule not in found]
    return tuple(found[:most]) or _misspelt(squeezed, index, most)


def _within(text: str, index: Index) -> list[str]:
    """The names that stand in the text, longest first."""
    starts = index.by_start
    here = {name for at in range(len(text)) for name in starts.get(text[at : at + _START], ()) if text.startswith(name, at)}
    return sorted(here, key=lambda name: (-len(name), name))


def _misspelt(squeezed: str, index: Index, most: int) -> tuple[str, ...]:
    asked = _QUESTION.sub("", squeezed)
    if not _SHORTEST_FUZZY <= len(asked) <= 40:
        return ()
    hits = process.extract(asked, index.fuzzy, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=most)
    return tuple(dict.fromkeys(rule for hit in hits for rule in index.by_name[str(hit[0])]))[:most]


def asks_about(text: str) -> bool:
    """Whether a normalised text asks for information (how, where, how much) rather than tells something."""
    return bool(_QUESTION.search(text))
