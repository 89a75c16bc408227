"""The words the alarm looks for, found in a message: tags with a class and a place.

Belongs here: loading knowledge/alarm/lexicon.yaml and idioms.yaml, finding their words.
Does not: what words mean together (alarm_grammar.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from bot.eligibility.memory import Memory
from bot.eligibility.yaml_lines import load_yaml
from bot.language.short import MOST, mark

FOLDER = Path(__file__).parents[2] / "knowledge" / "alarm"
_TONES = "่้๊๋์็"
_DROP_TONES = {ord(c): None for c in _TONES}
_CARRIED = frozenset("ัิีึืฺุู็่้๊๋์ํ")
_LEADING = frozenset("เแโใไ")
_LATIN = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_LONGEST_PHRASE = 5
_HEAD = 4
_TONELESS_FROM = 5
"""Words of so many letters without their tones are still one word only; shorter ones are not (ซ้อม beats, ซ่อม mends)."""


_Words = tuple[tuple[str, tuple[str, ...]], ...]
_IDIOM = ("idiom",)
QUIET = frozenset(
    [
        "self",
        "partner",
        "parent",
        "relative",
        "child",
        "elder",
        "disabled",
        "pron3",
        "neighbour",
        "friend",
        "teacher",
        "boss",
        "debt_collector",
        "neg",
        "now",
        "recent",
        "long_past",
        "give",
        "task",
        "need",
        "official",
        "adult",
        "minor",
        "working_age",
        "girl_age",
        "child_age",
        "hold",
        "take",
        "threat",
        "drive",
        "passive",
        "illness",
        "everyone",
        "papers",
        "forced_place",
        "animal",
        "food",
        "study",
        "media",
        "law_question",
        "hypothetical",
        "resolved",
        "accident",
        "since",
        "copies",
        "settle",
        "prescribed",
        "if",
    ]
)
"""Classes of which alone no frame is made: a message with nothing else in it is not looked at further."""


class Tag(NamedTuple):
    """A word of class `name` at [start, end) of the text without spaces."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`exact` and `toneless`: words by their first characters; `exact` has the idioms as words of the one class 'idiom'."""

    exact: Mapping[str, _Words]
    toneless: Mapping[str, _Words]
    latin: Mapping[str, tuple[str, ...]]
    shapes: re.Pattern[str]
    known: Memory[Line] = field(default_factory=lambda: Memory(MOST), compare=False)


@dataclass(frozen=True, slots=True)
class Packed:
    """A message without spaces. `text` has its tones, `bare` has not; `home[i]` is the place in `text` of character i of `bare`.
    `latin`: the Latin words with their places in `text`."""

    text: str
    bare: str
    home: tuple[int, ...]
    latin: tuple[tuple[str, int, int], ...]


def pack(normal: str) -> Packed:
    """`normal`: a text in normal form (bot/language/normal.py)."""
    latin: list[tuple[str, int, int]] = []
    kept: list[str] = []
    at = 0
    for match in _LATIN.finditer(normal):
        kept.append(_tight(normal[at : match.start()]))
        start = sum(map(len, kept))
        kept.append(match.group())
        latin.append((match.group(), start, start + len(match.group())))
        at = match.end()
    kept.append(_tight(normal[at:]))
    tight = "".join(kept)
    home = tuple(i for i, c in enumerate(tight) if c not in _TONES)
    return Packed(tight, tight.translate(_DROP_TONES), (*home, len(tight)), tuple(latin))


def _tight(text: str) -> str:
    return text.replace(" ", "")


@cache
def lexicon() -> Lexicon:
    """The committed word lists, read once. Raises OSError or YAMLError when they cannot be read."""
    classes = load_yaml((FOLDER / "lexicon.yaml").read_text("utf-8"))
    idioms = load_yaml((FOLDER / "idioms.yaml").read_text("utf-8"))
    thai: dict[str, list[str]] = {}
    latin: dict[str, list[str]] = {}
    for name, words in classes.items():
        for word in words:
            (latin if word.isascii() and word[0].isalpha() else thai).setdefault(word.replace("’", "'"), []).append(name)
    bare: dict[str, list[str]] = {}
    for word, names in thai.items():
        short = _tight(word).translate(_DROP_TONES)
        if len(short) >= _TONELESS_FROM:
            bare.setdefault(short, []).extend(names)
    tight = {_tight(word): names for word, names in thai.items()}
    shapes = re.compile("|".join(f"(?:{p})" for p in idioms["patterns"]))
    return Lexicon(
        _buckets([*tight.items(), *((_tight(word), list(_IDIOM)) for word in dict.fromkeys(idioms["words"]))]),
        _buckets(bare.items()),
        {word: tuple(names) for word, names in latin.items()},
        shapes,
    )


def _buckets(words: Iterable[tuple[str, list[str]]]) -> dict[str, _Words]:
    """Words by their first characters (all of a short one), so that a place in a text is compared with a handful of words only."""
    result: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for word, names in words:
        result.setdefault(word[:_HEAD], []).append((word, tuple(dict.fromkeys(names))))
    return {head: tuple(rows) for head, rows in result.items()}


class Line(NamedTuple):
    """The Thai words of one line, places counted from its beginning. `exact` with idioms, `guessed` by words without their tones."""

    exact: tuple[Tag, ...]
    guessed: tuple[Tag, ...]
    length: int  # without spaces
    latin: bool  # whether Latin words stand in it
    names: frozenset[str]  # the classes of its Thai words, idioms left out
    quiet: bool  # all of them QUIET


