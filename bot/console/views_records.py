"""Forms for what stands under a case: people, assessment, plan, tasks, safe contact.

Belongs here: these forms; every one acts on a record of its own case only. Does not: the page (`views_case.py`), decisions.
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework import assessing
from bot.casework.moves import Refused, need
from bot.casework.record_types import Assessment, PersonInRole, PlanItem, SafeContact
from bot.console.pages import WORKERS, Page, Visit
from bot.console.views_case import CASE, back, date_of, show_case
from bot.store import caserecords
from bot.store.casefiles import load_case, records

_GOALS = 5  # rows of the plan's form


def add_person(visit: Visit) -> Response:
    told = _person(visit)
    caserecords.add_person(*visit.here, visit.of("uid"), told.role, visit.now_ms, told.name, told.age, told.phone, told.note)
    return back(visit, "#people")


def correct_person(visit: Visit) -> Response:
    caserecords.correct_person(
        *visit.here, visit.of("uid"), visit.text("record", 60), visit.number("version"), _person(visit), visit.now_ms
    )
    return back(visit, "#people")


def _person(visit: Visit) -> PersonInRole:
    role = visit.text("role", 20)
    need(role in dict(visit.console.words.listed("th", "person")), "input")
    age = visit.number("age") if visit.text("age", 3) else None
    return PersonInRole("", role, visit.text("name", 200), age, visit.text("phone", 40), visit.text("note", 1000))


def assess(visit: Visit) -> Response:
    """Deciding lower than the answers come to needs a reason."""
    risk, note = visit.number("risk"), visit.text("note", 3000)
    need(1 <= risk <= 4, "risk")
    given = {key: visit.text(f"q_{key}", 10) for key in assessing.QUESTIONS}
    answers = {key: answer for key, answer in given.items() if answer in assessing.ANSWERS}
    need(bool(answers), "answers")
    case = load_case(*visit.here, visit.of("uid"), visit.now_ms)
    before = records(visit.connection, visit.registry, case, Assessment)
    proposed = assessing.propose(answers, case.risk, before[-1].answers if before else None)
    need(risk <= proposed.risk or bool(note), "lower than answers")
    caserecords.assess(*visit.here, visit.of("uid"), risk, assessing.FORM, answers, visit.now_ms, note)
    return back(visit, "#risk")


def agree_risk(visit: Visit) -> Response:
    caserecords.lower_risk(*visit.here, visit.of("uid"), visit.number("version"), visit.text("record", 60), visit.now_ms)
    return back(visit, "#risk")


def write_plan(visit: Visit) -> Response:
    """One goal a row; rows left empty do not count."""
    rows = [n for n in range(_GOALS) if visit.text(f"goal{n}", 300)]
    need(bool(rows), "text")
    items = tuple(PlanItem(visit.text(f"goal{n}", 300), visit.text(f"who{n}", 100), date_of(visit, f"due{n}")) for n in rows)
    caserecords.write_plan(*visit.here, visit.of("uid"), items, visit.now_ms, visit.text("safety", 2000))
    return back(visit, "#plan")


def approve_plan(visit: Visit) -> Response:
    caserecords.approve_plan(*visit.here, visit.of("uid"), visit.text("record", 60), visit.number("version"), visit.now_ms)
    return back(visit, "#plan")


def tick(visit: Visit) -> Response:
    done = visit.text("done", 1) == "1"
    plan, version, item = visit.text("record", 60), visit.number("version"), visit.number("item")
    caserecords.tick_plan(*visit.here, visit.of("uid"), plan, version, item, done, visit.now_ms)
    return back(visit, "#plan")


def add_task(visit: Visit) -> Response:
    kind = visit.text("kind", 20)
    need(kind in dict(visit.console.words.listed("th", "task")), "input")
    what, due = visit.text("what", 500), date_of(visit, "due")
    need(bool(what), "text")
    caserecords.set_task(*visit.here, visit.of("uid"), kind, what, due, visit.now_ms)
    return back(visit, "#tasks")


def do_task(visit: Visit) -> Response:
    task, version, evidence = visit.text("record", 60), visit.number("version"), visit.text("evidence", 1000)
    caserecords.do_task(*visit.here, visit.of("uid"), task, version, evidence, visit.now_ms)
    return back(visit, "#tasks")


def safe_contact(visit: Visit) -> Response:
    """A new agreement with the person; the former one stays on file."""
    days = tuple(n for n in range(7) if visit.text(f"day{n}", 1) == "1")
    need(bool(days), "time")
    agreed = SafeContact(
        visit.registry.uid(),
        visit.staff.id,
        visit.now_ms,
        visit.text("channel", 20),
        days,
        _minute(visit, "from"),
        _minute(visit, "until") or 24 * 60,
        visit.text("call_us", 100),
        visit.text("readers", 200),
        visit.text("code_word", 60),
        visit.text("stop_word", 60),
        visit.text("leave_message", 1) == "1",
        visit.text("if_other", 300),
        visit.text("phone", 40),
    )
    caserecords.agree_safe_contact(*visit.here, visit.of("uid"), agreed, visit.now_ms)
    return back(visit, "#safe")


def _minute(visit: Visit, name: str) -> int:
    """Minute of the day of a picked time. Raises Refused("time")."""
    try:
        hour, minute = (int(part) for part in visit.text(name, 5).split(":"))
    except ValueError:
        raise Refused("time") from None
    need(0 <= hour < 24 and 0 <= minute < 60, "time")
    return hour * 60 + minute


_FORMS = {
    "person": add_person,
    "correct-person": correct_person,
    "assess": assess,
    "agree-risk": agree_risk,
    "plan": write_plan,
    "approve-plan": approve_plan,
    "tick": tick,
    "task": add_task,
    "do-task": do_task,
    "safe-contact": safe_contact,
}
PAGES = tuple(Page("POST", f"{CASE}/{name}", WORKERS, form, show_case) for name, form in _FORMS.items())
