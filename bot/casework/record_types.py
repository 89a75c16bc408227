"""What stands under a case: people, assessments, plans, consent, referrals, transfers, notes, tasks, safe contact; and their states.

Belongs here: data and the tables of allowed moves. Does not: the moves (`records.py`, `referrals.py`, `contact.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
    done_by: str = ""
    done_ms: int = 0


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
    """What may go to whom. `ground`: `consent`, or `emergency` (life in danger; a second person looks at it afterwards), or an override:
    then `law` names the legal ground. `second`: the other person who agreed."""

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
    ReferralState.ACCEPTED: frozenset({ReferralState.IN_SERVICE, ReferralState.STALLED, ReferralState.REJECTED}),
    ReferralState.IN_SERVICE: frozenset({ReferralState.DONE, ReferralState.STALLED, ReferralState.REJECTED}),
    ReferralState.STALLED: frozenset({ReferralState.ESCALATED, ReferralState.IN_SERVICE, ReferralState.REJECTED}),
    ReferralState.ESCALATED: frozenset({ReferralState.IN_SERVICE, ReferralState.DONE, ReferralState.REJECTED}),
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
    """A whole case offered to another centre. `shared`: what they see before they accept."""

    uid: str
    by: str
    at_ms: int
    from_centre: str
    to: str
    reason: str
    shared: Mapping[str, str] = field(default_factory=dict)
    state: TransferState = TransferState.PENDING
    answered_by: str = ""
    answer: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """For colleagues; there is no way to send one. `about`: the audit line that it gives the reason for, if it does."""

    uid: str
    by: str
    at_ms: int
    text: str
    about: str = ""
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


#: As the author of a safe contact: whoever wrote in the chat.
BY_PERSON = "chat"


@dataclass(frozen=True, slots=True)
class SafeContact:
    """How the person may be reached. `from_minute`/`until_minute`: of the day in Thailand; `weekdays`: 0 Monday … 6. `leave_message`:
    a call may leave word. `if_other`: what to do when somebody else answers. `code_word` proves who writes; `stop_word` means somebody is
    watching. `phone`: the number that may be called. `by` may be the person themselves (`BY_PERSON`), who agreed on it in the chat."""

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
    if_other: str = ""
    phone: str = ""
    version: int = 1
