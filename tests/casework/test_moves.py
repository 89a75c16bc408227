"""Alerts, cases, referrals: only the allowed moves, and the clocks always match the state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.casework import alerts, cases, clocks, closing, contact, records, referrals
from bot.casework.closing import Open
from bot.casework.model import (
    ALERT_MOVES,
    CASE_MOVES,
    CLOCK,
    Alert,
    AlertState,
    Case,
    CaseState,
    Role,
    Staff,
    TimerKind,
)
from bot.casework.moves import Change, Refused, Stale
from bot.casework.record_types import (
    REFERRAL_MOVES,
    TRANSFER_MOVES,
    Assessment,
    Consent,
    Plan,
    PlanItem,
    Referral,
    ReferralState,
    SafeContact,
    Transfer,
    TransferState,
)

NOW = 1_800_000_000_000  # a Friday afternoon in Thailand
ANN = Staff("ann", "c1", Role.STAFF, reach=frozenset({"c1"}))
BEN = Staff("ben", "c1", Role.STAFF, reach=frozenset({"c1"}))
SUE = Staff("sue", "c1", Role.SUPERVISOR, reach=frozenset({"c1", "c2"}))
FAR = Staff("far", "c2", Role.STAFF, reach=frozenset({"c2"}))
ADMIN = Staff("adm", "c1", Role.ADMIN, reach=frozenset({"c1"}))
ALERT = Alert("a1", "chat", "c1", 1, "violence_domestic", "self", NOW)


def a_case(**changes: Any) -> Case:
    case = Case("k1", "2569-1", "chat", "c1", "ann", 1, "violence_domestic", "self", NOW, risk_ms=NOW)
    return replace(case, **changes)


@pytest.mark.parametrize(
    ("moves", "states"),
    [(ALERT_MOVES, AlertState), (CASE_MOVES, CaseState), (REFERRAL_MOVES, ReferralState), (TRANSFER_MOVES, TransferState)],
)
def test_every_state_says_where_it_may_go(moves: Any, states: Any) -> None:
    assert set(moves) == set(states)
    assert all(to <= set(states) for to in moves.values())


class Walk:
    """Random moves on one object; checks every step against the table and follows the timers."""

    def __init__(self, thing: Any, moves: Any) -> None:
        self.thing, self.moves = thing, moves
        self.running: set[tuple[TimerKind, int]] = set()

    def take(self, change: Change[Any]) -> None:
        if change.new.state is not self.thing.state or change.new.state in self.moves[change.new.state]:
            assert change.new.state in self.moves[self.thing.state] or change.new.version <= 1
        self.thing = change.new
        self.running = {one for one in self.running if one[0] not in change.cancel}
        fresh = [(timer.kind, timer.rung) for timer in change.set]
        assert not self.running & set(fresh)
        self.running |= set(fresh)


def alert_moves(alert: Alert, who: Staff, now: int) -> list[Any]:
    v = alert.version
    return [
        lambda: alerts.acknowledge(alert, who, v, now),
        lambda: alerts.engage(alert, who, v, "phone", now),
        lambda: alerts.open_case(alert, who, v, "k1", now),
        lambda: alerts.resolve(alert, who, v, "answered", now),
        lambda: alerts.merge(alert, who, v, replace(alert, uid="a2"), now),
        lambda: alerts.worsen(alert, 1, "sexual", now),
        lambda: alerts.fall_silent(alert, "up", now),
        lambda: alerts.correct(alert, who, v, 5 - alert.severity, "sexual", "she says so", now),
    ]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_walks_of_an_alert_stay_on_the_table_and_its_clocks_match(data: st.DataObject) -> None:
    start = replace(ALERT, severity=data.draw(st.integers(1, 4)))
    walk = Walk(start, ALERT_MOVES)
    walk.running = {(timer.kind, timer.rung) for timer in alerts.raised(start).set}
    for step in range(12):
        alert, now = walk.thing, NOW + step * 1000
        who = data.draw(st.sampled_from([ANN, BEN, SUE, ADMIN, CLOCK]))
        options = alert_moves(alert, who, now)
        rungs = sorted(rung for kind, rung in walk.running if kind is TimerKind.RUNG)
        chosen = data.draw(st.integers(0, len(options) - (0 if rungs else 1)))
        try:
            if chosen == len(options):  # the next clock goes off
                walk.running.discard((TimerKind.RUNG, rungs[0]))
                walk.take(alerts.escalate(alert, rungs[0], "up", now))
            elif chosen == 6:
                if (TimerKind.SILENT, 0) in walk.running:
                    walk.running.discard((TimerKind.SILENT, 0))
                    walk.take(options[6]())
            elif chosen != 5 or alert.state in (AlertState.RAISED, AlertState.ESCALATED, AlertState.ACKNOWLEDGED, AlertState.ENGAGED):
                walk.take(options[chosen]())
        except Refused:
            pass
        assert walk.running == alerts.pending(walk.thing)
        if not ALERT_MOVES[walk.thing.state]:
            assert walk.thing.closed_by in ("ann", "ben", "sue")


def case_moves(case: Case, who: Staff, now: int, left: Open) -> list[Any]:
    v = case.version
    assessed = Assessment("s1", "ben", now, 4, "danger-5")
    plan = Plan("p1", "ann", now, (PlanItem("safe home", "ann", now),), approver="sue")
    transfer = Transfer("t1", who.id, now, case.centre, "c2", "moved house")
    return [
        lambda: cases.start_triage(case, who, v, now),
        lambda: cases.start_assessment(case, who, v, now),
        lambda: cases.start_plan(case, who, v, [assessed], now),
        lambda: cases.start_work(case, who, v, [plan], now),
        lambda: cases.monitor(case, who, v, now),
        lambda: cases.resume(case, who, v, now),
        lambda: closing.request_closing(case, who, v, "safe", "yes", 0, left, now),
        lambda: closing.close(case, who, v, left, now),
        lambda: closing.refuse_closing(case, who, v, "not yet", now),
        lambda: closing.reopen(case, who, v, "again", 2, now),
        lambda: cases.hold(case, who, v, now + clocks.DAY, "legal", now),
        lambda: cases.end_hold(case, who, v, now),
        lambda: cases.offer(case, who, v, transfer, now),
        lambda: cases.settle_transfer(case, who, replace(transfer, state=TransferState.ACCEPTED), now),
        lambda: cases.settle_transfer(case, who, replace(transfer, state=TransferState.EXPIRED), now),
        lambda: cases.raise_risk(case, who, v, 1, now),
        lambda: cases.lower_risk(case, who, v, assessed, now),
        lambda: cases.merge(case, who, v, replace(case, uid="k2", state=CaseState.ACTIVE), "the same person"),
        lambda: cases.take_in(case, replace(case, uid="k2", risk=min(3, case.risk)), now),
        lambda: cases.set_kind(case, who, v, "sexual" if case.kind != "sexual" else "elder_abuse", "she says so", now),
        lambda: cases.describe(case, who, v, "here", "told"),
        lambda: cases.restrict(case, who, v, not case.restricted),
        lambda: cases.assign(case, who, v, BEN if case.owner != "ben" else ANN, "holiday", now),
        lambda: cases.block(case, who, v, "sue", now),
        lambda: cases.unreachable(case, who, v, now),
        lambda: cases.reached(case, who, v, now),
    ]


_CLOSE = 7


def conditions_met(case: Case, left: Open) -> list[bool]:
    """All but the second person, which only comes with closing."""
    return [met for name, met in closing.conditions(case, 0, left).items() if name != "second person"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_walks_of_a_case_stay_on_the_table_and_close_only_rightly(data: st.DataObject) -> None:
    opened = cases.opened(replace(ALERT, state=AlertState.ENGAGED), ANN, "k1", "n", NOW)
    case, running = opened.new, {timer.kind for timer in opened.set}
    for step in range(25):
        now = NOW + (step + 1) * clocks.HOUR
        left = Open(tasks=data.draw(st.integers(0, 1)))
        who = data.draw(st.sampled_from([ANN, BEN, SUE, FAR, ADMIN, CLOCK]))
        options = case_moves(case, who, now, left)
        move = data.draw(st.sampled_from(range(len(options))))
        conditions = conditions_met(case, left)
        try:
            change = options[move]()
        except Refused as refused:
            why = refused.why
        else:
            why = ""
        if move == _CLOSE and case.state is CaseState.CLOSURE_REQUESTED:  # the checklist tells the truth, either way
            assert all(conditions) == (why in ("", "second person", "role"))
        if why:
            continue
        new = change.new
        assert new.version == case.version + 1
        assert new.state is case.state or new.state in CASE_MOVES[case.state]
        running = (running - change.cancel) | {timer.kind for timer in change.set}
        if new.state is CaseState.MERGED:
            assert new.merged_into == "k2"
            assert not running
        elif new.state is CaseState.CLOSED:
            assert left.nothing
            assert new.risk == 4 or new.transferred
            assert new.answer or new.tries >= 3
            assert new.closed_by not in (new.owner, new.closing_by)
            assert who.role in (Role.STAFF, Role.SUPERVISOR)
            assert not running
        else:
            assert TimerKind.FOLLOW_UP in running
        assert (new.state in (CaseState.ON_HOLD, CaseState.TRANSFER_PENDING)) == (new.before is not None)
        if new.risk > case.risk:
            assert (move, who.id == "ben") == (16, False)
        case = new


def test_changing_what_somebody_else_changed_first_is_refused_with_both_versions() -> None:
    with pytest.raises(Stale) as stale:
        alerts.acknowledge(replace(ALERT, version=2), ANN, 1, NOW)
    assert (stale.value.theirs, stale.value.mine) == (2, 1)


def test_alert_can_be_ended_only_by_whoever_took_it_or_a_supervisor() -> None:
    taken = replace(ALERT, state=AlertState.ENGAGED, taken_by="ann")
    with pytest.raises(Refused, match="not yours"):
        alerts.resolve(taken, BEN, 1, "answered", NOW)
    assert alerts.resolve(taken, SUE, 1, "answered", NOW).new.closed_by == "sue"
    with pytest.raises(Refused, match="role"):
        alerts.resolve(taken, CLOCK, 1, "answered", NOW)


@pytest.mark.parametrize(
    ("changes", "left", "who", "why"),
    [
        ({"risk": 3}, Open(), SUE, "risk"),
        ({}, Open(tasks=1), SUE, "open work"),
        ({}, Open(referrals=1), SUE, "open work"),
        ({}, Open(alerts=1), SUE, "open work"),
        ({}, Open(), ANN, "second person"),
        ({"closing_by": "sue"}, Open(), SUE, "second person"),
        ({}, Open(), CLOCK, "role"),
        ({"state": CaseState.MONITORING}, Open(), SUE, "state"),
    ],
)
def test_closing_is_refused_when_something_is_missing(changes: dict[str, Any], left: Open, who: Staff, why: str) -> None:
    ready = a_case(state=CaseState.CLOSURE_REQUESTED, risk=4, outcome="safe", answer="yes", closing_by="ann")
    assert closing.close(ready, SUE, 1, Open(), NOW).new.state is CaseState.CLOSED
    with pytest.raises(Refused) as refused:
        closing.close(replace(ready, **changes), who, 1, left, NOW)
    assert refused.value.why == why


def test_closing_needs_an_outcome_and_the_person_s_answer_or_three_tries() -> None:
    watched = a_case(state=CaseState.MONITORING, risk=4)
    for outcome, answer, tries in (("", "yes", 3), ("safe", "", 2)):
        with pytest.raises(Refused):
            closing.request_closing(watched, ANN, 1, outcome, answer, tries, Open(), NOW)
    assert closing.request_closing(watched, ANN, 1, "safe", "", 3, Open(), NOW).new.closing_by == "ann"


def test_risk_goes_down_only_by_a_fresh_assessment_and_a_second_person() -> None:
    fresh = Assessment("s", "ann", NOW + 1, 3, "danger-5")
    assert cases.lower_risk(a_case(), BEN, 1, fresh, NOW + 2).new.risk == 3
    for who, assessed in ((ANN, fresh), (BEN, replace(fresh, at_ms=NOW)), (BEN, replace(fresh, risk=1))):
        with pytest.raises(Refused):
            cases.lower_risk(a_case(), who, 1, assessed, NOW + 2)
    with pytest.raises(Refused):
        cases.raise_risk(a_case(), ANN, 1, 3, NOW)


def test_hold_always_has_a_date_that_is_near() -> None:
    for until in (0, NOW, NOW + 181 * clocks.DAY):
        with pytest.raises(Refused, match="date"):
            cases.hold(a_case(), ANN, 1, until, "legal", NOW)


CONSENT = Consent("c", "ann", NOW, "shelter", "c2", ("name", "place"), "spoken", NOW + clocks.DAY)
REFERRAL = Referral("r", "ann", NOW, "c2", "shelter", 1, shared={"name": "x"})


@pytest.mark.parametrize(
    "changes",
    [
        {"receiver": "c3"},
        {"fields": ("place",)},
        {"until_ms": NOW},
        {"state": "withdrawn"},
        {"ground": "override", "law": "court_order"},
        {"ground": "override", "second": "ben"},
    ],
)
def test_referral_without_a_consent_that_covers_it_is_blocked(changes: dict[str, Any]) -> None:
    assert referrals.check_consent(REFERRAL, ANN, 1, [CONSENT], NOW).new.consent == "c"
    with pytest.raises(Refused, match="consent"):
        referrals.check_consent(REFERRAL, ANN, 1, [replace(CONSENT, **changes)], NOW)


def test_consent_withdrawn_before_sending_stops_the_referral() -> None:
    checked = referrals.check_consent(REFERRAL, ANN, 1, [CONSENT], NOW).new
    with pytest.raises(Refused, match="consent"):
        referrals.send(checked, ANN, 2, a_case(), [referrals.withdraw(CONSENT, ANN, 1).new], NOW)


def test_override_needs_a_law_and_a_second_person() -> None:
    override = replace(CONSENT, ground="override")
    with pytest.raises(Refused, match="law"):
        referrals.give_consent(override, a_case(), ANN, NOW)
    noted = referrals.give_consent(replace(override, law="child_protection_29"), a_case(), ANN, NOW).new
    with pytest.raises(Refused, match="second person"):
        referrals.second(noted, ANN, 1)
    assert referrals.allows(referrals.second(noted, BEN, 1).new, REFERRAL, NOW)


def test_emergency_ground_is_for_high_risk_only() -> None:
    emergency = replace(CONSENT, ground="emergency")
    assert referrals.give_consent(emergency, a_case(), ANN, NOW)
    with pytest.raises(Refused, match="no emergency"):
        referrals.give_consent(emergency, a_case(risk=3), ANN, NOW)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_walks_of_a_referral_keep_clocks_and_state_together(data: st.DataObject) -> None:
    one, running = REFERRAL, set[TimerKind]()
    for step in range(14):
        now, v, who = NOW + step, one.version, data.draw(st.sampled_from([ANN, FAR]))
        moves: list[Any] = [
            lambda one=one, v=v, who=who, now=now: referrals.check_consent(one, who, v, [CONSENT], now),
            lambda one=one, v=v, who=who, now=now: referrals.send(one, who, v, a_case(), [CONSENT], now),
            lambda one=one, v=v, who=who, now=now: referrals.accept(one, who, v, "k1", now),
            lambda one=one, v=v, who=who, now=now: referrals.reject(one, who, v, "full", now),
            lambda one=one, v=v, who=who, now=now: referrals.revoke(one, who, v, "moved", now),
            lambda one=one, v=v, who=who, now=now: referrals.begin(one, who, v, "k1", now),
            lambda one=one, v=v, who=who, now=now: referrals.finish(one, who, v, "housed", now),
        ]
        clock = {
            TimerKind.REFERRAL_ANSWER: lambda one=one, now=now: referrals.expire(one, now),
            TimerKind.REFERRAL_DONE: lambda one=one, now=now: referrals.stall(one, "k1", now),
            TimerKind.REFERRAL_STALLED: lambda one=one, now=now: referrals.escalate(one, now),
        }
        rings = data.draw(st.sampled_from([None, *sorted(running)]))
        try:
            change = clock[rings]() if rings else data.draw(st.sampled_from(moves))()
        except Refused:
            continue
        assert change.new.state in REFERRAL_MOVES[one.state]
        running = ((running - {rings}) - change.cancel) | {timer.kind for timer in change.set}
        one = change.new
        assert running == referrals.pending(one)


def test_transfer_is_answered_by_the_receiver_and_expired_by_the_clock_only() -> None:
    offered = Transfer("t", "ann", NOW, "c1", "c2", "moved")
    assert referrals.answer(offered, FAR, 1, TransferState.ACCEPTED, "").new.answered_by == "far"
    for who, to in (
        (ANN, TransferState.ACCEPTED),
        (FAR, TransferState.EXPIRED),
        (CLOCK, TransferState.ACCEPTED),
        (FAR, TransferState.REJECTED),
    ):
        with pytest.raises(Refused):
            referrals.answer(offered, who, 1, to, "")


def test_plan_is_approved_by_somebody_else_than_its_author() -> None:
    plan = Plan("p", "ann", NOW, (PlanItem("goal", "ann", NOW),))
    with pytest.raises(Refused, match="second person"):
        records.approve_plan(plan, ANN, 1)
    assert records.approve_plan(plan, BEN, 1).new.approver == "ben"


def test_rungs_of_high_risk_are_60_120_and_300_seconds() -> None:
    assert [timer.due_ms - NOW for timer in clocks.rungs("a", 2, NOW)] == [60_000, 120_000, 300_000]


def test_low_risk_waits_for_office_hours_over_weekend_and_songkran() -> None:
    friday_noon = 1_807_246_800_000  # 9 April 2027, 12:00 in Thailand
    assert clocks.local(friday_noon).strftime("%a %d %H:%M") == "Fri 09 12:00"
    songkran = frozenset(date(2027, 4, day) for day in (13, 14, 15))
    due = clocks.rungs("a", 4, friday_noon, 0, songkran)[1].due_ms  # two working days: rest of Friday, Monday, part of Friday
    assert clocks.local(due).strftime("%a %d %H:%M") == "Fri 16 12:00"
    assert not clocks.is_open(due - clocks.DAY, songkran)


def test_legal_marks_lie_ahead_only_and_fit_the_kind() -> None:
    marks = {timer.kind for timer in clocks.legal("k", "sexual", NOW - 100 * clocks.HOUR, NOW)}
    assert TimerKind.LEGAL_72H not in marks
    assert {TimerKind.LEGAL_120H, TimerKind.LEGAL_60D, TimerKind.LEGAL_80D, TimerKind.LEGAL_3M, TimerKind.LEGAL_1Y} == marks
    assert {timer.kind for timer in clocks.legal("k", "neglect_abandonment", NOW, NOW)} == {TimerKind.LEGAL_1Y}


AGREED = SafeContact("s", "ann", NOW, "line", weekdays=(4,), from_minute=22 * 60, until_minute=60, code_word="ดอกไม้", stop_word="ข้าวผัด")


@pytest.mark.parametrize(("hours", "allowed"), [(0, True), (2, True), (4, False), (24, False), (-1, False)])
def test_safe_hours_may_run_past_midnight_and_belong_to_the_day_they_begin(hours: int, allowed: bool) -> None:
    friday_ten_pm = 1_807_282_800_000
    assert clocks.local(friday_ten_pm).strftime("%a %H:%M") == "Fri 22:00"
    assert contact.may_write(AGREED, friday_ten_pm + hours * clocks.HOUR) is allowed


def test_without_agreement_nobody_is_written_to_unasked() -> None:
    assert not contact.may_push_unasked(None, NOW)
    assert contact.channel(None, NOW) == "none"


def test_code_word_and_stop_word_are_told_apart() -> None:
    said = [contact.word(AGREED, text) for text in (" ดอกไม้ ", "ข้าวผัด", "ไปกินข้าว")]
    assert said == [contact.Word.CODE, contact.Word.STOP, contact.Word.NONE]
