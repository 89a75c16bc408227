"""Whether people are women or men, by the words used of them: ผม, ดิฉัน, ค่ะ, ลูกสาว, ผัว. It spares a question.

Belongs here: words that say it beyond doubt. Does not: guesses (ครับ and หนู are said by all sorts of people), facts told outright.
"""

from __future__ import annotations

import re

from bot.language.reading import Statement
from bot.language.walk import Walk
from bot.language.words import load

_OWN: dict[str, list[str]] = load("owners.yaml")["own_sex"]
_POLITE = re.compile(r"(?<![ก-ฮ])(?:ค่ะ|คะ)(?![ก-๎])|นะคะ|(?:ค่ะ|คะ)$")
_SLIP = ("เอ้ย", "เอ๊ย", " เอ้ย", " เอ๊ย")  # ผมเอ้ย ดิฉัน
#: What elders call themselves: ลุงอายุ 67 แล้วจ้า.
_CALLED = {word: sex for sex, words in load("owners.yaml")["called_sex"].items() for word in words}
_BY_REF = frozenset({"spouse", "sibling"})


def sexes(walk: Walk) -> tuple[Statement, ...]:
    """Statements for those of whom something else was told; for the writer too only if she told of herself: she may write for others."""
    spoken_of = {s.member for s in walk.said if s.fact not in {"sex", "lgbt"}}
    told = {s.member for s in walk.said if s.fact in {"sex", "lgbt"}}
    found: dict[str, tuple[str, tuple[int, int]]] = {}
    own = _own(walk)
    if own:
        found["self"] = own
    for token in walk.tokens:
        if token.plays("person"):
            ref, sex, _ = token.data["person"]
            if sex and ref in _BY_REF:
                found[ref] = (sex, walk.normal.span(token.start, token.end))
    for ref, sex in walk.cast.sexes.items():
        spans = [s.span for s in walk.said if s.member == ref]
        if spans:
            found.setdefault(ref, (sex, min(spans)))
    if spoken_of == {"household"}:
        spoken_of = {"household", "self"}  # นาผมจมหมด: of nobody else was spoken
    return tuple(Statement(ref, "sex", sex, span) for ref, (sex, span) in found.items() if ref in spoken_of - told)


def _own(walk: Walk) -> tuple[str, tuple[int, int]] | None:
    for token in walk.tokens:
        word = walk.text[token.start : token.end]
        if walk.text.startswith(_SLIP, token.end):
            continue
        if token.plays("person"):
            for sex, words in _OWN.items():
                if word in words:
                    return sex, walk.normal.span(token.start, token.end)
    called = _CALLED.get(walk.own_word or "")
    if called:
        start = walk.text.index(walk.own_word or "")
        return called, walk.normal.span(start, start + len(walk.own_word or ""))
    polite = _POLITE.search(walk.text)
    return ("female", walk.normal.span(*polite.span())) if polite and "ครับ" not in walk.text else None
