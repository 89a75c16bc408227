"""Calling staff about an alert: a line for their console, and a neutral card on LINE for those who linked it.

Cards stand in the outbox under a chat name of their own: they enter no transcript, wait behind nobody's talk and hold none up.
Belongs here: who gets a card. Does not: choosing people (`bot/casework/roster.py`), what a card looks like (`Registry.card`).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from bot.casework.alerts import TOP_RUNG
from bot.casework.model import Alert
from bot.store import duty, inbox, linelinks, outbox
from bot.store.casefiles import Registry
from bot.store.outbox import Call
from bot.store.staff_tables import presence
from bot.store.tables import outbox as outbox_table

_AT_THE_PAGE_MS = 12_000
_CARDS_APART_MS = 120_000
_ORDINARY = 4  # severity: somebody asks for a human about no danger


def desk_chat(chat: str) -> str:
    """The name under which words to staff as staff stand in the outbox and the inbox."""
    return f"desk:{chat}"


def ring_alert(connection: Connection, registry: Registry, alert: Alert, rung: int, now_ms: int) -> list[str]:
    """Ring whose turn it is at this rung; returns their ids (none if nobody is on duty anywhere)."""
    people = duty.ring(connection, alert.uid, alert.centre, rung, now_ms)
    _send_cards(connection, registry, alert, people, _group_of(alert, rung), now_ms)
    return people


def ring_again(connection: Connection, registry: Registry, alert: Alert, people: Collection[str], now_ms: int) -> None:
    """Those who have it already: something new happened in the talk. No card for who has the page open, and one in two minutes at most:
    somebody in danger may write ten lines in a row, and each card is a push of the quota."""
    duty.ring_people(connection, alert.uid, list(people), alert.rung, now_ms)
    at_it = select(presence.c.staff).where(presence.c.about == alert.uid, presence.c.at_ms > now_ms - _AT_THE_PAGE_MS)
    here = set(connection.scalars(at_it))
    _send_cards(connection, registry, alert, [who for who in people if who not in here], (), now_ms, now_ms - _CARDS_APART_MS)


def _group_of(alert: Alert, rung: int) -> tuple[str, ...]:
    """Whose group hears of it: the centre's at first, the upper one's when it may take it too. A push to a group costs one per member."""
    if rung == 0:
        return (alert.centre,)
    return (alert.upper,) if rung == TOP_RUNG and alert.upper else ()


def _send_cards(
    connection: Connection,
    registry: Registry,
    alert: Alert,
    people: Collection[str],
    centres: Collection[str],
    now_ms: int,
    not_since_ms: int | None = None,
) -> None:
    """Danger is urgent: it goes before everything and no quota drops it. `not_since_ms`: nothing to a phone that got something since."""
    if registry.card is None:
        return
    to = linelinks.addresses(connection, registry.sealer, people, centres)
    if not_since_ms is not None:
        to = [(chat, address) for chat, address in to if _last(connection, chat) < not_since_ms]
    if not to:
        return
    card, urgent = registry.card(alert, now_ms), alert.severity < _ORDINARY
    calls = [Call(registry.uid(), desk_chat(chat), address, "", card, urgent, False, 0, 0, now_ms) for chat, address in to]
    outbox.add(connection, registry.sealer, [(call, False) for call in calls], "", now_ms)
    inbox.announce(connection, registry.channel)


def _last(connection: Connection, chat: str) -> int:
    """When something was last written to this phone or group of staff."""
    return connection.scalar(select(func.max(outbox_table.c.created_ms)).where(outbox_table.c.chat == desk_chat(chat))) or 0
