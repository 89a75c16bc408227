"""Running jobs of the hot path, each in one transaction, without holding up the event loop by waiting.

PostgreSQL: in a thread, as every statement waits for the network. SQLite: on the loop itself, as its statements are microseconds of CPU and
a thread would fight for the interpreter around each of them; only the commit, which waits for the disk, goes to a thread.
Belongs here: transactions, retries after a lost connection or a deadlock. Does not: what the jobs do.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.store.database import WRITES

T = TypeVar("T")
_TRIES = 3
_BUSY_S = 1.5  # LINE waits two seconds for its answer
_BUSY_PAUSE_S = 0.003


class StoreRefused(Exception):
    """The database did not take it; nothing was stored."""


class Writer(Protocol):
    async def run(self, job: Callable[[Connection], T]) -> T:
        """The result of `job`, once its transaction is committed. `job` may run twice (deadlock, lost connection). Raises StoreRefused."""
        ...

    async def close(self) -> None: ...


def open_writer(engine: Engine) -> Writer:
    return ThreadWriter(engine) if engine.dialect.name == "postgresql" else LoopWriter(engine)


class ThreadWriter:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._connection: Connection | None = None

    async def run(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.run_here, job)

    def run_here(self, job: Callable[[Connection], T]) -> T:
        """As `run`, in the calling thread (which must be the only one)."""
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
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop_connection)
        self._thread.shutdown()


class LoopWriter:
    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(**WRITES)
        self._connection.exec_driver_sql("PRAGMA busy_timeout=0")  # waiting is done by the loop
        self._connection.rollback()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._lock = asyncio.Lock()

    async def run(self, job: Callable[[Connection], T]) -> T:
        async with self._lock:
            try:
                transaction = await self._begin()
                result = self._work(job, transaction)
                await asyncio.get_running_loop().run_in_executor(self._thread, transaction.commit)
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise StoreRefused(type(error).__name__) from error
            return result

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
            self._thread.shutdown()
            self._connection.close()


def _passing(error: Exception) -> bool:
    """Worth another try at once: connection lost (class 08, 57P, or no state at all), deadlock (40P01), serialization failure (40001)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", "")  # SQLite has none
    return state is None or state[:2] in {"08", "40"} or state[:3] == "57P"
