"""A chat with the pure turn: say, tap, look at the answer. The world is the real one, read from rules/ and knowledge/."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

from bot.content import load_world
from bot.conversation.effects import Effect, RaiseAlert, Reply
from bot.conversation.events import Event, Happening, OnDuty, Said, Tapped
from bot.conversation.messages import Cards, Choice, Message, Text
from bot.conversation.state import Conversation, dump, load
from bot.conversation.turn import turn
from bot.conversation.world import World

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@functools.cache
def world() -> World:
    return load_world()


class Chat:
    """One person's chat; every turn also goes through the stored form, as it does in the running bot."""

    def __init__(self, now: datetime = NOW, source: str = "user") -> None:
        self.conversation: Conversation | None = None
        self.now = now
        self.source = source
        self.on_duty: OnDuty | None = None
        self.effects: tuple[Effect, ...] = ()
        self._count = 0

    def happen(self, happening: Happening, *, addressed: bool = True) -> str:
        self._count += 1
        self.now += timedelta(seconds=5)
        event = Event(f"e{self._count}", "chat", self.source, self.now, happening, addressed, self.on_duty)
        conversation, self.effects = turn(self.conversation, event, world(), self.now)
        self.conversation = load(dump(conversation))
        assert self.conversation == conversation
        return self.text

    def say(self, text: str) -> str:
        return self.happen(Said(text, f"m{self._count + 1}"))

    def tap(self, label: str) -> str:
        """Taps the choice or button with this label in the last answer."""
        found = [c for c in self.choices if c.label == label]
        assert found, f"no {label!r} among {[c.label for c in self.choices]}"
        choice = found[0]
        return self.say(choice.text) if choice.kind == "say" else self.happen(Tapped(choice.data))

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(m for effect in self.effects if isinstance(effect, Reply) for m in effect.messages)

    @property
    def choices(self) -> list[Choice]:
        found: list[Choice] = []
        for message in self.messages:
            found += message.choices
            if isinstance(message, Cards):
                found += [button for card in message.cards for button in card.buttons]
        return found

    @property
    def text(self) -> str:
        """Everything the person reads."""
        parts = []
        for message in self.messages:
            if isinstance(message, Text):
                parts.append(message.text)
            else:
                parts += ["\n".join((card.title, card.subtitle, *(row.text for row in card.rows))) for card in message.cards]
        return "\n".join(parts)

    @property
    def alerts(self) -> list[RaiseAlert]:
        return [effect for effect in self.effects if isinstance(effect, RaiseAlert)]

    @property
    def asked(self) -> str | None:
        assert self.conversation is not None
        return self.conversation.asked.fact if self.conversation.asked else None

    def facts(self, member: str) -> dict[str, object]:
        assert self.conversation is not None
        known = self.conversation.household if member == "household" else self.conversation.members.get(member, {})
        return {fact: entry.value for fact, entry in known.items()}
