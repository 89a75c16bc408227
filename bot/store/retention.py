"""Retention: what has outlived its time goes, a little at a time, and the audit log says what went.

Belongs here: the rules and their run. Does not: their days (`bot/runtime.py`), erasing on request (`erasure.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, select, text, update

from bot.store import audit, erasure
from bot.store.data_tables import data_copy
from bot.store.database import is_postgres, upsert, write
from bot.store.media_tables import media, media_part
from bot.store.sealing import Sealer
from bot.store.staff_tables import attempt, link_code, parked_report, presence, staff_session
from bot.store.tables import InboxState, OutboxState, alert, conversation, inbox, lane, meta, outbox

_DAY_MS = 86_400_000
_SESSION_DAYS = 30
_LAST = "retention_day"


def run(engine: Engine, sealer: Sealer, texts_days: int, talks_days: int, now_ms: int) -> dict[str, int]:
    """Once a day, whoever comes first: everything that has had its time goes, in small transactions so that nobody waits long for a lock.

    Returns what went by table and writes it into the audit log, also when nothing went; empty if this day's run was done already."""
    if not _first_today(engine, now_ms):
        return {}
    done = expire(engine, now_ms - texts_days * _DAY_MS, now_ms - talks_days * _DAY_MS)
    done |= _finish_holds(engine, now_ms - texts_days * _DAY_MS) | _sweep_console(engine, now_ms, texts_days)
    counts = {name: count for name, count in done.items() if count}
    with write(engine) as connection:
        if counts:
            erasure.mark_to_purge(connection)
        audit.append(connection, sealer, [audit.Entry("system:retention", "retention", "", counts)], now_ms)
    return done


def _first_today(engine: Engine, now_ms: int) -> bool:
    """Whether nobody did it today; takes the day at once."""
    day = str(now_ms // _DAY_MS).encode()
    with write(engine) as connection:
        query = select(meta.c.value).where(meta.c.name == _LAST)
        last = connection.scalar(query.with_for_update() if is_postgres(connection) else query)
        if last is not None and bytes(last) >= day:
            return False
        upsert(connection, meta, "name", ("value",), [{"name": _LAST, "value": day}])
    return True


def last_day(connection: Connection) -> int:
    """The day (since 1970) of the last run; 0: never."""
    value = connection.scalar(select(meta.c.value).where(meta.c.name == _LAST))
    return int(bytes(value)) if value is not None else 0


def expire(engine: Engine, texts_before_ms: int, talks_before_ms: int, batch: int = 500) -> dict[str, int]:
    """Drop settled events and messages older than `texts_before_ms`, talks silent since `talks_before_ms` and everything that hangs on
    them, talks that were forgotten and held until a case was closed, and lanes left empty."""
    silent = and_(conversation.c.updated_ms < talks_before_ms, ~erasure.held())
    old = [
        (inbox, inbox.c.id, and_(inbox.c.received_ms < texts_before_ms, inbox.c.state == InboxState.DONE)),
        (outbox, outbox.c.id, and_(outbox.c.created_ms < texts_before_ms, outbox.c.state >= OutboxState.SENT)),
        (media, media.c.uid, media.c.at_ms < texts_before_ms),
        (conversation, conversation.c.chat, silent | and_(conversation.c.sealed.is_(None), ~erasure.held())),
        *((table, key, ~exists().where(conversation.c.chat == table.c.chat)) for table, key in erasure.OF_A_TALK),
        (lane, lane.c.chat, and_(*(~exists().where(table.c.chat == lane.c.chat) for table in (inbox, outbox, conversation)))),
    ]
    done: dict[str, int] = {}
    for table, key, condition in old:
        done[str(table.name)] = done.get(str(table.name), 0) + _drop(engine, table, key, condition, batch)
    return done


def _drop(engine: Engine, table: Table, key: ColumnElement[Any], condition: ColumnElement[bool], batch: int) -> int:
    total = 0
    while True:
        with write(engine) as connection:
            chosen = select(key).where(condition).limit(batch)
            if is_postgres(connection):
                chosen = chosen.with_for_update(skip_locked=True)
            keys = connection.scalars(chosen).all()
            connection.execute(delete(table).where(key.in_(keys)))
        total += len(keys)
        if len(keys) < batch:
            return total


def _finish_holds(engine: Engine, texts_before_ms: int) -> dict[str, int]:
    """Texts of alerts that are over: after the time of all texts, at once where the message was taken back."""
    due = (alert.c.message_key == erasure.TAKEN_BACK) | and_(alert.c.closed_ms > 0, alert.c.closed_ms < texts_before_ms)
    with write(engine) as connection:
        erasure.drop_contacts(connection, and_(erasure.over(), due))
        blank = update(alert).where(erasure.over(), due, alert.c.sealed.is_not(None)).values(sealed=None, chat="", message_key=None)
        return {"alert texts": connection.execute(blank).rowcount}


def _sweep_console(engine: Engine, now_ms: int, texts_days: int) -> dict[str, int]:
    """Links, sessions, attempts and presence that are over; parked reports after the time of all texts."""
    old = (
        (data_copy, data_copy.c.until_ms < now_ms),
        (staff_session, staff_session.c.seen_ms < now_ms - _SESSION_DAYS * _DAY_MS),
        (link_code, link_code.c.until_ms < now_ms),
        (attempt, attempt.c.until_ms < now_ms - _DAY_MS),
        (presence, presence.c.at_ms < now_ms - _DAY_MS),
        (parked_report, parked_report.c.at_ms < now_ms - texts_days * _DAY_MS),
    )
    with write(engine) as connection:
        return {str(table.name): connection.execute(delete(table).where(condition)).rowcount for table, condition in old}


def purge(engine: Engine) -> bool:
    """After an erasure: nothing of it stays beneath the rows either. SQLite overwrites what it deletes (`secure_delete`) and the
    write-ahead log is emptied here; PostgreSQL frees dead rows. Returns whether there was something to do."""
    with write(engine) as connection:
        if not erasure.take_purge_mark(connection):
            return False
    if engine.dialect.name == "sqlite":
        return _empty_wal(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in (inbox, outbox, conversation, alert, media_part, *(table for table, _ in erasure.OF_A_TALK)):
            connection.execute(text(f'VACUUM "{table.name}"'))
    return True


def _empty_wal(engine: Engine) -> bool:
    raw = engine.raw_connection()
    try:
        busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.close()
    if busy:  # somebody was reading: next time
        with write(engine) as connection:
            erasure.mark_to_purge(connection)
    return not busy
