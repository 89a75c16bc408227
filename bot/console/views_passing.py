"""What goes to other centres and what comes from them: consent, referrals and transfers on the page of the case; the page of what was
received, where the other centre accepts, serves, finishes or sends back.

Belongs here: these forms and pages. Does not: who may see what (`bot/store/passing.py`), decisions (`bot/casework/referrals.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from bot.casework import clocks
from bot.casework.model import Role
from bot.casework.moves import Refused, need
from bot.casework.record_types import Consent, Referral, ReferralState, Transfer, TransferState
from bot.casework.referrals import WHOLE_CASE
from bot.console.pages import READERS, WORKERS, Page, Visit
from bot.console.views_alert import names
from bot.console.views_case import CASE, back, show_case
from bot.store import duty, passing
from bot.store.casefiles import Conflict

_GROUNDS = ("consent", "emergency", "override")
_HOLDS = 30 * clocks.DAY  # a consent without another date

# On the page of the case


def _consent(visit: Visit, receiver: str, fields: tuple[str, ...]) -> Consent:
    ground = visit.text("ground", 20)
    need(ground in _GROUNDS and bool(visit.text("how", 200)), "consent")
    law = visit.text("law", 40) if ground == "override" else ""
    ends, who = visit.now_ms + _HOLDS, visit.staff.id
    purpose, how = visit.text("purpose", 300), visit.text("how", 200)
    return Consent(visit.registry.uid(), who, visit.now_ms, purpose, receiver, fields, how, ends, ground, law)


def refer(visit: Visit) -> Response:
    """Consent noted, referral written, checked and sent: one form, one transaction. An override waits for the second person."""
    to = visit.text("to", 200)
    outside = to not in duty.centres(visit.connection)
    shared = {"summary": visit.text("shared", 2000), "contact": visit.text("contact", 300)}
    shared = {key: value for key, value in shared.items() if value}
    consent, uid = _consent(visit, to, tuple(shared)), visit.of("uid")
    passing.give_consent(*visit.here, uid, consent, visit.now_ms)
    made = passing.draft_referral(*visit.here, uid, to, consent.purpose, shared, visit.now_ms, outside)
    if consent.ground != "override":
        checked = passing.check_consent(*visit.here, uid, made.uid, made.version, visit.now_ms)
        passing.send_referral(*visit.here, uid, checked.uid, checked.version, visit.now_ms)
    return back(visit, "#referrals")


def send_referral(visit: Visit) -> Response:
    """A referral that waited for the second person."""
    record, uid = visit.text("record", 60), visit.of("uid")
    checked = passing.check_consent(*visit.here, uid, record, visit.number("version"), visit.now_ms)
    passing.send_referral(*visit.here, uid, record, checked.version, visit.now_ms)
    return back(visit, "#referrals")


def revoke_referral(visit: Visit) -> Response:
    record, version, reason = visit.text("record", 60), visit.number("version"), visit.text("reason", 500)
    passing.revoke_referral(*visit.here, visit.of("uid"), record, version, reason, visit.now_ms)
    return back(visit, "#referrals")


def outside_answer(visit: Visit) -> Response:
    """What an agency outside told us by phone or letter."""
    to, text = _state(visit), visit.text("text", 1000)
    record, version = visit.text("record", 60), visit.number("version")
    passing.answer_referral(*visit.here, record, version, to, text, visit.now_ms, visit.of("uid"))
    return back(visit, "#referrals")


def _state(visit: Visit) -> ReferralState:
    try:
        return ReferralState(visit.text("to", 20))
    except ValueError:
        raise Refused("input") from None


def second_consent(visit: Visit) -> Response:
    passing.second_consent(*visit.here, visit.of("uid"), visit.text("record", 60), visit.number("version"), visit.now_ms)
    return back(visit, "#consents")


def withdraw_consent(visit: Visit) -> Response:
    passing.withdraw_consent(*visit.here, visit.of("uid"), visit.text("record", 60), visit.number("version"), visit.now_ms)
    return back(visit, "#consents")


def transfer(visit: Visit) -> Response:
    """The whole case to another centre. An override waits for the second person: then the same form again."""
    to, uid = visit.text("to", 60), visit.of("uid")
    if visit.text("ground", 20):
        passing.give_consent(*visit.here, uid, _consent(visit, to, (WHOLE_CASE,)), visit.now_ms)
    if visit.text("ground", 20) == "override":
        return back(visit, "#consents")
    passing.transfer(*visit.here, uid, visit.number("version"), to, visit.text("purpose", 300), visit.now_ms)
    return back(visit, "#transfer")


# What was received


def received_page(visit: Visit) -> Response:
    found = passing.received(*visit.here, visit.now_ms)
    return visit.show("received.html", found=found, centres=duty.centres(visit.connection), names=names(visit))


def received_one(visit: Visit) -> Response:
    return _one(visit, None)


def _one(visit: Visit, conflict: Conflict | None) -> Response:
    one = passing.received_one(*visit.here, visit.of("uid"), visit.now_ms)
    sender = duty.names_of(visit.connection, visit.console.store.sealer, [one.by])
    return visit.show(
        "received_one.html",
        one=one,
        is_referral=isinstance(one, Referral),
        centres=duty.centres(visit.connection),
        names=names(visit) | sender,
        works=visit.staff.role in WORKERS,
        pending=isinstance(one, Transfer) and one.state is TransferState.PENDING,
        supervises=visit.staff.role is Role.SUPERVISOR,
        conflict=conflict is not None,
    )


def answer(visit: Visit) -> Response:
    """Accepted, in service, done with a result, or back with a reason."""
    uid, version, text = visit.of("uid"), visit.number("version"), visit.text("text", 1000)
    passing.answer_referral(*visit.here, uid, version, _state(visit), text, visit.now_ms)
    return visit.go(f"/console/received/{uid}")


def answer_transfer(visit: Visit) -> Response:
    uid, version, accept = visit.of("uid"), visit.number("version"), visit.text("accept", 1) == "1"
    case = passing.answer_transfer(*visit.here, uid, version, accept, visit.text("text", 1000), visit.now_ms)
    return visit.go(f"/console/case/{case.uid}" if accept else "/console/received")


_FORMS = {
    "refer": refer,
    "send-referral": send_referral,
    "revoke-referral": revoke_referral,
    "outside-answer": outside_answer,
    "second-consent": second_consent,
    "withdraw-consent": withdraw_consent,
    "transfer": transfer,
}
_ONE = "/console/received/{uid}"
PAGES = (
    *(Page("POST", f"{CASE}/{name}", WORKERS, form, show_case) for name, form in _FORMS.items()),
    Page("GET", "/console/received", READERS, received_page),
    Page("GET", _ONE, READERS, received_one),
    Page("POST", f"{_ONE}/answer", WORKERS, answer, _one),
    Page("POST", f"{_ONE}/transfer", WORKERS, answer_transfer, _one),
)
