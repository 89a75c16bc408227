"""The alarm: does this message tell of a person in danger?

Belongs here: combining the two independent readers, windows over long texts and earlier bubbles, the answer to the one gentle question.
Does not: how each reader reads (alarm_grammar.py, alarm_head.py), what the bot does about it (bot/conversation).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.eligibility.memory import Memory
from bot.language.alarm_grammar import kinds_by_victim, read_grammar
from bot.language.alarm_head import head, read_danger, read_names
from bot.language.normal import normalise
from bot.language.reading import Alarm
from bot.language.short import MOST, is_short

_WINDOW = 1000
_OVERLAP = 200
_BEFORE = 3
_HEAD_TOGETHER = 100
"""Characters of several bubbles that the head reads as one text."""
_TOGETHER_AT = 0.9
"""Log odds that several bubbles together must reach: 0.3 % of ordinary pairs do, and nine in ten of the split dangers the head hears."""
_CALM_AT = 0.0
"""Log odds of danger below which the head, together with laughter in the words, takes a raise of the grammar back to a gentle question."""
_LAUGHTER = re.compile(r"55+|ฮ่า|😂|🤣|😆|😅|ล้อเล่น|พิมพ์เล่น|พูดเล่น|โจ๊ก|lol|haha")
_RANK = {"none": 0, "check": 1, "raise": 2}
_FAILED = "reader failed"
_GRAMMAR_KIND, _GRAMMAR_SUBJECT = 1.2, 0.7
"""How much the grammar's word on kind and subject weighs beside the head's log odds."""
_CALM_WORD = 0.4
"""How much a reader's word on the kind still weighs when it hears no danger."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reader makes of a text: its alarm, and what it would add to the odds of each kind and of 'somebody else'.
    `likely`: it thinks danger likelier than not, though it would not ask of itself. `calm`: it thinks danger unlikely.
    `laughs`: laughter or a joke stands in the words."""

    alarm: Alarm
    kinds: Mapping[str, float] = field(default_factory=dict)
    other: float = 0.0
    likely: bool = False
    calm: bool = False
    laughs: bool = False
    naming: Callable[[], tuple[Mapping[str, float], float]] | None = None
    """Gives `kinds` and `other` when they are first wanted, which is seldom."""

    @property
    def named(self) -> tuple[Mapping[str, float], float]:
        try:
            return self.naming() if self.naming else (self.kinds, self.other)
        except Exception:  # without its name the alarm still goes out
            return self.kinds, self.other


Reader = Callable[[str], Opinion]
"""Reads one text in normal form."""


def grammar_reader(text: str) -> Opinion:
    findings = read_grammar(text)
    if not findings:
        return Opinion(Alarm())
    first = findings[0]
    alarm = Alarm(first.level, first.severity, first.kind, first.subject, tuple(dict.fromkeys(f.frame for f in findings))[:6])
    other = {"self": -1, "other": 1, "unknown": 0}[first.subject] * _GRAMMAR_SUBJECT
    return Opinion(alarm, {first.kind: _GRAMMAR_KIND}, other, laughs=_LAUGHTER.search(text) is not None)


def head_reader(text: str, least: float = -math.inf) -> Opinion:
    """`least`: log odds of danger below which nothing is heard, whatever the head was trained to ask at."""
    trained = head()
    found = read_danger(text, trained)
    if found.danger < least:
        return Opinion(Alarm())
    likely = found.danger > trained.likely_at
    if found.danger <= trained.check_at:
        return Opinion(Alarm(), likely=likely, calm=found.danger < _CALM_AT, naming=lambda: read_names(text, found, trained))
    kinds, other = read_names(text, found, trained)
    kind = max(kinds, key=lambda name: kinds[name])
    subject: Literal["self", "other"] = "other" if other > 0 else "self"
    level: Literal["check", "raise"] = "raise" if found.danger > trained.raise_at else "check"
    return Opinion(Alarm(level, KIND_SEVERITY[kind], kind, subject, ("head",)), kinds, other, likely)


KIND_SEVERITY = {
    "violence_domestic": 2,
    "violence_child": 2,
    "sexual": 2,
    "elder_abuse": 2,
    "disability_abuse": 2,
    "suicide_selfharm": 2,
    "trafficking": 2,
    "child_labour": 3,
    "unready_pregnancy": 3,
    "neglect_abandonment": 2,
    "missing_person": 2,
    "stalking_threat": 2,
    "online_sexual_exploitation": 2,
}
"""What a kind counts for when nothing in the words makes it graver or lighter."""

READERS: tuple[Reader, ...] = (grammar_reader, head_reader)


def read_alarm(text: str, *, before: Sequence[str] = (), readers: Sequence[Reader] = READERS) -> Alarm:
    """The alarm of one message. `before`: the person's earlier bubbles of the last minutes, newest last; they are read together
    with this one, because people in danger write in pieces. Never fails: a reader that does counts as `check`, all of them as `raise`."""
    normal = _normal(text)
    alone = _alone(normal, readers)
    if not before or not text.strip():
        return alone
    earlier = [bubble for bubble in map(_normal, before[-_BEFORE:]) if bubble != normal]
    return _graver(alone, _together(earlier, normal, readers)) if earlier else alone


def _together(earlier: Sequence[str], normal: str, readers: Sequence[Reader]) -> Alarm:
    """This bubble and those before it as one text. The head only reads short ones so: of long ones it hears danger in any talk about a
    hard life, and what is split over bubbles is short (see `_TOGETHER_AT`)."""
    everything = "\n".join([*earlier, normal])
    if head_reader not in readers:
        return _over_windows(everything, readers)
    lately = _short_enough([*earlier, normal])
    others = tuple(reader for reader in readers if reader is not head_reader)
    result = Alarm()
    for part in windows(everything):
        opinions = [_safely(reader, part) for reader in others]
        result = _graver(result, _combined([*opinions, _safely(_head_over_bubbles, lately) if lately else Opinion(Alarm())], part))
    return result


def _head_over_bubbles(text: str) -> Opinion:
    return head_reader(text, _TOGETHER_AT)


def _short_enough(bubbles: Sequence[str]) -> str:
    """The last bubbles that the head may read as one; empty when the last one leaves no room for another."""
    kept: list[str] = []
    for bubble in reversed(bubbles):
        if sum(map(len, kept)) + len(bubble) > _HEAD_TOGETHER:
            break
        kept.insert(0, bubble)
    return "\n".join(kept) if len(kept) > 1 else ""


_KNOWN: Memory[Alarm] = Memory(MOST)


def _alone(normal: str, readers: Sequence[Reader]) -> Alarm:
    """The alarm of one text; of a short one kept, unless a reader failed."""
    if readers is not READERS or not is_short(normal):
        return _over_windows(normal, readers)
    found = _KNOWN.get(normal)
    if found is None:
        found = _over_windows(normal, readers)
        if _FAILED not in found.why:
            _KNOWN.put(normal, found)
    return found


def _normal(text: str) -> str:
    """The normal form; should that ever fail, the text as it came, which is still readable."""
    try:
        return normalise(text).text
    except Exception:
        return text


def _over_windows(text: str, readers: Sequence[Reader]) -> Alarm:
    result = Alarm()
    for part in windows(text):
        result = _graver(result, _combined([_safely(reader, part) for reader in readers], part))
    return result


def windows(text: str) -> Iterator[str]:
    """The text in overlapping pieces, nothing left out."""
    step = _WINDOW - _OVERLAP
    for start in range(0, max(1, len(text) - _OVERLAP), step):
        yield text[start : start + _WINDOW]


def _safely(reader: Reader, text: str) -> Opinion | None:
    try:
        return reader(text)
    except Exception:
        # Whatever broke, a person may be waiting: silence is the one answer that is never right.
        return None


def _combined(read: Sequence[Opinion | None], text: str) -> Alarm:
    """The gravest of the readings, with the kind and subject that all of them together make likeliest.
    A failed reader is a `check`, all failed a `raise`."""
    working = [opinion for opinion in read if opinion is not None]
    if not working:
        return Alarm("raise", 2, "none", "unknown", (_FAILED,))
    result = Alarm()
    for opinion in working:
        result = _graver(result, opinion.alarm)
    if _two_hints(working):
        result = replace(result, level="raise")
    elif result.level == "raise" and any(opinion.calm for opinion in working) and any(opinion.laughs for opinion in working):
        result = replace(result, level="check")  # แม่เอาตายแน่ 555; some laugh at what hurts, so it is asked about
    if len(working) < len(read):
        result = _graver(result, Alarm("check", 2, "none", "unknown", (_FAILED,)))
    return result if result.level == "none" else _named(result, working, text)


def _two_hints(opinions: Sequence[Opinion]) -> bool:
    """One reader would only ask, but another, which reads independently, thinks danger likely."""
    asking = [opinion for opinion in opinions if opinion.alarm.level == "check"]
    return any(opinion.likely and (len(asking) > 1 or opinion not in asking) for opinion in opinions) and bool(asking)


def _named(alarm: Alarm, opinions: Sequence[Opinion], text: str) -> Alarm:
    kinds: dict[str, float] = {}
    for opinion in opinions:
        # A reader that hears no danger has little to say about which.
        weight = _CALM_WORD if opinion.calm else 1.0
        for name, odds in opinion.named[0].items():
            kinds[name] = kinds.get(name, 0.0) + odds * weight
    other = sum(opinion.named[1] for opinion in opinions)
    subject: Literal["self", "other", "unknown"] = "other" if other > 0 else "self" if other < 0 else alarm.subject
    kind = max(kinds, key=lambda name: kinds[name], default=alarm.kind)
    if kind == "violence_domestic" and subject == "other":
        kind = _of_victim(kind, kinds, text)
    return replace(alarm, kind=kind, subject=subject, severity=_severity(alarm, kind))


def _of_victim(kind: str, kinds: Mapping[str, float], text: str) -> str:
    """Violence in a family where no partner is named takes the kind of the child, older or disabled person who stands in the words."""
    try:
        return max(sorted(kinds_by_victim(text)), key=lambda name: kinds.get(name, 0.0), default=kind)
    except Exception:  # the kind sorts the work; the alarm itself must go out
        return kind


def _severity(alarm: Alarm, kind: str) -> int:
    """The words' own severity; of one raised by the head alone the default of the kind."""
    return KIND_SEVERITY.get(kind, 2) if alarm.why[:1] == ("head",) else alarm.severity


def _graver(one: Alarm, other: Alarm) -> Alarm:
    if other.level == "none" and not other.why:
        return one
    if _RANK[other.level] > _RANK[one.level]:
        one, other = other, one
    if one.level == other.level and one.severity and other.severity and other.severity < one.severity:
        one, other = other, one
    return replace(one, why=tuple(dict.fromkeys((*one.why, *other.why)))[:6])
