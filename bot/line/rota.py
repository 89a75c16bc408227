"""Who is on duty, as every turn is told it.

Belongs here: remembering it for a few seconds. Does not: the roster itself (`bot/store/duty.py`).
"""

from __future__ import annotations

from sqlalchemy import Connection

from bot.conversation.events import OnDuty
from bot.store import duty

_KEEP_MS = 5_000


class Rota:
    """Who is on duty, asked of the database at most every few seconds: it changes a few times a day, and every turn is told."""

    def __init__(self) -> None:
        self._known: OnDuty | None = None
        self._until_ms = 0

    def now(self, connection: Connection, now_ms: int) -> OnDuty:
        if self._known is None or not self._until_ms - _KEEP_MS <= now_ms < self._until_ms:
            self._known, self._until_ms = duty.on_duty(connection, now_ms), now_ms + _KEEP_MS
        return self._known
