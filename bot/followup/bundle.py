"""What is due for one household, as one message.

Belongs here: which of the due nudges are told and which are overtaken. Does not: moments (`hours.py`), words (`wording.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.followup.nudge import RANK, Nudge, Priority

#: Rights told in one message; the others are counted, and one tap shows them.
MOST = 4


@dataclass(frozen=True, slots=True)
class Bundle:
    """`tell`: at most MOST, most pressing first. `more`: how many rights besides. `overtaken`: due, but a later one of the same right says
    it all; they are settled with the rest."""

    tell: tuple[Nudge, ...]
    more: int
    overtaken: tuple[Nudge, ...]

    @property
    def priority(self) -> Priority:
        return min(nudge.priority for nudge in self.tell)

    @property
    def all(self) -> tuple[Nudge, ...]:
        """Everything that this one message settles."""
        return (*self.tell, *self.overtaken)


def bundle(due: Sequence[Nudge], now: datetime) -> Bundle | None:
    """One message for all that is due by `now`: after a week offline one catch-up, not ten. None: nothing is due."""
    latest: dict[tuple[str, str], Nudge] = {}
    for nudge in sorted(due, key=lambda n: (n.due, n.id)):
        if nudge.due <= now:
            latest[nudge.about] = nudge
    if not latest:
        return None
    ordered = sorted(latest.values(), key=lambda n: (n.priority, RANK.index(n.kind), n.due, n.id))
    tell, rest = ordered[:MOST], ordered[MOST:]
    told = {nudge.id for nudge in tell}
    overtaken = sorted((n for n in due if n.due <= now and n.id not in told), key=lambda n: (n.due, n.id))
    return Bundle(tuple(tell), len(rest), tuple(overtaken))
