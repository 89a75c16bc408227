"""Fetching what citizens send: at once after the commit that noted it, beside the lanes, again and again until LINE has it ready.

Pieces are sealed and stored as they come; only a picture, which is small, is held whole to be cleaned. Belongs here: HTTP, limits, trying
again. Does not: rows (`bot/store/media.py`), what a picture may keep (`cleaning.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import quote

import aiohttp
import orjson
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.line import cleaning
from bot.store import media
from bot.store.database import write
from bot.store.media import PIECE, Job
from bot.store.media_tables import MediaState
from bot.store.sealing import Sealer

_log = logging.getLogger(__name__)
_AT_ONCE = 4
_WHOLE_S = 150  # shorter than the lease
_GIVE_UP_MS = 6 * 3_600_000
_LONGEST_WAIT_MS = 600_000
_MB = 1024 * 1024
#: Bytes at most, by type; LINE itself takes 10 MB pictures and 200 MB films.
_LIMITS = {cleaning.JPEG: 12 * _MB, cleaning.PNG: 12 * _MB, cleaning.VIDEO: 100 * _MB}
_LIMIT = 30 * _MB


class _Later(Exception):
    """Not ready, or not reached: try again."""


class _Never(Exception):
    """It will not come; the text is a `problem` of the medium."""


@dataclass(slots=True)
class _Stored:
    type: str
    size: int


class Fetcher:
    """Use as an async context manager. `wake` says that there may be something to fetch; it never blocks."""

    def __init__(self, engine: Engine, sealer: Sealer, base: str, token: str, clock_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._base = base
        self._token = token
        self._clock_ms = clock_ms
        self._awake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Fetcher:
        timeout = aiohttp.ClientTimeout(total=_WHOLE_S, connect=5, sock_read=20)
        headers = {"Authorization": f"Bearer {self._token}"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        self._main = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """What is under way is let go; its lease ends and another worker fetches it."""
        for task in (self._main, *self._running):
            task.cancel()
        await asyncio.gather(self._main, *self._running, return_exceptions=True)
        await self._session.close()

    def wake(self) -> None:
        self._awake.set()

    async def _run(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            try:
                jobs = await asyncio.to_thread(self._claim, _AT_ONCE - len(self._running))
            except SQLAlchemyError as error:
                _log.warning("media cannot be claimed", extra={"fields": {"error": type(error).__name__}})
                continue
            for job in jobs:
                task = asyncio.create_task(self._fetch(job))
                self._running.add(task)
                task.add_done_callback(self._done)

    def _claim(self, slots: int) -> list[Job]:
        if slots <= 0:
            return []
        with write(self._engine) as connection:
            return media.claim(connection, self._sealer, self._clock_ms(), slots)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._awake.set()  # a slot is free

    async def _fetch(self, job: Job) -> None:
        try:
            stored = await self._store(job)
            await self._settle(job, MediaState.STORED, type_=stored.type, size=stored.size)
        except _Never as never:
            await self._settle(job, MediaState.FAILED, problem=str(never))
        except (_Later, aiohttp.ClientError, TimeoutError, OSError, SQLAlchemyError):
            await self._again(job)
        except Exception:
            _log.exception("fetching broke")
            await self._again(job)

    async def _again(self, job: Job) -> None:
        now = self._clock_ms()
        if now - job.at_ms > _GIVE_UP_MS:
            await self._settle(job, MediaState.FAILED, problem="unreachable")
            return
        wait = min(_LONGEST_WAIT_MS, 500 * 2 ** min(job.tries, 12))
        await self._settle(job, MediaState.WAITING, due_ms=now + wait)
        asyncio.get_running_loop().call_later(wait / 1000 + 0.01, self.wake)

    async def _settle(self, job: Job, state: MediaState, *, problem: str = "", type_: str = "", size: int = 0, due_ms: int = 0) -> None:
        metrics.MEDIA.labels(problem or state.name.lower()).inc()
        try:
            await asyncio.to_thread(media.settle, self._engine, job.uid, state, problem=problem, type_=type_, size=size, due_ms=due_ms)
        except SQLAlchemyError as error:  # its lease ends, and it is fetched anew
            _log.warning("media cannot be settled", extra={"fields": {"error": type(error).__name__}})

    # ------------------------------------------------------------ one medium
    async def _store(self, job: Job) -> _Stored:
        path = f"{self._base}/v2/bot/message/{quote(job.message_id, safe='')}/content"
        async with self._session.get(path, allow_redirects=False) as response:
            if response.status == 202:
                await self._check_preparing(path)
                raise _Later
            if response.status in (400, 404, 410):
                raise _Never("gone")
            if response.status != 200:
                raise _Later
            pieces = _pieces(response.content.iter_chunked(64 * 1024))
            first = await anext(pieces, b"")
            type_ = cleaning.type_of(first[:16], job.kind)
            limit = _LIMITS.get(type_, _LIMIT)
            if (response.content_length or 0) > limit:
                raise _Never("too_big")
            if type_ in (cleaning.JPEG, cleaning.PNG):
                return await self._store_picture(job, type_, first, pieces, limit)
            return await self._store_stream(job, type_, first, pieces, limit)

    async def _check_preparing(self, path: str) -> None:
        """A film may never become ready."""
        async with self._session.get(f"{path}/transcoding", allow_redirects=False) as response:
            if response.status == 200 and orjson.loads(await response.read()).get("status") == "failed":
                raise _Never("gone")

    async def _store_picture(self, job: Job, type_: str, first: bytes, rest: AsyncIterator[bytes], limit: int) -> _Stored:
        whole = bytearray(first)
        async for piece in rest:
            whole += piece
            if len(whole) > limit:
                raise _Never("too_big")
        cleaned = await asyncio.to_thread(cleaning.clean, type_, bytes(whole))
        kept = bytes(whole) if cleaned is None else cleaned
        for n in range(0, max(1, len(kept)), PIECE):
            await self._put(job, n // PIECE, kept[n : n + PIECE])
        return _Stored(cleaning.OTHER if cleaned is None else type_, len(kept))

    async def _store_stream(self, job: Job, type_: str, first: bytes, rest: AsyncIterator[bytes], limit: int) -> _Stored:
        size = len(first)
        await self._put(job, 0, first)
        n = 0
        async for piece in rest:
            n, size = n + 1, size + len(piece)
            if size > limit:
                raise _Never("too_big")
            await self._put(job, n, piece)
        return _Stored(type_, size)

    async def _put(self, job: Job, n: int, piece: bytes) -> None:
        if not await asyncio.to_thread(media.add_piece, self._engine, self._sealer, job.uid, n, piece):
            raise _Never("gone")  # erased while it came


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content in pieces of exactly PIECE bytes; the last may be shorter."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)
