"""Notes of colleagues on an alert, from before there is a case. A case shows those of its alerts.

Belongs here: writing and reading them through the scoped alert. Does not: notes of a case (`casework.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, insert, select

from bot.casework import scope
from bot.casework.model import Alert, Staff
from bot.casework.moves import Event, need
from bot.casework.record_types import Note
from bot.store.case_tables import case_record
from bot.store.casefiles import RECORD, Registry, load_alert, open_record, tell

_KIND = "alert_note"


def add_alert_note(
    connection: Connection, registry: Registry, actor: Staff, uid: str, text: str, now_ms: int, of: Event | None = None
) -> None:
    """For colleagues; it is never sent. `of`: the audit line it gives the reason for (already told). Raises NotFound, Refused."""
    need(scope.may(actor, scope.Power.WORK) and bool(text.strip()), "text")
    load_alert(connection, actor, uid)
    note = Note(registry.uid(), actor.id, now_ms, text, of.what if of else "")
    connection.execute(
        insert(case_record).values(
            uid=note.uid,
            case_uid=uid,
            kind=_KIND,
            state="",
            to_centre="",
            at_ms=now_ms,
            due_ms=0,
            settled_ms=0,
            version=1,
            sealed=_sealed(registry, note),
        )
    )
    tell(connection, registry, actor, uid, () if of else (Event("note written"),), now_ms, note.uid)


def _sealed(registry: Registry, note: Note) -> bytes:
    return registry.sealer.seal(RECORD, note.uid, orjson.dumps(note))


def notes_of(connection: Connection, registry: Registry, seen: Sequence[Alert]) -> list[Note]:
    """Notes on alerts that the caller was allowed to load, oldest first."""
    query = select(case_record.c.uid, case_record.c.sealed).where(
        case_record.c.case_uid.in_([one.uid for one in seen]), case_record.c.kind == _KIND
    )
    return [open_record(registry, Note, row) for row in connection.execute(query.order_by(case_record.c.at_ms, case_record.c.uid))]
