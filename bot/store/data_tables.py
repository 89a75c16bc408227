"""The tables of people's say over their data. Times: milliseconds since 1970 (UTC).

Belongs here: columns, keys, indexes. Does not: queries (`consents.py`, `erasure.py`, `copies.py`, `exports.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, Table
from sqlmodel import Field, SQLModel

from bot.store.tables import _Id


class ConsentRow(SQLModel, table=True):
    """One answer about one purpose; the newest holds. `answer`: yes | no | asked (the question was put)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_chat", "chat", "purpose", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    chat: str
    purpose: str
    answer: str
    version: str
    at_ms: int = Field(sa_type=BigInteger)


class ReceiptRow(SQLModel, table=True):
    """That somebody was erased and when, never who. `data`: JSON, rows removed by kind."""

    __tablename__ = "erasure_receipt"
    number: str = Field(primary_key=True)
    at_ms: int = Field(sa_type=BigInteger)
    data: str


class CopyRow(SQLModel, table=True):
    """A link to one's own data that was not used yet. `token`: keyed hash of the random value in the link."""

    __tablename__ = "data_copy"
    token: str = Field(primary_key=True)
    chat: str = Field(index=True)
    at_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(sa_type=BigInteger)


class ExportRow(SQLModel, table=True):
    """A case to be handed to an authority (`bot/casework/exports.py`); `sealed` is the whole of it."""

    __tablename__ = "export"
    uid: str = Field(primary_key=True)
    centre: str = Field(index=True)
    asked_by: str
    at_ms: int = Field(sa_type=BigInteger)
    version: int
    sealed: bytes = Field(sa_type=LargeBinary)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


consent = _table("consent")
erasure_receipt = _table("erasure_receipt")
data_copy = _table("data_copy")
export = _table("export")
