"""The way of one matter as the 1300 centre reports it: intake → screening → referral → follow-up → report.

Belongs here: how far something came and when. Does not: figures over many (`reports.py`), drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.casework.model import UNTAKEN, Alert, AlertState, Case, CaseState
from bot.casework.record_types import Assessment, Referral, Task, TaskState

STEPS = ("intake", "screening", "referral", "follow_up", "report")
_SCREENED = frozenset(CaseState) - {CaseState.INTAKE, CaseState.REOPENED}


@dataclass(frozen=True, slots=True)
class Link:
    """`at_ms`: when it was reached; 0: when is not known, or it was not. `state`: done | now | ahead | skipped (not needed)."""

    step: str
    state: str
    at_ms: int = 0


def of_alert(alert: Alert) -> str:
    """The furthest step of an alert without a case."""
    if alert.state in UNTAKEN:
        return "intake"
    return "report" if alert.state is AlertState.RESOLVED else "screening"


def of_case(case: Case, referrals: Sequence[Referral], tasks: Sequence[Task]) -> str:
    """The furthest step of a case."""
    done = {link.step for link in links(case, (), (), referrals, tasks) if link.state == "done"}
    return next(step for step in reversed(STEPS) if step in done)


def links(
    case: Case, alerts: Sequence[Alert], assessments: Sequence[Assessment], referrals: Sequence[Referral], tasks: Sequence[Task]
) -> tuple[Link, ...]:
    """The five steps of a case, in order. A step that was passed over is `skipped`."""
    sent = [one.sent_ms for one in referrals if one.sent_ms]
    followed = [one.done_ms for one in tasks if one.kind == "follow_up" and one.state is TaskState.DONE]
    screened = case.state in _SCREENED or bool(assessments) or case.reopened > 0
    first = min([alert.raised_ms for alert in alerts], default=case.opened_ms)
    at = {
        "intake": (True, first),
        "screening": (screened, min((one.at_ms for one in assessments), default=0)),
        "referral": (bool(sent), min(sent, default=0)),
        "follow_up": (bool(followed), min(followed, default=0)),
        "report": (case.state is CaseState.CLOSED, case.closed_ms),
    }
    last = max(n for n, step in enumerate(STEPS) if at[step][0])
    return tuple(Link(step, _state(n, last, at[step][0]), at[step][1]) for n, step in enumerate(STEPS))


def _state(place: int, last: int, done: bool) -> str:
    if done:
        return "done"
    return "skipped" if place < last else "now" if place == last + 1 else "ahead"
