"""Break-glass: seeing one case of another centre for an hour, with a reason; everybody who should know is told, and everything is audited.

Errors as in `casework.py`. Belongs here: grants. Does not: what a grant opens (`bot/casework/scope.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from bot.casework import clocks, scope
from bot.casework.model import CLOCK, Case, Grant, Role, Staff, Timer, TimerKind
from bot.casework.moves import Event, need, need_role
from bot.store import duty, timers
from bot.store.case_tables import access_grant, case_file
from bot.store.casefiles import NotFound, Registry, load_case, open_case_row, tell

REASON = "access_grant.sealed"
#: How many cases one person may open so in a day before only a supervisor can.
_A_DAY = 5


@dataclass(frozen=True, slots=True)
class Broken:
    """One grant as a supervisor sees it."""

    uid: str
    staff: str
    case: Case
    at_ms: int
    until_ms: int
    reason: str


def break_glass(connection: Connection, registry: Registry, actor: Staff, number: str, reason: str, now_ms: int) -> Grant:
    """See the case with this number for 60 minutes; its owner and the supervisors on duty there are rung. Raises NotFound.

    A number that does not exist and one the actor is kept from look alike. Raises Refused("too many") after five in a day."""
    need(scope.may(actor, scope.Power.WORK) and bool(reason.strip()), "reason")
    lately = (access_grant.c.staff == actor.id, access_grant.c.at_ms > now_ms - clocks.DAY)
    need(len(connection.execute(select(access_grant.c.uid).where(*lately)).all()) < _A_DAY, "too many")
    case = _numbered(connection, registry, number)
    if case is None or actor.id in case.blocked:
        raise NotFound(number)
    grant, uid = Grant(case.uid, now_ms + clocks.BREAK_GLASS), registry.uid()
    sealed = registry.sealer.seal(REASON, uid, reason.encode())
    connection.execute(
        insert(access_grant).values(uid=uid, staff=actor.id, case_uid=case.uid, at_ms=now_ms, until_ms=grant.until_ms, sealed=sealed)
    )
    timers.apply(connection, uid, (), (Timer(uid, TimerKind.BREAK_GLASS, grant.until_ms, case=case.uid),), now_ms)
    told = [one for one in _supervisors(connection, case.centre) if one != case.owner]
    duty.ring_people(connection, case.uid, [case.owner, *told], 0, now_ms, "glass")
    tell(connection, registry, actor, case.uid, (Event("glass broken", {"grant": uid, "until_ms": grant.until_ms}),), now_ms)
    return grant


def _numbered(connection: Connection, registry: Registry, number: str) -> Case | None:
    """People type the number with or without its dashes."""
    digits = "".join(sign for sign in number if sign.isdigit())
    dashed = "-".join((digits[:4], digits[4:8], digits[8:12], digits[12:]))
    row = connection.execute(select(case_file.c.uid, case_file.c.sealed).where(case_file.c.number.in_((number, dashed)))).one_or_none()
    return None if row is None else open_case_row(registry, row)


def _supervisors(connection: Connection, centre: str) -> list[str]:
    """All supervisors of the centre, on duty or not; where it has none, those of the tier above."""
    known = duty.centres(connection)
    at = centre
    while at:
        found = duty.of_role(connection, at, Role.SUPERVISOR)
        if found:
            return found
        at = known[at].parent if at in known else ""
    return []


def broken(connection: Connection, registry: Registry, actor: Staff, now_ms: int, days: int = 30) -> list[Broken]:
    """Grants on cases of the centres a supervisor or auditor reaches, newest first. Leaves one audit line."""
    need_role(actor, Role.SUPERVISOR, Role.AUDITOR)
    query = select(access_grant).join(case_file, case_file.c.uid == access_grant.c.case_uid)
    here = (case_file.c.centre.in_(actor.reach), access_grant.c.at_ms > now_ms - days * clocks.DAY)
    found = []
    for row in connection.execute(query.where(*here).order_by(access_grant.c.at_ms.desc())):
        case = load_case(connection, registry, CLOCK, row.case_uid, now_ms)
        if actor.id not in case.blocked:
            why = registry.sealer.open(REASON, row.uid, row.sealed).decode()
            found.append(Broken(row.uid, row.staff, case, row.at_ms, row.until_ms, why))
    tell(connection, registry, actor, "", (Event("glass listed", {"grants": len(found)}),), now_ms)
    return found


def end_grant(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> None:
    """A supervisor of the case's centre ends it early, or whoever holds it. Raises NotFound."""
    row = connection.execute(select(access_grant).where(access_grant.c.uid == uid, access_grant.c.until_ms > now_ms)).one_or_none()
    if row is None:
        raise NotFound(uid)
    case = load_case(connection, registry, CLOCK, row.case_uid, now_ms)
    theirs = actor.role is Role.SUPERVISOR and case.centre in actor.reach and actor.id not in case.blocked
    if not (theirs or row.staff == actor.id):
        raise NotFound(uid)
    connection.execute(update(access_grant).where(access_grant.c.uid == uid).values(until_ms=now_ms))
    timers.apply(connection, uid, (TimerKind.BREAK_GLASS,), (), now_ms)
    tell(connection, registry, actor, case.uid, (Event("glass ended", {"grant": uid}),), now_ms)
