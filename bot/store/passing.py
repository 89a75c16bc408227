"""What goes to other centres: consent, referrals, transfers; and what comes from them.

Senders act through their case. Receivers see their own view (`received`), never the case, and only while it is theirs to answer or to
serve: of what they sent back, what ran out or what was taken back they see no content. Errors as in `casework.py`.
Belongs here: these actions. Does not: decisions (`bot/casework/referrals.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, select

from bot.casework import cases, referrals
from bot.casework import records as moves
from bot.casework.model import CLOCK, Case, CaseState, Staff, TimerKind
from bot.casework.moves import Change, Event, need
from bot.casework.record_types import (
    SETTLED_REFERRALS,
    Consent,
    Referral,
    ReferralState,
    Transfer,
    TransferState,
)
from bot.casework.scope import Power, may
from bot.store import duty
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import (
    NotFound,
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
from bot.store.caserecords import add, move_record, move_under
from bot.store.casework import move_case

_UNSENT = frozenset({ReferralState.DRAFT, ReferralState.CONSENT_CHECKED})
_UNANSWERED = _UNSENT | {ReferralState.SENT}


def give_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, consent: Consent, now_ms: int) -> Consent:
    """`uid`, `by` and `at_ms` of `consent` must be fresh."""
    need(consent.by == actor.id, "input")
    return add(connection, registry, actor, case_uid, lambda case: referrals.give_consent(consent, case, actor, now_ms), now_ms)


def second_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Consent:
    return move_record(
        connection, registry, actor, case_uid, Consent, uid, lambda consent, _: referrals.second(consent, actor, version), now_ms
    )


def withdraw_consent(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int
) -> Consent:
    """The person takes it back. What nobody has accepted yet is taken back too; whoever serves already is to be told by the owner."""

    def move(consent: Consent, _: Case) -> Change[Consent]:
        return referrals.withdraw(consent, actor, version)

    gone = move_record(connection, registry, actor, case_uid, Consent, uid, move, now_ms)
    case = load_case(connection, registry, actor, case_uid, now_ms)
    for one in records(connection, registry, case, Referral):
        if one.consent == uid and one.state in _UNANSWERED:
            back = referrals.revoke(one, actor, one.version, "consent_withdrawn", now_ms)
            apply_record(connection, registry, actor, case, one, back, now_ms)
        elif one.consent == uid and one.state not in SETTLED_REFERRALS:
            _task_for_owner(connection, registry, case, "consent_withdrawn", now_ms)
    return gone


def _task_for_owner(connection: Connection, registry: Registry, case: Case, what: str, now_ms: int) -> None:
    task = replace(moves.reminder(case, TimerKind.REFERRAL_ANSWER, registry.uid(), now_ms), what=what)
    add_record(connection, registry, CLOCK, case, moves.set_task(task, CLOCK), now_ms)
    duty.ring_people(connection, case.uid, [case.owner], 0, now_ms, what)


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

    return add(connection, registry, actor, case_uid, make, now_ms)


def check_consent(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Referral:
    def move(referral: Referral, case: Case) -> Change[Referral]:
        return referrals.check_consent(referral, actor, version, records(connection, registry, case, Consent), now_ms)

    return move_record(connection, registry, actor, case_uid, Referral, uid, move, now_ms)


def send_referral(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Referral:
    """Goes to the receiver, whose people on duty are rung."""

    def move(referral: Referral, case: Case) -> Change[Referral]:
        return referrals.send(referral, actor, version, case, records(connection, registry, case, Consent), now_ms)

    sent = move_record(connection, registry, actor, case_uid, Referral, uid, move, now_ms)
    if not sent.outside:
        duty.ring(connection, uid, sent.to, 0, now_ms, "referral")
    return sent


def revoke_referral(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, reason: str, now_ms: int
) -> Referral:
    return move_record(
        connection, registry, actor, case_uid, Referral, uid, lambda one, _: referrals.revoke(one, actor, version, reason, now_ms), now_ms
    )


@dataclass(frozen=True, slots=True)
class Received:
    """What a receiving centre sees: the referrals and transfers themselves, nothing of the case. `sent`: transfers its own people sent,
    with the state in which that case is now: whoever hands over still learns how it goes."""

    referrals: list[Referral]
    transfers: list[Transfer]
    sent: list[tuple[Transfer, str, CaseState]]


def received(connection: Connection, registry: Registry, actor: Staff, now_ms: int) -> Received:
    """Sent to the centres `actor` reaches, newest first. Leaves one audit line."""
    need(may(actor, Power.SEE), "role")
    rows = connection.execute(_to_them(actor).order_by(case_record.c.at_ms.desc()).limit(300)).all()
    found = Received(
        [_shown(registry, row) for row in rows if row.kind == "referral"],
        [open_record(registry, Transfer, row) for row in rows if row.kind == "transfer"],
        _sent(connection, registry, actor),
    )
    tell(connection, registry, actor, "", (Event("received listed", {"records": len(rows)}),), now_ms)
    return found


def received_one(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> Referral | Transfer:
    """One of them, read: leaves an audit line about its case. Raises NotFound."""
    need(may(actor, Power.SEE), "role")
    row = connection.execute(_to_them(actor).where(case_record.c.uid == uid)).one_or_none()
    if row is None or actor.id in load_case(connection, registry, CLOCK, row.case_uid, now_ms).blocked:
        raise NotFound(uid)
    tell(connection, registry, actor, row.case_uid, (Event("received read", {"centre": actor.centre}),), now_ms, uid)
    return _shown(registry, row) if row.kind == "referral" else open_record(registry, Transfer, row)


def _to_them(actor: Staff) -> Select[Any]:
    unsent = [state.value for state in _UNSENT]
    return select(case_record).where(case_record.c.to_centre.in_(actor.reach), case_record.c.state.not_in(unsent))


def _shown(registry: Registry, row: Any) -> Referral:
    one = open_record(registry, Referral, row)
    over = one.state in SETTLED_REFERRALS and one.state is not ReferralState.DONE
    return replace(one, shared={}, purpose="") if over else one


def _sent(connection: Connection, registry: Registry, actor: Staff) -> list[tuple[Transfer, str, CaseState]]:
    query = select(case_record, case_file.c.number, case_file.c.state.label("case_state"))
    mine = query.join(case_file, case_file.c.uid == case_record.c.case_uid).where(case_record.c.from_centre.in_(actor.reach))
    rows = connection.execute(mine.order_by(case_record.c.at_ms.desc()).limit(100))
    return [(open_record(registry, Transfer, row), row.number, CaseState(row.case_state)) for row in rows]


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

    new = move_under(connection, registry, actor, case, record(connection, registry, case, Referral, uid), move, now_ms)
    if to is ReferralState.REJECTED:
        _task_for_owner(connection, registry, case, "referral_rejected", now_ms)
    return new


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
    row = connection.execute(_to_them(actor).where(case_record.c.uid == uid)).one_or_none()
    if row is None or not may(actor, Power.WORK):
        raise NotFound(uid)
    case = load_case(connection, registry, CLOCK, row.case_uid, now_ms, lock=True)
    if actor.id in case.blocked:
        raise NotFound(uid)
    return case


# Transfer


def transfer(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, to: str, reason: str, now_ms: int
) -> Transfer:
    """Offer the case to centre `to`, which sees kind, risk and area until it accepts; the case stays ours until then. Needs a consent to
    it on file."""
    need(to in duty.centres(connection), "receiver")
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    agreed = records(connection, registry, case, Consent)
    shared = {"kind": case.kind, "risk": str(case.risk), "area": case.area, "subject": case.subject}
    offered = Transfer(registry.uid(), actor.id, now_ms, case.centre, to, reason, shared)
    moved = move_case(connection, registry, actor, case_uid, version, lambda one: cases.offer(one, actor, version, offered, now_ms), now_ms)
    duty.ring(connection, offered.uid, to, 0, now_ms, "transfer")
    return add_record(connection, registry, actor, moved, referrals.propose(offered, moved, actor, agreed, now_ms), now_ms)


def answer_transfer(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, accept: bool, reason: str, now_ms: int
) -> Case:
    """By the receiving centre: accepted, the case is the actor's; rejected (with a reason), it goes back. Returns the case."""
    case = _case_of(connection, registry, actor, uid, "", now_ms)
    to = TransferState.ACCEPTED if accept else TransferState.REJECTED
    settle_transfer(connection, registry, actor, case, uid, version, to, reason, now_ms)
    return load_case(connection, registry, CLOCK, case.uid, now_ms)


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
    answered = move_under(
        connection, registry, actor, case, before, lambda one, _: referrals.answer(one, actor, version, to, reason), now_ms
    )
    apply_case(connection, registry, actor, case, cases.settle_transfer(case, actor, answered, now_ms), now_ms)
    if to is not TransferState.ACCEPTED:
        duty.ring_people(connection, case.uid, [case.owner], 0, now_ms, f"transfer_{to.value}")
    return answered
