"""Exports of cases to authorities as rows, and what stands in the file. Every step and the reading leave audit lines.

Belongs here: these rows, gathering the file. Does not: who may (`bot/casework/exports.py`), pages, the command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from bot.casework import exports as moves
from bot.casework.exports import Export
from bot.casework.model import Staff
from bot.casework.moves import Change, Stale
from bot.store import alerts, casework
from bot.store.case_tables import case_file
from bot.store.casefiles import Conflict, NotFound, Registry, load_case, tell
from bot.store.data_tables import export
from bot.store.database import is_postgres

PLACE = "export.sealed"
_EXPORT: TypeAdapter[Export] = TypeAdapter(Export)


def ask(
    connection: Connection, registry: Registry, actor: Staff, number: str, ground: str, authority: str, reference: str, now_ms: int
) -> Export:
    """For the case of that number, if `actor` may see it. Raises NotFound, Refused."""
    digits = "".join(sign for sign in number if sign.isdigit())
    rows = connection.execute(select(case_file.c.uid, case_file.c.number))
    uid = next((row.uid for row in rows if digits and row.number.replace("-", "") == digits), "")
    case = load_case(connection, registry, actor, uid, now_ms)
    wanted = Export(registry.uid(), case.uid, case.centre, actor.id, now_ms, ground, authority.strip(), reference.strip())
    change = moves.ask(wanted, actor)
    connection.execute(insert(export).values(_values(registry, change.new)))
    tell(connection, registry, actor, case.uid, change.events, now_ms, wanted.uid)
    return change.new


def approve(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, now_ms: int) -> Export:
    return _move(connection, registry, actor, uid, lambda one: moves.approve(one, actor, version, now_ms), now_ms)


def write(connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, now_ms: int) -> bytes:
    """The file, as JSON, once: everything under the case that `actor` may see."""
    done = _move(connection, registry, actor, uid, lambda one: moves.write(one, actor, version, now_ms), now_ms)
    view = casework.case_view(connection, registry, actor, done.case, now_ms)
    told = [alerts.text_of(connection, registry.sealer, one.uid) for one in view.alerts]
    file = {"export": done, "written_ms": now_ms, "what_was_told": told, "case": view}
    return orjson.dumps(file, option=orjson.OPT_INDENT_2, default=_plain)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def listed(connection: Connection, registry: Registry, actor: Staff) -> list[Export]:
    """Those of the centres within reach, newest first."""
    rows = connection.execute(select(export).where(export.c.centre.in_(actor.reach)).order_by(export.c.at_ms.desc()).limit(200))
    return [_open(registry, row) for row in rows]


def load(connection: Connection, registry: Registry, actor: Staff, uid: str) -> Export:
    """Raises NotFound for one outside the reach of `actor`, as for one that is not there. The row is locked."""
    query = select(export).where(export.c.uid == uid)
    row = connection.execute(query.with_for_update() if is_postgres(connection) else query).one_or_none()
    if row is None or row.centre not in actor.reach:
        raise NotFound(uid)
    return _open(registry, row)


def asked_by(connection: Connection, uid: str) -> str:
    """Who asked for it; empty if there is no such export."""
    return connection.scalar(select(export.c.asked_by).where(export.c.uid == uid)) or ""


def _move(
    connection: Connection, registry: Registry, actor: Staff, uid: str, move: Callable[[Export], Change[Export]], now_ms: int
) -> Export:
    before = load(connection, registry, actor, uid)
    try:
        change = move(before)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    where = (export.c.uid == uid, export.c.version == before.version)
    if connection.execute(update(export).where(*where).values(_values(registry, change.new))).rowcount != 1:
        raise Conflict(before, before.version)
    tell(connection, registry, actor, before.case, change.events, now_ms, uid)
    return change.new


def _open(registry: Registry, row: Any) -> Export:
    found: Export = _EXPORT.validate_json(registry.sealer.open(PLACE, row.uid, row.sealed))
    return found


def _values(registry: Registry, one: Export) -> dict[str, Any]:
    sealed = registry.sealer.seal(PLACE, one.uid, _EXPORT.dump_json(one))
    plain = {"uid": one.uid, "centre": one.centre, "asked_by": one.asked_by, "at_ms": one.asked_ms, "version": one.version}
    return {**plain, "sealed": sealed}
