"""Running the accounts of staff: inviting, roles and centres, switching off, new passwords and codes. By admins, within their reach.

Belongs here: these moves, version-checked and audited. Does not: sign-in itself (`staff.py`), pages.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy import Connection, Row, Select, delete, func, select, update

from bot.casework.model import Role, Staff
from bot.casework.moves import need
from bot.store import audit, duty
from bot.store import staff as signing
from bot.store.case_tables import staff
from bot.store.casefiles import Conflict, NotFound
from bot.store.sealing import Sealer
from bot.store.staff_tables import staff_login, staff_session

ROLES = (Role.STAFF, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
_WORD = 4
#: Without those that are taken for one another.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Account:
    """`version`: what an admin saw; changes with role, centre and state. `seen_ms`: last seen in the console since signing in; 0: not."""

    id: str
    login: str
    name: str
    role: Role
    centre: str
    active: bool
    seen_ms: int

    @property
    def version(self) -> str:
        return f"{self.role.value} {self.centre} {int(self.active)}"


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """What a person needs to sign in, shown to the admin once and kept nowhere in plain."""

    account: Account
    password: str
    secret: str
    uri: str


def accounts(connection: Connection, sealer: Sealer, actor: Staff) -> list[Account]:
    """Everybody at the centres `actor` reaches, those switched off too."""
    need(actor.role is Role.ADMIN, "role")
    seen = {row.staff: row.at for row in connection.execute(_last_seen())}
    rows = connection.execute(select(staff).where(staff.c.centre.in_(actor.reach)).order_by(staff.c.active.desc(), staff.c.login))
    return [_account(sealer, row, seen.get(row.id, 0)) for row in rows]


def _last_seen() -> Select[tuple[str, int]]:
    return select(staff_session.c.staff, func.max(staff_session.c.seen_ms).label("at")).group_by(staff_session.c.staff)


def _account(sealer: Sealer, row: Row[tuple[object, ...]], seen_ms: int) -> Account:
    name = sealer.open(duty.NAME, row.id, row.sealed).decode()
    return Account(row.id, row.login, name, Role(row.role), row.centre, row.active, seen_ms)


def account(connection: Connection, sealer: Sealer, actor: Staff, id_: str) -> Account:
    """Raises NotFound, also for accounts elsewhere."""
    found = next((one for one in accounts(connection, sealer, actor) if one.id == id_), None)
    if found is None:
        raise NotFound(id_)
    return found


def invite(
    connection: Connection, sealer: Sealer, actor: Staff, id_: UUID, login: str, name: str, role: Role, centre: str, now_ms: int
) -> FirstKeys:
    """A new account with a first password and a secret for codes."""
    need(actor.role is Role.ADMIN and role in ROLES, "role")
    need(centre in actor.reach, "receiver")
    need(bool(login) and bool(name) and login.isprintable(), "text")
    need(not connection.scalar(select(func.count()).select_from(staff).where(staff.c.login == login)), "login taken")
    password = _password()
    secret = signing.enrol(connection, sealer, str(id_), login, centre, role, name, password, by=actor.actor, now_ms=now_ms)
    return FirstKeys(account(connection, sealer, actor, str(id_)), password, secret, signing.totp_uri(secret, login))


def _password() -> str:
    """Sixteen signs in groups of four, easy to read out."""
    drawn = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(drawn[at : at + _WORD] for at in range(0, len(drawn), _WORD))


def change(
    connection: Connection, sealer: Sealer, actor: Staff, id_: str, was: str, role: Role, centre: str, active: bool, now_ms: int
) -> None:
    """Another role or centre, switched off or on again. Whoever is switched off or moved is signed out and off duty at once."""
    before = _unchanged(connection, sealer, actor, id_, was)
    need(id_ != actor.id, "not yourself")
    need(role in ROLES, "role")
    need(centre in actor.reach, "receiver")
    if (before.role, before.centre, before.active) == (role, centre, active):
        return
    connection.execute(update(staff).where(staff.c.id == id_).values(role=role.value, centre=centre, active=active))
    connection.execute(delete(staff_session).where(staff_session.c.staff == id_))
    if not active or centre != before.centre:
        duty.take_off_duty(connection, id_, before.centre, now_ms)
    data = {"role": role.value, "centre": centre, "active": active, "before": before.version}
    audit.append(connection, sealer, [audit.Entry(actor.actor, "staff changed", id_, data)], now_ms)


def reset(connection: Connection, sealer: Sealer, actor: Staff, id_: str, was: str, now_ms: int) -> FirstKeys:
    """A new password and a new secret for codes; the old ones and all sessions are worth nothing from now on."""
    found = _unchanged(connection, sealer, actor, id_, was)
    need(id_ != actor.id, "not yourself")
    need(bool(connection.scalar(select(func.count()).select_from(staff_login).where(staff_login.c.staff == id_))), "state")
    password, secret = _password(), pyotp.random_base32()
    signing.set_password(connection, id_, password)
    signing.set_totp(connection, sealer, id_, secret)
    connection.execute(delete(staff_session).where(staff_session.c.staff == id_))
    audit.append(connection, sealer, [audit.Entry(actor.actor, "staff keys reset", id_)], now_ms)
    return FirstKeys(found, password, secret, signing.totp_uri(secret, found.login))


def _unchanged(connection: Connection, sealer: Sealer, actor: Staff, id_: str, was: str) -> Account:
    found = account(connection, sealer, actor, id_)
    if found.version != was:
        raise Conflict(found, 0)
    return found
