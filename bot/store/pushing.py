"""Messages nobody asked for just now: nudges, answers of staff. They go through the same outbox, in the order of their chat.

Belongs here: putting one in. Does not: whether it is safe and worth the quota to send it (`bot/followup`), rendering.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.store import conversations, inbox, outbox
from bot.store.database import is_postgres
from bot.store.outbox import Call
from bot.store.sealing import Sealer
from bot.store.tables import lane


def push(
    connection: Connection, sealer: Sealer, chat: str, uid: str, messages: bytes, now_ms: int, channel: str = "", urgent: bool = False
) -> bool:
    """Put a push of at most five rendered messages (JSON list) into the outbox, in the caller's transaction; the deliverer finds it.

    `uid`: a fresh UUID; it is the retry key too, so the same `uid` is never sent twice. `channel`: of the Store, to wake the workers.
    False if the chat is unknown or blocked the bot: reach the person another way.
    """
    to = conversations.address(connection, sealer, chat)
    if to is None:
        return False
    if is_postgres(connection):  # order within the chat: not between the rows of a turn that is being stored
        connection.execute(select(lane.c.chat).where(lane.c.chat == chat).with_for_update())
    call = Call(uid, chat, to, "", messages, urgent, False, 0, 0, now_ms)
    outbox.add(connection, sealer, [(call, False)], "", now_ms)
    inbox.announce(connection, channel)
    return True
