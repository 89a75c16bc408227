"""Backup and restore of a SQLite installation, while it runs and by a drill that can be tried. PostgreSQL has its own tools.

A backup holds sealed data only: without the encryption keys nobody reads it, so keep the keys in another place, and keep them.
Belongs here: copying, checking, swapping files. Does not: when to do it, where to keep it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url


class BackupProblem(Exception):
    """It was not done; the text says why and what to do."""


def database_file(url: str) -> Path:
    """The file behind `url`. Raises BackupProblem for PostgreSQL, naming its tools."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupProblem("This database is PostgreSQL: use its own tools, pg_dump --format=custom and pg_restore --clean --if-exists -1")
    return Path(parsed.database)


def backup(url: str, to: Path) -> int:
    """Copy the database as it is at one moment, even while it is served; returns the bytes. Raises BackupProblem.

    `to` appears only once the copy is complete, checked and on disk; it is readable by its owner only.
    """
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
    _to_disk(part)
    part.rename(to)
    _to_disk(to.parent)
    return to.stat().st_size


def restore(url: str, source: Path) -> Path | None:
    """Put a backup in the place of the database. Returns where the former one was put aside. Raises BackupProblem; then nothing changed."""
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
        _to_disk(part)
        aside = _put_aside(target)
        part.rename(target)
        _to_disk(target.parent)
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


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
