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
    connection: Connection,
    sealer: Sealer,
    chat: str,
    uid: str,
    messages: bytes,
    now_ms: int,
    channel: str = "",
    urgent: bool = False,
    until_ms: int = 0,
) -> bool:
    """Put a push of at most five rendered messages (JSON list) into the outbox, in the caller's transaction; the deliverer finds it.

    `uid`: a fresh UUID; it is the retry key too, so the same `uid` is never sent twice. `channel`: of the Store, to wake the workers.
    `until_ms`: not to be sent after this (0: however late); such a message makes no sound.
    False if the chat is unknown or blocked the bot: reach the person another way.
    """
    to = conversations.address(connection, sealer, chat)
    if to is None:
        return False
    hold_lane(connection, chat)
    call = Call(uid, chat, to, "", messages, urgent, False, 0, 0, now_ms, until_ms)
    outbox.add(connection, sealer, [(call, False)], "", now_ms)
    inbox.announce(connection, channel)
    return True


def hold_lane(connection: Connection, chat: str) -> None:
    """No turn of this chat is stored until the transaction ends: order within the chat. Take it before anything else, as turns do."""
    if chat and is_postgres(connection):
        connection.execute(select(lane.c.chat).where(lane.c.chat == chat).with_for_update())
