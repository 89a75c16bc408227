"""Pictures, voice, video and files that citizens send: what is known of each, and its content in sealed pieces."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        _text("uid"),
        _text("chat"),
        _text("message_key"),
        _text("kind"),
        sa.Column("state", sa.Integer(), nullable=False),
        _text("problem"),
        _text("type"),
        _big("size"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _big("at_ms"),
        _big("due_ms"),
        _big("lease_ms"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
        sa.UniqueConstraint("message_key"),
    )
    op.create_index("ix_media_chat", "media", ["chat"])
    op.create_index("ix_media_at_ms", "media", ["at_ms"])
    still_open = sa.text("state < 2")
    op.create_index("ix_media_due", "media", ["due_ms"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_table(
        "media_part",
        _text("id"),
        _text("media"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["media"], ["media.uid"], ondelete="CASCADE"),
    )
    op.create_index("ix_media_part_media", "media_part", ["media"])


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _big(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
