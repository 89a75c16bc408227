"""The running bot: intake, turns, delivery and the scheduler, started and stopped with the app.

Nothing else knows threads or clocks. The scheduler only says "look now"; what is due stands in rows, so two of them do no harm.
Belongs here: wiring of the moving parts, wake-ups, health. Does not: what any part does.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import orjson
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.line.client import LineClient
from bot.line.copies import Copies
from bot.line.cycle import Capacity, Cycle
from bot.line.delivery import Deliverer, Slots
from bot.line.fetching import Fetcher
from bot.line.rota import Rota
from bot.line.turning import AtDesk, Desk, Followup, Limits, Turns
from bot.settings import Settings
from bot.store import inbox, outbox, retention
from bot.store.database import read, upsert, write
from bot.store.inbox import Arrived
from bot.store.store import Store
from bot.store.tables import meta
from bot.store.writer import StoreRefused, open_writer

_log = logging.getLogger(__name__)

_LOOK_S = 0.5
_RECOVER_S = 5
_QUOTA_S = 600
_FETCH_S = 2  # for what another worker left behind; what is new is fetched at once
_RETENTION_S = 600  # looks whether today's run was done
_PURGE_S = 30
_PATIENCE_S = 10
_DRAIN_S = 5
#: While the writer works, the event loop waits for the interpreter at most this long (Python's own choice is 5 ms).
_SWITCH_S = 0.001


#: Small collections only: a full one holds up everything for tens of milliseconds, so it is done in quiet moments (`_tidy`).
_GARBAGE = (2_000, 10, 1_000_000)
_TIDY_S = 20
_TIDY_AT_LAST_S = 900


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that texts (inbox, outbox) and silent talks are kept."""

    texts: int = 365
    talks: int = 730


@dataclass(frozen=True, slots=True)
class Hook:
    """Work of another room, run every `seconds` in a thread. It finds what is due in rows; two hosts may run it at once."""

    name: str
    seconds: float
    run: Callable[[], object]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class AlreadyRunning(Exception):
    """Another process serves this SQLite file. PostgreSQL takes any number of workers."""


