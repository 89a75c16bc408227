"""The console: sign-in, sessions, slowed-down attempts, who is at which page, reports from the web that look like spam."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_login",
        _text("staff"),
        _text("password"),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        _time("last_step"),
        sa.PrimaryKeyConstraint("staff"),
    )
    op.create_table(
        "staff_session",
        _text("token"),
        _text("staff"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        _time("at_ms"),
        _time("seen_ms"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_staff_session_staff", "staff_session", ["staff"])
    op.create_table(
        "attempt", _text("name"), sa.Column("times", sa.Integer(), nullable=False), _time("until_ms"), sa.PrimaryKeyConstraint("name")
    )
    op.create_table(
        "presence",
        _text("about"),
        _text("staff"),
        sa.Column("typing", sa.Boolean(), nullable=False),
        _time("at_ms"),
        sa.PrimaryKeyConstraint("about", "staff"),
    )
    op.create_table(
        "parked_report",
        _text("uid"),
        _time("at_ms"),
        _text("why"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
