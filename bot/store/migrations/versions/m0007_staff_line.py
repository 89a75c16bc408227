"""Staff on LINE: linked accounts and groups, and the codes that link them. The unused column staff.chat goes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("staff", "chat")
    op.create_table(
        "line_link",
        _text("chat"),
        _text("kind"),
        _text("staff"),
        _text("centre"),
        _text("by"),
        _time("at_ms"),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chat"),
    )
    op.create_index("ix_line_link_staff", "line_link", ["staff"])
    op.create_index("ix_line_link_centre", "line_link", ["centre"])
    op.create_table(
        "link_code", _text("code"), _text("kind"), _text("staff"), _text("centre"), _time("until_ms"), sa.PrimaryKeyConstraint("code")
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
