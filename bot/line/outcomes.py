"""What to do with a call, and what follows from LINE's answer: pure decisions.

The danger is twofold: an answer that never arrives, and one that arrives twice. A push can be repeated (retry key); a reply cannot, but its
token works only once: repeating it within its life either delivers it or tells by a 400 that it was delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.store.outbox import Call, Settled
from bot.store.tables import OutboxState

Way = Literal["reply", "push", "none"]

UNKNOWN = 0  # it may have arrived: timeout, connection lost
UNREACHED = -1  # it certainly did not: no connection
GIVE_UP_MS = 24 * 3_600_000  # LINE keeps a retry key for 24 hours
_FIRST_WAIT_MS = 400
_LONGEST_WAIT_MS = 60_000
_URGENT_LONGEST_WAIT_MS = 10_000
_CONFIGURATION = frozenset({401, 403})  # wrong token or plan: an admin can mend it


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    request_id: str = ""
    message: str = ""
    retry_after_s: float = 0


def way_of(call: Call, now_ms: int) -> Way:
    """How to send it now. `none`: a reply of unknown fate whose token is over; only danger is worth saying twice."""
    if call.token and now_ms < call.token_until_ms:
        return "reply"
    return "none" if call.doubt and not call.urgent else "push"


def over_quota(answer: Answer) -> bool:
    return answer.status == 429 and "monthly limit" in answer.message.lower()


def settle(call: Call, way: Way, answer: Answer, now_ms: int, jitter: float) -> Settled:
    """What becomes of `call`. `jitter` in 0…1."""
    tried = replace(call, tries=call.tries + 1)
    if way == "none":
        return _done(tried, OutboxState.UNCERTAIN, answer, now_ms)
    if 200 <= answer.status < 300 or (answer.status == 409 and way == "push"):
        return _done(tried, OutboxState.SENT, answer, now_ms)
    if answer.status == 400 and way == "reply" and "reply token" in answer.message.lower():
        # After an attempt of unknown fate the token is used up because that attempt arrived; otherwise it is simply dead.
        return _done(tried, OutboxState.SENT, answer, now_ms) if call.doubt else _again(replace(tried, token_until_ms=0), answer, now_ms, 0)
    if over_quota(answer) and not call.urgent:
        return _done(tried, OutboxState.DROPPED, answer, now_ms)
    if _final(answer.status) or now_ms - call.created_ms > GIVE_UP_MS:
        return _done(tried, OutboxState.FAILED, answer, now_ms)
    doubt = call.doubt or (way == "reply" and _unknown(answer.status))
    return _again(replace(tried, doubt=doubt), answer, now_ms, _wait_ms(call, answer, jitter))


def _unknown(status: int) -> bool:
    return status == UNKNOWN or status >= 500


def _final(status: int) -> bool:
    return 400 <= status < 500 and status != 429 and status not in _CONFIGURATION


def _wait_ms(call: Call, answer: Answer, jitter: float) -> int:
    longest = _URGENT_LONGEST_WAIT_MS if call.urgent else _LONGEST_WAIT_MS
    wait = min(longest, _FIRST_WAIT_MS * 2 ** min(call.tries, 10)) * (0.5 + jitter)
    return int(max(wait, answer.retry_after_s * 1000))


def _done(call: Call, state: OutboxState, answer: Answer, now_ms: int) -> Settled:
    return Settled(call.uid, state, now_ms, call.doubt, call.tries, now_ms, call.token_until_ms, max(0, answer.status), answer.request_id)


def _again(call: Call, answer: Answer, now_ms: int, wait_ms: int) -> Settled:
    due = now_ms + wait_ms
    return Settled(
        call.uid, OutboxState.WAITING, now_ms, call.doubt, call.tries, due, call.token_until_ms, max(0, answer.status), answer.request_id
    )
