"""The answer to the one gentle question that a `check` asks: is anybody in danger?

Belongs here: reading that answer. Does not: wording the question (knowledge/messages), reading any other message (alarm.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from bot.eligibility.yaml_lines import load_yaml
from bot.language.alarm_lexicon import FOLDER
from bot.language.normal import normalise

Answer = Literal["danger", "safe", "unclear"]

_POLITE = ("นะคะ", "นะครับ", "ค่ะ", "คะ", "ครับ", "คับ", "จ้า", "จ้ะ", "จ้ะ", "ค่า", "นะ", "ฮะ", "เด้อ")


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    data = load_yaml((FOLDER / "answers.yaml").read_text("utf-8"))
    return {name: tuple(sorted((_tight(word) for word in words), key=len, reverse=True)) for name, words in data.items()}


def read_check_answer(text: str) -> Answer:
    """`danger` as soon as anything speaks for it, `safe` only where nothing does and the person says so without a doubt."""
    said = _tight(text)
    words = _words()
    bare = _impolite(said)
    if bare in words["danger_whole"] or said in words["danger_whole"]:
        return "danger"
    if bare in words["safe_whole"] or said in words["safe_whole"]:
        return "safe"
    left, safe = _without(said, words["safe"], words["danger"])
    if any(word in left for word in words["danger"]):
        return "danger"
    return "safe" if safe and not any(word in left for word in words["doubt"]) else "unclear"


def _without(said: str, safe: tuple[str, ...], danger: tuple[str, ...]) -> tuple[str, bool]:
    """The answer without its safe phrases, and whether it had any. A safe word inside a danger phrase (ไม่|ปลอดภัย) is not safe."""
    for number, word in enumerate(danger):
        if any(part in word for part in safe):
            said = said.replace(word, f"\x00{number}\x00")
    found = False
    for word in safe:
        if word in said:
            found, said = True, said.replace(word, "\x01")
    for number, word in enumerate(danger):
        said = said.replace(f"\x00{number}\x00", word)
    return said, found


def _impolite(said: str) -> str:
    for word in _POLITE:
        said = said.removesuffix(word)
    return said


def _tight(text: str) -> str:
    return "".join(c for c in normalise(str(text)).text if c.isalnum() or "ก" <= c <= "๎" or c == "'")
