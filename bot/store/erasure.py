"""Erasure: forgetting a chat or a message, the receipt of it, and bringing a restored backup up to what was forgotten since.

Belongs here: what is removed, and what a legal hold keeps. Does not: deciding that somebody is to be forgotten, retention (`retention.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, exists, false, func, insert, or_, select, update

from bot.casework.model import OPEN_ALERTS
from bot.store.case_tables import case_file, case_record, holding
from bot.store.data_tables import consent, data_copy, erasure_receipt
from bot.store.media_tables import media
from bot.store.nudge_tables import nudge, nudge_contact, outcome
from bot.store.sealing import Sealer
from bot.store.tables import AlertState, InboxState, OutboxState, alert, audit, conversation, inbox, meta, outbox

#: What goes when the talk goes, and its key.
OF_A_TALK: tuple[tuple[Table, Column[Any]], ...] = (
    (nudge, nudge.c.id),
    (outcome, outcome.c.uid),
    (nudge_contact, nudge_contact.c.chat),
    (consent, consent.c.id),
    (data_copy, data_copy.c.token),
    (media, media.c.uid),  # its pieces go with it
)
FORGOTTEN = "chat forgotten"
#: `message_key` of an alert whose message was taken back while somebody is being helped: the text goes when that is over.
TAKEN_BACK = "taken back"
_TO_PURGE = "to_purge"


# ---------------------------------------------------------------- a chat
def forget_chat(connection: Connection, chat: str) -> dict[str, int]:
    """Remove everything kept about `chat`; how many rows of each kind.

    Legal hold: while somebody is in danger or a protection case is open, that alert, its case, who holds the talk, and the address stay (so
    that a person in danger can be reached, whoever held the phone); `retention.py` removes them afterwards. A wish to talk to somebody that
    nobody has taken yet is withdrawn. Urgent messages on their way still go out and are blanked then; ordinary ones do not.
    """
    done = {str(table.name): _count(connection, delete(table).where(table.c.chat == chat)) for table, _ in OF_A_TALK}
    moving = and_(outbox.c.state < OutboxState.SENT, outbox.c.urgent | (outbox.c.state == OutboxState.SENDING))
    connection.execute(update(outbox).where(outbox.c.chat == chat, moving).values(forget=True))
    done["outbox"] = _count(connection, delete(outbox).where(outbox.c.chat == chat, ~moving))
    connection.execute(delete(alert).where(alert.c.chat == chat, alert.c.kind == "none", alert.c.severity == 4, alert.c.taken_by == ""))
    drop_contacts(connection, and_(alert.c.chat == chat, over()))
    done["alert"] = _count(connection, update(alert).where(alert.c.chat == chat, over()).values(sealed=None, chat="", message_key=None))
    done["inbox"] = _blank_inbox(connection, chat)
    if is_held(connection, chat):
        connection.execute(update(conversation).where(conversation.c.chat == chat).values(sealed=None))
    else:
        done["conversation"] = _count(connection, delete(conversation).where(conversation.c.chat == chat))
        done["holding"] = _count(connection, delete(holding).where(holding.c.chat == chat))
    mark_to_purge(connection)
    return done


def _count(connection: Connection, statement: Any) -> int:
    rows: int = connection.execute(statement).rowcount
    return rows


def _blank_inbox(connection: Connection, chat: str) -> int:
    """The rows stay, without text and owner, so that a webhook that LINE sends again is still known."""
    mine, pending = inbox.c.chat == chat, inbox.c.state == InboxState.PENDING
    blank = update(inbox).values(sealed=b"", message_key=None)
    connection.execute(blank.where(mine, pending))
    return _count(connection, blank.where(mine, ~pending).values(chat="", state=int(InboxState.DONE)))


def drop_contacts(connection: Connection, which: ColumnElement[bool]) -> None:
    """How the people of these alerts wanted to be reached goes with their chats."""
    theirs = select(alert.c.uid).where(which)
    connection.execute(delete(case_record).where(case_record.c.kind == "safe_contact", case_record.c.case_uid.in_(theirs)))


def over() -> ColumnElement[bool]:
    """For a query on `alert`: nobody is being helped on its account any more."""
    head = alert.alias("head")
    joined_over = exists().where(head.c.uid == alert.c.merged_into, _settled(head))
    return or_(_settled(alert), and_(alert.c.state == AlertState.MERGED.value, joined_over))


def _settled(of: Any) -> ColumnElement[bool]:
    """Resolved, or its case is closed."""
    closed = exists().where(case_file.c.uid == of.c.case_uid, case_file.c.closed_ms > 0)
    return or_(of.c.state == AlertState.RESOLVED.value, and_(of.c.state == AlertState.CASE_OPENED.value, closed))


def held() -> ColumnElement[bool]:
    """For a query on `conversation`: a human is still needed there, or a case is open."""
    needed = exists().where(alert.c.chat == conversation.c.chat, alert.c.state.in_([state.value for state in OPEN_ALERTS]))
    return or_(needed, exists().where(case_file.c.chat == conversation.c.chat, case_file.c.closed_ms == 0))


def is_held(connection: Connection, chat: str) -> bool:
    return connection.scalar(select(func.count()).select_from(conversation).where(conversation.c.chat == chat, held())) == 1


# ---------------------------------------------------------------- a message
def forget_message(connection: Connection, sealer: Sealer, chat: str, message_id: str) -> None:
    """Remove a message that was taken back, wherever its text stands (LINE asks for that): as it came, in our answers to it, as the
    reason of a refusal, in an alert. An open alert keeps it until the person is safe: taking back under pressure is common."""
    key = sealer.hash("message", message_id)
    mine = and_(inbox.c.chat == chat, inbox.c.message_key == key)
    for received in connection.scalars(select(inbox.c.received_ms).where(mine)).all():
        _forget_answers(connection, chat, received)
    connection.execute(update(inbox).where(mine).values(sealed=b"", message_key=None))
    connection.execute(update(outcome).where(outcome.c.chat == chat, outcome.c.message_key == key).values(sealed=None, message_key=None))
    connection.execute(delete(media).where(media.c.chat == chat, media.c.message_key == key))
    told = and_(alert.c.chat == chat, alert.c.message_key == key)
    connection.execute(update(alert).where(told, over()).values(sealed=None, message_key=None))
    connection.execute(update(alert).where(told, alert.c.sealed.is_not(None)).values(message_key=TAKEN_BACK))
    mark_to_purge(connection)


def _forget_answers(connection: Connection, chat: str, received_ms: int) -> None:
    """What we answered to it quotes it: blank what was sent between it and the next message."""
    following = select(func.min(inbox.c.received_ms)).where(inbox.c.chat == chat, inbox.c.received_ms > received_ms)
    end = connection.scalar(following)
    between = and_(outbox.c.chat == chat, outbox.c.created_ms >= received_ms, false() if end is None else outbox.c.created_ms < end)
    connection.execute(update(outbox).where(between, outbox.c.state >= OutboxState.SENT).values(sealed=b""))


# ---------------------------------------------------------------- the receipt
@dataclass(frozen=True, slots=True)
class Receipt:
    """That something was erased and when, never whose. `rows`: how many by kind."""

    number: str
    at_ms: int
    rows: dict[str, int]


def write_receipt(connection: Connection, number: str, rows: dict[str, int], now_ms: int) -> None:
    data = orjson.dumps({name: count for name, count in sorted(rows.items()) if count}).decode()
    connection.execute(insert(erasure_receipt).values(number=number, at_ms=now_ms, data=data))


def find_receipt(connection: Connection, number: str) -> Receipt | None:
    """By the number on it, however it was typed."""
    plain = "".join(sign for sign in number.upper() if sign.isalnum())
    row = connection.execute(select(erasure_receipt).where(erasure_receipt.c.number == plain)).one_or_none()
    return Receipt(row.number, row.at_ms, orjson.loads(row.data)) if row is not None else None


# ---------------------------------------------------------------- what lies beneath
def mark_to_purge(connection: Connection) -> None:
    """Something was erased: what the database keeps of it under the rows is to go too (`retention.purge`)."""
    connection.execute(delete(meta).where(meta.c.name == _TO_PURGE))
    connection.execute(insert(meta).values(name=_TO_PURGE, value=b"1"))


def take_purge_mark(connection: Connection) -> bool:
    """Whether something is to be purged; the mark is taken away."""
    return _count(connection, delete(meta).where(meta.c.name == _TO_PURGE)) > 0


# ---------------------------------------------------------------- backups
def last_entry(connection: Connection) -> int:
    """Number of the newest audit entry: how far a backup goes."""
    return connection.scalar(select(func.max(audit.c.seq))) or 0


def all_forgotten(connection: Connection) -> list[tuple[int, str]]:
    """(audit entry, chat) of every erasure, oldest first."""
    rows = connection.execute(select(audit.c.seq, audit.c.subject).where(audit.c.what == FORGOTTEN).order_by(audit.c.seq))
    return [(row.seq, row.subject) for row in rows]


def forget_again(connection: Connection, chats: Iterable[str]) -> int:
    """Forget in a restored database whoever was forgotten since the backup was made. Returns how many were in it."""
    return sum(1 for chat in chats if any(forget_chat(connection, chat).values()))
