"""The order in which people are helped: life in danger first, then what is due soonest, then who has waited longest.

Belongs here: order and "take next". Does not: scope, storage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.casework.model import UNTAKEN, Alert

_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open alert in the queue. `due_ms`: its next clock; None: none runs."""

    alert: Alert
    due_ms: int | None = None

    @property
    def untaken(self) -> bool:
        return self.alert.state in UNTAKEN


def order(waiting: Iterable[Waiting]) -> list[Waiting]:
    return sorted(waiting, key=_place)


def _place(one: Waiting) -> tuple[bool, int, int, str]:
    due = _NEVER if one.due_ms is None else one.due_ms
    return (one.alert.severity != 1, due, one.alert.raised_ms, one.alert.uid)


def next_up(waiting: Iterable[Waiting]) -> Waiting | None:
    """Who is to be helped next: nobody may pick."""
    return next((one for one in order(waiting) if one.untaken), None)
