"""Erasure: forgetting a chat, a message, and what has outlived its retention.

Belongs here: what is blanked and what a legal hold keeps. Does not: deciding that somebody is to be forgotten.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, or_, select, update

from bot.store.data_tables import consent
from bot.store.database import is_postgres, write
from bot.store.nudge_tables import nudge, nudge_contact, outcome
from bot.store.sealing import Sealer
from bot.store.tables import AlertState, InboxState, OutboxState, alert, conversation, inbox, lane, outbox

#: What goes when the talk goes, and its key.
_OF_A_TALK = ((nudge, nudge.c.id), (outcome, outcome.c.uid), (nudge_contact, nudge_contact.c.chat), (consent, consent.c.id))


def forget_chat(connection: Connection, chat: str) -> None:
    """Remove everything kept about `chat` but open alerts and cases (a human is still needed there: legal hold).

    A wish to talk to somebody that nobody has taken yet is withdrawn with it.

    Urgent messages on their way still go out and are blanked then; waiting ordinary ones are not sent any more.
    """
    connection.execute(delete(conversation).where(conversation.c.chat == chat))
    for table, _ in _OF_A_TALK:
        connection.execute(delete(table).where(table.c.chat == chat))
    connection.execute(update(inbox).where(inbox.c.chat == chat).values(sealed=b"", message_key=None))
    moving = and_(outbox.c.state < OutboxState.SENT, outbox.c.urgent | (outbox.c.state == OutboxState.SENDING))
    connection.execute(update(outbox).where(outbox.c.chat == chat, moving).values(forget=True))
    connection.execute(delete(outbox).where(outbox.c.chat == chat, ~moving))
    connection.execute(delete(alert).where(alert.c.chat == chat, alert.c.kind == "none", alert.c.taken_by == ""))
    held = alert.alias("held")
    needed = exists().where(held.c.uid == alert.c.merged_into, held.c.state != AlertState.RESOLVED.value)
    over = or_(alert.c.state == AlertState.RESOLVED.value, and_(alert.c.state == AlertState.MERGED.value, ~needed))
    connection.execute(update(alert).where(alert.c.chat == chat, over).values(sealed=None, chat=""))


def forget_message(connection: Connection, sealer: Sealer, chat: str, message_id: str) -> None:
    """Blank a message that was taken back, wherever its text stands (LINE asks for that)."""
    key = sealer.hash("message", message_id)
    connection.execute(update(inbox).where(inbox.c.chat == chat, inbox.c.message_key == key).values(sealed=b"", message_key=None))


def expire(engine: Engine, texts_before_ms: int, talks_before_ms: int, batch: int = 500) -> None:
    """Retention: drop settled events and messages older than `texts_before_ms`, talks silent since `talks_before_ms`, and lanes left empty.

    In small transactions: nobody waits long for their lock.
    """
    old = [
        (inbox, inbox.c.id, and_(inbox.c.received_ms < texts_before_ms, inbox.c.state == InboxState.DONE)),
        (outbox, outbox.c.id, and_(outbox.c.created_ms < texts_before_ms, outbox.c.state >= OutboxState.SENT)),
        (conversation, conversation.c.chat, conversation.c.updated_ms < talks_before_ms),
        *((table, key, ~exists().where(conversation.c.chat == table.c.chat)) for table, key in _OF_A_TALK),
        (lane, lane.c.chat, and_(*(~exists().where(table.c.chat == lane.c.chat) for table in (inbox, outbox, conversation)))),
    ]
    for table, key, condition in old:
        while _drop_some(engine, table, key, condition, batch) == batch:
            pass


def _drop_some(engine: Engine, table: Table, key: ColumnElement[Any], condition: ColumnElement[bool], batch: int) -> int:
    with write(engine) as connection:
        chosen = select(key).where(condition).limit(batch)
        if is_postgres(connection):
            chosen = chosen.with_for_update(skip_locked=True)
        keys = connection.scalars(chosen).all()
        connection.execute(delete(table).where(key.in_(keys)))
        return len(keys)
