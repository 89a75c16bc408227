"""Whether ยาย, ป้า, ตา, ลุง … is what the writer calls herself: elders speak of themselves so to anybody younger.

Belongs here: the signs for and against. Does not: what is said of anybody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.language.scan import gap
from bot.language.words import Token, load

_WORDS = load("owners.yaml")["speaker"]
_GRAND = frozenset(_WORDS["grand"])
_AUNTS = frozenset(_WORDS["aunts"])
_WARM = re.compile("|".join(map(re.escape, _WORDS["warm"])))
_OWN = tuple(_WORDS["own"])
_NOT_OWN = tuple(_WORDS["not_own"])
_CALLED = frozenset(_WORDS["called"])
_BEFORE_CALL = tuple(_WORDS["before_call"])
_CALL_ENDS = re.compile(r"(?:เอ๊ย|เอ้ย|เอย|จ๋า|เอ๋ย)|[ .?!]*(?:$|\n)")
_CALL = re.compile(f"(?:{'|'.join(_BEFORE_CALL)})(?:ลูก|หลาน|หนู)[ .?!]*$")
_TO_ONESELF = ("lives_with", "possessive")


def own_word(text: str, tokens: Sequence[Token], known: Collection[str]) -> str | None:
    """The kin word by which the writer means herself; None when she uses ผม, ฉัน … or none of the signs is there."""
    people = [(i, token) for i, token in enumerate(tokens) if token.plays("person") and not is_vocative(text, token)]
    if any(token.data["person"][0] == "self" or text[token.start : token.end] in {"แก", "ท่าน"} for _, token in people):
        return None
    for i, token in people:
        word = text[token.start : token.end]
        if word not in _GRAND and word not in _AUNTS:
            continue
        if token.data["person"][0] in known or _of_somebody(text, tokens, i):
            return None
        other = word in _GRAND and any(text[t.start : t.end] in _GRAND - {word} for _, t in people)
        if not other and (_warm(text, token) or (word in _GRAND and _has_young(text, people))):
            return word
    return None


def is_vocative(text: str, token: Token) -> bool:
    """มีอะไรช่วยยายมั่งลูก: ลูก is whom the elder talks to, nobody of whom anything is said."""
    if text[token.start : token.end] not in _CALLED or not _CALL_ENDS.match(text, token.end):
        return False
    return text.startswith("เอ", token.end) or text.endswith(_BEFORE_CALL, 0, token.start)


def _of_somebody(text: str, tokens: Sequence[Token], at: int) -> bool:
    """อยู่กับยาย, ป้าข้างบ้าน, แม่กับยาย: somebody else."""
    token = tokens[at]
    before = tokens[at - 1] if at else None
    if before is not None and before.plays(*_TO_ONESELF, "person") and gap(text, before, token).strip() in {"", "กับ", "และ"}:
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    beside = after is not None and after.start == token.end and after.plays("person", "possessive")
    return beside or text.startswith(_NOT_OWN, token.end) or text.endswith(("คุณ", "กับ", "กะ"), 0, token.start)


def _warm(text: str, token: Token) -> bool:
    """จ้า, ลูกเอ๊ย, นะหลาน: how elders end a sentence; ยายเอง, ป้าเนี่ย."""
    return text.startswith(_OWN, token.end) or _WARM.search(text) is not None or _CALL.search(text) is not None


def _has_young(text: str, people: list[tuple[int, Token]]) -> bool:
    """Children's children or grown children in view and no parent of one's own: then the grandmother speaks."""
    refs = [token.data["person"][0] for _, token in people]
    parents = [token for _, token in people if token.data["person"][0] in {"mother", "father", "both_parents"}]
    theirs = all(text.startswith(("มัน", "เขา", "เค้า", "เด็ก", "หลาน", "ไป", "ทิ้ง", "มา"), token.end) for token in parents)
    grown = any(token.data["person"][0] == "child" and token.data["person"][1] for _, token in people)
    return theirs and ("grandchild" in refs or grown)
