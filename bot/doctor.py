"""`rusitthi doctor`: is this installation fit to serve? Looks, and changes nothing.

Belongs here: one check a line, with what to do. Does not: mending.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.content import sound_base
from bot.settings import Settings
from bot.store import audit, inbox, nudges
from bot.store.database import open_engine, read
from bot.store.keys import KeyProblem, parse_keys
from bot.store.lookup import open_sealer
from bot.store.sealing import CannotOpen

Level = Literal["ok", "warning", "problem"]
_LEAST_DISK = 500_000_000  # bytes
_LEAST_QUOTA = 20  # pushes
_LATEST_S = 60
_CLOCK_S = 30
_MIGRATIONS = Path(__file__).parent / "store" / "migrations"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str
    text: str


async def examine(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """All findings, in the order of a first installation."""
    found = [Finding("ok", "configuration", "complete"), *rules(), *disk(settings), *database(settings, now())]
    return [*found, *await line(settings, now)]


def rules() -> list[Finding]:
    base, errors = sound_base()
    if errors:
        return [Finding("problem", "rules", f"{len(errors)} errors: see rusitthi rules check")]
    return [Finding("ok", "rules", f"{len(base.rules)} entitlements, fingerprint {base.fingerprint[:12]}")]


def disk(settings: Settings) -> list[Finding]:
    path = make_url(settings.database_url).database
    if not settings.database_url.startswith("sqlite") or not path:
        return []
    folder = next(parent for parent in Path(path).absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    return [Finding("ok" if free > _LEAST_DISK else "problem", "disk", f"{free // 1_000_000:,} MB free where the database lies")]


def database(settings: Settings, now: datetime) -> list[Finding]:
    path = make_url(settings.database_url).database
    if settings.database_url.startswith("sqlite") and path and not Path(path).exists():
        return [Finding("warning", "database", "not there yet; the first start makes it")]
    engine = open_engine(settings.database_url)
    try:
        return list(_database(engine, settings, now))
    except SQLAlchemyError as error:
        return [Finding("problem", "database", f"does not answer: {type(error).__name__}")]
    finally:
        engine.dispose()


def _database(engine: Engine, settings: Settings, now: datetime) -> Iterator[Finding]:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with read(engine) as connection:
        known = inspect(connection).has_table("alembic_version")
        stands = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    yield Finding("ok" if stands == newest else "warning", "migrations", f"at {stands}, newest {newest} (a start brings it up to date)")
    if stands == newest:
        yield from _contents(engine, settings, now)


def _contents(engine: Engine, settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        keys = settings.encryption_keys or parse_keys(settings.key_file.read_text("ascii"))
        sealer = open_sealer(engine, keys)
    except (KeyProblem, CannotOpen, OSError) as error:
        yield Finding(
            "problem", "keys", f"do not open this database: {type(error).__name__}; set ENCRYPTION_KEYS to the ring it was made with"
        )
        return
    yield Finding("ok", "keys", "open this database")
    with read(engine) as connection:
        pending, oldest = inbox.backlog(connection)
        failed = inbox.count_failed(connection)
        broken = audit.first_broken(connection, sealer)
        quota = nudges.quota(connection)
    lag = now.timestamp() - oldest / 1000 if oldest else 0.0
    yield Finding("ok" if lag < _LATEST_S else "problem", "turns", f"{pending} events wait, the oldest {lag:.0f} s")
    yield Finding("warning" if failed else "ok", "failed turns", f"{failed} events to be looked at by an admin")
    yield Finding("ok" if broken is None else "problem", "audit log", "whole" if broken is None else f"changed from entry {broken} on")
    yield Finding("ok" if quota else "warning", "quota as stored", f"{quota.used} used of {quota.limit}" if quota else "never read yet")


async def line(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """The channel: token, quota, webhook, and our clock against LINE's."""
    headers = {"Authorization": f"Bearer {settings.line_channel_access_token}"}
    try:
        async with aiohttp.ClientSession(settings.line_api_base, headers=headers, timeout=aiohttp.ClientTimeout(10)) as session:
            limit, date_header = await _get(session, "/v2/bot/message/quota")
            used, _ = await _get(session, "/v2/bot/message/quota/consumption")
            webhook, _ = await _get(session, "/v2/bot/channel/webhook/endpoint")
    except aiohttp.ClientResponseError as error:
        return [Finding("problem", "LINE", f"answers {error.status}: is LINE_CHANNEL_ACCESS_TOKEN right?")]
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return [Finding("problem", "LINE", f"cannot be reached: {type(error).__name__}")]
    return [_clock(date_header, now()), _quota(limit, used), _webhook(webhook, settings)]


async def _get(session: aiohttp.ClientSession, path: str) -> tuple[dict[str, Any], str]:
    async with session.get(path, raise_for_status=True) as response:
        return await response.json(content_type=None), response.headers.get("Date", "")


def _clock(date_header: str, now: datetime) -> Finding:
    if not date_header:
        return Finding("warning", "clock", "LINE told no time to compare with")
    off = abs((now.astimezone(UTC) - parsedate_to_datetime(date_header)).total_seconds())
    return Finding("ok" if off < _CLOCK_S else "problem", "clock", f"{off:.0f} s from LINE's")


def _quota(limit: dict[str, Any], used: dict[str, Any]) -> Finding:
    if limit.get("type") != "limited":
        return Finding("ok", "quota", "unlimited")
    left = int(limit.get("value", 0)) - int(used.get("totalUsage", 0))
    return Finding("ok" if left > _LEAST_QUOTA else "warning", "quota", f"{left} pushes left of {limit.get('value')} this month")


def _webhook(webhook: dict[str, Any], settings: Settings) -> Finding:
    wanted = f"{settings.public_url}/callback"
    if webhook.get("endpoint") != wanted:
        return Finding("problem", "webhook", "LINE sends elsewhere: set the webhook to PUBLIC_URL followed by /callback")
    return Finding(
        "ok" if webhook.get("active") else "problem", "webhook", "in use" if webhook.get("active") else "is switched off at LINE"
    )
