"""Alembic's entry: runs on the connection that `bot/store/migrate.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import bot.store.case_tables
import bot.store.data_tables
import bot.store.media_tables
import bot.store.nudge_tables
import bot.store.office_tables
import bot.store.staff_tables
import bot.store.tables  # noqa: F401  # all register their tables

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, render_as_batch=True)
context.run_migrations()
