"""The inbox: every webhook event, sealed, until its turn has run and its retention ends.

Belongs here: taking events in, claiming lanes, marking. Does not: reading LINE's JSON, running turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal_column, select, text, update

from bot.store.prepared import INSERTS, Prepared, among, listed
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import InboxState, inbox, lane, literal

PLACE = "inbox.sealed"
#: The claim looks at this many times more events than lanes wanted: others may hold the first ones.
_LOOK_AHEAD = 4

_COLUMNS = ("event_id", "chat", "message_key", "state", "at_ms", "received_ms", "tries", "sealed")

_INSERT = Prepared(lambda dialect: INSERTS[dialect](inbox).on_conflict_do_nothing(), _COLUMNS)
_INSERT_LANE = Prepared(lambda dialect: INSERTS[dialect](lane).on_conflict_do_nothing(), ("chat",))
_MARK = Prepared(
    lambda dialect: (
        update(inbox).where(inbox.c.id == bindparam("row")).values(state=bindparam("to"), tries=inbox.c.tries + literal_column("1"))
    )
)


def _lanes(dialect: str) -> Select[tuple[str]]:
    oldest = (
        select(inbox.c.chat).where(inbox.c.state == literal(InboxState.PENDING)).order_by(inbox.c.id).limit(bindparam("look")).subquery()
    )
    query = select(lane.c.chat).where(lane.c.chat.in_(select(oldest.c.chat))).limit(bindparam("lanes"))
    return query.with_for_update(skip_locked=True) if dialect == "postgresql" else query


def _events(dialect: str) -> Select[Any]:
    columns = (inbox.c.id, inbox.c.event_id, inbox.c.chat, inbox.c.at_ms, inbox.c.received_ms, inbox.c.sealed)
    query = select(*columns).where(among(inbox.c.chat, "chats", dialect), inbox.c.state == literal(InboxState.PENDING))
    return query.order_by(inbox.c.chat, inbox.c.at_ms, inbox.c.id)


_LANES = Prepared(_lanes)
_EVENTS = Prepared(_events)


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
    _INSERT_LANE.many(connection, [{"chat": chat} for chat in chats])
    _INSERT.many(connection, [_row(sealer, event) for event in sorted(events, key=lambda e: e.event_id)])


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
    chats = [chat for (chat,) in _LANES.rows(connection, {"look": lanes * _LOOK_AHEAD, "lanes": lanes})]
    by_chat: dict[str, list[Pending]] = {}
    if not chats:
        return by_chat
    for id_, event_id, chat, at_ms, received_ms, sealed in _EVENTS.rows(connection, {"chats": listed(connection, chats)}):
        raw = _open(sealer, event_id, sealed)
        by_chat.setdefault(chat, []).append(Pending(id_, event_id, chat, at_ms, received_ms, raw))
    return by_chat


def _open(sealer: Sealer, event_id: str, sealed: bytes) -> bytes | None:
    try:
        return sealer.open(PLACE, event_id, sealed) if sealed else b""
    except CannotOpen:
        return None


def mark(connection: Connection, rows: Iterable[tuple[int, InboxState]]) -> None:
    _MARK.many(connection, [{"row": id_, "to": int(state)} for id_, state in rows])


def set_aside(connection: Connection, ids: Sequence[int], chat: str) -> None:
    """Blank events that were no words of a citizen, under the name `chat`: they belong to no talk and stay only not to happen twice."""
    connection.execute(update(inbox).where(inbox.c.id.in_(ids)).values(chat=chat, sealed=b"", message_key=None))


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
    """Wake the workers of other processes once this transaction is committed. `channel` empty: there are none (SQLite)."""
    if channel:
        connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})
