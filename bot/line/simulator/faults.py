"""Faults on purpose: slow, refusing, silent, torn and forgetful answers, for tests and load.

Belongs here: which fault strikes which call, and the ASGI gate that lets it happen. Does not: the platform itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KINDS = ("latency", "status", "timeout", "reset", "after_accept")
WEBHOOK_KINDS = ("duplicate", "redeliver", "delay")
_PATHS = {"/v2/bot/message/reply": "reply", "/v2/bot/message/push": "push", "/v2/bot/message/multicast": "multicast"}
_WORDS = {429: "The API rate limit has been exceeded. Try again later.", 500: "Internal server error"}


@dataclass(slots=True)
class Fault:
    """`on`: reply, push, multicast, content, api (every Messaging API call) or webhook. `share` of the calls is struck, `times` at most.

    `kind`: latency (answer `ms` later) | status (refuse with `status`) | timeout (no answer for `ms`)
    | reset (connection torn, nothing done) | after_accept (done, then 500).
    On webhook: duplicate (sent twice) | redeliver (sent again as a redelivery) | delay (`ms` later, so out of order).
    """

    on: str
    kind: str
    share: float = 1.0
    times: int | None = None
    status: int = 500
    ms: int = 100


@dataclass(slots=True)
class Faults:
    chance: Random
    rules: list[Fault] = field(default_factory=list)

    def strike(self, *places: str) -> list[Fault]:
        """The faults that hit one call now."""
        struck = [rule for rule in self.rules if rule.on in places and rule.times != 0 and self.chance.random() < rule.share]
        for rule in struck:
            if rule.times is not None:
                rule.times -= 1
        return struck


def parse(rows: list[dict[str, Any]]) -> list[Fault]:
    """Raises ValueError or TypeError for a rule that means nothing."""
    rules = [Fault(**row) for row in rows]
    for rule in rules:
        if rule.kind not in (WEBHOOK_KINDS if rule.on == "webhook" else KINDS):
            raise ValueError(f"unknown fault {rule.kind!r} on {rule.on!r}")
    return rules


class Gate:
    """The app behind it, with faults in front of every Messaging API call."""

    def __init__(self, app: App, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._faults.rules or scope["type"] != "http" or not scope["path"].startswith("/v2/"):
            await self._app(scope, receive, send)
            return
        for fault in self._faults.strike("api", _place(scope["path"])):
            if not await self._happens(fault, scope, receive, send):
                return
        await self._app(scope, receive, send)

    async def _happens(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> bool:
        """True if the call goes on afterwards."""
        if fault.kind in ("latency", "timeout"):
            await asyncio.sleep(fault.ms / 1000)
        if fault.kind == "latency":
            return True
        if fault.kind == "after_accept":
            await self._app(scope, receive, _into_nothing)
        if fault.kind in ("timeout", "reset"):
            _tear(receive)
        else:
            await _refuse(500 if fault.kind == "after_accept" else fault.status, send)
        return False


def _place(path: str) -> str:
    return "content" if path.endswith("/content") else _PATHS.get(path, "")


async def _into_nothing(message: MutableMapping[str, Any]) -> None:
    return None


async def _refuse(status: int, send: Send) -> None:
    body = orjson.dumps({"message": _WORDS.get(status, "Error")})
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def _tear(receive: Receive) -> None:
    """Cuts the connection. ASGI has no word for it, so this asks uvicorn's request for its transport."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("this server cannot tear a connection")
    transport.abort()
