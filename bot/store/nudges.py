"""Nudges as rows, and what decides whether their chat may be written to. The rows are the truth: a scheduler only says "look now".

Everything about one chat happens under the lock of its lane, in one transaction with the push row: two schedulers never send the same, and
whoever is killed half-way leaves nothing or all of it. Belongs here: these rows. Does not: plans and moments (`bot/followup`), words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, bindparam, func, select, update

from bot.casework.model import AlertState
from bot.casework.record_types import BY_PERSON, SafeContact
from bot.conversation.world import BANGKOK, thai_day
from bot.followup import budget
from bot.followup.budget import Quota
from bot.followup.hours import WEEK, Contact, Window
from bot.followup.nudge import Kind, Nudge, Priority
from bot.followup.progress import Outcome, Step
from bot.store import outbox, safecontacts
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import RECORD
from bot.store.database import insert_new, is_postgres
from bot.store.nudge_tables import NudgeState, nudge, nudge_contact
from bot.store.prepared import Prepared, among, listed
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import OutboxState, alert, conversation, lane, literal, meta
from bot.store.tables import outbox as outbox_table

#: `push` of a nudge that went along with an answer.
BY_REPLY = "reply"
_AGAIN = "again"
_SAFE: TypeAdapter[SafeContact] = TypeAdapter(SafeContact)
_PLANNED = nudge.c.state == int(NudgeState.PLANNED)
#: Pushes followed up at once.
FOLLOWED = 500
_SENT = (
    update(nudge)
    .where(nudge.c.id == bindparam("of"))
    .values(state=int(NudgeState.SENT), settled_ms=bindparam("at"), history=bindparam("told"))
)

_DUE_CHATS = Prepared(
    lambda dialect: (
        select(nudge_contact.c.chat)
        .distinct()
        .join(nudge, nudge.c.chat == nudge_contact.c.chat)
        .where(among(nudge_contact.c.chat, "chats", dialect), _PLANNED, nudge.c.due_ms <= bindparam("now"))
    )
)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


# ---------------------------------------------------------------- planning
def replan(connection: Connection, chat: str, nudges: Sequence[Nudge], about: Collection[tuple[str, str]], now_ms: int) -> None:
    """Make `nudges` the planned ones of the chat. Those that were sent or cancelled before stay so. A day the person asked for themselves
    stays while its right is among `about` (member, entitlement)."""
    rows = connection.execute(select(nudge).where(nudge.c.chat == chat, _PLANNED)).all()
    wanted = {one.id for one in nudges}
    gone = [row for row in rows if row.id not in wanted and not (row.reason == _AGAIN and (row.member, row.entitlement) in about)]
    _settle_rows(connection, gone, NudgeState.CANCELLED, now_ms, "planned anew")
    add(connection, nudges, now_ms)


def add(connection: Connection, nudges: Iterable[Nudge], now_ms: int) -> None:
    """Insert those that are not there yet, whatever became of them."""
    insert_new(connection, nudge, [_row(one, now_ms) for one in nudges])


def _row(one: Nudge, now_ms: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "chat": one.chat,
        "member": one.member,
        "entitlement": one.entitlement,
        "kind": one.kind,
        "due_ms": milliseconds(one.due),
        "on_day": one.on.isoformat() if one.on else "",
        "reason": one.reason,
        "cancel": " ".join(sorted(one.cancel)),
        "priority": int(one.priority),
        "state": int(NudgeState.PLANNED),
        "push": "",
        "written_ms": 0,
        "settled_ms": 0,
        "history": orjson.dumps([[now_ms, "planned"]]).decode(),
    }


def read_row(row: Any) -> Nudge:
    cancel = cast("frozenset[Step]", frozenset(row.cancel.split()))
    on = date.fromisoformat(row.on_day) if row.on_day else None
    due, priority = moment(row.due_ms), Priority(row.priority)
    return Nudge(row.id, row.chat, row.member, row.entitlement, cast(Kind, row.kind), due, row.reason, cancel, priority, on)


def happened(connection: Connection, chat: str, one: Outcome, now_ms: int) -> None:
    """Cancel what the new step makes needless."""
    mine = (nudge.c.chat == chat, nudge.c.member == one.member, nudge.c.entitlement == one.entitlement)
    rows = connection.execute(select(nudge).where(*mine, _PLANNED)).all()
    _settle_rows(connection, [row for row in rows if one.step in row.cancel.split()], NudgeState.CANCELLED, now_ms, one.step)


def due(connection: Connection, chat: str, now_ms: int) -> list[Nudge]:
    rows = connection.execute(select(nudge).where(nudge.c.chat == chat, _PLANNED, nudge.c.due_ms <= now_ms))
    return [read_row(row) for row in rows]


def settle(connection: Connection, ids: Collection[str], state: NudgeState, now_ms: int, what: str, push: str = "") -> None:
    rows = connection.execute(select(nudge).where(nudge.c.id.in_(ids))).all()
    _settle_rows(connection, rows, state, now_ms, what, push)


def _settle_rows(connection: Connection, rows: Iterable[Any], state: NudgeState, now_ms: int, what: str, push: str = "") -> None:
    for row in rows:
        values = {"state": int(state), "settled_ms": now_ms, "history": longer(row.history, now_ms, what)}
        written = {"push": push, "written_ms": now_ms} if push else {}
        connection.execute(update(nudge).where(nudge.c.id == row.id).values(values | written))


def longer(history: str, now_ms: int, what: str) -> str:
    """A history with one entry more."""
    return orjson.dumps([*orjson.loads(history), [now_ms, what]]).decode()


def history(connection: Connection, chat: str) -> list[tuple[Nudge, NudgeState, list[tuple[int, str]]]]:
    """Every nudge of a chat with what became of it, by due time."""
    rows = connection.execute(select(nudge).where(nudge.c.chat == chat).order_by(nudge.c.due_ms, nudge.c.id))
    return [(read_row(row), NudgeState(row.state), [(at, what) for at, what in orjson.loads(row.history)]) for row in rows]


# ---------------------------------------------------------------- whom to write to
def contact(connection: Connection, sealer: Sealer, chat: str, now_ms: int) -> Contact:
    """How the chat may be written to, as of now."""
    row = connection.execute(select(nudge_contact).where(nudge_contact.c.chat == chat)).one_or_none()
    danger, window = _danger(connection, sealer, chat)
    stopped = row is not None and row.stopped
    return Contact(stopped, danger and window is None, window, _sent(connection, chat, now_ms))


def in_danger(connection: Connection, sealer: Sealer, chat: str) -> bool:
    """Whether danger was ever told of in this chat, or it has a case: no list of calls may hold it."""
    return _danger(connection, sealer, chat)[0]


def _danger(connection: Connection, sealer: Sealer, chat: str) -> tuple[bool, Window | None]:
    """Whether danger was ever told of, and the safe window agreed since. No danger is a wish to talk to a human, and what was only asked
    about gently and staff found to be nothing."""
    asked_only = and_(alert.c.kind == "none", alert.c.severity == 4)
    nothing = and_(alert.c.level == "check", alert.c.state.in_((AlertState.RESOLVED.value, AlertState.MERGED.value)))
    last = connection.scalar(select(func.max(alert.c.at_ms)).where(alert.c.chat == chat, ~asked_only, ~nothing))
    cases = connection.scalars(select(case_file.c.uid).where(case_file.c.chat == chat)).all()
    if last is None and not cases:
        return False, None
    under = case_record.c.case_uid.in_(safecontacts.owners(connection, chat))
    query = select(case_record.c.uid, case_record.c.sealed).where(under, case_record.c.kind == "safe_contact")
    agreed = [one for row in connection.execute(query) for one in (_safe_contact(sealer, row),) if one and one.at_ms > (last or 0)]
    newest = max(agreed, key=lambda one: one.at_ms, default=None)
    by_staff = any(one.by != BY_PERSON for one in agreed)  # that we may answer in the chat now is no leave to write first another day
    if newest is None or newest.channel != "line" or not by_staff:
        return True, None
    return True, Window(frozenset(newest.weekdays), newest.from_minute, newest.until_minute)


def _safe_contact(sealer: Sealer, row: Any) -> SafeContact | None:
    try:
        return _SAFE.validate_json(sealer.open(RECORD, row.uid, row.sealed))
    except CannotOpen:
        return None


def _sent(connection: Connection, chat: str, now_ms: int) -> tuple[datetime, ...]:
    """When pushes went out in the last week, and any that a clock set back has put into the future."""
    mine = (nudge.c.chat == chat, nudge.c.state.in_((int(NudgeState.WRITTEN), int(NudgeState.SENT))), nudge.c.push != BY_REPLY)
    since = now_ms - int(WEEK.total_seconds() * 1000)
    query = select(nudge.c.push, func.min(nudge.c.written_ms)).where(*mine, nudge.c.written_ms > since).group_by(nudge.c.push)
    return tuple(sorted(moment(at) for _, at in connection.execute(query)))


def wish(connection: Connection, chat: str, wanted: bool, now_ms: int) -> None:
    _set(connection, chat, stopped=not wanted)
    if not wanted:
        outbox.drop_late(connection, now_ms, chat)


def look_again(connection: Connection, chat: str, at: datetime | None, urgency: int) -> None:
    """When to look at the chat next; None: not before something changes."""
    _set(connection, chat, next_ms=milliseconds(at) if at else 0, urgency=urgency)


def reachable(connection: Connection, chat: str) -> bool:
    """Whether LINE still lets us write there, as far as is known."""
    return bool(connection.scalar(select(conversation.c.reachable).where(conversation.c.chat == chat)))


def mark_unreached(connection: Connection, chat: str, unreached: bool) -> None:
    _set(connection, chat, unreached=unreached)


def _set(connection: Connection, chat: str, **values: Any) -> None:
    fresh = {"chat": chat, "next_ms": 0, "urgency": int(Priority.CHECK_UP), "stopped": False, "unreached": False}
    insert_new(connection, nudge_contact, [fresh])
    connection.execute(update(nudge_contact).where(nudge_contact.c.chat == chat).values(values))


def next_due(connection: Connection, chat: str) -> tuple[int, int] | None:
    """(due time of the next planned nudge, most urgent priority of the planned ones); None: nothing is planned."""
    row = connection.execute(select(func.min(nudge.c.due_ms), func.min(nudge.c.priority)).where(nudge.c.chat == chat, _PLANNED)).one()
    return None if row[0] is None else (row[0], row[1])


# ---------------------------------------------------------------- looking
def overdue(connection: Connection, now_ms: int) -> tuple[int, int]:
    """Chats that should have been looked at by now: how many, and since when the oldest (ms; 0 if none)."""
    query = select(func.count(), func.min(nudge_contact.c.next_ms)).where(nudge_contact.c.next_ms > 0, nudge_contact.c.next_ms <= now_ms)
    count, oldest = connection.execute(query).one()
    return count, oldest or 0


def claim(connection: Connection, now_ms: int, limit: int) -> list[str]:
    """Chats to look at now, most urgent first, their lanes locked until the transaction ends. What is due there must be read afterwards."""
    waiting = and_(nudge_contact.c.next_ms > 0, nudge_contact.c.next_ms <= now_ms)
    query = select(lane.c.chat).join(nudge_contact, nudge_contact.c.chat == lane.c.chat).where(waiting)
    query = query.order_by(nudge_contact.c.urgency, nudge_contact.c.next_ms).limit(limit)
    return list(connection.scalars(query.with_for_update(of=lane, skip_locked=True) if is_postgres(connection) else query))


def chats_due(connection: Connection, chats: Sequence[str], now_ms: int) -> list[str]:
    """Which of `chats` have something due."""
    if not chats:
        return []
    return [chat for (chat,) in _DUE_CHATS.rows(connection, {"chats": listed(connection, chats), "now": now_ms})]


def follow_pushes(connection: Connection, now_ms: int) -> int:
    """Learn from the outbox what became of written nudges. Dropped ones are planned again; refused ones need a human. Returns how many."""
    settled = outbox_table.c.state >= literal(OutboxState.SENT)
    query = select(nudge, outbox_table.c.state.label("became")).join(outbox_table, outbox_table.c.uid == nudge.c.push)
    query = query.where(nudge.c.state == int(NudgeState.WRITTEN), settled).order_by(nudge.c.id).limit(FOLLOWED)
    rows = connection.execute(query.with_for_update(of=nudge, skip_locked=True) if is_postgres(connection) else query).all()
    for row in rows:
        if row.became == OutboxState.DROPPED:
            _settle_rows(connection, [row], NudgeState.PLANNED, now_ms, "not sent")
            connection.execute(update(nudge).where(nudge.c.id == row.id).values(push="", written_ms=0))
            connection.execute(update(nudge_contact).where(nudge_contact.c.chat == row.chat).values(next_ms=now_ms + 1))
        elif row.became == OutboxState.FAILED:
            _settle_rows(connection, [row], NudgeState.UNREACHED, now_ms, "refused")
            mark_unreached(connection, row.chat, True)
    sent = [row for row in rows if row.became not in (OutboxState.DROPPED, OutboxState.FAILED)]
    if sent:
        told = [{"of": row.id, "at": now_ms, "told": longer(row.history, now_ms, "sent")} for row in sent]
        connection.execute(_SENT, told)
    return len(rows)


def quota(connection: Connection) -> Quota | None:
    """As last read from LINE, with what was written since; None: never read."""
    value = connection.scalar(select(meta.c.value).where(meta.c.name == "quota"))
    if value is None:
        return None
    read = orjson.loads(value)
    since = select(func.count(func.distinct(nudge.c.push))).where(nudge.c.written_ms > read["at_ms"], nudge.c.push.not_in(("", BY_REPLY)))
    return Quota(read["limit"], read["used"] + (connection.scalar(since) or 0))


def planned_until(connection: Connection, until_ms: int) -> int:
    """Chats that are to be written to until then: for the forecast of the quota."""
    return connection.scalar(select(func.count(func.distinct(nudge.c.chat))).where(_PLANNED, nudge.c.due_ms <= until_ms)) or 0


def forecast(connection: Connection, now_ms: int) -> int | None:
    """Pushes that will be missing at the end of this month if all that is planned goes out; None: unlimited, or the quota is not known."""
    day = thai_day(moment(now_ms))
    month_end = datetime.combine(day.replace(day=1) + timedelta(days=32), time(0), BANGKOK).replace(day=1)
    known = quota(connection)
    return budget.forecast(known, planned_until(connection, milliseconds(month_end))) if known else None
