"""Running jobs of the hot path, each in one transaction, without holding up the event loop by waiting.

PostgreSQL: in a thread, as every statement waits for the network. SQLite: on the loop itself, as its statements are microseconds of CPU and
a thread would fight for the interpreter around each of them. Only what waits for the disk goes to threads there: a commit writes the log
without forcing it out, one `fdatasync` of the log then makes all commits before it durable, and the next transaction does not wait for it.
Belongs here: transactions, durability, retries after a lost connection or a deadlock. Does not: what the jobs do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.store.database import WRITES

T = TypeVar("T")
_log = logging.getLogger(__name__)
_TRIES = 3
_BUSY_S = 1.5  # LINE waits two seconds for its answer
_BUSY_PAUSE_S = 0.003
#: Commits until the log is copied into the database again, and pages of log that make the writer wait for it.
_CHECKPOINT_COMMITS = 300
_LONG_LOG_PAGES = 8_000


class StoreRefused(Exception):
    """The database did not take it; nothing was stored."""


class Writer(Protocol):
    async def run(self, job: Callable[[Connection], T]) -> T:
        """The result of `job`, once its transaction is durable. `job` may run twice (deadlock, lost connection). Raises StoreRefused."""
        ...

    async def hand_in(self, job: Callable[[Connection], T]) -> tuple[T, asyncio.Future[None]]:
        """As `run`, but returns once the next job would see what this one did. Tell nobody outside before the future is done: it is when
        the transaction is durable, and raises StoreRefused if that failed."""
        ...

    def twin(self) -> Writer:
        """Another writer whose jobs need not wait for those of this one, where the database can do that; else this one."""
        ...

    async def close(self) -> None:
        """Everything handed in is durable then. May be called twice."""
        ...


def open_writer(engine: Engine) -> Writer:
    return ThreadWriter(engine) if engine.dialect.name == "postgresql" else LoopWriter(engine)


class ThreadWriter:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._connection: Connection | None = None
        self._closed = False

    async def run(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run_here, job)

    async def hand_in(self, job: Callable[[Connection], T]) -> tuple[T, asyncio.Future[None]]:
        result = await self.run(job)
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        durable.set_result(None)
        return result, durable

    def twin(self) -> Writer:
        return ThreadWriter(self._engine)

    def _run_here(self, job: Callable[[Connection], T]) -> T:
        for left in reversed(range(_TRIES)):
            try:
                return self._once(job)
            except (SQLAlchemyError, self._engine.dialect.dbapi.Error) as error:  # type: ignore[union-attr]
                self._drop_connection()
                if left == 0 or not _passing(error):
                    raise StoreRefused(type(error).__name__) from error
        raise AssertionError("unreachable")

    def _once(self, job: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(**WRITES)
        with self._connection.begin():
            return job(self._connection)

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await asyncio.get_running_loop().run_in_executor(self._thread, self._drop_connection)
            self._thread.shutdown()


class LoopWriter:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect().execution_options(**WRITES)
        raw: Any = self._connection.connection.driver_connection
        for pragma in ("busy_timeout=0", "synchronous=NORMAL", "wal_autocheckpoint=0"):  # waiting, forcing and copying are done below
            raw.execute(f"PRAGMA {pragma}")
        self._lock = asyncio.Lock()
        self._log_file = _Log(engine)

    async def run(self, job: Callable[[Connection], T]) -> T:
        result, durable = await self.hand_in(job)
        await durable
        return result

    async def hand_in(self, job: Callable[[Connection], T]) -> tuple[T, asyncio.Future[None]]:
        async with self._lock:
            try:
                if self._log_file.is_long:
                    await self._log_file.checkpoint()
                transaction = await self._begin()
                result = self._work(job, transaction)
                transaction.commit()
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise StoreRefused(type(error).__name__) from error
            return result, self._log_file.force()

    def twin(self) -> Writer:
        return self

    async def _begin(self) -> RootTransaction:
        end = time.monotonic() + _BUSY_S
        while True:
            try:
                return self._connection.begin()
            except OperationalError:  # another process, or a page of the console, is writing
                self._connection.rollback()
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_BUSY_PAUSE_S)

    def _work(self, job: Callable[[Connection], T], transaction: RootTransaction) -> T:
        try:
            return job(self._connection)
        except BaseException:
            transaction.rollback()
            raise

    async def close(self) -> None:
        async with self._lock:
            if not self._connection.closed:
                await self._log_file.close()
                self._connection.invalidate()  # its settings are nobody else's
                self._connection.close()


class _Log:
    """SQLite's write-ahead log: forced to disk for all commits so far at once, and copied into the database while nobody waits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        path = engine.url.database
        self._path = f"{path}-wal" if path and path != ":memory:" else ""
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="log")
        self._file = -1
        self._waiting: list[asyncio.Future[None]] = []
        self._forcing: asyncio.Task[None] | None = None
        self._copying: asyncio.Task[None] | None = None
        self._commits = 0
        self.is_long = False

    def force(self) -> asyncio.Future[None]:
        """Done once every commit so far is on disk."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append(done)
        self._commits += 1
        if self._forcing is None or self._forcing.done():
            self._forcing = loop.create_task(self._force_all())
        return done

    async def _force_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(self._threads, self._sync)
                error = None
            except OSError as problem:
                _log.error("the log of the database cannot be forced to disk", extra={"fields": {"error": problem.errno}})
                error = StoreRefused("fdatasync")
            for done in waiting:
                if not done.done():
                    done.set_exception(error) if error else done.set_result(None)
            if self._commits > _CHECKPOINT_COMMITS and (self._copying is None or self._copying.done()):
                self._copying = loop.create_task(self.checkpoint())

    def _sync(self) -> None:
        """The log is one file as long as the writer's connection is open."""
        if self._path and self._file < 0:
            self._file = os.open(self._path, os.O_RDONLY)
        if self._file >= 0:
            os.fdatasync(self._file)

    async def checkpoint(self) -> None:
        """Copy what can be copied without stopping anybody. What stays behind under load is copied while the writer waits."""
        self._commits = 0
        self.is_long = False
        pages = await asyncio.get_running_loop().run_in_executor(self._threads, self._copy)
        self.is_long = pages > _LONG_LOG_PAGES

    def _copy(self) -> int:
        """Pages of log that are not copied yet."""
        raw = self._engine.raw_connection()
        try:
            _, pages, copied = raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error:
            return 0
        finally:
            raw.close()
        return 0 if pages == copied else int(pages)

    async def close(self) -> None:
        for task in (self._forcing, self._copying):
            if task:
                await task
        self._threads.shutdown()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _passing(error: Exception) -> bool:
    """Worth another try at once: connection lost (class 08, 57P, or no state at all), deadlock (40P01), serialization failure (40001)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", "")  # SQLite has none
    return state is None or state[:2] in {"08", "40"} or state[:3] == "57P"
