"""When things are due. Safety clocks run day and night; service clocks run in office hours only.

Belongs here: durations, due times, what is due. Does not: what happens then (the transitions), storage (`bot/store/timers.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

from bot.casework.model import HIGH, Timer, TimerKind

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
THAILAND = timezone(timedelta(hours=7))
OPENS, CLOSES = 8 * 60 + 30, 16 * 60 + 30  # minutes of the day

_RUNGS_HIGH = (60 * SECOND, 120 * SECOND, 300 * SECOND)
_RUNGS_LASTING = (HOUR, 4 * HOUR, 24 * HOUR)
_RUNGS_LOW_MINUTES = (480, 960, 1440)  # of office time: one, two, three working days
_BY_RISK_ANSWER = {1: 15 * MINUTE, 2: HOUR, 3: DAY, 4: 3 * DAY}
_BY_RISK_DONE = {1: DAY, 2: 3 * DAY, 3: 14 * DAY, 4: 30 * DAY}
_BY_RISK_FOLLOW_UP = {1: 7 * DAY, 2: 7 * DAY, 3: 14 * DAY, 4: 30 * DAY}
_BY_RISK_TRIAGE = {1: 15 * MINUTE, 2: 15 * MINUTE, 3: DAY, 4: 3 * DAY}
NO_CONTACT = (DAY, 3 * DAY, 7 * DAY)
WATCH = 30 * DAY
BREAK_GLASS = 60 * MINUTE
MERGE_WINDOW = HOUR
PLAN_REVIEW = 30 * DAY
STALLED = 2 * DAY
TRANSFER_ANSWER = DAY
_ASSAULT = frozenset({"sexual"})
_VIOLENCE = frozenset({"violence_domestic", "violence_child", "elder_abuse", "disability_abuse"})
_LEGAL_ASSAULT = ((TimerKind.LEGAL_72H, 72 * HOUR), (TimerKind.LEGAL_120H, 120 * HOUR))
#: Three months to complain are counted as 90 days here, so that nobody is late.
_LEGAL_VIOLENCE = ((TimerKind.LEGAL_60D, 60 * DAY), (TimerKind.LEGAL_80D, 80 * DAY), (TimerKind.LEGAL_3M, 90 * DAY))
_LEGAL_ALL = ((TimerKind.LEGAL_1Y, 365 * DAY),)


def rungs(uid: str, severity: int, start_ms: int, after: int = 0, holidays: frozenset[date] = frozenset()) -> tuple[Timer, ...]:
    """The rungs above `after` of an alert that nobody has taken since `start_ms`."""
    if severity <= HIGH:
        due = [start_ms + wait for wait in _RUNGS_HIGH]
    elif severity == HIGH + 1:
        due = [start_ms + wait for wait in _RUNGS_LASTING]
    else:
        due = [office_time(start_ms, minutes, holidays) for minutes in _RUNGS_LOW_MINUTES]
    return tuple(Timer(uid, TimerKind.RUNG, at, rung) for rung, at in enumerate(due, 1) if rung > after)


def silence(uid: str, severity: int, now_ms: int) -> Timer:
    """Whoever took the alert must say something by then."""
    return Timer(uid, TimerKind.SILENT, now_ms + (5 if severity <= HIGH else 30) * MINUTE)


def triage(case: str, risk: int, now_ms: int) -> Timer:
    return Timer(case, TimerKind.TRIAGE, now_ms + _BY_RISK_TRIAGE[risk], case=case)


def follow_up(case: str, risk: int, now_ms: int) -> Timer:
    """7 days at high risk, 14 at medium, 30 at low."""
    return Timer(case, TimerKind.FOLLOW_UP, now_ms + _BY_RISK_FOLLOW_UP[risk], case=case)


def referral_answer(uid: str, case: str, risk: int, now_ms: int) -> Timer:
    return Timer(uid, TimerKind.REFERRAL_ANSWER, now_ms + _BY_RISK_ANSWER[risk], case=case)


def referral_done(uid: str, case: str, risk: int, now_ms: int) -> Timer:
    return Timer(uid, TimerKind.REFERRAL_DONE, now_ms + _BY_RISK_DONE[risk], case=case)


def legal(case: str, kind: str, happened_ms: int, now_ms: int) -> tuple[Timer, ...]:
    """The legal marks of this kind of case that still lie ahead."""
    marks = _LEGAL_ALL + (_LEGAL_ASSAULT if kind in _ASSAULT else ()) + (_LEGAL_VIOLENCE if kind in _ASSAULT | _VIOLENCE else ())
    return tuple(Timer(case, mark, happened_ms + after, case=case) for mark, after in marks if happened_ms + after > now_ms)


def due(timers: Iterable[Timer], now_ms: int) -> list[Timer]:
    """Those whose time has come, earliest first."""
    return sorted((timer for timer in timers if timer.due_ms <= now_ms), key=lambda timer: (timer.due_ms, timer.rung))


def is_open(at_ms: int, holidays: frozenset[date]) -> bool:
    """Office hours in Thailand, not on weekends and holidays."""
    at = local(at_ms)
    return _works(at.date(), holidays) and OPENS <= at.hour * 60 + at.minute < CLOSES


def office_time(start_ms: int, minutes: int, holidays: frozenset[date]) -> int:
    """The moment when `minutes` of office hours have passed since `start_ms`."""
    at, left = start_ms, minutes * MINUTE
    while True:
        opens, closes = _day(at)
        if _works(local(at).date(), holidays) and at < closes:
            at = max(at, opens)
            if at + left <= closes:
                return at + left
            left -= closes - at
        at = opens - OPENS * MINUTE + DAY


def next_opening(now_ms: int, holidays: frozenset[date]) -> int:
    """When somebody is in the office next (now, if it is open)."""
    return now_ms if is_open(now_ms, holidays) else office_time(now_ms, 0, holidays)


def _day(at_ms: int) -> tuple[int, int]:
    midnight = local(at_ms).replace(hour=0, minute=0, second=0, microsecond=0)
    start = int(midnight.timestamp() * 1000)
    return start + OPENS * MINUTE, start + CLOSES * MINUTE


def _works(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def local(at_ms: int) -> datetime:
    """Thai time; Thailand has no summer time."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(THAILAND)
