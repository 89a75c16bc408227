"""The moves of a case, one function each.

Belongs here: role, version, preconditions, timers of every move. Does not: what stands under a case (`referrals.py`, …), storage.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.casework import clocks
from bot.casework.model import (
    CASE_MOVES,
    HIGH,
    OPEN_ALERTS,
    WORKING,
    Alert,
    Case,
    CaseState,
    Role,
    Staff,
    Timer,
    TimerKind,
)
from bot.casework.moves import Change, Event, check_version, need, need_human, need_role, step
from bot.casework.record_types import (
    SETTLED_REFERRALS,
    Assessment,
    Plan,
    Referral,
    Task,
    TaskState,
    Transfer,
    TransferState,
)

_HANDLED = WORKING | {CaseState.CLOSURE_REQUESTED}
ALL_CLOCKS = frozenset(TimerKind) - {TimerKind.REFERRAL_ANSWER, TimerKind.REFERRAL_DONE, TimerKind.REFERRAL_STALLED, TimerKind.BREAK_GLASS}
MAX_HOLD = 180 * clocks.DAY


@dataclass(frozen=True, slots=True)
class Open:
    """What still stands open under a case."""

    tasks: int = 0
    referrals: int = 0
    alerts: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.tasks or self.referrals or self.alerts)


def still_open(tasks: Collection[Task], referrals: Collection[Referral], alerts: Collection[Alert]) -> Open:
    return Open(
        sum(task.state is TaskState.OPEN for task in tasks),
        sum(referral.state not in SETTLED_REFERRALS for referral in referrals),
        sum(alert.state in OPEN_ALERTS for alert in alerts),
    )


def opened(alert: Alert, actor: Staff, uid: str, number: str, now_ms: int, area: str = "", summary: str = "") -> Change[Case]:
    """A case from an alert, owned by whoever opens it. Its legal clocks start."""
    need_human(actor)
    case = Case(
        uid=uid,
        number=number,
        chat=alert.chat,
        centre=actor.centre,
        owner=actor.id,
        risk=alert.severity,
        kind=alert.kind,
        subject=alert.subject,
        opened_ms=now_ms,
        area=area,
        alert=alert.uid,
        summary=summary,
        risk_ms=now_ms,
    )
    timers = (
        clocks.triage(uid, case.risk, now_ms),
        clocks.follow_up(uid, case.risk, now_ms),
        *clocks.legal(uid, case.kind, alert.raised_ms, now_ms),
    )
    return Change(case, (Event("case opened", {"alert": alert.uid, "risk": case.risk, "kind": case.kind}),), timers)


def start_triage(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    return _go(case, actor, version, CaseState.TRIAGE)


def start_assessment(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """Triage is decided."""
    return _go(case, actor, version, CaseState.ASSESSMENT, cancel=frozenset({TimerKind.TRIAGE}))


def start_plan(case: Case, actor: Staff, version: int, assessments: Collection[Assessment], now_ms: int) -> Change[Case]:
    need(bool(assessments), "assessment")
    return _go(case, actor, version, CaseState.PLAN)


def start_work(case: Case, actor: Staff, version: int, plans: Collection[Plan], now_ms: int) -> Change[Case]:
    """Needs a plan that somebody else than its author approved."""
    need(any(plan.approver for plan in plans), "plan approved")
    review = Timer(case.uid, TimerKind.PLAN_REVIEW, now_ms + clocks.PLAN_REVIEW, case=case.uid)
    return _go(case, actor, version, CaseState.ACTIVE, (review,))


def monitor(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    need(case.state is CaseState.ACTIVE, "state")
    return _go(case, actor, version, CaseState.MONITORING)


def resume(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """From monitoring back to work."""
    need(case.state is CaseState.MONITORING, "state")
    return _go(case, actor, version, CaseState.ACTIVE)


def request_closing(case: Case, actor: Staff, version: int, outcome: str, answer: str, tries: int, left: Open, now_ms: int) -> Change[Case]:
    """`answer`: what the person said to closing; without one, at least three documented tries to reach them."""
    need(bool(outcome), "outcome")
    need(bool(answer) or tries >= len(clocks.NO_CONTACT), "answer")
    _closable(case, left)
    return _go(case, actor, version, CaseState.CLOSURE_REQUESTED, outcome=outcome, answer=answer, tries=tries, closing_by=actor.id)


def close(case: Case, actor: Staff, version: int, left: Open, now_ms: int) -> Change[Case]:
    """A second person, who is neither the owner nor asked for it, closes. All clocks of the case end."""
    need_human(actor)
    need(actor.id not in (case.owner, case.closing_by), "second person")
    _closable(case, left)
    new = step(case, CaseState.CLOSED, CASE_MOVES, version, closed_ms=now_ms, closed_by=actor.id)
    return Change(new, (Event("case closed", {"answered": bool(case.answer), "risk": case.risk}),), (), ALL_CLOCKS)


def refuse_closing(case: Case, actor: Staff, version: int, reason: str, now_ms: int) -> Change[Case]:
    need(case.state is CaseState.CLOSURE_REQUESTED and bool(reason), "reason")
    need_human(actor)
    new = step(case, CaseState.MONITORING, CASE_MOVES, version, closing_by="")
    return Change(new, (Event("closing refused"),))


def _closable(case: Case, left: Open) -> None:
    need(case.risk > HIGH + 1 or case.transferred, "risk")
    need(left.nothing, "open work")


def reopen(case: Case, actor: Staff, version: int, reason: str, risk: int, now_ms: int) -> Change[Case]:
    """It happened again, or more is needed. Watched for 30 days."""
    need_human(actor)
    need(case.state is CaseState.CLOSED, "state")
    need(bool(reason) and 1 <= risk <= 4, "reason")
    new = step(
        case, CaseState.REOPENED, CASE_MOVES, version, risk=min(risk, case.risk), risk_ms=now_ms, reopened=case.reopened + 1, closing_by=""
    )
    new = replace(new, owner=actor.id, transferred=False, outcome="", answer="", tries=0, closed_ms=0, closed_by="")
    watch = Timer(case.uid, TimerKind.WATCH, now_ms + clocks.WATCH, case=case.uid)
    timers = (watch, clocks.triage(case.uid, new.risk, now_ms), clocks.follow_up(case.uid, new.risk, now_ms))
    return Change(new, (Event("case reopened", {"times": new.reopened}),), timers)


def hold(case: Case, actor: Staff, version: int, until_ms: int, reason: str, now_ms: int) -> Change[Case]:
    """Waiting for a court or for contact, always with a date (at most 180 days ahead). Its safety clocks run on."""
    need(reason in ("legal", "no_contact"), "reason")
    need(now_ms < until_ms <= now_ms + MAX_HOLD, "date")
    end = Timer(case.uid, TimerKind.HOLD_END, until_ms, case=case.uid)
    return _go(case, actor, version, CaseState.ON_HOLD, (end,), before=case.state, hold_until_ms=until_ms)


def end_hold(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    need(case.state is CaseState.ON_HOLD and case.before is not None, "state")
    need_role(actor, Role.STAFF, Role.SUPERVISOR, Role.SYSTEM)
    new = step(case, case.before, CASE_MOVES, version, before=None, hold_until_ms=0)
    return Change(new, (Event("case hold ended"),), (), frozenset({TimerKind.HOLD_END}))


def offer(case: Case, actor: Staff, version: int, transfer: Transfer, now_ms: int) -> Change[Case]:
    """Offer the case to another centre; it stays ours until they accept."""
    need(bool(transfer.reason) and transfer.to not in ("", case.centre), "receiver")
    return _go(case, actor, version, CaseState.TRANSFER_PENDING, before=case.state)


def settle_transfer(case: Case, actor: Staff, transfer: Transfer, now_ms: int) -> Change[Case]:
    """After the receiver answered: accepted, the case is theirs; rejected or expired, it comes back as it was."""
    need(case.state is CaseState.TRANSFER_PENDING and case.before is not None, "state")
    accepted = transfer.state is TransferState.ACCEPTED
    changes = {"centre": transfer.to, "owner": actor.id, "transferred": True} if accepted else {}
    new = step(case, case.before, CASE_MOVES, case.version, before=None, **changes)
    return Change(new, (Event(f"transfer {transfer.state}", {"transfer": transfer.uid}),))


def raise_risk(case: Case, actor: Staff, version: int, risk: int, now_ms: int) -> Change[Case]:
    """At once, by any worker. The next follow-up comes sooner."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state is not CaseState.CLOSED and 1 <= risk < case.risk, "risk")
    return _set_risk(case, risk, now_ms)


