"""The tables of what citizens send besides words: pictures, voice, video, files.

Belongs here: columns, keys, states. Does not: queries (`media.py`), fetching (`bot/line/fetching.py`).
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, text
from sqlmodel import Field, SQLModel


class MediaState(IntEnum):
    WAITING = 0  # to be fetched from LINE at due_ms
    FETCHING = 1  # claimed until lease_ms
    STORED = 2
    FAILED = 3  # `problem` says why


class MediaRow(SQLModel, table=True):
    """One thing sent. `sealed`: its LINE message id and file name. `type`: found by its first bytes, empty until stored.
    `problem`: gone | too_big | unreachable | elsewhere."""

    __tablename__ = "media"
    __table_args__ = (Index("ix_media_due", "due_ms", sqlite_where=text("state < 2"), postgresql_where=text("state < 2")),)
    uid: str = Field(primary_key=True)
    chat: str = Field(index=True)
    message_key: str = Field(unique=True)
    kind: str
    state: int = MediaState.WAITING
    problem: str = ""
    type: str = ""
    size: int = Field(default=0, sa_type=BigInteger)
    tries: int = 0
    at_ms: int = Field(sa_type=BigInteger, index=True)
    due_ms: int = Field(sa_type=BigInteger)
    lease_ms: int = Field(default=0, sa_type=BigInteger)
    sealed: bytes = Field(sa_type=LargeBinary)


class MediaPartRow(SQLModel, table=True):
    """A piece of the content; all are of one size but the last. It goes with its medium."""

    __tablename__ = "media_part"
    id: str = Field(primary_key=True)
    media: str = Field(sa_column=Column(String, ForeignKey("media.uid", ondelete="CASCADE"), nullable=False, index=True))
    n: int
    sealed: bytes = Field(sa_type=LargeBinary)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


media = _table("media")
media_part = _table("media_part")
