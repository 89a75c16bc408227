"""Bringing a database to the current tables.

Belongs here: running the migrations in `migrations/`. Does not: the migrations themselves.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from bot.store.database import is_postgres, write

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_250_112  # any number of our own: workers that start together migrate one after another


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, in one transaction where the database can."""
    with write(engine) as connection:
        if is_postgres(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
