"""The tables of follow-up: nudges, how far people came, and how each chat may be written to. Times: milliseconds since 1970 (UTC).

Belongs here: columns, keys, indexes. Does not: queries (`nudges.py`, `outcomes.py`).
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import BigInteger, Index, LargeBinary, Table, text
from sqlmodel import Field, SQLModel


class NudgeState(IntEnum):
    PLANNED = 0
    WRITTEN = 1  # its push stands in the outbox
    SENT = 2
    CANCELLED = 3  # made needless by what happened
    OVERTAKEN = 4  # due together with a later one of the same right, or one of many: settled with the bundle
    UNREACHED = 5  # blocked or refused by LINE: somebody has to call


class NudgeRow(SQLModel, table=True):
    """`id` is made of what it is about, so that planning twice makes one. `push`: uid of its outbox row, or `reply`. `history`: JSON list
    of [time, what]."""

    __tablename__ = "nudge"
    __table_args__ = (
        Index("ix_nudge_chat", "chat", "state"),
        Index("ix_nudge_written", "push", sqlite_where=text("state = 1"), postgresql_where=text("state = 1")),
    )
    id: str = Field(primary_key=True)
    chat: str
    member: str
    entitlement: str
    kind: str
    due_ms: int = Field(sa_type=BigInteger)
    on_day: str = ""  # ISO date
    reason: str
    cancel: str  # steps, with spaces between
    priority: int
    state: int = NudgeState.PLANNED
    push: str = ""
    written_ms: int = Field(default=0, sa_type=BigInteger)  # when its push or reply was written
    settled_ms: int = Field(default=0, sa_type=BigInteger)
    history: str


class OutcomeRow(SQLModel, table=True):
    """How far somebody came with one entitlement; the times of each step are kept for the funnel. `sealed`: the reason of a refusal."""

    __tablename__ = "outcome"
    __table_args__ = (Index("ix_outcome_chat", "chat"), Index("ix_outcome_entitlement", "entitlement", "province"))
    uid: str = Field(primary_key=True)
    chat: str
    member: str
    entitlement: str
    province: str = ""
    step: str
    on_day: str  # ISO date on which it came to this step
    told_ms: int = Field(default=0, sa_type=BigInteger)
    applied_ms: int = Field(default=0, sa_type=BigInteger)
    approved_ms: int = Field(default=0, sa_type=BigInteger)
    received_ms: int = Field(default=0, sa_type=BigInteger)
    refused_ms: int = Field(default=0, sa_type=BigInteger)
    gave_up_ms: int = Field(default=0, sa_type=BigInteger)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    message_key: str | None = None  # keyed hash of the message that told the reason, for unsend


class NudgeContactRow(SQLModel, table=True):
    """When to look at a chat next (`next_ms`; 0: not before something changes), most urgent first."""

    __tablename__ = "nudge_contact"
    __table_args__ = (
        Index("ix_nudge_contact_next", "urgency", "next_ms", sqlite_where=text("next_ms > 0"), postgresql_where=text("next_ms > 0")),
    )
    chat: str = Field(primary_key=True)
    next_ms: int = Field(default=0, sa_type=BigInteger)
    urgency: int = 2
    stopped: bool = False
    unreached: bool = False


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


nudge = _table("nudge")
outcome = _table("outcome")
nudge_contact = _table("nudge_contact")
