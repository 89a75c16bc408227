"""Alerts, cases and what stands under a case, as rows: sealed, scoped, version-checked, audited.

Everything under a case is loaded through its case, and a case or alert through who asks: what one may not see is NotFound, as if it were
missing. Belongs here: loading and applying changes. Does not: decisions (`bot/casework`), whole actions (`casework.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from bot.casework import scope
from bot.casework.model import (
    Alert,
    AlertState,
    Case,
    Staff,
)
from bot.casework.moves import Change, Event
from bot.casework.record_types import (
    Assessment,
    Consent,
    Note,
    PersonInRole,
    Plan,
    Referral,
    SafeContact,
    Task,
    Transfer,
)
from bot.store import audit, timers
from bot.store.case_tables import case_file, case_record
from bot.store.database import is_postgres
from bot.store.sealing import Sealer
from bot.store.tables import alert as alert_table

CASE = "case_file.sealed"
RECORD = "case_record.sealed"

Record = PersonInRole | Assessment | Plan | Consent | Referral | Transfer | Note | Task | SafeContact
R = TypeVar("R", PersonInRole, Assessment, Plan, Consent, Referral, Transfer, Note, Task, SafeContact)
T = TypeVar("T")

_KINDS: dict[type[Any], str] = {
    PersonInRole: "person",
    Assessment: "assessment",
    Plan: "plan",
    Consent: "consent",
    Referral: "referral",
    Transfer: "transfer",
    Note: "note",
    Task: "task",
    SafeContact: "safe_contact",
}
_READ: dict[type[Any], TypeAdapter[Any]] = {type_: TypeAdapter(type_) for type_ in (*_KINDS, Case)}
_ALERT_COLUMNS = (
    *("uid", "chat", "centre", "severity", "kind", "subject", "source", "level", "state", "rung", "upper", "taken_by", "taken_ms"),
    *("engaged_ms", "closed_ms", "closed_by", "outcome", "merged_into", "area", "version"),
)


class NotFound(Exception):
    """It is not there, or not for them to see: the two look alike."""


class Conflict(Exception):
    """Somebody changed it first: `theirs` is how it stands now, `mine` the version the change was made on."""

    def __init__(self, theirs: Any, mine: int) -> None:
        super().__init__(f"version {getattr(theirs, 'version', '')}, not {mine}")
        self.theirs = theirs
        self.mine = mine


@dataclass(frozen=True, slots=True)
class Registry:
    """What the repository needs, made once per process. `channel`: of the Store, to wake the workers. `again`: rendered messages (JSON
    list) with the emergency numbers, sent when nobody has answered a person in danger for five minutes. `card`: from an alert and the time
    (ms), rendered messages for the LINE of staff; None: nobody is called on LINE. `taken`: from the name of whoever took an alert and the
    language, rendered messages that tell the person so. `alt`: what a notification shows instead of words of staff, where others read."""

    sealer: Sealer
    chance: Callable[[], UUID]
    channel: str = ""
    again: bytes = b""
    card: Callable[[Alert, int], bytes] | None = None
    taken: Callable[[str, str], bytes] | None = None
    alt: str = ""

    def uid(self) -> str:
        return str(self.chance())


# Alerts


def load_alert(connection: Connection, actor: Staff, uid: str, lock: bool = False) -> Alert:
    """Raises NotFound."""
    query = select(alert_table).where(alert_table.c.uid == uid)
    row = connection.execute(query.with_for_update() if lock and is_postgres(connection) else query).one_or_none()
    found = None if row is None else read_alert(row)
    if found is None or not scope.sees_alert(actor, found):
        raise NotFound(uid)
    return found


def read_alert(row: Any) -> Alert:
    values = {name: row._mapping[name] for name in _ALERT_COLUMNS}
    return Alert(**values | {"state": AlertState(row.state), "raised_ms": row.at_ms, "case": row.case_uid})


def alert_values(alert: Alert) -> dict[str, Any]:
    """The columns of an alert."""
    values = {name: getattr(alert, name) for name in _ALERT_COLUMNS}
    return values | {"state": alert.state.value, "at_ms": alert.raised_ms, "case_uid": alert.case}


def apply_alert(connection: Connection, registry: Registry, actor: Staff, before: Alert, change: Change[Alert], now_ms: int) -> Alert:
    """Write a move of an alert with its timers and audit lines. Raises Conflict."""
    statement = update(alert_table).where(alert_table.c.uid == before.uid, alert_table.c.version == before.version)
    if connection.execute(statement.values(alert_values(change.new))).rowcount != 1:
        raise Conflict(load_alert(connection, actor, before.uid), before.version)
    _finish(connection, registry, actor, before.uid, change, now_ms)
    return change.new


# Cases


def load_case(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int, lock: bool = False) -> Case:
    """Raises NotFound."""
    query = select(case_file.c.uid, case_file.c.sealed).where(case_file.c.uid == uid)
    row = connection.execute(query.with_for_update() if lock and is_postgres(connection) else query).one_or_none()
    found = None if row is None else open_case_row(registry, row)
    if found is None or not scope.sees_case(actor, found, now_ms):
        raise NotFound(uid)
    return found


def open_case_row(registry: Registry, row: Any) -> Case:
    found: Case = _READ[Case].validate_json(registry.sealer.open(CASE, row.uid, row.sealed))
    return found


def add_case(connection: Connection, registry: Registry, actor: Staff, change: Change[Case], now_ms: int) -> Case:
    connection.execute(insert(case_file).values(_case_values(registry, change.new)))
    _finish(connection, registry, actor, change.new.uid, change, now_ms)
    return change.new


def apply_case(connection: Connection, registry: Registry, actor: Staff, before: Case, change: Change[Case], now_ms: int) -> Case:
    """Write a move of a case with its timers and audit lines. Raises Conflict."""
    statement = update(case_file).where(case_file.c.uid == before.uid, case_file.c.version == before.version)
    if connection.execute(statement.values(_case_values(registry, change.new))).rowcount != 1:
        raise Conflict(load_case(connection, registry, actor, before.uid, now_ms), before.version)
    _finish(connection, registry, actor, before.uid, change, now_ms)
    return change.new


def _case_values(registry: Registry, case: Case) -> dict[str, Any]:
    names = ("uid", "number", "chat", "centre", "owner", "risk", "kind", "area", "opened_ms", "closed_ms", "version")
    plain = {name: getattr(case, name) for name in names}
    return plain | {"state": case.state.value, "sealed": registry.sealer.seal(CASE, case.uid, _READ[Case].dump_json(case))}


# Under a case


def records(connection: Connection, registry: Registry, case: Case, type_: type[R]) -> list[R]:
    """All records of one type under `case` (which the caller was allowed to load), oldest first."""
    query = select(case_record.c.uid, case_record.c.sealed).where(case_record.c.case_uid == case.uid, case_record.c.kind == _KINDS[type_])
    rows = connection.execute(query.order_by(case_record.c.at_ms, case_record.c.uid))
    return [open_record(registry, type_, row) for row in rows]


def record(connection: Connection, registry: Registry, case: Case, type_: type[R], uid: str) -> R:
    """One record under `case`. Raises NotFound, also for a record of another case."""
    query = select(case_record.c.uid, case_record.c.sealed).where(
        case_record.c.uid == uid, case_record.c.case_uid == case.uid, case_record.c.kind == _KINDS[type_]
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(uid)
    return open_record(registry, type_, row)


def open_record(registry: Registry, type_: type[R], row: Any) -> R:
    found: R = _READ[type_].validate_json(registry.sealer.open(RECORD, row.uid, row.sealed))
    return found


def add_record(connection: Connection, registry: Registry, actor: Staff, case: Case, change: Change[R], now_ms: int) -> R:
    values = record_values(registry, change.new) | {"case_uid": case.uid, "kind": _KINDS[type(change.new)], "at_ms": now_ms}
    connection.execute(insert(case_record).values(values))
    _finish(connection, registry, actor, case.uid, change, now_ms, change.new.uid)
    return change.new


def apply_record(connection: Connection, registry: Registry, actor: Staff, case: Case, before: R, change: Change[R], now_ms: int) -> R:
    """Raises Conflict."""
    mine = (case_record.c.uid == before.uid, case_record.c.case_uid == case.uid, case_record.c.version == before.version)
    if connection.execute(update(case_record).where(*mine).values(record_values(registry, change.new))).rowcount != 1:
        raise Conflict(record(connection, registry, case, type(before), before.uid), before.version)
    _finish(connection, registry, actor, case.uid, change, now_ms, before.uid)
    return change.new


def move_records(connection: Connection, merged: Case, into: Case, now_ms: int) -> None:
    """What stands under one case stands under another of the same person from now on, with its running clocks."""
    connection.execute(update(case_record).where(case_record.c.case_uid == merged.uid).values(case_uid=into.uid))
    timers.move(connection, merged.uid, into.uid)


def record_values(registry: Registry, one: Record) -> dict[str, Any]:
    state = getattr(one, "state", "")
    receiver = one.to if isinstance(one, Transfer) or (isinstance(one, Referral) and not one.outside) else ""
    return {
        "uid": one.uid,
        "state": str(state),
        "to_centre": receiver,
        "from_centre": one.from_centre if isinstance(one, Transfer) else "",
        "due_ms": getattr(one, "due_ms", 0),
        "settled_ms": getattr(one, "settled_ms", 0) or getattr(one, "done_ms", 0),
        "version": one.version,
        "sealed": registry.sealer.seal(RECORD, one.uid, _READ[type(one)].dump_json(one)),
    }


# Writing down


def _finish(
    connection: Connection, registry: Registry, actor: Staff, subject: str, change: Change[Any], now_ms: int, about: str = ""
) -> None:
    timers.apply(connection, about or subject, change.cancel, change.set, now_ms)
    tell(connection, registry, actor, subject, change.events, now_ms, about)


def tell(
    connection: Connection, registry: Registry, actor: Staff, subject: str, events: Sequence[Event], now_ms: int, about: str = ""
) -> None:
    """Audit lines about `subject` (an alert or a case); `about`: the record under it."""
    extra = {"record": about} if about else {}
    entries = [audit.Entry(actor.actor, event.what, subject, {**event.data, **extra}) for event in events]
    audit.append(connection, registry.sealer, entries, now_ms)
