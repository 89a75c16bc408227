"""The bot as a process of its own, and a sender of signed webhooks: what tests need to kill it and to look at it from outside."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import orjson

ROOT = Path(__file__).resolve().parents[2]
SECRET = "channel-secret"
_count = itertools.count(1)


def event(user: str, text: str, *, at_ms: int | None = None, **changes: Any) -> dict[str, Any]:
    """A text event as LINE sends it."""
    n = next(_count)
    return {
        "type": "message",
        "message": {"type": "text", "id": f"m{n}", "quoteToken": "q", "text": text},
        "webhookEventId": uuid.uuid4().hex,
        "deliveryContext": {"isRedelivery": False},
        "timestamp": at_ms if at_ms is not None else int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "replyToken": f"token-{n}-{uuid.uuid4().hex[:8]}",
        "mode": "active",
        **changes,
    }


def body_of(*events: dict[str, Any]) -> bytes:
    return orjson.dumps({"destination": "U0", "events": list(events)})


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Bot:
    """Start, kill and talk to one process of the bot."""

    def __init__(self, line_base: str, database_url: str, **environ: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = {
            **os.environ,
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": "access",
            "LINE_API_BASE": line_base,
            "LINE_DATA_API_BASE": line_base,
            "DATABASE_URL": database_url,
            "ENCRYPTION_KEYS": "t:" + base64.b64encode(b"k" * 32).decode(),
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once the bot answers."""
        arguments = ["-m", "uvicorn", "tests.line.echo_turns:create", "--factory", "--port", str(self.port), "--loop", "uvloop"]
        arguments += ["--http", "httptools", "--no-access-log", "--log-level", "warning", "--backlog", "4096"]
        self.process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=self._environ)
        wait_until(self._answers, 20)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the bot did not start"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(20)
        self.process = None
        return status

    async def post(self, body: bytes, session: aiohttp.ClientSession, signature: str | None = None) -> int:
        """Status of a webhook; 0 if the connection broke."""
        headers = {"X-Line-Signature": sign(body) if signature is None else signature, "Content-Type": "application/json"}
        try:
            async with session.post(f"{self.url}/callback", data=body, headers=headers) as response:
                await response.read()
                return response.status
        except aiohttp.ClientError:
            return 0

    async def say(self, user: str, text: str, session: aiohttp.ClientSession, **changes: Any) -> int:
        return await self.post(body_of(event(user, text, **changes)), session)


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Poll until `condition` holds; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """As `wait_until`, without holding up the loop."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)
