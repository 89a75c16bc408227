"""The tables of casework. What is sealed is the whole object as JSON (`bot/casework/model.py`,
`record_types.py`); the plain columns are for finding it.

Belongs here: columns, keys, indexes. Does not: queries (`casework.py`, `casefiles.py`, `timers.py`, `duty.py`, `holding.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, Table, text
from sqlmodel import Field, SQLModel

from bot.store.tables import _Id


class CentreRow(SQLModel, table=True):
    __tablename__ = "centre"
    id: str = Field(primary_key=True)
    name: str
    tier: str
    area: str = ""
    parent: str = ""


class StaffRow(SQLModel, table=True):
    """`sealed`: the name. Sign-in and LINE stand elsewhere (`staff_tables.py`)."""

    __tablename__ = "staff"
    id: str = Field(primary_key=True)
    login: str = Field(unique=True)
    centre: str = Field(index=True)
    role: str
    active: bool = True
    sealed: bytes = Field(sa_type=LargeBinary)


class DutyRow(SQLModel, table=True):
    """Who is on duty where and when; `rank` 0 is rung first."""

    __tablename__ = "duty"
    __table_args__ = (Index("ix_duty_when", "centre", "until_ms"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    centre: str
    staff: str
    rank: int = 0
    from_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(sa_type=BigInteger)


class HolidayRow(SQLModel, table=True):
    """`day`: ISO date."""

    __tablename__ = "holiday"
    day: str = Field(primary_key=True)
    name: str


class CaseRow(SQLModel, table=True):
    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_centre", "centre", "state"),)
    uid: str = Field(primary_key=True)
    number: str = Field(unique=True)
    chat: str = Field(index=True)
    centre: str
    owner: str = Field(index=True)
    state: str
    risk: int
    kind: str
    area: str
    opened_ms: int = Field(sa_type=BigInteger, index=True)
    closed_ms: int = Field(default=0, sa_type=BigInteger)
    version: int
    sealed: bytes = Field(sa_type=LargeBinary)


class RecordRow(SQLModel, table=True):
    """Everything under a case: people, assessments, plans, consents, referrals, transfers, notes, tasks, safe contacts. `kind`: which.
    `to_centre`: who else sees it (receiver of a referral or transfer); `from_centre`: whose transfer it was."""

    __tablename__ = "case_record"
    __table_args__ = (
        Index("ix_case_record_case", "case_uid", "kind"),
        Index("ix_case_record_to", "to_centre", "state"),
        Index("ix_case_record_from", "from_centre"),
    )
    uid: str = Field(primary_key=True)
    case_uid: str
    kind: str
    state: str = ""
    to_centre: str = ""
    from_centre: str = ""
    at_ms: int = Field(sa_type=BigInteger)
    due_ms: int = Field(default=0, sa_type=BigInteger)
    settled_ms: int = Field(default=0, sa_type=BigInteger)
    version: int
    sealed: bytes = Field(sa_type=LargeBinary)


class TimerRow(SQLModel, table=True):
    """One clock. Pending while `settled_ms` is 0; `fired`: it went off, else it was cancelled."""

    __tablename__ = "timer"
    __table_args__ = (
        Index("ix_timer_due", "due_ms", sqlite_where=text("settled_ms = 0"), postgresql_where=text("settled_ms = 0")),
        Index("ix_timer_about", "about"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    about: str
    case_uid: str = ""
    kind: str
    rung: int = 0
    due_ms: int = Field(sa_type=BigInteger)
    settled_ms: int = Field(default=0, sa_type=BigInteger)
    fired: bool = False


class PageRow(SQLModel, table=True):
    """Somebody was rung about an alert, a case or what was sent to their centre; `heard_ms`: their console or phone said so. `why`: a word
    the console has a sentence for; empty for an alert."""

    __tablename__ = "page"
    __table_args__ = (Index("ix_page_staff", "staff", "heard_ms"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    about: str = Field(index=True)
    staff: str
    rung: int = 0
    why: str = ""
    at_ms: int = Field(sa_type=BigInteger)
    heard_ms: int = Field(default=0, sa_type=BigInteger)


class HoldingRow(SQLModel, table=True):
    """Who held a talk from when until when; the row with `until_ms` 0 is the present."""

    __tablename__ = "holding"
    __table_args__ = (
        Index("ix_holding_now", "chat", unique=True, sqlite_where=text("until_ms = 0"), postgresql_where=text("until_ms = 0")),
        Index("ix_holding_chat", "chat"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    chat: str
    holder: str
    staff: str = ""
    from_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(default=0, sa_type=BigInteger)


class GrantRow(SQLModel, table=True):
    """Break-glass. `sealed`: the reason."""

    __tablename__ = "access_grant"
    uid: str = Field(primary_key=True)
    staff: str = Field(index=True)
    case_uid: str = Field(index=True)
    at_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(sa_type=BigInteger)
    sealed: bytes = Field(sa_type=LargeBinary)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


centre = _table("centre")
staff = _table("staff")
duty = _table("duty")
holiday = _table("holiday")
case_file = _table("case_file")
case_record = _table("case_record")
timer = _table("timer")
page = _table("page")
holding = _table("holding")
access_grant = _table("access_grant")
