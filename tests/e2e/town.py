"""A whole town for a test: a pretended LINE in this process, the bot as `rusitthi serve` in one of its own, and phones."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn

from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.driver import Phone, words
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN

ROOT = Path(__file__).parents[2]
#: Names of settings that must not leak from the machine of the test into the bot.
SETTINGS = (
    "LINE_CHANNEL_SECRET",
    "LINE_CHANNEL_ACCESS_TOKEN",
    "LINE_API_BASE",
    "LINE_DATA_API_BASE",
    "DATABASE_URL",
    "ENCRYPTION_KEYS",
    "HOST",
    "PORT",
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without any setting of the bot, and `more`."""
    return {**{name: value for name, value in os.environ.items() if name not in SETTINGS}, **more}


def rusitthi(*arguments: str, given: str | bytes = "", folder: Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a command to its end in `folder`, so that no `.env` of the checkout is read."""
    raw = given.encode() if isinstance(given, str) else given
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        input=raw,
        capture_output=True,
        cwd=folder,
        env=clean_environment(PYTHONPATH=_path(), **environ),
        timeout=120,
        check=False,
    )


def _path() -> str:
    return os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)


class Town:
    """`bot` is the URL of the bot, `line` that of the pretended LINE (for `Phone.at`)."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.port = free_port()
        self.bot = f"http://127.0.0.1:{self.port}"
        self.line = ""
        self.home = ROOT
        self.process: subprocess.Popen[bytes] | None = None

    def copy_content(self) -> None:
        """The bot reads its rules from a copy, to be edited."""
        self.home = self.folder / "home"
        for name in ("rules", "knowledge"):
            shutil.copytree(ROOT / name, self.home / name)

    def start(self) -> None:
        environ = clean_environment(
            PYTHONPATH=_path(),
            LINE_CHANNEL_SECRET=DEMO_SECRET,
            LINE_CHANNEL_ACCESS_TOKEN=DEMO_TOKEN,
            LINE_API_BASE=self.line,
            LINE_DATA_API_BASE=self.line,
            DATABASE_URL=self.database,
            ENCRYPTION_KEYS="test:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
            HOST="127.0.0.1",
            PORT=str(self.port),
            RUSITTHI_HOME=str(self.home),
        )
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"], cwd=self.folder, env=environ, stdout=log, stderr=log
            )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the bot did not start\n{self.log()}")

    def stop(self) -> int:
        """Asks the bot to end; its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process = None
        return status

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@contextmanager
def pretended_line(webhook: str) -> Iterator[str]:
    """Base URL of a simulator in a thread of this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_simulator(SimulatorSettings(webhook_url=webhook))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def town(folder: Path, database: str, *, copied: bool = False) -> Iterator[Town]:
    here = Town(folder, database)
    if copied:
        here.copy_content()
    with pretended_line(f"{here.bot}/callback") as line:
        here.line = line
        here.start()
        try:
            yield here
        finally:
            here.stop()


class Citizen:
    """A phone that remembers the last answer."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.messages: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return "\n".join(words(message) for message in self.messages)

    async def say(self, text: str) -> str:
        assert await self.phone.say(text) == 200
        return await self.hear()

    async def tap(self, label: str) -> str:
        assert await self.phone.choose(label, self.messages) == 200
        return await self.hear()

    async def post_back(self, data: str) -> str:
        assert await self.phone.tap(data) == 200
        return await self.hear()

    async def hear(self) -> str:
        self.messages = await self.phone.wait_reply(20)
        return self.text

    @property
    def labels(self) -> list[str]:
        return [item["action"]["label"] for message in self.messages for item in message.get("quickReply", {}).get("items", [])]


async def metric(url: str, name: str) -> float:
    """What `/metrics` says; 0 for what never happened."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return float(next((line.rpartition(" ")[2] for line in lines if line.startswith(name)), 0))
