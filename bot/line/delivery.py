"""The deliverer: sends claimed calls, many chats at once, one call per chat at a time, and settles them in batches.

Belongs here: slots, tasks, the metrics of calls. Does not: what an answer means (`outcomes.py`), order and claims (`bot/store/outbox.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import metrics
from bot.line.client import LineClient
from bot.line.outcomes import Answer, Way, over_quota, settle, way_of
from bot.store import outbox
from bot.store.outbox import Call, Settled
from bot.store.sealing import Sealer
from bot.store.tables import OutboxState
from bot.store.writer import Coalescer, StoreRefused, Writer

_log = logging.getLogger(__name__)
_RETRY_STORE_S = 0.5


@dataclass(frozen=True, slots=True)
class Slots:
    """Calls under way at most. Urgent ones have their own, so that a backlog of ordinary ones never stands before them."""

    ordinary: int = 400
    urgent: int = 100


class Deliverer:
    def __init__(
        self,
        client: LineClient,
        writer: Writer,
        sealer: Sealer,
        worker: str,
        clock_ms: Callable[[], int],
        chance: Callable[[], float],
        slots: Slots = Slots(),
    ) -> None:
        self._client = client
        self._writer = writer
        self._sealer = sealer
        self._worker = worker
        self._clock_ms = clock_ms
        self._chance = chance
        self._slots = slots
        self._under_way = {True: 0, False: 0}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settle = Coalescer(self._flush, 400)
        self._waiting = True  # rows may stand WAITING in the outbox
        self._looking = False
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def free(self) -> int:
        """Ordinary calls that may start now."""
        return 0 if self._closing else self._slots.ordinary - self._under_way[False]

    def start(self, calls: Sequence[Call]) -> None:
        """Send `calls`, which this worker has claimed."""
        for call in calls:
            self._under_way[call.urgent] += 1
            task = asyncio.create_task(self._deliver(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        metrics.IN_FLIGHT.set(len(self._tasks))

    def look(self) -> None:
        """Something may be waiting: claim and send it."""
        self._waiting = True
        if not self._looking and not self._closing:
            self._looking = True
            task = asyncio.create_task(self._claim())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, call: Call) -> None:
        way = way_of(call, self._clock_ms())
        answer = await self._send(call, way)
        settled = settle(call, way, answer, self._clock_ms(), self._chance())
        _count(way, settled, answer)
        if way == "push" and over_quota(answer):
            _log.error("the monthly push quota is spent")
        self._under_way[call.urgent] -= 1
        if settled.state is OutboxState.WAITING:
            self._waiting = True
            asyncio.get_running_loop().call_later(max(0.0, (settled.due_ms - self._clock_ms()) / 1000) + 0.002, self.look)
        await self._record(settled)

    async def _send(self, call: Call, way: Way) -> Answer:
        if way == "reply":
            return await self._client.reply(call)
        return await self._client.push(call) if way == "push" else Answer(0)

    async def _record(self, settled: Settled) -> None:
        """Until the database takes it: what was sent must not be sent again by this process."""
        while True:
            try:
                return await self._settle.put([settled])
            except StoreRefused:
                if self._closing:
                    return None
                await asyncio.sleep(_RETRY_STORE_S)

    async def _flush(self, settled: Sequence[Settled]) -> None:
        def job(connection: Connection) -> list[Call]:
            outbox.settle(connection, settled)
            return self._claim_here(connection) if self._waiting else []

        self.start(await self._writer.run(job))

    async def _claim(self) -> None:
        try:
            self.start(await self._writer.run(self._claim_here))
        except StoreRefused:
            _log.warning("the database refused a claim")
        finally:
            self._looking = False

    def _claim_here(self, connection: Connection) -> list[Call]:
        if self._closing:
            return []
        now_ms = self._clock_ms()
        calls = []
        for urgent, slots in ((True, self._slots.urgent), (False, self._slots.ordinary)):
            calls += outbox.claim(connection, self._sealer, self._worker, now_ms, slots - self._under_way[urgent], urgent)
        self._waiting = outbox.any_waiting(connection)
        return calls

    async def close(self, patience_s: float) -> None:
        """Finish what is under way. What does not finish is found in doubt by the next worker."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_s)


def _count(way: Way, settled: Settled, answer: Answer) -> None:
    outcome = settled.state.name.lower() if settled.state is not OutboxState.WAITING else "retry"
    metrics.CALLS.labels(way, outcome).inc()
    if settled.state in (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.DROPPED):
        _log.warning(
            "a call did not reach its chat",
            extra={"fields": {"way": way, "outcome": outcome, "status": answer.status, "request": answer.request_id}},
        )