class Runtime:
    """Use `running()` as the app's lifespan; `accept` is the webhook's way in."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        turns: Turns,
        *,
        hooks: Sequence[Hook] = (),
        followup: Followup | None = None,
        errands: AtDesk | None = None,
        copies: Copies | None = None,
        capacity: Capacity | None = None,
        limits: Limits | None = None,
        slots: Slots | None = None,
        retention: Retention | None = None,
    ) -> None:
        self.store = store
        self._settings = settings
        self._hooks = hooks
        self._capacity = capacity or Capacity()
        self._retention = retention or Retention()
        self._slots = slots or Slots()
        self.worker = uuid4().hex
        extras = (limits or Limits(), followup, errands, copies)
        self._desk = Desk(turns, store.sealer, self.worker, store.channel, uuid4, time.monotonic, *extras, rota=Rota())
        self._stopping = threading.Event()
        self._looked_at = 0.0
        self._tidied = time.monotonic()
        self._cycle: Cycle | None = None

    async def accept(self, events: Sequence[Arrived]) -> None:
        """Store `events`; returns once they are committed. Raises StoreRefused when full, or when the database refuses."""
        if self._cycle is None:
            raise StoreRefused("not running")
        await self._cycle.accept(events)

    def full(self) -> bool:
        """Whether `accept` would refuse now."""
        return self._cycle is None or self._cycle.full()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Runtime]:
        """Everything that moves, from start to an orderly stop."""
        sys.setswitchinterval(_SWITCH_S)
        lock = self._lock_sqlite()
        with write(self.store.engine) as connection:
            outbox.recover(connection, now_ms(), alone=not self.store.is_postgres)
        self._writer = open_writer(self.store.engine)
        self._cycle = cycle = Cycle(self._writer, self._desk, now_ms, self._capacity)
        async with LineClient(self._settings.line_api_base, self._settings.line_channel_access_token) as client, self._fetcher() as fetcher:
            self._client = client
            cycle.fetch = self._fetch = fetcher.wake
            deliverer = Deliverer(client, cycle.record, cycle.look, now_ms, self._slots)
            work = asyncio.create_task(cycle.run(deliverer))
            listener = self._start_listener(asyncio.get_running_loop())
            scheduler = self._schedule()
            gc.collect()
            gc.freeze()  # what lives as long as the process is never looked at again
            gc.set_threshold(*_GARBAGE)
            try:
                yield self
            finally:
                scheduler.shutdown(wait=False)
                self._stopping.set()
                await cycle.drain(_DRAIN_S)
                await deliverer.close(_PATIENCE_S)
                await cycle.close()
                await work
                await self._writer.close()
                if listener:
                    await asyncio.to_thread(listener.join)
                self.store.engine.dispose()
        if lock:
            lock.close()

    def _fetcher(self) -> Fetcher:
        settings = self._settings
        return Fetcher(self.store.engine, self.store.sealer, settings.line_data_api_base, settings.line_channel_access_token, now_ms)

    def _lock_sqlite(self) -> IO[bytes] | None:
        path = self.store.engine.url.database
        if self.store.is_postgres or not path:
            return None
        file = Path(path + ".lock").open("wb")  # noqa: SIM115  # held as long as the process serves
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(f"another process serves {path}") from None
        return file

    def _start_listener(self, loop: asyncio.AbstractEventLoop) -> threading.Thread | None:
        if not self.store.is_postgres:
            return None
        thread = threading.Thread(
            target=_listen, args=(self.store.engine, self.store.channel, self._stopping, partial(_wake, loop, self._look)), daemon=True
        )
        thread.start()
        return thread

    def _look(self) -> None:
        """Look for events to turn and calls to send."""
        self._looked_at = time.monotonic()
        if self._cycle:
            self._cycle.look()

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler()
        jobs: list[tuple[str, float, Callable[[], Awaitable[None]]]] = [
            ("look", _LOOK_S, self._tick),
            ("recover", _RECOVER_S, self._recover),
            ("quota", _QUOTA_S, self._read_quota),
            ("retention", _RETENTION_S, self._expire),
            ("purge", _PURGE_S, self._purge),
            ("media", _FETCH_S, self._look_for_media),
            ("garbage", _TIDY_S, self._tidy),
        ]
        jobs += [(hook.name, hook.seconds, partial(_run_hook, hook)) for hook in self._hooks]
        for name, seconds, job in jobs:
            scheduler.add_job(job, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True, misfire_grace_time=None)
        scheduler.add_job(self._read_basic_id, id="basic id")  # once, now
        scheduler.add_job(self._read_quota, id="quota now")  # unknown, it holds back what is not urgent
        scheduler.start()
        self._looked_at = time.monotonic()  # the first look comes later; until then it is not late
        return scheduler

    async def _tick(self) -> None:
        self._look()

    async def _tidy(self) -> None:
        """A full collection while nobody waits; when people write without pause, after a quarter of an hour."""
        now = time.monotonic()
        quiet = self._cycle is not None and self._cycle.idle
        if now - self._tidied > (_TIDY_S if quiet else _TIDY_AT_LAST_S):
            gc.collect()
            self._tidied = now

    async def _look_for_media(self) -> None:
        self._fetch()

    async def _recover(self) -> None:
        def job(connection: Connection) -> tuple[int, int, int]:
            outbox.recover(connection, now_ms())
            outbox.drop_late(connection, now_ms())
            return (*inbox.backlog(connection), outbox.open_count(connection))

        with contextlib.suppress(StoreRefused):
            pending, oldest, unsettled = await self._writer.run(job)
            if self._cycle:
                self._cycle.pending = pending
            metrics.BACKLOG.set(pending)
            metrics.LAG.set((now_ms() - oldest) / 1000 if oldest else 0)
            metrics.OUTBOX.set(unsettled)

    async def _read_quota(self) -> None:
        quota = await self._client.quota()
        if quota is None:
            return
        limit, used = quota
        metrics.QUOTA.labels("limit").set(-1 if limit is None else limit)
        metrics.QUOTA.labels("used").set(used)
        value = orjson.dumps({"limit": limit, "used": used, "at_ms": now_ms()})
        with contextlib.suppress(StoreRefused):
            await self._writer.run(lambda connection: upsert(connection, meta, "name", ("value",), [{"name": "quota", "value": value}]))

    async def _read_basic_id(self) -> None:
        """So that the console can show a link that opens the chat with us."""
        found = (await self._client.basic_id()).encode()
        if found:
            with contextlib.suppress(StoreRefused):
                await self._writer.run(
                    lambda connection: upsert(connection, meta, "name", ("value",), [{"name": "basic_id", "value": found}])
                )

    async def _expire(self) -> None:
        """The day's retention, by whichever process looks first; the audit log says what went."""
        with contextlib.suppress(SQLAlchemyError):
            keep = self._retention
            await asyncio.to_thread(retention.run, self.store.engine, self.store.sealer, keep.texts, keep.talks, now_ms())
            metrics.RETENTION_DAY.set(await asyncio.to_thread(self._retention_day))

    def _retention_day(self) -> int:
        with read(self.store.engine) as connection:
            return retention.last_day(connection)

    async def _purge(self) -> None:
        with contextlib.suppress(SQLAlchemyError):
            await asyncio.to_thread(retention.purge, self.store.engine)

    def health(self) -> dict[str, Any]:
        """Whether the database answers, how old the oldest event without a turn is (seconds), and whether the scheduler ticks."""
        try:
            with read(self.store.engine) as connection:
                pending, oldest = inbox.backlog(connection)
                metrics.FAILED_EVENTS.set(inbox.count_failed(connection))
        except SQLAlchemyError:
            return {"ok": False, "database": False}
        lag = (now_ms() - oldest) / 1000 if oldest else 0.0
        ticking = time.monotonic() - self._looked_at < 20 * _LOOK_S
        return {
            "ok": ticking and lag < 60,
            "database": True,
            "pending": pending,
            "lag_s": round(lag, 3),
            "scheduler": ticking,
            "process": os.getpid(),
        }


def _wake(loop: asyncio.AbstractEventLoop, look: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: we are stopping
        loop.call_soon_threadsafe(look)


async def _run_hook(hook: Hook) -> None:
    try:
        await asyncio.to_thread(hook.run)
    except Exception:
        _log.exception("a hook broke", extra={"fields": {"hook": hook.name}})


def _listen(engine: Engine, channel: str, stopping: threading.Event, wake: Callable[[], None]) -> None:
    """Wait for word from other processes; after a lost connection, listen again. Missed words are no harm: every look finds all rows."""
    while not stopping.is_set():
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f'LISTEN "{channel}"')
                raw: Any = connection.connection.driver_connection
                while not stopping.is_set():
                    if any(raw.notifies(timeout=1, stop_after=1)):
                        wake()
        except Exception as error:
            _log.warning("listening broke off", extra={"fields": {"error": type(error).__name__}})
            stopping.wait(1)