def lines(normal: str, words: Lexicon) -> list[Line]:
    """The lines of a text in normal form. No Thai word goes over the end of a line, so each is read by itself, and but once while people
    write on: their earlier messages are read again with every new one."""
    return [_known_line(line, words) for line in normal.split("\n")]


def _known_line(line: str, words: Lexicon) -> Line:
    key = mark(line)
    return words.known.get(key) or words.known.put(key, _line(pack(line), words))


def _line(packed: Packed, words: Lexicon) -> Line:
    exact = tuple(_thai(packed.text, words.exact, range(2, _HEAD + 1)))
    home = packed.home
    found = _thai(packed.bare, words.toneless, range(_HEAD, _HEAD + 1))
    guessed = tuple([Tag(name, home[start], home[end - 1] + 1) for name, start, end in found])
    names = frozenset([tag.name for tag in (*exact, *guessed)]) - {"idiom"}
    return Line(exact, guessed, len(packed.text), bool(packed.latin), names, names <= QUIET)


def tags(normal: str, words: Lexicon, wanted: Callable[[frozenset[str]], bool]) -> tuple[list[Tag], Packed | None]:
    """Every word of the lexicon in the message, in order of place, without those inside an idiom, and the message without spaces.
    Nothing where all are QUIET or these classes of words (some of them perhaps within an idiom) are not `wanted` together."""
    found = lines(normal, words)
    quiet = all(line.quiet for line in found)
    if quiet and not any(line.latin for line in found):
        return [], None
    packed = pack(normal) if any(line.latin for line in found) else None
    phrases = tuple(_phrases(packed.latin, words.latin)) if packed else ()
    if quiet and all(tag.name in QUIET for tag in phrases):
        return [], None
    if not wanted(frozenset([tag.name for tag in phrases]).union(*(line.names for line in found))):
        return [], None
    packed = packed or pack(normal)
    return _unshielded(*_together(found), phrases, packed, words), packed


def _together(found: list[Line]) -> tuple[list[Tag], list[Tag]]:
    """The words of all lines, at their places in the whole."""
    exact: list[Tag] = []
    guessed: list[Tag] = []
    at = 0
    for line in found:
        exact += [Tag(name, start + at, end + at) for name, start, end in line.exact]
        guessed += [Tag(name, start + at, end + at) for name, start, end in line.guessed]
        at += line.length + 1
    return exact, guessed


def _unshielded(exact: list[Tag], guessed: list[Tag], phrases: tuple[Tag, ...], packed: Packed, words: Lexicon) -> list[Tag]:
    sure = [*(tag for tag in exact if tag.name != "idiom"), *phrases]
    shields = {(tag.start, tag.end) for tag in exact if tag.name == "idiom"}
    shields.update(match.span() for match in words.shapes.finditer(packed.text))
    reach = _reach(shields, len(packed.text))
    found = {tag for tag in sure if not _inside(tag, reach)}
    found |= {tag for tag in guessed if not _inside(tag, reach) and (tag.start, tag.end) not in shields}
    return sorted(found, key=lambda tag: (tag.start, tag.end, tag.name))


def _reach(shields: set[tuple[int, int]], length: int) -> list[int]:
    """For each place how far the idioms reach that begin before it; one more entry for the end."""
    ends = [0] * (length + 1)
    for start, end in shields:
        ends[start + 1] = max(ends[start + 1], end)
    return list(accumulate(ends, max))


def _thai(text: str, buckets: Mapping[str, _Words], sizes: Iterable[int]) -> Iterator[Tag]:
    """Every word of the buckets in the text; idioms also where they are pieces of words. The one comprehension that runs over every
    character is kept plain for its speed."""
    get = buckets.get
    for at, rows in [(at, rows) for size in sizes for at in range(len(text) - size + 1) if (rows := get(text[at : at + size]))]:
        for word, names in rows:
            if text.startswith(word, at):
                end = at + len(word)
                if names == _IDIOM or (_begins_well(text, at) and _ends_well(text, end)):
                    for name in names:
                        yield Tag(name, at, end)


def _begins_well(text: str, at: int) -> bool:
    """A word doesn't begin right behind a vowel that is written before its letter (เ|ตี๋ยว)."""
    return not at or text[at - 1] not in _LEADING


def _ends_well(text: str, end: int) -> bool:
    """A word doesn't end where its last letter still carries a mark, or is the first letter of the next syllable (ขัง|า)."""
    if end >= len(text):
        return True
    following = text[end]
    if following in _CARRIED:
        return False
    if following in "ะาำ":
        return not "ก" <= text[end - 1] <= "ฮ" or text[end : end + 2] == "อา"
    return not (text[end - 1].isdigit() and following.isdigit())


def _phrases(latin: tuple[tuple[str, int, int], ...], phrases: Mapping[str, tuple[str, ...]]) -> Iterator[Tag]:
    for at in range(len(latin)):
        for size in range(1, _LONGEST_PHRASE + 1):
            part = latin[at : at + size]
            if len(part) < size:
                break
            for name in phrases.get(" ".join(word for word, _, _ in part), ()):
                yield Tag(name, part[0][1], part[-1][2])


def _inside(tag: Tag, reach: list[int]) -> bool:
    """A part of an idiom; a word that is the whole idiom stands for itself."""
    return reach[tag.start] >= tag.end or reach[tag.start + 1] > tag.end
