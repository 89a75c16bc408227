"""What happens when a clock goes off. Each timer is taken, worked and settled in one transaction: once, however many schedulers look.

Belongs here: the work of each kind of timer. Does not: durations (`bot/casework/clocks.py`), taking (`timers.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from bot.casework import alerts as alert_moves
from bot.casework import cases, clocks, records, referrals, roster
from bot.casework.model import (
    CLOCK,
    ENDED,
    HIGH,
    UNTAKEN,
    Alert,
    AlertState,
    Case,
    CaseState,
    Timer,
    TimerKind,
)
from bot.casework.moves import Change, Event
from bot.casework.record_types import (
    Referral,
    ReferralState,
    Task,
    Transfer,
    TransferState,
)
from bot.store import duty, passing, talking, timers
from bot.store.calling import ring_alert
from bot.store.casefiles import (
    NotFound,
    Registry,
    add_record,
    apply_alert,
    apply_case,
    apply_record,
    load_alert,
    load_case,
    record,
    tell,
)
from bot.store.database import write
from bot.store.pushing import hold_lane, push

_log = logging.getLogger(__name__)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Fired:
    """`work`: whether there still was something to do."""

    timer: Timer
    work: bool


def fire_due(engine: Engine, registry: Registry, now_ms: int) -> list[Fired]:
    """Fire what is due, each in its own transaction. This is the job of the scheduler's Hook."""
    fired: list[Fired] = []
    while len(fired) < _AT_ONCE:
        with write(engine) as connection:
            one = fire_next(connection, registry, now_ms)
        if one is None:
            break
        fired.append(one)
    return fired


def fire_next(connection: Connection, registry: Registry, now_ms: int) -> Fired | None:
    """Fire the earliest due timer. None: nothing is due."""
    timer = timers.take_due(connection, now_ms)
    if timer is None:
        return None
    try:
        work = _WORK.get(timer.kind, _remind)(connection, registry, timer, now_ms)
    except NotFound:  # erased, or gone with its case
        work = False
    return Fired(timer, work)


# Alerts


def _rung(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
    hold_lane(connection, load_alert(connection, CLOCK, timer.about).chat)
    alert = load_alert(connection, CLOCK, timer.about, lock=True)
    if alert.state not in UNTAKEN or timer.rung <= alert.rung:
        return False
    upper = roster.upper(duty.centres(connection), alert.centre)
    alert = apply_alert(connection, registry, CLOCK, alert, alert_moves.escalate(alert, timer.rung, upper, now_ms), now_ms)
    people = ring_alert(connection, registry, alert, timer.rung, now_ms)
    told = timer.rung == alert_moves.TOP_RUNG and _tell_again(connection, registry, alert, now_ms)
    events = (Event("people rung", {"rung": timer.rung, "people": people, "told_again": told}),)
    tell(connection, registry, CLOCK, alert.uid, events, now_ms)
    if not people:
        _log.error("an alert rings for nobody: no one is on duty", extra={"fields": {"alert": alert.uid, "rung": timer.rung}})
    return True


def _tell_again(connection: Connection, registry: Registry, alert: Alert, now_ms: int) -> bool:
    """The emergency numbers once more, unless the person's safe contact forbids writing now."""
    if alert.severity > HIGH or not alert.chat or not registry.again or not _may_write(connection, registry, alert.chat, now_ms):
        return False
    return push(connection, registry.sealer, alert.chat, registry.uid(), registry.again, now_ms, registry.channel, urgent=True)


def _may_write(connection: Connection, registry: Registry, chat: str, now_ms: int) -> bool:
    return talking.reach(connection, registry, chat, (), now_ms).now


def _silent(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
    alert = load_alert(connection, CLOCK, timer.about, lock=True)
    if alert.state is not AlertState.ACKNOWLEDGED:
        return False
    upper = roster.upper(duty.centres(connection), alert.centre)
    change = alert_moves.fall_silent(alert, upper, now_ms, duty.holidays(connection))
    alert = apply_alert(connection, registry, CLOCK, alert, change, now_ms)
    ring_alert(connection, registry, alert, alert.rung, now_ms)
    return True


# Cases


def _remind(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
    """The owner gets a task and is rung. A follow-up sets the next one."""
    case = load_case(connection, registry, CLOCK, timer.case, now_ms, lock=True)
    if case.state in ENDED:
        return False
    _set_task(connection, registry, case, timer.kind, now_ms)
    if timer.kind is TimerKind.FOLLOW_UP:
        timers.apply(connection, case.uid, (), (clocks.follow_up(case.uid, case.risk, now_ms),), now_ms)
    if timer.kind is TimerKind.HOLD_END and case.state is CaseState.ON_HOLD:
        apply_case(connection, registry, CLOCK, case, cases.end_hold(case, CLOCK, case.version, now_ms), now_ms)
    return True


def _set_task(connection: Connection, registry: Registry, case: Case, kind: TimerKind, now_ms: int) -> Task:
    task = records.reminder(case, kind, registry.uid(), now_ms)
    duty.ring_people(connection, case.uid, [case.owner], 0, now_ms, kind.value)
    return add_record(connection, registry, CLOCK, case, records.set_task(task, CLOCK), now_ms)


def _referral(
    expected: frozenset[ReferralState], move: Callable[[Referral, str, int], Change[Referral]], rung: int
) -> Callable[[Connection, Registry, Timer, int], bool]:
    def work(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
        case = load_case(connection, registry, CLOCK, timer.case, now_ms, lock=True)
        before = record(connection, registry, case, Referral, timer.about)
        if before.state not in expected:
            return False
        apply_record(connection, registry, CLOCK, case, before, move(before, case.uid, now_ms), now_ms)
        _set_task(connection, registry, case, timer.kind, now_ms)
        if rung:
            duty.ring(connection, case.uid, case.centre, rung, now_ms, timer.kind.value)
        return True

    return work


def _transfer(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
    case = load_case(connection, registry, CLOCK, timer.case, now_ms, lock=True)
    before = record(connection, registry, case, Transfer, timer.about)
    if before.state is not TransferState.PENDING:
        return False
    passing.settle_transfer(connection, registry, CLOCK, case, before.uid, before.version, TransferState.EXPIRED, "", now_ms)
    return True


def _glass(connection: Connection, registry: Registry, timer: Timer, now_ms: int) -> bool:
    tell(connection, registry, CLOCK, timer.case, (Event("glass ended", {"grant": timer.about}),), now_ms)
    return True


_WORK: dict[TimerKind, Callable[[Connection, Registry, Timer, int], bool]] = {
    TimerKind.RUNG: _rung,
    TimerKind.SILENT: _silent,
    TimerKind.REFERRAL_ANSWER: _referral(frozenset({ReferralState.SENT}), lambda one, case, now: referrals.expire(one, now), 0),
    TimerKind.REFERRAL_DONE: _referral(frozenset({ReferralState.ACCEPTED, ReferralState.IN_SERVICE}), referrals.stall, 0),
    TimerKind.REFERRAL_STALLED: _referral(frozenset({ReferralState.STALLED}), lambda one, case, now: referrals.escalate(one, now), 2),
    TimerKind.TRANSFER_ANSWER: _transfer,
    TimerKind.BREAK_GLASS: _glass,
}
