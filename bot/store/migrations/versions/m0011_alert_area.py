"""Where the person of an alert is, so that the nearest centre on duty gets it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("area", sa.String(), nullable=False, server_default=""))
