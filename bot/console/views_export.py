"""Handing a case to an authority: one asks with a ground, another approves, the first fetches the file, once.

Belongs here: these pages. Does not: who may do what (`bot/casework/exports.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework.model import Role
from bot.console.pages import Page, Visit
from bot.console.views_alert import names
from bot.store import exports
from bot.store.casefiles import Conflict

_ASKERS = frozenset({Role.SUPERVISOR})
_BOTH = frozenset({Role.SUPERVISOR, Role.ADMIN})
_PATH = "/console/exports"


def exports_page(visit: Visit) -> Response:
    given = {name: visit.text(name, 300) for name in ("number", "ground", "authority", "reference")}
    return visit.show(
        "exports.html", exports=exports.listed(visit.connection, visit.registry, visit.staff), names=names(visit), given=given
    )


def _again(visit: Visit, _: Conflict | None) -> Response:
    return exports_page(visit)


def ask(visit: Visit) -> Response:
    told = (visit.text("ground", 40), visit.text("authority", 300), visit.text("reference", 300))
    exports.ask(visit.connection, visit.registry, visit.staff, visit.text("number", 40), *told, visit.now_ms)
    return visit.go(_PATH)


def approve(visit: Visit) -> Response:
    exports.approve(visit.connection, visit.registry, visit.staff, visit.text("record", 60), visit.number("version"), visit.now_ms)
    return visit.go(_PATH)


def fetch(visit: Visit) -> Response:
    uid, version = visit.text("record", 60), visit.number("version")
    body = exports.write(visit.connection, visit.registry, visit.staff, uid, version, visit.now_ms)
    return Response(body, media_type="application/json", headers={"Content-Disposition": 'attachment; filename="export.json"'})


PAGES = (
    Page("GET", _PATH, _BOTH, exports_page),
    Page("POST", _PATH, _ASKERS, ask, _again),
    Page("POST", f"{_PATH}/approve", _BOTH, approve, _again),
    Page("POST", f"{_PATH}/fetch", _ASKERS, fetch, _again),
)
