"""What staff do under a case: people, assessments, plans, tasks, consent, safe contact, referrals, transfers.

Every function loads the case as `actor` may see it, then the record under that case. Receivers of a referral or a transfer see their own
view (`received`), never the case. Errors as in `casework.py`. The case row is
locked first, so nothing under a case changes twice at once. Belongs here: these actions. Does not: decisions (`bot/casework`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.casework import cases, contact, referrals
from bot.casework import records as moves
from bot.casework.model import (
    CLOCK,
    Alert,
    Case,
    Staff,
)
from bot.casework.moves import Change, Event, Stale, need
from bot.casework.record_types import (
    Assessment,
    Consent,
    PersonInRole,
    Plan,
    PlanItem,
    Referral,
    ReferralState,
    SafeContact,
    Task,
    Transfer,
    TransferState,
)
from bot.casework.scope import Power, may
from bot.store import duty
from bot.store.case_tables import case_record
from bot.store.casefiles import (
    Conflict,
    NotFound,
    R,
    Registry,
    add_record,
    apply_case,
    apply_record,
    load_case,
    open_record,
    record,
    records,
    tell,
)
from bot.store.casework import alerts_of, move_case


def _add(connection: Connection, registry: Registry, actor: Staff, case_uid: str, make: Callable[[Case], Change[R]], now_ms: int) -> R:
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    need(may(actor, Power.WORK), "role")
    return add_record(connection, registry, actor, case, make(case), now_ms)


def _move(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    type_: type[R],
    uid: str,
    move: Callable[[R, Case], Change[R]],
    now_ms: int,
) -> R:
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    return _move_under(connection, registry, actor, case, record(connection, registry, case, type_, uid), move, now_ms)


def _move_under(
    connection: Connection, registry: Registry, actor: Staff, case: Case, before: R, move: Callable[[R, Case], Change[R]], now_ms: int
) -> R:
    try:
        change = move(before, case)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    return apply_record(connection, registry, actor, case, before, change, now_ms)


def add_person(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    role: str,
    now_ms: int,
    name: str = "",
    age: int | None = None,
    phone: str = "",
    note: str = "",
) -> PersonInRole:
    person = PersonInRole(registry.uid(), role, name, age, phone, note)
    return _add(connection, registry, actor, case_uid, lambda case: moves.add_person(person, actor), now_ms)


def assess(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    risk: int,
    form: str,
    answers: dict[str, str],
    now_ms: int,
    note: str = "",
) -> Assessment:
    """Writes an assessment; it changes no risk by itself (`cases.raise_risk`, `lower_risk`)."""
    made = Assessment(registry.uid(), actor.id, now_ms, risk, form, answers, note)
    return _add(connection, registry, actor, case_uid, lambda case: moves.assess(made, actor), now_ms)


def lower_risk(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, assessment: str, now_ms: int) -> Case:
    """Agree with an assessment somebody else made since the risk last changed."""

    def move(case: Case) -> Change[Case]:
        return cases.lower_risk(case, actor, version, record(connection, registry, case, Assessment, assessment), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def write_plan(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, items: tuple[PlanItem, ...], now_ms: int, safety: str = ""
) -> Plan:
    plan = Plan(registry.uid(), actor.id, now_ms, items, safety)
    return _add(connection, registry, actor, case_uid, lambda case: moves.write_plan(plan, actor), now_ms)


def approve_plan(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Plan:
    return _move(connection, registry, actor, case_uid, Plan, uid, lambda plan, _: moves.approve_plan(plan, actor, version), now_ms)


def tick_plan(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, item: int, done: bool, now_ms: int
) -> Plan:
    return _move(connection, registry, actor, case_uid, Plan, uid, lambda plan, _: moves.tick(plan, actor, version, item, done), now_ms)


def start_plan(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    """Assessment → plan; needs an assessment."""

    def move(case: Case) -> Change[Case]:
        return cases.start_plan(case, actor, version, records(connection, registry, case, Assessment), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def start_work(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    """Plan → active; needs an approved plan."""

    def move(case: Case) -> Change[Case]:
        return cases.start_work(case, actor, version, records(connection, registry, case, Plan), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def set_task(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, kind: str, what: str, due_ms: int, now_ms: int, owner: str = ""
) -> Task:
    def make(case: Case) -> Change[Task]:
        return moves.set_task(Task(registry.uid(), kind, what, due_ms, owner or case.owner, now_ms), actor)

    return _add(connection, registry, actor, case_uid, make, now_ms)


def do_task(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, evidence: str, now_ms: int
) -> Task:
    return _move(
        connection, registry, actor, case_uid, Task, uid, lambda task, _: moves.do_task(task, actor, version, evidence, now_ms), now_ms
    )


def agree_safe_contact(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, agreed: SafeContact, now_ms: int
) -> SafeContact:
    """A new agreement; the one before stays on file. `uid`, `by` and `at_ms` of `agreed` must be fresh (`registry.uid()`)."""
    return _add(connection, registry, actor, case_uid, lambda case: contact.agreed(agreed), now_ms)


# Closing


def request_closing(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    version: int,
    outcome: str,
    answer: str,
    now_ms: int,
) -> Case:
    """`answer`: what the person said. Without one, three tries to reach them must stand as tasks done (kind no_contact)."""

    def move(case: Case) -> Change[Case]:
        tries = moves.tries(records(connection, registry, case, Task))
        return cases.request_closing(case, actor, version, outcome, answer, tries, left_open(connection, registry, case), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def close(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    def move(case: Case) -> Change[Case]:
        return cases.close(case, actor, version, left_open(connection, registry, case), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def left_open(connection: Connection, registry: Registry, case: Case) -> cases.Open:
    """What still stands open under a case."""
    alerts: list[Alert] = alerts_of(connection, case)
    return cases.still_open(records(connection, registry, case, Task), records(connection, registry, case, Referral), alerts)


# Consent and referral


def give_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, consent: Consent, now_ms: int) -> Consent:
    """`uid`, `by` and `at_ms` of `consent` must be fresh."""
    need(consent.by == actor.id, "input")
    return _add(connection, registry, actor, case_uid, lambda case: referrals.give_consent(consent, case, actor, now_ms), now_ms)


def second_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Consent:
    return _move(connection, registry, actor, case_uid, Consent, uid, lambda consent, _: referrals.second(consent, actor, version), now_ms)


def withdraw_consent(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int
) -> Consent:
    return _move(
        connection, registry, actor, case_uid, Consent, uid, lambda consent, _: referrals.withdraw(consent, actor, version), now_ms
    )


def draft_referral(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    to: str,
    purpose: str,
    shared: dict[str, str],
    now_ms: int,
    outside: bool = False,
) -> Referral:
    """`to`: a centre of ours, or with `outside` the name of an agency. `shared`: what they will see."""
    need(outside or to in duty.centres(connection), "receiver")

    def make(case: Case) -> Change[Referral]:
        return referrals.draft(Referral(registry.uid(), actor.id, now_ms, to, purpose, case.risk, outside, shared), actor)

    return _add(connection, registry, actor, case_uid, make, now_ms)


def check_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Referral:
    def move(referral: Referral, case: Case) -> Change[Referral]:
        return referrals.check_consent(referral, actor, version, records(connection, registry, case, Consent), now_ms)

    return _move(connection, registry, actor, case_uid, Referral, uid, move, now_ms)


def send_referral(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Referral:
    """Goes to the receiver, whose people on duty are rung."""

    def move(referral: Referral, case: Case) -> Change[Referral]:
        return referrals.send(referral, actor, version, case, records(connection, registry, case, Consent), now_ms)

    sent = _move(connection, registry, actor, case_uid, Referral, uid, move, now_ms)
    if not sent.outside:
        duty.ring(connection, uid, sent.to, 0, now_ms)
    return sent


def revoke_referral(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, reason: str, now_ms: int
) -> Referral:
    return _move(
        connection, registry, actor, case_uid, Referral, uid, lambda one, _: referrals.revoke(one, actor, version, reason, now_ms), now_ms
    )


@dataclass(frozen=True, slots=True)
class Received:
    """What a receiving centre sees: the referral or transfer itself, nothing of the case."""

    referrals: list[Referral]
    transfers: list[Transfer]


def received(connection: Connection, registry: Registry, actor: Staff, now_ms: int) -> Received:
    """Sent to the centres `actor` reaches. Leaves one audit line."""
    need(may(actor, Power.SEE), "role")
    unsent = [ReferralState.DRAFT.value, ReferralState.CONSENT_CHECKED.value]
    query = select(case_record).where(case_record.c.to_centre.in_(actor.reach), case_record.c.state.not_in(unsent))
    rows = connection.execute(query.order_by(case_record.c.at_ms)).all()
    found = Received(
        [open_record(registry, Referral, row) for row in rows if row.kind == "referral"],
        [open_record(registry, Transfer, row) for row in rows if row.kind == "transfer"],
    )
    tell(connection, registry, actor, "", (Event("received read", {"records": len(rows)}),), now_ms)
    return found


def answer_referral(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    uid: str,
    version: int,
    to: ReferralState,
    text: str,
    now_ms: int,
    case_uid: str = "",
) -> Referral:
    """The receiver's answer: ACCEPTED, REJECTED (text: reason), IN_SERVICE or DONE (text: result). For an outside agency our own worker
    answers, naming `case_uid`. Raises NotFound for one that was not sent to the actor's centre."""
    case = _case_of(connection, registry, actor, uid, case_uid, now_ms)

    def move(referral: Referral, case: Case) -> Change[Referral]:
        need(to in _ANSWERS, "state")
        return _ANSWERS[to](referral, actor, version, case.uid, text, now_ms)

    return _move_under(connection, registry, actor, case, record(connection, registry, case, Referral, uid), move, now_ms)


