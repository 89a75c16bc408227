"""The supervisor's board: whatever is overdue or soon due, whichever clock, who carries how much, and the push quota."""

from __future__ import annotations

import orjson
from desk import HERE, THERE, Desk

from bot.casework.clocks import DAY
from bot.store import caserecords
from bot.store.database import upsert, write
from bot.store.tables import meta


def part(page: str, heading: str) -> str:
    """What stands under a heading."""
    return page.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]


def board(desk: Desk) -> str:
    return desk.signed_in(f"supervisor-{HERE}").get("/console/board?lang=en").text


def test_what_waits_what_is_overdue_and_what_comes(desk: Desk) -> None:
    case, theirs, waiting = desk.case(HERE), desk.case(THERE), desk.alert(HERE)
    actor = desk.actor(f"staff-{HERE}")
    with write(desk.store.engine) as connection:
        where = (connection, desk.registry, actor, case.uid)
        caserecords.set_task(*where, "follow_up", "secret words", desk.now - 2 * DAY, desk.now - 3 * DAY)
        caserecords.set_task(*where, "other", "secret words", desk.now + 2 * DAY, desk.now)
    page = board(desk)
    assert f"/console/alert/{waiting.uid}" in part(page, "Waiting to be taken")
    overdue = part(page, "Overdue")
    assert case.number in overdue
    assert overdue.count("<tr>") == 2
    assert "follow-up" in overdue
    assert "2 days late" in overdue
    assert "triage" in part(page, "Due within a day (legal marks: a week)")
    assert theirs.number not in page
    assert "secret" not in page


def test_a_legal_mark_is_told_a_week_before(desk: Desk) -> None:
    case = desk.case(HERE)
    desk.now += 55 * DAY
    assert "60 days: before the time to complain ends" in part(board(desk), "Due within a day (legal marks: a week)")
    assert case.number in board(desk)


def test_load_and_quota_are_there(desk: Desk) -> None:
    desk.case(HERE)
    with write(desk.store.engine) as connection:
        value = orjson.dumps({"limit": 500, "used": 450, "at_ms": desk.now})
        upsert(connection, meta, "name", ("value",), [{"name": "quota", "value": value}])
    page = board(desk)
    assert "450 of 500 used" in page
    assert f'<th scope="row">staff-{HERE}</th><td>–</td><td>0</td><td>1</td>' in page
