"""Who fell through, where: from told to received, by entitlement and by province, in a form that names nobody.

Belongs here: what is counted. Does not: the queries (`bot/store/outcomes.py`), hiding (`bot/casework/disclosure.py`), pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.casework import disclosure
from bot.casework.disclosure import Figures

#: Where people stand, in the order of the way.
STANDS = ("told", "applied", "approved", "received", "refused", "gave_up")
#: Who has come so far stands at one of these now; whoever gave up may have done so anywhere.
REACHED: Mapping[str, tuple[str, ...]] = {
    "told": STANDS,
    "applied": ("applied", "approved", "received", "refused"),
    "approved": ("approved", "received"),
    "received": ("received",),
}
SLICES = ("entitlement", "province")


@dataclass(frozen=True, slots=True)
class Counted:
    """People (members) who stand at this step of that entitlement. `province` empty: not known."""

    entitlement: str
    province: str
    step: str
    people: int


def figures(rows: Sequence[Counted]) -> Figures:
    """By entitlement and by province, each with where people stand (`step`)."""
    things = [{"entitlement": row.entitlement, "province": row.province, "step": row.step} for row in rows]
    return disclosure.count(things, SLICES, ("step",), times=[row.people for row in rows])


def reached(found: Figures, step: str, **where: str) -> int | None:
    """How many have come to `step` or further; None where a part of it is hidden, so that it tells nothing new."""
    parts = [found.told(**where, step=stand) for stand in REACHED[step]]
    return found.told(**where) if step == "told" else None if None in parts else sum(part or 0 for part in parts)


def rows(found: Figures, hidden: str = disclosure.HIDDEN) -> list[tuple[str, ...]]:
    """All of it for a file: (by, part, told of in all, then where they stand now)."""
    table: list[tuple[str, ...]] = [("by", "part", "all", *STANDS)]
    for slice_ in SLICES:
        for part in found.values[slice_]:
            numbers = (found.told(**{slice_: part}), *(found.told(**{slice_: part, "step": step}) for step in STANDS))
            table.append((slice_, part, *(disclosure.written(number, hidden) for number in numbers)))
    numbers = (found.told(), *(found.told(step=step) for step in STANDS))
    return [*table, ("total", "", *(disclosure.written(number, hidden) for number in numbers))]
