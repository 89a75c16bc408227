"""The tables of running a centre: canned replies in all their versions.

Belongs here: columns and keys. Does not: queries (`office.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Table
from sqlmodel import Field, SQLModel


class CannedReplyRow(SQLModel, table=True):
    """One version of a ready-made reply; the highest version of a key holds. Both texts empty: taken out. `by`: staff id."""

    __tablename__ = "canned_reply"
    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    th: str
    en: str
    by: str
    at_ms: int = Field(sa_type=BigInteger)


canned_reply: Table = SQLModel.metadata.tables["canned_reply"]
