"""Load on the shell: real HTTP in, a stand-in LINE out, a turn of known cost between.

    python -m bench.shell_load [--database URL] [--in-flight 16] [--seconds 5] [--rate N] [--turn-us 300] [--line-ms 0]

Closed loop (a new turn as soon as one is answered) unless --rate is given. The bot runs in its own process; prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hmac
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
from aiohttp import web

ROOT = Path(__file__).resolve().parents[1]
SECRET = b"bench"


class Load:
    """Sends turns and notes when each was acknowledged and answered."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.acks: list[float] = []
        self.turns: list[float] = []
        self.refused = 0
        self.lost = 0
        self._open: dict[str, asyncio.Future[None]] = {}

    async def reply(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        if self.arguments.line_ms:
            await asyncio.sleep(self.arguments.line_ms / 1000)
        done = self._open.pop(body.get("replyToken", ""), None)
        if done is not None and not done.done():
            done.set_result(None)
        return web.Response(body=b'{"sentMessages":[]}', content_type="application/json")

    async def turn(self, session: aiohttp.ClientSession, url: str, user: int) -> None:
        token = secrets.token_hex(16)
        body = _webhook(user, token)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open[token] = done
        started = time.perf_counter()
        async with session.post(url, data=body, headers={"x-line-signature": _sign(body)}) as response:
            await response.read()
        if response.status != 200:
            self.refused += 1
            self._open.pop(token, None)
            return
        self.acks.append(time.perf_counter() - started)
        try:
            await asyncio.wait_for(done, 30)
        except TimeoutError:
            self.lost += 1
        else:
            self.turns.append(time.perf_counter() - started)

    async def closed(self, session: aiohttp.ClientSession, url: str, seconds: float) -> None:
        end = time.perf_counter() + seconds

        async def one(n: int) -> None:
            user = n * 1_000_000
            while time.perf_counter() < end:
                user += 1
                await self.turn(session, url, user % 1000 + n * 1000)

        await asyncio.gather(*(one(n) for n in range(self.arguments.in_flight)))

    async def opened(self, session: aiohttp.ClientSession, url: str, seconds: float) -> None:
        start, tasks = time.perf_counter(), []
        for n in range(int(seconds * self.arguments.rate)):
            delay = start + n / self.arguments.rate - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            tasks.append(asyncio.create_task(self.turn(session, url, n % 5000)))
        await asyncio.gather(*tasks)


def _webhook(user: int, token: str) -> bytes:
    event = {
        "type": "message",
        "message": {"type": "text", "id": token[:18], "quoteToken": "q", "text": "แม่อายุ 68 อยู่คนเดียว ไม่มีรายได้ ต้องทำอย่างไรคะ"},
        "webhookEventId": secrets.token_hex(13),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": f"U{user:032x}"},
        "replyToken": token,
        "mode": "active",
    }
    return orjson.dumps({"destination": "U0", "events": [event]})


def _sign(body: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET, body, "sha256")).decode()


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start_bot(port: int, line_port: int, database: str, turn_us: int) -> subprocess.Popen[bytes]:
    environ = {
        **os.environ,
        "LINE_CHANNEL_SECRET": SECRET.decode(),
        "LINE_CHANNEL_ACCESS_TOKEN": "bench",
        "LINE_API_BASE": f"http://127.0.0.1:{line_port}",
        "DATABASE_URL": database,
        "ENCRYPTION_KEYS": "bench:" + base64.b64encode(b"b" * 32).decode(),
        "BENCH_TURN_US": str(turn_us),
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "bench.shell_bot:create",
        "--factory",
        "--port",
        str(port),
        "--loop",
        "uvloop",
        "--http",
        "httptools",
    ]
    return subprocess.Popen([*command, "--no-access-log", "--log-level", "warning", "--backlog", "4096"], cwd=ROOT, env=environ)


async def _ready(session: aiohttp.ClientSession, port: int) -> None:
    for _ in range(200):
        try:
            async with session.get(f"http://127.0.0.1:{port}/healthz"):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise SystemExit("the bot did not start")


def _quantiles(values: list[float]) -> Iterator[tuple[str, float]]:
    ordered = sorted(values) or [0.0]
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        yield name, round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)


async def _measure(arguments: argparse.Namespace, database: str) -> dict[str, Any]:
    load = Load(arguments)
    app = web.Application()
    app.router.add_post("/v2/bot/message/{way}", load.reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    line_port, port = _free_port(), _free_port()
    await web.TCPSite(runner, "127.0.0.1", line_port).start()
    bot = _start_bot(port, line_port, database, arguments.turn_us)
    url = f"http://127.0.0.1:{port}/callback"
    run = load.opened if arguments.rate else load.closed
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2000), trust_env=False) as session:
            await _ready(session, port)
            await load.closed(session, url, 1.0)
            load.acks.clear()
            load.turns.clear()
            cpu, started = _cpu_s(bot.pid), time.perf_counter()
            await run(session, url, arguments.seconds)
            took, used = time.perf_counter() - started, _cpu_s(bot.pid) - cpu
    finally:
        bot.send_signal(signal.SIGTERM)
        bot.wait(20)
        await runner.cleanup()
    return {
        "turns": len(load.turns),
        "turns_per_s": round(len(load.turns) / took),
        "cpu_ms_per_turn": round(used / max(1, len(load.turns)) * 1000, 3),
        "cpu_share": round(used / took, 2),
        "ack_ms": dict(_quantiles(load.acks)),
        "turn_ms": dict(_quantiles(load.turns)),
        "refused_503": load.refused,
        "lost": load.lost,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="")
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--turn-us", type=int, default=300)
    parser.add_argument("--line-ms", type=float, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        database = arguments.database or f"sqlite:///{folder}/bench.db"
        result = uvloop.run(_measure(arguments, database))
    print(orjson.dumps({**vars(arguments), **result}).decode())


if __name__ == "__main__":
    main()
