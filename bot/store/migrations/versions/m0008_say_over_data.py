"""People's say over their data: receipts of erasures, copies to fetch, and which message an alert or a reason came with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("erasure_receipt", _text("number"), _time("at_ms"), _text("data"), sa.PrimaryKeyConstraint("number"))
    op.create_table("data_copy", _text("token"), _text("chat"), _time("at_ms"), _time("until_ms"), sa.PrimaryKeyConstraint("token"))
    op.create_index("ix_data_copy_chat", "data_copy", ["chat"])
    for table in ("alert", "outcome"):
        op.add_column(table, sa.Column("message_key", sa.String(), nullable=True))


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
