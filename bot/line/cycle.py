"""The heart: one transaction takes in new events, runs the turns they bring, stores the answers, and settles what was sent meanwhile.

Whatever gathers while one transaction is being committed goes into the next: under load commits are shared, and at rest nobody waits.
Belongs here: what goes into a transaction, and what follows its commit. Does not: turns (`turning.py`), calls (`delivery.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.line.delivery import Deliverer
from bot.line.turning import Desk, Report, run_batch
from bot.store import inbox, outbox
from bot.store.inbox import Arrived
from bot.store.outbox import Settled
from bot.store.writer import StoreRefused, Writer

_log = logging.getLogger(__name__)
_EVENTS = 100  # per transaction, so that taking in does not run away from turns
_COMPANY_S = 0.02  # what was sent waits this long for a transaction that is made anyway
_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Capacity:
    """When to answer 503 so that LINE sends again later: events being stored, and events stored without a turn."""

    storing: int = 400
    pending: int = 2_000  # some three seconds of work: a reply token lives for fifty


@dataclass(frozen=True, slots=True)
class _Work:
    arrived: list[tuple[Sequence[Arrived], asyncio.Future[None]]]
    settled: list[Settled]
    turn: bool
    send: bool

    def events(self) -> list[Arrived]:
        return [event for events, _ in self.arrived for event in events]


def _nothing() -> None:
    pass


class Cycle:
    def __init__(self, writer: Writer, desk: Desk, clock_ms: Callable[[], int], capacity: Capacity) -> None:
        self._writer = writer
        self._desk = desk
        self._clock_ms = clock_ms
        self._capacity = capacity
        self.fetch: Callable[[], None] = _nothing  # called when something besides words was sent
        self._arrived: list[tuple[Sequence[Arrived], asyncio.Future[None]]] = []
        self._settled: list[Settled] = []
        self._storing = 0
        self.pending = 0  # events without a turn, as last counted or reported
        self._turn = self._send = True
        self._awake = asyncio.Event()
        self._closing = False

    async def accept(self, events: Sequence[Arrived]) -> None:
        """Store `events`; returns once they are committed. Raises StoreRefused when full, or when the database refuses."""
        if self._closing or self._storing + len(events) > self._capacity.storing or self.pending > self._capacity.pending:
            raise StoreRefused("full")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived.append((events, done))
        self._storing += len(events)
        self._awake.set()
        try:
            await done
        finally:
            self._storing -= len(events)

    def record(self, settled: Settled) -> None:
        """Store what became of a call, soon."""
        self._settled.append(settled)
        if self._send:
            self._awake.set()
        elif len(self._settled) == 1:
            asyncio.get_running_loop().call_later(_COMPANY_S, self._awake.set)

    def look(self) -> None:
        """There may be events without a turn or calls that are due."""
        self._turn = self._send = True
        self._awake.set()

    async def run(self, deliverer: Deliverer) -> None:
        """Until `close`, and then until everything that came in is stored."""
        while not (self._closing and not self._arrived and not self._settled):
            await self._awake.wait()
            self._awake.clear()
            work = self._take()
            try:
                report = await self._writer.run(lambda connection, work=work: self._once(connection, work, deliverer))  # type: ignore[misc]
            except Exception as error:
                if not isinstance(error, StoreRefused):
                    _log.exception("a transaction broke")
                await self._apart(work)
            else:
                self._after(work, report, deliverer)

    def _take(self) -> _Work:
        size = count = 0
        while count < len(self._arrived) and size < _EVENTS:
            size += len(self._arrived[count][0])
            count += 1
        work = _Work(self._arrived[:count], self._settled, self._turn or count > 0, self._send)
        self._arrived, self._settled, self._turn = self._arrived[count:], [], False
        self._send = False
        return work

    def _once(self, connection: Connection, work: _Work, deliverer: Deliverer) -> Report:
        now_ms = self._clock_ms()
        outbox.settle(connection, work.settled)
        inbox.take_in(connection, self._desk.sealer, work.events())
        report = run_batch(connection, self._desk, now_ms, deliverer.free(False)) if work.turn else Report()
        if work.send or report.waiting:
            for urgent in (True, False):
                taken = sum(call.urgent == urgent for call in report.sends)
                slots = deliverer.free(urgent) - taken
                report.sends += outbox.claim(connection, self._desk.sealer, self._desk.worker, now_ms, slots, urgent)
            report.waiting = outbox.any_waiting(connection)
        if report.more or report.waiting:
            inbox.announce(connection, self._desk.channel)  # others can help
        return report

    def _after(self, work: _Work, report: Report, deliverer: Deliverer) -> None:
        for _, done in work.arrived:
            if not done.done():
                done.set_result(None)
        self.pending = max(0, self.pending + sum(len(events) for events, _ in work.arrived) - report.events)
        deliverer.start(report.sends)
        if report.media:
            self.fetch()
        self._turn = self._turn or report.more
        self._send = self._send or report.waiting
        if report.more or self._arrived:
            self._awake.set()

    async def _apart(self, work: _Work) -> None:
        """After a failure: store what came in by itself, so that a broken turn costs no event. The rest is tried again."""
        try:
            await self._writer.run(lambda connection: inbox.take_in(connection, self._desk.sealer, work.events()))
            refusal = None
        except Exception as error:
            refusal = StoreRefused(type(error).__name__)
        for _, done in work.arrived:
            if not done.done():
                done.set_exception(refusal) if refusal else done.set_result(None)
        self._settled = work.settled + self._settled
        self._turn = self._send = True
        asyncio.get_running_loop().call_later(_AGAIN_S, self._awake.set)
        await asyncio.sleep(0)

    async def close(self) -> None:
        self._closing = True
        self._awake.set()
