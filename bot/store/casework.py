"""Casework for the console: every function is one action by one member of staff, inside the caller's transaction.

Errors: NotFound (missing, or not theirs to see), Conflict (somebody was first: holds both versions), Refused (`why` says what is missing).
Every change and every reading of content leaves audit lines in the same transaction; audit is a chain, so its `seq` also serves as the feed
of what happened.

Belongs here: alerts and cases. Does not: the talk (`talking.py`), records under a case (`caserecords.py`), what goes to other centres
(`passing.py`), search (`casesearch.py`), clocks (`firing.py`), decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from bot.casework import alerts, cases, clocks, scope
from bot.casework.model import (
    HIGH,
    OPEN_ALERTS,
    UNTAKEN,
    Alert,
    AlertState,
    Case,
    Holder,
    Holding,
    Staff,
    Timer,
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
from bot.store import alertnotes, conversations, duty, holding, safecontacts, timers
from bot.store import alerts as raising
from bot.store.calling import ring_alert
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
    move_records,
    read_alert,
    records,
    tell,
)
from bot.store.pushing import hold_lane, push
from bot.store.tables import alert as alert_table
from bot.store.tables import audit as audit_table
from bot.store.transcript import Line, read_chat

__all__ = ["Conflict", "NotFound", "Refused", "Registry"]


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
    safe_contacts: list[SafeContact]


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
        safecontacts.under(connection, registry, [uid]),
    )
    tell(connection, registry, actor, uid, (Event("alert read"),), now_ms)
    return view


def acknowledge(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, now_ms: int) -> Alert:
    """`actor` takes the alert; their words are expected within five minutes. The person hears who has it, where that is safe."""
    hold_lane(connection, load_alert(connection, actor, uid).chat)
    taken = move_alert(connection, registry, actor, uid, lambda one: alerts.acknowledge(one, actor, version, now_ms), now_ms)
    if registry.taken and taken.chat and taken.severity <= HIGH and safecontacts.may_write(connection, registry, taken.chat, now_ms):
        words = registry.taken(actor.name, conversations.language(connection, registry.sealer, taken.chat))
        push(connection, registry.sealer, taken.chat, registry.uid(), words, now_ms, registry.channel, urgent=True)
    return taken


def engage(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, how: str, now_ms: int) -> Alert:
    """`actor` spoke with the person by `how` (phone | visit). On LINE the first `reply` does this."""
    return move_alert(connection, registry, actor, uid, lambda one: alerts.engage(one, actor, version, how, now_ms), now_ms)


def resolve(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, outcome: str, now_ms: int) -> Alert:
    """No case is needed. The bot gets the talk back."""
    hold_lane(connection, load_alert(connection, actor, uid).chat)
    done = move_alert(connection, registry, actor, uid, lambda one: alerts.resolve(one, actor, version, outcome, now_ms), now_ms)
    give_back(connection, registry, actor, uid, done.chat, now_ms)
    return done


def correct(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    uid: str,
    version: int,
    severity: int,
    kind: str,
    reason: str,
    now_ms: int,
) -> Alert:
    """Severity and kind as the human sees them; the reason stands as a note. Made worse to high risk, it rings."""
    before = load_alert(connection, actor, uid)
    free = duty.holidays(connection)

    def change(one: Alert) -> Change[Alert]:
        return alerts.correct(one, actor, version, severity, kind, reason, now_ms, free)

    new = move_alert(connection, registry, actor, uid, change, now_ms)
    alertnotes.add_alert_note(connection, registry, actor, uid, reason, now_ms, Event("alert corrected"))
    if new.state in UNTAKEN and severity <= HIGH < before.severity:
        ring_alert(connection, registry, new, 0, now_ms)
    return new


def merge(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, into: str, now_ms: int) -> Alert:
    """The same matter as alert `into`, which from now on is as severe as the worse of the two. Two chats never become one."""
    target = load_alert(connection, actor, into, lock=True)
    merged = move_alert(connection, registry, actor, uid, lambda one: alerts.merge(one, actor, version, target, now_ms), now_ms)
    need(not merged.chat or merged.chat == target.chat, "other chat")
    if merged.severity < target.severity and target.state in OPEN_ALERTS:
        worse = alerts.worsen(target, merged.severity, merged.kind, now_ms)
        apply_alert(connection, registry, actor, target, worse, now_ms)
    return merged


def raise_by_staff(
    connection: Connection, registry: Registry, actor: Staff, source: str, severity: int, kind: str, subject: str, text: str, now_ms: int
) -> Alert:
    """A phone call, a walk-in or a web form (`source`: phone | walk_in | web) becomes an alert of the actor's centre."""
    need(source in ("phone", "walk_in", "web") and 1 <= severity <= 4, "input")
    one = Alert(registry.uid(), "", actor.centre or duty.INTAKE, severity, kind, subject, now_ms, source)
    raising.insert_alert(connection, registry.sealer, one, ("staff",), text)
    timers.apply(connection, one.uid, (), alerts.raised(one, duty.holidays(connection)).set, now_ms)
    ring_alert(connection, registry, one, 0, now_ms)
    tell(connection, registry, actor, one.uid, (Event("alert raised", {"severity": severity, "kind": kind, "source": source}),), now_ms)
    return one


