"""The tables of people's say over their data. Times: milliseconds since 1970 (UTC).

Belongs here: columns, keys, indexes. Does not: queries (`consents.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Table
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


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


consent = _table("consent")
