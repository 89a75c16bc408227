"""The moves of a referral and of a transfer, and the consent they rest on.

Belongs here: role, version, preconditions, timers. Does not: the case around them (`cases.py`), storage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.casework import clocks
from bot.casework.model import (
    HIGH,
    Case,
    Role,
    Staff,
    Timer,
    TimerKind,
)
from bot.casework.moves import Change, Event, Refused, check_version, need, need_human, need_role, step
from bot.casework.record_types import (
    REFERRAL_MOVES,
    TRANSFER_MOVES,
    Consent,
    ConsentState,
    Referral,
    ReferralState,
    Transfer,
    TransferState,
)

_ANSWER = frozenset({TimerKind.REFERRAL_ANSWER})
_WORK = frozenset({TimerKind.REFERRAL_DONE, TimerKind.REFERRAL_STALLED})
GROUNDS = frozenset({"consent", "emergency", "override"})
#: Field of a consent to the transfer of a case with all that stands in it.
WHOLE_CASE = "case"
#: Legal grounds on which something may be passed on against the person's will.
LAWS = frozenset({"child_protection_29", "child_protection_41", "court_order", "danger_to_other", "pdpa_24_2", "pdpa_26_1"})


# Consent


def give_consent(consent: Consent, case: Case, actor: Staff, now_ms: int) -> Change[Consent]:
    """Write down what may go to whom. Emergency: only while risk is high, nobody's yes is awaited. Override: stays without effect until a
    second person agrees."""
    need_human(actor)
    need(consent.ground in GROUNDS and bool(consent.fields) and bool(consent.receiver), "consent")
    need(consent.until_ms > now_ms and not consent.second, "consent")
    need(consent.ground != "emergency" or case.risk <= HIGH, "no emergency")
    need(consent.ground != "override" or consent.law in LAWS, "law")
    return Change(consent, (Event("consent noted", {"ground": consent.ground, "law": consent.law}),), (_ends(consent, case),))


def second(consent: Consent, actor: Staff, version: int) -> Change[Consent]:
    """A second person agrees: to an override before it holds, to an emergency after the fact."""
    need_human(actor)
    check_version(consent.version, version)
    need(consent.ground in ("override", "emergency") and not consent.second and consent.state is ConsentState.GIVEN, "state")
    need(actor.id != consent.by, "second person")
    return Change(replace(consent, second=actor.id, version=version + 1), (Event(f"{consent.ground} agreed", {"law": consent.law}),))


def withdraw(consent: Consent, actor: Staff, version: int) -> Change[Consent]:
    need_human(actor)
    check_version(consent.version, version)
    need(consent.state is ConsentState.GIVEN, "state")
    new = replace(consent, state=ConsentState.WITHDRAWN, version=version + 1)
    return Change(new, (Event("consent withdrawn"),), (), frozenset({TimerKind.CONSENT_END}))


def allows(consent: Consent, referral: Referral, now_ms: int) -> bool:
    """Whether it covers this receiver, every field that goes, and now."""
    return consent.receiver == referral.to and set(referral.shared) <= set(consent.fields) and _holds(consent, now_ms)


def _holds(consent: Consent, now_ms: int) -> bool:
    given = consent.state is ConsentState.GIVEN and now_ms < consent.until_ms
    return given and (consent.ground != "override" or bool(consent.law and consent.second))


def _ends(consent: Consent, case: Case) -> Timer:
    return Timer(consent.uid, TimerKind.CONSENT_END, consent.until_ms, case=case.uid)


# Referral


def draft(referral: Referral, actor: Staff) -> Change[Referral]:
    need_human(actor)
    need(bool(referral.to) and bool(referral.purpose) and referral.state is ReferralState.DRAFT, "receiver")
    return Change(referral, (Event("referral drafted"),))


def check_consent(referral: Referral, actor: Staff, version: int, consents: Collection[Consent], now_ms: int) -> Change[Referral]:
    """Raises Refused("consent") if nothing on file covers it."""
    need_human(actor)
    ground = next((consent for consent in consents if allows(consent, referral, now_ms)), None)
    if ground is None:
        raise Refused("consent")
    new = step(referral, ReferralState.CONSENT_CHECKED, REFERRAL_MOVES, version, consent=ground.uid)
    return Change(new, (Event("referral consent checked", {"consent": ground.uid, "ground": ground.ground}),))


def send(referral: Referral, actor: Staff, version: int, case: Case, consents: Collection[Consent], now_ms: int) -> Change[Referral]:
    """Consent is looked at once more: it may have been withdrawn since."""
    need_human(actor)
    need(any(consent.uid == referral.consent and allows(consent, referral, now_ms) for consent in consents), "consent")
    new = step(referral, ReferralState.SENT, REFERRAL_MOVES, version, sent_ms=now_ms, risk=case.risk)
    return Change(new, (Event("referral sent", {"to": referral.to}),), (clocks.referral_answer(referral.uid, case.uid, case.risk, now_ms),))


def accept(referral: Referral, actor: Staff, version: int, case: str, now_ms: int) -> Change[Referral]:
    """By the receiver; for an outside agency, by our worker who was told so."""
    _need_receiver(referral, actor)
    new = step(referral, ReferralState.ACCEPTED, REFERRAL_MOVES, version, accepted_ms=now_ms, accepted_by=actor.id)
    timer = clocks.referral_done(referral.uid, case, referral.risk, now_ms)
    return Change(new, (Event("referral accepted"),), (timer,), _ANSWER)


def reject(referral: Referral, actor: Staff, version: int, reason: str, now_ms: int) -> Change[Referral]:
    """The receiver can't help, or can't go on after having accepted: it goes back with a reason."""
    _need_receiver(referral, actor)
    need(bool(reason), "reason")
    new = step(referral, ReferralState.REJECTED, REFERRAL_MOVES, version, reason=reason, settled_ms=now_ms)
    return Change(new, (Event("referral rejected", {"after": referral.state.value}),), (), _ANSWER | _WORK)


def revoke(referral: Referral, actor: Staff, version: int, reason: str, now_ms: int) -> Change[Referral]:
    """By the sender, before anybody accepted."""
    need_human(actor)
    need(bool(reason), "reason")
    new = step(referral, ReferralState.REVOKED, REFERRAL_MOVES, version, reason=reason, settled_ms=now_ms)
    return Change(new, (Event("referral revoked"),), (), _ANSWER)


def expire(referral: Referral, now_ms: int) -> Change[Referral]:
    """Nobody answered in time."""
    new = step(referral, ReferralState.EXPIRED, REFERRAL_MOVES, referral.version, settled_ms=now_ms)
    return Change(new, (Event("referral expired"),), (), _ANSWER)


def begin(referral: Referral, actor: Staff, version: int, case: str, now_ms: int) -> Change[Referral]:
    """The receiver serves the person. After a stall the clock starts again."""
    _need_receiver(referral, actor)
    new = step(referral, ReferralState.IN_SERVICE, REFERRAL_MOVES, version)
    timer = clocks.referral_done(referral.uid, case, referral.risk, now_ms)
    return Change(new, (Event("referral in service"),), (timer,), _WORK)


def finish(referral: Referral, actor: Staff, version: int, result: str, now_ms: int) -> Change[Referral]:
    _need_receiver(referral, actor)
    need(bool(result), "outcome")
    new = step(referral, ReferralState.DONE, REFERRAL_MOVES, version, result=result, settled_ms=now_ms)
    return Change(new, (Event("referral done"),), (), _WORK)


def stall(referral: Referral, case: str, now_ms: int) -> Change[Referral]:
    """Accepted, but not done in time."""
    new = step(referral, ReferralState.STALLED, REFERRAL_MOVES, referral.version)
    timer = Timer(referral.uid, TimerKind.REFERRAL_STALLED, now_ms + clocks.STALLED, case=case)
    return Change(new, (Event("referral stalled"),), (timer,), _WORK)


def escalate(referral: Referral, now_ms: int) -> Change[Referral]:
    """Still stalled: to the supervisors."""
    new = step(referral, ReferralState.ESCALATED, REFERRAL_MOVES, referral.version)
    return Change(new, (Event("referral escalated"),), (), _WORK)


def _need_receiver(referral: Referral, actor: Staff) -> None:
    need_human(actor)
    need(referral.outside or referral.to in actor.reach, "receiver")


def pending(referral: Referral) -> frozenset[TimerKind]:
    """The timers that must be running for a referral in this state."""
    return _PENDING.get(referral.state, frozenset())


_PENDING: Mapping[ReferralState, frozenset[TimerKind]] = {
    ReferralState.SENT: _ANSWER,
    ReferralState.ACCEPTED: frozenset({TimerKind.REFERRAL_DONE}),
    ReferralState.IN_SERVICE: frozenset({TimerKind.REFERRAL_DONE}),
    ReferralState.STALLED: frozenset({TimerKind.REFERRAL_STALLED}),
}


# Transfer


def propose(transfer: Transfer, case: Case, actor: Staff, consents: Collection[Consent], now_ms: int) -> Change[Transfer]:
    """Offer a case to another centre; without an answer within a day it comes back. Needs a consent for the whole case."""
    need_human(actor)
    need(any(one.receiver == transfer.to and WHOLE_CASE in one.fields and _holds(one, now_ms) for one in consents), "consent")
    timer = Timer(transfer.uid, TimerKind.TRANSFER_ANSWER, now_ms + clocks.TRANSFER_ANSWER, case=case.uid)
    return Change(transfer, (Event("transfer proposed", {"to": transfer.to}),), (timer,))


def answer(transfer: Transfer, actor: Staff, version: int, to: TransferState, reason: str) -> Change[Transfer]:
    """Accepted or rejected (with a reason) by the receiving centre; expired by the clock."""
    need_role(actor, Role.STAFF, Role.SUPERVISOR, Role.SYSTEM)
    need((to is TransferState.EXPIRED) == (actor.role is Role.SYSTEM), "role")
    need(actor.role is Role.SYSTEM or transfer.to in actor.reach, "receiver")
    need(to is not TransferState.REJECTED or bool(reason), "reason")
    new = step(transfer, to, TRANSFER_MOVES, version, answered_by=actor.id, answer=reason)
    return Change(new, (Event(f"transfer {to}"),), (), frozenset({TimerKind.TRANSFER_ANSWER}))
