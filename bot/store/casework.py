"""Casework for the console: every function is one action by one member of staff, inside the caller's transaction.

Errors: NotFound (missing, or not theirs to see), Conflict (somebody was first: holds both versions), Refused (`why` says what is missing).
Every change and every reading of content leaves audit lines in the same transaction; audit is a chain, so its `seq` also serves as the feed
of what happened. Records under a case: `caserecords.py`. Clocks: `firing.py`. Belongs here: alerts, cases, talk. Does not: decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from bot.casework import alerts, cases, clocks, contact, scope
from bot.casework.model import (
    HIGH,
    OPEN_ALERTS,
    Alert,
    AlertState,
    Case,
    CaseState,
    Grant,
    Holder,
    Holding,
    Staff,
    Timer,
    TimerKind,
)
from bot.casework.moves import Change, Event, Refused, Stale, check_version, need
from bot.casework.queue import Waiting, next_up, order
from bot.casework.record_types import (
    Assessment,
    Consent,
    Note,
    PersonInRole,
    Plan,
    Referral,
    SafeContact,
    Task,
    Transfer,
)
from bot.store import alerts as raising
from bot.store import duty, holding, timers
from bot.store.case_tables import access_grant, case_file
from bot.store.casefiles import (
    Conflict,
    NotFound,
    Registry,
    add_case,
    add_record,
    apply_alert,
    apply_case,
    load_alert,
    load_case,
    open_case_row,
    read_alert,
    records,
    tell,
)
from bot.store.pushing import hold_lane, push
from bot.store.tables import OutboxState, outbox
from bot.store.tables import alert as alert_table
from bot.store.tables import audit as audit_table
from bot.store.transcript import Line, read_chat

__all__ = ["Conflict", "NotFound", "Refused", "Registry"]

_LINE_TEXT = 5000  # UTF-16 units LINE takes in one text
GRANT = "access_grant.sealed"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    seq: int
    at_ms: int
    actor: str
    what: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlertView:
    """`text`: what was said (None: erased). `joined`: texts of alarms that merged into it."""

    alert: Alert
    text: str | None
    joined: list[str]
    transcript: list[Line]
    timers: list[Timer]
    timeline: list[TimelineEntry]
    holder: Holding


@dataclass(frozen=True, slots=True)
class CaseView:
    case: Case
    alerts: list[Alert]
    people: list[PersonInRole]
    assessments: list[Assessment]
    plans: list[Plan]
    consents: list[Consent]
    referrals: list[Referral]
    transfers: list[Transfer]
    notes: list[Note]
    tasks: list[Task]
    safe_contacts: list[SafeContact]
    transcript: list[Line]
    timers: list[Timer]
    timeline: list[TimelineEntry]
    holder: Holding
    stretches: list[Holding]


# The queue


def queue(connection: Connection, actor: Staff, now_ms: int) -> list[Waiting]:
    """Open alerts `actor` may see, in the order of help. Holds no text, so reading it leaves no audit line."""
    query = select(alert_table).where(alert_table.c.state.in_([state.value for state in OPEN_ALERTS]))
    within = alert_table.c.centre.in_(actor.reach) | alert_table.c.upper.in_(actor.reach)
    seen = [one for one in map(read_alert, connection.execute(query.where(within))) if scope.sees_alert(actor, one)]
    due = timers.next_due(connection, [one.uid for one in seen])
    return order(Waiting(one, due.get(one.uid)) for one in seen)


def take_next(connection: Connection, registry: Registry, actor: Staff, now_ms: int) -> Alert | None:
    """Take whoever is to be helped next; None if nobody waits."""
    chosen = next_up(queue(connection, actor, now_ms))
    return acknowledge(connection, registry, actor, chosen.alert.uid, chosen.alert.version, now_ms) if chosen else None


# Alerts


def alert_view(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> AlertView:
    found = load_alert(connection, actor, uid)
    view = AlertView(
        found,
        raising.text_of(connection, registry.sealer, uid),
        raising.texts_joined(connection, registry.sealer, uid),
        read_chat(connection, registry.sealer, found.chat) if found.chat else [],
        timers.pending(connection, uid),
        timeline(connection, uid),
        holding.holder_of(connection, found.chat),
    )
    tell(connection, registry, actor, uid, (Event("alert read"),), now_ms)
    return view


def acknowledge(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, now_ms: int) -> Alert:
    """`actor` takes the alert; their words are expected within five minutes."""
    return _move_alert(connection, registry, actor, uid, lambda one: alerts.acknowledge(one, actor, version, now_ms), now_ms)


def engage(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, how: str, now_ms: int) -> Alert:
    """`actor` spoke with the person by `how` (phone | visit). On LINE the first `reply` does this."""
    return _move_alert(connection, registry, actor, uid, lambda one: alerts.engage(one, actor, version, how, now_ms), now_ms)


def resolve(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, outcome: str, now_ms: int) -> Alert:
    """No case is needed. The bot gets the talk back."""
    hold_lane(connection, load_alert(connection, actor, uid).chat)
    done = _move_alert(connection, registry, actor, uid, lambda one: alerts.resolve(one, actor, version, outcome, now_ms), now_ms)
    _give_back(connection, registry, actor, uid, done.chat, now_ms)
    return done


def merge(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, into: str, now_ms: int) -> Alert:
    """The same matter as alert `into`."""
    target = load_alert(connection, actor, into)
    return _move_alert(connection, registry, actor, uid, lambda one: alerts.merge(one, actor, version, target, now_ms), now_ms)


def raise_by_staff(
    connection: Connection, registry: Registry, actor: Staff, source: str, severity: int, kind: str, subject: str, text: str, now_ms: int
) -> Alert:
    """A phone call, a walk-in or a web form (`source`: phone | walk_in | web) becomes an alert of the actor's centre."""
    need(source in ("phone", "walk_in", "web") and 1 <= severity <= 4, "input")
    one = Alert(registry.uid(), "", actor.centre or duty.INTAKE, severity, kind, subject, now_ms, source)
    raising.insert_alert(connection, registry.sealer, one, ("staff",), text)
    timers.apply(connection, one.uid, (), alerts.raised(one, duty.holidays(connection)).set, now_ms)
    duty.ring(connection, one.uid, one.centre, 0, now_ms)
    tell(connection, registry, actor, one.uid, (Event("alert raised", {"severity": severity, "kind": kind, "source": source}),), now_ms)
    return one


