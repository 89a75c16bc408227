"""Opening the database: SQLite with durable commits, or PostgreSQL, behind one engine.

Belongs here: what differs between the two. Does not: tables or queries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite

WRITES = {"rusitthi_writes": True}
_PRAGMAS = (
    "secure_delete=ON",  # what is erased is overwritten
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-32000",
)
#: A worker that froze in the middle of a turn loses its lanes after this time.
_IDLE_IN_TRANSACTION_MS = 30_000


def open_engine(url: str) -> Engine:
    """The engine for `url`; makes the folder of a SQLite file. Commits are on disk when they return."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_size=8, max_overflow=8, pool_pre_ping=True, query_cache_size=2000)
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _open_sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10}, query_cache_size=2000)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading later can fail half-way.
    writes = connection.get_execution_options().get("rusitthi_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_IN_TRANSACTION_MS}")
    connection.commit()


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes."""
    with engine.connect().execution_options(**WRITES) as connection, connection.begin():
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads."""
    with engine.connect() as connection, connection.begin():
        yield connection


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert those rows whose keys are not there yet; the others stay as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def upsert(connection: Connection, table: Table, key: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Insert rows; where `key` is there already, set `columns`."""
    if rows:
        statement = _insert(connection, table)
        changes = {name: statement.excluded[name] for name in columns}
        connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes), rows)


def _insert(connection: Connection, table: Table) -> Any:
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)
