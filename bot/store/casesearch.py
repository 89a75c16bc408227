"""Finding cases and alerts again: by number, words in what staff wrote, names and phones of the people in them, kind, area, state, owner.

What is looked for is compared after opening the sealed files that the searcher may see anyway: no index of names or words exists.
Belongs here: lists and search. Does not: the queue (`casework.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.casework import scope
from bot.casework.model import ENDED, OPEN_ALERTS, Alert, Case, Staff
from bot.casework.moves import Event
from bot.casework.record_types import PersonInRole
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import Registry, open_case_row, open_record, read_alert, tell
from bot.store.tables import alert as alert_table

_FEW_DIGITS = 4  # fewer digits than this say nothing about a phone


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty: anything. `text`: number, name, phone, or words of the summary. `ended`: closed and merged ones too."""

    text: str = ""
    kind: str = ""
    area: str = ""
    owner: str = ""
    risk: int = 0
    ended: bool = False


def list_cases(connection: Connection, registry: Registry, actor: Staff, now_ms: int, ended: bool = False, limit: int = 500) -> list[Case]:
    """Cases of the centres `actor` reaches and those granted to them, highest risk first, then oldest. Leaves one audit line."""
    found = _seen(connection, registry, actor, now_ms, ended, limit)
    tell(connection, registry, actor, "", (Event("cases listed", {"cases": len(found)}),), now_ms)
    return found


def search(connection: Connection, registry: Registry, actor: Staff, wanted: Wanted, now_ms: int, limit: int = 2000) -> list[Case]:
    """Those of `list_cases` that fit. Leaves one audit line, without what was looked for."""
    among = [one for one in _seen(connection, registry, actor, now_ms, wanted.ended, limit) if _fits(one, wanted)]
    if wanted.text:
        people = _people(connection, registry, [one.uid for one in among])
        among = [one for one in among if _says(one, people.get(one.uid, ()), wanted.text)]
    tell(connection, registry, actor, "", (Event("cases listed", {"cases": len(among)}),), now_ms)
    return among


def _seen(connection: Connection, registry: Registry, actor: Staff, now_ms: int, ended: bool, limit: int) -> list[Case]:
    granted = [grant.case for grant in actor.grants if now_ms < grant.until_ms]
    query = select(case_file.c.uid, case_file.c.sealed).where(case_file.c.centre.in_(actor.reach) | case_file.c.uid.in_(granted))
    if not ended:
        query = query.where(case_file.c.state.not_in([state.value for state in ENDED]))
    rows = connection.execute(query.order_by(case_file.c.risk, case_file.c.opened_ms).limit(limit))
    return [one for one in (open_case_row(registry, row) for row in rows) if scope.sees_case(actor, one, now_ms)]


def _fits(case: Case, wanted: Wanted) -> bool:
    return (
        wanted.kind in ("", case.kind)
        and wanted.owner in ("", case.owner)
        and wanted.risk in (0, case.risk)
        and wanted.area.casefold() in case.area.casefold()
    )


def _people(connection: Connection, registry: Registry, cases: Collection[str]) -> dict[str, list[PersonInRole]]:
    query = select(case_record.c.uid, case_record.c.case_uid, case_record.c.sealed).where(case_record.c.kind == "person")
    wanted, found = set(cases), dict[str, list[PersonInRole]]()
    for row in connection.execute(query.where(case_record.c.case_uid.in_(wanted))):
        found.setdefault(row.case_uid, []).append(open_record(registry, PersonInRole, row))
    return found


def _says(case: Case, people: Collection[PersonInRole], text: str) -> bool:
    digits = "".join(sign for sign in text if sign.isdigit())
    numbers = [case.number, *(one.phone for one in people)]
    by_number = len(digits) >= _FEW_DIGITS and any(digits in "".join(sign for sign in one if sign.isdigit()) for one in numbers)
    return by_number or any(text.casefold() in words.casefold() for words in (case.summary, case.area, *(one.name for one in people)))


def past_alerts(connection: Connection, registry: Registry, actor: Staff, since_ms: int, now_ms: int, limit: int = 100) -> list[Alert]:
    """Alerts that are over and that `actor` may see, newest first. Holds no text."""
    within = alert_table.c.centre.in_(actor.reach) | alert_table.c.upper.in_(actor.reach)
    over = alert_table.c.state.not_in([state.value for state in OPEN_ALERTS])
    rows = connection.execute(select(alert_table).where(within, over, alert_table.c.at_ms > since_ms).order_by(alert_table.c.at_ms.desc()))
    return [one for one in map(read_alert, rows.fetchmany(limit)) if scope.sees_alert(actor, one)]


def cases_of_chat(connection: Connection, registry: Registry, actor: Staff, chat: str, now_ms: int) -> list[Case]:
    """Open cases of whoever writes in this chat, as far as `actor` may see them."""
    if not chat:
        return []
    open_ = case_file.c.state.not_in([state.value for state in ENDED])
    rows = connection.execute(select(case_file.c.uid, case_file.c.sealed).where(case_file.c.chat == chat, open_))
    return [one for one in (open_case_row(registry, row) for row in rows) if scope.sees_case(actor, one, now_ms)]
