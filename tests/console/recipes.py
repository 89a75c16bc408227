"""For every page of the route table a real record of a centre that the page can work on, and what its form sends.

`RECIPES[path](desk, centre)` gives the parts of the path and the fields of the form such that staff of that centre succeed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from desk import HERE, THERE, Desk
from sqlalchemy import insert

from bot.casework import cases
from bot.casework.exports import Export
from bot.casework.model import CLOCK, Alert, AlertState, Case, Role, Staff
from bot.casework.moves import Event
from bot.casework.record_types import Consent, PlanItem
from bot.casework.referrals import WHOLE_CASE
from bot.store import alerts as raising
from bot.store import caserecords, casework, conversations, exports, glass, media, outbox, passing, staff, talking, webreports
from bot.store.casefiles import tell
from bot.store.conversations import Saved
from bot.store.database import write
from bot.store.media_tables import MediaState
from bot.store.outbox import Settled
from bot.store.tables import InboxState, OutboxState, inbox

DAY = 86_400_000
_NUMBERS = itertools.count()


@dataclass
class Ready:
    """`uid` and `medium`: of the path."""

    uid: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    medium: str = ""


Recipe = Callable[[Desk, str], Ready]


def other(centre: str) -> str:
    return THERE if centre == HERE else HERE


def act(desk: Desk, who: str, action: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """One action of the store by one member of staff; the clock moves on a little."""
    desk.now += 1
    actor = desk.actor(who)
    with write(desk.store.engine) as connection:
        return action(connection, desk.registry, actor, *args, now_ms=desk.now, **more)


def staff_of(centre: str) -> str:
    return f"staff-{centre}"


def boss_of(centre: str) -> str:
    return f"supervisor-{centre}"


# Exports to authorities
EXPORT = {"ground": "court_order", "authority": "court", "reference": "12/2569"}


def _export(desk: Desk, centre: str, asker: Staff) -> Export:
    desk.now += 1
    number = desk.case(centre).number
    with write(desk.store.engine) as connection:
        return exports.ask(connection, desk.registry, asker, number, *EXPORT.values(), desk.now)


def export(desk: Desk, centre: str) -> Ready:
    """Asked for by a colleague."""
    one = _export(desk, centre, replace(desk.actor(boss_of(centre)), id="colleague"))
    return Ready("", {"record": one.uid, "version": str(one.version)})


def approved_export(desk: Desk, centre: str) -> Ready:
    boss = desk.actor(boss_of(centre))
    one = _export(desk, centre, boss)
    with write(desk.store.engine) as connection:
        one = exports.approve(connection, desk.registry, replace(boss, id="colleague"), one.uid, one.version, desk.now)
    return Ready("", {"record": one.uid, "version": str(one.version)})


# Alerts and cases in every state


def alert(desk: Desk, centre: str, state: str = "raised", chat: bool = True, severity: int = 2) -> Alert:
    """Of a citizen with a LINE chat of their own."""
    desk.now += 1
    name = desk.registry.uid() if chat else ""
    one = Alert(desk.registry.uid(), name, centre, severity, "violence_domestic", "self", desk.now)
    with write(desk.store.engine) as connection:
        if chat:
            conversations.save(connection, desk.store.sealer, [Saved(name, "user", "U1", b"{}")], desk.now)
        raising.insert_alert(connection, desk.store.sealer, one, ("test",), f"secret of {centre}")
        tell(connection, desk.registry, CLOCK, one.uid, (Event("alert raised"),), desk.now)
    if state != "raised":
        one = act(desk, staff_of(centre), casework.acknowledge, one.uid, one.version)
    if state == "engaged":
        one = act(desk, staff_of(centre), casework.engage, one.uid, one.version, "phone")
    return one


def case(desk: Desk, centre: str, severity: int = 2, chat: bool = True, owner: str = "") -> Case:
    one = alert(desk, centre, "engaged", chat, severity)
    who = owner or staff_of(centre)
    if owner:
        one = act(desk, staff_of(centre), casework.engage, one.uid, one.version, "phone") if one.state is not AlertState.ENGAGED else one
        opened = act(desk, boss_of(centre), casework.open_case, one.uid, one.version, summary=f"secret summary of {centre}")
    else:
        opened = act(desk, who, casework.open_case, one.uid, one.version, summary=f"secret summary of {centre}")
    return opened


def moved(desk: Desk, who: str, one: Case, name: str, *args: Any) -> Case:
    step = getattr(cases, name)
    actor = desk.actor(who)
    return act(desk, who, casework.move_case, one.uid, one.version, lambda found: step(found, actor, one.version, *args, desk.now))


def watched(desk: Desk, centre: str, owner: str = "") -> Case:
    """Low risk, monitored, nothing open: closing may be asked for."""
    who = owner or staff_of(centre)
    one = case(desk, centre, 4, owner=owner)
    one = moved(desk, who, moved(desk, who, one, "start_triage"), "start_assessment")
    act(desk, who, caserecords.assess, one.uid, 4, "danger-6 v2", {"weapon": "no"})
    one = act(desk, who, caserecords.start_plan, one.uid, one.version)
    plan = act(desk, who, caserecords.write_plan, one.uid, (PlanItem("safe home", "her", desk.now),))
    second = boss_of(centre) if who == staff_of(centre) else staff_of(centre)
    act(desk, second, caserecords.approve_plan, one.uid, plan.uid, plan.version)
    return moved(desk, who, act(desk, who, caserecords.start_work, one.uid, one.version), "monitor")


def asked_to_close(desk: Desk, centre: str) -> Case:
    """By the supervisor who owns it: staff are the second person."""
    boss = boss_of(centre)
    one = watched(desk, centre, boss)
    return act(desk, boss, caserecords.request_closing, one.uid, one.version, "safe", "she says yes")


def closed(desk: Desk, centre: str) -> Case:
    one = asked_to_close(desk, centre)
    return act(desk, staff_of(centre), caserecords.close, one.uid, one.version)


# What stands under a case


def consent(desk: Desk, centre: str, one: Case, who: str = "", ground: str = "consent", law: str = "", **more: Any) -> Consent:
    who = who or staff_of(centre)
    fields = more.get("fields", ("summary",))
    given = Consent(
        desk.registry.uid(), who, desk.now, "shelter", other(centre), fields, "spoken", desk.now + 9 * DAY, ground=ground, law=law
    )
    return act(desk, who, passing.give_consent, one.uid, given)


def draft(desk: Desk, centre: str, one: Case, outside: bool = False) -> Any:
    shared = {"summary": f"secret words of {centre}"}
    return act(desk, staff_of(centre), passing.draft_referral, one.uid, other(centre), "shelter", shared, outside=outside)


def sent(desk: Desk, centre: str, one: Case, outside: bool = False) -> Any:
    consent(desk, centre, one)
    made = draft(desk, centre, one, outside)
    made = act(desk, staff_of(centre), passing.check_consent, one.uid, made.uid, made.version)
    return act(desk, staff_of(centre), passing.send_referral, one.uid, made.uid, made.version)


def offered(desk: Desk, centre: str) -> Any:
    """A case offered by `centre` to the other one."""
    one = case(desk, centre)
    consent(desk, centre, one, fields=(WHOLE_CASE,))
    return act(desk, staff_of(centre), passing.transfer, one.uid, one.version, other(centre), f"secret reason of {centre}")


# The recipes


def _of(one: Any, **fields: str) -> dict[str, str]:
    return {"record": one.uid, "version": str(one.version), **fields}


def _case(**fields: str) -> Recipe:
    def make(desk: Desk, centre: str) -> Ready:
        one = case(desk, centre)
        return Ready(one.uid, {"version": str(one.version), **fields})

    return make


def _alert(state: str, **fields: str) -> Recipe:
    def make(desk: Desk, centre: str) -> Ready:
        one = alert(desk, centre, state)
        return Ready(one.uid, {"version": str(one.version), **fields})

    return make


def _under(make: Callable[[Desk, str, Case], dict[str, str]], **wanted: Any) -> Recipe:
    def build(desk: Desk, centre: str) -> Ready:
        one = case(desk, centre, **wanted)
        return Ready(one.uid, make(desk, centre, one))

    return build


def _lost_message(desk: Desk, chat: str, send: Callable[[], str]) -> str:
    message = send()
    with write(desk.store.engine) as connection:
        outbox.settle(connection, [Settled(message, OutboxState.FAILED, desk.now)])
    return message


def alert_again(desk: Desk, centre: str) -> Ready:
    one = alert(desk, centre, "engaged")
    message = _lost_message(desk, one.chat, lambda: act(desk, staff_of(centre), talking.reply_to_alert, one.uid, one.version, "hello"))
    return Ready(one.uid, {"record": message})


def case_again(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    return {"record": _lost_message(desk, one.chat, lambda: act(desk, staff_of(centre), talking.reply, one.uid, one.version, "hello"))}


def alert_merge(desk: Desk, centre: str) -> Ready:
    one, into = alert(desk, centre, "engaged", chat=False), alert(desk, centre)
    return Ready(one.uid, {"version": str(one.version), "into": into.uid})


def case_merge(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    return {"version": str(one.version), "number": case(desk, centre, chat=False).number, "reason": "the same person"}


def held(desk: Desk, centre: str) -> Ready:
    one = case(desk, centre)
    one = moved(desk, staff_of(centre), one, "hold", desk.now + 9 * DAY, "legal")
    return Ready(one.uid, {"version": str(one.version)})


def blockable(desk: Desk, centre: str) -> Ready:
    one = case(desk, centre, owner=boss_of(centre))
    return Ready(one.uid, {"version": str(one.version), "reason": "my cousin"})


def ready_case(make: Callable[[Desk, str], Case], **fields: str) -> Recipe:
    def build(desk: Desk, centre: str) -> Ready:
        one = make(desk, centre)
        return Ready(one.uid, {"version": str(one.version), **fields})

    return build


def person(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    who = act(desk, staff_of(centre), caserecords.add_person, one.uid, "child", name="secret name")
    return _of(who, role="victim", name="Noi", age="7")


def lower(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    made = act(desk, boss_of(centre), caserecords.assess, one.uid, 3, "danger-6 v2", {"weapon": "no"})
    return {"record": made.uid, "version": str(one.version)}


def plan(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    made = act(desk, boss_of(centre), caserecords.write_plan, one.uid, (PlanItem("secret goal", "her", desk.now),))
    return _of(made, item="0", done="1")


def task(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    return _of(act(desk, staff_of(centre), caserecords.set_task, one.uid, "other", "secret call", desk.now), evidence="called")


def agreed_override(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    given = consent(desk, centre, one, ground="override", law="court_order")
    act(desk, boss_of(centre), passing.second_consent, one.uid, given.uid, given.version)
    return _of(draft(desk, centre, one))


def override(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    return _of(consent(desk, centre, one, boss_of(centre), "override", "court_order"))


def transferable(desk: Desk, centre: str, one: Case) -> dict[str, str]:
    return {"version": str(one.version), "to": other(centre), "purpose": "moved house", "ground": "consent", "how": "spoken"}


def referable(desk: Desk, centre: str) -> Ready:
    return _case(to=other(centre), purpose="shelter", shared="x", ground="consent", how="spoken")(desk, centre)


def referral_received(to: str) -> Recipe:
    def build(desk: Desk, centre: str) -> Ready:
        sender = other(centre)
        made = sent(desk, sender, case(desk, sender))
        return Ready(made.uid, {"version": str(made.version), "to": to})

    return build


def transfer_received(desk: Desk, centre: str) -> Ready:
    made = offered(desk, other(centre))
    return Ready(made.uid, {"version": str(made.version), "accept": "1"})


def own_grant(desk: Desk, centre: str) -> Ready:
    one = case(desk, centre)
    act(desk, staff_of(centre), glass.break_glass, one.number, "she stands here")
    found = act(desk, boss_of(centre), glass.broken)
    grant = next(entry for entry in found if entry.case.uid == one.uid)
    with write(desk.store.engine) as connection:  # five a day: here many more tests than that
        connection.exec_driver_sql("UPDATE access_grant SET at_ms = 0")
    return Ready("", {"record": grant.uid})


def foreign_number(desk: Desk, centre: str) -> Ready:
    with write(desk.store.engine) as connection:
        connection.exec_driver_sql("UPDATE access_grant SET at_ms = 0")
    return Ready("", {"number": case(desk, other(centre)).number, "reason": "she stands here"})


def picture(desk: Desk, centre: str) -> Ready:
    one, uid, sealer = case(desk, centre), desk.registry.uid(), desk.store.sealer
    with write(desk.store.engine) as connection:
        sent_ = media.Sent(uid, one.chat, uid, "image", "secret.jpg", False, desk.now)
        media.take_in(connection, sealer, [sent_], desk.now)
        media.claim(connection, sealer, desk.now, 1000)
    assert media.add_piece(desk.store.engine, sealer, uid, 0, b"picture")
    media.settle(desk.store.engine, uid, MediaState.STORED, type_="image/jpeg", size=7)
    return Ready(one.uid, medium=uid)


def parked(desk: Desk, centre: str) -> Ready:
    act(desk, staff_of(centre), webreports.park, "secret report", "too_many")
    with write(desk.store.engine) as connection:
        return Ready("", {"record": webreports.parked(connection, desk.registry)[0].uid})


_C, _A, _R = "/console/case/{uid}", "/console/alert/{uid}", "/console/received/{uid}"


def account(desk: Desk, centre: str) -> Ready:
    """Somebody who may be changed by the admin of the centre."""
    login = f"colleague-{next(_NUMBERS)}"
    with write(desk.store.engine) as connection:
        staff.enrol(connection, desk.store.sealer, login, login, centre, Role.STAFF, login, "")
    return Ready(fields={"id": login, "was": f"staff {centre} 1", "role": "supervisor", "centre": centre, "active": "1"})


def stuck(desk: Desk, _: str) -> Ready:
    """An event whose turn broke."""
    row = {"event_id": f"stuck-{next(_NUMBERS)}", "chat": "c", "at_ms": 0, "received_ms": desk.now, "tries": 1, "sealed": b"x"}
    with write(desk.store.engine) as connection:
        made = connection.execute(insert(inbox).values(**row, state=int(InboxState.FAILED)).returning(inbox.c.id))
        return Ready(fields={"box": "inbox", "id": str(made.scalar_one())})


def new_centre(_: Desk, centre: str) -> Ready:
    id_ = f"tambon-{next(_NUMBERS)}"
    return Ready(fields={"id": id_, "name": id_, "tier": "tambon", "area": "", "parent": centre, "was": ""})


def new_account(_: Desk, centre: str) -> Ready:
    return Ready(fields={"login": f"invited-{next(_NUMBERS)}", "name": "x", "role": "staff", "centre": centre})


def new_reply(_: Desk, __: str) -> Ready:
    return Ready(fields={"key": str(100 + next(_NUMBERS)), "version": "0", "th": "x", "en": "x"})


RECIPES: dict[str, Recipe] = {
    "/console/staff": account,
    "/console/staff/reset": account,
    "/console/staff/invite": new_account,
    "/console/centres": new_centre,
    "/console/holidays": lambda desk, centre: Ready(fields={"day": "2027-04-13", "name": "x"}),
    "/console/canned": new_reply,
    "/console/dead": stuck,
    "/console/roster/off": lambda desk, centre: Ready(fields={"staff": staff_of(centre)}),
    _A: _alert("engaged"),
    "/console/talk/{uid}": _case(),
    "/console/typing/{uid}": _case(typing="1"),
    f"{_A}/take": _alert("raised"),
    f"{_A}/reply": _alert("acknowledged", text="hello"),
    f"{_A}/again": alert_again,
    f"{_A}/spoke": _alert("acknowledged", how="phone"),
    f"{_A}/note": _alert("raised", text="x"),
    f"{_A}/release": _alert("engaged"),
    f"{_A}/resolve": _alert("engaged", outcome="answered"),
    f"{_A}/open": _alert("engaged", area="here"),
    f"{_A}/correct": _alert("engaged", severity="1", kind="sexual", reason="she says so"),
    f"{_A}/merge": alert_merge,
    _C: _case(),
    f"{_C}/reply": _case(text="hello"),
    f"{_C}/again": _under(case_again),
    f"{_C}/note": _case(text="x"),
    f"{_C}/release": _case(),
    f"{_C}/step": _case(to="triage"),
    f"{_C}/describe": _case(area="here", summary="x"),
    f"{_C}/risk": _case(risk="1", reason="he is back"),
    f"{_C}/kind": _case(kind="sexual", reason="she says so"),
    f"{_C}/assign": lambda desk, centre: _case(staff=boss_of(centre), reason="holiday")(desk, centre),
    f"{_C}/block": blockable,
    f"{_C}/restrict": _case(on="1", reason="known to all"),
    f"{_C}/hold": _case(why="legal", until="2027-02-01", reason="court"),
    f"{_C}/end-hold": held,
    f"{_C}/no-contact": _case(reached="0"),
    f"{_C}/merge": _under(case_merge),
    f"{_C}/ask-closing": ready_case(watched, outcome="safe", answer="she says yes"),
    f"{_C}/close": ready_case(asked_to_close, agree="1"),
    f"{_C}/reopen": ready_case(closed, reason="he is back", risk="2"),
    f"{_C}/person": _case(role="child", name="Noi", age="7"),
    f"{_C}/correct-person": _under(person),
    f"{_C}/assess": _case(q_weapon="yes", risk="1"),
    f"{_C}/agree-risk": _under(lower),
    f"{_C}/plan": _case(goal0="safe home", who0="her", due0="2027-01-01"),
    f"{_C}/approve-plan": _under(plan),
    f"{_C}/tick": _under(plan),
    f"{_C}/task": _case(kind="other", what="call", due="2027-01-01"),
    f"{_C}/do-task": _under(task),
    f"{_C}/safe-contact": _case(channel="line", day0="1", **{"from": "09:00", "until": "16:00"}),
    f"{_C}/refer": referable,
    f"{_C}/send-referral": _under(agreed_override),
    f"{_C}/revoke-referral": _under(lambda desk, centre, one: _of(sent(desk, centre, one), reason="moved")),
    f"{_C}/outside-answer": _under(lambda desk, centre, one: _of(sent(desk, centre, one, outside=True), to="accepted")),
    f"{_C}/second-consent": _under(override),
    f"{_C}/withdraw-consent": _under(lambda desk, centre, one: _of(consent(desk, centre, one))),
    f"{_C}/transfer": _under(transferable),
    _R: referral_received("accepted"),
    f"{_R}/answer": referral_received("accepted"),
    f"{_R}/transfer": transfer_received,
    "/console/media/{uid}/{medium}": picture,
    "/console/glass": foreign_number,
    "/console/glass/end": own_grant,
    "/console/parked": parked,
    "/console/exports": lambda desk, centre: Ready("", EXPORT | {"number": desk.case(centre).number}),
    "/console/exports/approve": export,
    "/console/exports/fetch": approved_export,
    "/console/intake": lambda desk, centre: Ready("", {"source": "phone", "severity": "3", "kind": "none", "subject": "self", "text": "x"}),
    "/console/language": lambda desk, centre: Ready("", {"language": "en", "back": "/console"}),
}
