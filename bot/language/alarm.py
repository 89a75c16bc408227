"""The alarm: does this message tell of a person in danger?

Belongs here: combining the two independent readers, windows over long texts and earlier bubbles, the answer to the one gentle question.
Does not: how each reader reads (alarm_grammar.py, alarm_head.py), what the bot does about it (bot/conversation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.language.alarm_grammar import read_grammar
from bot.language.reading import Alarm

Reader = Callable[[str], Alarm]

_WINDOW = 1000
_OVERLAP = 200
_BEFORE = 3
_RANK = {"none": 0, "check": 1, "raise": 2}
_FAILED = "reader failed"


def grammar_reader(text: str) -> Alarm:
    findings = read_grammar(text)
    if not findings:
        return Alarm()
    first = findings[0]
    return Alarm(first.level, first.severity, first.kind, first.subject, tuple(dict.fromkeys(f.frame for f in findings))[:6])


READERS: tuple[Reader, ...] = (grammar_reader,)


def read_alarm(text: str, *, before: Sequence[str] = (), readers: Sequence[Reader] = READERS) -> Alarm:
    """The alarm of one message. `before`: the person's earlier bubbles of the last minutes, newest last; they are read together with this one, because
    people in danger write in pieces. Never raises: a reader that fails counts as `check`, and when all fail as `raise`."""
    alone = _over_windows(text, readers)
    if not before or not text.strip():
        return alone
    together = _over_windows("\n".join([*before[-_BEFORE:], text]), readers)
    return _graver(alone, together)


def _over_windows(text: str, readers: Sequence[Reader]) -> Alarm:
    result = Alarm()
    for part in windows(text):
        result = _graver(result, _combined([_safely(reader, part) for reader in readers]))
    return result


def windows(text: str) -> Iterator[str]:
    """The text in overlapping pieces, nothing left out."""
    step = _WINDOW - _OVERLAP
    for start in range(0, max(1, len(text) - _OVERLAP), step):
        yield text[start : start + _WINDOW]


def _safely(reader: Reader, text: str) -> Alarm | None:
    try:
        return reader(text)
    except Exception:
        # Whatever broke, a person may be waiting: silence is the one answer that is never right.
        return None


def _combined(read: Sequence[Alarm | None]) -> Alarm:
    """The graver of the readings; a failed reader is a `check`, all failed a `raise`."""
    working = [alarm for alarm in read if alarm is not None]
    if not working:
        return Alarm("raise", 2, "none", "unknown", (_FAILED,))
    result = working[0]
    for alarm in working[1:]:
        result = _graver(result, alarm)
    if len(working) < len(read):
        result = _graver(result, Alarm("check", 2, result.kind, result.subject, (_FAILED,)))
    return result


def _graver(one: Alarm, other: Alarm) -> Alarm:
    if _RANK[other.level] > _RANK[one.level]:
        one, other = other, one
    if one.level == other.level and other.severity and other.severity < one.severity:
        one = replace(other, why=(*other.why, *one.why))
    return one
