"""Backup and restore of a PostgreSQL installation by its own tools: pg_dump, pg_restore, psql.

The password goes through the environment, never through arguments or messages. Belongs here: calling the tools, checking versions and what
they made. Does not: SQLite (`backup.py`), when to do it, where to keep it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, make_url, text
from sqlmodel import SQLModel

import bot.store.case_tables
import bot.store.data_tables
import bot.store.nudge_tables
import bot.store.staff_tables
import bot.store.tables  # noqa: F401  # all tables are known
from bot.store.database import open_engine, read


class BackupProblem(Exception):
    """It was not done; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """`address`: without the password. `schema`: the one our tables stand in."""

    address: str
    password: str
    schema: str
    server: int  # major version


def target_of(url: str) -> Target:
    """Asks the server which version it is and which schema is ours. Raises BackupProblem if it does not answer."""
    engine = open_engine(url)
    try:
        with read(engine) as connection:
            schema = str(connection.scalar(text("SELECT current_schema()")))
            server = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    except Exception as error:
        raise BackupProblem(f"PostgreSQL does not answer: {type(error).__name__}; is DATABASE_URL right?") from None
    finally:
        engine.dispose()
    parsed = make_url(url)
    plain = parsed._replace(drivername="postgresql", password=None).difference_update_query(["options"])
    return Target(plain.render_as_string(hide_password=False), parsed.password or "", schema, server)


def dump(url: str, to: Path) -> int:
    """As `backup.backup`; a compressed archive of our schema as it is at one moment."""
    if to.exists():
        raise BackupProblem(f"{to}: is there already; a backup never overwrites another")
    target = target_of(url)
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _run(target, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--schema={target.schema}", f"--file={part}")
    check(target, part)
    to_disk(part)
    part.rename(to)
    to_disk(to.parent)
    return to.stat().st_size


def restore(url: str, source: Path) -> Path | None:
    """As `backup.restore`, in one transaction: all of it or nothing. What stood there before is dumped beside the backup first."""
    if not source.exists():
        raise BackupProblem(f"{source}: there is no such backup")
    target = target_of(url)
    check(target, source)
    if schema_of(target, source) != target.schema:
        raise BackupProblem(f"{source}: made of another schema than {target.schema!r}, which DATABASE_URL leads to")
    engine = open_engine(url)
    try:
        if _is_served(engine, target.schema):
            raise BackupProblem("this database is being served: stop every bot first")
        aside = None
        if _is_ours(engine, target.schema):
            number = next(n for n in range(1, 10_000) if not Path(f"{source}.before-restore-{n}").exists())
            aside = Path(f"{source}.before-restore-{number}")
            dump(url, aside)
    finally:
        engine.dispose()
    _replace(target, source)
    return aside


def _replace(target: Target, source: Path) -> None:
    """Our tables go and those of the backup come, in one transaction."""
    listed = [line for line in _run(target, "pg_restore", "--list", str(source)).splitlines() if " SCHEMA " not in line]
    tables = (f'DROP TABLE IF EXISTS "{target.schema}"."{name}" CASCADE;' for name in (*SQLModel.metadata.tables, "alembic_version"))
    with tempfile.TemporaryDirectory() as folder:
        contents, first, script = (Path(folder) / name for name in ("list", "first.sql", "restore.sql"))
        contents.write_text("\n".join(listed), encoding="utf-8")
        first.write_text("\n".join((f'CREATE SCHEMA IF NOT EXISTS "{target.schema}";', *tables)), encoding="utf-8")
        _run(target, "pg_restore", "--no-owner", "--no-privileges", f"--use-list={contents}", f"--file={script}", str(source))
        whole = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _run(target, "psql", *whole, f"--file={first}", f"--file={script}")


def check(target: Target, file: Path) -> None:
    """Raises BackupProblem unless it is a whole archive of ours."""
    listed = _run(target, "pg_restore", "--list", str(file))
    tables = set(re.findall(r"TABLE DATA \S+ (\S+)", listed))
    if not {"alembic_version", "conversation", "inbox", "outbox"} <= tables:
        raise BackupProblem(f"{file}: no backup of this bot")


def schema_of(target: Target, file: Path) -> str:
    found = re.search(r"TABLE DATA (\S+) alembic_version", _run(target, "pg_restore", "--list", str(file)))
    return found.group(1) if found else ""


def _is_ours(engine: Engine, schema: str) -> bool:
    with read(engine) as connection:
        return connection.scalar(text("SELECT to_regclass(:name)"), {"name": f'"{schema}".alembic_version'}) is not None


def _is_served(engine: Engine, schema: str) -> bool:
    """A running bot listens on the channel of its schema as long as it lives."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE query = :listens AND pid <> pg_backend_pid()")
    with read(engine) as connection:
        return bool(connection.scalar(query, {"listens": f'LISTEN "rusitthi_{schema}"'}))


def _run(target: Target, tool: str, *arguments: str) -> str:
    """Output of the tool. Raises BackupProblem when it is missing, older than the server, or fails."""
    path = shutil.which(tool)
    if path is None:
        raise BackupProblem(f"{tool} is not installed; it comes with the PostgreSQL client, version {target.server} or newer")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\b(\d+)", version)
    if found and int(found.group(1)) < target.server:
        raise BackupProblem(f"{tool} is version {found.group(1)}, the server {target.server}: install a client at least as new")
    connect = () if tool == "pg_restore" else (f"--dbname={target.address}",)
    environ = {**os.environ, "PGPASSWORD": target.password} if target.password else dict(os.environ)
    done = subprocess.run([path, *connect, *arguments], capture_output=True, text=True, env=environ, check=False)  # noqa: S603
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise BackupProblem(f"{tool} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
