"""Writing to people over LINE, trying again, and giving the talk back to the bot.

Safe contact is kept here: outside the agreed days and hours nothing goes out unless the writer says why, and the reason stays on file.
Errors as in `casework.py`. Belongs here: the talk of alerts and cases. Does not: who holds a talk (`holding.py`), sending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import Connection, select

from bot.casework import cases, contact, scope
from bot.casework.model import HIGH, Alert, AlertState, Case, Holder, Staff
from bot.casework.moves import Change, Event, check_version, need
from bot.casework.record_types import SafeContact
from bot.store import alertnotes, holding, outbox, safecontacts, staffwords
from bot.store.casefiles import NotFound, Registry, load_alert, load_case, records, tell
from bot.store.casework import add_reason, engage, give_back, move_alert, move_case
from bot.store.pushing import hold_lane, push
from bot.store.sealing import CannotOpen
from bot.store.tables import OutboxState, conversation
from bot.store.tables import outbox as outbox_table

_LINE_TEXT = 5000  # UTF-16 units LINE takes in one text
#: The audit line of words sent against the agreement.
UNSAFE = Event("sent outside safe hours")
#: Not known to have arrived.
_AGAIN = frozenset({OutboxState.FAILED, OutboxState.DROPPED, OutboxState.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody can be written to. `agreed`: the safe contact that the reader may see; `now`: whether all that is agreed, anywhere,
    allows writing now (True without any); `blocked`: LINE says that they blocked us or left."""

    line: bool
    blocked: bool
    agreed: SafeContact | None
    now: bool


def reach(connection: Connection, registry: Registry, chat: str, agreed: Sequence[SafeContact], now_ms: int) -> Reach:
    """`agreed`: what stands in the cases at hand; agreements in other cases of the same chat bind too, without being shown."""
    now = safecontacts.may_write(connection, registry, chat, now_ms, agreed)
    found = connection.scalar(select(conversation.c.reachable).where(conversation.c.chat == chat)) if chat else None
    return Reach(bool(chat), found is False, contact.latest(agreed), now)


def reply_to_alert(
    connection: Connection, registry: Registry, actor: Staff, uid: str, version: int, text: str, now_ms: int, despite: str = ""
) -> str:
    """Write to the person who raised alert `uid`; returns the uid of the message (see `delivery`). The talk is the human's from now on.

    `despite`: why it is written although safe contact says no. Raises Refused: "text" (empty or too long), "unreachable" (no LINE chat,
    or blocked), "not safe now".
    """
    hold_lane(connection, load_alert(connection, actor, uid).chat)
    before = load_alert(connection, actor, uid, lock=True)
    safe = _safe(connection, registry, before.chat, (), despite, now_ms)
    if before.state is AlertState.ACKNOWLEDGED:
        engage(connection, registry, actor, uid, version, "line", now_ms)
    else:
        need(before.state is AlertState.ENGAGED, "state")
        need(actor.id == before.taken_by or scope.may(actor, scope.Power.ASSIGN), "not yours")
        spoken = Change(replace(before, version=version + 1), (Event("alert reply"),))
        move_alert(connection, registry, actor, uid, lambda one: _checked(one, version, spoken), now_ms)
    if not safe:
        tell(connection, registry, actor, uid, (UNSAFE,), now_ms)
        alertnotes.add_alert_note(connection, registry, actor, uid, despite, now_ms, UNSAFE)
    return _send(connection, registry, actor, before.chat, text, before.severity <= HIGH, now_ms)


def _checked(one: Alert, version: int, change: Change[Alert]) -> Change[Alert]:
    check_version(one.version, version)
    return change


def reply(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, text: str, now_ms: int, despite: str = ""
) -> str:
    """Write to the person of a case; otherwise as `reply_to_alert`. `version` is the one the writer saw: who was second gets Conflict."""
    case = load_case(connection, registry, actor, case_uid, now_ms)
    hold_lane(connection, case.chat)
    safe = _safe(connection, registry, case.chat, records(connection, registry, case, SafeContact), despite, now_ms)
    case = move_case(connection, registry, actor, case_uid, version, lambda one: cases.spoke(one, actor, version), now_ms)
    if not safe:
        tell(connection, registry, actor, case_uid, (UNSAFE,), now_ms)
        add_reason(connection, registry, actor, case, despite, UNSAFE, now_ms)
    return _send(connection, registry, actor, case.chat, text, case.risk <= HIGH, now_ms)


