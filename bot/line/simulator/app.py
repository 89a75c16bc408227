"""The simulator as one ASGI app: the pretended platform behind a fault gate, and the chat page.

Belongs here: wiring. `create_simulator(SimulatorSettings(webhook_url=…))`; point `LINE_API_BASE` and `LINE_DATA_API_BASE` at it
and give the bot the demo pair of `safety.py`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.line.simulator.api import Api
from bot.line.simulator.faults import App, Faults, Gate
from bot.line.simulator.menus import Menus
from bot.line.simulator.people import People
from bot.line.simulator.platform import Platform
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN
from bot.line.simulator.webhooks import Sender

_PAGE = Path(__file__).parent / "page"
_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' https: data: blob:; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """`people`: names of the phones on the page. `redeliver_after` seconds after an answer that is not 2xx; None: redelivery off.

    `staff`: names on the phones of staff, who have a group of their own.

    `validate` False: bodies are not checked against LINE's limits (load). `monthly_limit` None: no limit.
    """

    webhook_url: str = "http://127.0.0.1:8000/callback"
    secret: str = DEMO_SECRET
    token: str = DEMO_TOKEN
    people: tuple[str, ...] = ("ยายสมศรี", "แดง", "ฟ้า")
    group: str = "บ้านเรา"
    staff: tuple[str, ...] = ()
    staff_group: str = "ทีมเวร"
    monthly_limit: int | None = 300
    redeliver_after: float | None = 1.0
    validate: bool = True
    seed: int = 1
    clock: Callable[[], float] = time.time


def create_simulator(settings: SimulatorSettings) -> App:
    """The ASGI app, for uvicorn; it needs its lifespan run."""
    chance = Random(settings.seed)
    platform = Platform(settings.clock, chance, settings.monthly_limit, webhook_url=settings.webhook_url)
    people = [platform.person(name) for name in settings.people]
    if settings.group and people:
        platform.group(settings.group, [person.id for person in people])
    if settings.staff:
        platform.group(settings.staff_group, [platform.person(name).id for name in settings.staff])
    faults = Faults(Random(settings.seed + 1))
    sender = Sender(platform, faults, settings.secret.encode(), settings.redeliver_after)
    api = Api(platform, sender, f"Bearer {settings.token}", settings.validate)
    routes = [
        *api.routes(),
        *Menus(api).routes(),
        *People(platform, sender, faults).routes(),
        Route("/", _page),
        Mount("/page", StaticFiles(directory=_PAGE)),
    ]
    return Gate(Starlette(routes=routes, lifespan=_lifespan(sender)), faults)


def _lifespan(sender: Sender) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        sender.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256), trust_env=False)
        try:
            yield
        finally:
            await sender.close()

    return running


async def _page(request: Request) -> Response:
    return Response((_PAGE / "index.html").read_bytes(), media_type="text/html; charset=utf-8", headers=_HEADERS)
