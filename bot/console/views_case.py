"""The page of a case, and the forms that move the case itself: talk, next step, kind, owner, hold, merging, closing by two.

Belongs here: this page and these forms. Does not: what stands under a case (`views_records.py`), what goes to other centres
(`views_passing.py`), what may be done (`bot/casework`, `bot/store`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from starlette.responses import Response

from bot.casework import assessing, cases, chain, clocks, closing, contact, referrals
from bot.casework import records as moves
from bot.casework.model import ENDED, WORKING, Case, CaseState, Holder, Role
from bot.casework.moves import Change, Refused, need
from bot.casework.scope import sees_alert
from bot.console.pages import READERS, WORKERS, Page, Visit
from bot.console.talk import bubbles
from bot.console.views_alert import changed_by, names, signal, sum_up
from bot.store import alertnotes, caserecords, casesearch, casework, duty, talking
from bot.store.casefiles import Conflict, NotFound, load_case

_DAY = 86_400_000
_FIRST_DAY = clocks.DAY  # so long the summary stands open on top


def case_page(visit: Visit) -> Response:
    return show_case(visit, None)


def show_case(visit: Visit, conflict: Conflict | None) -> Response:
    view = casework.case_view(*visit.here, visit.of("uid"), visit.now_ms)
    case, talk = view.case, bubbles(view.transcript, view.stretches)
    notes = [*view.notes, *alertnotes.notes_of(visit.connection, visit.registry, view.alerts)]
    people = names(visit) | duty.names_of(visit.connection, visit.console.store.sealer, _actors(view, notes))
    left = closing.still_open(view.tasks, view.referrals, view.alerts)
    works = visit.staff.role in WORKERS
    reach = talking.reach(visit.connection, visit.registry, case.chat, view.safe_contacts, visit.now_ms)
    return visit.show(
        "case.html",
        view=view,
        case=case,
        talk=talk,
        notes=sorted(notes, key=lambda one: one.at_ms),
        names=people,
        works=works and case.state not in ENDED,
        may_reopen=works and case.state is CaseState.CLOSED,
        supervises=visit.staff.role is Role.SUPERVISOR,
        with_human=view.holder.holder is Holder.HUMAN,
        centres=duty.centres(visit.connection),
        conflict=conflict is not None,
        changed_by=changed_by(view.timeline, people, visit.staff.actor),
        next_step=_NEXT.get(case.state, ""),
        reach=reach,
        safe_now=reach.now,
        signal=signal(view.timeline, visit.now_ms),
        safe=contact.latest(view.safe_contacts),
        sum_up=sum_up(visit, case.chat, talk),
        fresh=visit.now_ms - case.opened_ms < _FIRST_DAY,
        conditions=closing.conditions(case, moves.tries(view.tasks), left),
        left=left,
        tries=moves.tries(view.tasks),
        tries_needed=len(clocks.NO_CONTACT),
        proposed=_proposed(view),
        questions=assessing,
        alerts_seen=frozenset(one.uid for one in view.alerts if sees_alert(visit.staff, one)),
        workers=[one for one in duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff) if one.centre == case.centre],
        laws=sorted(referrals.LAWS),
        whole_case=referrals.WHOLE_CASE,
        grant=max((one.until_ms for one in visit.staff.grants if one.case == case.uid and one.until_ms > visit.now_ms), default=0),
        merged_into=_merged_into(visit, case),
        may_retry=works and case.state not in ENDED,
        centre_choices=[(one.id, one.name) for one in duty.centres(visit.connection).values() if one.id != case.centre],
        working=case.state in WORKING,
        links=chain.links(case, view.alerts, view.assessments, view.referrals, view.tasks),
    )


_NEXT = {
    CaseState.INTAKE: "triage",
    CaseState.REOPENED: "triage",
    CaseState.TRIAGE: "assessment",
    CaseState.ASSESSMENT: "plan",
    CaseState.PLAN: "active",
    CaseState.ACTIVE: "monitoring",
}


def _actors(view: Any, notes: Iterable[Any]) -> set[str]:
    """Everybody who did something in the case, of whatever centre."""
    acted = {one.actor.removeprefix("staff:") for one in view.timeline} | {view.case.owner, *(one.by for one in notes)}
    ticked = {item.done_by for plan in view.plans for item in plan.items} | {plan.approver for plan in view.plans}
    return {one for one in acted | ticked if one}


def _proposed(view: Any) -> dict[str, assessing.Proposed]:
    """What the answers of each assessment come to, seen from the risk now."""
    before: dict[str, str] = {}
    found = {}
    for one in view.assessments:
        found[one.uid] = assessing.propose(one.answers, view.case.risk, before)
        before = dict(one.answers)
    return found


def _merged_into(visit: Visit, case: Case) -> Case | None:
    try:
        return load_case(*visit.here, case.merged_into, visit.now_ms) if case.merged_into else None
    except NotFound:
        return None


def back(visit: Visit, anchor: str = "") -> Response:
    return visit.go(f"/console/case/{visit.of('uid')}{anchor}")


def date_of(visit: Visit, name: str) -> int:
    """The end of a picked day in Thailand. Raises Refused("date")."""
    try:
        day = datetime.strptime(visit.text(name, 10), "%Y-%m-%d").replace(tzinfo=clocks.THAILAND)
    except ValueError:
        raise Refused("date") from None
    return int(day.timestamp() * 1000) + _DAY - 1


def _move(visit: Visit, move: Callable[[Case], Change[Case]], reason: str = "") -> None:
    casework.move_case(*visit.here, visit.of("uid"), visit.number("version"), move, visit.now_ms, reason)


# The talk


def reply(visit: Visit) -> Response:
    version, despite = visit.number("version"), visit.text("despite", 500)
    talking.reply(*visit.here, visit.of("uid"), version, visit.text("text"), visit.now_ms, despite)
    return back(visit)


def again(visit: Visit) -> Response:
    """A message that did not arrive, once more."""
    talking.send_again(*visit.here, visit.of("uid"), visit.text("record", 60), visit.now_ms, visit.text("despite", 500))
    return back(visit)


def note(visit: Visit) -> Response:
    casework.add_note(*visit.here, visit.of("uid"), visit.text("text"), visit.now_ms)
    return back(visit, "#notes")


def release(visit: Visit) -> Response:
    talking.release_to_bot(*visit.here, visit.of("uid"), visit.now_ms)
    return back(visit)


# The case itself


def step(visit: Visit) -> Response:
    """On to the next state of the work, or from watching back to work."""
    version, now, actor = visit.number("version"), visit.now_ms, visit.staff
    uid, to = visit.of("uid"), visit.text("to", 20)
    if to == "plan":
        caserecords.start_plan(*visit.here, uid, version, now)
    elif to == "active":
        caserecords.start_work(*visit.here, uid, version, now)
    else:
        known = {"triage": cases.start_triage, "assessment": cases.start_assessment, "monitoring": cases.monitor, "resume": cases.resume}
        need(to in known, "input")
        _move(visit, lambda case: known[to](case, actor, version, now))
    return back(visit)


def describe(visit: Visit) -> Response:
    version, area, summary = visit.number("version"), visit.text("area", 100), visit.text("summary", 2000)
    _move(visit, lambda case: cases.describe(case, visit.staff, version, area, summary))
    return back(visit)


def raise_risk(visit: Visit) -> Response:
    version, risk, reason = visit.number("version"), visit.number("risk"), visit.text("reason", 500)
    need(bool(reason), "reason")
    _move(visit, lambda case: cases.raise_risk(case, visit.staff, version, risk, visit.now_ms), reason)
    return back(visit)


def set_kind(visit: Visit) -> Response:
    version, kind, reason = visit.number("version"), visit.text("kind", 40), visit.text("reason", 500)
    need(kind in dict(visit.console.words.listed("th", "kind")), "input")
    _move(visit, lambda case: cases.set_kind(case, visit.staff, version, kind, reason, visit.now_ms), reason)
    return back(visit)


def assign(visit: Visit) -> Response:
    version, reason = visit.number("version"), visit.text("reason", 500)
    to = duty.load_staff(visit.connection, visit.console.store.sealer, visit.text("staff", 60), visit.now_ms)
    if to is None:
        raise Refused("receiver")
    _move(visit, lambda case: cases.assign(case, visit.staff, version, to, reason, visit.now_ms), reason)
    duty.ring_people(visit.connection, visit.of("uid"), [to.id], 0, visit.now_ms, "assigned")
    return back(visit)


def block(visit: Visit) -> Response:
    """Somebody knows a party. Whoever says so of themselves is out at once."""
    version, who, reason = visit.number("version"), visit.text("staff", 60) or visit.staff.id, visit.text("reason", 500)
    need(bool(reason), "reason")
    need(who == visit.staff.id or visit.staff.role is Role.SUPERVISOR, "role")
    # the reason is written before the door shuts behind its writer
    casework.add_note(*visit.here, visit.of("uid"), reason, visit.now_ms)
    _move(visit, lambda case: cases.block(case, visit.staff, version, who, visit.now_ms))
    return visit.go("/console/cases") if who == visit.staff.id else back(visit)


def restrict(visit: Visit) -> Response:
    version, on, reason = visit.number("version"), visit.text("on", 1) == "1", visit.text("reason", 500)
    need(bool(reason), "reason")
    _move(visit, lambda case: cases.restrict(case, visit.staff, version, on), reason)
    return back(visit)


def hold(visit: Visit) -> Response:
    version, until, why = visit.number("version"), date_of(visit, "until"), visit.text("why", 20)
    reason = visit.text("reason", 500)
    need(bool(reason), "reason")
    _move(visit, lambda case: cases.hold(case, visit.staff, version, until, why, visit.now_ms), reason)
    return back(visit)


def end_hold(visit: Visit) -> Response:
    version = visit.number("version")
    _move(visit, lambda case: cases.end_hold(case, visit.staff, version, visit.now_ms))
    return back(visit)


def no_contact(visit: Visit) -> Response:
    """The person does not answer: tries after 1, 3 and 7 days become tasks; or they answered after all."""
    version = visit.number("version")
    move = cases.reached if visit.text("reached", 1) == "1" else cases.unreachable
    _move(visit, lambda case: move(case, visit.staff, version, visit.now_ms))
    return back(visit)


def merge(visit: Visit) -> Response:
    """Into another case of the same person, by its number."""
    wanted = "".join(sign for sign in visit.text("number", 40) if sign.isdigit())
    seen = casesearch.list_cases(*visit.here, visit.now_ms)
    into = next((one for one in seen if one.number.replace("-", "") == wanted), None)
    if into is None:
        raise Refused("merge")
    version, reason = visit.number("version"), visit.text("reason", 500)
    casework.merge_case(*visit.here, visit.of("uid"), version, into.uid, reason, visit.now_ms)
    return visit.go(f"/console/case/{into.uid}")


# Closing


def ask_closing(visit: Visit) -> Response:
    outcome, answer = visit.text("outcome", 300), visit.text("answer", 1000)
    caserecords.request_closing(*visit.here, visit.of("uid"), visit.number("version"), outcome, answer, visit.now_ms)
    return back(visit)


def close(visit: Visit) -> Response:
    """By the second person: agree, or send back with a reason."""
    version, now, actor = visit.number("version"), visit.now_ms, visit.staff
    if visit.text("agree", 1) == "1":
        caserecords.close(*visit.here, visit.of("uid"), version, now)
    else:
        reason = visit.text("reason", 500)
        _move(visit, lambda case: closing.refuse_closing(case, actor, version, reason, now), reason)
    return back(visit)


def reopen(visit: Visit) -> Response:
    version, reason, risk = visit.number("version"), visit.text("reason", 500), visit.number("risk")
    _move(visit, partial(closing.reopen, actor=visit.staff, version=version, reason=reason, risk=risk, now_ms=visit.now_ms), reason)
    return back(visit)


CASE = "/console/case/{uid}"
_FORMS = {
    "reply": reply,
    "again": again,
    "note": note,
    "release": release,
    "step": step,
    "describe": describe,
    "risk": raise_risk,
    "kind": set_kind,
    "assign": assign,
    "block": block,
    "hold": hold,
    "end-hold": end_hold,
    "no-contact": no_contact,
    "merge": merge,
    "ask-closing": ask_closing,
    "close": close,
    "reopen": reopen,
}
PAGES = (
    Page("GET", CASE, READERS, case_page),
    *(Page("POST", f"{CASE}/{name}", WORKERS, form, show_case) for name, form in _FORMS.items()),
    Page("POST", f"{CASE}/restrict", frozenset({Role.SUPERVISOR}), restrict, show_case),
)
