"""The answer to "send me my data": a link that is good once and for a short time.

Belongs here: making the link and its message, in the turn's transaction. Does not: the page behind it (`bot/console/views_copy.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.conversation.messages import Choice, Message, Text
from bot.conversation.wording import Wordings
from bot.store import copies
from bot.store.sealing import Sealer

LIFE_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Copies:
    """`chance`: a random text that nobody can guess (256 bits)."""

    sealer: Sealer
    words: Callable[[], Wordings]
    public_url: str
    chance: Callable[[], str]

    def offer(self, connection: Connection, chat: str, language: str, now_ms: int) -> tuple[Message, ...]:
        token, words = self.chance(), self.words()
        copies.offer(connection, self.sealer, chat, token, now_ms, now_ms + LIFE_MINUTES * 60_000)
        link = Choice(words.say("data.open_file", language), kind="link", uri=f"{self.public_url}/data/{token}")
        return (Text(words.say("data.file_ready", language, minutes=LIFE_MINUTES), (link,)),)
