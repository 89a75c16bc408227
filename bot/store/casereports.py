"""Loading what a report counts, within the actor's reach and a fiscal year.

Belongs here: the queries, finding places. Does not: counting (`bot/casework/reports.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

from sqlalchemy import Connection, select

from bot.casework import reports
from bot.casework.model import Alert, Case, Centre, Staff
from bot.casework.moves import Event, need
from bot.casework.record_types import Referral, Task
from bot.casework.reports import Report
from bot.casework.scope import Power, may
from bot.language import places
from bot.store import duty
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import Registry, open_case_row, open_record, read_alert, tell
from bot.store.tables import alert

#: The district of a province's own town is written without the province's name.
_TOWN = ("อ.เมือง", "อำเภอเมือง")
_A_DISTRICT = re.compile("^(อ\\.|อำเภอ|เขต)")


def report(connection: Connection, registry: Registry, actor: Staff, year: int, now_ms: int) -> Report:
    """Alerts raised and cases opened in that fiscal year at the centres `actor` reaches. Raises Refused("role")."""
    return load(connection, registry, actor, year, now_ms)()


def load(connection: Connection, registry: Registry, actor: Staff, year: int, now_ms: int) -> Callable[[], Report]:
    """As `report`, in two steps: what is counted is read now, the counting needs no database and may take a while."""
    need(may(actor, Power.REPORT), "role")
    from_ms, until_ms = reports.span(year)
    raised = select(alert).where(alert.c.at_ms >= from_ms, alert.c.at_ms < until_ms, alert.c.centre.in_(actor.reach))
    opened = select(case_file).where(
        case_file.c.opened_ms >= from_ms, case_file.c.opened_ms < until_ms, case_file.c.centre.in_(actor.reach)
    )
    cases = {row.uid: open_case_row(registry, row) for row in connection.execute(opened)}
    alerts = [read_alert(row) for row in connection.execute(raised)]
    referrals, tasks = _under(connection, registry, cases)
    tell(connection, registry, actor, "", (Event("report made", {"year": year}),), now_ms)
    centres = duty.centres(connection)
    return lambda: reports.report(alerts, list(cases.values()), referrals, tasks, lambda one: _place(one, cases, centres), now_ms)


def _under(
    connection: Connection, registry: Registry, cases: Mapping[str, Case]
) -> tuple[Mapping[str, list[Referral]], Mapping[str, list[Task]]]:
    """Referrals and tasks by case."""
    referrals: dict[str, list[Referral]] = defaultdict(list)
    tasks: dict[str, list[Task]] = defaultdict(list)
    query = select(case_record).where(case_record.c.kind.in_(["referral", "task"]))
    query = query.join(case_file, case_file.c.uid == case_record.c.case_uid)
    for row in connection.execute(query.where(case_file.c.opened_ms >= min((c.opened_ms for c in cases.values()), default=2**62))):
        if row.case_uid in cases and row.kind == "referral":
            referrals[row.case_uid].append(open_record(registry, Referral, row))
        elif row.case_uid in cases:
            tasks[row.case_uid].append(open_record(registry, Task, row))
    return referrals, tasks


def _place(one: Alert | Case, cases: Mapping[str, Case], centres: Mapping[str, Centre]) -> tuple[str, str]:
    """(province, district): of the case, else of the centre that has it; empty where nobody wrote it down."""
    case = cases.get(one.case) if isinstance(one, Alert) else one
    found = place_of(case.area if case else one.area)
    if found[0] or one.centre not in centres:
        return found
    return place_of(centres[one.centre].area)[0], found[1]


@cache
def place_of(text: str) -> tuple[str, str]:
    """(province, district) named in a short text like "อ.แม่สาย เชียงราย"; empty where it names none."""
    province = district = ""
    at, text = 0, text.lower()
    while at < len(text) and not (province and district):
        found = places.find(text, at, "at")
        if found is None:
            at += 1
            continue
        province = province or found.names.get("province", "")
        district = district or found.names.get("district", "")
        at = max(found.end, at + 1)
    if not province or district:
        return province, district
    if any(town in text for town in _TOWN):
        return province, f"เมือง{province}"
    named = [_A_DISTRICT.sub("", word) for word in text.split()]
    return province, next((word for word in named if province in places.gazetteer().districts.get(word, ())), "")
