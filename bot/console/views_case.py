"""The page of a case: talk, notes, people, risk, tasks, referrals, closing by two.

Belongs here: this page and its forms. Does not: what may be done (`bot/casework`, `bot/store/caserecords.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.responses import Response

from bot.casework import cases, chain, clocks, closing
from bot.casework.model import Case, CaseState, Holder
from bot.casework.moves import Change, Refused, need
from bot.casework.record_types import Consent, PlanItem
from bot.console.pages import READERS, WORKERS, Page, Visit
from bot.console.talk import bubbles
from bot.console.views_alert import names
from bot.store import alertnotes, caserecords, casework, duty, passing, talking
from bot.store.casefiles import Conflict

_DAY = 86_400_000


def case_page(visit: Visit) -> Response:
    return _show(visit, None)


def _show(visit: Visit, conflict: Conflict | None) -> Response:
    view = casework.case_view(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.now_ms)
    notes = [*view.notes, *alertnotes.notes_of(visit.connection, visit.registry, view.alerts)]
    return visit.show(
        "case.html",
        view=view,
        case=view.case,
        talk=bubbles(view.transcript, view.stretches),
        notes=sorted(notes, key=lambda one: one.at_ms),
        names=names(visit),
        works=visit.staff.role in WORKERS,
        with_human=view.holder.holder is Holder.HUMAN,
        centres=duty.centres(visit.connection),
        draft=visit.text("text") if visit.problem else "",
        conflict=conflict is not None,
        next_step=_NEXT.get(view.case.state, ""),
        links=chain.links(view.case, view.alerts, view.assessments, view.referrals, view.tasks),
    )


_NEXT = {
    CaseState.INTAKE: "triage",
    CaseState.REOPENED: "triage",
    CaseState.TRIAGE: "assessment",
    CaseState.ASSESSMENT: "plan",
    CaseState.PLAN: "active",
    CaseState.ACTIVE: "monitoring",
}


def _back(visit: Visit) -> Response:
    return visit.go(f"/console/case/{visit.of('uid')}")


def date_of(visit: Visit, name: str) -> int:
    """The end of a picked day in Thailand. Raises Refused("date")."""
    try:
        day = datetime.strptime(visit.text(name, 10), "%Y-%m-%d").replace(tzinfo=clocks.THAILAND)
    except ValueError:
        raise Refused("date") from None
    return int(day.timestamp() * 1000) + _DAY - 1


def _move(visit: Visit, move: Callable[[Case], Change[Case]]) -> None:
    casework.move_case(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.number("version"), move, visit.now_ms)


def reply(visit: Visit) -> Response:
    version = visit.number("version")
    talking.reply(visit.connection, visit.registry, visit.staff, visit.of("uid"), version, visit.text("text"), visit.now_ms)
    return _back(visit)


def note(visit: Visit) -> Response:
    casework.add_note(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.text("text"), visit.now_ms)
    return _back(visit)


def release(visit: Visit) -> Response:
    talking.release_to_bot(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.now_ms)
    return _back(visit)


def step(visit: Visit) -> Response:
    """On to the next state of the work."""
    version, now, actor = visit.number("version"), visit.now_ms, visit.staff
    uid, to = visit.of("uid"), visit.text("to", 20)
    if to == "plan":
        caserecords.start_plan(visit.connection, visit.registry, actor, uid, version, now)
    elif to == "active":
        caserecords.start_work(visit.connection, visit.registry, actor, uid, version, now)
    else:
        moves = {"triage": cases.start_triage, "assessment": cases.start_assessment, "monitoring": cases.monitor}
        need(to in moves, "input")
        _move(visit, lambda case: moves[to](case, actor, version, now))
    return _back(visit)


def raise_risk(visit: Visit) -> Response:
    version, risk = visit.number("version"), visit.number("risk")

    def move(case: Case) -> Change[Case]:
        return cases.raise_risk(case, visit.staff, version, risk, visit.now_ms)

    _move(visit, move)
    return _back(visit)


def assess(visit: Visit) -> Response:
    risk = visit.number("risk")
    need(1 <= risk <= 4, "risk")
    answers = {key: visit.text(f"q_{key}", 10) for key, _ in visit.console.words.listed("th", "danger") if visit.text(f"q_{key}", 10)}
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.assess(*where, risk, "danger-5 v1", answers, visit.now_ms, visit.text("text", 3000))
    return _back(visit)


def agree_risk(visit: Visit) -> Response:
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.lower_risk(*where, visit.number("version"), visit.text("record", 60), visit.now_ms)
    return _back(visit)


def add_person(visit: Visit) -> Response:
    role = visit.text("role", 20)
    need(role in dict(visit.console.words.listed("th", "person")), "input")
    age = visit.number("age") if visit.text("age", 3) else None
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.add_person(*where, role, visit.now_ms, visit.text("name", 200), age, visit.text("phone", 40), visit.text("text", 1000))
    return _back(visit)


def write_plan(visit: Visit) -> Response:
    need(bool(visit.text("goal", 300)), "text")
    item = PlanItem(visit.text("goal", 300), visit.text("who", 100), date_of(visit, "due"))
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.write_plan(*where, (item,), visit.now_ms, visit.text("text", 2000))
    return _back(visit)


def approve_plan(visit: Visit) -> Response:
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.approve_plan(*where, visit.text("record", 60), visit.number("version"), visit.now_ms)
    return _back(visit)


def add_task(visit: Visit) -> Response:
    kind = visit.text("kind", 20)
    need(kind in dict(visit.console.words.listed("th", "task")), "input")
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.set_task(*where, kind, visit.text("what", 500), date_of(visit, "due"), visit.now_ms)
    return _back(visit)


def do_task(visit: Visit) -> Response:
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.do_task(*where, visit.text("record", 60), visit.number("version"), visit.text("text", 1000), visit.now_ms)
    return _back(visit)


def refer(visit: Visit) -> Response:
    """Consent noted, referral drafted, checked and sent: one form, one transaction."""
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    to, outside = visit.text("to", 200), visit.text("to", 200) not in duty.centres(visit.connection)
    shared = {"summary": visit.text("shared", 2000), "contact": visit.text("contact", 300)}
    shared = {key: value for key, value in shared.items() if value}
    consent = Consent(
        visit.registry.uid(),
        visit.staff.id,
        visit.now_ms,
        visit.text("purpose", 300),
        to,
        tuple(shared),
        visit.text("how", 200),
        visit.now_ms + 30 * _DAY,
        visit.text("ground", 20),
    )
    passing.give_consent(*where, consent, visit.now_ms)
    made = passing.draft_referral(*where, to, consent.purpose, shared, visit.now_ms, outside)
    checked = passing.check_consent(*where, made.uid, made.version, visit.now_ms)
    passing.send_referral(*where, checked.uid, checked.version, visit.now_ms)
    return _back(visit)


def ask_closing(visit: Visit) -> Response:
    where = (visit.connection, visit.registry, visit.staff, visit.of("uid"))
    caserecords.request_closing(*where, visit.number("version"), visit.text("outcome", 300), visit.text("answer", 1000), visit.now_ms)
    return _back(visit)


def close(visit: Visit) -> Response:
    """By the second person: agree, or send back with a reason."""
    version, now, actor = visit.number("version"), visit.now_ms, visit.staff
    if visit.text("agree", 1) == "1":
        caserecords.close(visit.connection, visit.registry, actor, visit.of("uid"), version, now)
    else:
        reason = visit.text("reason", 500)
        _move(visit, lambda case: closing.refuse_closing(case, actor, version, reason, now))
    return _back(visit)


def reopen(visit: Visit) -> Response:
    version, reason, risk = visit.number("version"), visit.text("reason", 500), visit.number("risk")
    _move(visit, lambda case: closing.reopen(case, visit.staff, version, reason, risk, visit.now_ms))
    return _back(visit)


_CASE = "/console/case/{uid}"
_FORMS = {
    "reply": reply,
    "note": note,
    "release": release,
    "step": step,
    "risk": raise_risk,
    "assess": assess,
    "agree-risk": agree_risk,
    "person": add_person,
    "plan": write_plan,
    "approve-plan": approve_plan,
    "task": add_task,
    "do-task": do_task,
    "refer": refer,
    "ask-closing": ask_closing,
    "close": close,
    "reopen": reopen,
}
PAGES = (
    Page("GET", _CASE, READERS, case_page),
    *(Page("POST", f"{_CASE}/{name}", WORKERS, form, _show) for name, form in _FORMS.items()),
)
