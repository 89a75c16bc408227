"""The shell: inbox, lanes, conversations, outbox, alerts, requests, audit, single values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alert()
    _audit()
    _conversation()
    _human_request()
    _inbox()
    _lane()
    _meta()
    _outbox()


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index(op.f("ix_alert_at_ms"), "alert", ["at_ms"], unique=False)
    op.create_index(op.f("ix_alert_chat"), "alert", ["chat"], unique=False)
    op.create_index(op.f("ix_alert_state"), "alert", ["state"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat"),
    )
    op.create_index(op.f("ix_conversation_updated_ms"), "conversation", ["updated_ms"], unique=False)


def _human_request() -> None:
    op.create_table(
        "human_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("topic_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index(op.f("ix_human_request_chat"), "human_request", ["chat"], unique=False)
    op.create_index(op.f("ix_human_request_state"), "human_request", ["state"], unique=False)


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("message_key", sa.String(), nullable=True),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_inbox_chat", "inbox", ["chat", "state"], unique=False)
    op.create_index("ix_inbox_message_key", "inbox", ["message_key"], unique=False)
    op.create_index(
        "ix_inbox_pending", "inbox", ["id"], unique=False, sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
    )
    op.create_index("ix_inbox_received", "inbox", ["received_ms"], unique=False)


def _lane() -> None:
    op.create_table("lane", sa.Column("chat", sa.String(), nullable=False), sa.PrimaryKeyConstraint("chat"))


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("forget", sa.Boolean(), nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("token_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_outbox_chat", "outbox", ["chat"], unique=False)
    op.create_index("ix_outbox_created", "outbox", ["created_ms"], unique=False)
    op.create_index(
        "ix_outbox_due", "outbox", ["due_ms"], unique=False, sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
    )
    op.create_index(
        "ix_outbox_lease", "outbox", ["lease_ms"], unique=False, sqlite_where=sa.text("state = 1"), postgresql_where=sa.text("state = 1")
    )
    op.create_index(
        "ix_outbox_open", "outbox", ["chat", "id"], unique=False, sqlite_where=sa.text("state < 2"), postgresql_where=sa.text("state < 2")
    )
