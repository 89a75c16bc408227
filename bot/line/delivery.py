"""The deliverer: sends claimed calls, many chats at once, one call per chat at a time, and settles them in batches.

Belongs here: slots, tasks, the metrics of calls. Does not: what an answer means (`outcomes.py`), order and claims (`bot/store/outbox.py`).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import metrics
from bot.line.client import LineClient
from bot.line.outcomes import UNKNOWN, Answer, Way, over_quota, settle, way_of
from bot.store.outbox import Call, Settled
from bot.store.tables import OutboxState

_log = logging.getLogger(__name__)
_AFTER_DUE_S = 0.002


@dataclass(frozen=True, slots=True)
class Slots:
    """Calls under way at most. Urgent ones have their own, so that a backlog of ordinary ones never stands before them."""

    ordinary: int = 400
    urgent: int = 100


class Deliverer:
    """`record` takes what became of a call; `look` is called when a call that must be tried again is due."""

    def __init__(
        self, client: LineClient, record: Callable[[Settled], None], look: Callable[[], None], clock_ms: Callable[[], int], slots: Slots
    ) -> None:
        self._client = client
        self._record = record
        self._look = look
        self._clock_ms = clock_ms
        self._slots = slots
        self._under_way = {True: 0, False: 0}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def free(self, urgent: bool) -> int:
        """Calls that may start now."""
        limit = self._slots.urgent if urgent else self._slots.ordinary
        return 0 if self._closing else max(0, limit - self._under_way[urgent])

    def start(self, calls: Sequence[Call]) -> None:
        """Send `calls`, which this worker has claimed."""
        for call in calls:
            self._under_way[call.urgent] += 1
            task = asyncio.create_task(self._deliver(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        metrics.IN_FLIGHT.set(len(self._tasks))

    async def _deliver(self, call: Call) -> None:
        way = way_of(call, self._clock_ms())
        answer = await self._send(call, way)
        settled = settle(call, way, answer, self._clock_ms(), random.random())
        _count(way, settled, answer)
        self._under_way[call.urgent] -= 1
        if settled.state is OutboxState.WAITING:
            wait_s = max(0, settled.due_ms - self._clock_ms()) / 1000
            asyncio.get_running_loop().call_later(wait_s + _AFTER_DUE_S, self._look)
        self._record(settled)

    async def _send(self, call: Call, way: Way) -> Answer:
        if way == "none":
            return Answer(UNKNOWN)
        try:
            return await (self._client.reply(call) if way == "reply" else self._client.push(call))
        except Exception:  # never lose a call to a bug in the client: its fate is unknown, and it is tried again
            _log.exception("a call broke")
            return Answer(UNKNOWN)

    async def close(self, patience_s: float) -> None:
        """Finish what is under way. What does not finish is found in doubt by the next worker."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_s)


def _count(way: Way, settled: Settled, answer: Answer) -> None:
    outcome = settled.state.name.lower() if settled.state is not OutboxState.WAITING else "retry"
    metrics.CALLS.labels(way, outcome).inc()
    if way == "push" and over_quota(answer):
        _log.error("the monthly push quota is spent", extra={"fields": {"status": answer.status}})
    if settled.state in (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.DROPPED):
        _log.warning(
            "a call did not reach its chat",
            extra={"fields": {"way": way, "outcome": outcome, "status": answer.status, "request": answer.request_id}},
        )
