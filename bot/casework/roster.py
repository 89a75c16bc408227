"""Who is rung: who is on duty at a centre, their supervisor, the tier above.

Belongs here: choosing people. Does not: ringing them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.casework.model import Centre, Role


@dataclass(frozen=True, slots=True)
class Duty:
    """`rank` 0 is rung first."""

    centre: str
    staff: str
    role: Role
    rank: int
    from_ms: int
    until_ms: int


def on_duty(duties: Iterable[Duty], centre: str, now_ms: int) -> list[Duty]:
    """Who is on duty there now, in the order in which they are rung."""
    here = (duty for duty in duties if duty.centre == centre and duty.from_ms <= now_ms < duty.until_ms)
    return sorted(here, key=lambda duty: (duty.rank, duty.from_ms, duty.staff))


def to_ring(
    duties: Iterable[Duty], centres: Mapping[str, Centre], centre: str, rung: int, rung_before: Collection[str], now_ms: int
) -> list[str]:
    """Whom to ring at `rung`: 0 the first on duty, 1 the next, 2 the supervisors on duty, 3 everybody on duty one tier up.

    Where nobody of that kind is on duty, the next tier up that has somebody is rung; empty only if no tier has.
    """
    known = list(duties)
    start = upper(centres, centre) if rung >= 3 else centre
    for place in (start or centre, *above(centres, start or centre)):
        found = _at(on_duty(known, place, now_ms), rung, rung_before)
        if found:
            return found
    return []


def _at(here: list[Duty], rung: int, rung_before: Collection[str]) -> list[str]:
    if rung >= 3:
        return [duty.staff for duty in here]
    if rung == 2:
        return [duty.staff for duty in here if duty.role is Role.SUPERVISOR]
    fresh = [duty.staff for duty in here if duty.staff not in rung_before]
    return fresh[:1] or [duty.staff for duty in here]


def route(duties: Iterable[Duty], centres: Mapping[str, Centre], area: Sequence[str], now_ms: int, fallback: str) -> str:
    """The centre for somebody in `area` (province, district, subdistrict): the nearest that covers it and has somebody on duty, else the
    tiers above it. `fallback`: where nothing is known of the place, or nobody is on duty anywhere."""
    known = list(duties)
    nearest = covering(centres, area)
    chain = dict.fromkeys((*nearest, *(one for place in nearest for one in above(centres, place))))
    return next((place for place in chain if on_duty(known, place, now_ms)), fallback)


def covering(centres: Mapping[str, Centre], area: Sequence[str]) -> list[str]:
    """Centres whose area this is, the smallest first. A name that two provinces share counts only below the province's own centre."""
    if not area:
        return []
    whole = [one.id for one in centres.values() if one.area == area[0]]
    found = list(whole)
    for name in area[1:]:
        same = [one.id for one in centres.values() if one.area == name]
        below = [one for one in same if set(above(centres, one)) & set(whole)]
        found = [*(below or (same if len(same) == 1 and not whole else [])), *found]
    return found


def upper(centres: Mapping[str, Centre], centre: str) -> str:
    """The centre one tier up; empty at the top."""
    here = centres.get(centre)
    return here.parent if here else ""


def above(centres: Mapping[str, Centre], centre: str) -> list[str]:
    """All tiers above, nearest first."""
    found: list[str] = []
    at = upper(centres, centre)
    while at and at not in found:
        found.append(at)
        at = upper(centres, at)
    return found
