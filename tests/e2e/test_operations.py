"""What operators rely on: alert rules that speak of metrics that exist, a doctor that looks at a running bot, commands of the handbook."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from town import ROOT, Citizen, Town, rusitthi, town

from bot.cli import build_parser
from bot.line.simulator.driver import Phone
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN

pytestmark = pytest.mark.slow
_METRIC = re.compile(r"\brusitthi_\w+")
_LABEL = re.compile(r"(rusitthi_\w+)\{([^}]*)\}")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "docs" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def environ(here: Town) -> dict[str, str]:
    return {
        "LINE_CHANNEL_SECRET": DEMO_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": DEMO_TOKEN,
        "LINE_API_BASE": here.line,
        "LINE_DATA_API_BASE": here.line,
        "DATABASE_URL": here.database,
        "ENCRYPTION_KEYS": "test:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
        "PUBLIC_URL": here.bot,
    }


async def test_alert_rules_and_doctor_speak_of_a_bot_that_runs(tmp_path: Path) -> None:
    with town(tmp_path, f"sqlite:///{tmp_path}/test.db") as here:
        async with Phone.at(here.line, "ยาย") as phone:
            await Citizen(phone).say("สวัสดีค่ะ")
        async with aiohttp.ClientSession() as session, session.get(f"{here.bot}/metrics") as answer:
            shown = await answer.text()
        existing = set(re.findall(r"^(?:# TYPE )?(rusitthi_\w+)", shown, flags=re.M))
        for rule in rules():
            assert set(_METRIC.findall(rule["expr"])) <= existing, rule["alert"]
        done = rusitthi("doctor", folder=tmp_path, **environ(here))
        found = lines(done.stdout.decode())
        expected = {"keys", "migrations", "turns", "audit log", "scheduler", "retention", "clock", "quota"}
        expected |= {"webhook", "webhook reached", "reachable"}
        assert expected <= found.keys(), done.stdout.decode()
        assert [name for name, level in found.items() if level == "problem"] == []
        assert done.returncode == 0


def lines(text: str) -> dict[str, str]:
    """What was looked at → ok, warning or problem."""
    return {what: level for level, what in re.findall(r"^(ok|warning|problem) +([^:]+):", text, flags=re.M)}


def test_every_alert_says_who_must_do_what() -> None:
    assert all(rule["annotations"]["do"] and rule["labels"]["severity"] in ("page", "ticket") for rule in rules())
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_every_command_of_the_handbook_exists() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for command in sorted(set(re.findall(r"`rusitthi ((?:keys )?[a-z]+)", text))):
        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*command.split(), "--help"])
        assert ended.value.code == 0, command
