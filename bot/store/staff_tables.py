"""The tables of the console: sign-in and sessions of staff, slowed-down attempts, presence, parked reports, LINE accounts of staff.

Belongs here: columns and keys. Does not: queries (`staff.py`, `webreports.py`, `linelinks.py`).
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


class LinkRow(SQLModel, table=True):
    """A chat that staff are called in. `kind` staff: their own account (`staff`); group: a group of `centre`. `by`: who made the code."""

    __tablename__ = "line_link"
    chat: str = Field(primary_key=True)
    kind: str
    staff: str = Field(default="", index=True)
    centre: str = Field(default="", index=True)
    by: str
    at_ms: int = Field(sa_type=BigInteger)
    address_sealed: bytes = Field(sa_type=LargeBinary)


class LinkCodeRow(SQLModel, table=True):
    """`code`: keyed hash of what is to be typed; good once, until `until_ms`. `staff`: who made it."""

    __tablename__ = "link_code"
    code: str = Field(primary_key=True)
    kind: str
    staff: str
    centre: str
    until_ms: int = Field(sa_type=BigInteger)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


staff_login = _table("staff_login")
staff_session = _table("staff_session")
attempt = _table("attempt")
presence = _table("presence")
parked_report = _table("parked_report")
line_link = _table("line_link")
link_code = _table("link_code")