def move_alert(
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
    case_uid, area = registry.uid(), area or found.area
    move_alert(connection, registry, actor, uid, lambda one: alerts.open_case(one, actor, version, case_uid, now_ms), now_ms)
    return add_case(
        connection,
        registry,
        actor,
        cases.opened(found, actor, case_uid, _number(case_uid, now_ms), now_ms, area, summary),
        now_ms,
    )


def _number(uid: str, now_ms: int) -> str:
    """Year (Buddhist era) and twelve digits that can be read out on the phone and tell nothing."""
    digits = f"{int(uid.replace('-', ''), 16) % 10**12:012}"
    return f"{clocks.local(now_ms).year + 543}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


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
        safe_contacts=safecontacts.under(connection, registry, [case.uid, *(one.uid for one in alerts_of(connection, case))]),
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
    connection: Connection,
    registry: Registry,
    actor: Staff,
    uid: str,
    version: int,
    move: Callable[[Case], Change[Case]],
    now_ms: int,
    reason: str = "",
) -> Case:
    """Do one move of `bot/casework/cases.py`, for instance `lambda case: cases.start_triage(case, actor, version, now_ms)`. A `reason`
    stays as a note beside the audit line of the move."""
    before = load_case(connection, registry, actor, uid, now_ms, lock=True)
    try:
        check_version(before.version, version)
        change = move(before)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    new = apply_case(connection, registry, actor, before, change, now_ms)
    if reason.strip():
        add_reason(connection, registry, actor, new, reason, change.events[0], now_ms)
    return new


def add_reason(connection: Connection, registry: Registry, actor: Staff, case: Case, reason: str, of: Event, now_ms: int) -> None:
    """Why something was done: texts have no place in the audit log, so it stands as a note under the case."""
    written = Note(registry.uid(), actor.id, now_ms, reason, of.what)
    add_record(connection, registry, actor, case, Change(written, ()), now_ms)


def merge_case(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, into: str, reason: str, now_ms: int
) -> Case:
    """Case `uid` goes on in case `into`, with everything that stands under it. Returns the latter."""
    target = load_case(connection, registry, actor, into, now_ms, lock=True)
    merged = move_case(
        connection, registry, actor, uid, version, lambda one: cases.merge(one, actor, version, target, reason), now_ms, reason
    )
    move_records(connection, merged, target, now_ms)
    connection.execute(update(alert_table).where(alert_table.c.case_uid == uid).values(case_uid=into))
    return apply_case(connection, registry, actor, target, cases.take_in(target, merged, now_ms), now_ms)


def add_note(connection: Connection, registry: Registry, actor: Staff, case_uid: str, text: str, now_ms: int) -> Note:
    """A note for colleagues; it is never sent."""
    need(scope.may(actor, scope.Power.WORK) and bool(text.strip()), "text")
    case = load_case(connection, registry, actor, case_uid, now_ms)
    written = Note(registry.uid(), actor.id, now_ms, text)
    return add_record(connection, registry, actor, case, Change(written, (Event("note written"),)), now_ms)


def give_back(connection: Connection, registry: Registry, actor: Staff, uid: str, chat: str, now_ms: int) -> None:
    """The bot holds the talk of alert or case `uid` again."""
    if holding.hand_over(connection, chat, Holder.BOT, "", now_ms):
        tell(connection, registry, actor, uid, (Event("talk released"),), now_ms)
