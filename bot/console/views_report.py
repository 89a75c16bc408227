"""The public form: tell us that somebody is in danger or needs help. Works without JavaScript, without an account, without a name.

Belongs here: the form and what becomes of a report. Danger is never limited or parked, whatever else looks odd. Does not: casework.
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework.model import Role, Staff
from bot.console.pages import ANYBODY, Page, Visit
from bot.language.alarm import read_alarm
from bot.store import casework, staff, webreports

_WEB = Staff("system:web", "", Role.SYSTEM)
_FREE_REPORTS = 5
_WITHIN_MS = 10 * 60_000


def report_page(visit: Visit) -> Response:
    return visit.show("report.html", missing=False, given={})


def report(visit: Visit) -> Response:
    given = {"what": visit.text("what"), "where": visit.text("where", 500), "reach": visit.text("reach", 500)}
    if not given["what"]:
        return visit.show("report.html", 422, missing=True, given=given)
    text = "\n".join(f"{visit.console.words.say('th', f'report.line_{key}')}: {value}" for key, value in given.items() if value)
    alarm = read_alarm(given["what"])
    why = _odd(visit)
    if why and alarm.level == "none":
        webreports.park(visit.connection, visit.registry, _WEB, text, why, visit.now_ms)
        return thanks(visit)
    severity = alarm.severity if alarm.level != "none" and alarm.severity in (1, 2, 3, 4) else 4
    kind, subject = (alarm.kind, alarm.subject) if alarm.level != "none" else ("none", "unknown")
    casework.raise_by_staff(visit.connection, visit.registry, _WEB, "web", severity, kind, subject, text, visit.now_ms)
    return thanks(visit)


def _odd(visit: Visit) -> str:
    """Why a report looks like spam; empty if it does not. Both look alike to the sender."""
    client = visit.request.client
    name = visit.console.store.sealer.hash("report from", client.host if client else "")
    flood = staff.too_many(visit.connection, name, _FREE_REPORTS, _WITHIN_MS, visit.now_ms)
    return "honeypot" if visit.text("website", 100) else "too_many" if flood else ""


def thanks(visit: Visit) -> Response:
    return visit.show("thanks.html")


PAGES = (
    Page("GET", "/report", ANYBODY, report_page),
    Page("POST", "/report", ANYBODY, report),
)
