"""Around the cases: phone calls and walk-ins, roster, board of the supervisor, parked reports.

Belongs here: these pages. Does not: figures over time (reports).
"""

from __future__ import annotations

from datetime import datetime
from statistics import median

from sqlalchemy import select
from starlette.responses import Response

from bot.casework import clocks
from bot.casework.model import Role
from bot.casework.moves import Refused, need
from bot.casework.roster import Duty
from bot.console.pages import SIGNED_IN, WORKERS, Page, Visit
from bot.console.views_alert import names
from bot.store import boards, casesearch, casework, duty, nudges, webreports
from bot.store.audit import Entry, append
from bot.store.casefiles import Conflict, read_alert
from bot.store.tables import alert as alert_table

SUPERVISORS = frozenset({Role.SUPERVISOR})
PLANNERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_WEEK = 7 * clocks.DAY


def intake_page(visit: Visit) -> Response:
    return visit.show("intake.html", draft=visit.text("text"))


def intake_again(visit: Visit, _: Conflict | None) -> Response:
    return intake_page(visit)


def intake(visit: Visit) -> Response:
    """A phone call or a walk-in becomes an alert, taken at once by who wrote it down."""
    source, kind, subject = visit.text("source", 10), visit.text("kind", 40), visit.text("subject", 10)
    need(source in ("phone", "walk_in") and bool(visit.text("text")), "text")
    need(kind in dict(visit.console.words.listed("th", "kind")) and subject in ("self", "other", "unknown"), "input")
    where = (visit.connection, visit.registry, visit.staff)
    made = casework.raise_by_staff(*where, source, visit.number("severity"), kind, subject, visit.text("text"), visit.now_ms)
    casework.acknowledge(*where, made.uid, made.version, visit.now_ms)
    return visit.go(f"/console/alert/{made.uid}")


def roster_page(visit: Visit) -> Response:
    ahead = duty.planned(visit.connection, visit.staff, visit.now_ms)
    people = duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff)
    return visit.show("roster.html", duties=ahead, people=people, names=names(visit), plans=visit.staff.role in PLANNERS)


def roster_again(visit: Visit, _: Conflict | None) -> Response:
    return roster_page(visit)


def put_on_duty(visit: Visit) -> Response:
    people = {one.id: one for one in duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff)}
    who = people.get(visit.text("staff", 60))
    start, end = _moment(visit, "from"), _moment(visit, "until")
    if who is None:
        raise Refused("receiver")
    need(start < end <= start + 7 * clocks.DAY and end > visit.now_ms, "date")
    rank = visit.number("rank")
    duty.put_on_duty(visit.connection, Duty(who.centre, who.id, who.role, rank, start, end))
    data = {"from_ms": start, "until_ms": end, "rank": rank}
    append(visit.connection, visit.console.store.sealer, [Entry(visit.staff.actor, "duty set", who.id, data)], visit.now_ms)
    return visit.go("/console/roster")


def take_off_duty(visit: Visit) -> Response:
    """What runs ends now, what is planned for them there is dropped."""
    people = {one.id: one for one in duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff)}
    who = people.get(visit.text("staff", 60))
    if who is None:
        raise Refused("receiver")
    duty.take_off_duty(visit.connection, who.id, who.centre, visit.now_ms)
    append(visit.connection, visit.console.store.sealer, [Entry(visit.staff.actor, "duty ended", who.id)], visit.now_ms)
    return visit.go("/console/roster")


def _moment(visit: Visit, name: str) -> int:
    """A picked day and time in Thailand. Raises Refused("date")."""
    try:
        at = datetime.fromisoformat(visit.text(name, 20)).replace(tzinfo=clocks.THAILAND)
    except ValueError:
        raise Refused("date") from None
    return int(at.timestamp() * 1000)


def board_page(visit: Visit) -> Response:
    """Who waits, what is overdue, who carries how much, how fast the first words came in the last seven days."""
    waiting = casework.queue(visit.connection, visit.staff, visit.now_ms)
    held = casesearch.list_cases(visit.connection, visit.registry, visit.staff, visit.now_ms)
    people = names(visit)
    load = {who: {"alerts": 0, "cases": 0} for who in people}
    for one in waiting:
        if one.alert.taken_by in load:
            load[one.alert.taken_by]["alerts"] += 1
    for case in held:
        if case.owner in load:
            load[case.owner]["cases"] += 1
    cases = {case.uid: case for case in held}
    return visit.show(
        "board.html",
        waiting=waiting,
        untaken=[one for one in waiting if one.untaken],
        escalated=[one for one in waiting if one.untaken and one.alert.rung],
        late=boards.overdue(visit.connection, visit.registry, cases, visit.now_ms),
        coming=boards.coming(visit.connection, cases, visit.now_ms),
        on_duty={one.staff for one in duty.planned(visit.connection, visit.staff, visit.now_ms) if one.from_ms <= visit.now_ms},
        quota=nudges.quota(visit.connection),
        forecast=nudges.forecast(visit.connection, visit.now_ms),
        load=load,
        names=people,
        speed=_speed(visit),
    )


def _speed(visit: Visit) -> list[dict[str, int]]:
    """By severity: alerts of the last seven days, how many were answered, median and slowest time to the first words (ms)."""
    query = select(alert_table).where(alert_table.c.at_ms > visit.now_ms - _WEEK, alert_table.c.centre.in_(visit.staff.reach))
    seen = [one for one in map(read_alert, visit.connection.execute(query)) if not one.merged_into]
    rows = []
    for severity in (1, 2, 3, 4):
        of = [one for one in seen if one.severity == severity]
        took = [one.engaged_ms - one.raised_ms for one in of if one.engaged_ms]
        middle = int(median(took)) if took else -1
        rows.append({"severity": severity, "all": len(of), "answered": len(took), "median": middle, "slowest": max(took, default=-1)})
    return rows


def parked_page(visit: Visit) -> Response:
    return visit.show("parked.html", parked=webreports.parked(visit.connection, visit.registry))


def unpark(visit: Visit) -> Response:
    """Not spam after all: it becomes an alert."""
    text = webreports.unpark(visit.connection, visit.registry, visit.staff, visit.text("record", 60), visit.now_ms)
    made = casework.raise_by_staff(visit.connection, visit.registry, visit.staff, "web", 3, "none", "unknown", text, visit.now_ms)
    return visit.go(f"/console/alert/{made.uid}")


PAGES = (
    Page("GET", "/console/intake", WORKERS, intake_page),
    Page("POST", "/console/intake", WORKERS, intake, intake_again),
    Page("GET", "/console/roster", SIGNED_IN, roster_page),
    Page("POST", "/console/roster", PLANNERS, put_on_duty, roster_again),
    Page("POST", "/console/roster/off", PLANNERS, take_off_duty, roster_again),
    Page("GET", "/console/board", SUPERVISORS, board_page),
    Page("GET", "/console/parked", SUPERVISORS, parked_page),
    Page("POST", "/console/parked", SUPERVISORS, unpark),
)
