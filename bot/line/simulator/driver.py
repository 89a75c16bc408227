"""A person with a phone, for tests and load, over real HTTP.

`async with Phone.at(simulator_url, "ยายสมศรี") as phone: await phone.say("สวัสดีค่ะ"); messages = await phone.wait_reply()`

Belongs here: doing and waiting. Does not: judging what came back.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

Message = dict[str, Any]


class NoReply(Exception):
    """The bot said nothing in time."""


class NoSuchChoice(Exception):
    """Nothing on the screen carries this label."""


@dataclass(slots=True)
class Phone:
    """One person's chat, or a group seen by `user`. Every act returns the bot's HTTP status for the webhook (0: none within 2 s)."""

    session: aiohttp.ClientSession
    base: str
    chat: str
    user: str = ""
    seen: int = 0
    last_message: str = ""  # id of the last message sent, for `unsend`

    @classmethod
    @asynccontextmanager
    async def at(cls, base: str, name: str, members: tuple[str, ...] = ()) -> AsyncIterator[Phone]:
        """The phone of a person (made if new); with `members` (ids) a group of that name."""
        async with aiohttp.ClientSession() as session:
            yield await cls.join(session, base, name, members)

    @classmethod
    async def join(cls, session: aiohttp.ClientSession, base: str, name: str, members: tuple[str, ...] = ()) -> Phone:
        async with session.post(f"{base}/_sim/people", json={"name": name, "members": list(members)}) as answer:
            answer.raise_for_status()
            chat = (await answer.json())["id"]
        return cls(session, base, chat, members[0] if members else chat)

    async def do(self, what: str, **parts: Any) -> int:
        """Any act of `people.py`; options for all: duplicate, standby."""
        body = {"what": what, "user": self.user, **parts}
        packed = io.BytesIO(orjson.dumps(body))  # a file: the body may be large
        async with self.session.post(f"{self.base}/_sim/chats/{self.chat}/do", data=packed) as answer:
            answer.raise_for_status()
            done = await answer.json()
        self.last_message = done["message"] or self.last_message
        return int(done["status"])

    async def say(self, text: str, **options: Any) -> int:
        return await self.do("say", text=text, **options)

    async def tap(self, data: str, show: str = "", **options: Any) -> int:
        return await self.do("tap", data=data, show=show, **options)

    async def choose(self, label: str, messages: list[Message]) -> int:
        """Taps what carries this label in `messages` (quick reply or card button). Raises NoSuchChoice."""
        for action in actions(messages):
            if action.get("label") == label:
                return await self._act(action)
        raise NoSuchChoice(label)

    async def _act(self, action: Message) -> int:
        if action["type"] == "message":
            return await self.say(action["text"])
        if action["type"] == "postback":
            return await self.tap(action["data"], action.get("displayText", ""))
        raise NoSuchChoice(f"{action['type']} needs more than a tap")

    async def pick_date(self, data: str, day: str, **options: Any) -> int:
        return await self.do("tap", data=data, params={"date": day}, **options)

    async def send_location(self, latitude: float, longitude: float, address: str = "", **options: Any) -> int:
        return await self.do("location", latitude=latitude, longitude=longitude, address=address, **options)

    async def send_sticker(self, *keywords: str, **options: Any) -> int:
        return await self.do("sticker", keywords=list(keywords), **options)

    async def send_image(self, picture: bytes, type_: str = "image/png", **options: Any) -> int:
        return await self.send("image", picture, type=type_, **options)

    async def send(self, kind: str, content: bytes, **options: Any) -> int:
        """Anything but words: image | audio | video | file. Options: type, name (of a file), preparing, lost."""
        return await self.do("media", kind=kind, base64=base64.b64encode(content).decode(), **options)

    async def unsend(self, message: str = "") -> int:
        return await self.do("unsend", message=message or self.last_message)

    async def follow(self) -> int:
        return await self.do("follow")

    async def block(self) -> int:
        return await self.do("block")

    async def news(self, after: int, wait: float, state: str = "") -> dict[str, Any]:
        query = {"after": str(after), "wait": str(wait), "state": state}
        async with self.session.get(f"{self.base}/_sim/chats/{self.chat}", params=query) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found

    async def wait_reply(self, timeout: float = 5.0) -> list[Message]:  # noqa: ASYNC109 (how long a person is patient is part of the story)
        """The bot's messages since the last call, as soon as there is one. Raises NoReply."""
        deadline = asyncio.get_running_loop().time() + timeout
        state = ""
        while True:
            left = deadline - asyncio.get_running_loop().time()
            news = await self.news(self.seen, max(0.0, left), state)
            self.seen, state = news["seq"], news["state"]
            said = [item["message"] for item in news["items"] if item.get("from") == "bot"]
            if said:
                return said
            if left <= 0:
                raise NoReply(self.chat)


def actions(part: Any) -> list[Message]:
    """Every action in a piece of LINE JSON."""
    if isinstance(part, list):
        return [found for item in part for found in actions(item)]
    if not isinstance(part, dict):
        return []
    own = [part["action"]] if isinstance(part.get("action"), dict) else []
    return own + [found for value in part.values() for found in actions(value)]


def words(message: Message) -> str:
    """Everything a person can read in a message, a line for each text."""
    return "\n".join(_words(message))


def _words(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for item in part for found in _words(item)]
    if not isinstance(part, dict) or part.get("type") in ("postback", "uri", "message", "datetimepicker"):
        return []
    own = [part["text"]] if part.get("type") == "text" and "text" in part else []
    return own + [found for value in part.values() for found in _words(value)]
