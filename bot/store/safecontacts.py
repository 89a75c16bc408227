"""Safe contact as the person told it in the chat, and what staff must see of the talk beside its words.

It stands under the newest open alert of the chat, else under its open case, else under its last alert: a danger is told of before
there is a case. Belongs here: writing and gathering it. Does not: asking (`bot/conversation/contact.py`), what it allows
(`bot/casework/contact.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.casework import clocks, contact
from bot.casework.model import OPEN_ALERTS
from bot.casework.moves import Refused
from bot.casework.record_types import BY_PERSON, SafeContact
from bot.conversation.effects import AreaTold, ContactTold, TellStaff
from bot.store import alerts, duty, holding
from bot.store.audit import Entry
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import Registry, open_record, record_values
from bot.store.sealing import CannotOpen
from bot.store.tables import alert, conversation

_KIND = "safe_contact"
_FIELDS = frozenset(field.name for field in fields(SafeContact)) - {"uid", "by", "at_ms", "version"}
_OPEN = [state.value for state in OPEN_ALERTS]


def owners(connection: Connection, chat: str) -> list[str]:
    """Cases and alerts of a chat: whatever safe contact stands under one of them binds."""
    if not chat:
        return []
    found = connection.scalars(select(case_file.c.uid).where(case_file.c.chat == chat)).all()
    return [*found, *connection.scalars(select(alert.c.uid).where(alert.c.chat == chat)).all()]


def under(connection: Connection, registry: Registry, uids: Sequence[str]) -> list[SafeContact]:
    """What was agreed under these alerts and cases, oldest first. The caller was allowed to load them, or reads for the system."""
    query = select(case_record.c.uid, case_record.c.sealed).where(case_record.c.case_uid.in_(uids), case_record.c.kind == _KIND)
    found = []
    for row in connection.execute(query.order_by(case_record.c.at_ms, case_record.c.uid)) if uids else ():
        try:
            found.append(open_record(registry, SafeContact, row))
        except CannotOpen:  # erased
            continue
    return found


def of_chat(connection: Connection, registry: Registry, chat: str) -> list[SafeContact]:
    """Every agreement on how to reach whoever writes in this chat. Read by the system: what is safe holds for all who write."""
    return under(connection, registry, owners(connection, chat))


def may_write(connection: Connection, registry: Registry, chat: str, now_ms: int, agreed: Sequence[SafeContact] = ()) -> bool:
    """Whether all that was agreed anywhere, and `agreed`, allows writing to the chat now (True without any)."""
    latest = contact.latest([*agreed, *of_chat(connection, registry, chat)])
    if latest is None:
        return True
    wrote_ms = connection.scalar(select(conversation.c.updated_ms).where(conversation.c.chat == chat)) or 0
    return contact.may_write(latest, now_ms, wrote_ms)


def is_watched(connection: Connection, registry: Registry, chat: str) -> bool:
    """Whether the person, or staff after talking with them, named anybody who reads this phone."""
    latest = contact.latest(of_chat(connection, registry, chat))
    return latest is not None and contact.has_readers(latest)


def beside(connection: Connection, registry: Registry, chat: str, effect: AreaTold | ContactTold | TellStaff, now_ms: int) -> list[Entry]:
    """What a person in danger told beside the alarm itself; returns the audit lines to write."""
    if isinstance(effect, AreaTold):
        alerts.locate(connection, registry, chat, effect.area, now_ms)
        return []
    if isinstance(effect, ContactTold):
        return told(connection, registry, chat, effect, now_ms)
    return tell_staff(connection, chat, effect, now_ms)


def told(connection: Connection, registry: Registry, chat: str, effect: ContactTold, now_ms: int) -> list[Entry]:
    """Keep what the person agreed on; the audit lines to write. Nothing is kept where nobody is being helped."""
    about = _about(connection, chat)
    changes = {name: value for name, value in effect.changes.items() if name in _FIELDS}
    if not about or not changes:
        return []
    before = contact.latest(of_chat(connection, registry, chat))
    agreed = _agreed(registry, before, changes, now_ms)
    if before is not None and agreed.uid == before.uid:
        mine = case_record.c.uid == before.uid
        connection.execute(update(case_record).where(mine).values(record_values(registry, agreed) | {"at_ms": now_ms}))
    else:
        placed = {"case_uid": about[0], "kind": _KIND, "at_ms": now_ms}
        connection.execute(insert(case_record).values(record_values(registry, agreed) | placed))
    return [Entry("chat", "safe contact told", about[0], {"fields": sorted(changes), "record": agreed.uid})]


def _agreed(registry: Registry, before: SafeContact | None, changes: Mapping[str, Any], now_ms: int) -> SafeContact:
    """Taps of one talk go into one agreement; what staff wrote down, or an older one, stays on file as it is."""
    same = before is not None and before.by == BY_PERSON and now_ms - before.at_ms < clocks.HOUR
    base = before or SafeContact("", BY_PERSON, now_ms, "line")
    new = replace(base, by=BY_PERSON, at_ms=now_ms, **changes)
    new = replace(new, version=base.version + 1) if same else replace(new, uid=registry.uid(), version=1)
    try:
        return contact.agreed(new).new
    except Refused:  # a code word that is the stop word of staff: keep theirs
        return replace(new, code_word=base.code_word)


def tell_staff(connection: Connection, chat: str, effect: TellStaff, now_ms: int) -> list[Entry]:
    """The audit lines that show it in the open alert and cases; whoever has one is rung again, if so wished."""
    for uid, people in _helpers(connection, chat).items() if effect.ring else ():
        duty.ring_people(connection, uid, people, 0, now_ms)
    return [Entry("chat", f"person: {effect.what}", uid) for uid in _about(connection, chat)]


def _about(connection: Connection, chat: str) -> list[str]:
    """Open alerts and cases of a chat, newest first; the last alert, if none is open."""
    mine, newest = alert.c.chat == chat, (alert.c.at_ms.desc(), alert.c.id.desc())
    found = list(
        connection.scalars(select(alert.c.uid).where(mine, alert.c.state.in_(_OPEN)).order_by(alert.c.at_ms.desc(), alert.c.id.desc()))
    )
    cases = select(case_file.c.uid).where(case_file.c.chat == chat, case_file.c.closed_ms == 0).order_by(case_file.c.opened_ms.desc())
    found += connection.scalars(cases)
    last = select(alert.c.uid).where(mine, alert.c.merged_into == "").order_by(*newest).limit(1)
    return found or list(connection.scalars(last))


def _helpers(connection: Connection, chat: str) -> dict[str, list[str]]:
    """Who has an open alert or case of this chat, and whoever writes with the person now."""
    held = holding.holder_of(connection, chat).staff
    taken = connection.execute(select(alert.c.uid, alert.c.taken_by).where(alert.c.chat == chat, alert.c.state.in_(_OPEN)))
    owned = connection.execute(select(case_file.c.uid, case_file.c.owner).where(case_file.c.chat == chat, case_file.c.closed_ms == 0))
    return {uid: sorted({who, held} - {""}) for uid, who in (*taken, *owned)}
