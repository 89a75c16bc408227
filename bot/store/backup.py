"""Backup and restore of an installation by a drill that can be tried: SQLite here, PostgreSQL by its own tools (`pgtools.py`).

A backup holds sealed data only: without the encryption keys nobody reads it, so keep the keys in another place, and keep them.
Whoever was forgotten after the backup was made is forgotten again (`restore_and_forget`).
Belongs here: copying, checking, swapping files. Does not: when to do it, where to keep it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.store import erasure, pgtools
from bot.store.database import open_engine, read, write
from bot.store.migrate import upgrade
from bot.store.pgtools import BackupProblem as BackupProblem
from bot.store.pgtools import to_disk


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def database_file(url: str) -> Path:
    """The file behind a SQLite address. Raises BackupProblem where there is none."""
    path = make_url(url).database
    if not path or path == ":memory:":
        raise BackupProblem("This database has no file")
    return Path(path)


def backup(url: str, to: Path) -> int:
    """Copy the database as it is at one moment, even while it is served; returns the bytes. Raises BackupProblem.

    `to` appears only once the copy is complete, checked and on disk; it is readable by its owner only.
    """
    if not is_sqlite(url):
        return pgtools.dump(url, to)
    source = database_file(url)
    if not source.exists():
        raise BackupProblem(f"{source}: there is no database")
    if to.exists():
        raise BackupProblem(f"{to}: is there already; a backup never overwrites another")
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(part)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    _check(part)
    to_disk(part)
    part.rename(to)
    to_disk(to.parent)
    return to.stat().st_size


def restore(url: str, source: Path) -> Path | None:
    """Put a backup in the place of the database. Returns where the former one was put aside. Raises BackupProblem; then nothing changed."""
    if not is_sqlite(url):
        return pgtools.restore(url, source)
    target = database_file(url)
    if not source.exists():
        raise BackupProblem(f"{source}: there is no such backup")
    _check(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{target}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupProblem(f"{target} is being served: stop the bot first") from None
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as stored, closing(sqlite3.connect(part)) as copy:
            stored.backup(copy)
        part.chmod(0o600)
        to_disk(part)
        aside = _put_aside(target)
        part.rename(target)
        to_disk(target.parent)
    return aside


def _put_aside(target: Path) -> Path | None:
    """The former database, with what SQLite keeps beside it, under a free name."""
    if not target.exists():
        return None
    with closing(sqlite3.connect(target)) as former:
        former.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number = next(n for n in range(1, 10_000) if not Path(f"{target}.before-restore-{n}").exists())
    aside = target.rename(f"{target}.before-restore-{number}")
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    return aside


def _check(file: Path) -> None:
    """Raises BackupProblem unless it is a sound database of ours."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            [answer] = connection.execute("PRAGMA integrity_check").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise BackupProblem(f"{file}: {error}") from None
    if answer != "ok" or not {"alembic_version", "conversation", "inbox", "outbox"} <= tables:
        raise BackupProblem(f"{file}: damaged, or no database of this bot")


# ---------------------------------------------------------------- erasures since the backup
@dataclass(frozen=True, slots=True)
class Restored:
    """`aside`: where the former database was put. `forgotten`: how many that had been forgotten since the backup were forgotten again;
    None: there was no former database to tell."""

    aside: Path | None
    forgotten: int | None


def restore_and_forget(url: str, source: Path) -> Restored:
    """`restore`, brought up to today's tables, and without those who were erased after the backup was made."""
    former = _erasures(url)
    aside = restore(url, source)
    if former is None:
        return Restored(aside, None)
    engine = open_engine(url)
    try:
        upgrade(engine)
        with write(engine) as connection:
            seq = erasure.last_entry(connection)
            return Restored(aside, erasure.forget_again(connection, [chat for at, chat in former if at > seq]))
    finally:
        engine.dispose()


def _erasures(url: str) -> list[tuple[int, str]] | None:
    """(audit entry, chat) of every erasure the present database knows of; None if it is not there or cannot be read."""
    if is_sqlite(url) and not database_file(url).exists():
        return None
    engine = open_engine(url)
    try:
        with read(engine) as connection:
            return erasure.all_forgotten(connection)
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()
