"""Who holds a talk: the bot, nobody yet (waiting), or a human; with the beginning and the end of every stretch.

Belongs here: these rows. Does not: when to hand over (`casework.py`), silencing the bot (`bot/line/turning.py`).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, insert, select, update

from bot.casework.model import Holder, Holding
from bot.store.case_tables import holding
from bot.store.prepared import Prepared, among, listed

_NOW = holding.c.until_ms == 0
_HELD = Prepared(  # asked in every batch of turns
    lambda dialect: select(holding.c.chat).where(among(holding.c.chat, "chats", dialect), holding.c.holder == Holder.HUMAN.value, _NOW)
)


def holder_of(connection: Connection, chat: str) -> Holding:
    """Who holds it now; the bot, if nobody was ever called (`from_ms` 0)."""
    row = connection.execute(select(holding).where(holding.c.chat == chat, _NOW)).one_or_none()
    return Holding(chat, Holder.BOT, "", 0) if row is None else Holding(chat, Holder(row.holder), row.staff, row.from_ms)


def held_by_humans(connection: Connection, chats: Collection[str]) -> frozenset[str]:
    """Those chats in which the bot is to be silent."""
    if not chats:
        return frozenset()
    return frozenset(chat for (chat,) in _HELD.rows(connection, {"chats": listed(connection, sorted(chats))}))


def hand_over(connection: Connection, chat: str, to: Holder, staff: str, now_ms: int) -> bool:
    """End the present stretch and begin the next. False if nothing changed, or if `to` is waiting while a human holds it."""
    now = holder_of(connection, chat)
    if not chat or (now.holder is to and now.staff == staff) or (to is Holder.WAITING and now.holder is not Holder.BOT):
        return False
    connection.execute(update(holding).where(holding.c.chat == chat, _NOW).values(until_ms=now_ms))
    connection.execute(insert(holding).values(chat=chat, holder=to.value, staff=staff, from_ms=now_ms, until_ms=0))
    return True


def stretches(connection: Connection, chat: str) -> list[Holding]:
    """All stretches, oldest first."""
    rows = connection.execute(select(holding).where(holding.c.chat == chat).order_by(holding.c.from_ms, holding.c.id))
    return [Holding(chat, Holder(row.holder), row.staff, row.from_ms, row.until_ms) for row in rows]
