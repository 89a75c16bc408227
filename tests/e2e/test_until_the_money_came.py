"""One person from the first message to "เงินเข้าแล้ว": the whole bot and the pretended LINE in this process, months in seconds by one
moved clock. By quick replies and in their own words; what was refused is told with its reason."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent))

from town import Citizen, free_port

from bot import runtime, serving
from bot.conversation.world import BANGKOK
from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.driver import Phone
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN
from bot.settings import Settings
from bot.store import outcomes
from bot.store.database import read
from bot.store.nudge_tables import outcome
from bot.store.store import Store

pytestmark = pytest.mark.slow
STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
ANSWERS = ("มีครบทุกคน", "บัตรทอง (30 บาท)", "ตอบได้", "2", "ไม่มีใคร", "ไม่ใช่", "ไม่มี", "ขอข้าม")
START = datetime(2026, 11, 23, 10, 0, tzinfo=BANGKOK)


@dataclass
class Clock:
    """Runs as the real one, from where it was put."""

    put: datetime = START
    since: float = 0.0

    def __post_init__(self) -> None:
        self.move(self.put)

    def move(self, to: datetime) -> None:
        self.put, self.since = to, time.monotonic()

    def seconds(self) -> float:
        return self.put.timestamp() + time.monotonic() - self.since


@contextmanager
def served(app: Any, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class Life:
    clock: Clock
    line: str
    store: Store


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    clock = Clock()
    moved = SimpleNamespace(time_ns=lambda: int(clock.seconds() * 1e9), monotonic=time.monotonic)
    monkeypatch.setattr(runtime, "time", moved)
    monkeypatch.setattr(runtime, "_QUOTA_S", 0.5)
    monkeypatch.setattr(serving, "_LOOK_FOR_NUDGES", 0.2)
    port = free_port()
    with socket.socket() as for_line, socket.socket() as for_bot:
        for_line.bind(("127.0.0.1", 0))
        for_bot.bind(("127.0.0.1", port))
        line = f"http://127.0.0.1:{for_line.getsockname()[1]}"
        environ = {"LINE_CHANNEL_SECRET": DEMO_SECRET, "LINE_CHANNEL_ACCESS_TOKEN": DEMO_TOKEN, "LINE_API_BASE": line}
        settings = Settings.from_env({**environ, "LINE_DATA_API_BASE": line, "DATABASE_URL": f"sqlite:///{tmp_path}/test.db"})
        simulator = SimulatorSettings(webhook_url=f"http://127.0.0.1:{port}/callback", monthly_limit=None, clock=clock.seconds)
        with served(create_simulator(simulator), for_line), served(serving.make_app(settings), for_bot):
            store = Store(settings.database_url, (), settings.key_file)
            yield Life(clock, line, store)
            store.engine.dispose()


async def after(life: Life, citizen: Citizen, days: int) -> str:
    """What the bot writes by itself when so many days have gone by."""
    life.clock.move(START.replace(hour=14) + timedelta(days=days))
    return await citizen.hear()


async def told(citizen: Citizen, words: str, right: str) -> str:
    """In their own words; asked which right is meant, they tap it."""
    said = await citizen.say(words)
    if "หมายถึงเรื่องไหน" in said:
        said = await citizen.tap(next(label for label in citizen.labels if right in label))
    return said


def steps(life: Life) -> dict[str, list[str]]:
    """Right → the steps it came to, in order of time."""
    found = {}
    with read(life.store.engine) as connection:
        for row in connection.execute(select(outcome).where(outcome.c.member == "mother")):
            times = {name: getattr(row, f"{name}_ms") for name in ("told", "applied", "approved", "received", "refused", "gave_up")}
            found[row.entitlement] = sorted((name for name, at in times.items() if at), key=times.__getitem__)
    return found


async def test_from_the_first_message_until_the_money_came(life: Life) -> None:
    async with Phone.at(life.line, "ยายคำแปง") as phone:
        citizen = Citizen(phone)
        await phone.follow()
        await citizen.hear()
        await citizen.say(STORY)
        for _ in range(40):
            if "สรุปได้แบบนี้" in citizen.text:
                break
            await citizen.tap(next(label for label in ANSWERS if label in citizen.labels))
        assert citizen.labels[:2] == ["เตือนได้", "ไม่ต้องเตือน"]
        await citizen.tap("เตือนได้")
        await citizen.tap("นับได้")

        assert "เตรียมเอกสาร" in await after(life, citizen, 3)
        await citizen.post_back("page old-age-allowance mother")
        assert "เตรียมอะไรไป" in citizen.text

        assert "ได้ไปยื่นเรื่องหรือยัง" in await after(life, citizen, 11)
        assert "จดไว้แล้ว" in await citizen.post_back("nudge applied old-age-allowance mother")
        assert "จดไว้แล้ว" in await told(citizen, "ยื่นบัตรคนพิการแล้วค่ะ", "คนพิการ")

        assert "ผ่านหรือยัง" in await after(life, citizen, 33)
        assert "จดไว้แล้ว" in await told(citizen, "เบี้ยคนแก่ผ่านแล้วจ้า", "ผู้สูงอายุ")
        assert "อุทธรณ์" in await told(citizen, "บัตรคนพิการไม่ผ่านค่ะ", "คนพิการ")
        assert "จดไว้แล้ว" in await citizen.say("หมอไม่ยอมเขียนใบรับรองให้")

        while "ได้เงินหรือความช่วยเหลือแล้วหรือยัง" not in await after(life, citizen, 66):
            pass
        assert "🎉" in await told(citizen, "เงินเข้าแล้วจ้า", "ผู้สูงอายุ")

        came = steps(life)
        assert came["old-age-allowance"] == ["told", "applied", "approved", "received"]
        assert came["disability-id-card"] == ["told", "applied", "refused"]
        chat = life.store.sealer.hash("chat", phone.chat)
        with read(life.store.engine) as connection:
            reason = outcomes.reason_of(connection, life.store.sealer, chat, "mother", "disability-id-card")
        assert reason == "หมอไม่ยอมเขียนใบรับรองให้"
