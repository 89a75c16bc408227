"""How far people came with each entitlement, as rows; and the counts for the funnel.

Belongs here: reading and writing them. Does not: which step may follow which (`bot/followup/progress.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import ColumnElement, Connection, Row, func, select, true, update

from bot.followup.funnel import Counted
from bot.followup.nudge import identity
from bot.followup.progress import Outcome, Step
from bot.language.places import province_names
from bot.store import consents
from bot.store.database import insert_new
from bot.store.nudge_tables import outcome
from bot.store.sealing import CannotOpen, Sealer

REASON = "outcome.sealed"
_TIMED = ("told", "applied", "approved", "received", "refused", "gave_up")


def uid_of(chat: str, member: str, entitlement: str) -> str:
    return identity(chat, member, entitlement, "outcome", "")


def load(connection: Connection, chat: str) -> dict[tuple[str, str], Outcome]:
    """By (member, entitlement)."""
    rows = connection.execute(select(outcome).where(outcome.c.chat == chat))
    return {(row.member, row.entitlement): _read(row) for row in rows}


def _read(row: Row[tuple[object, ...]]) -> Outcome:
    return Outcome(row.entitlement, row.member, cast(Step, row.step), date.fromisoformat(row.on_day))


def start(connection: Connection, sealer: Sealer, chat: str, told: Iterable[Outcome], province: str, now_ms: int) -> None:
    """Insert those that are not there yet. The province lies there as a keyed hash: where somebody lives is nobody's to read."""
    area = _area(sealer, province)
    rows = [
        {
            "uid": uid_of(chat, one.member, one.entitlement),
            "chat": chat,
            "member": one.member,
            "entitlement": one.entitlement,
            "province": area,
            "step": one.step,
            "on_day": one.on.isoformat(),
            **{f"{step}_ms": now_ms if step == one.step else 0 for step in _TIMED},
        }
        for one in told
    ]
    insert_new(connection, outcome, rows)


def save(connection: Connection, chat: str, one: Outcome, now_ms: int) -> None:
    """A new step of an outcome that is there. The first time of each step stays."""
    column = outcome.c[f"{one.step}_ms"]
    first = func.coalesce(func.nullif(column, 0), now_ms)
    where = outcome.c.uid == uid_of(chat, one.member, one.entitlement)
    connection.execute(update(outcome).where(where).values({"step": one.step, "on_day": one.on.isoformat(), column.name: first}))


def save_reason(
    connection: Connection, sealer: Sealer, chat: str, member: str, entitlement: str, reason: str, message_id: str = ""
) -> None:
    """`message_id`: of the message that told it, so that taking the message back takes the reason back."""
    uid = uid_of(chat, member, entitlement)
    sealed = sealer.seal(REASON, uid, reason.encode("utf-8", "surrogatepass"))
    key = sealer.hash("message", message_id) if message_id else None
    connection.execute(update(outcome).where(outcome.c.uid == uid).values(sealed=sealed, message_key=key))


def reason_of(connection: Connection, sealer: Sealer, chat: str, member: str, entitlement: str) -> str | None:
    """Why it was refused, in the person's words; None if they did not tell. The caller writes the audit entry of the reading."""
    uid = uid_of(chat, member, entitlement)
    sealed = connection.scalar(select(outcome.c.sealed).where(outcome.c.uid == uid))
    try:
        return sealer.open(REASON, uid, sealed).decode("utf-8", "surrogatepass") if sealed else None
    except CannotOpen:
        return None


@dataclass(frozen=True, slots=True)
class Stand:
    """One outcome with whose it is. `version` changes with every step: who changes it says which one they saw."""

    uid: str
    chat: str
    outcome: Outcome
    version: str


def stand(connection: Connection, uid: str) -> Stand | None:
    row = connection.execute(select(outcome).where(outcome.c.uid == uid)).one_or_none()
    return None if row is None else Stand(uid, row.chat, _read(row), f"{row.step} {row.on_day}")


def stands(connection: Connection, chats: Collection[str]) -> list[Stand]:
    """All outcomes of these chats, by chat, oldest step first."""
    query = select(outcome).where(outcome.c.chat.in_(chats)).order_by(outcome.c.chat, outcome.c.on_day, outcome.c.uid)
    return [Stand(row.uid, row.chat, _read(row), f"{row.step} {row.on_day}") for row in connection.execute(query)]


def of_provinces(sealer: Sealer, provinces: Collection[str] | None) -> ColumnElement[bool]:
    """For a query: outcomes of people who live there; None: anywhere, also where it is not known."""
    return true() if provinces is None else outcome.c.province.in_([_area(sealer, name) for name in provinces])


def funnel(connection: Connection, sealer: Sealer, provinces: Collection[str] | None = None) -> list[Counted]:
    """How many stand at each step, by entitlement and province; nobody who would rather not be counted."""
    names = {_area(sealer, name): name for name in province_names()}
    key = (outcome.c.entitlement, outcome.c.province, outcome.c.step)
    query = select(*key, func.count().label("people")).where(consents.not_refused(outcome.c.chat, "statistics"))
    query = query.where(of_provinces(sealer, provinces), outcome.c.step != "screened").group_by(*key).order_by(*key)
    return [Counted(row.entitlement, names.get(row.province, ""), row.step, row.people) for row in connection.execute(query)]


def _area(sealer: Sealer, province: str) -> str:
    return sealer.hash("province", province) if province else ""
