"""`rusitthi` from a shell: help for everything, the machine contracts, refusals, and rules edited while the bot runs."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from town import Citizen, metric, rusitthi, town

from bot.line.simulator.driver import Phone

pytestmark = pytest.mark.slow
COMMANDS = ["", "run", "serve", "understand", "screen", "rules", "rules check", "rules read", "line", "line setup"]
STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"


def lines(*records: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def answers(command: str, given: str | bytes, folder: Path) -> list[dict[str, Any]]:
    done = rusitthi(command, "--jsonl", given=given, folder=folder)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = rusitthi(*command.split(), "--help", folder=tmp_path)
    text = done.stdout.decode()
    assert done.returncode == 0
    assert text.startswith("usage: rusitthi")
    assert "-h, --help" in text
    assert len(text.splitlines()) >= 5
    assert not done.stderr


def test_an_unknown_command_is_a_wrong_argument(tmp_path: Path) -> None:
    done = rusitthi("dance", folder=tmp_path)
    assert done.returncode == 2
    assert b"invalid choice" in done.stderr


# ---------------------------------------------------------------- machine contracts
def test_understand_reads_a_line_and_answers_a_line(tmp_path: Path) -> None:
    (answer,) = answers("understand", lines({"id": "a", "text": STORY}), tmp_path)
    assert answer["id"] == "a"
    assert set(answer["alarm"]) == {"level", "severity", "kind", "subject"}
    found = {(s["member"], s["fact"]): s["value"] for s in answer["statements"]}
    assert found["mother", "age_years"] == 72
    assert found["grandchild1", "age_years"] == 2
    assert found["mother", "income_month"] == [3000, 4000]
    assert found["household", "province"] == "เชียงราย"
    for statement in answer["statements"]:
        start, end = statement["span"]
        assert 0 <= start < end <= len(STORY)


def test_screen_reads_a_household_and_answers_verdicts_and_a_question(tmp_path: Path) -> None:
    mother = {"ref": "mother", "facts": {"age_years": 72, "nationality": "thai"}}
    record = {"id": 7, "as_of": "2026-11-22", "household": {"facts": {"province": "เชียงราย"}, "members": [mother]}}
    (answer,) = answers("screen", lines(record), tmp_path)
    assert answer["id"] == 7
    keys = {"entitlement", "member", "status", "amount", "because", "missing", "first_get", "changes_on"}
    assert all(keys <= set(verdict) for verdict in answer["verdicts"])
    assert {verdict["status"] for verdict in answer["verdicts"]} <= {"eligible", "ineligible", "unknown", "officer"}
    assert set(answer["next_question"]) == {"member", "fact"}


#: What no command can answer, and why.
BAD = {
    "json": b"{not json",
    "list": b"[1,2]",
    "string": b'"text"',
    "null": b"null",
    "empty": b'{"id":1}',
    "wrong types": b'{"id":2,"text":5,"household":5}',
    "no date": b'{"id":3,"text":"x","today":"tomorrow","as_of":"tomorrow","household":{"members":[]}}',
    "no utf-8": b"\xff\xfe",
    "unknown member": b'{"id":4,"text":"x","before":5,"household":{"members":[{"ref":"dragon","facts":{}}]}}',
    "unknown fact": b'{"id":5,"text":"x","today":20,"household":{"members":[{"ref":"self","facts":{"wings":2}}]}}',
    "deep": b"[" * 5000,
}


@pytest.mark.parametrize("command", ["understand", "screen"])
def test_a_bad_line_is_answered_with_an_error_and_the_rest_goes_on(command: str, tmp_path: Path) -> None:
    good = {"id": "good", "text": "แม่อายุ 72", "household": {"facts": {}, "members": [{"ref": "self", "facts": {"age_years": 70}}]}}
    given = b"\n".join([*BAD.values(), b"", lines(good).encode()])
    found = answers(command, given, tmp_path)
    assert len(found) == len(BAD) + 1
    assert found[-1]["id"] == "good"
    assert "error" not in found[-1]
    for answer, what in zip(found, BAD, strict=False):
        assert answer["error"]["problem"], what
        assert isinstance(answer["error"]["line"], int)


def test_a_hundred_lines_keep_their_order(tmp_path: Path) -> None:
    found = answers("understand", lines(*({"id": n, "text": f"แม่อายุ {n}"} for n in range(20, 120))), tmp_path)
    assert [answer["id"] for answer in found] == list(range(20, 120))


# ---------------------------------------------------------------- refusals
def test_run_refuses_beside_real_credentials_and_never_prints_them(tmp_path: Path) -> None:
    done = rusitthi("run", folder=tmp_path, LINE_CHANNEL_SECRET="s3cret-of-a-real-channel", LINE_CHANNEL_ACCESS_TOKEN="t0ken")
    assert done.returncode == 1
    assert b"LINE_CHANNEL_SECRET" in done.stderr
    assert b"s3cret" not in done.stdout + done.stderr


def test_run_refuses_real_credentials_in_a_dotenv_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LINE_CHANNEL_SECRET=s3cret-of-a-real-channel\n", encoding="utf-8")
    done = rusitthi("run", folder=tmp_path)
    assert done.returncode == 1
    assert b"s3cret" not in done.stdout + done.stderr


def test_serve_without_settings_names_every_one_that_is_missing(tmp_path: Path) -> None:
    done = rusitthi("serve", folder=tmp_path, PORT="high")
    assert done.returncode == 1
    for name in (b"LINE_CHANNEL_SECRET", b"LINE_CHANNEL_ACCESS_TOKEN", b"PORT"):
        assert name in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("understand",), ("screen",)])
def test_nothing_given_is_a_wrong_argument(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = rusitthi(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert b"--jsonl" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("screen", "nowhere.json"), ("rules", "read", "old-age-alowance"), ("rules", "check", "nowhere.yaml")]
)
def test_what_does_not_exist_is_told_without_a_traceback(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = rusitthi(*arguments, folder=tmp_path)
    assert done.returncode == 1, done.stdout.decode()
    assert b"Traceback" not in done.stderr


# ---------------------------------------------------------------- rules edited while the bot runs
async def _until(condition: Any, seconds: float = 20) -> None:
    for _ in range(int(seconds / 0.2)):
        if await condition():
            return
        await asyncio.sleep(0.2)
    raise AssertionError("waited in vain")


async def test_a_good_edit_goes_live_and_a_bad_one_keeps_the_last_good(tmp_path: Path) -> None:
    with town(tmp_path, f"sqlite:///{tmp_path}/test.db", copied=True) as here:
        rule = here.home / "rules" / "older" / "old-age-allowance.yaml"
        name = "เบี้ยยังชีพผู้สูงอายุ"
        original = rule.read_text(encoding="utf-8")
        async with Phone.at(here.line, "ยาย") as phone:
            citizen = Citizen(phone)
            assert name in await citizen.say("เบี้ยคนแก่ต้องทำยังไง")
            rule.write_text(original.replace(name, "เบี้ยยังชีพชื่อใหม่", 1), encoding="utf-8")

            async def renamed() -> bool:
                return "เบี้ยยังชีพชื่อใหม่" in await citizen.post_back("page old-age-allowance")

            await _until(renamed)
            rule.write_text(original.replace("summary:", "sumary:", 1), encoding="utf-8")

            async def refused() -> bool:
                return await metric(here.bot, "rusitthi_rule_errors") > 0

            await _until(refused)
            assert await renamed()
            rule.write_text(original, encoding="utf-8")

            async def mended() -> bool:
                return await metric(here.bot, "rusitthi_rule_errors") == 0

            await _until(mended)
            assert not await renamed()
