"""Follow-up: nudges, outcomes, how chats may be written to; messages that are not to be sent after a time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("until_ms", sa.BigInteger(), nullable=False, server_default="0"))
    _nudge()
    _outcome()
    _contact()


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _nudge() -> None:
    op.create_table(
        "nudge",
        *(_text("id"), _text("chat"), _text("member"), _text("entitlement"), _text("kind"), _time("due_ms"), _text("on_day")),
        *(_text("reason"), _text("cancel"), sa.Column("priority", sa.Integer(), nullable=False)),
        *(sa.Column("state", sa.Integer(), nullable=False), _text("push"), _time("written_ms"), _time("settled_ms"), _text("history")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_nudge_chat", "nudge", ["chat", "state"])
    written = sa.text("state = 1")
    op.create_index("ix_nudge_written", "nudge", ["push"], sqlite_where=written, postgresql_where=written)


def _outcome() -> None:
    steps = ("told", "applied", "approved", "received", "refused", "gave_up")
    op.create_table(
        "outcome",
        *(_text("uid"), _text("chat"), _text("member"), _text("entitlement"), _text("province"), _text("step"), _text("on_day")),
        *(_time(f"{step}_ms") for step in steps),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_outcome_chat", "outcome", ["chat"])
    op.create_index("ix_outcome_entitlement", "outcome", ["entitlement", "province"])


def _contact() -> None:
    op.create_table(
        "nudge_contact",
        *(_text("chat"), _time("next_ms"), sa.Column("urgency", sa.Integer(), nullable=False)),
        *(sa.Column("stopped", sa.Boolean(), nullable=False), sa.Column("unreached", sa.Boolean(), nullable=False)),
        sa.PrimaryKeyConstraint("chat"),
    )
    waiting = sa.text("next_ms > 0")
    op.create_index("ix_nudge_contact_next", "nudge_contact", ["urgency", "next_ms"], sqlite_where=waiting, postgresql_where=waiting)
