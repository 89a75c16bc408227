"""`create_app()`: wiring only. The webhook is a plain route before everything else; health and metrics beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.console.app import add_console
from bot.console.pages import Console
from bot.line.copies import Copies
from bot.line.turning import AtDesk, Followup, Turns
from bot.line.webhook import Webhook
from bot.runtime import Hook, Runtime, now_ms
from bot.settings import Settings
from bot.store.store import Store


def create_app(
    settings: Settings,
    turns: Turns,
    *,
    hooks: Sequence[Hook] = (),
    store: Store | None = None,
    followup: Followup | None = None,
    errands: AtDesk | None = None,
    copies: Copies | None = None,
    console: Console | None = None,
) -> FastAPI:
    """The whole bot as one ASGI app. `store`: an open one to share with other rooms; opened here if none is given.
    `console`: the staff pages and the public form; left out if none is given."""
    store = store or Store(settings.database_url, settings.encryption_keys, settings.key_file)
    runtime = Runtime(settings, store, turns, hooks=hooks, followup=followup, errands=errands, copies=copies)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with runtime.running():
            yield

    app = FastAPI(title="RuSitthi", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    webhook = Webhook(settings.line_channel_secret, store.sealer.hash, runtime.accept, now_ms, runtime.full)
    app.router.routes.insert(0, Route("/callback", webhook))

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        health = await asyncio.to_thread(runtime.health)
        return JSONResponse(health, status_code=200 if health["ok"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    if console is not None:
        add_console(app, console)
    return app
