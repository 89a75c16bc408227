"""People who chat with the bot over years: the real talk, database, turns and reminders; the clock and LINE are the test's."""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).parents[1] / "conversation"))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from bot_process import event
from chat import world

from bot.content import holidays
from bot.conversation.talk import Talk
from bot.conversation.world import BANGKOK
from bot.followup.hours import Manners
from bot.line.followups import Followups
from bot.line.turning import Desk, Limits, run_batch
from bot.line.webhook import arrivals
from bot.store import inbox, nudges, outbox
from bot.store.database import read, upsert, write
from bot.store.nudge_tables import nudge_contact
from bot.store.outbox import Call, Settled
from bot.store.store import Store
from bot.store.tables import OutboxState, meta

__all__ = ["Sent", "Street", "event", "world"]
START = datetime(2026, 11, 23, 10, 0, tzinfo=BANGKOK)
MANNERS = Manners(holidays=holidays())


@dataclass
class Sent:
    at: datetime
    to: str
    pushed: bool
    messages: list[dict[str, Any]]
    uid: str

    def texts(self) -> list[str]:
        return _texts(self.messages)


@dataclass
class Street:
    store: Store
    now: datetime = START
    sent: list[Sent] = field(default_factory=list)
    turns: Any = None

    def __post_init__(self) -> None:
        talk = self.turns or Talk(world())
        self.followups = Followups(self.store, world, MANNERS, lambda: self.ms, uuid.uuid4)
        self.desk = Desk(talk, self.store.sealer, "w", self.store.channel, uuid.uuid4, lambda: 0.0, Limits(), self.followups)
        self.quota(None)

    @property
    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    def quota(self, limit: int | None, used: int = 0) -> None:
        value = orjson.dumps({"limit": limit, "used": used, "at_ms": self.ms})
        with write(self.store.engine) as connection:
            upsert(connection, meta, "name", ("value",), [{"name": "quota", "value": value}])

    def chat(self, user: str = "U1") -> str:
        return self.store.sealer.hash("chat", user)

    def say(self, text: str, user: str = "U1") -> list[Sent]:
        return self._happen(event(user, text, at_ms=self.ms))

    def tap(self, data: str, user: str = "U1") -> list[Sent]:
        return self._happen(event(user, "", at_ms=self.ms, type="postback", postback={"data": data}, message=None))

    def _happen(self, one: dict[str, Any]) -> list[Sent]:
        with write(self.store.engine) as connection:
            inbox.take_in(connection, self.store.sealer, arrivals([one], self.store.sealer.hash, self.ms))
        with write(self.store.engine) as connection:
            report = run_batch(connection, self.desk, self.ms, 100)
        return self._deliver(report.sends) + self.deliver()

    def _deliver(self, calls: list[Call], state: OutboxState = OutboxState.SENT) -> list[Sent]:
        made = [Sent(self.now, call.to, not call.token, orjson.loads(call.messages), call.uid) for call in calls]
        with write(self.store.engine) as connection:
            outbox.settle(connection, [Settled(call.uid, state, self.ms, tries=call.tries + 1) for call in calls])
        self.sent += made
        return made

    def deliver(self, state: OutboxState = OutboxState.SENT) -> list[Sent]:
        """What the deliverer does: claim what is due and send it."""
        made: list[Sent] = []
        while True:
            with write(self.store.engine) as connection:
                outbox.drop_late(connection, self.ms)
                calls = outbox.claim(connection, self.store.sealer, "w", self.ms, 100, False)
                calls += outbox.claim(connection, self.store.sealer, "w", self.ms, 100, True)
            if not calls:
                return made
            made += self._deliver(calls, state)

    def look(self) -> list[Sent]:
        """The scheduler says "look now"; then the deliverer sends."""
        self.followups.look()
        sent = self.deliver()
        with write(self.store.engine) as connection:
            nudges.follow_pushes(connection, self.ms)
        return sent

    def pass_time(self, until: datetime) -> None:
        """Live on until then, looking whenever something is due: exact, and years take seconds."""
        while True:
            with read(self.store.engine) as connection:
                coming = connection.scalar(select(func.min(nudge_contact.c.next_ms)).where(nudge_contact.c.next_ms > 0))
            if coming is None or coming >= until.timestamp() * 1000:
                break
            self.now = max(self.now + timedelta(seconds=30), datetime.fromtimestamp(coming / 1000, BANGKOK))
            self.look()
        self.now = max(self.now, until)

    @property
    def pushes(self) -> list[Sent]:
        return [one for one in self.sent if one.pushed]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [str(node["text"])] if isinstance(node.get("text"), str) and node.get("type") in ("text", "span") else []
        return own + [text for key, value in node.items() if key != "quickReply" for text in _texts(value)]
    return [text for one in node for text in _texts(one)] if isinstance(node, list) else []
