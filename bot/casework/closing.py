"""Closing a case by two people, and opening it again.

Belongs here: the conditions and the moves. Does not: the other moves of a case (`cases.py`), storage.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.casework import clocks
from bot.casework.cases import ALL_CLOCKS, go
from bot.casework.model import CASE_MOVES, HIGH, OPEN_ALERTS, Alert, Case, CaseState, Staff, Timer, TimerKind
from bot.casework.moves import Change, Event, need, need_human, step
from bot.casework.record_types import SETTLED_REFERRALS, Referral, Task, TaskState


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


def request_closing(case: Case, actor: Staff, version: int, outcome: str, answer: str, tries: int, left: Open, now_ms: int) -> Change[Case]:
    """`answer`: what the person said to closing; without one, at least three documented tries to reach them."""
    need(bool(outcome), "outcome")
    need(_answered(answer, tries), "answer")
    _closable(case, left)
    return go(case, actor, version, CaseState.CLOSURE_REQUESTED, outcome=outcome, answer=answer, tries=tries, closing_by=actor.id)


def _answered(answer: str, tries: int) -> bool:
    return bool(answer) or tries >= len(clocks.NO_CONTACT)


def conditions(case: Case, tries: int, left: Open) -> dict[str, bool]:
    """The five conditions of closing and which of them are met, in the order of the checklist."""
    return {
        "outcome": bool(case.outcome),
        "answer": _answered(case.answer, tries or case.tries),
        "risk": _calm(case),
        "open work": left.nothing,
        "second person": case.state is CaseState.CLOSED,
    }


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
    need(_calm(case), "risk")
    need(left.nothing, "open work")


def _calm(case: Case) -> bool:
    return case.risk > HIGH + 1 or case.transferred


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
