"""One normal form of what people type, with the way back to their own text; and the masking of private numbers.

Belongs here: characters. Does not: words, meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.language.short import kept

MAX_CHARACTERS = 5000
"""LINE's own limit for one text message; what lies beyond is not read."""

_ZERO_WIDTH = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_SPACES = frozenset(" \t\u00a0\u1680\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}
_BREAKS = frozenset("\n\r\v\f\u0085\u2028\u2029")
_THAI_DIGITS = {chr(0x0E50 + n): str(n) for n in range(10)}
_SAME = {"ๅ": "า", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "，": ",", "．": "."}
_FULL_WIDTH = {chr(0xFF10 + n): str(n) for n in range(10)}
_UPPER = {chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)}
_ONE_TO_ONE = _THAI_DIGITS | _SAME | _FULL_WIDTH | _UPPER | dict.fromkeys(_SPACES, " ") | dict.fromkeys(_BREAKS, "\n")

_PLAIN = frozenset(map(chr, [*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F), *range(0x20, 0x41), *range(0x5B, 0x7F)])) - set(_ONE_TO_ONE)
"""Characters that stand in the normal form as they are."""

_TONES = "่้๊๋"
_TONE_LIKE = frozenset(_TONES + "์")
_VOWEL_MARKS = frozenset("ัิีึืฺุู็ํ")
_NEVER_DOUBLED = _TONE_LIKE | _VOWEL_MARKS | frozenset("ะาำ ")


@dataclass(frozen=True, slots=True)
class Normal:
    """`origin[i]` is where character i of `text` stands in the original; one more entry marks the end of what was read."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """[start, end) of the normal text as [start, end) of the original, without the white space around it."""
        while end > start and self.text[end - 1].isspace():
            end -= 1
        while start < end and self.text[start].isspace():
            start += 1
        return self.origin[start], self.origin[end]


#: What the careful way below has to look at; everything else already stands in its normal form (after `_ONE_TO_ONE`).
_ODD = re.compile(
    r"[^ก-ฺเ-๎\n -~๏๚๛฿\U0001F300-\U0001FAFF]|เเ|ํ|[่้๊๋์][ัิีึืฺุู่้๊๋็์]|([ะัาำิีึืฺุู็ํ่้๊๋์])\1"
    r"|[ \n]{2,}|(ๆ)\2{3,}|5{5,}|\d{14,}|([ก-๎])\3{2,}|(.)\4{3,}"
)
_ALIKE = str.maketrans(_ONE_TO_ONE)
_AROUND = 3
"""Characters on either side of something odd that are read with it."""


@kept
def normalise(text: str) -> Normal:
    """NFC, Arabic digits, small Latin letters, one kind of space and line break, Thai marks in their one right order,
    no invisible characters, no letter stretched for emphasis ("ช่วยยยย" → "ช่วย"). Linear in the length."""
    read = text[:MAX_CHARACTERS]
    alike = read.translate(_ALIKE)
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for start, end in _odd_stretches(alike):
        mended = _mended(alike[start:end])
        pieces += (alike[at:start], mended.text)
        origin.extend(range(at, start))
        origin.extend(start + offset for offset in mended.origin[:-1])
        at = end
    if at == 0:
        return Normal(alike, range(len(alike) + 1))
    origin.extend(range(at, len(alike) + 1))
    return Normal("".join((*pieces, alike[at:])), origin)


def _odd_stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where something is odd, with so much around it that the rest is not touched by the mending."""
    start = end = -1
    for found in _ODD.finditer(text):
        if found.end() + _AROUND <= end:
            continue
        left, right = max(0, found.start() - _AROUND), min(len(text), max(end, found.end() + _AROUND))
        while max(0, end) < left and text[left - 1] == text[left]:
            left -= 1
        while right < len(text) and text[right] == text[right - 1]:
            right += 1
        if left > end:
            if end >= 0:
                yield start, end
            start = left
        end = right
    if end >= 0:
        yield start, end


def _mended(text: str) -> Normal:
    """One stretch of text, character by character."""
    letters: list[str] = []
    origin: list[int] = []
    for at, letter in _composed(text):
        _put(letters, origin, letter, at)
    origin.append(len(text))
    return _unstretched(letters, origin)


def _composed(text: str) -> list[tuple[int, str]]:
    """Each visible character in NFC with its offset. Latin letters take in their accents; Thai has nothing to compose."""
    result: list[tuple[int, str]] = []
    for at, raw in enumerate(text):
        if raw in _PLAIN:
            result.append((at, raw))
            continue
        if raw in _ZERO_WIDTH or (unicodedata.category(raw) == "Cc" and raw not in _BREAKS and raw != "\t"):
            continue
        letter = _ONE_TO_ONE.get(raw) or unicodedata.normalize("NFC", raw)
        if "\u0300" <= raw <= "\u036f" and result:
            joined = unicodedata.normalize("NFC", result[-1][1] + raw)
            result[-1] = (result[-1][0], joined if len(joined) == 1 else result[-1][1])
            continue
        result.extend((at, part) for part in letter)
    return result


