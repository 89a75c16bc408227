"""What the doctor tells, and what it leaves alone."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.doctor import Finding, _clock, _quota, _retention, _scheduler, _webhook, configuration, database, examine
from bot.settings import Settings
from bot.store.keys import Key
from bot.store.store import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def settings(folder: Path, key: bytes = b"k") -> Settings:
    environ = {
        "LINE_CHANNEL_SECRET": "s",
        "LINE_CHANNEL_ACCESS_TOKEN": "access",
        "LINE_API_BASE": "http://127.0.0.1:9",
        "PUBLIC_URL": "https://bot.example",
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        "ENCRYPTION_KEYS": "k:" + base64.b64encode(key * 32).decode(),
    }
    return Settings.from_env(environ)


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.what: one.level for one in found}


def test_a_first_installation_is_told_what_is_missing(tmp_path: Path) -> None:
    found = levels(asyncio.run(examine(settings(tmp_path), lambda: NOW)))
    assert found["rules"] == "ok"
    assert found["database"] == "warning"
    assert found["LINE"] == "problem"
    assert list(tmp_path.iterdir()) == []


def test_a_sound_database_is_found_sound(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path}/bot.db", (Key("k", b"k" * 32),), tmp_path / "keys").engine.dispose()
    found = levels(database(settings(tmp_path), NOW))
    assert [found.pop(one) for one in ("quota as stored", "retention")] == ["warning", "warning"]
    assert set(found.values()) == {"ok"}


def test_wrong_keys_are_a_problem(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path}/bot.db", (Key("k", b"k" * 32),), tmp_path / "keys").engine.dispose()
    assert levels(database(settings(tmp_path, b"x"), NOW))["keys"] == "problem"


def test_a_wrong_clock_a_spent_quota_and_a_foreign_webhook_are_told(tmp_path: Path) -> None:
    header = "Mon, 23 Nov 2026 03:00:00 GMT"
    assert _clock(header, NOW + timedelta(seconds=5)).level == "ok"
    assert _clock(header, NOW + timedelta(minutes=5)).level == "problem"
    assert _quota({"type": "limited", "value": 300}, {"totalUsage": 295}).level == "warning"
    assert _quota({"type": "none"}, {}).level == "ok"
    mine = {"endpoint": "https://bot.example/callback", "active": True}
    assert _webhook(mine, settings(tmp_path)).level == "ok"
    assert _webhook(mine | {"active": False}, settings(tmp_path)).level == "problem"
    assert _webhook(mine | {"endpoint": "https://other.example/callback"}, settings(tmp_path)).level == "problem"


def test_a_scheduler_that_stands_still_and_a_retention_that_does_not_run_are_told() -> None:
    late = int((NOW - timedelta(hours=1)).timestamp() * 1000)
    assert _scheduler((0, 0), NOW).level == "ok"
    assert _scheduler((3, late), NOW).level == "problem"
    today = int(NOW.timestamp()) // 86_400
    assert [_retention(day, NOW).level for day in (0, today, today - 1, today - 5)] == ["warning", "ok", "ok", "problem"]


def test_what_is_a_problem_says_what_to_do(tmp_path: Path) -> None:
    found = [
        _scheduler((1, 1), NOW),
        _retention(1, NOW),
        _clock("Mon, 23 Nov 2026 03:00:00 GMT", NOW + timedelta(minutes=5)),
        _quota({"type": "limited", "value": 300}, {"totalUsage": 295}),
        *configuration(settings(tmp_path)),
        *asyncio.run(examine(settings(tmp_path), lambda: NOW)),
    ]
    assert all(":" in one.text for one in found if one.level == "problem")
