"""Events from the pretended phones to the bot, signed as LINE signs them.

Belongs here: building, signing, sending, redelivering. Does not: what a person does (`page.py`), the platform's answers (`api.py`).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from bot.line.simulator.faults import Faults
from bot.line.simulator.platform import BOT_ID, Chat, Platform

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ACK = aiohttp.ClientTimeout(total=2)  # LINE's own patience
_REDELIVERIES = 3


def sign(secret: bytes, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, body, "sha256")).decode()


def ulid(milliseconds: int, randomness: int) -> str:
    number = (milliseconds << 80) | randomness
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


@dataclass(slots=True)
class Sender:
    platform: Platform
    faults: Faults
    secret: bytes
    redeliver_after: float | None = None  # seconds; None: redelivery is switched off, as on a new channel
    session: aiohttp.ClientSession | None = None
    _tasks: set[asyncio.Task[int]] = field(default_factory=set)

    def event(self, chat: Chat, user: str, kind: str, *, reply: bool = True, standby: bool = False, **more: Any) -> dict[str, Any]:
        """One webhook event of a person in a chat. Standby events carry no reply token."""
        now = self.platform.clock()
        made: dict[str, Any] = {
            "type": kind,
            "mode": "standby" if standby else "active",
            "timestamp": int(now * 1000),
            "source": {"type": "group", "groupId": chat.id, "userId": user} if chat.group else {"type": "user", "userId": user},
            "webhookEventId": ulid(int(now * 1000), self.platform.chance.getrandbits(80)),
            "deliveryContext": {"isRedelivery": False},
            **more,
        }
        if reply and not standby:
            made["replyToken"] = self.platform.reply_token(chat)
        return made

    async def send(self, *events: dict[str, Any]) -> int:
        """The bot's HTTP status for these events in one webhook; 0 if it gave none within 2 s. Webhook faults apply."""
        struck = {fault.kind: fault for fault in self.faults.strike("webhook")}
        if "delay" in struck:
            self._later(struck["delay"].ms / 1000, list(events))
            return 200
        status = await self._post(list(events))
        if "duplicate" in struck:
            await self._post(list(events))
        if "redeliver" in struck:
            await self._post(_again(events))
        elif self.redeliver_after is not None and not 200 <= status < 300:
            self._later(self.redeliver_after, _again(events), _REDELIVERIES - 1)
        return status

    async def verify(self, url: str = "") -> int:
        """LINE's own check of the endpoint: a webhook without events."""
        return await self._post([], url)

    def _later(self, seconds: float, events: list[dict[str, Any]], more: int = 0) -> None:
        task = asyncio.create_task(self._post_later(seconds, events, more))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post_later(self, seconds: float, events: list[dict[str, Any]], more: int) -> int:
        await asyncio.sleep(seconds)
        status = await self._post(events)
        if more and not 200 <= status < 300:
            self._later(seconds * 2, events, more - 1)
        return status

    async def _post(self, events: list[dict[str, Any]], url: str = "") -> int:
        assert self.session is not None
        body = orjson.dumps({"destination": BOT_ID, "events": events})
        headers = {
            "x-line-signature": sign(self.secret, body),
            "content-type": "application/json; charset=utf-8",
            "user-agent": "LineBotWebhook/2.0",
        }
        self.platform.counts["webhooks"] += 1
        try:
            async with self.session.post(url or self.platform.webhook_url, data=body, headers=headers, timeout=_ACK) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.platform.counts[f"webhook_{status}"] += 1
        return status

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        if self.session:
            await self.session.close()


def _again(events: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
