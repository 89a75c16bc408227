"""The whole bot as `rusitthi serve` makes it, but reminders may go out at any hour: for `nudge_rows.py`."""

from __future__ import annotations

import os

from fastapi import FastAPI

from bot.followup.hours import Manners
from bot.serving import make_app
from bot.settings import Settings


def create() -> FastAPI:
    return make_app(Settings.from_env(os.environ), manners=Manners(start=0, end=24))
