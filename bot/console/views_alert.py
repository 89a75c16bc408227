"""The queue and the page of an alert: take, talk, note, decide, hand back.

Belongs here: these pages. Does not: what may be done (`bot/casework`, `bot/store/casework.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import Response

from bot.casework import clocks
from bot.casework.model import ENDED, OPEN_ALERTS, Alert, Holder, Role
from bot.casework.moves import Refused, need
from bot.casework.record_types import SafeContact
from bot.casework.scope import Power, may
from bot.console.brief import Brief, Facts, brief, facts_in, promises_of
from bot.console.pages import READERS, SIGNED_IN, WORKERS, Page, Visit
from bot.console.talk import Bubble, bubbles
from bot.store import alertnotes, casesearch, casework, conversations, duty, holding, notices, staff, talking
from bot.store.casefiles import Conflict, NotFound, load_alert, load_case, records
from bot.store.casework import TimelineEntry


def names(visit: Visit) -> dict[str, str]:
    """Staff id → name, for those this person may know."""
    return {one.id: one.name for one in duty.colleagues(visit.connection, visit.console.store.sealer, visit.staff)}


def changed_by(timeline: Collection[TimelineEntry], people: dict[str, str], me: str) -> tuple[str, int] | None:
    """Who changed it last, other than the reader, and when."""
    theirs = (one for one in reversed(list(timeline)) if one.actor != me and not one.what.endswith(" read"))
    last = next(theirs, None)
    return (people.get(last.actor.removeprefix("staff:"), ""), last.at_ms) if last else None


def signal(timeline: Collection[TimelineEntry], now_ms: int) -> TimelineEntry | None:
    """What the person, or whoever holds the phone, last let us know beside their words: they hid, somebody else writes, …"""
    told = [one for one in timeline if one.what.startswith("person: ") and now_ms - one.at_ms < clocks.DAY]
    return told[-1] if told else None


def sum_up(visit: Visit, chat: str, talk: list[Bubble]) -> Brief:
    """The warm summary of a talk."""
    states = conversations.load(visit.connection, visit.console.store.sealer, [chat]) if chat else {}
    world = visit.console.world() if visit.console.world else None
    known = facts_in(world, states.get(chat), visit.language) if world else Facts()
    return brief(talk, known, promises_of(world) if world else {})


def queue_page(visit: Visit) -> Response:
    return visit.show("queue.html", **_waiting(visit))


def queue_part(visit: Visit) -> Response:
    return visit.show("_queue.html", **_waiting(visit))


def _waiting(visit: Visit) -> dict[str, Any]:
    can_see = may(visit.staff, Power.SEE)
    waiting = casework.queue(visit.connection, visit.staff, visit.now_ms) if can_see else []
    told = notices.lately(*visit.here, visit.now_ms) if can_see else []
    return {
        "notices": [one for one in told if visit.now_ms - one.at_ms < clocks.DAY][:5],
        "waiting": waiting,
        "names": names(visit),
        "can_take": visit.staff.role in WORKERS,
        "can_see": can_see,
    }


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
    view = casework.alert_view(*visit.here, visit.of("uid"), visit.now_ms)
    alert, works = view.alert, visit.staff.role in WORKERS
    stretches = holding.stretches(visit.connection, alert.chat) if alert.chat else []
    talk = bubbles(view.transcript, stretches)
    mine = works and (alert.taken_by == visit.staff.id or visit.staff.role is Role.SUPERVISOR)
    actors = {one.actor.removeprefix("staff:") for one in view.timeline} | {alert.taken_by}
    people = names(visit) | duty.names_of(visit.connection, visit.console.store.sealer, actors)
    cases_here = casesearch.cases_of_chat(*visit.here, alert.chat, visit.now_ms)
    agreed = [*view.safe_contacts, *(one for case in cases_here for one in records(visit.connection, visit.registry, case, SafeContact))]
    reach = talking.reach(visit.connection, visit.registry, alert.chat, agreed, visit.now_ms)
    is_open = alert.state in OPEN_ALERTS
    return visit.show(
        "alert.html",
        view=view,
        alert=alert,
        talk=talk,
        notes=alertnotes.notes_of(visit.connection, visit.registry, [alert]),
        names=people,
        mine=mine,
        works=works,
        open=is_open,
        with_human=view.holder.holder is Holder.HUMAN,
        conflict=conflict is not None,
        changed_by=changed_by(view.timeline, people, visit.staff.actor),
        reach=reach,
        safe_now=reach.now,
        signal=signal(view.timeline, visit.now_ms),
        may_retry=mine and is_open,
        sum_up=sum_up(visit, alert.chat, talk),
        fresh=is_open,
        cases_here=[one for one in cases_here if one.uid != alert.case],
        mergeable=[one.alert for one in casework.queue(visit.connection, visit.staff, visit.now_ms) if _mergeable(alert, one.alert)],
    )


def _mergeable(alert: Alert, other: Alert) -> bool:
    """Two chats never become one."""
    return other.uid != alert.uid and (not alert.chat or alert.chat == other.chat)


def talk_part(visit: Visit) -> Response:
    """The bubbles of an alert's or a case's talk, fetched when the stream says they changed."""
    uid = visit.of("uid")
    try:
        view = casework.alert_view(*visit.here, uid, visit.now_ms)
        lines, chat, base = view.transcript, view.alert.chat, f"/console/alert/{uid}"
        mine = view.alert.taken_by == visit.staff.id or visit.staff.role is Role.SUPERVISOR
        going, agreed = mine and view.alert.state in OPEN_ALERTS, view.safe_contacts
    except NotFound:
        case = casework.case_view(*visit.here, uid, visit.now_ms)
        lines, chat, base = case.transcript, case.case.chat, f"/console/case/{uid}"
        going, agreed = case.case.state not in ENDED, case.safe_contacts
    stretches = holding.stretches(visit.connection, chat) if chat else []
    return visit.show(
        "_talk.html",
        uid=uid,
        talk=bubbles(lines, stretches),
        names=names(visit),
        base=base,
        may_retry=going and visit.staff.role in WORKERS,
        safe_now=talking.reach(visit.connection, visit.registry, chat, agreed, visit.now_ms).now,
    )


def take(visit: Visit) -> Response:
    casework.acknowledge(visit.connection, visit.registry, visit.staff, visit.of("uid"), visit.number("version"), visit.now_ms)
    return _back(visit)


def reply(visit: Visit) -> Response:
    text, version, despite = visit.text("text"), visit.number("version"), visit.text("despite", 500)
    talking.reply_to_alert(*visit.here, visit.of("uid"), version, text, visit.now_ms, despite)
    return _back(visit)


def again(visit: Visit) -> Response:
    """A message that did not arrive, once more."""
    talking.send_again(*visit.here, visit.of("uid"), visit.text("record", 60), visit.now_ms, visit.text("despite", 500))
    return _back(visit)


def correct(visit: Visit) -> Response:
    """Severity and kind as the human sees them."""
    kind, severity, reason = visit.text("kind", 40), visit.number("severity"), visit.text("reason", 500)
    need(kind in dict(visit.console.words.listed("th", "kind")), "input")
    casework.correct(*visit.here, visit.of("uid"), visit.number("version"), severity, kind, reason, visit.now_ms)
    return _back(visit)


def merge(visit: Visit) -> Response:
    into = visit.text("into", 60)
    try:
        casework.merge(*visit.here, visit.of("uid"), visit.number("version"), into, visit.now_ms)
    except NotFound:
        load_alert(visit.connection, visit.staff, visit.of("uid"))
        raise Refused("merge") from None
    return visit.go(f"/console/alert/{into}")


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
    """Tells colleagues on the page of the same talk that somebody is there, and typing."""
    uid = visit.of("uid")
    staff.note_presence(visit.connection, talk_of(visit, uid), visit.staff.id, visit.text("typing", 1) == "1", visit.now_ms)
    return Response(status_code=204)


def talk_of(visit: Visit, uid: str) -> str:
    """The chat behind an alert or a case, or its own id: whoever has one of them open sits at the same talk. Raises NotFound."""
    try:
        return load_alert(visit.connection, visit.staff, uid).chat or uid
    except NotFound:
        return load_case(*visit.here, uid, visit.now_ms).chat or uid


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
    Page("POST", f"{_ALERT}/again", WORKERS, again, _show),
    Page("POST", f"{_ALERT}/correct", WORKERS, correct, _show),
    Page("POST", f"{_ALERT}/merge", WORKERS, merge, _show),
    Page("POST", f"{_ALERT}/spoke", WORKERS, spoke, _show),
    Page("POST", f"{_ALERT}/note", WORKERS, note, _show),
    Page("POST", f"{_ALERT}/release", WORKERS, release, _show),
    Page("POST", f"{_ALERT}/resolve", WORKERS, resolve, _show),
    Page("POST", f"{_ALERT}/open", WORKERS, open_case, _show),
)
