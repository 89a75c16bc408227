"""Centres, staff, the roster, holidays, and who was rung.

Belongs here: these rows. Does not: choosing whom to ring (`bot/casework/roster.py`), sign-in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.casework import roster, scope
from bot.casework.model import (
    Centre,
    Grant,
    Role,
    Staff,
    Tier,
)
from bot.casework.roster import Duty
from bot.conversation.events import OnDuty
from bot.store.case_tables import access_grant, centre, duty, holiday, page, staff
from bot.store.database import upsert
from bot.store.sealing import Sealer

NAME = "staff.sealed"
#: Made by the migration; alerts arrive here until somebody knows the place.
INTAKE = "1300"


def centres(connection: Connection) -> dict[str, Centre]:
    rows = connection.execute(select(centre).order_by(centre.c.id))
    return {row.id: Centre(row.id, row.name, Tier(row.tier), row.area, row.parent) for row in rows}


def save_centre(connection: Connection, one: Centre) -> None:
    row = {"id": one.id, "name": one.name, "tier": one.tier.value, "area": one.area, "parent": one.parent}
    upsert(connection, centre, "id", ("name", "tier", "area", "parent"), [row])


def add_staff(connection: Connection, sealer: Sealer, id_: str, login: str, centre_id: str, role: Role, name: str) -> None:
    sealed = sealer.seal(NAME, id_, name.encode())
    connection.execute(insert(staff).values(id=id_, login=login, centre=centre_id, role=role.value, active=True, sealed=sealed))


def load_staff(connection: Connection, sealer: Sealer, id_: str, now_ms: int) -> Staff | None:
    """Who acts, with what they reach now; None if unknown or switched off. Load it anew for every request."""
    row = connection.execute(select(staff).where(staff.c.id == id_, staff.c.active)).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    found = connection.execute(
        select(access_grant.c.case_uid, access_grant.c.until_ms).where(access_grant.c.staff == id_, access_grant.c.until_ms > now_ms)
    )
    grants = tuple(Grant(case, until) for case, until in found)
    name = sealer.open(NAME, id_, row.sealed).decode()
    return Staff(id_, row.centre, role, name, scope.reach(role, row.centre, centres(connection).values()), grants)


def staff_by_login(connection: Connection, login: str) -> str | None:
    """Id of an active member of staff."""
    found: str | None = connection.scalar(select(staff.c.id).where(staff.c.login == login, staff.c.active))
    return found


def logins(connection: Connection) -> frozenset[str]:
    """Of everybody, also those switched off."""
    return frozenset(connection.scalars(select(staff.c.login)))


def colleagues(connection: Connection, sealer: Sealer, actor: Staff) -> list[Staff]:
    """Active staff of the centres `actor` reaches (without grants)."""
    rows = connection.execute(select(staff).where(staff.c.centre.in_(actor.reach), staff.c.active).order_by(staff.c.id))
    return [Staff(row.id, row.centre, Role(row.role), sealer.open(NAME, row.id, row.sealed).decode()) for row in rows]


def of_role(connection: Connection, centre_id: str, role: Role) -> list[str]:
    """Ids of the active staff of one role at one centre."""
    query = select(staff.c.id).where(staff.c.centre == centre_id, staff.c.role == role.value, staff.c.active)
    return list(connection.scalars(query.order_by(staff.c.id)))


def names_of(connection: Connection, sealer: Sealer, ids: Collection[str]) -> dict[str, str]:
    """Names of staff by id, of any centre, active or not: whoever did something in a case that one may see has a name there."""
    rows = connection.execute(select(staff.c.id, staff.c.sealed).where(staff.c.id.in_(sorted(ids)))) if ids else ()
    return {row.id: sealer.open(NAME, row.id, row.sealed).decode() for row in rows}


def put_on_duty(connection: Connection, one: Duty) -> None:
    """The role of a duty is that of the staff member; it is not stored twice."""
    connection.execute(insert(duty).values(centre=one.centre, staff=one.staff, rank=one.rank, from_ms=one.from_ms, until_ms=one.until_ms))


def take_off_duty(connection: Connection, staff_id: str, centre_id: str, now_ms: int) -> None:
    """End what runs and drop what is planned for them there."""
    theirs = (duty.c.staff == staff_id, duty.c.centre == centre_id)
    connection.execute(delete(duty).where(*theirs, duty.c.from_ms >= now_ms))
    connection.execute(update(duty).where(*theirs, duty.c.until_ms > now_ms).values(until_ms=now_ms))


def duties(connection: Connection, now_ms: int) -> list[Duty]:
    """Running duties of active staff, everywhere."""
    query = select(duty, staff.c.role).join(staff, staff.c.id == duty.c.staff)
    rows = connection.execute(query.where(duty.c.from_ms <= now_ms, duty.c.until_ms > now_ms, staff.c.active))
    return [Duty(row.centre, row.staff, Role(row.role), row.rank, row.from_ms, row.until_ms) for row in rows]


def planned(connection: Connection, actor: Staff, now_ms: int) -> list[Duty]:
    """Running and coming duties of active staff at the centres `actor` reaches, in order of time."""
    query = select(duty, staff.c.role).join(staff, staff.c.id == duty.c.staff)
    here = (duty.c.centre.in_(actor.reach), duty.c.until_ms > now_ms, staff.c.active)
    rows = connection.execute(query.where(*here).order_by(duty.c.from_ms, duty.c.rank, duty.c.id))
    return [Duty(row.centre, row.staff, Role(row.role), row.rank, row.from_ms, row.until_ms) for row in rows]


def on_duty(connection: Connection, now_ms: int) -> OnDuty:
    """Who could take an alert now, and when the next duty for the whole country begins if none runs."""
    places = centres(connection)
    here = {one.centre for one in duties(connection, now_ms) if one.role in (Role.STAFF, Role.SUPERVISOR)}
    national = [one.id for one in places.values() if one.tier is Tier.NATIONAL]
    coming = connection.scalar(select(func.min(duty.c.from_ms)).where(duty.c.centre.in_(national), duty.c.from_ms > now_ms))
    everywhere = not here.isdisjoint(national)
    back = datetime.fromtimestamp(coming / 1000, UTC) if coming and not here else None
    return OnDuty(everywhere, frozenset(places[one].area for one in here if one in places) - {""}, back)


def holidays(connection: Connection) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in connection.scalars(select(holiday.c.day)))


def save_holiday(connection: Connection, day: date, name: str) -> None:
    upsert(connection, holiday, "day", ("name",), [{"day": day.isoformat(), "name": name}])


def ring(connection: Connection, about: str, centre_id: str, rung: int, now_ms: int, why: str = "") -> list[str]:
    """Ring the people whose turn it is at this rung; returns their ids (none if nobody is on duty anywhere). `why`: of the page."""
    before = set(connection.scalars(select(page.c.staff).where(page.c.about == about)))
    people = roster.to_ring(duties(connection, now_ms), centres(connection), centre_id, rung, before, now_ms)
    ring_people(connection, about, people, rung, now_ms, why)
    return people


def ring_people(connection: Connection, about: str, people: Sequence[str], rung: int, now_ms: int, why: str = "") -> None:
    row = {"about": about, "rung": rung, "why": why, "at_ms": now_ms, "heard_ms": 0}
    if people:
        connection.execute(insert(page), [{**row, "staff": who} for who in people])


def unheard(connection: Connection, actor: Staff) -> list[tuple[str, int, int]]:
    """What rang for `actor` and was not heard yet: (alert or case, rung, when), oldest first."""
    query = select(page.c.about, page.c.rung, page.c.at_ms).where(page.c.staff == actor.id, page.c.heard_ms == 0)
    return [(row.about, row.rung, row.at_ms) for row in connection.execute(query.order_by(page.c.id))]


def heard(connection: Connection, actor: Staff, about: str, now_ms: int) -> None:
    """Their console or phone has told them."""
    connection.execute(update(page).where(page.c.staff == actor.id, page.c.about == about, page.c.heard_ms == 0).values(heard_ms=now_ms))
