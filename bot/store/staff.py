"""Sign-in of staff: passwords (argon2id), one-time codes, sessions, slowed-down attempts, presence.

Belongs here: these rows and checks. Does not: pages and cookies (`bot/console`), who may see what (`bot/casework/scope.py`).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from bot.casework.model import Role
from bot.store import audit, duty
from bot.store.case_tables import staff as staff_table
from bot.store.database import upsert
from bot.store.sealing import Sealer
from bot.store.staff_tables import attempt, presence, staff_login, staff_session

TOTP = "staff_login.totp_sealed"
ISSUER = "RuSitthi"
IDLE_MS = 30 * 60_000
ABSOLUTE_MS = 12 * 3_600_000
MIN_PASSWORD = 12
_STEP_S = 30
_FREE_TRIES = 4
_LONGEST_WAIT_MS = 15 * 60_000
_FORGET_TRIES_MS = 24 * 3_600_000
_SEEN_EVERY_MS = 30_000
_HERE_MS = 12_000
_hasher = PasswordHasher()  # argon2id, RFC 9106 low-memory profile
#: Checked when there is no such login, so that answering takes as long.
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is the value in the cookie; it stands hashed in the database."""

    token: str
    staff: str
    demo: bool = False


# Accounts


def enrol(
    connection: Connection,
    sealer: Sealer,
    id_: str,
    login: str,
    centre: str,
    role: Role,
    name: str,
    password: str,
    by: str = "system:cli",
    now_ms: int = 0,
) -> str:
    """A new account; returns the secret for one-time codes. `password` empty: no sign-in with one. `by`: the actor, for the audit log."""
    duty.add_staff(connection, sealer, id_, login, centre, role, name)
    secret = pyotp.random_base32()
    hashed = _hasher.hash(password) if password else ""
    connection.execute(insert(staff_login).values(staff=id_, password=hashed, totp_sealed=_sealed(sealer, id_, secret), last_step=0))
    audit.append(connection, sealer, [audit.Entry(by, "staff added", id_, {"role": role.value, "centre": centre})], now_ms)
    return secret


def _sealed(sealer: Sealer, id_: str, secret: str) -> bytes:
    return sealer.seal(TOTP, id_, secret.encode())


