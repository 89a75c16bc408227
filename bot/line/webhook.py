"""`POST /callback`: verify the raw bytes, store the events, answer 200 once they are on disk.

Belongs here: signature, size, JSON, one row per event. Does not: what an event means (`happenings.py`), turns.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from bot import metrics
from bot.line.happenings import message_id_of, source_of
from bot.store.inbox import Arrived
from bot.store.writer import StoreRefused

MAX_BODY = 1_000_000
_MAX_ID = 64
#: A clock of LINE that runs ahead of ours by more than this is not believed.
_AHEAD_MS = 300_000

Accept = Callable[[Sequence[Arrived]], Awaitable[None]]
Hash = Callable[[str, str], str]


class Refused(Exception):
    """The request gets this status; nothing of it was kept."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Webhook:
    """An ASGI endpoint. `accept` returns once the events are committed and raises StoreRefused if they are not. `full`: whether it would
    refuse now whatever comes; then nothing is read at all."""

    def __init__(
        self, secret: str, hash_: Hash, accept: Accept, clock_ms: Callable[[], int], full: Callable[[], bool] = lambda: False
    ) -> None:
        if not secret:
            raise ValueError("an empty channel secret would let anybody in")
        self._secret = secret.encode()
        self._hash = hash_
        self._accept = accept
        self._clock_ms = clock_ms
        self._full = full
        self._counters = {status: metrics.WEBHOOKS.labels(str(status)) for status in (200, 400, 401, 405, 413, 503)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        try:
            await self._handle(scope, receive)
            status = 200
        except Refused as refused:
            status = refused.status
        except StoreRefused:
            status = 503
        await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b""})
        self._counters[status].inc()
        metrics.ACK.observe(time.perf_counter() - started)

    async def _handle(self, scope: Scope, receive: Receive) -> None:
        if scope["method"] != "POST":
            raise Refused(405)
        if self._full():
            raise Refused(503)
        headers = dict(scope["headers"])
        body = await _read(headers, receive)
        signature = base64.b64encode(hmac.digest(self._secret, body, "sha256"))
        if not hmac.compare_digest(signature, headers.get(b"x-line-signature", b"")):
            raise Refused(401)
        events = arrivals(parse(body), self._hash, self._clock_ms())
        if events:
            await self._accept(events)


_HEADERS = [(b"content-length", b"0")]


async def _read(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """The body; refuses a large one before reading it all."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 12 or int(length) > MAX_BODY:
        raise Refused(413)
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400)
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refused(413)
        if not message.get("more_body", False):
            return body


def parse(body: bytes) -> list[Any]:
    """The events of a webhook. Raises Refused(400)."""
    try:
        webhook = _loads(body)
    except (ValueError, RecursionError):
        raise Refused(400) from None
    events = webhook.get("events") if isinstance(webhook, dict) else None
    if not isinstance(events, list):
        raise Refused(400)
    return events


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # orjson refuses half an emoji (a lone surrogate), as a cut text can hold; the message must not be lost for that.
        if b"\\u" not in body:
            raise
        whole = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return orjson.loads(whole)


def arrivals(events: Sequence[Any], hash_: Hash, now_ms: int) -> list[Arrived]:
    """One row for every event that has a chat of ours; one strange event never costs the others."""
    arrived = []
    for raw in events:
        one = _arrival(raw, hash_, now_ms) if isinstance(raw, dict) else None
        if one is not None:
            arrived.append(one)
    if arrived:
        metrics.EVENTS.labels("taken").inc(len(arrived))
    if len(arrived) < len(events):
        metrics.EVENTS.labels("skipped").inc(len(events) - len(arrived))
    return arrived


def _arrival(raw: dict[str, Any], hash_: Hash, now_ms: int) -> Arrived | None:
    source = source_of(raw)
    if source is None or raw.get("mode") == "standby":  # standby: another channel has the chat
        return None
    body = orjson.dumps(raw)
    message_id = message_id_of(raw)
    message_key = hash_("message", message_id) if message_id else None
    return Arrived(_event_id(raw, body), hash_("chat", source[1]), _at(raw, now_ms), now_ms, body, message_key)


def _event_id(raw: Mapping[str, Any], body: bytes) -> str:
    id_ = raw.get("webhookEventId")
    if isinstance(id_, str) and 0 < len(id_) <= _MAX_ID and id_.isascii() and id_.isprintable():
        return id_
    return "sha256-" + sha256(body).hexdigest()[:40]


def _at(raw: Mapping[str, Any], now_ms: int) -> int:
    at = raw.get("timestamp")
    believable = isinstance(at, int) and not isinstance(at, bool) and 0 < at <= now_ms + _AHEAD_MS
    return at if believable else now_ms  # type: ignore[return-value]
