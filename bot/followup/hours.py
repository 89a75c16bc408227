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
_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Window:
    """Days (0 Monday … 6 Sunday) and minutes of the day in Thailand, `start` included, `end` not; `end` before `start`: past midnight, into
    the next day."""

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
    """What is known of how somebody may be written to. `alarmed`: danger was told of and no safe window was agreed since; `window`: the
    one that was. `sent`: when they were last written to unasked."""

    stopped: bool = False
    alarmed: bool = False
    window: Window | None = None
    sent: Sequence[datetime] = field(default_factory=tuple)


def next_moment(contact: Contact, manners: Manners, now: datetime) -> datetime | None:
    """The earliest moment, from `now` on, at which a push may go out; None: not before something changes."""
    if contact.stopped or contact.alarmed:
        return None
    from_ = max(now, _week_full_until(contact, manners) or now)
    day = from_.astimezone(BANGKOK).date()
    for offset in range(_LOOK_AHEAD):
        for start, end in _openings(contact, manners, day + timedelta(days=offset)):
            if max(from_, start) < end - MARGIN:
                return max(from_, start)
    return None


def closes(contact: Contact, manners: Manners, now: datetime) -> datetime | None:
    """Until when something sent now may still arrive; None: now is no good moment."""
    moment = next_moment(contact, manners, now)
    if moment is None or moment > now:
        return None
    day = now.astimezone(BANGKOK).date()
    return next(end for start, end in _openings(contact, manners, day) if start <= now < end)


def may_ride(contact: Contact, now: datetime) -> bool:
    """Whether what is due may go along with an answer to something the person wrote just now, at whatever hour. After an alarm, only in
    the agreed window."""
    if contact.stopped or contact.alarmed:
        return False
    everyone = Manners(start=0, end=24)
    return any(start <= now < end for start, end in _openings(contact, everyone, now.astimezone(BANGKOK).date()))


def _week_full_until(contact: Contact, manners: Manners) -> datetime | None:
    """When the oldest of the last `a_week` messages is a week old."""
    return sorted(contact.sent)[-manners.a_week] + WEEK if len(contact.sent) >= manners.a_week else None


def _openings(contact: Contact, manners: Manners, day: date) -> list[tuple[datetime, datetime]]:
    """When that day is open for messages, in order."""
    if day in manners.holidays:
        return []
    spans = [(max(manners.start * 60, start), min(manners.end * 60, end)) for start, end in _safe_spans(contact.window, day)]
    midnight = datetime.combine(day, time(0), BANGKOK)
    return [(midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)) for start, end in spans if start < end]


def _safe_spans(window: Window | None, day: date) -> list[tuple[int, int]]:
    """Minutes of the day inside the agreed window; hours past midnight belong to the day on which they begin."""
    if window is None:
        return [(0, _DAY)]
    today, yesterday = day.weekday() in window.days, (day.weekday() - 1) % 7 in window.days
    if window.start < window.end:
        return [(window.start, window.end)] if today else []
    return [span for span, held in (((0, window.end), yesterday), ((window.start, _DAY), today)) if held]
