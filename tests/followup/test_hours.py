"""Moments: whatever is known of somebody, nothing goes out at a bad one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.world import BANGKOK
from bot.followup.hours import MARGIN, WEEK, Contact, Manners, Window, closes, may_ride, next_moment

START = datetime(2026, 12, 1, tzinfo=BANGKOK)
MOMENTS = st.integers(0, 60 * 24 * 120).map(lambda minutes: START + timedelta(minutes=minutes))
WINDOWS = st.none() | st.builds(Window, st.frozensets(st.integers(0, 6)), st.integers(0, 1439), st.integers(1, 1440))
MANNERS = Manners(holidays=frozenset({date(2026, 12, 10), date(2026, 12, 31), date(2027, 1, 1)}))
CONTACTS = st.builds(Contact, st.booleans(), st.booleans(), WINDOWS, st.lists(MOMENTS, max_size=6).map(tuple))


def inside(window: Window, at: datetime) -> bool:
    minute, today, yesterday = at.hour * 60 + at.minute, at.weekday(), (at.weekday() - 1) % 7
    if window.start < window.end:
        return today in window.days and window.start <= minute < window.end
    return (today in window.days and minute >= window.start) or (yesterday in window.days and minute < window.end)


@given(CONTACTS, MOMENTS)
def test_no_moment_lies_outside_what_is_agreed_and_decent(contact: Contact, now: datetime) -> None:
    at = next_moment(contact, MANNERS, now)
    if at is None:
        return
    local = at.astimezone(BANGKOK)
    assert at >= now
    assert not contact.stopped
    assert not contact.alarmed
    assert 8 <= local.hour < 20
    assert local.date() not in MANNERS.holidays
    assert contact.window is None or inside(contact.window, local)
    assert sum(at - WEEK < sent <= at for sent in contact.sent) < MANNERS.a_week


@given(CONTACTS, MOMENTS)
def test_what_is_sent_now_may_arrive_only_while_the_same_holds(contact: Contact, now: datetime) -> None:
    until = closes(contact, MANNERS, now)
    if until is None:
        return
    assert now + MARGIN < until <= now.astimezone(BANGKOK).replace(hour=20, minute=0, second=0, microsecond=0)
    last = (until - timedelta(minutes=1)).astimezone(BANGKOK)
    assert contact.window is None or inside(contact.window, last)


@given(CONTACTS, MOMENTS)
def test_nothing_rides_along_after_an_alarm_or_a_stop(contact: Contact, now: datetime) -> None:
    if may_ride(contact, now):
        assert not contact.stopped
        assert not contact.alarmed
        assert contact.window is None or inside(contact.window, now.astimezone(BANGKOK))


def test_the_evening_waits_for_the_morning() -> None:
    at = next_moment(Contact(), MANNERS, datetime(2026, 12, 1, 21, 0, tzinfo=BANGKOK))
    assert at == datetime(2026, 12, 2, 8, 0, tzinfo=BANGKOK)


def test_the_third_message_of_a_week_waits() -> None:
    sent = (datetime(2026, 12, 1, 9, tzinfo=BANGKOK), datetime(2026, 12, 3, 9, tzinfo=BANGKOK))
    at = next_moment(Contact(sent=sent), MANNERS, datetime(2026, 12, 4, 9, tzinfo=BANGKOK))
    assert at == datetime(2026, 12, 8, 9, tzinfo=BANGKOK)
