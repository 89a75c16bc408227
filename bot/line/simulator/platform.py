"""What the pretended LINE platform knows: people, chats, reply tokens, quota, rich menus, stored files.

Belongs here: state and its rules, with no HTTP in it; the clock (seconds) and chance come in. Does not: endpoints (`api.py`),
webhooks (`webhooks.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

TOKEN_SECONDS = 60.0
_KEPT_ITEMS, _KEPT_REFUSALS, _KEPT_KEYS, _MANY_TOKENS = 400, 100, 100_000, 50_000
BOT_ID = "U" + "b07" * 10 + "b0"


def line_id(name: str, letter: str = "U") -> str:
    """The LINE id of a pretended person (U) or group (C): the same in every run."""
    return letter + hashlib.blake2s(name.encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Chat:
    """A one-to-one chat (its id is the person's) or a group. `items` is what a phone shows, oldest first, numbered by `seq`."""

    id: str
    name: str
    group: bool = False
    members: tuple[str, ...] = ()
    blocked: bool = False
    items: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT_ITEMS))
    seq: int = 0
    loading_until: float = 0.0
    read: int = 0
    rich_menu: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, item: dict[str, Any]) -> None:
        self.seq += 1
        self.items.append({"seq": self.seq, **item})
        self.touch()

    def touch(self) -> None:
        """Wakes everybody who waits for news of this chat."""
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(slots=True)
class Token:
    chat: str
    at: float


@dataclass(slots=True)
class Accepted:
    """A call taken under a retry key, so that its repetition can be answered 409 with the same ids."""

    request_id: str
    sent: list[dict[str, str]]


@dataclass(slots=True)
class RichMenu:
    body: dict[str, Any]
    image: bytes = b""
    image_type: str = ""


@dataclass(slots=True)
class Platform:
    clock: Callable[[], float]
    chance: Random
    monthly_limit: int | None = 300
    chats: dict[str, Chat] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    menus: dict[str, RichMenu] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    default_menu: str = ""
    contents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    preparing: dict[str, int] = field(default_factory=dict)  # message id → how many times more its content is not ready
    read_tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    webhook_url: str = ""
    usage: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refusals: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT_REFUSALS))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(500_000_000_000_000_001))

    def next_id(self) -> str:
        return str(next(self._numbers))

    def person(self, name: str) -> Chat:
        """The chat of a person, made at the first call; the id follows from the name, so it is the same after a restart."""
        return self._chat("U", name, ())

    def group(self, name: str, members: Sequence[str]) -> Chat:
        chat = self._chat("C", name, tuple(members))
        chat.group, chat.members = True, tuple(members)
        return chat

    def _chat(self, letter: str, name: str, members: tuple[str, ...]) -> Chat:
        id_ = line_id(name, letter)
        return self.chats.setdefault(id_, Chat(id_, name, members=members))

    def reply_token(self, chat: Chat) -> str:
        if len(self.tokens) > _MANY_TOKENS:
            self._forget_stale_tokens()
        token = f"{self.chance.getrandbits(128):032x}"
        self.tokens[token] = Token(chat.id, self.clock())
        return token

    def use_token(self, token: str) -> Chat | None:
        """The chat to reply in, once and within a minute; None for an unknown, used or expired token."""
        found = self.tokens.pop(token, None)
        return self.chats.get(found.chat) if found and self.clock() - found.at <= TOKEN_SECONDS else None

    def deliver(self, chat: Chat, messages: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
        """Shows the bot's messages in the chat (unless it is blocked there) and returns their ids as LINE does."""
        sent = [{"id": self.next_id(), "quoteToken": f"q{self.chance.getrandbits(64):016x}"} for _ in messages]
        if not chat.blocked:
            chat.loading_until = 0.0
            for message, ids in zip(messages, sent, strict=True):
                chat.put({"kind": "message", "from": "bot", "at": self.clock(), "message": {**message, "id": ids["id"]}})
        return sent

    def recipients(self, chat: Chat) -> int:
        """How many messages of the quota a push here costs."""
        if chat.group:
            return max(1, len(chat.members))
        return 0 if chat.blocked else 1

    def afford(self, cost: int) -> bool:
        """Takes the cost from the monthly quota, or leaves it and says no."""
        if self.monthly_limit is not None and self.usage + cost > self.monthly_limit:
            return False
        self.usage += cost
        return True

    def remember(self, key: str, accepted: Accepted) -> None:
        self.accepted[key] = accepted
        if len(self.accepted) > _KEPT_KEYS:
            del self.accepted[next(iter(self.accepted))]

    def _forget_stale_tokens(self) -> None:
        limit = self.clock() - TOKEN_SECONDS
        for token in [token for token, found in self.tokens.items() if found.at < limit]:
            del self.tokens[token]

    def unsend(self, chat: Chat, message_id: str) -> bool:
        """Takes a person's message off every screen; False if there is none of that id."""
        for item in chat.items:
            message = item.get("message") or {}
            if item.get("from") == "user" and message.get("id") == message_id:
                item["message"] = {"id": message_id, "type": "unsent"}
                chat.put({"kind": "unsent", "id": message_id, "at": self.clock()})
                return True
        return False
