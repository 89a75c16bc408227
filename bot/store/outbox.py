"""The outbox: every call to LINE that a turn asked for, sealed, with what became of it.

A row made for a free chat is born SENDING: its worker sends it right after the commit. If that worker dies, the lease ends and the row
comes back in doubt, because the call may have gone out.
Belongs here: claiming in order, settling, recovery. Does not: HTTP, choosing between reply and push.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, LargeBinary, and_, bindparam, case, exists, func, insert, literal_column, or_, select, update

from bot.store.database import is_postgres
from bot.store.prepared import Prepared, among, listed
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import OutboxState, literal, outbox

PLACE = "outbox.sealed"
#: Longer than a call can take, shorter than a reply token lives.
LEASE_MS = 20_000

_NEW = (
    *("uid", "chat", "state", "urgent", "forget", "doubt", "tries", "due_ms", "lease_ms", "worker"),
    *("token_until_ms", "until_ms", "created_ms", "settled_ms", "status", "request_id", "sealed"),
)
_OPENED = ("id", "uid", "chat", "urgent", "doubt", "tries", "token_until_ms", "created_ms", "until_ms", "sealed")


def _settle_statement() -> Any:
    blank = and_(outbox.c.forget, bindparam("to") >= literal(OutboxState.SENT))
    return (
        update(outbox)
        .where(outbox.c.uid == bindparam("of"))
        .values(
            state=bindparam("to"),
            doubt=bindparam("in_doubt"),
            tries=bindparam("tried"),
            due_ms=bindparam("due"),
            token_until_ms=bindparam("token_until"),
            settled_ms=bindparam("at"),
            status=bindparam("http"),
            request_id=bindparam("request"),
            worker=literal_column("''"),
            sealed=case((blank, bindparam("blank", type_=LargeBinary)), else_=outbox.c.sealed),
        )
    )


def _busy(dialect: str) -> Any:
    return select(outbox.c.chat, outbox.c.urgent).where(among(outbox.c.chat, "chats", dialect), outbox.c.state < literal(OutboxState.SENT))


_INSERT = Prepared(lambda dialect: insert(outbox).inline(), _NEW)
_BUSY = Prepared(_busy)
_SETTLE = Prepared(lambda dialect: _settle_statement())


@dataclass(frozen=True, slots=True)
class Call:
    """What to send: `messages` is the JSON list of LINE message objects; `to` a LINE id; `token` a reply token or empty."""

    uid: str
    chat: str
    to: str
    token: str
    messages: bytes
    urgent: bool
    doubt: bool
    tries: int
    token_until_ms: int
    created_ms: int
    until_ms: int = 0  # not to be sent after this; 0: however late


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one attempt. WAITING: try again at `due_ms`."""

    uid: str
    state: OutboxState
    at_ms: int
    doubt: bool = False
    tries: int = 0
    due_ms: int = 0
    token_until_ms: int = 0
    status: int = 0
    request_id: str = ""


def busy_chats(connection: Connection, chats: Sequence[str]) -> tuple[set[str], set[str]]:
    """Chats with something open: (an urgent message, any message)."""
    rows = _BUSY.rows(connection, {"chats": listed(connection, chats)}) if chats else []
    return {chat for chat, urgent in rows if urgent}, {chat for chat, _ in rows}


def add(
    connection: Connection,
    sealer: Sealer,
    calls: Iterable[tuple[Call, bool]],
    worker: str,
    now_ms: int,
    forget: frozenset[str] = frozenset(),
) -> None:
    """Insert calls, in order; those marked True are born SENDING, claimed by `worker`. `forget`: chats to blank once settled."""
    rows = [_row(sealer, call, worker if claimed else "", now_ms, call.chat in forget) for call, claimed in calls]
    _INSERT.many(connection, rows)


def _row(sealer: Sealer, call: Call, worker: str, now_ms: int, forget: bool) -> dict[str, Any]:
    sealed = orjson.dumps([call.to, call.token, call.messages.decode()])
    return {
        "uid": call.uid,
        "chat": call.chat,
        "state": int(OutboxState.SENDING if worker else OutboxState.WAITING),
        "urgent": call.urgent,
        "forget": forget,
        "doubt": False,
        "tries": 0,
        "due_ms": now_ms,
        "lease_ms": now_ms + LEASE_MS if worker else 0,
        "worker": worker,
        "token_until_ms": call.token_until_ms,
        "until_ms": call.until_ms,
        "created_ms": now_ms,
        "settled_ms": 0,
        "status": 0,
        "request_id": "",
        "sealed": sealer.seal(PLACE, call.uid, sealed),
    }