def lower_risk(case: Case, actor: Staff, version: int, assessment: Assessment, now_ms: int) -> Change[Case]:
    """Needs an assessment made since the risk last changed, and a second person to agree with whoever made it."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state is not CaseState.CLOSED and assessment.risk > case.risk, "risk")
    need(assessment.at_ms > case.risk_ms, "assessment")
    need(actor.id != assessment.by, "second person")
    return _set_risk(case, assessment.risk, now_ms)


def _set_risk(case: Case, risk: int, now_ms: int) -> Change[Case]:
    new = replace(case, risk=risk, risk_ms=now_ms, version=case.version + 1)
    events = (Event("risk changed", {"was": case.risk, "risk": risk}),)
    return Change(new, events, (clocks.follow_up(case.uid, risk, now_ms),), frozenset({TimerKind.FOLLOW_UP}))


def assign(case: Case, actor: Staff, version: int, to: Staff, reason: str, now_ms: int) -> Change[Case]:
    """A supervisor gives it to somebody of the same centre, with a reason; a worker may only take what is theirs to give."""
    need_human(actor)
    check_version(case.version, version)
    need(actor.role is Role.SUPERVISOR or case.owner == actor.id, "role")
    need(to.centre == case.centre and to.id not in case.blocked and bool(reason) and case.state is not CaseState.CLOSED, "receiver")
    need_human(to)
    new = replace(case, owner=to.id, version=case.version + 1)
    return Change(new, (Event("case assigned", {"from": case.owner, "to": to.id}),))


def unreachable(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """The person does not answer: try again after 1, 3 and 7 days."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state is not CaseState.CLOSED, "state")
    timers = tuple(Timer(case.uid, TimerKind.NO_CONTACT, now_ms + wait, n, case.uid) for n, wait in enumerate(clocks.NO_CONTACT, 1))
    return Change(replace(case, version=version + 1), (Event("person unreachable"),), timers, frozenset({TimerKind.NO_CONTACT}))


