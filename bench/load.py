"""Webhooks in, a stand-in LINE out: the load that every bot here gets, over real HTTP on 127.0.0.1 only.

Belongs here: the load, the stand-in, what was seen of both. Does not: starting bots (`bots.py`), the table.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import itertools
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import orjson
from aiohttp import web

SECRET = b"bench"
PATIENCE_S = 45.0
Texts = Callable[[int], Iterator[str]]


@dataclass
class Seen:
    """What one stretch of load saw; times in seconds."""

    acks: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Answered turns a second."""
        return len(self.turns) / self.took


def _ignore(_to: str) -> None:
    pass


def quantile(values: list[float], share: float) -> float:
    """In milliseconds; 0 for none."""
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class StandIn:
    """Accepts replies and pushes after `delay_s` and tells whoever waits for them. `most`: calls a second; what is beyond gets a 429.
    `pushed`: pushes accepted by LINE id."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.most = 0
        self.limited = 0
        self.pushed: Counter[str] = Counter()
        self.on_push: Callable[[str], None] = _ignore
        self._keys: set[str] = set()
        self._second = (0, 0)
        self._by_token: dict[str, asyncio.Future[None]] = {}
        self._by_user: dict[str, deque[asyncio.Future[None]]] = defaultdict(deque)

    def expect(self, token: str, user: str) -> asyncio.Future[None]:
        done = self._by_token[token] = asyncio.get_running_loop().create_future()
        self._by_user[user].append(done)
        return done

    def forget(self, token: str, user: str) -> None:
        self._by_user[user].remove(self._by_token.pop(token))
        if not self._by_user[user]:
            del self._by_user[user]

    async def answer(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self._is_too_many():
            return web.json_response({"message": "The API rate limit has been exceeded. Try again later."}, status=429)
        if key := request.headers.get("X-Line-Retry-Key"):
            if key in self._keys:
                return web.json_response({"message": "The retry key is already accepted"}, status=409)
            self._keys.add(key)
            self.pushed[body["to"]] += 1
            self.on_push(body["to"])
        waiting = self._by_user.get(body.get("to", ""))
        done = self._by_token.get(body.get("replyToken", "")) or next((one for one in waiting or () if not one.done()), None)
        if done is not None and not done.done():
            done.set_result(None)
        return web.Response(body=b'{"sentMessages":[{"id":"1"}]}', content_type="application/json")

    def _is_too_many(self) -> bool:
        second, count = int(time.monotonic()), self._second[1] + 1
        self._second = (second, count if second == self._second[0] else 1)
        too_many = 0 < self.most < self._second[1]
        self.limited += too_many
        return too_many

    async def other(self, request: web.Request) -> web.Response:
        return web.Response(body=b"{}", content_type="application/json")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The address it listens on."""
        app = web.Application()
        app.router.add_post("/v2/bot/message/{way}", self.answer)
        app.router.add_get("/v2/bot/message/quota", self.other)
        app.router.add_get("/v2/bot/message/quota/consumption", self.other)
        app.router.add_route("*", "/{rest:.*}", self.other)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


class Load:
    """People writing to one bot. Nobody writes on before the last message was answered, except in the open loop."""

    def __init__(self, stand_in: StandIn, session: aiohttp.ClientSession, url: str, texts: Texts) -> None:
        self._stand_in = stand_in
        self._session = session
        self._url = url
        self._texts = texts
        self._people = itertools.count(1)

    async def closed(self, in_flight: int, seconds: float, messages: int = 10) -> Seen:
        """`in_flight` people write at any time, each `messages` in a row, then somebody new."""
        seen, started = Seen(), time.perf_counter()

        async def chain() -> None:
            while True:
                person, texts = self._somebody(messages)
                for text in texts:
                    if time.perf_counter() - started > seconds:
                        return
                    await self.turn(seen, person, text)

        await asyncio.gather(*(chain() for _ in range(in_flight)))
        seen.took = time.perf_counter() - started
        return seen

    async def opened(self, rate: float, seconds: float, messages: int = 10) -> Seen:
        """`rate` messages a second, answered or not: each from somebody who waits for no answer, or from somebody new."""
        seen, started = Seen(), time.perf_counter()
        idle: deque[tuple[int, Iterator[str]]] = deque()
        tasks = []

        async def say(person: int, texts: Iterator[str], text: str) -> None:
            if await self.turn(seen, person, text):
                idle.append((person, texts))

        for n in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, started + n / rate - time.perf_counter()))
            person, texts = idle.popleft() if idle else self._somebody(messages)
            text = next(texts, None)
            if text is None:
                person, texts = self._somebody(messages)
                text = next(texts)
            tasks.append(asyncio.create_task(say(person, texts, text)))
        await asyncio.gather(*tasks)
        seen.took = time.perf_counter() - started
        return seen

    def _somebody(self, messages: int) -> tuple[int, Iterator[str]]:
        person = next(self._people)
        return person, itertools.islice(self._texts(person), messages)

    async def turn(self, seen: Seen, person: int, text: str) -> bool:
        """Whether it was taken and answered."""
        token, user = secrets.token_hex(16), f"U{person:032x}"
        body = webhook(user, token, text)
        done = self._stand_in.expect(token, user)
        started = time.perf_counter()
        try:
            async with self._session.post(self._url, data=body, headers={"x-line-signature": sign(body)}) as response:
                await response.read()
                status = response.status
        except aiohttp.ClientError:  # no answer is a refusal too: LINE sends again
            status = 0
        if status == 200:
            seen.acks.append(time.perf_counter() - started)
            await self._await(seen, done, started)
        else:
            seen.refused += 1
        self._stand_in.forget(token, user)
        return done.done()

    async def _await(self, seen: Seen, done: asyncio.Future[None], started: float) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(done), PATIENCE_S)
        except TimeoutError:
            seen.lost += 1
        else:
            seen.turns.append(time.perf_counter() - started)


def webhook(user: str, token: str, text: str) -> bytes:
    event = {
        "type": "message",
        "message": {"type": "text", "id": token[:18], "quoteToken": "q", "text": text},
        "webhookEventId": secrets.token_hex(13),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "replyToken": token,
        "mode": "active",
    }
    return orjson.dumps({"destination": "U0", "events": [event]})


def sign(body: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET, body, "sha256")).decode()
