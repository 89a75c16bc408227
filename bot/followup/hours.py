"""When somebody may be written to. The safe-contact rule stands above everything, then their own wish, then decency.

Belongs here: moments, as pure arithmetic. Does not: what is written, the quota (`budget.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.conversation.world import BANGKOK

WEEK = timedelta(days=7)
#: A message on its way needs so long at most; nothing starts later than this before the window ends.
MARGIN = timedelta(minutes=5)
_LOOK_AHEAD = 120  # days


@dataclass(frozen=True, slots=True)
class Window:
    """Days (0 Monday … 6 Sunday) and hours of the clock in Thailand, `start` included, `end` not."""

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Manners:
    """For everybody: from 8 in the morning to 8 in the evening, at most twice a week, not on public holidays."""

    start: int = 8
    end: int = 20
    a_week: int = 2
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of how somebody may be written to. `alarmed`: danger was told of and no safe window was agreed since. `sent`: when
    they were last written to, oldest first."""

    stopped: bool = False
    alarmed: bool = False
    paused_until: datetime | None = None
    window: Window | None = None
    sent: Sequence[datetime] = field(default_factory=tuple)


def next_moment(contact: Contact, manners: Manners, now: datetime) -> datetime | None:
    """The earliest moment, from `now` on, at which a push may go out; None: not before something changes."""
    if contact.stopped or contact.alarmed:
        return None
    from_ = max(now, contact.paused_until or now, *(moment for moment in (_week_full_until(contact, manners),) if moment))
    day = from_.astimezone(BANGKOK).date()
    for offset in range(_LOOK_AHEAD):
        opening = _opening(contact, manners, day + timedelta(days=offset))
        if opening and max(from_, opening[0]) < opening[1] - MARGIN:
            return max(from_, opening[0])
    return None


def closes(contact: Contact, manners: Manners, now: datetime) -> datetime | None:
    """Until when something sent now may still arrive; None: now is no good moment."""
    moment = next_moment(contact, manners, now)
    if moment is None or moment > now:
        return None
    opening = _opening(contact, manners, now.astimezone(BANGKOK).date())
    return opening[1] if opening else None


def _week_full_until(contact: Contact, manners: Manners) -> datetime | None:
    """When the oldest of the last `a_week` messages is a week old."""
    return sorted(contact.sent)[-manners.a_week] + WEEK if len(contact.sent) >= manners.a_week else None


def _opening(contact: Contact, manners: Manners, day: date) -> tuple[datetime, datetime] | None:
    """When that day is open for messages."""
    if day in manners.holidays or (contact.window and day.weekday() not in contact.window.days):
        return None
    start, end = manners.start, manners.end
    if contact.window:
        start, end = max(start, contact.window.start), min(end, contact.window.end)
    if start >= end:
        return None
    return datetime.combine(day, time(start), BANGKOK), datetime.combine(day, time(end), BANGKOK)
