"""A thread with one connection that runs jobs, each in one transaction.

SQLite has one Writer for everything, so its writers never wait for each other's locks; PostgreSQL has one per kind of work.
Belongs here: threads, retries after a lost connection or a deadlock. Does not: what the jobs do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.store.database import WRITES

T = TypeVar("T")
Item = TypeVar("Item")
_TRIES = 3


class StoreRefused(Exception):
    """The database did not take it; nothing was stored."""


class Writer:
    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"writer-{name}")
        self._connection: Connection | None = None

    async def run(self, job: Callable[[Connection], T]) -> T:
        """The result of `job`, once its transaction is committed. `job` may run twice (deadlock, lost connection). Raises StoreRefused."""
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


def _passing(error: Exception) -> bool:
    """Worth another try at once: connection lost (class 08, 57P, or no state at all), deadlock (40P01), serialization failure (40001)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", "")  # SQLite has none
    return state is None or state[:2] in {"08", "40"} or state[:3] == "57P"


class Coalescer(Generic[Item]):
    """Gathers what comes in while the former batch is being written: many small writes become one transaction."""

    def __init__(self, flush: Callable[[Sequence[Item]], Awaitable[object]], limit: int = 1000) -> None:
        self._flush = flush
        self._limit = limit
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, items: Sequence[Item]) -> None:
        """Returns once `items` are committed; raises what the flush of their batch raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        await done

    async def _drain(self) -> None:
        while self._waiting:
            batch = self._take()
            try:
                await self._flush([item for items, _ in batch for item in items])
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
        self._task = None

    def _take(self) -> list[tuple[Sequence[Item], asyncio.Future[None]]]:
        size = count = 0
        while count < len(self._waiting) and size < self._limit:
            size += len(self._waiting[count][0])
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
