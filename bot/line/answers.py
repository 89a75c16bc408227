"""From the replies of a burst to calls: which replies are sent, in which calls, with which reply token.

Belongs here: giving way, five messages a call, tokens. Does not: how messages look (`render.py`), HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from bot.conversation.effects import Forget, Reply
from bot.line.render import batches
from bot.store.outbox import Call

#: LINE promises one minute from receiving the webhook; we stay clear of its end.
TOKEN_LIFE_MS = 50_000


@dataclass(frozen=True, slots=True)
class Answered:
    """One event of a burst: where it can be answered, until when its token is good, and what its turn said."""

    to: str
    token: str
    token_until_ms: int
    effects: tuple[Reply | Forget, ...]


def calls_of(burst: Sequence[Answered], chat: str, chance: Callable[[], UUID], now_ms: int) -> list[Call]:
    """The calls of one chat, in order. Ordinary replies give way to the last one; urgent ones and those to keep never do."""
    chosen = _chosen(burst)
    tokens = {n: one.token for n, one in enumerate(burst) if one.token and one.token_until_ms > now_ms}
    spare = [n for n in tokens if not chosen[n]]  # oldest first; the newest is taken first
    calls = []
    for n, replies in enumerate(chosen):
        for urgent, messages in _bundles(replies):
            source = n if n in tokens else (spare.pop() if spare else -1)
            token = tokens.pop(source, "")
            until = burst[source].token_until_ms if token else 0
            calls.append(Call(str(chance()), chat, burst[n].to, token, messages, urgent, False, 0, until, now_ms))
    return calls


def _chosen(burst: Sequence[Answered]) -> list[list[Reply]]:
    """Replies to send, by event. After a Forget, ordinary words said before it are gone."""
    last = max((n for n, one in enumerate(burst) if any(_ordinary(effect) for effect in one.effects)), default=-1)
    forgotten = max((n for n, one in enumerate(burst) if any(isinstance(effect, Forget) for effect in one.effects)), default=-1)
    return [
        [effect for effect in one.effects if isinstance(effect, Reply) and (not _ordinary(effect) or (n == last and n >= forgotten))]
        for n, one in enumerate(burst)
    ]


def _ordinary(effect: Reply | Forget) -> bool:
    return isinstance(effect, Reply) and not effect.keep and not effect.urgent


def _bundles(replies: Sequence[Reply]) -> list[tuple[bool, bytes]]:
    """(urgent, JSON of at most five messages): the replies of one event share calls, urgent words first."""
    ordered = sorted(replies, key=lambda reply: not reply.urgent)
    made = batches([message for reply in ordered for message in reply.messages])
    urgent = any(reply.urgent for reply in ordered)
    return [(urgent, orjson.dumps(batch)) for batch in made]
