"""LINE of staff: linking one's own account, and groups of the centre. Shown on the profile page.

Belongs here: these forms. Does not: codes and links (`bot/store/linelinks.py`), the chat's side of it (`bot/line/errands.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework.model import Role
from bot.console.pages import WORKERS, Page, Visit
from bot.console.views_signin import profile
from bot.store import linelinks

SUPERVISORS = frozenset({Role.SUPERVISOR})


def own_code(visit: Visit) -> Response:
    return profile(visit, line_code=linelinks.make_code(visit.connection, visit.registry, visit.staff, "staff", visit.now_ms))


def group_code(visit: Visit) -> Response:
    return profile(visit, group_code=linelinks.make_code(visit.connection, visit.registry, visit.staff, "group", visit.now_ms))


def unlink(visit: Visit) -> Response:
    linelinks.unlink_mine(visit.connection, visit.registry, visit.staff, visit.now_ms)
    return visit.go("/console/profile")


def unlink_group(visit: Visit) -> Response:
    linelinks.unlink_group(visit.connection, visit.registry, visit.staff, visit.text("group", 64), visit.now_ms)
    return visit.go("/console/profile")


_LINE = "/console/profile/line"
PAGES = (
    Page("POST", f"{_LINE}/code", WORKERS, own_code),
    Page("POST", f"{_LINE}/unlink", WORKERS, unlink),
    Page("POST", f"{_LINE}/group-code", SUPERVISORS, group_code),
    Page("POST", f"{_LINE}/unlink-group", SUPERVISORS, unlink_group),
)