def _move_alert(
    connection: Connection, registry: Registry, actor: Staff, uid: str, move: Callable[[Alert], Change[Alert]], now_ms: int
) -> Alert:
    before = load_alert(connection, actor, uid, lock=True)
    try:
        change = move(before)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    return apply_alert(connection, registry, actor, before, change, now_ms)


# Cases


def open_case(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, now_ms: int, area: str = "", summary: str = ""
) -> Case:
    """A case from the alert `uid`, which `actor` has taken. Raises Refused("state") for an alert nobody took."""
    found = load_alert(connection, actor, uid, lock=True)
    if found.state is AlertState.ACKNOWLEDGED:  # they spoke by phone or face to face
        found = engage(connection, registry, actor, uid, version, "phone", now_ms)
        version = found.version
    case_uid = registry.uid()
    _move_alert(connection, registry, actor, uid, lambda one: alerts.open_case(one, actor, version, case_uid, now_ms), now_ms)
    return add_case(
        connection, registry, actor, cases.opened(found, actor, case_uid, _number(case_uid, now_ms), now_ms, area, summary), now_ms
    )


def _number(uid: str, now_ms: int) -> str:
    """Year (Buddhist era) and twelve digits that can be read out on the phone and tell nothing."""
    digits = f"{int(uid.replace('-', ''), 16) % 10**12:012}"
    return f"{clocks.local(now_ms).year + 543}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def list_cases(connection: Connection, registry: Registry, actor: Staff, now_ms: int, closed: bool = False, limit: int = 500) -> list[Case]:
    """Cases of the centres `actor` reaches and those granted to them, highest risk first, then oldest. Leaves one audit line."""
    granted = [grant.case for grant in actor.grants if now_ms < grant.until_ms]
    query = select(case_file.c.uid, case_file.c.sealed).where(case_file.c.centre.in_(actor.reach) | case_file.c.uid.in_(granted))
    state = case_file.c.state == CaseState.CLOSED.value
    rows = connection.execute(query.where(state if closed else ~state).order_by(case_file.c.risk, case_file.c.opened_ms).limit(limit))
    found = [one for one in (open_case_row(registry, row) for row in rows) if scope.sees_case(actor, one, now_ms)]
    tell(connection, registry, actor, "", (Event("cases listed", {"cases": len(found)}),), now_ms)
    return found


