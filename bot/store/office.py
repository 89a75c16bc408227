"""What admins keep in order: centres and their tiers, holidays, canned replies; each change audited, collisions told.

Belongs here: these rows. Does not: accounts (`accounts.py`), who is rung (`duty.py`), pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, func, insert, select

from bot.casework.model import Centre, Role, Staff, Tier
from bot.casework.moves import Event, need
from bot.casework.roster import above
from bot.store import audit, duty
from bot.store.case_tables import holiday
from bot.store.casefiles import Conflict
from bot.store.office_tables import canned_reply
from bot.store.sealing import Sealer

_ORDER = (Tier.TAMBON, Tier.LOCAL, Tier.PROVINCE, Tier.NATIONAL)
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready-made reply: the newest version of each key holds; both languages empty: taken out."""

    key: str
    version: int
    th: str
    en: str


def _tell(connection: Connection, sealer: Sealer, actor: Staff, what: Event, subject: str, now_ms: int) -> None:
    audit.append(connection, sealer, [audit.Entry(actor.actor, what.what, subject, what.data)], now_ms)


# Centres


def version_of(one: Centre | None) -> str:
    """What an admin saw of a centre; empty: there was none."""
    return f"{one.name}|{one.tier.value}|{one.area}|{one.parent}" if one else ""


def save_centre(connection: Connection, sealer: Sealer, actor: Staff, one: Centre, was: str, now_ms: int) -> None:
    """A new centre or a changed one. It lies below one that the actor reaches, on a higher tier; only the top has nothing above it."""
    need(actor.role is Role.ADMIN, "role")
    known = duty.centres(connection)
    before = known.get(one.id)
    if version_of(before) != was:
        raise Conflict(before or one, 0)
    need(before is None or one.id in actor.reach, "receiver")
    need(one.id.isascii() and one.id.replace("-", "").isalnum() and bool(one.name.strip()), "text")
    top = before is not None and not before.parent
    need(top if not one.parent else one.parent in actor.reach and one.id not in (one.parent, *above(known, one.parent)), "parent")
    need(not one.parent or _ORDER.index(known[one.parent].tier) > _ORDER.index(one.tier), "parent")
    duty.save_centre(connection, one)
    data = {"tier": one.tier.value, "parent": one.parent, "new": before is None}
    _tell(connection, sealer, actor, Event("centre saved", data), one.id, now_ms)


# Holidays


def holidays(connection: Connection) -> list[tuple[date, str]]:
    return [(date.fromisoformat(row.day), row.name) for row in connection.execute(select(holiday).order_by(holiday.c.day))]


def save_holiday(connection: Connection, sealer: Sealer, actor: Staff, day: date, name: str, now_ms: int) -> None:
    need(actor.role is Role.ADMIN, "role")
    need(bool(name), "text")
    duty.save_holiday(connection, day, name)
    _tell(connection, sealer, actor, Event("holiday saved", {"day": day.isoformat()}), "", now_ms)


def drop_holiday(connection: Connection, sealer: Sealer, actor: Staff, day: date, now_ms: int) -> None:
    need(actor.role is Role.ADMIN, "role")
    connection.execute(delete(holiday).where(holiday.c.day == day.isoformat()))
    _tell(connection, sealer, actor, Event("holiday dropped", {"day": day.isoformat()}), "", now_ms)


# Canned replies


def canned(connection: Connection, given: dict[str, tuple[str, str]]) -> list[Canned]:
    """Those in use, by key: `given` (key → Thai, English) with what admins made of them."""
    versions = connection.execute(select(canned_reply).order_by(canned_reply.c.version))
    newest = {row.key: Canned(row.key, row.version, row.th, row.en) for row in versions}
    all_ = {key: Canned(key, 0, *texts) for key, texts in given.items()} | newest
    return [one for _, one in sorted(all_.items(), key=lambda item: (len(item[0]), item[0])) if one.th or one.en]


def save_canned(connection: Connection, sealer: Sealer, actor: Staff, one: Canned, given: dict[str, tuple[str, str]], now_ms: int) -> None:
    """A new version of `one` (`version`: the one it was made from). The earlier versions stay. Raises Conflict."""
    need(actor.role is Role.ADMIN, "role")
    need(len(one.th) <= _LONGEST and len(one.en) <= _LONGEST and bool(one.th) == bool(one.en), "text")
    there = version_of_canned(connection, one.key)
    if there != one.version:
        raise Conflict(Canned(one.key, there, "", ""), one.version)
    need(one.key in given or there > 0 or one.key.isdigit(), "input")
    values = {"key": one.key, "version": there + 1, "th": one.th, "en": one.en, "by": actor.id, "at_ms": now_ms}
    connection.execute(insert(canned_reply).values(values))
    _tell(connection, sealer, actor, Event("canned reply saved", {"version": there + 1}), one.key, now_ms)


def version_of_canned(connection: Connection, key: str) -> int:
    """The version that holds; 0: nobody changed it yet."""
    return connection.scalar(select(func.max(canned_reply.c.version)).where(canned_reply.c.key == key)) or 0


def next_key(connection: Connection, given: dict[str, tuple[str, str]]) -> str:
    """For a new reply: one above all that ever were."""
    keys = [*given, *connection.scalars(select(canned_reply.c.key))]
    return str(max((int(key) for key in keys if key.isdigit()), default=0) + 1)
