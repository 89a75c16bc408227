"""How far somebody has come with one entitlement, and what may follow what.

Belongs here: the steps and the one transition function. Does not: when to ask (`plan.py`), words, storage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

Step = Literal["screened", "told", "applied", "approved", "received", "refused", "gave_up"]
STEPS: tuple[Step, ...] = get_args(Step)
#: Nothing more is asked after these.
FINAL: frozenset[Step] = frozenset({"received", "gave_up"})

#: From where to where. People skip steps ("ได้เงินแล้ว" without ever telling that they applied), appeal a refusal, and change their minds.
_NEXT: dict[Step, frozenset[Step]] = {
    "screened": frozenset({"told", "applied", "approved", "received", "refused", "gave_up"}),
    "told": frozenset({"applied", "approved", "received", "refused", "gave_up"}),
    "applied": frozenset({"approved", "received", "refused", "gave_up"}),
    "approved": frozenset({"received", "refused", "gave_up"}),
    "refused": frozenset({"applied", "approved", "received", "gave_up"}),
    "received": frozenset({"refused"}),
    "gave_up": frozenset({"applied", "approved", "received", "refused"}),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one entitlement of one member stands. `on`: the day (Thailand) it came there."""

    entitlement: str
    member: str
    step: Step
    on: date


def advance(outcome: Outcome, to: Step, today: date) -> Outcome:
    """The outcome after `to` happened; unchanged if it cannot follow (a late tap on an old button, something told twice)."""
    return replace(outcome, step=to, on=today) if to in _NEXT[outcome.step] else outcome
