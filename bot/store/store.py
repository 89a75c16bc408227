"""An open installation: its database, brought up to date, and its sealer. What every room that reads or writes is given.

Belongs here: opening. Does not: transactions (`database.py`), tables, settings by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, func, select

from bot.store.database import open_engine, read
from bot.store.keys import Key, load_or_create
from bot.store.lookup import open_sealer
from bot.store.migrate import upgrade
from bot.store.sealing import Sealer


class Store:
    """`keys` empty: kept in `key_file`, made on first use. `channel`: name of the wake-up channel (PostgreSQL)."""

    def __init__(self, database_url: str, keys: Sequence[Key], key_file: Path) -> None:
        self.engine: Engine = open_engine(database_url)
        upgrade(self.engine)
        self.sealer: Sealer = open_sealer(self.engine, keys or load_or_create(key_file))
        self.is_postgres = self.engine.dialect.name == "postgresql"
        self.channel = _channel(self.engine) if self.is_postgres else ""


def _channel(engine: Engine) -> str:
    """One per schema, as LISTEN knows databases only."""
    with read(engine) as connection:
        return f"rusitthi_{connection.scalar(select(func.current_schema()))}"
