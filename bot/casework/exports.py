"""Handing a case to an authority: only with a ground in law, only by two people, only once.

Belongs here: these moves. Does not: storage, what stands in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.casework.model import Role, Staff
from bot.casework.moves import Change, Event, check_version, need, need_human

#: Grounds of the Personal Data Protection Act B.E. 2562 (sections 24, 26, 27) and the Child Protection Act B.E. 2546 (sections 29, 41).
GROUNDS = frozenset({"court_order", "investigation", "child_protection", "danger_to_life", "consent"})
_MAY_APPROVE = frozenset({Role.SUPERVISOR, Role.ADMIN})
#: An approval that is not used within this time is good no longer.
LIFE_MS = 7 * 86_400_000


class ExportState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Export:
    """`authority`: who gets it; `reference`: number and date of their letter or order."""

    uid: str
    case: str
    centre: str
    asked_by: str
    asked_ms: int
    ground: str
    authority: str
    reference: str
    state: ExportState = ExportState.ASKED
    approved_by: str = ""
    approved_ms: int = 0
    version: int = 1


def ask(export: Export, actor: Staff) -> Change[Export]:
    need_human(actor)
    need(actor.role is Role.SUPERVISOR, "role")
    need(export.ground in GROUNDS, "ground")
    need(bool(export.authority.strip()) and bool(export.reference.strip()), "text")
    return Change(export, (Event("export asked for", {"ground": export.ground}),))


def approve(export: Export, actor: Staff, version: int, now_ms: int) -> Change[Export]:
    """By somebody else who answers for it."""
    check_version(export.version, version)
    need(actor.role in _MAY_APPROVE, "role")
    need(export.state is ExportState.ASKED, "state")
    need(actor.id != export.asked_by, "second person")
    new = replace(export, state=ExportState.APPROVED, approved_by=actor.id, approved_ms=now_ms, version=version + 1)
    return Change(new, (Event("export approved", {"ground": export.ground}),))


def write(export: Export, actor: Staff, version: int, now_ms: int) -> Change[Export]:
    """Once, by who asked for it."""
    need_human(actor)
    check_version(export.version, version)
    need(export.state is ExportState.APPROVED and now_ms < export.approved_ms + LIFE_MS, "state")
    need(actor.id == export.asked_by, "role")
    return Change(replace(export, state=ExportState.WRITTEN, version=version + 1), (Event("export written", {"ground": export.ground}),))