_ANSWERS: dict[ReferralState, Callable[[Referral, Staff, int, str, str, int], Change[Referral]]] = {
    ReferralState.ACCEPTED: lambda one, actor, version, case, text, now: referrals.accept(one, actor, version, case, now),
    ReferralState.REJECTED: lambda one, actor, version, case, text, now: referrals.reject(one, actor, version, text, now),
    ReferralState.IN_SERVICE: lambda one, actor, version, case, text, now: referrals.begin(one, actor, version, case, now),
    ReferralState.DONE: lambda one, actor, version, case, text, now: referrals.finish(one, actor, version, text, now),
}


def _case_of(connection: Connection, registry: Registry, actor: Staff, uid: str, case_uid: str, now_ms: int) -> Case:
    """The case around a record: the actor's own, or that of a record sent to their centre (its content does not leave this module)."""
    if case_uid:
        return load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    unsent = [ReferralState.DRAFT.value, ReferralState.CONSENT_CHECKED.value]
    query = select(case_record.c.case_uid).where(case_record.c.uid == uid, case_record.c.to_centre.in_(actor.reach))
    found = connection.scalar(query.where(case_record.c.state.not_in(unsent)))
    if found is None or not may(actor, Power.WORK):
        raise NotFound(uid)
    case = load_case(connection, registry, CLOCK, found, now_ms, lock=True)
    if actor.id in case.blocked:
        raise NotFound(uid)
    return case


