"""What was said in a chat, both ways, opened for reading.

Belongs here: reading back. Does not: who may read it (`bot/casework`, `bot/console`); callers write the audit entry of the reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, select

from bot.store import consents, inbox, media, outbox
from bot.store.media import Item
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import OutboxState
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table


@dataclass(frozen=True, slots=True)
class Line:
    """`content`: the webhook event, or LINE message objects; None if it was erased or taken back. `state` and `uid`: of an outgoing
    message. `media`: what came with the message."""

    at_ms: int
    direction: Literal["in", "out"]
    content: Any
    state: OutboxState | None = None
    media: Item | None = None
    uid: str = ""


def read_chat(connection: Connection, sealer: Sealer, chat: str, limit: int = 200) -> list[Line]:
    """What staff may read of it: the last `limit` lines in each direction, oldest first (`consents.readable_since`)."""
    return _read(connection, sealer, chat, limit, consents.readable_since(connection, chat))


def read_own(connection: Connection, sealer: Sealer, chat: str, limit: int = 2_000) -> list[Line]:
    """For the person: as `read_chat`, from the beginning."""
    return _read(connection, sealer, chat, limit, 0)


def _read(connection: Connection, sealer: Sealer, chat: str, limit: int, since_ms: int) -> list[Line]:
    came = select(inbox_table.c.event_id, inbox_table.c.at_ms, inbox_table.c.sealed).where(
        inbox_table.c.chat == chat, inbox_table.c.at_ms >= since_ms
    )
    went = select(outbox_table.c.uid, outbox_table.c.created_ms, outbox_table.c.state, outbox_table.c.sealed).where(
        outbox_table.c.chat == chat, outbox_table.c.created_ms >= since_ms
    )
    sent = media.of_chat(connection, sealer, chat, since_ms)
    rows = connection.execute(came.order_by(inbox_table.c.at_ms.desc()).limit(limit))
    events = ((row.at_ms, _opened(sealer, inbox.PLACE, row.event_id, row.sealed)) for row in rows)
    lines = [Line(at_ms, "in", event, media=sent.get(_message_id(event))) for at_ms, event in events]
    for row in connection.execute(went.order_by(outbox_table.c.id.desc()).limit(limit)):
        opened = _opened(sealer, outbox.PLACE, row.uid, row.sealed)
        lines.append(Line(row.created_ms, "out", orjson.loads(opened[2]) if opened else None, OutboxState(row.state), uid=row.uid))
    return sorted(lines, key=lambda line: (line.at_ms, line.direction))


def _message_id(event: Any) -> str:
    message = event.get("message") if isinstance(event, dict) else None
    return str(message.get("id", "")) if isinstance(message, dict) else ""


def _opened(sealer: Sealer, place: str, row: str, sealed: bytes) -> Any:
    try:
        return orjson.loads(sealer.open(place, row, sealed)) if sealed else None
    except CannotOpen:
        return None
