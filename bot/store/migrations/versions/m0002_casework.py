"""Casework: alerts that are taken, cases and what stands under them, timers, roster. A wish to talk to a human is an alert now."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ALERT_TEXTS = (("centre", "1300"), ("upper", ""), ("source", "line"), ("taken_by", ""), ("closed_by", ""), ("outcome", ""))


def upgrade() -> None:
    _alert()
    op.drop_table("human_request")
    _people()
    _cases()
    _clocks()
    _talk()


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary(), nullable=False)


def _alert() -> None:
    for name, default in (*_ALERT_TEXTS, ("case_uid", ""), ("merged_into", "")):
        op.add_column("alert", sa.Column(name, sa.String(), nullable=False, server_default=default))
    for name in ("taken_ms", "engaged_ms", "closed_ms"):
        op.add_column("alert", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name, number in (("rung", "0"), ("version", "1")):
        op.add_column("alert", sa.Column(name, sa.Integer(), nullable=False, server_default=number))
    op.create_index("ix_alert_centre", "alert", ["centre"])
    op.create_index("ix_alert_merged_into", "alert", ["merged_into"])


def _people() -> None:
    centre = op.create_table(
        "centre", _text("id"), _text("name"), _text("tier"), _text("area"), _text("parent"), sa.PrimaryKeyConstraint("id")
    )
    op.bulk_insert(centre, [{"id": "1300", "name": "ศูนย์ช่วยเหลือสังคม 1300", "tier": "national", "area": "", "parent": ""}])
    op.create_table(
        "staff",
        *(_text("id"), _text("login"), _text("centre"), _text("role"), sa.Column("active", sa.Boolean(), nullable=False), _text("chat")),
        _sealed(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_index("ix_staff_centre", "staff", ["centre"])
    op.create_table(
        "duty",
        sa.Column("id", _ID, nullable=False),
        *(_text("centre"), _text("staff"), _number("rank"), _time("from_ms"), _time("until_ms")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_duty_when", "duty", ["centre", "until_ms"])
    op.create_table("holiday", _text("day"), _text("name"), sa.PrimaryKeyConstraint("day"))


def _cases() -> None:
    op.create_table(
        "case_file",
        *(_text("uid"), _text("number"), _text("chat"), _text("centre"), _text("owner"), _text("state"), _number("risk"), _text("kind")),
        *(_text("area"), _time("opened_ms"), _time("closed_ms"), _number("version"), _sealed()),
        sa.PrimaryKeyConstraint("uid"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_case_file_centre", "case_file", ["centre", "state"])
    for name in ("chat", "owner", "opened_ms"):
        op.create_index(f"ix_case_file_{name}", "case_file", [name])
    op.create_table(
        "case_record",
        *(_text("uid"), _text("case_uid"), _text("kind"), _text("state"), _text("to_centre"), _time("at_ms"), _time("due_ms")),
        *(_time("settled_ms"), _number("version"), _sealed()),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_case_record_case", "case_record", ["case_uid", "kind"])
    op.create_index("ix_case_record_to", "case_record", ["to_centre", "state"])
    op.create_table(
        "access_grant",
        *(_text("uid"), _text("staff"), _text("case_uid"), _time("at_ms"), _time("until_ms"), _sealed()),
        sa.PrimaryKeyConstraint("uid"),
    )
    for name in ("staff", "case_uid"):
        op.create_index(f"ix_access_grant_{name}", "access_grant", [name])


def _clocks() -> None:
    op.create_table(
        "timer",
        sa.Column("id", _ID, nullable=False),
        *(_text("about"), _text("case_uid"), _text("kind"), _number("rung"), _time("due_ms"), _time("settled_ms")),
        sa.Column("fired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    open_ = sa.text("settled_ms = 0")
    op.create_index("ix_timer_due", "timer", ["due_ms"], sqlite_where=open_, postgresql_where=open_)
    op.create_index("ix_timer_about", "timer", ["about"])
    op.create_table(
        "page",
        sa.Column("id", _ID, nullable=False),
        *(_text("about"), _text("staff"), _number("rung"), _time("at_ms"), _time("heard_ms")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_page_about", "page", ["about"])
    op.create_index("ix_page_staff", "page", ["staff", "heard_ms"])


def _talk() -> None:
    op.create_table(
        "holding",
        sa.Column("id", _ID, nullable=False),
        *(_text("chat"), _text("holder"), _text("staff"), _time("from_ms"), _time("until_ms")),
        sa.PrimaryKeyConstraint("id"),
    )
    now = sa.text("until_ms = 0")
    op.create_index("ix_holding_now", "holding", ["chat"], unique=True, sqlite_where=now, postgresql_where=now)
    op.create_index("ix_holding_chat", "holding", ["chat"])
