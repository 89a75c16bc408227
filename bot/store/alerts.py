"""Alerts as the turn raises them: written, merged and given their clocks in the turn's own transaction.

Somebody asking for a human about no danger is an alert too: severity 4, kind `none`. Belongs here: raising, and reading what was said.
Does not: what staff do with an alert (`casework.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from bot.casework import alerts as moves
from bot.casework import clocks, roster
from bot.casework.model import (
    ENDED,
    OPEN_ALERTS,
    UNTAKEN,
    Alert,
    AlertState,
    Holder,
)
from bot.conversation.effects import RaiseAlert
from bot.store import calling, casefiles, duty, holding, timers
from bot.store.case_tables import case_file
from bot.store.casefiles import Registry
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import alert

TEXT = "alert.sealed"
NO_DANGER = "none"
_AREA = "/"  # between province, district and subdistrict


def asked_for_human(topic: str, area: tuple[str, ...] = ()) -> RaiseAlert:
    """The alert that stands for a wish to talk to a human."""
    return RaiseAlert(4, NO_DANGER, "self", "check", ("asked",), topic, area)


def raise_alerts(connection: Connection, registry: Registry, raised: Iterable[tuple[str, str, RaiseAlert]], now_ms: int) -> None:
    """Store (uid, chat, effect). An alert of a chat with an open one from the last hour joins it, and its severity can only go up."""
    for uid, chat, effect in raised:
        found = _open_alert(connection, chat, now_ms)
        area = _AREA.join(effect.area)
        centre = _centre_for(connection, effect.area, now_ms) if found is None else found.centre
        one = Alert(uid, chat, centre, effect.severity, effect.kind, effect.subject, now_ms, level=effect.level, area=area)
        if found is None:
            _start(connection, registry, one, effect, now_ms)
        elif not _adds_nothing(found, effect):
            _join(connection, registry, found, one, effect, now_ms)


def _start(connection: Connection, registry: Registry, one: Alert, effect: RaiseAlert, now_ms: int) -> None:
    insert_alert(connection, registry.sealer, one, effect.why, effect.text)
    timers.apply(connection, one.uid, (), moves.raised(one, duty.holidays(connection)).set, now_ms)
    calling.ring_alert(connection, registry, one, 0, now_ms)
    held = holding.holder_of(connection, one.chat)
    if held.holder is Holder.HUMAN and held.staff:  # somebody writes with the person: they hear of it at once
        calling.ring_again(connection, registry, one, [held.staff], now_ms)
    _ring_owners(connection, one.chat, now_ms)
    holding.hand_over(connection, one.chat, Holder.WAITING, "", now_ms)


def _centre_for(connection: Connection, area: Sequence[str], now_ms: int) -> str:
    if not area:
        return duty.INTAKE
    return roster.route(duty.duties(connection, now_ms), duty.centres(connection), area, now_ms, duty.INTAKE)


def locate(connection: Connection, registry: Registry, chat: str, area: Sequence[str], now_ms: int) -> None:
    """Where the person is became known: the open alert of the chat goes to the nearest centre on duty, unless somebody has it already."""
    found = _open_alert(connection, chat, now_ms)
    if found is not None and area and found.area != _AREA.join(area):
        _locate(connection, registry, found, area, now_ms)


def _locate(connection: Connection, registry: Registry, found: Alert, area: Sequence[str], now_ms: int) -> Alert:
    change = moves.locate(found, _AREA.join(area), _centre_for(connection, area, now_ms))
    connection.execute(update(alert).where(alert.c.uid == found.uid).values(casefiles.alert_values(change.new)))
    if change.new.centre != found.centre:
        calling.ring_alert(connection, registry, change.new, 0, now_ms)
    return change.new


def _ring_owners(connection: Connection, chat: str, now_ms: int) -> None:
    """Whoever already works with this person is told too."""
    open_ = case_file.c.state.not_in([state.value for state in ENDED])
    for uid, owner in connection.execute(select(case_file.c.uid, case_file.c.owner).where(case_file.c.chat == chat, open_)).all():
        duty.ring_people(connection, uid, [owner], 0, now_ms, "new_alert")


def _adds_nothing(found: Alert, effect: RaiseAlert) -> bool:
    """A picture in the middle of a talk with staff, no worse than what is known: it must not make what they are typing a collision."""
    return not effect.text and effect.level == "check" and effect.severity >= found.severity and found.state not in UNTAKEN


def _join(connection: Connection, registry: Registry, found: Alert, one: Alert, effect: RaiseAlert, now_ms: int) -> None:
    values = casefiles.alert_values(one) | {"state": AlertState.MERGED.value, "merged_into": found.uid, "closed_ms": now_ms}
    connection.execute(insert(alert).values(values | _said(registry.sealer, one.uid, effect.why, effect.text)))
    change = moves.worsen(found, one.severity, one.kind, now_ms)
    connection.execute(update(alert).where(alert.c.uid == found.uid).values(casefiles.alert_values(change.new)))
    timers.apply(connection, found.uid, change.cancel, change.set, now_ms)
    now_as = _locate(connection, registry, change.new, effect.area, now_ms) if effect.area and not found.area else change.new
    if one.severity < found.severity:
        calling.ring_alert(connection, registry, now_as, 0, now_ms)
    if now_as.taken_by and found.state not in UNTAKEN:
        calling.ring_again(connection, registry, now_as, [_who_has_it(connection, now_as)], now_ms)


def _who_has_it(connection: Connection, one: Alert) -> str:
    """Whoever holds the talk, else whoever took the alert."""
    held = holding.holder_of(connection, one.chat)
    return held.staff if held.holder is Holder.HUMAN and held.staff else one.taken_by


def came_with(connection: Connection, sealer: Sealer, uid: str, message_id: str) -> None:
    """Remember the message an alert came with, so that it can be taken back."""
    connection.execute(update(alert).where(alert.c.uid == uid).values(message_key=sealer.hash("message", message_id)))


def insert_alert(connection: Connection, sealer: Sealer, one: Alert, why: tuple[str, ...], text: str) -> None:
    connection.execute(insert(alert).values(casefiles.alert_values(one) | _said(sealer, one.uid, why, text)))


def _said(sealer: Sealer, uid: str, why: tuple[str, ...], text: str) -> dict[str, Any]:
    return {"why": orjson.dumps(why).decode(), "sealed": sealer.seal(TEXT, uid, text.encode("utf-8", "surrogatepass"))}


def _open_alert(connection: Connection, chat: str, now_ms: int) -> Alert | None:
    """Locked, so that staff and turn do not overwrite each other."""
    recent = (alert.c.chat == chat, alert.c.state.in_([state.value for state in OPEN_ALERTS]), alert.c.at_ms > now_ms - clocks.MERGE_WINDOW)
    query = select(alert).where(*recent).order_by(alert.c.at_ms.desc()).limit(1)
    row = connection.execute(query.with_for_update() if connection.dialect.name == "postgresql" else query).one_or_none()
    return casefiles.read_alert(row) if row is not None else None


def text_of(connection: Connection, sealer: Sealer, uid: str) -> str | None:
    """What was said; None if it was erased."""
    return _opened(sealer, uid, connection.scalar(select(alert.c.sealed).where(alert.c.uid == uid)))


def texts_joined(connection: Connection, sealer: Sealer, uid: str) -> list[str]:
    """What the alarms said that joined this one, oldest first."""
    rows = connection.execute(select(alert.c.uid, alert.c.sealed).where(alert.c.merged_into == uid).order_by(alert.c.at_ms, alert.c.id))
    return [text for text in (_opened(sealer, row.uid, row.sealed) for row in rows) if text is not None]


def _opened(sealer: Sealer, uid: str, sealed: bytes | None) -> str | None:
    try:
        return sealer.open(TEXT, uid, sealed).decode("utf-8", "surrogatepass") if sealed else None
    except CannotOpen:
        return None