def totp_uri(secret: str, login: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def set_password(connection: Connection, id_: str, password: str) -> None:
    connection.execute(update(staff_login).where(staff_login.c.staff == id_).values(password=_hasher.hash(password)))


def set_totp(connection: Connection, sealer: Sealer, id_: str, secret: str) -> None:
    connection.execute(update(staff_login).where(staff_login.c.staff == id_).values(totp_sealed=_sealed(sealer, id_, secret)))


def login_of(connection: Connection, id_: str) -> str:
    return connection.scalar(select(staff_table.c.login).where(staff_table.c.id == id_)) or ""


# Signing in


def sign_in(connection: Connection, sealer: Sealer, login: str, password: str, code: str, now_ms: int) -> str | None:
    """Id of the staff member, or None: unknown, wrong, or too soon after failures. All of these take the same time and look alike."""
    name = sealer.hash("login", login.strip().casefold())
    waiting = _wait_until(connection, name) > now_ms
    id_ = duty.staff_by_login(connection, login.strip()) or ""
    row = connection.execute(select(staff_login).where(staff_login.c.staff == id_)).one_or_none()
    knows = verify(row.password if row is not None else "", password)
    step = _step_of(sealer, row.staff, row.totp_sealed, code, now_ms) if row is not None and row.totp_sealed else None
    good = knows and step is not None and row is not None and step > row.last_step and not waiting
    if not good or row is None or step is None:
        if not waiting:
            _slow_down(connection, name, now_ms)
        audit.append(connection, sealer, [audit.Entry("system:sign-in", "sign-in refused", name)], now_ms)
        return None
    connection.execute(update(staff_login).where(staff_login.c.staff == id_).values(last_step=step))
    connection.execute(delete(attempt).where(attempt.c.name == name))
    return id_


def check_password(connection: Connection, id_: str, password: str) -> bool:
    return verify(connection.scalar(select(staff_login.c.password).where(staff_login.c.staff == id_)) or "", password)


def verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed or _NOBODY, password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The time step a code belongs to (now, or one before or after); None if it is wrong."""
    given, now = code.replace(" ", ""), now_ms // 1000 // _STEP_S
    totp = pyotp.TOTP(secret)
    return next((step for step in (now, now - 1, now + 1) if hmac.compare_digest(totp.at(step * _STEP_S), given)), None)


def _step_of(sealer: Sealer, id_: str, sealed: bytes, code: str, now_ms: int) -> int | None:
    return step_of(sealer.open(TOTP, id_, sealed).decode(), code, now_ms) if code.isascii() else None


def _wait_until(connection: Connection, name: str) -> int:
    return connection.scalar(select(attempt.c.until_ms).where(attempt.c.name == name)) or 0


def _slow_down(connection: Connection, name: str, now_ms: int) -> None:
    """After four failures every further one doubles the wait, up to a quarter of an hour."""
    row = connection.execute(select(attempt.c.times, attempt.c.until_ms).where(attempt.c.name == name)).one_or_none()
    times = row.times + 1 if row is not None and row.until_ms > now_ms - _FORGET_TRIES_MS else 1
    wait = min(_LONGEST_WAIT_MS, 1000 * 2 ** (times - _FREE_TRIES)) if times > _FREE_TRIES else 0
    upsert(connection, attempt, "name", ("times", "until_ms"), [{"name": name, "times": times, "until_ms": now_ms + wait}])


def too_many(connection: Connection, name: str, free: int, within_ms: int, now_ms: int) -> bool:
    """Counts one try of `name`; True once there were more than `free` without a pause of `within_ms`."""
    row = connection.execute(select(attempt.c.times, attempt.c.until_ms).where(attempt.c.name == name)).one_or_none()
    times = row.times + 1 if row is not None and row.until_ms > now_ms - within_ms else 1
    upsert(connection, attempt, "name", ("times", "until_ms"), [{"name": name, "times": times, "until_ms": now_ms}])
    return times > free


# Sessions


def start_session(connection: Connection, sealer: Sealer, id_: str, now_ms: int, demo: bool = False) -> str:
    """A new session; returns the value for the cookie."""
    token = secrets.token_urlsafe(32)
    row = {"token": sealer.hash("session", token), "staff": id_, "demo": demo, "at_ms": now_ms, "seen_ms": now_ms}
    connection.execute(insert(staff_session).values(row))
    connection.execute(delete(staff_session).where(staff_session.c.at_ms < now_ms - ABSOLUTE_MS))
    audit.append(connection, sealer, [audit.Entry(f"staff:{id_}", "signed in", id_, {"demo": demo})], now_ms)
    return token


def find_session(connection: Connection, sealer: Sealer, token: str, now_ms: int) -> Session | None:
    """The session behind a cookie, if it is neither idle for half an hour nor older than twelve hours."""
    row = connection.execute(select(staff_session).where(staff_session.c.token == sealer.hash("session", token))).one_or_none()
    if row is None or now_ms - row.seen_ms > IDLE_MS or now_ms - row.at_ms > ABSOLUTE_MS:
        return None
    return Session(token, row.staff, row.demo)


def touch_session(connection: Connection, sealer: Sealer, token: str, now_ms: int) -> None:
    """Somebody did something: the idle limit runs anew. Streams do not count as doing."""
    mine = (staff_session.c.token == sealer.hash("session", token), staff_session.c.seen_ms < now_ms - _SEEN_EVERY_MS)
    connection.execute(update(staff_session).where(*mine).values(seen_ms=now_ms))


def end_session(connection: Connection, sealer: Sealer, token: str) -> None:
    connection.execute(delete(staff_session).where(staff_session.c.token == sealer.hash("session", token)))


def end_other_sessions(connection: Connection, sealer: Sealer, id_: str, token: str) -> None:
    """After a change of password or code."""
    kept = sealer.hash("session", token)
    connection.execute(delete(staff_session).where(staff_session.c.staff == id_, staff_session.c.token != kept))


# Presence


def note_presence(connection: Connection, about: str, id_: str, typing: bool, now_ms: int) -> None:
    connection.execute(delete(presence).where(presence.c.about == about, presence.c.staff == id_))
    connection.execute(insert(presence).values(about=about, staff=id_, typing=typing, at_ms=now_ms))


def others_present(connection: Connection, about: str, id_: str, now_ms: int) -> list[tuple[str, bool]]:
    """Who else has the page of `about` open: (staff id, typing)."""
    query = select(presence.c.staff, presence.c.typing).where(presence.c.about == about, presence.c.staff != id_)
    return [
        (row.staff, row.typing) for row in connection.execute(query.where(presence.c.at_ms > now_ms - _HERE_MS).order_by(presence.c.staff))
    ]