def _safe(connection: Connection, registry: Registry, chat: str, agreed: Sequence[SafeContact], despite: str, now_ms: int) -> bool:
    now = reach(connection, registry, chat, agreed, now_ms).now
    need(now or bool(despite.strip()), "not safe now")
    return now


def send_again(connection: Connection, registry: Registry, actor: Staff, about: str, message: str, now_ms: int, despite: str = "") -> str:
    """Words of staff that did not arrive go out once more, as a new message; returns its uid. `about`: the alert or case.

    Raises NotFound for a message of another talk, Refused("state") for one that arrived or is still on its way.
    """
    need(scope.may(actor, scope.Power.WORK), "role")
    chat, urgent, case = _talk_of(connection, registry, actor, about, now_ms)
    hold_lane(connection, chat)
    query = select(outbox_table).where(outbox_table.c.uid == message, outbox_table.c.chat == chat)
    row = connection.execute(query).one_or_none() if chat else None
    if row is None:
        raise NotFound(message)
    need(OutboxState(row.state) in _AGAIN, "state")
    agreed = records(connection, registry, case, SafeContact) if case else []
    if not _safe(connection, registry, chat, agreed, despite, now_ms):
        tell(connection, registry, actor, about, (UNSAFE,), now_ms)
    try:
        said = orjson.loads(orjson.loads(registry.sealer.open(outbox.PLACE, row.uid, row.sealed))[2])
    except (CannotOpen, ValueError):
        raise NotFound(message) from None
    words = staffwords.words_of(said)
    need(words is not None, "state")
    tell(connection, registry, actor, about, (Event("message sent again"),), now_ms)
    return _send(connection, registry, actor, chat, words or "", urgent, now_ms)


def _talk_of(connection: Connection, registry: Registry, actor: Staff, about: str, now_ms: int) -> tuple[str, bool, Case | None]:
    try:
        found = load_alert(connection, actor, about)
        need(actor.id == found.taken_by or scope.may(actor, scope.Power.ASSIGN), "not yours")
        return found.chat, found.severity <= HIGH, None
    except NotFound:
        case = load_case(connection, registry, actor, about, now_ms)
        return case.chat, case.risk <= HIGH, case


def _send(connection: Connection, registry: Registry, actor: Staff, chat: str, text: str, urgent: bool, now_ms: int) -> str:
    need(len(text.strip()) > 0 and len(text.encode("utf-16-le")) // 2 <= _LINE_TEXT, "text")
    watched = registry.alt and safecontacts.is_watched(connection, registry, chat)
    uid, body = registry.uid(), orjson.dumps([staffwords.covered(text, registry.alt) if watched else staffwords.plain(text)])
    sent = bool(chat) and push(connection, registry.sealer, chat, uid, body, now_ms, registry.channel, urgent)
    need(sent, "unreachable")
    holding.hand_over(connection, chat, Holder.HUMAN, actor.id, now_ms)
    return uid


def delivery(connection: Connection, message: str) -> OutboxState | None:
    """What became of a message; None if it is gone (erased)."""
    state = connection.scalar(select(outbox_table.c.state).where(outbox_table.c.uid == message))
    return None if state is None else OutboxState(state)


def release_to_bot(connection: Connection, registry: Registry, actor: Staff, uid: str, now_ms: int) -> None:
    """Give the talk of alert or case `uid` back to the bot."""
    need(scope.may(actor, scope.Power.WORK), "role")
    try:
        chat = load_alert(connection, actor, uid).chat
    except NotFound:
        chat = load_case(connection, registry, actor, uid, now_ms).chat
    hold_lane(connection, chat)
    give_back(connection, registry, actor, uid, chat, now_ms)
