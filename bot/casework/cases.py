"""The moves of a case, one function each.

Belongs here: role, version, preconditions, timers of every move. Does not: closing (`closing.py`), what stands under a case
(`referrals.py`, …), storage.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.casework import clocks
from bot.casework.model import CASE_MOVES, ENDED, LEGAL, WORKING, Alert, Case, CaseState, Role, Staff, Timer, TimerKind
from bot.casework.moves import Change, Event, check_version, need, need_human, need_role, step
from bot.casework.record_types import Assessment, Plan, Transfer, TransferState

_HANDLED = WORKING | {CaseState.CLOSURE_REQUESTED}
ALL_CLOCKS = frozenset(TimerKind) - {TimerKind.REFERRAL_ANSWER, TimerKind.REFERRAL_DONE, TimerKind.REFERRAL_STALLED, TimerKind.BREAK_GLASS}
MAX_HOLD = 180 * clocks.DAY


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
    return go(case, actor, version, CaseState.TRIAGE)


def start_assessment(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """Triage is decided."""
    return go(case, actor, version, CaseState.ASSESSMENT, cancel=frozenset({TimerKind.TRIAGE}))


def start_plan(case: Case, actor: Staff, version: int, assessments: Collection[Assessment], now_ms: int) -> Change[Case]:
    need(bool(assessments), "assessment")
    return go(case, actor, version, CaseState.PLAN)


def start_work(case: Case, actor: Staff, version: int, plans: Collection[Plan], now_ms: int) -> Change[Case]:
    """Needs a plan that somebody else than its author approved."""
    need(any(plan.approver for plan in plans), "plan approved")
    review = Timer(case.uid, TimerKind.PLAN_REVIEW, now_ms + clocks.PLAN_REVIEW, case=case.uid)
    return go(case, actor, version, CaseState.ACTIVE, (review,))


def monitor(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    need(case.state is CaseState.ACTIVE, "state")
    return go(case, actor, version, CaseState.MONITORING)


def resume(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """From monitoring back to work."""
    need(case.state is CaseState.MONITORING, "state")
    return go(case, actor, version, CaseState.ACTIVE)


def hold(case: Case, actor: Staff, version: int, until_ms: int, reason: str, now_ms: int) -> Change[Case]:
    """Waiting for a court or for contact, always with a date (at most 180 days ahead). Its safety clocks run on."""
    need(reason in ("legal", "no_contact"), "reason")
    need(now_ms < until_ms <= now_ms + MAX_HOLD, "date")
    end = Timer(case.uid, TimerKind.HOLD_END, until_ms, case=case.uid)
    return go(case, actor, version, CaseState.ON_HOLD, (end,), before=case.state, hold_until_ms=until_ms)


def end_hold(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    need(case.state is CaseState.ON_HOLD and case.before is not None, "state")
    need_role(actor, Role.STAFF, Role.SUPERVISOR, Role.SYSTEM)
    new = step(case, case.before, CASE_MOVES, version, before=None, hold_until_ms=0)
    return Change(new, (Event("case hold ended"),), (), frozenset({TimerKind.HOLD_END}))


def offer(case: Case, actor: Staff, version: int, transfer: Transfer, now_ms: int) -> Change[Case]:
    """Offer the case to another centre; it stays ours until they accept."""
    need(bool(transfer.reason) and transfer.to not in ("", case.centre), "receiver")
    return go(case, actor, version, CaseState.TRANSFER_PENDING, before=case.state)


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
    need(case.state not in ENDED and 1 <= risk < case.risk, "risk")
    return _set_risk(case, risk, now_ms)


def lower_risk(case: Case, actor: Staff, version: int, assessment: Assessment, now_ms: int) -> Change[Case]:
    """Needs an assessment made since the risk last changed, and a second person to agree with whoever made it."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state not in ENDED and assessment.risk > case.risk, "risk")
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
    need(to.centre == case.centre and to.id not in case.blocked and bool(reason) and case.state not in ENDED, "receiver")
    need_human(to)
    new = replace(case, owner=to.id, version=case.version + 1)
    return Change(new, (Event("case assigned", {"from": case.owner, "to": to.id}),))


def unreachable(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """The person does not answer: try again after 1, 3 and 7 days."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state not in ENDED, "state")
    timers = tuple(Timer(case.uid, TimerKind.NO_CONTACT, now_ms + wait, n, case.uid) for n, wait in enumerate(clocks.NO_CONTACT, 1))
    return Change(replace(case, version=version + 1), (Event("person unreachable"),), timers, frozenset({TimerKind.NO_CONTACT}))


def reached(case: Case, actor: Staff, version: int, now_ms: int) -> Change[Case]:
    """They answered: the ladder ends."""
    need_human(actor)
    check_version(case.version, version)
    return Change(replace(case, version=version + 1), (Event("person reached"),), (), frozenset({TimerKind.NO_CONTACT}))


def describe(case: Case, actor: Staff, version: int, area: str, summary: str) -> Change[Case]:
    """Where it is and what it is about, in a few words."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state not in ENDED, "state")
    return Change(replace(case, area=area, summary=summary, version=version + 1), (Event("case described"),))


def set_kind(case: Case, actor: Staff, version: int, kind: str, reason: str, now_ms: int) -> Change[Case]:
    """It is something else than it seemed. The legal clocks of the new kind run from when the case was opened."""
    need_human(actor)
    check_version(case.version, version)
    need(case.state not in ENDED, "state")
    need(bool(reason) and kind != case.kind, "reason")
    new = replace(case, kind=kind, version=version + 1)
    events = (Event("kind changed", {"was": case.kind, "kind": kind}),)
    return Change(new, events, clocks.legal(case.uid, kind, case.opened_ms, now_ms), LEGAL)


def merge(case: Case, actor: Staff, version: int, into: Case, reason: str) -> Change[Case]:
    """The same person's case stands twice: this one goes on in `into`. Two chats never become one: somebody else may be writing there."""
    need_human(actor)
    need(bool(reason), "reason")
    need(into.uid != case.uid and into.state not in ENDED and into.centre == case.centre, "merge")
    need(not (case.chat and into.chat) or case.chat == into.chat, "other chat")
    new = step(case, CaseState.MERGED, CASE_MOVES, version, merged_into=into.uid, before=None)
    return Change(new, (Event("case merged", {"into": into.uid}),), (), ALL_CLOCKS)


def take_in(case: Case, merged: Case, now_ms: int) -> Change[Case]:
    """The other half of `merge`: this case now stands for both; the higher risk counts."""
    need(case.state not in ENDED, "merge")
    risk = min(case.risk, merged.risk)
    new = replace(case, chat=case.chat or merged.chat, risk=risk, version=case.version + 1)
    new = replace(new, risk_ms=now_ms if risk < case.risk else case.risk_ms)
    sooner = (clocks.follow_up(case.uid, risk, now_ms),) if risk < case.risk else ()
    return Change(new, (Event("case took in", {"from": merged.uid}),), sooner, frozenset({TimerKind.FOLLOW_UP}) if sooner else frozenset())


def restrict(case: Case, actor: Staff, version: int, restricted: bool) -> Change[Case]:
    """Only its owner and those who look down see a restricted case: somebody known in the village, a colleague's family."""
    check_version(case.version, version)
    need_role(actor, Role.SUPERVISOR)
    need(case.state not in ENDED and restricted != case.restricted, "state")
    return Change(replace(case, restricted=restricted, version=version + 1), (Event("case restricted", {"restricted": restricted}),))


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
    need(case.state not in ENDED, "state")
    return Change(replace(case, version=case.version + 1), (Event("case reply"),))


def go(
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
