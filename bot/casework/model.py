"""The words of casework: what an alert, a case and everything under a case are, and which states they may be in.

Times are whole milliseconds since 1970 (UTC). `version` goes up by one with every change. Risk and severity: 1 life in danger now,
2 within a day, 3 lasting, 4 low. Belongs here: data and the tables of allowed moves. Does not: the moves (`alerts.py`, `cases.py`, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HIGH = 2  # severities up to this one are high risk


class Role(StrEnum):
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SYSTEM = "system"  # clocks; never closes anything


class Tier(StrEnum):
    TAMBON = "tambon"
    LOCAL = "local"
    PROVINCE = "province"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Centre:
    """`area`: what it covers (province or tambon name); `parent`: the centre one tier up, empty at the top."""

    id: str
    name: str
    tier: Tier
    area: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """Break-glass: this case may be read and worked on until then."""

    case: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts. `reach`: own centre, and for supervisors and auditors those below it."""

    id: str
    centre: str
    role: Role
    name: str = ""
    reach: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()

    @property
    def actor(self) -> str:
        """As the audit log names them."""
        return self.id if self.role is Role.SYSTEM else f"staff:{self.id}"


CLOCK = Staff("system:clock", "", Role.SYSTEM)


class AlertState(StrEnum):
    RAISED = "raised"
    ESCALATED = "escalated"  # `rung` says how far
    ACKNOWLEDGED = "acknowledged"
    ENGAGED = "engaged"
    CASE_OPENED = "case_opened"
    RESOLVED = "resolved"  # no case was needed
    MERGED = "merged"


