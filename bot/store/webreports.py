"""Reports from the public form that look like spam: sealed and parked for a human, never lost.

Belongs here: these rows. Does not: what counts as spam (`bot/console/views_report.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from bot.casework.model import Staff
from bot.casework.moves import Event
from bot.store.casefiles import NotFound, Registry, tell
from bot.store.staff_tables import parked_report

PLACE = "parked_report.sealed"


@dataclass(frozen=True, slots=True)
class Parked:
    uid: str
    at_ms: int
    why: str
    text: str


def park(connection: Connection, registry: Registry, actor: Staff, text: str, why: str, now_ms: int) -> None:
    uid = registry.uid()
    sealed = registry.sealer.seal(PLACE, uid, text.encode("utf-8", "surrogatepass"))
    connection.execute(insert(parked_report).values(uid=uid, at_ms=now_ms, why=why, sealed=sealed))
    tell(connection, registry, actor, uid, (Event("report parked", {"why": why}),), now_ms)


def parked(connection: Connection, registry: Registry, limit: int = 200) -> list[Parked]:
    """Newest first."""
    rows = connection.execute(select(parked_report).order_by(parked_report.c.at_ms.desc()).limit(limit))
    return [Parked(row.uid, row.at_ms, row.why, _text(registry, row.uid, row.sealed)) for row in rows]


def unpark(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> str:
    """Take one out; returns its text. Raises NotFound."""
    row = connection.execute(select(parked_report).where(parked_report.c.uid == uid)).one_or_none()
    if row is None:
        raise NotFound(uid)
    connection.execute(delete(parked_report).where(parked_report.c.uid == uid))
    tell(connection, registry, actor, uid, (Event("report looked at"),), now_ms)
    return _text(registry, uid, row.sealed)


def _text(registry: Registry, uid: str, sealed: bytes) -> str:
    return registry.sealer.open(PLACE, uid, sealed).decode("utf-8", "surrogatepass")
