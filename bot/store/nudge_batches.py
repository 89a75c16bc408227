"""Nudges of many chats at once, for the scheduler: all that decides about them in a few reads, all that was decided in a few writes.

One by one (`nudges.py`) a chat costs some fifteen statements; a hundred thousand due reminders would take the whole morning.
Belongs here: these reads and writes. Does not: what is decided (`bot/line/followups.py`), claiming the chats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select, update

from bot.followup.hours import WEEK, Contact
from bot.followup.nudge import Nudge, Priority
from bot.store import conversations, nudges, outbox
from bot.store.case_tables import case_file
from bot.store.database import upsert
from bot.store.nudge_tables import NudgeState, nudge, nudge_contact
from bot.store.outbox import Call
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import alert, conversation


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a chat. `to`: where to push; None: it blocked the bot. `planned`: every planned nudge, due or not."""

    chat: str
    contact: Contact
    to: str | None
    state: bytes | None
    planned: tuple[Nudge, ...]
    histories: Mapping[str, str] = field(repr=False)

    def due(self, now: datetime) -> list[Nudge]:
        return [one for one in self.planned if one.due <= now]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of nudges of one chat; `push`: the outbox row that tells them."""

    nudges: Sequence[Nudge]
    state: NudgeState
    what: str
    push: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one chat: what is told, what becomes of its nudges, when to look again (None: when something changes)."""

    known: Known
    call: Call | None
    settled: Sequence[Settlement]
    look_again: datetime | None
    urgency: int
    unreached: bool = False


def gather(connection: Connection, sealer: Sealer, chats: Sequence[str], now_ms: int) -> list[Known]:
    """Everything about `chats`, in their order, as of now."""
    rows = connection.execute(select(nudge).where(nudge.c.chat.in_(chats), nudge.c.state == int(NudgeState.PLANNED))).all()
    planned: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        planned[row.chat].append(row)
    contacts = _contacts(connection, sealer, chats, now_ms)
    states, addresses = conversations.load(connection, sealer, chats), _addresses(connection, sealer, chats)
    return [
        Known(
            chat,
            contacts[chat],
            addresses.get(chat),
            states.get(chat),
            tuple(nudges.read_row(row) for row in planned[chat]),
            {row.id: row.history for row in planned[chat]},
        )
        for chat in chats
    ]


def _contacts(connection: Connection, sealer: Sealer, chats: Sequence[str], now_ms: int) -> dict[str, Contact]:
    """Whoever has an alert or a case is looked at with all care, one by one; the others only for their wish and what they got lately."""
    watched = set(connection.scalars(select(alert.c.chat).where(alert.c.chat.in_(chats))))
    watched |= set(connection.scalars(select(case_file.c.chat).where(case_file.c.chat.in_(chats))))
    stopped = set(connection.scalars(select(nudge_contact.c.chat).where(nudge_contact.c.chat.in_(chats), nudge_contact.c.stopped)))
    written = (int(NudgeState.WRITTEN), int(NudgeState.SENT))
    since = now_ms - int(WEEK.total_seconds() * 1000)
    mine = (nudge.c.chat.in_(chats), nudge.c.state.in_(written), nudge.c.push != nudges.BY_REPLY, nudge.c.written_ms > since)
    query = select(nudge.c.chat, nudge.c.push, func.min(nudge.c.written_ms)).where(*mine).group_by(nudge.c.chat, nudge.c.push)
    sent: dict[str, list[datetime]] = defaultdict(list)
    for chat, _, at in connection.execute(query):
        sent[chat].append(nudges.moment(at))
    return {
        chat: nudges.contact(connection, sealer, chat, now_ms)
        if chat in watched
        else Contact(chat in stopped, sent=tuple(sorted(sent[chat])))
        for chat in chats
    }


def _addresses(connection: Connection, sealer: Sealer, chats: Sequence[str]) -> dict[str, str]:
    query = select(conversation.c.chat, conversation.c.address_sealed).where(conversation.c.chat.in_(chats), conversation.c.reachable)
    found = {}
    for chat, sealed in connection.execute(query):
        try:
            found[chat] = sealer.open(conversations.ADDRESS, chat, sealed).decode()
        except CannotOpen:
            continue
    return found


def store(connection: Connection, sealer: Sealer, decided: Sequence[Decided], now_ms: int) -> None:
    """Write all of it, pushes and nudges together."""
    _settle(connection, decided, now_ms)
    looks = [_look(one) for one in decided]
    upsert(connection, nudge_contact, "chat", ("next_ms", "urgency"), looks)
    gone = [one.known.chat for one in decided if one.unreached]
    if gone:
        connection.execute(update(nudge_contact).where(nudge_contact.c.chat.in_(gone)).values(unreached=True))
    calls = [(one.call, False) for one in decided if one.call]
    if calls:
        outbox.add(connection, sealer, calls, "", now_ms)


_SETTLE = (
    update(nudge)
    .where(nudge.c.id == bindparam("of"))
    .values(
        state=bindparam("to"),
        settled_ms=bindparam("at"),
        history=bindparam("told"),
        push=bindparam("by"),
        written_ms=bindparam("written"),
    )
)


def _settle(connection: Connection, decided: Iterable[Decided], now_ms: int) -> None:
    """Planned nudges hold no push yet, so that one statement serves all."""
    rows = [
        {
            "of": one.id,
            "to": int(settled.state),
            "at": now_ms,
            "told": nudges.longer(which.known.histories[one.id], now_ms, settled.what),
            "by": settled.push,
            "written": now_ms if settled.push else 0,
        }
        for which in decided
        for settled in which.settled
        for one in settled.nudges
    ]
    if rows:
        connection.execute(_SETTLE, rows)


def _look(one: Decided) -> dict[str, Any]:
    at = nudges.milliseconds(one.look_again) if one.look_again else 0
    return {"chat": one.known.chat, "next_ms": at, "urgency": one.urgency, "stopped": False, "unreached": False}


def coming(planned: Iterable[Nudge], settled: Collection[str]) -> tuple[datetime, Priority] | None:
    """When the next one is due of those that are not settled now, and the most urgent priority among them."""
    left = [one for one in planned if one.id not in settled]
    return (min(one.due for one in left), min(one.priority for one in left)) if left else None


def push_of(uid: str, chat: str, to: str, rendered: object, until: datetime, now_ms: int) -> Call:
    """The outbox row of one reminder. It makes no sound and is not sent after `until`."""
    return Call(uid, chat, to, "", orjson.dumps(rendered), False, False, 0, 0, now_ms, nudges.milliseconds(until))
