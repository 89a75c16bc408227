"""What people agreed to, as rows: the record with version and time that can be shown later, and what others must ask before they act.

Belongs here: these rows. Does not: the words and when they are asked (`bot/conversation/consents.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, insert, not_, select

from bot.store.data_tables import consent
from bot.store.tables import alert

YES, NO, ASKED = "yes", "no", "asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """`answer`: yes | no | asked. `version`: of the words that were shown."""

    purpose: str
    answer: str
    version: str
    at_ms: int


def record(connection: Connection, chat: str, purpose: str, agreed: bool | None, version: str, now_ms: int) -> None:
    answer = ASKED if agreed is None else YES if agreed else NO
    connection.execute(insert(consent).values(chat=chat, purpose=purpose, answer=answer, version=version, at_ms=now_ms))


def history(connection: Connection, chat: str) -> list[Answer]:
    """Every answer of a chat, oldest first."""
    rows = connection.execute(select(consent).where(consent.c.chat == chat).order_by(consent.c.id))
    return [Answer(row.purpose, row.answer, row.version, row.at_ms) for row in rows]


def standing(connection: Connection, chat: str, purpose: str) -> str | None:
    """The newest answer; None: never asked."""
    mine = (consent.c.chat == chat, consent.c.purpose == purpose)
    return connection.scalar(select(consent.c.answer).where(*mine).order_by(consent.c.id.desc()).limit(1))


def not_refused(chat: ColumnElement[str], purpose: str) -> ColumnElement[bool]:
    """For a query: the chat agreed to `purpose`, or was never asked about it (a report by phone, say)."""
    newest = select(func.max(consent.c.id)).where(consent.c.purpose == purpose).group_by(consent.c.chat)
    others = select(consent.c.chat).where(consent.c.id.in_(newest), consent.c.answer != YES)
    return chat.not_in(others)


def readable_since(connection: Connection, chat: str) -> int:
    """From when on staff may read the talk: all of it (0) after a yes, or where danger was told of (a vital interest, Personal Data
    Protection Act sections 24(2) and 26(1)); otherwise from the moment on at which they were called."""
    if standing(connection, chat, "passing_on") == YES:
        return 0
    called = _alerts(connection, chat, and_(alert.c.kind == "none", alert.c.severity == 4, alert.c.source == "line"))
    others = _alerts(connection, chat, not_(and_(alert.c.kind == "none", alert.c.severity == 4, alert.c.source == "line")))
    return 0 if others is not None or called is None else called


def _alerts(connection: Connection, chat: str, which: ColumnElement[bool]) -> int | None:
    """When the first of these was raised."""
    first: int | None = connection.scalar(select(func.min(alert.c.at_ms)).where(alert.c.chat == chat, which))
    return first
