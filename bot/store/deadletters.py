"""What did not get through: events whose turn broke and messages LINE refused, for an admin to try again. Without any text.

Belongs here: listing and trying again. Does not: what goes wrong (`bot/line`), the inbox and outbox themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from bot.casework.model import Role, Staff
from bot.casework.moves import need
from bot.store import audit, nudges
from bot.store.casefiles import NotFound
from bot.store.sealing import Sealer
from bot.store.tables import InboxState, OutboxState, inbox, outbox

_MOST = 200
#: An older message would come out of nowhere.
_FRESH_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Dead:
    """`box`: inbox | outbox. `state`: failed | uncertain | dropped. `status`: LINE's last answer (HTTP). `again`: may be tried again (an
    uncertain message may have arrived and is never sent twice; a dropped one is planned anew by itself)."""

    box: str
    id: int
    chat: str
    state: str
    at_ms: int
    tries: int
    status: int
    urgent: bool
    again: bool

    @property
    def code(self) -> str:
        return self.chat[:6].upper()


def dead(connection: Connection, now_ms: int) -> list[Dead]:
    """Newest first."""
    return sorted((*_came(connection), *_went(connection, now_ms)), key=lambda one: -one.at_ms)


def _came(connection: Connection) -> list[Dead]:
    failed = select(inbox.c.id, inbox.c.chat, inbox.c.received_ms, inbox.c.tries).where(inbox.c.state == int(InboxState.FAILED))
    rows = connection.execute(failed.order_by(inbox.c.id.desc()).limit(_MOST))
    return [Dead("inbox", row.id, row.chat, "failed", row.received_ms, row.tries, 0, False, True) for row in rows]


def _went(connection: Connection, now_ms: int) -> list[Dead]:
    ends = [int(state) for state in (OutboxState.UNCERTAIN, OutboxState.FAILED, OutboxState.DROPPED)]
    rows = connection.execute(select(outbox).where(outbox.c.state.in_(ends)).order_by(outbox.c.id.desc()).limit(_MOST))
    found = []
    for row in rows:
        state = OutboxState(row.state).name.lower()
        again = state == "failed" and bool(row.sealed) and row.created_ms > now_ms - _FRESH_MS
        found.append(Dead("outbox", row.id, row.chat, state, row.created_ms, row.tries, row.status, row.urgent, again))
    return found


def retry(connection: Connection, sealer: Sealer, actor: Staff, box: str, id_: int, now_ms: int) -> None:
    """Raises NotFound when it is no longer dead, Refused when its moment is over or writing there now could bring somebody into danger."""
    need(actor.role is Role.ADMIN, "role")
    found = next((one for one in dead(connection, now_ms) if (one.box, one.id) == (box, id_)), None)
    if found is None:
        raise NotFound(str(id_))
    need(found.again, "too old")
    if box == "inbox":
        connection.execute(update(inbox).where(inbox.c.id == id_).values(state=int(InboxState.PENDING)))
    else:
        need(found.urgent or not nudges.in_danger(connection, sealer, found.chat), "not safe now")
        fresh = {"state": int(OutboxState.WAITING), "due_ms": now_ms, "tries": 0, "settled_ms": 0, "token_until_ms": 0, "lease_ms": 0}
        connection.execute(update(outbox).where(outbox.c.id == id_).values(fresh))
    audit.append(connection, sealer, [audit.Entry(actor.actor, f"{box} tried again", str(id_))], now_ms)
