"""The audit log: append-only, each entry chained to the one before by a keyed hash.

Belongs here: appending and checking. Does not: deciding what is worth an entry. Texts and names must not come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from bot.store.database import insert_new, is_postgres
from bot.store.sealing import Sealer
from bot.store.tables import audit, meta

_HEAD = "audit_head"
_START: dict[str, Any] = {"seq": 0, "hash": ""}


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor`: `system:<job>`, `chat` or `staff:<id>`. `subject`: what it is about (a chat hash, an alert id)."""

    actor: str
    what: str
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def append(connection: Connection, sealer: Sealer, entries: Sequence[Entry], now_ms: int) -> None:
    """Append `entries`. Locks the head of the chain until the transaction ends, so call it last."""
    if not entries:
        return
    head = _lock_head(connection)
    rows = []
    for entry in entries:
        row = _row(sealer, entry, head, now_ms)
        rows.append(row)
        head = {"seq": row["seq"], "hash": row["hash"]}
    connection.execute(insert(audit), rows)
    connection.execute(update(meta).where(meta.c.name == _HEAD).values(value=orjson.dumps(head)))


def _lock_head(connection: Connection) -> dict[str, Any]:
    query = select(meta.c.value).where(meta.c.name == _HEAD)
    locked = query.with_for_update() if is_postgres(connection) else query
    value = connection.scalar(locked)
    if value is None:
        insert_new(connection, meta, [{"name": _HEAD, "value": orjson.dumps(_START)}])
        value = connection.execute(locked).scalar_one()
    head: dict[str, Any] = orjson.loads(value)
    return head


def _row(sealer: Sealer, entry: Entry, head: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "seq": head["seq"] + 1,
        "at_ms": now_ms,
        "actor": entry.actor,
        "what": entry.what,
        "subject": entry.subject,
        "data": orjson.dumps(dict(entry.data), default=str).decode(),
    }
    row["hash"] = sealer.chain(head["hash"], orjson.dumps(row))
    row["before"] = head["hash"]
    return row


def first_broken(connection: Connection, sealer: Sealer) -> int | None:
    """Number of the first entry that was changed, moved or removed; None if the whole chain holds."""
    seq, before = 0, ""
    columns = (audit.c.seq, audit.c.at_ms, audit.c.actor, audit.c.what, audit.c.subject, audit.c.data)
    for row in connection.execute(select(*columns, audit.c.before, audit.c.hash).order_by(audit.c.seq)):
        covered = {name: row._mapping[name] for name in ("seq", "at_ms", "actor", "what", "subject", "data")}
        link = sealer.chain(before, orjson.dumps(covered))
        if row.seq != seq + 1 or row.before != before or row.hash != link:
            return seq + 1
        seq, before = row.seq, row.hash
    head = connection.scalar(select(meta.c.value).where(meta.c.name == _HEAD))
    expected = orjson.loads(head) if head else _START
    return None if expected == {"seq": seq, "hash": before} else seq + 1
