"""The heart: one transaction takes in new events, the next runs their turns, stores the answers and settles what was sent meanwhile.

Taking in is a transaction of its own, so that LINE never waits for turns. Whatever gathers while one is under way goes into the next: under
load transactions are shared, and at rest nobody waits. Belongs here: what goes into a transaction, and what follows once it is durable.
Does not: turns (`turning.py`), calls (`delivery.py`), durability (`bot/store/writer.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.line.delivery import Deliverer
from bot.line.turning import Desk, Report, run_batch
from bot.store import inbox, outbox
from bot.store.inbox import Arrived
from bot.store.outbox import Call, Settled
from bot.store.writer import StoreRefused, Writer

_log = logging.getLogger(__name__)
_EVENTS = 200  # per transaction
_COMPANY_S = 0.02  # what was sent waits this long for a transaction that is made anyway
_AGAIN_S = 0.5
#: Rounds of the loop between two batches of turns: a webhook needs so many from the wire to its transaction, and back.
_BREATHS = 4

Waiting = tuple[Sequence[Arrived], "asyncio.Future[None]"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """When to answer 503 so that LINE sends again later: events being stored, and events stored without a turn."""

    storing: int = 400
    pending: int = 1_000  # some two seconds of work: a reply token lives for fifty, and nobody likes to wait


@dataclass(frozen=True, slots=True)
class _Work:
    settled: list[Settled]
    turn: bool
    send: bool


def _nothing() -> None:
    pass


class Cycle:
    """`writer` runs the turns; taking in has a twin of it where the database can do both at once."""

    def __init__(self, writer: Writer, desk: Desk, clock_ms: Callable[[], int], capacity: Capacity) -> None:
        self._writer = writer
        self._taker = writer.twin()
        self._desk = desk
        self._clock_ms = clock_ms
        self._capacity = capacity
        self.fetch: Callable[[], None] = _nothing  # called when something besides words was sent
        self._arrived: list[Waiting] = []
        self._settled: list[Settled] = []
        self._storing = 0
        self.pending = 0  # events without a turn, as last counted or reported
        self._handed = {True: 0, False: 0}  # calls, urgent or not, that start once their transaction is durable
        self._turn = self._send = True
        self._came = asyncio.Event()
        self._awake = asyncio.Event()
        self._drained: asyncio.Event | None = None
        self._closing = False

    @property
    def idle(self) -> bool:
        """Nothing waits for a transaction or a turn, as far as this process knows."""
        return not (self._arrived or self._settled or self._turn or self.pending or any(self._handed.values()))

    async def accept(self, events: Sequence[Arrived]) -> None:
        """Store `events`; returns once they are durable. Raises StoreRefused when full, or when the database refuses."""
        if self._closing or self.full(len(events)):
            raise StoreRefused("full")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived.append((events, done))
        self._storing += len(events)
        self._came.set()
        try:
            await done
        finally:
            self._storing -= len(events)

    def full(self, more: int = 1) -> bool:
        """Whether so many events more would be refused."""
        return self._storing + more > self._capacity.storing or self.pending > self._capacity.pending

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
        taking = asyncio.create_task(self._run_taking())
        await self._run_turns(taking, deliverer)
        await taking
        await self._taker.close()

    async def drain(self, patience_s: float) -> None:
        """Before `close`: give what was taken its turn and its answer. What does not end in time is found by the next process."""
        self._drained = asyncio.Event()
        self.look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._drained.wait(), patience_s)

    async def close(self) -> None:
        self._closing = True
        self._came.set()
        self._awake.set()

    # ------------------------------------------------------------ taking in
    async def _run_taking(self) -> None:
        while not self._closing or self._arrived:
            await self._came.wait()
            if not self._closing:
                self._came.clear()
            while self._arrived:
                await self._take_in(self._next_arrived())
        self._awake.set()

    def _next_arrived(self) -> list[Waiting]:
        size = count = 0
        while count < len(self._arrived) and size < _EVENTS:
            size += len(self._arrived[count][0])
            count += 1
        taken, self._arrived = self._arrived[:count], self._arrived[count:]
        return taken

    async def _take_in(self, waiting: list[Waiting]) -> None:
        events = [event for some, _ in waiting for event in some]
        try:
            _, durable = await self._taker.hand_in(lambda connection: inbox.take_in(connection, self._desk.sealer, events))
        except Exception as error:
            if not isinstance(error, StoreRefused):
                _log.exception("events could not be taken in")
            _answer(waiting, StoreRefused(type(error).__name__))
            return
        self.pending += len(events)
        self._turn = True
        self._awake.set()
        durable.add_done_callback(lambda done: _answer(waiting, done.exception()))

    # ------------------------------------------------------------ turns and calls
    async def _run_turns(self, taking: asyncio.Task[None], deliverer: Deliverer) -> None:
        while not (self._closing and taking.done() and not self._settled):
            await self._awake.wait()
            self._awake.clear()
            if self._closing and not taking.done():
                await taking
            work = self._take()
            try:
                report, durable = await self._writer.hand_in(lambda connection, work=work: self._once(connection, work, deliverer))  # type: ignore[misc]
            except Exception as error:
                if not isinstance(error, StoreRefused):
                    _log.exception("a transaction broke")
                self._again(work)
            else:
                self._after(report, durable, deliverer)
            for _ in range(_BREATHS):
                await asyncio.sleep(0)
            self._tell_drained()

    def _take(self) -> _Work:
        work = _Work(self._settled, self._turn and not self._closing, self._send)
        self._settled, self._turn, self._send = [], False, False
        return work

    def _once(self, connection: Connection, work: _Work, deliverer: Deliverer) -> Report:
        now_ms = self._clock_ms()
        outbox.settle(connection, work.settled)
        slots = max(0, deliverer.free(False) - self._handed[False])
        report = run_batch(connection, self._desk, now_ms, slots) if work.turn else Report()
        if work.send or report.waiting:
            for urgent in (True, False):
                taken = self._handed[urgent] + sum(call.urgent == urgent for call in report.sends)
                slots = deliverer.free(urgent) - taken
                report.sends += outbox.claim(connection, self._desk.sealer, self._desk.worker, now_ms, slots, urgent)
            report.waiting = outbox.any_waiting(connection)
        if report.more or report.waiting:
            inbox.announce(connection, self._desk.channel)  # others can help
        return report

    def _after(self, report: Report, durable: asyncio.Future[None], deliverer: Deliverer) -> None:
        self.pending = max(0, self.pending - report.events)
        for call in report.sends:
            self._handed[call.urgent] += 1
        durable.add_done_callback(lambda done: self._start(report.sends, done, deliverer))
        if report.media:
            self.fetch()
        self._turn = self._turn or report.more
        self._send = self._send or report.waiting
        if self._turn:
            self._awake.set()

    def _start(self, sends: Sequence[Call], durable: asyncio.Future[None], deliverer: Deliverer) -> None:
        """What is not durable is not sent: its lease ends, and whoever finds it then sends it."""
        for call in sends:
            self._handed[call.urgent] -= 1
        if durable.exception() is None:
            deliverer.start(sends)
        self._tell_drained()

    def _tell_drained(self) -> None:
        if self._drained and self.idle:
            self._drained.set()

    def _again(self, work: _Work) -> None:
        self._settled = work.settled + self._settled
        self._turn = self._send = True
        asyncio.get_running_loop().call_later(_AGAIN_S, self._awake.set)


def _answer(waiting: Sequence[Waiting], refusal: BaseException | None) -> None:
    for _, done in waiting:
        if not done.done():
            done.set_exception(refusal) if refusal else done.set_result(None)
