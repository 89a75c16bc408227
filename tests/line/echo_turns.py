"""A conversation small enough to see through: it repeats and numbers what was said, and obeys a few words. And the bot made of it."""

from __future__ import annotations

import os
from datetime import datetime

from fastapi import FastAPI

from bot.conversation.effects import AskHuman, Audit, Effect, Forget, ForgetMessage, RaiseAlert, Reply
from bot.conversation.events import Event, Said, Unsent
from bot.conversation.messages import Message, Text


class EchoTurns:
    """`danger…` raises an alert and answers urgently, `keep…` answers to be kept, `forget` erases, `break` breaks, `human` asks for one."""

    def run(self, state: bytes | None, event: Event, now: datetime) -> tuple[bytes | None, tuple[Effect, ...]]:
        count = int(state or b"0") + 1
        happening = event.happening
        if isinstance(happening, Unsent):
            return state, (ForgetMessage(happening.message_id),)
        if not isinstance(happening, Said):
            return b"%d" % count, (Reply((Text(type(happening).__name__),)),)
        return self._said(happening.text, count)

    def _said(self, text: str, count: int) -> tuple[bytes | None, tuple[Effect, ...]]:
        if text == "break":
            raise ValueError(text)
        if text == "forget":
            return None, (Forget(), Reply((Text("forgotten"),), keep=True))
        danger, keep = text.startswith("danger"), text.startswith("keep")
        effects: tuple[Effect, ...] = (Reply((Text(f"{count}:{text}"),), keep=keep, urgent=danger),)
        if danger:
            effects += (RaiseAlert(1, "violence_domestic", "self", "raise", ("pattern 1",), text),)
        if text == "human":
            effects += (AskHuman("benefits"), Audit("asked", {"n": count}))
        return b"%d" % count, effects

    def fallback(self) -> tuple[Message, ...]:
        return (Text("fallback 191"),)


def create() -> FastAPI:
    from app import create_app
    from bot.settings import Settings

    return create_app(Settings.from_env(os.environ), EchoTurns())
