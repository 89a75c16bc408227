"""Links to one's own data: each good once and for a short time, found by the keyed hash of its random token.

Belongs here: these rows. Does not: what stands in the file (`bot/console/owncopy.py`), the words around the link (`bot/line/copies.py`).
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from bot.store.data_tables import data_copy
from bot.store.sealing import Sealer

_KIND = "copy"


def offer(connection: Connection, sealer: Sealer, chat: str, token: str, now_ms: int, until_ms: int) -> None:
    """A new link; the ones before it are good no longer."""
    connection.execute(delete(data_copy).where(data_copy.c.chat == chat))
    connection.execute(insert(data_copy).values(token=sealer.hash(_KIND, token), chat=chat, at_ms=now_ms, until_ms=until_ms))


def is_good(connection: Connection, sealer: Sealer, token: str, now_ms: int) -> bool:
    return _found(connection, sealer, token, now_ms) is not None


def take(connection: Connection, sealer: Sealer, token: str, now_ms: int) -> str | None:
    """The chat the link is for, and the link is used up; None if it is over, used, or never was."""
    chat = _found(connection, sealer, token, now_ms)
    if chat is None:
        return None
    gone = connection.execute(delete(data_copy).where(data_copy.c.token == sealer.hash(_KIND, token)))
    return chat if gone.rowcount == 1 else None  # two at the same time: one of them


def _found(connection: Connection, sealer: Sealer, token: str, now_ms: int) -> str | None:
    where = (data_copy.c.token == sealer.hash(_KIND, token), data_copy.c.until_ms > now_ms)
    return connection.scalar(select(data_copy.c.chat).where(*where))
