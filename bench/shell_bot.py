"""The shell around a turn that costs BENCH_TURN_US microseconds of CPU, for `shell_load.py`."""

from __future__ import annotations

import os
import time
from datetime import datetime

from fastapi import FastAPI

from app import create_app
from bot.conversation.effects import Effect, Reply
from bot.conversation.events import Event
from bot.conversation.messages import Message, Text
from bot.settings import Settings


class BusyTurns:
    def __init__(self, cost_s: float) -> None:
        self._cost_s = cost_s

    def run(self, state: bytes | None, event: Event, now: datetime) -> tuple[bytes | None, tuple[Effect, ...]]:
        end = time.thread_time() + self._cost_s
        while time.thread_time() < end:
            pass
        return (state or b"x" * 400), (Reply((Text("แม่อาจมีสิทธิเบี้ยยังชีพผู้สูงอายุค่ะ แม่เกิดปีไหนคะ"),)),)

    def fallback(self) -> tuple[Message, ...]:
        return (Text("191"),)


def create() -> FastAPI:
    return create_app(Settings.from_env(os.environ), BusyTurns(int(os.environ.get("BENCH_TURN_US", "300")) / 1_000_000))
