"""What a person wants of the bot: start, skip, why, a human, delete my data, … Patterns are data: knowledge/words/intents.yaml.

Belongs here: reading intents and the language of a text. Does not: facts, danger, deciding what to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.eligibility.yaml_lines import load_yaml
from bot.language.short import kept

#: A wish to the bot is short; in a longer message the same words are part of a story.
SHORT = 60
_POLITE = (
    r"(?:\s|ค่ะ|คะ|ค่า|ครับ|คับ|ครัช|งับ|จ้า|จ้ะ|จ๊ะ|จะ|นะ|น่ะ|หน่อย|ด้วย|ที|เลย|เถอะ|ก่อน|อะ|อ่ะ|เจ้า|เด้อ|แหน่|ฮะ|ฮับ|please|pls|"
    r"ๆ|[.!?…~🙏😊❤️👍])*"
)
_THAI = re.compile(r"[ก-๛]")
_LATIN = re.compile(r"[a-z]")
_FOREIGN = re.compile(r"[က-႟ក-៿຀-໿一-鿿぀-ヿ가-힯Ѐ-ӿ؀-ۿऀ-ॿ]")
_LETTER = re.compile(r"\w")
_ENGLISH = re.compile(
    r"\b(i|i'm|my|me|the|is|are|am|and|have|has|you|what|how|can|please|help|yes|no|hello|hi|skip|year|years|old|mother|father|in|of|to|do|not|don't|"
    r"know|she|he|we|baht|disabled|pregnant|back|start|over|results?|delete|data|why|english|staff|money|job|lost|work|child|children|thanks?|ok|for|live|a)\b"
)


class IntentError(Exception):
    """knowledge/words/intents.yaml cannot be used; the text tells which entry."""


@dataclass(frozen=True, slots=True, eq=False)
class IntentPatterns:
    """(intent, pattern for the whole text or None, pattern anywhere or None, may be long), first match wins."""

    entries: tuple[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, bool], ...]


def load_intents(path: Path) -> IntentPatterns:
    """Raises IntentError for a pattern that is no regular expression or an unknown key."""
    raw: Mapping[str, Mapping[str, Any]] = load_yaml(path.read_text(encoding="utf-8"))
    return IntentPatterns(tuple(_entry(path, name, spec) for name, spec in raw.items()))


def _entry(path: Path, name: str, spec: Mapping[str, Any]) -> tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, bool]:
    unknown = set(spec) - {"whole", "any", "long"}
    if unknown:
        raise IntentError(f"{path}: {name}: unknown key {sorted(unknown)[0]!r}; use whole, any, long")
    try:
        whole = _joined(spec.get("whole"), _POLITE + "(?:{})" + _POLITE)
        anywhere = _joined(spec.get("any"), "{}")
    except re.error as error:
        raise IntentError(f"{path}: {name}: {error}") from error
    return name, whole, anywhere, bool(spec.get("long", False))


def _joined(patterns: Sequence[str] | None, frame: str) -> re.Pattern[str] | None:
    return re.compile(frame.replace("{}", "|".join(f"(?:{p})" for p in patterns))) if patterns else None


@kept
def read_intent(text: str, patterns: IntentPatterns) -> str | None:
    """The intent of a normalised text, or None."""
    short = len(text) <= SHORT
    for name, whole, anywhere, long in patterns.entries:
        if whole and short and whole.fullmatch(text):
            return name
        if anywhere and (short or long) and anywhere.search(text[:400]):
            return name
    return None


@kept
def has_intent(text: str, patterns: IntentPatterns, name: str) -> bool:
    """Whether a normalised text can be read as this intent, whatever else it may be."""
    return any(
        (whole is not None and len(text) <= SHORT and whole.fullmatch(text) is not None)
        or (anywhere is not None and (long or len(text) <= SHORT) and anywhere.search(text[:400]) is not None)
        for entry, whole, anywhere, long in patterns.entries
        if entry == name
    )


#: Neighbours on the keyboard, Thai and Latin, that no word has in a row.
_MASHED = re.compile(r"ฟหก|หกด|กด่า|่าส|าสว|กดฟ|asd|sdf|dfg|fgh|ghj|hjk|jkl|kjh|lkj|qwe|wert|zxc|xcv")


def is_gibberish(text: str) -> bool:
    """Nothing that could be words: no letters at all, keys in a row, or one letter run over and over."""
    letters = "".join(_LETTER.findall(text)).replace("ๆ", "")
    return (
        not letters
        or (len(letters) < 16 and _MASHED.search(letters) is not None)
        or (len(letters) > 3 and len(set(letters)) <= 2 and not letters.isdigit())
    )


def read_language(text: str) -> Literal["th", "en", "other"] | None:
    """The language of a normalised text; None when it says nothing about it (numbers, signs, a name)."""
    if _THAI.search(text):
        return "th"
    if _FOREIGN.search(text):
        return "other"
    if _LATIN.search(text):
        words = re.findall(r"[a-z']+", text)
        known = sum(bool(_ENGLISH.fullmatch(w)) for w in words)
        if known:
            return "en"
        return "other" if len(words) >= 4 else None
    return None