def _put(letters: list[str], origin: list[int], letter: str, at: int) -> None:
    """Append one character, mending what people type in the wrong way: เเ, อํา, marks doubled or in the wrong order."""
    last = letters[-1] if letters else ""
    if letter == last and letter in _NEVER_DOUBLED:
        return
    if letter == "เ" and last == "เ":
        letters[-1] = "แ"
        return
    if letter == "า" and _join_am(letters, origin):
        return
    if letter in _TONE_LIKE and last in _TONE_LIKE:
        return
    if letter in _VOWEL_MARKS and letter != "ํ" and last in _TONE_LIKE:
        letters.insert(-1, letter)
        origin.insert(-1, origin[-1])
        return
    if letter == " " and last == "\n":
        return
    if letter == "\n" and last in {" ", "\n"}:
        letters[-1] = "\n"
        return
    letters.append(letter)
    origin.append(at)


def _join_am(letters: list[str], origin: list[int]) -> bool:
    """อํ + า (also with the tone mark in between) is ำ."""
    if letters and letters[-1] == "ํ":
        letters[-1] = "ำ"
        return True
    if len(letters) > 1 and letters[-2] == "ํ" and letters[-1] in _TONES:
        letters[-2], letters[-1] = letters[-1], "ำ"
        return True
    return False


def _unstretched(letters: list[str], origin: list[int]) -> Normal:
    """Runs of one character become a single one: Thai letters from 3 on, others from 4 on. Digits and ๆ stay; laughter ("55555") is cut."""
    text: list[str] = []
    kept: list[int] = []
    at, end = 0, len(letters)
    while at < end:
        stop = at + 1
        while stop < end and letters[stop] == letters[at]:
            stop += 1
        keep = _kept_of_run(letters[at], stop - at)
        text += letters[at : at + keep]
        kept += origin[at : at + keep]
        at = stop
    return Normal("".join(text), (*kept, origin[-1]))


def _kept_of_run(letter: str, length: int) -> int:
    if letter == "5":
        return 3 if length > 4 else length
    if letter.isdigit():
        return min(length, 13)
    if letter == "ๆ":
        return min(length, 3)
    return 1 if length >= (3 if "ก" <= letter <= "๎" else 4) else length


_SPACED = re.compile(r"(?<=[ก-๎]) (?=[ก-๎])(?!(?:พ่อ|แม่|ปู่|ย่า|ตา|ยาย|ลูก|หลาน|พี่|น้อง|ลุง|ป้า|น้า|อา|สามี|เมีย)(?: |$))")
"""Spaces that may go; persons told one after the other stay apart (พ่อ ตา is no พ่อตา)."""
_FEWEST_SPACES = 5
_LONGEST_WORD = 7
"""Thai letters between two spaces, on average, of one who writes every word apart; sentences run to twenty and more."""


def closed_up(normal: Normal) -> Normal:
    """The text of a writer who puts a space behind every word ("เครื่องจักร ตัด นิ้ว") as Thai is written; any other text as it is."""
    spaces = [found.start() for found in _SPACED.finditer(normal.text)]
    if len(spaces) < _FEWEST_SPACES or len(normal.text) > (len(spaces) + 1) * _LONGEST_WORD:
        return normal
    dropped = frozenset(spaces)
    kept = [i for i in range(len(normal.text)) if i not in dropped]
    return Normal("".join(normal.text[i] for i in kept), [*(normal.origin[i] for i in kept), normal.origin[len(normal.text)]])


# Contiguous, in the card's own groups (1-4-5-2-1), or in any groups joined by dashes. Not: sums of money in a row.
_ID = re.compile(r"(?<!\d)(?:\d{13}|\d[ .-]\d{4}[ .-]\d{5}[ .-]\d{2}[ .-]\d|\d(?:-?\d){12})(?!\d)")
_PHONE = re.compile(
    r"(?<!\d)(?:\+?66[ -]?|0)"
    r"(?:[689]\d[ -]?\d{3}[ -]?\d{4}|[689][ -]?\d{4}[ -]?\d{4}|[2-7][ -]?\d{3}[ -]?\d{4}|[3-7]\d[ -]?\d{3}[ -]?\d{3})(?!\d)"
)
MASK = "#"


def mask_private(text: str) -> str:
    """The text with every digit of a 13-digit id or a telephone number replaced; as long as before, so offsets stay."""
    return _PHONE.sub(_masked, _ID.sub(_masked, text))


def _masked(match: re.Match[str]) -> str:
    return re.sub(r"\d", MASK, match.group())
