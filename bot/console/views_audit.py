"""The system looked into: audit log and its chain for auditors; for admins what did not get through, clocks, quota and retention.

Belongs here: these pages. Does not: writing any of it.
"""

from __future__ import annotations

from sqlalchemy import func, select
from starlette.responses import Response

from bot.casework.model import Role
from bot.console.pages import Later, Page, Visit
from bot.console.views_alert import names
from bot.console.views_rules import ADMINS
from bot.store import audit, auditing, deadletters, inbox, nudges, outbox, retention
from bot.store.case_tables import timer
from bot.store.casefiles import Conflict
from bot.store.database import read
from bot.store.inbox import announce
from bot.store.nudge_tables import nudge_contact
from bot.store.tables import audit as audit_table

AUDITORS = frozenset({Role.AUDITOR})
_DAY_MS = 86_400_000


def audit_page(visit: Visit) -> Response:
    asked = visit.request.query_params
    before = int(asked["before"]) if asked.get("before", "").isascii() and asked.get("before", "").isdigit() else 0
    who, what = asked.get("who", "")[:60], asked.get("what", "")[:60]
    found = auditing.entries(visit.connection, visit.staff, before, who, what)
    return visit.show(
        "audit.html",
        entries=found,
        names=names(visit),
        who=who,
        what=what,
        older=found[-1].seq if len(found) == auditing.PAGE else 0,
        checked=None,
        broken=0,
    )


def check_chain(visit: Visit) -> Later:
    """Reads the whole log, so outside of the transaction that writers wait for."""
    store = visit.console.store

    def make() -> Response:
        with read(store.engine) as connection:
            broken = audit.first_broken(connection, store.sealer)
            length = connection.scalar(select(func.count()).select_from(audit_table)) or 0
        return visit.show("audit.html", entries=[], names={}, who="", what="", older=0, checked=length, broken=broken or 0)

    return Later(make)


def dead_page(visit: Visit) -> Response:
    return visit.show("dead.html", dead=deadletters.dead(visit.connection, visit.now_ms))


def dead_again(visit: Visit, _: Conflict | None) -> Response:
    return dead_page(visit)


def retry(visit: Visit) -> Response:
    where = (visit.connection, visit.console.store.sealer, visit.staff)
    deadletters.retry(*where, visit.text("box", 10), visit.number("id"), visit.now_ms)
    announce(visit.connection, visit.console.store.channel)
    return visit.go("/console/dead")


def system_page(visit: Visit) -> Response:
    """Rows are the truth: what is due and was not done says whether the scheduler runs."""
    connection, now = visit.connection, visit.now_ms
    pending, oldest = inbox.backlog(connection)
    open_timers = (timer.c.settled_ms == 0, timer.c.due_ms <= now)
    late, first = connection.execute(select(func.count(), func.min(timer.c.due_ms)).where(*open_timers)).one()
    waiting = (nudge_contact.c.next_ms > 0, nudge_contact.c.next_ms <= now)
    nudges_late, nudges_first = connection.execute(select(func.count(), func.min(nudge_contact.c.next_ms)).where(*waiting)).one()
    ran = retention.last_day(connection)
    rows = [
        ("events", pending, now - oldest if oldest else 0),
        ("failed", inbox.count_failed(connection), 0),
        ("outbox", outbox.open_count(connection), 0),
        ("timers", late, now - first if late else 0),
        ("nudges", nudges_late, now - nudges_first if nudges_late else 0),
    ]
    last = select(audit_table.c.at_ms, audit_table.c.data).where(audit_table.c.what == "retention").order_by(audit_table.c.seq.desc())
    swept = connection.execute(last.limit(1)).one_or_none()
    return visit.show(
        "system.html",
        rows=rows,
        quota=nudges.quota(connection),
        forecast=nudges.forecast(connection, now),
        retention_late=ran < now // _DAY_MS - 1,
        swept=swept,
        rules=visit.console.rules(),
    )


PAGES = (
    Page("GET", "/console/audit", AUDITORS, audit_page),
    Page("POST", "/console/audit", AUDITORS, check_chain),
    Page("GET", "/console/dead", ADMINS, dead_page),
    Page("POST", "/console/dead", ADMINS, retry, dead_again),
    Page("GET", "/console/system", ADMINS, system_page),
)
