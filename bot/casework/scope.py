"""What a member of staff may see and do.

Staff see their own centre; supervisors and auditors also the centres below. Admins run the system and see no case. What one may not see
does not exist for them: the store answers as if it were missing. Belongs here: these rules. Does not: loading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from bot.casework.model import (
    Alert,
    Case,
    Centre,
    Grant,
    Role,
    Staff,
)


class Power(StrEnum):
    SEE = "see"
    WORK = "work"
    ASSIGN = "assign"
    APPROVE = "approve"
    REPORT = "report"
    AUDIT = "audit"
    ADMIN = "admin"


POWERS: Mapping[Role, frozenset[Power]] = {
    Role.STAFF: frozenset({Power.SEE, Power.WORK, Power.APPROVE}),
    Role.SUPERVISOR: frozenset({Power.SEE, Power.WORK, Power.APPROVE, Power.ASSIGN, Power.REPORT}),
    Role.ADMIN: frozenset({Power.ADMIN, Power.REPORT}),
    Role.AUDITOR: frozenset({Power.SEE, Power.REPORT, Power.AUDIT}),
    Role.SYSTEM: frozenset({Power.SEE, Power.WORK}),
}
_LOOKS_DOWN = frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN})


def may(actor: Staff, power: Power) -> bool:
    return power in POWERS[actor.role]


def reach(role: Role, centre: str, centres: Iterable[Centre]) -> frozenset[str]:
    """Centres whose records this role at `centre` may see: its own, and for those who look down also all below it."""
    known = list(centres)
    found = {centre}
    while role in _LOOKS_DOWN:
        below = {one.id for one in known if one.parent in found} - found
        if not below:
            break
        found |= below
    return frozenset(found)


def sees_alert(actor: Staff, alert: Alert) -> bool:
    if actor.role is Role.SYSTEM:
        return True
    return may(actor, Power.SEE) and (alert.centre in actor.reach or alert.upper in actor.reach)


def sees_case(actor: Staff, case: Case, now_ms: int) -> bool:
    """A conflict of interest beats everything; a break-glass grant beats centre and restriction until it ends."""
    if actor.role is Role.SYSTEM:
        return True
    if actor.id in case.blocked or not may(actor, Power.SEE):
        return False
    if has_grant(actor.grants, case.uid, now_ms):
        return True
    mine = case.owner == actor.id or actor.role is not Role.STAFF
    return case.centre in actor.reach and (mine or not case.restricted)


def has_grant(grants: Iterable[Grant], case: str, now_ms: int) -> bool:
    return any(grant.case == case and now_ms < grant.until_ms for grant in grants)
