"""What a supervisor must see at a glance: whatever is overdue or soon due in the cases of the centre, whichever clock it is.

Belongs here: gathering it. Does not: the queue of alerts (`casework.py`), figures over time (`casereports.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.casework import clocks
from bot.casework.model import LEGAL, Case, TimerKind
from bot.casework.record_types import Referral, ReferralState, Task, TaskState
from bot.store.case_tables import case_record, timer
from bot.store.casefiles import Registry, open_record

SOON = clocks.DAY
#: Legal marks are told this long before.
SOON_LEGAL = 7 * clocks.DAY
_WAITING = (ReferralState.SENT, ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.STALLED, ReferralState.ESCALATED)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One thing of one case. `what`: a clock (TimerKind), a kind of task, or `referral_…` with its state. `due_ms`: 0: it is stuck."""

    case: Case
    what: str
    due_ms: int
    owner: str


def overdue(connection: Connection, registry: Registry, cases: Mapping[str, Case], now_ms: int) -> list[Due]:
    """Tasks past their day (every clock of a case that fires leaves one) and stuck referrals; by risk, then longest overdue first."""
    found = []
    for row in _records(connection, cases):
        case = cases[row.case_uid]
        if row.kind == "task":
            task = open_record(registry, Task, row)
            if task.state is TaskState.OPEN and task.due_ms < now_ms:
                found.append(Due(case, _name(task), task.due_ms, task.owner or case.owner))
        else:
            referral = open_record(registry, Referral, row)
            if referral.state in (ReferralState.STALLED, ReferralState.ESCALATED):
                found.append(Due(case, f"referral_{referral.state.value}", 0, case.owner))
    return sorted(found, key=lambda one: (one.case.risk, one.due_ms, one.case.uid))


def _records(connection: Connection, cases: Mapping[str, Case]) -> Iterator[Row[tuple[Any, ...]]]:
    uids = sorted(cases)
    states = [TaskState.OPEN.value, *(state.value for state in _WAITING)]
    for at in range(0, len(uids), _BATCH):
        mine = (case_record.c.case_uid.in_(uids[at : at + _BATCH]), case_record.c.kind.in_(["task", "referral"]))
        yield from connection.execute(select(case_record).where(*mine, case_record.c.state.in_(states)))


def _name(task: Task) -> str:
    """The clock that left the task, else its kind; never what staff wrote."""
    return task.what if task.what in {kind.value for kind in TimerKind} else task.kind


def coming(connection: Connection, cases: Mapping[str, Case], now_ms: int) -> list[Due]:
    """Clocks of cases that go off within a day, legal ones within a week; soonest first."""
    uids, found = sorted(cases), []
    for at in range(0, len(uids), _BATCH):
        query = select(timer).where(
            timer.c.case_uid.in_(uids[at : at + _BATCH]), timer.c.settled_ms == 0, timer.c.due_ms <= now_ms + SOON_LEGAL
        )
        for row in connection.execute(query):
            if row.due_ms <= now_ms + SOON or TimerKind(row.kind) in LEGAL:
                found.append(Due(cases[row.case_uid], row.kind, row.due_ms, cases[row.case_uid].owner))
    return sorted(found, key=lambda one: (one.due_ms, one.case.risk, one.case.uid))
