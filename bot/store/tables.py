"""The tables of the shell. Times are whole milliseconds since 1970 (UTC); sealed columns are named `sealed` or `…_sealed`.

Belongs here: columns, keys, indexes and the words for states. Does not: queries (one module per table group).
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, LargeBinary, Table, literal_column, text
from sqlmodel import Field, SQLModel

from bot.casework.model import AlertState as AlertState

_Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up by itself only for INTEGER


class InboxState(IntEnum):
    PENDING = 0
    DONE = 1
    FAILED = 2  # its turn broke; the person got the fallback text; an admin can try again


class OutboxState(IntEnum):
    WAITING = 0  # due, or behind an earlier message of its chat
    SENDING = 1  # claimed by a worker until lease_ms
    SENT = 2
    UNCERTAIN = 3  # perhaps delivered; not sent again, so that nobody gets it twice
    FAILED = 4  # refused by LINE for good
    DROPPED = 5  # an ordinary push while the monthly quota is spent


def literal(state: InboxState | OutboxState) -> ColumnElement[int]:
    """The state written out in the SQL: partial indexes serve only queries that name it so."""
    return literal_column(str(int(state)))


class InboxEvent(SQLModel, table=True):
    """One webhook event, kept as LINE sent it (sealed). `message_key` is the keyed hash of the message id, for unsend."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_pending", "id", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")),
        Index("ix_inbox_chat", "chat", "state"),
        Index("ix_inbox_message_key", "message_key"),
        Index("ix_inbox_received", "received_ms"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    event_id: str = Field(unique=True)
    chat: str
    message_key: str | None = None
    state: int = InboxState.PENDING
    at_ms: int = Field(sa_type=BigInteger)
    received_ms: int = Field(sa_type=BigInteger)
    tries: int = 0
    sealed: bytes = Field(sa_type=LargeBinary)


class Lane(SQLModel, table=True):
    """One row per chat, to be locked: whoever holds it runs the turns of that chat."""

    __tablename__ = "lane"
    chat: str = Field(primary_key=True)


class ConversationRow(SQLModel, table=True):
    """State of a talk (opaque, sealed) and where to write to (sealed LINE id). `reachable`: not blocked, as far as known."""

    __tablename__ = "conversation"
    chat: str = Field(primary_key=True)
    source: str
    address_sealed: bytes = Field(sa_type=LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    reachable: bool = True
    updated_ms: int = Field(sa_type=BigInteger, index=True)


class OutboxMessage(SQLModel, table=True):
    """One call to LINE: up to five message objects. `uid` is also its retry key. `doubt`: a reply attempt may have arrived."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "chat", "id", sqlite_where=text("state < 2"), postgresql_where=text("state < 2")),
        Index("ix_outbox_due", "due_ms", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")),
        Index("ix_outbox_lease", "lease_ms", sqlite_where=text("state = 1"), postgresql_where=text("state = 1")),
        Index("ix_outbox_chat", "chat"),
        Index("ix_outbox_created", "created_ms"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    uid: str = Field(unique=True)
    chat: str
    state: int = OutboxState.WAITING
    urgent: bool = False
    forget: bool = False  # blank it once settled: the person asked to be forgotten
    doubt: bool = False
    tries: int = 0
    due_ms: int = Field(sa_type=BigInteger)
    lease_ms: int = Field(default=0, sa_type=BigInteger)
    worker: str = ""
    token_until_ms: int = Field(default=0, sa_type=BigInteger)  # the reply token is good until then; 0: there is none
    until_ms: int = Field(default=0, sa_type=BigInteger)  # a reminder: not to be sent after this, silent; 0: however late
    created_ms: int = Field(sa_type=BigInteger)
    settled_ms: int = Field(default=0, sa_type=BigInteger)
    status: int = 0  # last HTTP status
    request_id: str = ""  # x-line-request-id of the last call
    sealed: bytes = Field(sa_type=LargeBinary)


class AlertRow(SQLModel, table=True):
    """A raised alarm that a human must take (`bot/casework/model.py` says what the columns mean); `sealed` is what was said."""

    __tablename__ = "alert"
    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    uid: str = Field(unique=True)
    chat: str = Field(index=True)
    level: str
    severity: int
    kind: str
    subject: str
    why: str  # JSON list
    state: str = Field(default=AlertState.RAISED, index=True)
    at_ms: int = Field(sa_type=BigInteger, index=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    centre: str = Field(default="", index=True)
    upper: str = ""
    source: str = "line"
    rung: int = 0
    taken_by: str = ""
    taken_ms: int = Field(default=0, sa_type=BigInteger)
    engaged_ms: int = Field(default=0, sa_type=BigInteger)
    closed_ms: int = Field(default=0, sa_type=BigInteger)
    closed_by: str = ""
    outcome: str = ""
    case_uid: str = ""
    merged_into: str = Field(default="", index=True)
    area: str = ""
    version: int = 1
    message_key: str | None = None  # keyed hash of the message it came with, for unsend


class AuditEntry(SQLModel, table=True):
    """Append-only and chained: `hash` covers the entry and the hash before it. `data` is JSON without texts and names."""

    __tablename__ = "audit"
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at_ms: int = Field(sa_type=BigInteger)
    actor: str
    what: str
    subject: str = Field(index=True)
    data: str
    before: str
    hash: str


class Meta(SQLModel, table=True):
    """Single values of the installation: the wrapped look-up key, the head of the audit chain, the quota last read."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    value: bytes = Field(sa_type=LargeBinary)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


inbox = _table("inbox")
lane = _table("lane")
conversation = _table("conversation")
outbox = _table("outbox")
alert = _table("alert")
audit = _table("audit")
meta = _table("meta")
