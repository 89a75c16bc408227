"""Alembic's entry: runs on the connection that `bot/store/migrate.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import bot.store.tables  # noqa: F401  # registers the tables

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, render_as_batch=True)
context.run_migrations()
