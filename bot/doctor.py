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
from bot.store import audit, inbox, nudges, retention
from bot.store.database import open_engine, read
from bot.store.keys import KeyProblem, parse_keys
from bot.store.lookup import open_sealer
from bot.store.sealing import CannotOpen

Level = Literal["ok", "warning", "problem"]
_LEAST_DISK = 500_000_000  # bytes
_LEAST_QUOTA = 20  # pushes
_LATEST_S = 60
_CLOCK_S = 30
_SCHEDULER_LATE_S = 600
_DAY_S = 86_400
_MIGRATIONS = Path(__file__).parent / "store" / "migrations"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str
    text: str


async def examine(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """All findings, in the order of a first installation."""
    found = [*configuration(settings), *rules(), *disk(settings), *database(settings, now())]
    return [*found, *await line(settings, now), await serving(settings)]


def configuration(settings: Settings) -> list[Finding]:
    """What would start and still be wrong in earnest."""
    found = []
    if not settings.public_url.startswith("https://"):
        found.append(Finding("warning", "PUBLIC_URL", "is no https address: LINE takes no other, and links to people's data could be read"))
    if not settings.encryption_keys:
        found.append(Finding("warning", "ENCRYPTION_KEYS", "are not set: the key lies beside the database, and a thief takes both"))
    return found or [Finding("ok", "configuration", "complete")]


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
    advice = "" if free > _LEAST_DISK else ": make room, or the bot stops taking messages"
    return [Finding("ok" if free > _LEAST_DISK else "problem", "disk", f"{free // 1_000_000:,} MB free where the database lies{advice}")]


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
        reminders, swept = nudges.overdue(connection, int(now.timestamp() * 1000)), retention.last_day(connection)
    lag = now.timestamp() - oldest / 1000 if oldest else 0.0
    stuck = "" if lag < _LATEST_S else ": is the bot running? look at its log"
    yield Finding("ok" if lag < _LATEST_S else "problem", "turns", f"{pending} events wait, the oldest {lag:.0f} s{stuck}")
    yield Finding(
        "warning" if failed else "ok",
        "failed turns",
        f"{failed} events broke their turn" + (": look at the log, mend it, and give them another turn" if failed else ""),
    )
    yield Finding(
        "ok" if broken is None else "problem",
        "audit log",
        "whole" if broken is None else f"changed from entry {broken} on: keep a copy, ask who had access",
    )
    yield _scheduler(reminders, now)
    yield _retention(swept, now)
    yield Finding(
        "ok" if quota else "warning",
        "quota as stored",
        f"{quota.used} used of {quota.limit}" if quota else "never read yet: the bot reads it when it starts",
    )


def _scheduler(overdue: tuple[int, int], now: datetime) -> Finding:
    """Chats that should have been looked at for reminders: the scheduler looks every 30 seconds."""
    count, oldest = overdue
    late = now.timestamp() - oldest / 1000 if count else 0.0
    ok = late < _SCHEDULER_LATE_S
    advice = "" if ok else ": the scheduler stands still; restart the bot and look at its log"
    return Finding("ok" if ok else "problem", "scheduler", f"{count} chats are due for a look, the oldest since {late:.0f} s{advice}")


def _retention(day: int, now: datetime) -> Finding:
    if not day:
        return Finding("warning", "retention", "never ran: it does within ten minutes of the first start")
    ago = int(now.timestamp()) // _DAY_S - day
    return Finding("ok" if ago <= 2 else "problem", "retention", f"ran {ago} days ago" + ("" if ago <= 2 else ": is the bot running?"))


async def serving(settings: Settings) -> Finding:
    """Whether the bot answers at its own address, as LINE and people reach it."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            health, status = await _health(session, settings)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Finding("problem", "reachable", f"nothing answers at PUBLIC_URL ({type(error).__name__}): is the bot running?")
    fit = status == 200 and isinstance(health, dict) and health.get("ok") is True
    return Finding(
        "ok" if fit else "problem", "reachable", "the bot answers and is fit" if fit else "answers, but is not fit: see /healthz"
    )


async def _health(session: aiohttp.ClientSession, settings: Settings) -> tuple[Any, int]:
    async with session.get(f"{settings.public_url}/healthz") as answer:
        return await answer.json(content_type=None), answer.status


async def line(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """The channel: token, quota, webhook, and our clock against LINE's."""
    headers = {"Authorization": f"Bearer {settings.line_channel_access_token}"}
    try:
        async with aiohttp.ClientSession(settings.line_api_base, headers=headers, timeout=aiohttp.ClientTimeout(10)) as session:
            limit, date_header = await _get(session, "/v2/bot/message/quota")
            used, _ = await _get(session, "/v2/bot/message/quota/consumption")
            webhook, _ = await _get(session, "/v2/bot/channel/webhook/endpoint")
            tried = await _try_webhook(session, settings)
    except aiohttp.ClientResponseError as error:
        return [Finding("problem", "LINE", f"answers {error.status}: is LINE_CHANNEL_ACCESS_TOKEN right?")]
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return [Finding("problem", "LINE", f"cannot be reached: {type(error).__name__}")]
    return [_clock(date_header, now()), _quota(limit, used), _webhook(webhook, settings), tried]


async def _try_webhook(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    """LINE sends an empty webhook to our address and tells what came back. Nothing is stored by it."""
    body = {"endpoint": f"{settings.public_url}/callback"}
    async with session.post("/v2/bot/channel/webhook/test", json=body) as response:
        said = await response.json(content_type=None) if response.status == 200 else {}
    if said.get("success") is True:
        return Finding("ok", "webhook reached", "LINE reached us and was answered")
    why = f"{said.get('reason', 'refused')} {said.get('statusCode', response.status)}"
    return Finding("problem", "webhook reached", f"LINE cannot reach PUBLIC_URL/callback ({why}): certificate, proxy, LINE_CHANNEL_SECRET?")


async def _get(session: aiohttp.ClientSession, path: str) -> tuple[dict[str, Any], str]:
    async with session.get(path, raise_for_status=True) as response:
        return await response.json(content_type=None), response.headers.get("Date", "")


def _clock(date_header: str, now: datetime) -> Finding:
    if not date_header:
        return Finding("warning", "clock", "LINE told no time to compare with")
    off = abs((now.astimezone(UTC) - parsedate_to_datetime(date_header)).total_seconds())
    advice = "" if off < _CLOCK_S else ": set it (NTP); tokens and sign-in codes fail otherwise"
    return Finding("ok" if off < _CLOCK_S else "problem", "clock", f"{off:.0f} s from LINE's{advice}")


def _quota(limit: dict[str, Any], used: dict[str, Any]) -> Finding:
    if limit.get("type") != "limited":
        return Finding("ok", "quota", "unlimited")
    left = int(limit.get("value", 0)) - int(used.get("totalUsage", 0))
    advice = "" if left > _LEAST_QUOTA else ": take a bigger plan in the LINE Official Account Manager"
    return Finding("ok" if left > _LEAST_QUOTA else "warning", "quota", f"{left} pushes left of {limit.get('value')} this month{advice}")


def _webhook(webhook: dict[str, Any], settings: Settings) -> Finding:
    wanted = f"{settings.public_url}/callback"
    if webhook.get("endpoint") != wanted:
        return Finding("problem", "webhook", "LINE sends elsewhere: set the webhook to PUBLIC_URL followed by /callback")
    return Finding(
        "ok" if webhook.get("active") else "problem", "webhook", "in use" if webhook.get("active") else "is switched off at LINE"
    )
