"""The case half of the console: why somebody was rung, and whose transfer it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("why", sa.String(), nullable=False, server_default=""))
    op.add_column("case_record", sa.Column("from_centre", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_case_record_from", "case_record", ["from_centre"])
