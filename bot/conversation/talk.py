"""The conversation as the shell sees it: stored bytes and an event in, stored bytes and effects out.

Belongs here: the stored form around `turn`, and swapping the world when rules were edited. Does not: storage, time.
"""

from __future__ import annotations

from datetime import datetime

from bot.conversation.effects import Effect, Forget
from bot.conversation.events import Event
from bot.conversation.messages import Message, Text
from bot.conversation.state import dump, load
from bot.conversation.turn import turn
from bot.conversation.world import World


class Talk:
    """`world` may be replaced at any time; a turn uses the one it began with."""

    def __init__(self, world: World) -> None:
        self.world = world

    def run(self, state: bytes | None, event: Event, now: datetime) -> tuple[bytes | None, tuple[Effect, ...]]:
        """The new stored form (None: nothing is to be kept) and the effects. Raises ValueError for a state of a newer version."""
        conversation, effects = turn(load(state) if state else None, event, self.world, now)
        forgotten = any(isinstance(effect, Forget) for effect in effects)
        return (None if forgotten else dump(conversation)), effects

    def fallback(self) -> tuple[Message, ...]:
        """What is said when a turn broke: true, calm, with the emergency numbers, in Thai and English."""
        words = self.world.words
        return (Text(words.say("fallback", "th")), Text(words.say("fallback", "en")))
