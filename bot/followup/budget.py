"""The monthly push quota, kept for what matters most: danger before deadlines before check-ups.

Belongs here: how many pushes may still go out, and the forecast. Does not: reading the quota (`bot/runtime.py`), sending.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.followup.nudge import Priority

#: The part of the month's quota that may be used up by each priority and those above it.
SHARE: Mapping[Priority, float] = {Priority.DANGER: 1.0, Priority.DEADLINE: 0.85, Priority.CHECK_UP: 0.65}
#: Check-ups keep pace with the month, with this much of their share ahead of it.
_AHEAD = 0.1


@dataclass(frozen=True, slots=True)
class Quota:
    """`limit` None: unlimited. `used`: as LINE counts, with what was handed over since."""

    limit: int | None
    used: int


def left(quota: Quota | None, priority: Priority, today: date) -> int | None:
    """Pushes of this priority that may go out now; None: any number. An unknown quota is kept for danger and deadlines."""
    if quota is None:
        return 0 if priority is Priority.CHECK_UP else None
    if quota.limit is None:
        return None
    share = quota.limit * SHARE[priority]
    if priority is Priority.CHECK_UP:
        share *= min(1.0, today.day / calendar.monthrange(today.year, today.month)[1] + _AHEAD)
    return max(0, math.floor(share) - quota.used)


def forecast(quota: Quota, due_this_month: int) -> int | None:
    """Pushes that will be missing at the end of the month if all that is planned goes out; None: unlimited."""
    return None if quota.limit is None else max(0, quota.used + due_this_month - quota.limit)
