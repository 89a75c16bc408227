"""Finding cases and past alerts again, break-glass, and what this person was told of.

Belongs here: these pages. Does not: the queue (`views_alert.py`), the case (`views_case.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework import clocks
from bot.casework.model import Role
from bot.casework.moves import Refused
from bot.console.pages import READERS, WORKERS, Page, Visit
from bot.console.views_alert import names
from bot.store import casesearch, duty, glass, notices
from bot.store.casefiles import Conflict, NotFound
from bot.store.casesearch import Wanted

_LATELY = 30 * clocks.DAY
OVERSEERS = frozenset({Role.SUPERVISOR, Role.AUDITOR})


def cases_page(visit: Visit) -> Response:
    return _cases(visit, Wanted())


def search(visit: Visit) -> Response:
    """A form, not a link: what is looked for stands in no URL and no log."""
    risk = visit.text("risk", 1)
    return _cases(
        visit,
        Wanted(
            visit.text("text", 100),
            visit.text("kind", 40),
            visit.text("area", 100),
            visit.text("owner", 60),
            int(risk) if risk in ("1", "2", "3", "4") else 0,
            visit.text("ended", 1) == "1",
        ),
    )


def _cases(visit: Visit, wanted: Wanted) -> Response:
    found = casesearch.search(*visit.here, wanted, visit.now_ms)
    past = casesearch.past_alerts(*visit.here, visit.now_ms - _LATELY, visit.now_ms) if wanted.ended else []
    fits = [one for one in past if wanted.kind in ("", one.kind) and wanted.risk in (0, one.severity)]
    return visit.show(
        "cases.html",
        cases=found,
        past=fits if not (wanted.text or wanted.area or wanted.owner) else [],
        wanted=wanted,
        names=names(visit),
        centres=duty.centres(visit.connection),
        may_break=visit.staff.role in WORKERS,
    )


# Break-glass


def glass_page(visit: Visit) -> Response:
    """For workers the form; for those who look down also what was opened in their centres."""
    oversees = visit.staff.role in OVERSEERS
    broken = glass.broken(*visit.here, visit.now_ms) if oversees else []
    people = {one.staff for one in broken} | {one.case.owner for one in broken}
    return visit.show(
        "glass.html",
        broken=broken,
        names=duty.names_of(visit.connection, visit.console.store.sealer, people),
        works=visit.staff.role in WORKERS,
        oversees=oversees,
        minutes=clocks.BREAK_GLASS // clocks.MINUTE,
    )


def glass_again(visit: Visit, _: Conflict | None) -> Response:
    return glass_page(visit)


def break_glass(visit: Visit) -> Response:
    try:
        grant = glass.break_glass(*visit.here, visit.text("number", 40), visit.text("reason", 500), visit.now_ms)
    except NotFound:
        raise Refused("number") from None
    return visit.go(f"/console/case/{grant.case}")


def end_grant(visit: Visit) -> Response:
    glass.end_grant(*visit.here, visit.text("record", 60), visit.now_ms)
    return visit.go("/console/glass")


# What rang for this person


def notices_page(visit: Visit) -> Response:
    return visit.show("notices.html", notices=notices.lately(*visit.here, visit.now_ms))


PAGES = (
    Page("GET", "/console/cases", READERS, cases_page),
    Page("POST", "/console/cases", READERS, search),
    Page("GET", "/console/glass", READERS, glass_page),
    Page("POST", "/console/glass", WORKERS, break_glass, glass_again),
    Page("POST", "/console/glass/end", WORKERS, end_grant),
    Page("GET", "/console/notices", READERS, notices_page),
)
