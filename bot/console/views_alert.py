"""The queue and the page of an alert: take, talk, note, decide, hand back.

Belongs here: these pages. Does not: what may be done (`bot/casework`, `bot/store/casework.py`).
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.casework.model import Holder, Role
from bot.casework.moves import need
from bot.casework.scope import Power, may
from bot.console.pages import READERS, SIGNED_IN, WORKERS, Page, Visit
from bot.console.talk import bubbles
from bot.store import alertnotes, casework, duty, holding, staff, talking
from bot.store.casefiles import Conflict, NotFound, load_alert, load_case


def names(visit: Visit) -> dict[str, str]:
    """Staff id → name, for those this person may know."""
    return {one.id: one.name for one in duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff)}


def queue_page(visit: Visit) -> Response:
    return visit.show("queue.html", **_waiting(visit))


def queue_part(visit: Visit) -> Response:
    return visit.show("_queue.html", **_waiting(visit))


def _waiting(visit: Visit) -> dict[str, Any]:
    can_see = may(visit.staff, Power.SEE)
    waiting = casework.queue(visit.connection, visit.staff, visit.now_ms) if can_see else []
    return {"waiting": waiting, "names": names(visit), "can_take": visit.staff.role in WORKERS, "can_see": can_see}


def take_next(visit: Visit) -> Response:
    taken = casework.take_next(visit.connection, visit.registry, visit.staff, visit.now_ms)
    return visit.go(f"/console/alert/{taken.uid}" if taken else "/console")


def heard(visit: Visit) -> Response:
    """This person's console has rung out loud."""
    for about, _, _ in duty.unheard(visit.connection, visit.staff):
        duty.heard(visit.connection, visit.staff, about, visit.now_ms)
    return Response(status_code=204)


def alert_page(visit: Visit) -> Response:
    return _show(visit, None)


def _show(visit: Visit, conflict: Conflict | None) -> Response:
    view = casework.alert_view(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.now_ms)
    stretches = holding.stretches(visit.connection, view.alert.chat) if view.alert.chat else []
    mine = view.alert.taken_by == visit.staff.id or visit.staff.role is Role.SUPERVISOR
    return visit.show(
        "alert.html",
        view=view,
        alert=view.alert,
        talk=bubbles(view.transcript, stretches),
        notes=alertnotes.notes_of(visit.connection, visit.registry, [view.alert]),
        names=names(visit),
        mine=mine and visit.staff.role in WORKERS,
        works=visit.staff.role in WORKERS,
        with_human=view.holder.holder is Holder.HUMAN,
        draft=visit.text("text") if visit.problem else "",
        conflict=conflict is not None,
    )


def talk_part(visit: Visit) -> Response:
    """The bubbles of an alert's or a case's talk, fetched when the stream says they changed."""
    uid = visit.of("uid")
    try:
        view = casework.alert_view(visit.connection, visit.registry, visit.staff, uid, visit.now_ms)
        lines, chat = view.transcript, view.alert.chat
    except NotFound:
        case = casework.case_view(visit.connection, visit.registry, visit.staff, uid, visit.now_ms)
        lines, chat = case.transcript, case.case.chat
    stretches = holding.stretches(visit.connection, chat) if chat else []
    return visit.show("_talk.html", uid=uid, talk=bubbles(lines, stretches), names=names(visit))


def take(visit: Visit) -> Response:
    casework.acknowledge(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.number("version"), visit.now_ms)
    return _back(visit)


def reply(visit: Visit) -> Response:
    text, version = visit.text("text"), visit.number("version")
    talking.reply_to_alert(visit.connection, visit.registry, visit.staff, visit.of("uid"), version, text, visit.now_ms)
    return _back(visit)


def spoke(visit: Visit) -> Response:
    how = visit.text("how", 10)
    need(how in ("phone", "visit"), "input")
    casework.engage(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.number("version"), how, visit.now_ms)
    return _back(visit)


def note(visit: Visit) -> Response:
    alertnotes.add_alert_note(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.text("text"), visit.now_ms)
    return _back(visit)


def release(visit: Visit) -> Response:
    talking.release_to_bot(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.now_ms)
    return _back(visit)


def resolve(visit: Visit) -> Response:
    outcome = visit.text("outcome", 20)
    need(outcome in dict(visit.console.words.listed("th", "outcome")), "outcome")
    casework.resolve(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.number("version"), outcome, visit.now_ms)
    return visit.go("/console")


def open_case(visit: Visit) -> Response:
    case = casework.open_case(
        visit.connection,
        visit.registry,
        visit.staff,
        visit.of("uid"),
        visit.number("version"),
        visit.now_ms,
        visit.text("area", 100),
        visit.text("summary", 2000),
    )
    return visit.go(f"/console/case/{case.uid}")


def typing(visit: Visit) -> Response:
    """Tells colleagues on the same page that somebody is there, and typing."""
    uid = visit.of("uid")
    try:
        load_alert(visit.connection, visit.staff, uid)
    except NotFound:
        load_case(visit.connection, visit.registry, visit.staff, uid, visit.now_ms)
    staff.note_presence(visit.connection, uid, visit.staff.id, visit.text("typing", 1) == "1", visit.now_ms)
    return Response(status_code=204)


def _back(visit: Visit) -> Response:
    return visit.go(f"/console/alert/{visit.of('uid')}")


_ALERT = "/console/alert/{uid}"
PAGES = (
    Page("GET", "/console", SIGNED_IN, queue_page),
    Page("GET", "/console/queue", SIGNED_IN, queue_part),
    Page("POST", "/console/next", WORKERS, take_next),
    Page("POST", "/console/heard", SIGNED_IN, heard),
    Page("GET", _ALERT, READERS, alert_page),
    Page("GET", "/console/talk/{uid}", READERS, talk_part),
    Page("POST", "/console/typing/{uid}", WORKERS, typing),
    Page("POST", f"{_ALERT}/take", WORKERS, take, _show),
    Page("POST", f"{_ALERT}/reply", WORKERS, reply, _show),
    Page("POST", f"{_ALERT}/spoke", WORKERS, spoke, _show),
    Page("POST", f"{_ALERT}/note", WORKERS, note, _show),
    Page("POST", f"{_ALERT}/release", WORKERS, release, _show),
    Page("POST", f"{_ALERT}/resolve", WORKERS, resolve, _show),
    Page("POST", f"{_ALERT}/open", WORKERS, open_case, _show),
)