def case_view(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> CaseView:
    """Everything about one case."""
    case = load_case(connection, registry, actor, uid, now_ms)

    under = partial(records, connection, registry, case)
    view = CaseView(
        case=case,
        alerts=alerts_of(connection, case),
        people=under(PersonInRole),
        assessments=under(Assessment),
        plans=under(Plan),
        consents=under(Consent),
        referrals=under(Referral),
        transfers=under(Transfer),
        notes=under(Note),
        tasks=under(Task),
        safe_contacts=under(SafeContact),
        transcript=read_chat(connection, registry.sealer, case.chat) if case.chat else [],
        timers=timers.pending_of_case(connection, uid),
        timeline=timeline(connection, uid),
        holder=holding.holder_of(connection, case.chat),
        stretches=holding.stretches(connection, case.chat) if case.chat else [],
    )
    tell(connection, registry, actor, uid, (Event("case read"),), now_ms)
    return view


def alerts_of(connection: Connection, case: Case) -> list[Alert]:
    """The alert a case came from and all later ones of its chat."""
    same = alert_table.c.case_uid == case.uid
    query = select(alert_table).where(same | (alert_table.c.chat == case.chat) if case.chat else same)
    return [read_alert(row) for row in connection.execute(query.order_by(alert_table.c.at_ms))]


def timeline(connection: Connection, subject: str) -> list[TimelineEntry]:
    """The audit lines about an alert or a case, oldest first."""
    rows = connection.execute(select(audit_table).where(audit_table.c.subject == subject).order_by(audit_table.c.seq))
    return [TimelineEntry(row.seq, row.at_ms, row.actor, row.what, orjson.loads(row.data)) for row in rows]


def move_case(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, move: Callable[[Case], Change[Case]], now_ms: int
) -> Case:
    """Do one move of `bot/casework/cases.py`, for instance `lambda case: cases.start_triage(case, actor, version, now_ms)`."""
    before = load_case(connection, registry, actor, uid, now_ms, lock=True)
    try:
        check_version(before.version, version)
        change = move(before)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    return apply_case(connection, registry, actor, before, change, now_ms)


def add_note(connection: Connection, registry: Registry, actor: Staff, case_uid: str, text: str, now_ms: int) -> Note:
    """A note for colleagues; it is never sent."""
    need(scope.may(actor, scope.Power.WORK) and bool(text.strip()), "text")
    case = load_case(connection, registry, actor, case_uid, now_ms)
    written = Note(registry.uid(), actor.id, now_ms, text)
    return add_record(connection, registry, actor, case, Change(written, (Event("note written"),)), now_ms)


def break_glass(connection: Connection, registry: Registry, actor: Staff, number: str, reason: str, now_ms: int) -> Grant:
    """See the case with this number for 60 minutes, with a reason; its owner and the supervisors on duty are rung. Raises NotFound."""
    need(scope.may(actor, scope.Power.WORK) and bool(reason.strip()), "reason")
    row = connection.execute(select(case_file.c.uid, case_file.c.sealed).where(case_file.c.number == number)).one_or_none()
    case = None if row is None else open_case_row(registry, row)
    if case is None or actor.id in case.blocked:
        raise NotFound(number)
    grant, uid = Grant(case.uid, now_ms + clocks.BREAK_GLASS), registry.uid()
    sealed = registry.sealer.seal(GRANT, uid, reason.encode())
    connection.execute(
        insert(access_grant).values(uid=uid, staff=actor.id, case_uid=case.uid, at_ms=now_ms, until_ms=grant.until_ms, sealed=sealed)
    )
    timers.apply(connection, uid, (), (Timer(uid, TimerKind.BREAK_GLASS, grant.until_ms, case=case.uid),), now_ms)
    duty.ring_people(connection, case.uid, [case.owner], 0, now_ms)
    duty.ring(connection, case.uid, case.centre, 2, now_ms)
    tell(connection, registry, actor, case.uid, (Event("glass broken", {"grant": uid, "until_ms": grant.until_ms}),), now_ms)
    return grant


# The talk


def reply_to_alert(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, text: str, now_ms: int) -> str:
    """Write to the person who raised alert `uid`; returns the uid of the message (see `delivery`). The talk is the human's from now on.

    Raises Refused: "text" (empty or too long), "unreachable" (no LINE chat, or blocked), "not safe now" (safe contact says so).
    """
    hold_lane(connection, load_alert(connection, actor, uid).chat)
    before = load_alert(connection, actor, uid, lock=True)
    if before.state is AlertState.ACKNOWLEDGED:
        engage(connection, registry, actor, uid, version, "line", now_ms)
    else:
        need(before.state is AlertState.ENGAGED, "state")
        need(actor.id == before.taken_by or scope.may(actor, scope.Power.ASSIGN), "not yours")
        spoken = Change(replace(before, version=version + 1), (Event("alert reply"),))
        _move_alert(connection, registry, actor, uid, lambda one: _checked(one, version, spoken), now_ms)
    return _send(connection, registry, actor, before.chat, text, before.severity <= HIGH, now_ms)


def _checked(one: Alert, version: int, change: Change[Alert]) -> Change[Alert]:
    check_version(one.version, version)
    return change


def reply(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, text: str, now_ms: int) -> str:
    """Write to the person of a case; otherwise as `reply_to_alert`. `version` is the one the writer saw: who was second gets Conflict."""
    case = load_case(connection, registry, actor, case_uid, now_ms)
    hold_lane(connection, case.chat)
    safe = contact.latest(records(connection, registry, case, SafeContact))
    need(safe is None or contact.may_write(safe, now_ms), "not safe now")
    move_case(connection, registry, actor, case_uid, version, lambda one: cases.spoke(one, actor, version), now_ms)
    return _send(connection, registry, actor, case.chat, text, case.risk <= HIGH, now_ms)


def _send(connection: Connection, registry: Registry, actor: Staff, chat: str, text: str, urgent: bool, now_ms: int) -> str:
    need(len(text.strip()) > 0 and len(text.encode("utf-16-le")) // 2 <= _LINE_TEXT, "text")
    uid, body = registry.uid(), orjson.dumps([{"type": "text", "text": text}])
    sent = bool(chat) and push(connection, registry.sealer, chat, uid, body, now_ms, registry.channel, urgent)
    need(sent, "unreachable")
    holding.hand_over(connection, chat, Holder.HUMAN, actor.id, now_ms)
    return uid


def delivery(connection: Connection, message: str) -> OutboxState | None:
    """What became of a message; None if it is gone (erased)."""
    state = connection.scalar(select(outbox.c.state).where(outbox.c.uid == message))
    return None if state is None else OutboxState(state)


def release_to_bot(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> None:
    """Give the talk of alert or case `uid` back to the bot."""
    need(scope.may(actor, scope.Power.WORK), "role")
    try:
        chat = load_alert(connection, actor, uid).chat
    except NotFound:
        chat = load_case(connection, registry, actor, uid, now_ms).chat
    hold_lane(connection, chat)
    _give_back(connection, registry, actor, uid, chat, now_ms)


def _give_back(connection: Connection, registry: Registry, actor: Staff, uid: str, chat: str, now_ms: int) -> None:
    if holding.hand_over(connection, chat, Holder.BOT, "", now_ms):
        tell(connection, registry, actor, uid, (Event("talk released"),), now_ms)
