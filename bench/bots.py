"""Bots as processes of their own: ours as `rusitthi serve` runs it, our shell with an empty turn, the SDK's sample.

Belongs here: starting, waiting for health, memory and CPU of a process, stopping. Does not: load.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.load import SECRET

ROOT = Path(__file__).resolve().parents[1]
_ONE_LOOK = aiohttp.ClientTimeout(total=2)
_SERVER = (
    "--loop",
    "uvloop",
    "--http",
    "httptools",
    "--no-access-log",
    "--log-level",
    "warning",
    "--backlog",
    "4096",
    "--timeout-keep-alive",
    "75",
)


KEYS = "bench:" + base64.b64encode(b"b" * 32).decode()


@dataclass(frozen=True)
class Bot:
    name: str
    port: int
    process: subprocess.Popen[bytes]
    started_s: float  # from the start of the process to the first good /healthz

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback"

    def rss_mb(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


async def start_ours(session: aiohttp.ClientSession, line: str, folder: Path) -> Bot:
    return await _start(session, "ours", line, folder, [sys.executable, "-m", "bot.cli", "serve"])


async def start_shell(session: aiohttp.ClientSession, line: str, folder: Path) -> Bot:
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.shell_bot:create", "--factory", "--port", str(port), *_SERVER]
    return await _start(session, "shell", line, folder, command, port)


async def start_nudging(session: aiohttp.ClientSession, line: str, folder: Path) -> Bot:
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.nudge_bot:create", "--factory", "--port", str(port), *_SERVER]
    return await _start(session, "nudging", line, folder, command, port)


async def start_sample(session: aiohttp.ClientSession, line: str, folder: Path, python: Path) -> Bot:
    port = _free_port()
    command = [str(python), "-m", "uvicorn", "bench.sample_echo:app", "--port", str(port), *_SERVER]
    return await _start(session, "sample", line, folder, command, port)


async def _start(session: aiohttp.ClientSession, name: str, line: str, folder: Path, command: Sequence[str], port: int = 0) -> Bot:
    port = port or _free_port()
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LINE_CHANNEL_SECRET": SECRET.decode(),
        "LINE_CHANNEL_ACCESS_TOKEN": "bench",
        "LINE_API_BASE": line,
        "LINE_DATA_API_BASE": line,
        "DATABASE_URL": f"sqlite:///{folder}/{name}.db",
        "ENCRYPTION_KEYS": KEYS,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "BENCH_TURN_US": "0",
    }
    started = time.perf_counter()
    said = folder / f"{name}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, preexec_fn=_on_first_core, stdout=log, stderr=log)  # noqa: ASYNC220
    if not await _healthy(session, port, process):
        process.kill()
        raise SystemExit(f"{name} did not become healthy; it said: {said.read_text()[-2000:]}")
    return Bot(name, port, process, time.perf_counter() - started)


def _on_first_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def leave_first_core() -> None:
    """The load keeps off the core of the bots, where there is another."""
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {min(cores)})


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def _healthy(session: aiohttp.ClientSession, port: int, process: subprocess.Popen[bytes]) -> bool:
    for _ in range(1000):
        if process.poll() is not None:
            return False
        try:
            async with session.get(f"http://127.0.0.1:{port}/healthz", timeout=_ONE_LOOK) as response:
                if response.status == 200:
                    return True
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.02)
    return False
