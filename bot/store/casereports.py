"""Loading what a report counts, within the actor's reach and a span of time.

Belongs here: the queries. Does not: counting (`bot/casework/reports.py`).
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.casework import reports
from bot.casework.model import Staff
from bot.casework.moves import Event, need
from bot.casework.record_types import Referral, Task
from bot.casework.reports import Report
from bot.casework.scope import Power, may
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import Registry, open_case_row, open_record, read_alert, tell
from bot.store.tables import alert


def report(connection: Connection, registry: Registry, actor: Staff, from_ms: int, until_ms: int, now_ms: int, area: str = "") -> Report:
    """Alerts raised and cases opened in [from, until); `area`: only cases there. Raises Refused("role")."""
    need(may(actor, Power.REPORT), "role")
    raised = select(alert).where(alert.c.at_ms >= from_ms, alert.c.at_ms < until_ms)
    opened = select(case_file).where(
        case_file.c.opened_ms >= from_ms, case_file.c.opened_ms < until_ms, case_file.c.centre.in_(actor.reach)
    )
    if area:
        opened = opened.where(case_file.c.area == area)
    files = connection.execute(opened).all()
    found = [open_case_row(registry, row) for row in files]
    here = alert.c.centre.in_(actor.reach) | alert.c.upper.in_(actor.reach)
    within = alert.c.case_uid.in_([case.uid for case in found]) if area else here
    alerts = [read_alert(row) for row in connection.execute(raised.where(within))]
    under = (
        select(case_record)
        .where(case_record.c.case_uid.in_([case.uid for case in found]))
        .where(case_record.c.kind.in_(["referral", "task"]))
    )
    rows = connection.execute(under).all() if found else []
    referrals = [open_record(registry, Referral, row) for row in rows if row.kind == "referral"]
    tasks = [open_record(registry, Task, row) for row in rows if row.kind == "task"]
    tell(connection, registry, actor, "", (Event("report made", {"from_ms": from_ms, "until_ms": until_ms}),), now_ms)
    return reports.report(alerts, found, referrals, tasks, now_ms)
