"""Conversations: the opaque state of each talk and where it can be written to.

Belongs here: loading and saving in batches. Does not: what the state means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from bot.conversation.state import load as read_state
from bot.store.prepared import INSERTS, Prepared, among, listed
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import conversation

STATE = "conversation.sealed"
ADDRESS = "conversation.address_sealed"

_CHANGES = ("sealed", "reachable", "updated_ms")


def _save(dialect: str) -> Any:
    statement = INSERTS[dialect](conversation)
    return statement.on_conflict_do_update(index_elements=["chat"], set_={name: statement.excluded[name] for name in _CHANGES})


_LOAD = Prepared(lambda dialect: select(conversation.c.chat, conversation.c.sealed).where(among(conversation.c.chat, "chats", dialect)))
_SAVE = Prepared(_save, ("chat", "source", "address_sealed", *_CHANGES))


@dataclass(frozen=True, slots=True)
class Saved:
    chat: str
    source: str
    to: str  # the LINE id
    state: bytes | None
    reachable: bool = True


def load(connection: Connection, sealer: Sealer, chats: Sequence[str]) -> dict[str, bytes]:
    """State by chat; chats without one, or whose key is gone, are left out."""
    states = {}
    for chat, sealed in _LOAD.rows(connection, {"chats": listed(connection, chats)}):
        if sealed is not None:
            try:
                states[chat] = sealer.open(STATE, chat, sealed)
            except CannotOpen:
                continue
    return states


def save(connection: Connection, sealer: Sealer, rows: Iterable[Saved], now_ms: int) -> None:
    """Insert or replace; the address is written once and stays."""
    _SAVE.many(connection, [_row(sealer, row, now_ms) for row in rows])


def _row(sealer: Sealer, row: Saved, now_ms: int) -> dict[str, Any]:
    return {
        "chat": row.chat,
        "source": row.source,
        "address_sealed": sealer.seal(ADDRESS, row.chat, row.to.encode()),
        "sealed": None if row.state is None else sealer.seal(STATE, row.chat, row.state),
        "reachable": row.reachable,
        "updated_ms": now_ms,
    }


def language(connection: Connection, sealer: Sealer, chat: str) -> str:
    """The language the talk is in; Thai where nothing is known."""
    state = load(connection, sealer, [chat]).get(chat)
    return read_state(state).language if state else "th"


def address(connection: Connection, sealer: Sealer, chat: str) -> str | None:
    """The LINE id to push to; None if the chat is unknown or blocked the bot."""
    row = connection.execute(
        select(conversation.c.address_sealed, conversation.c.reachable).where(conversation.c.chat == chat)
    ).one_or_none()
    return sealer.open(ADDRESS, chat, row.address_sealed).decode() if row is not None and row.reachable else None
