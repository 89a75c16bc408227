"""What somebody was told of lately: referrals and transfers that arrived, cases given to them, tasks that fell due, broken glass.

Alerts are not among them: those stand in the queue. Belongs here: reading the pages that rang. Does not: ringing (`duty.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.casework import clocks, scope
from bot.casework.model import CLOCK, Staff
from bot.store.case_tables import case_record, page
from bot.store.casefiles import NotFound, Registry, load_case

_LATELY = 3 * clocks.DAY
_MOST = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """`place`: case | received. `number`: of the case, empty for what was received."""

    why: str
    about: str
    place: str
    number: str
    at_ms: int
    heard: bool


def lately(connection: Connection, registry: Registry, actor: Staff, now_ms: int) -> list[Notice]:
    """Newest first; of each thing and reason the newest only, and only what `actor` may open. Holds no text: leaves no audit line."""
    theirs = (page.c.staff == actor.id, page.c.why != "", page.c.at_ms > now_ms - _LATELY)
    rows = connection.execute(select(page).where(*theirs).order_by(page.c.id.desc()).limit(200))
    found: dict[tuple[str, str], Notice] = {}
    for row in rows:
        where = _where(connection, registry, actor, row.about, now_ms)
        if where is not None and len(found) < _MOST:
            found.setdefault((row.about, row.why), Notice(row.why, row.about, *where, row.at_ms, row.heard_ms > 0))
    return list(found.values())


def _where(connection: Connection, registry: Registry, actor: Staff, about: str, now_ms: int) -> tuple[str, str] | None:
    row = connection.execute(select(case_record.c.to_centre, case_record.c.case_uid).where(case_record.c.uid == about)).one_or_none()
    if row is not None:
        return ("received", "") if row.to_centre in actor.reach else None
    try:
        case = load_case(connection, registry, CLOCK, about, now_ms)
    except NotFound:
        return None
    return ("case", case.number) if scope.sees_case(actor, case, now_ms) else None
