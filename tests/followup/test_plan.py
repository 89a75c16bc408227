"""Plans, steps, bundles, budget: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from bot.conversation.effects import Told
from bot.conversation.world import BANGKOK
from bot.followup import funnel
from bot.followup.budget import Quota, forecast, left
from bot.followup.bundle import MOST, bundle
from bot.followup.funnel import Counted
from bot.followup.nudge import Nudge, Priority
from bot.followup.plan import AT_ONCE, ask_again, follow, plan
from bot.followup.progress import FINAL, STEPS, Outcome, Step, advance

TODAY = date(2026, 11, 23)


def told(n: int, **changes: object) -> Told:
    return Told(**{"entitlement": f"right{n}", "member": "self", "status": "eligible", **changes})  # type: ignore[arg-type]


def outcome(n: int = 1, step: Step = "told", on: date = TODAY) -> Outcome:
    return Outcome(f"right{n}", "self", step, on)


def planned(rights: Sequence[Told], *outcomes: Outcome, today: date = TODAY) -> tuple[Nudge, ...]:
    return plan("chat", rights, {(o.member, o.entitlement): o for o in outcomes}, today)


def days(nudges: Sequence[Nudge]) -> list[tuple[str, int]]:
    return [(n.kind, (n.due.date() - TODAY).days) for n in nudges]


# ---------------------------------------------------------------- steps
def test_help_that_arrived_or_was_given_up_is_not_asked_about() -> None:
    for step in FINAL:
        assert follow("chat", outcome(step=step)) == ()


@pytest.mark.parametrize(("before", "to"), list(product(STEPS, STEPS)))
def test_a_step_never_leads_back_to_screened_or_told_once_begun(before: Step, to: Step) -> None:
    then = advance(outcome(step=before), to, TODAY + timedelta(days=1))
    assert then.step in (before, to)
    if to in ("screened", "told") and before != "screened":
        assert then == outcome(step=before)


def test_a_refusal_can_be_followed_by_a_new_application() -> None:
    assert advance(outcome(step="refused"), "applied", TODAY).step == "applied"


# ---------------------------------------------------------------- plans
def test_what_was_told_is_prepared_and_asked_about_twice() -> None:
    assert days(planned([told(1)], outcome())) == [("prepare", 2), ("applied", 10), ("applied", 30)]


def test_planning_again_days_later_makes_no_second_nudge() -> None:
    first = planned([told(1), told(2)], outcome(1), outcome(2))
    later = planned([told(2), told(1)], outcome(1), outcome(2), today=TODAY + timedelta(days=5))
    assert {n.id for n in later} <= {n.id for n in first}


def test_a_household_is_not_asked_about_everything_at_once() -> None:
    rights = [told(n) for n in range(10)]
    assert len({n.entitlement for n in planned(rights, *(outcome(n) for n in range(10)))}) == AT_ONCE


def test_a_last_day_is_reminded_of_twice_and_comes_before_the_quota_of_check_ups() -> None:
    nudges = planned([told(1, deadline=TODAY + timedelta(days=40))], outcome())
    last = [n for n in nudges if n.kind == "apply"]
    assert days(last) == [("apply", 26), ("apply", 37)]
    assert {n.priority for n in last} == {Priority.DEADLINE}


def test_nobody_is_asked_to_apply_after_the_last_day() -> None:
    day = TODAY + timedelta(days=8)
    assert all(n.due.date() < day for n in planned([told(1, deadline=day)], outcome()))


@pytest.mark.parametrize(
    ("right", "kind", "early"),
    [
        (told(1, status="almost", changes_on=TODAY + timedelta(days=200), changes_to="eligible"), "opens", 30),
        (told(1, status="receiving", changes_on=TODAY + timedelta(days=200), changes_to="eligible"), "changes", 7),
        (told(1, status="receiving", changes_on=TODAY + timedelta(days=200), changes_to="ineligible"), "ends", 30),
    ],
)
def test_days_the_rules_know_are_told_in_time(right: Told, kind: str, early: int) -> None:
    assert days(planned([right])) == [(kind, 200 - early)]


def test_an_end_of_what_somebody_does_not_get_is_not_told() -> None:
    right = told(1, changes_on=TODAY + timedelta(days=200), changes_to="ineligible")
    assert {n.kind for n in planned([right], outcome())} == {"prepare", "applied"}


def test_every_step_is_asked_about_and_cancelled_by_what_follows() -> None:
    for step in ("told", "applied", "approved", "refused"):
        for nudge in follow("chat", outcome(step=step)):
            assert step not in nudge.cancel
            assert nudge.cancel >= FINAL


def test_a_snooze_asks_once_more() -> None:
    [again] = ask_again("chat", outcome(), TODAY, 7)
    assert (again.kind, (again.due.date() - TODAY).days) == ("applied", 7)
    assert again.id not in {n.id for n in follow("chat", outcome())}


# ---------------------------------------------------------------- bundles
def test_a_week_offline_is_caught_up_with_in_one_message() -> None:
    due = [n for right in range(8) for n in follow("chat", outcome(right))]
    made = bundle(due, datetime(2027, 3, 1, 12, tzinfo=BANGKOK))
    assert made is not None
    assert len(made.tell) == MOST
    assert made.more == 8 - MOST
    assert {n.id for n in made.all} == {n.id for n in due}
    assert {n.kind for n in made.tell} == {"applied"}


def test_nothing_due_is_no_message() -> None:
    assert bundle(follow("chat", outcome()), datetime(2026, 11, 24, tzinfo=BANGKOK)) is None


# ---------------------------------------------------------------- budget
def test_check_ups_stop_first_then_deadlines_never_danger() -> None:
    day = date(2026, 11, 30)
    assert [left(Quota(300, 200), p, day) for p in Priority] == [100, 55, 0]
    assert [left(Quota(300, 290), p, day) for p in Priority] == [10, 0, 0]


def test_check_ups_keep_pace_with_the_month() -> None:
    assert left(Quota(300, 60), Priority.CHECK_UP, date(2026, 11, 1)) == 0
    assert left(Quota(300, 60), Priority.CHECK_UP, date(2026, 11, 15)) == 57


def test_an_unknown_quota_is_kept_for_what_matters() -> None:
    assert [left(None, p, TODAY) for p in Priority] == [None, None, 0]


def test_the_forecast_tells_what_will_be_missing() -> None:
    assert forecast(Quota(300, 250), 80) == 30
    assert forecast(Quota(None, 250), 80) is None


# ---------------------------------------------------------------- funnel
def test_people_are_counted_where_they_stand_and_small_numbers_are_hidden() -> None:
    stands = (("told", 12), ("applied", 4), ("received", 9), ("gave_up", 6))
    found = funnel.figures([Counted("=cmd", "เชียงราย", step, people) for step, people in stands])
    assert funnel.rows(found)[1] == ("entitlement", "=cmd", "31", "12", "hidden", "0", "9", "0", "hidden")
    assert [funnel.reached(found, step) for step in funnel.REACHED] == [31, None, 9, 9]