# Transfer


def transfer(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, to: str, reason: str, now_ms: int
) -> Transfer:
    """Offer the case to centre `to`; it stays ours until they accept."""
    need(to in duty.centres(connection), "receiver")
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    offered = Transfer(registry.uid(), actor.id, now_ms, case.centre, to, reason)
    moved = move_case(connection, registry, actor, case_uid, version, lambda one: cases.offer(one, actor, version, offered, now_ms), now_ms)
    duty.ring(connection, offered.uid, to, 0, now_ms)
    return add_record(connection, registry, actor, moved, referrals.propose(offered, moved, actor, now_ms), now_ms)


def answer_transfer(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, accept: bool, reason: str, now_ms: int
) -> Transfer:
    """By the receiving centre: accepted, the case is the actor's; rejected (with a reason), it goes back."""
    case = _case_of(connection, registry, actor, uid, "", now_ms)
    to = TransferState.ACCEPTED if accept else TransferState.REJECTED
    return settle_transfer(connection, registry, actor, case, uid, version, to, reason, now_ms)


def settle_transfer(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case: Case,
    uid: str,
    version: int,
    to: TransferState,
    reason: str,
    now_ms: int,
) -> Transfer:
    before = record(connection, registry, case, Transfer, uid)
    answered = _move_under(
        connection, registry, actor, case, before, lambda one, _: referrals.answer(one, actor, version, to, reason), now_ms
    )
    apply_case(connection, registry, actor, case, cases.settle_transfer(case, actor, answered, now_ms), now_ms)
    return answered
