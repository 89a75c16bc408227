"""Timers as rows: setting, cancelling, taking those that are due.

A due timer is taken and settled in the transaction that also does its work, so it fires once however many schedulers look.
Belongs here: the rows. Does not: durations (`bot/casework/clocks.py`), what a timer does (`firing.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from bot.casework.model import Timer, TimerKind
from bot.store.case_tables import timer
from bot.store.database import is_postgres

_PENDING = timer.c.settled_ms == 0


def apply(connection: Connection, about: str, cancel: Collection[TimerKind], new: Iterable[Timer], now_ms: int) -> None:
    """Cancel the pending timers of `about` of these kinds, then set the new ones."""
    if cancel:
        ours = (timer.c.about == about, timer.c.kind.in_([kind.value for kind in cancel]), _PENDING)
        connection.execute(update(timer).where(*ours).values(settled_ms=now_ms))
    rows = [
        {
            "about": one.about,
            "case_uid": one.case,
            "kind": one.kind.value,
            "rung": one.rung,
            "due_ms": one.due_ms,
            "settled_ms": 0,
            "fired": False,
        }
        for one in new
    ]
    if rows:
        connection.execute(insert(timer), rows)


def move(connection: Connection, case: str, into: str) -> None:
    """Running timers of what stands under `case` go on under `into`."""
    connection.execute(update(timer).where(timer.c.case_uid == case, _PENDING).values(case_uid=into))


def take_due(connection: Connection, now_ms: int) -> Timer | None:
    """The earliest due timer, settled as fired; None if none is due or others hold them."""
    query = select(timer).where(_PENDING, timer.c.due_ms <= now_ms).order_by(timer.c.due_ms, timer.c.rung, timer.c.id).limit(1)
    row = connection.execute(query.with_for_update(skip_locked=True) if is_postgres(connection) else query).one_or_none()
    if row is None:
        return None
    connection.execute(update(timer).where(timer.c.id == row.id).values(settled_ms=now_ms, fired=True))
    return _read(row)


def pending(connection: Connection, about: str) -> list[Timer]:
    """Running timers of an alert, a case or a record, earliest first."""
    return [_read(row) for row in connection.execute(select(timer).where(timer.c.about == about, _PENDING).order_by(timer.c.due_ms))]


def pending_of_case(connection: Connection, case: str) -> list[Timer]:
    """Running timers of a case and of all that stands under it, earliest first."""
    return [_read(row) for row in connection.execute(select(timer).where(timer.c.case_uid == case, _PENDING).order_by(timer.c.due_ms))]


def next_due(connection: Connection, about: Collection[str]) -> dict[str, int]:
    """When the next timer of each is due."""
    if not about:
        return {}
    query = select(timer.c.about, func.min(timer.c.due_ms).label("due")).where(timer.c.about.in_(about), _PENDING).group_by(timer.c.about)
    return {row.about: row.due for row in connection.execute(query)}


def _read(row: Any) -> Timer:
    return Timer(row.about, TimerKind(row.kind), row.due_ms, row.rung, row.case_uid)
