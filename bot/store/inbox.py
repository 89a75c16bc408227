"""The inbox: every webhook event, sealed, until its turn has run and its retention ends.

Belongs here: taking events in, claiming lanes, marking. Does not: reading LINE's JSON, running turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update

from bot.store.database import insert_new, is_postgres
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import InboxState, inbox, lane, literal

PLACE = "inbox.sealed"
#: The claim looks at this many times more events than lanes wanted: others may hold the first ones.
_LOOK_AHEAD = 4

_PENDING = select(inbox.c.chat).where(inbox.c.state == literal(InboxState.PENDING)).order_by(inbox.c.id).limit(bindparam("look")).subquery()
_LANES = select(lane.c.chat).where(lane.c.chat.in_(select(_PENDING.c.chat))).limit(bindparam("lanes"))
_LOCKED_LANES = _LANES.with_for_update(skip_locked=True)
_EVENTS = (
    select(inbox.c.id, inbox.c.event_id, inbox.c.chat, inbox.c.at_ms, inbox.c.received_ms, inbox.c.sealed)
    .where(inbox.c.chat.in_(bindparam("chats", expanding=True)), inbox.c.state == literal(InboxState.PENDING))
    .order_by(inbox.c.chat, inbox.c.at_ms, inbox.c.id)
)
_MARK = update(inbox).where(inbox.c.id == bindparam("row")).values(state=bindparam("to"), tries=inbox.c.tries + 1)


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event to take in. `raw`: the event object as LINE sent it, JSON."""

    event_id: str
    chat: str
    at_ms: int
    received_ms: int
    raw: bytes
    message_key: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    id: int
    event_id: str
    chat: str
    at_ms: int
    received_ms: int
    raw: bytes | None  # None: it cannot be opened (its key is gone); empty: it was taken back


def take_in(connection: Connection, sealer: Sealer, events: Sequence[Arrived]) -> None:
    """Insert events that are not known yet, and the lanes of their chats."""
    chats = sorted({event.chat for event in events})  # one order everywhere: no deadlock between workers
    insert_new(connection, lane, [{"chat": chat} for chat in chats])
    insert_new(connection, inbox, [_row(sealer, event) for event in sorted(events, key=lambda e: e.event_id)])


def _row(sealer: Sealer, event: Arrived) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "chat": event.chat,
        "message_key": event.message_key,
        "state": int(InboxState.PENDING),
        "at_ms": event.at_ms,
        "received_ms": event.received_ms,
        "tries": 0,
        "sealed": sealer.seal(PLACE, event.event_id, event.raw),
    }


def claim(connection: Connection, sealer: Sealer, lanes: int) -> dict[str, list[Pending]]:
    """Pending events of up to `lanes` chats by time, locked until the transaction ends; a worker that dies gives them back by dying."""
    query = _LOCKED_LANES if is_postgres(connection) else _LANES
    chats = connection.scalars(query, {"look": lanes * _LOOK_AHEAD, "lanes": lanes}).all()
    by_chat: dict[str, list[Pending]] = {}
    if not chats:
        return by_chat
    for id_, event_id, chat, at_ms, received_ms, sealed in connection.execute(_EVENTS, {"chats": chats}):
        raw = _open(sealer, event_id, sealed)
        by_chat.setdefault(chat, []).append(Pending(id_, event_id, chat, at_ms, received_ms, raw))
    return by_chat


def _open(sealer: Sealer, event_id: str, sealed: bytes) -> bytes | None:
    try:
        return sealer.open(PLACE, event_id, sealed) if sealed else b""
    except CannotOpen:
        return None


def mark(connection: Connection, rows: Iterable[tuple[int, InboxState]]) -> None:
    parameters = [{"row": id_, "to": int(state)} for id_, state in rows]
    if parameters:
        connection.execute(_MARK, parameters)


def retry_failed(connection: Connection) -> int:
    """Give every failed event another turn (an admin mended what broke them). Returns how many."""
    again = update(inbox).where(inbox.c.state == InboxState.FAILED).values(state=int(InboxState.PENDING))
    return connection.execute(again).rowcount


def backlog(connection: Connection) -> tuple[int, int]:
    """Events without a turn: how many, and when the oldest was received (ms; 0 if none)."""
    query = select(func.count(), func.min(inbox.c.received_ms)).where(inbox.c.state == literal(InboxState.PENDING))
    count, oldest = connection.execute(query).one()
    return count, oldest or 0


def count_failed(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.state == InboxState.FAILED)) or 0


def announce(connection: Connection, channel: str) -> None:
    """Wake the workers of other processes once this transaction is committed (PostgreSQL; elsewhere there are none)."""
    if is_postgres(connection):
        connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})
