"""The drill of docs/operations.md: a new key comes and the old one goes while two workers serve and people keep writing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "line"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from bot_process import ROOT, Bot, body_of, event, until
from databases import fresh_database
from fake_line import fake_line

from bot.store import conversations
from bot.store.database import read
from bot.store.keys import new_key, parse_keys
from bot.store.store import Store

OLD, NEW = new_key("2026-01", b"o" * 32), new_key("2026-12", b"n" * 32)
PEOPLE = 5


class People:
    """They write in turn, to whichever worker answers, until told to stop; nobody gives up before the webhook is taken."""

    def __init__(self, workers: list[Bot], http: aiohttp.ClientSession) -> None:
        self.workers, self.http = workers, http
        self.said: Counter[str] = Counter()
        self.stopping = False

    async def write(self) -> None:
        while not self.stopping:
            user = f"U{sum(self.said.values()) % PEOPLE}"
            body = body_of(event(user, f"keep {self.said[user] + 1}"))
            while True:
                statuses = [await worker.post(body, self.http) for worker in self.workers[:1] if worker.process]
                if 200 in statuses:
                    break
                self.workers.append(self.workers.pop(0))
                await asyncio.sleep(0.02)
            self.said[user] += 1
            await asyncio.sleep(0.02)


@pytest.mark.slow
@pytest.mark.postgres
async def test_a_key_is_replaced_while_two_workers_serve_and_nothing_is_lost(tmp_path: Path) -> None:
    with fresh_database("postgres", tmp_path) as database, fake_line() as line:
        workers = [Bot(line.base, database, ENCRYPTION_KEYS=OLD) for _ in range(2)]
        for worker in workers:
            worker.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            people = People(list(workers), http)
            writing = asyncio.create_task(people.write())
            for ring in (f"{OLD},{NEW}", f"{NEW},{OLD}"):  # first every worker can open it, then they seal with it
                await restart_one_by_one(workers, ring)
            done = await asyncio.to_thread(reseal, database, f"{NEW},{OLD}")
            assert b"sealed by the first key" in done.stdout, done.stderr
            await restart_one_by_one(workers, NEW)
            people.stopping = True
            await writing
            total = sum(people.said.values())
            assert total > 20
            await until(lambda: len(line.texts()) >= total, 20)
        for worker in workers:
            worker.stop()
        assert sorted(line.texts()) == sorted(f"{n}:keep {n}" for count in people.said.values() for n in range(1, count + 1))
        assert states(database, tmp_path) == {f"U{n}": str(people.said[f"U{n}"]).encode() for n in range(PEOPLE)}


async def restart_one_by_one(workers: list[Bot], ring: str) -> None:
    for worker in workers:
        await asyncio.to_thread(worker.stop)
        worker._environ["ENCRYPTION_KEYS"] = ring
        await asyncio.to_thread(worker.start)


def reseal(database: str, ring: str) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "DATABASE_URL": database, "ENCRYPTION_KEYS": ring, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot.cli", "keys", "reseal"]
    return subprocess.run(command, env=environ, capture_output=True, check=False)


def states(database: str, folder: Path) -> dict[str, bytes]:
    """What is known of each person, opened with the new key alone."""
    store = Store(database, parse_keys(NEW), folder / "unused")
    chats = {store.sealer.hash("chat", f"U{n}"): f"U{n}" for n in range(PEOPLE)}
    with read(store.engine) as connection:
        found = conversations.load(connection, store.sealer, list(chats))
    store.engine.dispose()
    return {chats[chat]: state for chat, state in found.items()}