def reached(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """They answered: the ladder ends."""
    need_human(actor)
    check_version(case.version, version)
    return Change(replace(case, version=version + 1), (Event("person reached"),), (), frozenset({TimerKind.NO_CONTACT}))


def block(case: Case, actor: Staff, version: int, who: str, now_ms: int) -> Change[Case]:
    """Somebody is related to a party: they lose sight of the case. The owner must hand it over first."""
    need_human(actor)
    check_version(case.version, version)
    need(who != case.owner, "owner")
    new = replace(case, blocked=tuple(sorted({*case.blocked, who})), version=case.version + 1)
    return Change(new, (Event("staff blocked", {"who": who}),))


def spoke(case: Case, actor: Staff, version: int) -> Change[Case]:
    """Words went to the person: the next writer must have seen them."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state is not CaseState.CLOSED, "state")
    return Change(replace(case, version=case.version + 1), (Event("case reply"),))


def _go(
    case: Case,
    actor: Staff,
    version: int,
    to: CaseState,
    timers: tuple[Timer, ...] = (),
    cancel: frozenset[TimerKind] = frozenset(),
    **changes: object,
) -> Change[Case]:
    need_human(actor)
    need(case.state in _HANDLED, "state")
    new = step(case, to, CASE_MOVES, version, **changes)
    return Change(new, (Event(f"case {to}"),), timers, cancel)
