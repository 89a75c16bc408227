"""The form for assessing risk: six danger questions (WHO handbook, after Snider), what raises the risk by one, and what is never below
"within a day". It proposes; a human decides, and gives a reason for deciding lower.

Belongs here: the form and what follows from its answers. Does not: its wording (`knowledge/messages/console_*.yaml`), the moves
(`records.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.casework.model import HIGH

FORM = "danger-6 v2"
#: Three or more yes: especially high danger soon.
DANGER = ("more_often", "weapon", "choked", "pregnant_beaten", "jealous", "kill")
RAISING = ("young", "dependent", "history", "leaving", "repeated", "drugs", "cut_off")
URGENT = ("sexual_5d", "child_sexual", "silent")
QUESTIONS = (*DANGER, *RAISING, *URGENT)
ANSWERS = ("yes", "no", "unknown")
_MANY = 3


@dataclass(frozen=True, slots=True)
class Proposed:
    """`risk`: 1–4. `because`: the questions answered yes that led there."""

    risk: int
    because: tuple[str, ...]


def propose(answers: Mapping[str, str], now: int, before: Mapping[str, str] | None = None) -> Proposed:
    """What the answers come to, seen from the risk `now`; never lower than that: lowering is a human's decision.

    One step up for anything that raises and was not known `before` (several do not add up), at least 2 for one danger sign or what
    is urgent, 1 for three signs.
    """
    counted = before or {}
    yes = tuple(key for key in QUESTIONS if answers.get(key) == "yes")
    risk = now
    if any(key in RAISING and counted.get(key) != "yes" for key in yes):
        risk = max(1, risk - 1)
    if any(key in URGENT or key in DANGER for key in yes):
        risk = min(risk, HIGH)
    if sum(key in DANGER for key in yes) >= _MANY:
        risk = 1
    return Proposed(risk, yes)
