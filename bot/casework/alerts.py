"""The moves of an alert, one function each. Every one checks role, version and what must hold, and says which timers to set and cancel.

Belongs here: decisions. Does not: storage, who is rung (`roster.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.casework import clocks
from bot.casework.model import ALERT_MOVES, HIGH, OPEN_ALERTS, UNTAKEN, Alert, AlertState, Role, Staff, TimerKind
from bot.casework.moves import Change, Event, check_version, need, need_human, step

_CLOCKS = frozenset({TimerKind.RUNG, TimerKind.SILENT})
TOP_RUNG = 3


def raised(alert: Alert, holidays: frozenset[date] = frozenset()) -> Change[Alert]:
    """A new alert starts its clock."""
    return Change(alert, (), clocks.rungs(alert.uid, alert.severity, alert.raised_ms, 0, holidays))


def worsen(alert: Alert, severity: int, kind: str, now_ms: int) -> Change[Alert]:
    """Another alarm of the same chat joined this one: severity only goes up. A faster clock starts if nobody has taken it yet."""
    if severity >= alert.severity:
        return Change(replace(alert, version=alert.version + 1), (Event("alert joined", {"severity": severity}),))
    new = replace(alert, severity=severity, kind=kind, version=alert.version + 1)
    event = Event("alert worse", {"severity": severity, "was": alert.severity})
    if not severity <= HIGH < alert.severity:
        return Change(new, (event,))
    if alert.state in UNTAKEN:
        return Change(replace(new, rung=0), (event,), clocks.rungs(alert.uid, severity, now_ms), _CLOCKS)
    timers = (clocks.silence(alert.uid, severity, now_ms),) if alert.state is AlertState.ACKNOWLEDGED else ()
    return Change(new, (event,), timers, _CLOCKS)


def locate(alert: Alert, area: str, centre: str) -> Change[Alert]:
    """The place became known. What nobody has taken goes to `centre`; whoever was rung for it before may still take it."""
    moves = alert.state in UNTAKEN and centre != alert.centre
    new = replace(alert, area=area, version=alert.version + 1)
    if moves:
        new = replace(new, centre=centre, upper=alert.upper or alert.centre)
    return Change(new, (Event("alert located", {"area": area, "centre": new.centre}),))


def escalate(alert: Alert, rung: int, upper: str, now_ms: int) -> Change[Alert]:
    """Nobody took it in time. `upper`: the centre one tier up, which may take it from the third rung on."""
    need(alert.state in UNTAKEN and alert.rung < rung <= TOP_RUNG, "state")
    new = step(alert, AlertState.ESCALATED, ALERT_MOVES, alert.version, rung=rung, upper=upper if rung == TOP_RUNG else alert.upper)
    return Change(new, (Event("alert escalated", {"rung": rung, "waited_ms": now_ms - alert.raised_ms}),))


def acknowledge(alert: Alert, actor: Staff, version: int, now_ms: int) -> Change[Alert]:
    """`actor` takes it; from now on they are expected to speak."""
    need_human(actor)
    new = step(alert, AlertState.ACKNOWLEDGED, ALERT_MOVES, version, taken_by=actor.id, taken_ms=alert.taken_ms or now_ms)
    event = Event("alert acknowledged", {"waited_ms": now_ms - alert.raised_ms, "rung": alert.rung})
    return Change(new, (event,), (clocks.silence(alert.uid, alert.severity, now_ms),), _CLOCKS)


def fall_silent(alert: Alert, upper: str, now_ms: int, holidays: frozenset[date] = frozenset()) -> Change[Alert]:
    """Whoever took it said nothing: it goes back to all, one rung higher, and the remaining rungs run from now."""
    rung = min(alert.rung + 1, TOP_RUNG)
    raised_to = upper if rung == TOP_RUNG else alert.upper
    new = step(alert, AlertState.ESCALATED, ALERT_MOVES, alert.version, rung=rung, taken_by="", upper=raised_to)
    timers = clocks.rungs(alert.uid, alert.severity, now_ms, rung, holidays)
    return Change(new, (Event("alert fell silent", {"rung": rung, "was_taken_by": alert.taken_by}),), timers, _CLOCKS)


def engage(alert: Alert, actor: Staff, version: int, how: str, now_ms: int) -> Change[Alert]:
    """First words to the person. `how`: line | phone | visit."""
    _need_taker(alert, actor)
    new = step(alert, AlertState.ENGAGED, ALERT_MOVES, version, engaged_ms=now_ms)
    return Change(new, (Event("alert engaged", {"how": how, "waited_ms": now_ms - alert.raised_ms}),), (), _CLOCKS)


def correct(
    alert: Alert, actor: Staff, version: int, severity: int, kind: str, reason: str, now_ms: int, holidays: frozenset[date] = frozenset()
) -> Change[Alert]:
    """Whoever took it sees it otherwise than the machine did: severity and kind, up or down, with a reason. The clocks follow."""
    _need_taker(alert, actor)
    check_version(alert.version, version)
    need(alert.state in OPEN_ALERTS, "state")
    need(bool(reason) and 1 <= severity <= 4 and (severity, kind) != (alert.severity, alert.kind), "reason")
    new = replace(alert, severity=severity, kind=kind, version=version + 1)
    event = Event("alert corrected", {"severity": severity, "was": alert.severity, "kind": kind, "was_kind": alert.kind})
    if alert.state in UNTAKEN:
        return Change(new, (event,), clocks.rungs(alert.uid, severity, now_ms, alert.rung, holidays), _CLOCKS)
    timers = (clocks.silence(alert.uid, severity, now_ms),) if alert.state is AlertState.ACKNOWLEDGED else ()
    return Change(new, (event,), timers, _CLOCKS)


def open_case(alert: Alert, actor: Staff, version: int, case: str, now_ms: int) -> Change[Alert]:
    return _end(alert, actor, version, AlertState.CASE_OPENED, now_ms, {"case": case}, case=case)


def resolve(alert: Alert, actor: Staff, version: int, outcome: str, now_ms: int) -> Change[Alert]:
    """No case is needed; `outcome` says why (needed): not_urgent | answered | mistaken | duplicate | unreachable."""
    need(bool(outcome), "outcome")
    return _end(alert, actor, version, AlertState.RESOLVED, now_ms, {"outcome": outcome}, outcome=outcome)


def merge(alert: Alert, actor: Staff, version: int, into: Alert, now_ms: int) -> Change[Alert]:
    """By hand: the same matter as `into`, which somebody works on or whose clock runs."""
    need(into.uid != alert.uid and into.state in OPEN_ALERTS | {AlertState.CASE_OPENED}, "merge")
    return _end(alert, actor, version, AlertState.MERGED, now_ms, {"into": into.uid}, merged_into=into.uid)


def _end(alert: Alert, actor: Staff, version: int, to: AlertState, now_ms: int, data: dict[str, str], **changes: str) -> Change[Alert]:
    _need_taker(alert, actor)
    new = step(alert, to, ALERT_MOVES, version, closed_ms=now_ms, closed_by=actor.id, **changes)
    return Change(new, (Event(f"alert {to}", data),), (), _CLOCKS)


def _need_taker(alert: Alert, actor: Staff) -> None:
    """Only who took it, or a supervisor, goes on with it."""
    need_human(actor)
    need(actor.id == alert.taken_by or actor.role is Role.SUPERVISOR, "not yours")


def pending(alert: Alert) -> frozenset[tuple[TimerKind, int]]:
    """The timers that must be running for an alert in this state."""
    if alert.state in UNTAKEN:
        return frozenset((TimerKind.RUNG, rung) for rung in range(alert.rung + 1, TOP_RUNG + 1))
    return frozenset({(TimerKind.SILENT, 0)}) if alert.state is AlertState.ACKNOWLEDGED else frozenset()