_TAKEN_ENDS = frozenset({AlertState.CASE_OPENED, AlertState.RESOLVED, AlertState.MERGED})
#: acknowledged → escalated: whoever took it stays silent.
ALERT_MOVES: Mapping[AlertState, frozenset[AlertState]] = {
    AlertState.RAISED: frozenset({AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
    AlertState.ESCALATED: frozenset({AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.ENGAGED, AlertState.ESCALATED}),
    AlertState.ENGAGED: _TAKEN_ENDS,
    AlertState.CASE_OPENED: frozenset(),
    AlertState.RESOLVED: frozenset(),
    AlertState.MERGED: frozenset(),
}
UNTAKEN = frozenset({AlertState.RAISED, AlertState.ESCALATED})
OPEN_ALERTS = UNTAKEN | {AlertState.ACKNOWLEDGED, AlertState.ENGAGED}


@dataclass(frozen=True, slots=True)
class Alert:
    """`upper`: the centre one tier up, once it may take the alert too. `source`: line | phone | walk_in | web."""

    uid: str
    chat: str
    centre: str
    severity: int
    kind: str
    subject: str
    raised_ms: int
    source: str = "line"
    level: str = "raise"
    state: AlertState = AlertState.RAISED
    rung: int = 0
    upper: str = ""
    taken_by: str = ""
    taken_ms: int = 0
    engaged_ms: int = 0
    closed_ms: int = 0
    closed_by: str = ""
    outcome: str = ""
    case: str = ""
    merged_into: str = ""
    version: int = 1


class CaseState(StrEnum):
    INTAKE = "intake"
    TRIAGE = "triage"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    ACTIVE = "active"
    MONITORING = "monitoring"
    CLOSURE_REQUESTED = "closure_requested"
    CLOSED = "closed"
    REOPENED = "reopened"
    TRANSFER_PENDING = "transfer_pending"
    ON_HOLD = "on_hold"


WORKING = frozenset(
    {CaseState.INTAKE, CaseState.TRIAGE, CaseState.ASSESSMENT, CaseState.PLAN, CaseState.ACTIVE, CaseState.MONITORING, CaseState.REOPENED}
)
_ASIDE = frozenset({CaseState.TRANSFER_PENDING, CaseState.ON_HOLD})
CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.INTAKE: _ASIDE | {CaseState.TRIAGE},
    CaseState.TRIAGE: _ASIDE | {CaseState.ASSESSMENT},
    CaseState.ASSESSMENT: _ASIDE | {CaseState.PLAN},
    CaseState.PLAN: _ASIDE | {CaseState.ACTIVE},
    CaseState.ACTIVE: _ASIDE | {CaseState.MONITORING},
    CaseState.MONITORING: _ASIDE | {CaseState.ACTIVE, CaseState.CLOSURE_REQUESTED},
    CaseState.CLOSURE_REQUESTED: frozenset({CaseState.CLOSED, CaseState.MONITORING}),
    CaseState.CLOSED: frozenset({CaseState.REOPENED}),
    CaseState.REOPENED: _ASIDE | {CaseState.TRIAGE},
    CaseState.TRANSFER_PENDING: WORKING,
    CaseState.ON_HOLD: WORKING,
}


@dataclass(frozen=True, slots=True)
class Case:
    """`before`: the state to come back to from hold or transfer. `answer`: what the person said about closing; `tries`: documented tries to
    reach them. `blocked`: staff with a conflict of interest, who see nothing."""

    uid: str
    number: str
    chat: str
    centre: str
    owner: str
    risk: int
    kind: str
    subject: str
    opened_ms: int
    state: CaseState = CaseState.INTAKE
    before: CaseState | None = None
    area: str = ""
    alert: str = ""
    summary: str = ""
    risk_ms: int = 0
    hold_until_ms: int = 0
    outcome: str = ""
    answer: str = ""
    tries: int = 0
    closing_by: str = ""
    closed_ms: int = 0
    closed_by: str = ""
    reopened: int = 0
    transferred: bool = False
    restricted: bool = False
    blocked: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class PersonInRole:
    """`role`: victim | child | reporter | alleged_abuser | relative | other. Kept apart: a reporter is not the victim."""

    uid: str
    role: str
    name: str = ""
    age: int | None = None
    phone: str = ""
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Assessment:
    """A risk assessment; `form` names the form and its version."""

    uid: str
    by: str
    at_ms: int
    risk: int
    form: str
    answers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class PlanItem:
    goal: str
    who: str
    due_ms: int
    done: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`safety`: what the person will do when danger comes. `approver` is never the author."""

    uid: str
    author: str
    at_ms: int
    items: tuple[PlanItem, ...]
    safety: str = ""
    approver: str = ""
    version: int = 1


class ConsentState(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """What may go to whom. `ground`: `consent`, or `emergency` (life in danger), or an override: then `law` names the legal ground and
    `second` the other person who agreed."""

    uid: str
    by: str
    at_ms: int
    purpose: str
    receiver: str
    fields: tuple[str, ...]
    how: str
    until_ms: int
    ground: str = "consent"  # consent | emergency | override
    law: str = ""
    second: str = ""
    state: ConsentState = ConsentState.GIVEN
    version: int = 1


class ReferralState(StrEnum):
    DRAFT = "draft"
    CONSENT_CHECKED = "consent_checked"
    SENT = "sent"
    ACCEPTED = "accepted"
    IN_SERVICE = "in_service"
    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STALLED = "stalled"
    ESCALATED = "escalated"


REFERRAL_MOVES: Mapping[ReferralState, frozenset[ReferralState]] = {
    ReferralState.DRAFT: frozenset({ReferralState.CONSENT_CHECKED, ReferralState.REVOKED}),
    ReferralState.CONSENT_CHECKED: frozenset({ReferralState.SENT, ReferralState.REVOKED}),
    ReferralState.SENT: frozenset({ReferralState.ACCEPTED, ReferralState.REJECTED, ReferralState.EXPIRED, ReferralState.REVOKED}),
    ReferralState.ACCEPTED: frozenset({ReferralState.IN_SERVICE, ReferralState.STALLED}),
    ReferralState.IN_SERVICE: frozenset({ReferralState.DONE, ReferralState.STALLED}),
    ReferralState.STALLED: frozenset({ReferralState.ESCALATED, ReferralState.IN_SERVICE}),
    ReferralState.ESCALATED: frozenset({ReferralState.IN_SERVICE, ReferralState.DONE}),
    ReferralState.DONE: frozenset(),
    ReferralState.REJECTED: frozenset(),
    ReferralState.EXPIRED: frozenset(),
    ReferralState.REVOKED: frozenset(),
}
SETTLED_REFERRALS = frozenset(state for state, to in REFERRAL_MOVES.items() if not to)


@dataclass(frozen=True, slots=True)
class Referral:
    """`to`: a centre of ours, or the name of an outside agency (`outside`). `shared`: the frozen copy of what was passed on."""

    uid: str
    by: str
    at_ms: int
    to: str
    purpose: str
    risk: int
    outside: bool = False
    shared: Mapping[str, str] = field(default_factory=dict)
    consent: str = ""
    reason: str = ""
    result: str = ""
    sent_ms: int = 0
    accepted_ms: int = 0
    accepted_by: str = ""
    settled_ms: int = 0
    state: ReferralState = ReferralState.DRAFT
    version: int = 1


class TransferState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


TRANSFER_MOVES: Mapping[TransferState, frozenset[TransferState]] = {
    TransferState.PENDING: frozenset({TransferState.ACCEPTED, TransferState.REJECTED, TransferState.EXPIRED}),
    TransferState.ACCEPTED: frozenset(),
    TransferState.REJECTED: frozenset(),
    TransferState.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Transfer:
    uid: str
    by: str
    at_ms: int
    from_centre: str
    to: str
    reason: str
    state: TransferState = TransferState.PENDING
    answered_by: str = ""
    answer: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """For colleagues; there is no way to send one."""

    uid: str
    by: str
    at_ms: int
    text: str
    version: int = 1


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Task:
    """`kind`: follow_up | legal | referral | no_contact | review | other."""

    uid: str
    kind: str
    what: str
    due_ms: int
    owner: str
    at_ms: int
    state: TaskState = TaskState.OPEN
    done_by: str = ""
    done_ms: int = 0
    evidence: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class SafeContact:
    """How the person may be reached. `from_minute`/`until_minute`: of the day in Thailand; `weekdays`: 0 Monday … 6. `leave_message`:
    a call may leave word. `code_word` proves who writes; `stop_word` means somebody is watching."""

    uid: str
    by: str
    at_ms: int
    channel: str  # line | call | sms | trusted_person | visit | none
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    from_minute: int = 0
    until_minute: int = 1440
    call_us: str = ""
    readers: str = ""
    code_word: str = ""
    stop_word: str = ""
    leave_message: bool = False
    version: int = 1


class Holder(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Holding:
    """Who held a talk from when until when; `until_ms` 0: still does."""

    chat: str
    holder: Holder
    staff: str
    from_ms: int
    until_ms: int = 0


class TimerKind(StrEnum):
    RUNG = "rung"
    SILENT = "silent"
    TRIAGE = "triage"
    FOLLOW_UP = "follow_up"
    PLAN_REVIEW = "plan_review"
    REFERRAL_ANSWER = "referral_answer"
    REFERRAL_DONE = "referral_done"
    REFERRAL_STALLED = "referral_stalled"
    TRANSFER_ANSWER = "transfer_answer"
    HOLD_END = "hold_end"
    WATCH = "watch"
    NO_CONTACT = "no_contact"
    CONSENT_END = "consent_end"
    BREAK_GLASS = "break_glass"
    LEGAL_72H = "legal_72h"
    LEGAL_120H = "legal_120h"
    LEGAL_60D = "legal_60d"
    LEGAL_80D = "legal_80d"
    LEGAL_3M = "legal_3m"
    LEGAL_1Y = "legal_1y"


LEGAL = frozenset(kind for kind in TimerKind if kind.startswith("legal_"))


@dataclass(frozen=True, slots=True)
class Timer:
    """`about`: uid of the alert, case, referral or transfer; `case`: its case, if it has one."""

    about: str
    kind: TimerKind
    due_ms: int
    rung: int = 0
    case: str = ""
