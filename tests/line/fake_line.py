"""A stand-in for LINE's Messaging API that keeps LINE's rules: one use per reply token, retry keys, and faults on demand.

Runs in a thread of the test process, so a killed bot does not take it along.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass
class Sent:
    way: str
    to: str  # reply token or LINE id
    texts: list[str]


@dataclass
class FakeLine:
    """`faults`: what the next calls meet: an HTTP status, `timeout`, `reset`, `500-after`, `reset-after` (accepted first), `quota`."""

    port: int = 0
    delay_s: float = 0.0
    accepted: list[Sent] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    faults: deque[Any] = field(default_factory=deque)
    standing: Any = None  # a fault that every call meets
    used_tokens: set[str] = field(default_factory=set)
    expired_tokens: set[str] = field(default_factory=set)
    keys: dict[str, Sent] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def texts(self) -> list[str]:
        return [text for sent in list(self.accepted) for text in sent.texts]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        way = request.path.rpartition("/")[2]
        body = orjson.loads(await request.read())
        self.calls[way] += 1
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        fault = self.faults.popleft() if self.faults else self.standing
        if fault in ("timeout", "reset") or isinstance(fault, int) or fault == "quota":
            return await self._fail(request, fault)
        answer = self._accept(way, request, body)
        if fault in ("500-after", "timeout-after", "reset-after"):
            return await self._fail(request, {"500-after": 500, "timeout-after": "timeout", "reset-after": "reset"}[fault])
        return answer

    async def _fail(self, request: web.Request, fault: Any) -> web.StreamResponse:
        if fault == "quota":
            return web.json_response({"message": "You have reached your monthly limit."}, status=429)
        if fault == "timeout":
            await asyncio.sleep(30)
        if fault in ("timeout", "reset"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {"retry-after": "1"} if fault == 429 else {}
        return web.json_response({"message": "The API rate limit has been exceeded."}, status=fault, headers=headers)

    def _accept(self, way: str, request: web.Request, body: dict[str, Any]) -> web.Response:
        texts = [message.get("text", message["type"]) for message in body["messages"]]
        assert 1 <= len(texts) <= 5
        if way == "reply":
            return self._reply(request, body["replyToken"], texts)
        key = request.headers.get("X-Line-Retry-Key", "")
        if key in self.keys:
            return web.json_response({"message": "The retry key is already accepted"}, status=409)
        uuid.UUID(key)
        self.keys[key] = Sent("push", body["to"], texts)
        self.accepted.append(self.keys[key])
        return _ok()

    def _reply(self, request: web.Request, token: str, texts: list[str]) -> web.Response:
        if "X-Line-Retry-Key" in request.headers:
            return web.json_response({"message": "Invalid retry key"}, status=400)
        if token in self.used_tokens or token in self.expired_tokens:
            return web.json_response({"message": "Invalid reply token"}, status=400)
        self.used_tokens.add(token)
        self.accepted.append(Sent("reply", token, texts))
        return _ok()

    async def _quota(self, request: web.Request) -> web.Response:
        return web.json_response({"totalUsage": 7} if request.path.endswith("consumption") else {"type": "limited", "value": 300})


def _ok() -> web.Response:
    return web.Response(body=b'{"sentMessages":[]}', content_type="application/json", headers={"x-line-request-id": str(uuid.uuid4())})


@contextmanager
def fake_line() -> Iterator[FakeLine]:
    fake = FakeLine()
    loop = asyncio.new_event_loop()
    started = threading.Event()
    runner: list[web.AppRunner] = []

    async def start() -> None:
        app = web.Application()
        app.router.add_post("/v2/bot/message/reply", fake._handle)
        app.router.add_post("/v2/bot/message/push", fake._handle)
        app.router.add_get("/v2/bot/message/quota", fake._quota)
        app.router.add_get("/v2/bot/message/quota/consumption", fake._quota)
        runner.append(web.AppRunner(app, access_log=None, shutdown_timeout=0.1))
        await runner[0].setup()
        site = web.TCPSite(runner[0], "127.0.0.1", 0)
        await site.start()
        fake.port = runner[0].addresses[0][1]
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner[0].cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield fake
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
