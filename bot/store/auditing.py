"""Looking into the audit log: for auditors, what their centres did; and whether the chain holds.

Belongs here: reading it within reach. Does not: writing it (`audit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, or_, select

from bot.casework.model import Staff
from bot.casework.moves import need
from bot.casework.scope import Power, may
from bot.store.case_tables import case_file, centre, staff
from bot.store.tables import alert, audit

PAGE = 100


@dataclass(frozen=True, slots=True)
class Looked:
    """One entry. `subject`: a case or alert the auditor may open, else empty (`about`: which of the two)."""

    seq: int
    at_ms: int
    actor: str
    what: str
    about: str
    subject: str
    data: dict[str, Any]


def entries(connection: Connection, actor: Staff, before: int, who: str = "", what: str = "") -> list[Looked]:
    """The newest PAGE entries below `before` (0: from the end) of staff and matters within reach; at the top centre everything.

    `who`: id of a member of staff; `what`: a part of what was done."""
    need(may(actor, Power.AUDIT), "role")
    here = sorted(actor.reach)
    alerts = select(alert.c.uid).where(alert.c.centre.in_(here) | alert.c.upper.in_(here))
    cases = select(case_file.c.uid).where(case_file.c.centre.in_(here))
    query = select(audit)
    if set(connection.scalars(select(centre.c.id))) - actor.reach:
        mine = select("staff:" + staff.c.id).where(staff.c.centre.in_(here))
        query = query.where(or_(audit.c.actor.in_(mine), audit.c.subject.in_(alerts), audit.c.subject.in_(cases)))
    if before:
        query = query.where(audit.c.seq < before)
    if who:
        query = query.where(audit.c.actor == f"staff:{who}")
    if what:
        query = query.where(audit.c.what.contains(what, autoescape=True))
    rows = connection.execute(query.order_by(audit.c.seq.desc()).limit(PAGE)).all()
    subjects = {row.subject for row in rows}
    kinds = dict.fromkeys(connection.scalars(alerts.where(alert.c.uid.in_(subjects))), "alert")
    kinds |= dict.fromkeys(connection.scalars(cases.where(case_file.c.uid.in_(subjects))), "case")
    return [_looked(row, kinds.get(row.subject, "")) for row in rows]


def _looked(row: Any, about: str) -> Looked:
    data = orjson.loads(row.data)
    plain = {key: value for key, value in data.items() if about or isinstance(value, (int, bool))}
    return Looked(row.seq, row.at_ms, row.actor, row.what, about, row.subject if about else "", plain)
