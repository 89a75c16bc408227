"""Alerts and requests for a human, as the turn raises them. Casework takes over from here.

Belongs here: writing them in the turn's transaction. Does not: who takes them, clocks, cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from bot.conversation.effects import RaiseAlert
from bot.store.sealing import Sealer
from bot.store.tables import AlertState, alert, human_request

TEXT = "alert.sealed"
TOPIC = "human_request.topic_sealed"


def raise_alerts(connection: Connection, sealer: Sealer, raised: Iterable[tuple[str, str, RaiseAlert]], now_ms: int) -> None:
    """Insert (uid, chat, effect)."""
    rows = [_alert_row(sealer, uid, chat, effect, now_ms) for uid, chat, effect in raised]
    if rows:
        connection.execute(insert(alert), rows)


def _alert_row(sealer: Sealer, uid: str, chat: str, effect: RaiseAlert, now_ms: int) -> dict[str, Any]:
    return {
        "uid": uid,
        "chat": chat,
        "level": effect.level,
        "severity": effect.severity,
        "kind": effect.kind,
        "subject": effect.subject,
        "why": orjson.dumps(effect.why).decode(),
        "state": AlertState.RAISED.value,
        "at_ms": now_ms,
        "sealed": sealer.seal(TEXT, uid, effect.text.encode("utf-8", "surrogatepass")),
    }


def ask_human(connection: Connection, sealer: Sealer, asked: Iterable[tuple[str, str, str]], now_ms: int) -> None:
    """Insert (uid, chat, topic)."""
    rows = [
        {
            "uid": uid,
            "chat": chat,
            "topic_sealed": sealer.seal(TOPIC, uid, topic.encode("utf-8", "surrogatepass")),
            "state": "open",
            "at_ms": now_ms,
        }
        for uid, chat, topic in asked
    ]
    if rows:
        connection.execute(insert(human_request), rows)
