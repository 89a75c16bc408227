"""The tables of the console: sign-in and sessions of staff, slowed-down attempts, presence, parked reports.

Belongs here: columns and keys. Does not: queries (`staff.py`, `webreports.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, Table
from sqlmodel import Field, SQLModel


class LoginRow(SQLModel, table=True):
    """`password`: argon2id; empty: may not sign in with one. `last_step`: the time step of the last code, which is good only once."""

    __tablename__ = "staff_login"
    staff: str = Field(primary_key=True)
    password: str
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    last_step: int = Field(default=0, sa_type=BigInteger)


class SessionRow(SQLModel, table=True):
    """`token`: keyed hash of the random value in the cookie. `demo`: made by the one-click sign-in of `rusitthi run`."""

    __tablename__ = "staff_session"
    token: str = Field(primary_key=True)
    staff: str = Field(index=True)
    demo: bool = False
    at_ms: int = Field(sa_type=BigInteger)
    seen_ms: int = Field(sa_type=BigInteger)


class AttemptRow(SQLModel, table=True):
    """`name`: keyed hash of what is tried (a login, an address); nothing more is answered before `until_ms`."""

    __tablename__ = "attempt"
    name: str = Field(primary_key=True)
    times: int
    until_ms: int = Field(sa_type=BigInteger)


class PresenceRow(SQLModel, table=True):
    __tablename__ = "presence"
    about: str = Field(primary_key=True)
    staff: str = Field(primary_key=True)
    typing: bool = False
    at_ms: int = Field(sa_type=BigInteger)


class ParkedReportRow(SQLModel, table=True):
    """A report from the public form that looks like spam: kept for a human to look at. `why`: honeypot | too_many."""

    __tablename__ = "parked_report"
    uid: str = Field(primary_key=True)
    at_ms: int = Field(sa_type=BigInteger)
    why: str
    sealed: bytes = Field(sa_type=LargeBinary)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


staff_login = _table("staff_login")
staff_session = _table("staff_session")
attempt = _table("attempt")
presence = _table("presence")
parked_report = _table("parked_report")
