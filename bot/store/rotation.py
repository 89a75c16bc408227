"""Key rotation: sealing again what an older key sealed, a little at a time, while the bot runs.

Belongs here: which columns are sealed, and walking through them. Does not: making keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Engine, Table, and_, func, select, update

from bot.store import alerts, casefiles, conversations, duty, exports, glass, inbox, linelinks, media, outbox, outcomes, webreports
from bot.store import staff as logins
from bot.store.case_tables import access_grant, case_file, case_record, staff
from bot.store.data_tables import export
from bot.store.database import write
from bot.store.media_tables import media as media_table
from bot.store.media_tables import media_part
from bot.store.nudge_tables import outcome
from bot.store.sealing import Sealer
from bot.store.staff_tables import line_link, parked_report, staff_login
from bot.store.tables import alert, conversation
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table


@dataclass(frozen=True, slots=True)
class _Sealed:
    table: Table
    row: str  # the column whose value the seal is bound to
    column: str
    place: str


_COLUMNS = (
    _Sealed(inbox_table, "event_id", "sealed", inbox.PLACE),
    _Sealed(outbox_table, "uid", "sealed", outbox.PLACE),
    _Sealed(conversation, "chat", "sealed", conversations.STATE),
    _Sealed(conversation, "chat", "address_sealed", conversations.ADDRESS),
    _Sealed(alert, "uid", "sealed", alerts.TEXT),
    _Sealed(outcome, "uid", "sealed", outcomes.REASON),
    _Sealed(case_file, "uid", "sealed", casefiles.CASE),
    _Sealed(case_record, "uid", "sealed", casefiles.RECORD),
    _Sealed(staff, "id", "sealed", duty.NAME),
    _Sealed(access_grant, "uid", "sealed", glass.REASON),
    _Sealed(media_table, "uid", "sealed", media.PLACE),
    _Sealed(media_part, "id", "sealed", media.PART),
    _Sealed(staff_login, "staff", "totp_sealed", logins.TOTP),
    _Sealed(parked_report, "uid", "sealed", webreports.PLACE),
    _Sealed(export, "uid", "sealed", exports.PLACE),
    _Sealed(line_link, "chat", "address_sealed", linelinks.ADDRESS),
)


def reseal(engine: Engine, sealer: Sealer, batch: int = 500) -> int:
    """Seal up to `batch` values of each column with the first key; returns how many were not yet. 0: older keys can go."""
    return sum(_reseal(engine, sealer, one, batch) for one in _COLUMNS)


def _reseal(engine: Engine, sealer: Sealer, one: _Sealed, batch: int) -> int:
    row: Column[str] = one.table.c[one.row]
    value: Column[bytes] = one.table.c[one.column]
    head = func.substr(value, 1, len(sealer.head))
    query = select(row, value).where(and_(value.is_not(None), value != b"", head != sealer.head)).limit(batch)
    with write(engine) as connection:
        found = connection.execute(query.with_for_update()).all()
        for id_, sealed in found:
            again = sealer.seal(one.place, id_, sealer.open(one.place, id_, sealed))
            connection.execute(update(one.table).where(row == id_, value == sealed).values({one.column: again}))
        return len(found)
