"""After a breach: who was touched, by time, by key or by centre, and until when it must be told.

Personal Data Protection Act B.E. 2562, section 37(4): the regulator within 72 hours of knowing unless there is no risk, the people without
delay where the risk is high. Belongs here: counting and the clock. Does not: the words of the notices (knowledge/messages).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, or_, select, true

from bot.store.case_tables import case_file
from bot.store.media_tables import media
from bot.store.nudge_tables import nudge, outcome
from bot.store.sealing import Sealer
from bot.store.tables import alert, conversation, inbox, outbox

HOURS = 72
_HOUR_MS = 3_600_000
#: What is kept about a person, the time by which it is found, and whether it can be sensitive (section 26).
_KINDS: tuple[tuple[str, Table, Column[int]], ...] = (
    ("messages", inbox, inbox.c.received_ms),
    ("answers", outbox, outbox.c.created_ms),
    ("talks", conversation, conversation.c.updated_ms),
    ("progress", outcome, outcome.c.told_ms),
    ("reminders", nudge, nudge.c.due_ms),
    ("media", media, media.c.at_ms),
    ("alerts", alert, alert.c.at_ms),
    ("cases", case_file, case_file.c.opened_ms),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was open: from when until when, sealed by which key, of which centre; empty: any."""

    from_ms: int
    until_ms: int
    key: str = ""
    centre: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """`people`: chats (keyed hashes, for reaching them). `rows`: how many by kind."""

    people: tuple[str, ...]
    rows: dict[str, int]


def touched(connection: Connection, wanted: Wanted) -> Touched:
    chats: set[str] = set()
    rows: dict[str, int] = {}
    for name, table, at in _KINDS:
        where = and_(at >= wanted.from_ms, at < wanted.until_ms, table.c.chat != "", _by_key(table, wanted.key), _of(table, wanted.centre))
        rows[name] = connection.scalar(select(func.count()).select_from(table).where(where)) or 0
        chats.update(connection.scalars(select(table.c.chat).distinct().where(where)))
    return Touched(tuple(sorted(chats)), rows)


def _by_key(table: Table, key: str) -> ColumnElement[bool]:
    """Sealed by that key; what is not sealed at all lies open with any."""
    if not key or "sealed" not in table.c:
        return true()
    head = Sealer.head_of(key)
    return func.substr(table.c.sealed, 1, len(head)) == head


def _of(table: Table, centre: str) -> ColumnElement[bool]:
    """Of people whom that centre has an alert or a case of."""
    if not centre:
        return true()
    mine = select(alert.c.chat).where(or_(alert.c.centre == centre, alert.c.upper == centre))
    return or_(table.c.chat.in_(mine), table.c.chat.in_(select(case_file.c.chat).where(case_file.c.centre == centre)))


def deadline_ms(known_ms: int) -> int:
    return known_ms + HOURS * _HOUR_MS
