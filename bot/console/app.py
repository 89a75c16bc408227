"""Puts the console into the app: route table, stream, static files.

Belongs here: mounting. Does not: pages.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.console import (
    views_admin,
    views_alert,
    views_audit,
    views_case,
    views_copy,
    views_desk,
    views_export,
    views_followup,
    views_line,
    views_media,
    views_passing,
    views_records,
    views_report,
    views_reports,
    views_rules,
    views_search,
    views_signin,
)
from bot.console.feed import stream
from bot.console.pages import HEADERS, Console, Page, endpoint

PAGES: tuple[Page, ...] = (
    *views_signin.PAGES,
    *views_alert.PAGES,
    *views_case.PAGES,
    *views_records.PAGES,
    *views_passing.PAGES,
    *views_search.PAGES,
    *views_desk.PAGES,
    *views_report.PAGES,
    *views_copy.PAGES,
    *views_export.PAGES,
    *views_line.PAGES,
    *views_reports.PAGES,
    *views_followup.PAGES,
    *views_rules.PAGES,
    *views_admin.PAGES,
    *views_audit.PAGES,
    *views_media.PAGES,
)


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**HEADERS, "Cache-Control": "no-cache"})
        return response


def add_console(app: FastAPI, console: Console) -> None:
    """`app.state.stopping` set to True ends open streams."""
    app.state.stopping = False
    pages = (*PAGES, views_signin.DEMO_PAGE) if console.demo else PAGES
    for page in pages:
        app.add_api_route(page.path, endpoint(console, page), methods=[page.method], include_in_schema=False, response_model=None)
    app.add_api_route("/console/events", stream(console, lambda: bool(app.state.stopping)), methods=["GET"], response_model=None)
    app.mount("/console/static", _Static(directory=Path(__file__).parent / "static"))
