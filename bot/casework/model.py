"""The words of casework: people, alerts, cases, clocks, and which states they may be in.

Times are whole milliseconds since 1970 (UTC). `version` goes up by one with every change. Risk and severity: 1 life in danger now,
2 within a day, 3 lasting, 4 low. Belongs here: data and the tables of allowed moves. Does not: what stands under a case
(`record_types.py`), the moves (`alerts.py`, `cases.py`, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
#: acknowledged → escalated: whoever took it stays silent; → merged: the same matter is open elsewhere, with its own clock.
ALERT_MOVES: Mapping[AlertState, frozenset[AlertState]] = {
    AlertState.RAISED: frozenset({AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
    AlertState.ESCALATED: frozenset({AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.ENGAGED, AlertState.ESCALATED, AlertState.MERGED}),
    AlertState.ENGAGED: _TAKEN_ENDS,
    AlertState.CASE_OPENED: frozenset(),
    AlertState.RESOLVED: frozenset(),
    AlertState.MERGED: frozenset(),
}
UNTAKEN = frozenset({AlertState.RAISED, AlertState.ESCALATED})
OPEN_ALERTS = UNTAKEN | {AlertState.ACKNOWLEDGED, AlertState.ENGAGED}


@dataclass(frozen=True, slots=True)
class Alert:
    """`upper`: another centre that may take the alert too (one tier up, or where it was rung first). `source`: line | phone | walk_in |
    web. `area`: province, district and subdistrict, as far as known, with a slash between."""

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
    area: str = ""
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
    MERGED = "merged"  # into another case of the same person


WORKING = frozenset(
    {CaseState.INTAKE, CaseState.TRIAGE, CaseState.ASSESSMENT, CaseState.PLAN, CaseState.ACTIVE, CaseState.MONITORING, CaseState.REOPENED}
)
ENDED = frozenset({CaseState.CLOSED, CaseState.MERGED})
_ASIDE = frozenset({CaseState.TRANSFER_PENDING, CaseState.ON_HOLD, CaseState.MERGED})
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
    CaseState.MERGED: frozenset(),
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
    merged_into: str = ""
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
