"""A nudge: one thing to remind of or to ask, with its time, its reason and what makes it needless.

Belongs here: the type, its words and its identity. Does not: planning (`plan.py`), times of day (`hours.py`), wording (`wording.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Literal

from bot.followup.progress import Step

Kind = Literal["prepare", "apply", "applied", "approved", "received", "refused", "opens", "changes", "ends"]
"""prepare: get the documents ready. apply: the last days to apply. applied, approved, received: did it happen? refused: what to do after a
refusal. opens: a right begins. changes: its amount changes. ends: it ends."""

#: Told first when several are due at once.
RANK: tuple[Kind, ...] = ("apply", "opens", "ends", "refused", "received", "approved", "applied", "prepare", "changes")


class Priority(IntEnum):
    """What the push quota is spent on first."""

    DANGER = 0
    DEADLINE = 1
    CHECK_UP = 2


@dataclass(frozen=True, slots=True)
class Nudge:
    """`id` is the same whenever the same thing is planned again. `cancel`: steps that make it needless. `on`: the day it speaks of."""

    id: str
    chat: str
    member: str
    entitlement: str
    kind: Kind
    due: datetime
    reason: str
    cancel: frozenset[Step]
    priority: Priority
    on: date | None = None

    @property
    def about(self) -> tuple[str, str]:
        return self.member, self.entitlement


def identity(chat: str, member: str, entitlement: str, kind: str, anchor: str) -> str:
    """`anchor` tells apart nudges of one kind: the round, the year of a birthday, the day of a snooze."""
    return hashlib.sha256("\0".join((chat, member, entitlement, kind, anchor)).encode()).hexdigest()[:32]
