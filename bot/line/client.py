"""LINE's Messaging API over one pooled session. Without the official SDK's models: they cost five times the CPU (docs/performance.md).

Belongs here: addresses, headers, reading an answer. Does not: deciding what an answer means (`outcomes.py`).
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import aiohttp
import orjson

from bot.line.outcomes import UNKNOWN, UNREACHED, Answer
from bot.store.outbox import Call

_TIMEOUT_S = 8
_POOL = 600


class LineClient:
    """Use as an async context manager, inside the running loop."""

    def __init__(self, base: str, token: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._base = base
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def __aenter__(self) -> LineClient:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_POOL, ttl_dns_cache=60),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            timeout=self._timeout,
            trust_env=False,  # otherwise netrc and proxies are looked up in a thread for every call
            auto_decompress=True,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._session.close()

    async def reply(self, call: Call) -> Answer:
        body = b'{"replyToken":' + orjson.dumps(call.token) + b',"messages":' + call.messages + b"}"
        return await self._post("/v2/bot/message/reply", body)

    async def push(self, call: Call) -> Answer:
        silent = b',"notificationDisabled":true' if call.until_ms else b""
        body = b'{"to":' + orjson.dumps(call.to) + b',"messages":' + call.messages + silent + b"}"
        return await self._post("/v2/bot/message/push", body, {"X-Line-Retry-Key": call.uid})

    async def quota(self) -> tuple[int | None, int] | None:
        """(monthly limit or None, pushes used); None if LINE did not tell."""
        try:
            limit = await self._get("/v2/bot/message/quota")
            used = await self._get("/v2/bot/message/quota/consumption")
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            return None
        return (limit.get("value") if limit.get("type") == "limited" else None, int(used.get("totalUsage", 0)))

    async def basic_id(self) -> str:
        """The account's LINE ID (@…), as people type it; empty if LINE did not tell."""
        try:
            return str((await self._get("/v2/bot/info")).get("basicId", ""))
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            return ""

    async def _get(self, path: str) -> dict[str, Any]:
        async with self._session.get(self._base + path, raise_for_status=True) as response:
            found: dict[str, Any] = orjson.loads(await response.read())
            return found

    async def _post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        try:
            async with self._session.post(self._base + path, data=body, headers=headers) as response:
                answer = await response.read() if response.status >= 400 else b""
                return _answer(response, answer)
        except aiohttp.ClientConnectorError:
            return Answer(UNREACHED)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError):
            return Answer(UNKNOWN)


def _answer(response: aiohttp.ClientResponse, body: bytes) -> Answer:
    return Answer(
        response.status,
        response.headers.get("x-line-request-id", "")[:64],
        _message(body),
        _seconds(response.headers.get("retry-after", "")),
    )


def _message(body: bytes) -> str:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    return str(said.get("message", "")) if isinstance(said, dict) else ""


def _seconds(text: str) -> float:
    return min(float(text), 300.0) if text.isdecimal() else 0.0
