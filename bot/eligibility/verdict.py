"""What a screening says. Data only; deciding is in `screen.py`, wording for people in `explain.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.eligibility.tree import Wording

Status = Literal["eligible", "ineligible", "unknown", "officer"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that decided, in the citizen's words."""

    member: str
    fact: str | None
    holds: bool | None
    text: Wording
    certainty: str = "found"


@dataclass(frozen=True, slots=True)
class Money:
    """`low == high`: exact; `low` None: up to `high`; both None: no number (see `text`)."""

    low: float | None
    high: float | None
    unit: str
    period: str | None
    per: str | None
    kind: str
    text: Wording


@dataclass(frozen=True, slots=True)
class Need:
    """A fact of a member (or of `household`) that is not known."""

    member: str
    fact: str


@dataclass(frozen=True, slots=True)
class Verdict:
    entitlement: str
    member: str
    status: Status
    amount: Money | None  # None unless eligible or officer
    because: tuple[Reason, ...]  # a minimal set that decides the status
    missing: tuple[Need, ...]  # facts that can still change it; empty when decided
    first_get: tuple[str, ...]  # entitlements which, once held, would turn this into a yes
    changes_on: date | None  # earliest day on which the status or the amount changes by itself (age, dates of law)
    changes_to: Status | None
    assumed: tuple[Reason, ...]  # lenient conditions counted as fulfilled without being known
    receiving: bool  # the person already receives it: never offer it again
    deadline: date | None  # last day to apply, where the event's date is known
    in_scope: bool  # False: not about this member at all (`for_whom`), e.g. a school grant for a grandmother
    changes_exact: bool = True  # False: `changes_on` is the earliest possible day, as only an age or a year is known


@dataclass(frozen=True, slots=True)
class Question:
    """The next thing to ask. `members` has more than one ref when one question serves all of them."""

    fact: str
    members: tuple[str, ...]
    settles: int  # open verdicts that need it