def _due(urgent: bool) -> Any:
    before = outbox.alias("before")
    ahead = exists().where(before.c.chat == outbox.c.chat, before.c.id < outbox.c.id, before.c.state < literal(OutboxState.SENT))
    if urgent:
        ahead = ahead.where(before.c.urgent)  # danger waits for danger only
    due = and_(outbox.c.state == literal(OutboxState.WAITING), outbox.c.due_ms <= bindparam("now"), outbox.c.urgent == urgent)
    due = and_(due, or_(outbox.c.until_ms == 0, outbox.c.until_ms > bindparam("now")))
    columns = [outbox.c[name] for name in _OPENED]
    return select(*columns).where(due, ~ahead).order_by(outbox.c.due_ms, outbox.c.id).limit(bindparam("slots"))


_DUE = {urgent: _due(urgent) for urgent in (True, False)}
_DUE_LOCKED = {urgent: query.with_for_update(skip_locked=True) for urgent, query in _DUE.items()}
_TAKE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(state=int(OutboxState.SENDING), worker=bindparam("by"), lease_ms=bindparam("until"))
)

_ANY_WAITING = select(outbox.c.id).where(outbox.c.state == literal(OutboxState.WAITING)).limit(1)


def claim(connection: Connection, sealer: Sealer, worker: str, now_ms: int, slots: int, urgent: bool) -> list[Call]:
    """Up to `slots` due calls whose chat has nothing ahead of them, now SENDING by `worker`. A row that cannot be opened is FAILED."""
    if slots <= 0:
        return []
    queries = _DUE_LOCKED if is_postgres(connection) else _DUE
    rows = connection.execute(queries[urgent], {"now": now_ms, "slots": slots}).all()
    if rows:
        connection.execute(_TAKE, [{"row": row.id, "by": worker, "until": now_ms + LEASE_MS} for row in rows])
    calls = [_open(sealer, row) for row in rows]
    settle(connection, [Settled(row.uid, OutboxState.FAILED, now_ms) for row, call in zip(rows, calls, strict=True) if call is None])
    return [call for call in calls if call is not None]


def _open(sealer: Sealer, row: Any) -> Call | None:
    try:
        to, token, messages = orjson.loads(sealer.open(PLACE, row.uid, row.sealed))
    except CannotOpen:
        return None
    times = (row.token_until_ms, row.created_ms, row.until_ms)
    return Call(row.uid, row.chat, to, token, messages.encode(), row.urgent, row.doubt, row.tries, *times)


def settle(connection: Connection, settled: Iterable[Settled]) -> None:
    _SETTLE.many(connection, [_settlement(one) for one in settled])


def _settlement(one: Settled) -> dict[str, Any]:
    return {
        "of": one.uid,
        "to": int(one.state),
        "in_doubt": one.doubt,
        "tried": one.tries,
        "due": one.due_ms,
        "token_until": one.token_until_ms,
        "at": one.at_ms,
        "http": one.status,
        "request": one.request_id,
        "blank": b"",
    }


def recover(connection: Connection, now_ms: int, alone: bool = False) -> int:
    """Give back claims whose worker is gone (lease over; all of them if this process is `alone`), perhaps in doubt. Returns how many."""
    claimed = outbox.c.state == literal(OutboxState.SENDING)
    gone = claimed if alone else and_(claimed, outbox.c.lease_ms < now_ms)
    # Claimed while its token was good: it went, or was to go, as a reply. A push can be repeated without doubt.
    doubt = or_(outbox.c.doubt, outbox.c.token_until_ms > outbox.c.lease_ms - LEASE_MS)
    back = (
        update(outbox).where(gone).values(state=int(OutboxState.WAITING), worker="", doubt=doubt, tries=outbox.c.tries + 1, due_ms=now_ms)
    )
    return connection.execute(back).rowcount


def drop_late(connection: Connection, now_ms: int, chat: str | None = None) -> None:
    """Give up waiting calls whose time is over; with `chat`, all of that chat that have a time. What may have arrived is never repeated."""
    timed = and_(outbox.c.state == literal(OutboxState.WAITING), outbox.c.until_ms > 0)
    gone = and_(timed, outbox.c.until_ms <= now_ms) if chat is None else and_(timed, outbox.c.chat == chat)
    state = case((outbox.c.tries > 0, int(OutboxState.UNCERTAIN)), else_=int(OutboxState.DROPPED))
    connection.execute(update(outbox).where(gone).values(state=state, settled_ms=now_ms))


def any_waiting(connection: Connection) -> bool:
    return connection.scalar(_ANY_WAITING) is not None


def open_count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.state < literal(OutboxState.SENT))) or 0
