"""Safe contact: may we write now, and what may stand where others can read it.

Belongs here: decisions on the agreement with the person. Does not: texts (`knowledge/messages`), sending.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.casework import clocks
from bot.casework.moves import Change, Event, need
from bot.casework.record_types import BY_PERSON, SafeContact

_CHANNELS = frozenset({"line", "call", "sms", "trusted_person", "visit", "none"})
_DAY_MINUTES = 24 * 60
_NOBODY = frozenset({"", "-", "ไม่มี", "ไม่มีใคร", "nobody", "no"})
_WRITING = 15 * clocks.MINUTE  # so long after their last words they are taken to be there


class Word(StrEnum):
    """What a message says about who writes."""

    CODE = "code"  # it is the person
    STOP = "stop"  # somebody is watching: change the subject, write nothing more
    NONE = "none"


def agreed(contact: SafeContact) -> Change[SafeContact]:
    """A new agreement. Raises Refused for one that cannot be kept."""
    need(contact.channel in _CHANNELS, "channel")
    need(0 <= contact.from_minute < _DAY_MINUTES and 0 < contact.until_minute <= _DAY_MINUTES, "time")
    need(set(contact.weekdays) <= set(range(7)), "time")
    need(not contact.code_word or contact.code_word.casefold() != contact.stop_word.casefold(), "words")
    return Change(contact, (Event("safe contact agreed", {"channel": contact.channel}),))


def latest(contacts: Sequence[SafeContact]) -> SafeContact | None:
    """The agreement in force."""
    return max(contacts, key=lambda one: one.at_ms, default=None)


def may_write(contact: SafeContact, now_ms: int, wrote_ms: int = 0) -> bool:
    """On LINE, now. Outside the agreed days and hours: no, unless the person agreed on them in the chat and is writing right now
    (`wrote_ms`: when they last did)."""
    if contact.channel != "line":
        return False
    return _in_hours(contact, now_ms) or (contact.by == BY_PERSON and now_ms - wrote_ms < _WRITING)


def has_readers(contact: SafeContact) -> bool:
    """Whether anybody else reads the phone. Staff write freely there; a plain no counts as nobody."""
    return contact.readers.strip() not in _NOBODY


def may_push_unasked(contact: SafeContact | None, now_ms: int) -> bool:
    """Without an agreement nobody is written to unasked."""
    return contact is not None and may_write(contact, now_ms)


def channel(contact: SafeContact | None, now_ms: int) -> str:
    """How to reach the person now: a channel, or `none`."""
    return contact.channel if contact is not None and _in_hours(contact, now_ms) else "none"


def word(contact: SafeContact, text: str) -> Word:
    """Whether a message is the code word or the stop word."""
    said = text.strip().casefold()
    if contact.stop_word and said == contact.stop_word.strip().casefold():
        return Word.STOP
    return Word.CODE if contact.code_word and said == contact.code_word.strip().casefold() else Word.NONE


def _in_hours(contact: SafeContact, now_ms: int) -> bool:
    """Hours may run past midnight; they belong to the day on which they begin."""
    now = clocks.local(now_ms)
    minute, today = now.hour * 60 + now.minute, now.weekday()
    if contact.from_minute < contact.until_minute:
        return today in contact.weekdays and contact.from_minute <= minute < contact.until_minute
    yesterday = (today - 1) % 7
    late = today in contact.weekdays and minute >= contact.from_minute
    return late or (yesterday in contact.weekdays and minute < contact.until_minute)
