"""The live stream of the console (Server-Sent Events). It tells that something changed; the page fetches how things stand.

Gap-free: every connection begins with the present state, the id of an event is the number in the audit chain up to which it speaks, and a
browser that comes back with an older one is told at once. Belongs here: watching and telling. Does not: pages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.casework.model import HIGH, Staff
from bot.console.pages import HEADERS, Console, same_origin, signed_in
from bot.store import casework, duty, staff
from bot.store.casefiles import NotFound, load_alert, load_case
from bot.store.database import read
from bot.store.media_tables import media
from bot.store.tables import audit, inbox, outbox

_LOOK_S = 0.4
_CHECK_S = 4.0
_BEAT_S = 15.0
#: Audit lines that change nothing anybody sees.
_QUIET = (" read", " listed", "signed in", "refused")


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream told last: up to which audit line, what rings, how the talk stood, who else is there."""

    seq: int = -1
    ring: tuple[str, ...] = ()
    talk: tuple[int, ...] = ()
    others: tuple[tuple[str, bool], ...] = ()


@dataclass
class Watch:
    """One stream: whose, about which alert or case (empty: only the queue), and what was told."""

    console: Console
    token: str
    about: str
    told: Told = field(default_factory=Told)
    chat: str | None = None


def stream(console: Console, stopping: Callable[[], bool]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        token = request.cookies.get(console.session_cookie, "")
        if not same_origin(request) or not await asyncio.to_thread(_still_in, console, token):
            return Response(status_code=401, headers=HEADERS)
        watch = Watch(console, token, request.query_params.get("about", ""))
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(watch, request, stopping), media_type="text/event-stream", headers=headers)

    return answer


def _still_in(console: Console, token: str) -> bool:
    with read(console.store.engine) as connection:
        return signed_in(console, connection, token, console.clock())[0] is not None


async def _events(watch: Watch, request: Request, stopping: Callable[[], bool]) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    beat = time.monotonic()
    while not stopping() and not await request.is_disconnected():
        out = await asyncio.to_thread(_look, watch)
        if out is None:
            yield b"event: bye\ndata: {}\n\n"
            return
        if out:
            yield out
            beat = time.monotonic()
        elif time.monotonic() - beat > _BEAT_S:
            beat = time.monotonic()
            yield b": here\n\n"
        await asyncio.sleep(_LOOK_S)


def _look(watch: Watch) -> bytes | None:
    """What is new since last time, as events; empty if nothing; None once the session or the right to see has ended.

    The session is looked at every time: whoever is signed out, switched off or moved elsewhere sees nothing more."""
    with read(watch.console.store.engine) as connection:
        session, actor = signed_in(watch.console, connection, watch.token, watch.console.clock())
        if session is None or actor is None:
            return None
        try:
            now = _state(connection, watch, actor)
        except NotFound:
            return None
        before, watch.told = watch.told, now
        return b"".join(_changes(connection, watch, actor, before, now))


def _state(connection: Connection, watch: Watch, actor: Staff) -> Told:
    seq = _seq(connection, watch.told.seq)
    if not watch.about:
        return Told(seq, _ringing(connection, watch, actor) if seq != watch.told.seq else watch.told.ring)
    ring = _ringing(connection, watch, actor) if seq != watch.told.seq else watch.told.ring
    chat = _chat_of(connection, watch, actor)
    others = staff.others_present(connection, chat or watch.about, actor.id, watch.console.clock())
    return Told(seq, ring, _talk(connection, chat) if chat else (), tuple(others))


def _seq(connection: Connection, since: int) -> int:
    """The last audit line that changed something, at or after `since`."""
    if since < 0:
        return connection.scalar(select(func.max(audit.c.seq))) or 0
    rows = connection.execute(select(audit.c.seq, audit.c.what).where(audit.c.seq > since).order_by(audit.c.seq.desc()))
    return next((row.seq for row in rows if not row.what.endswith(_QUIET)), since)


def _ringing(connection: Connection, watch: Watch, actor: Staff) -> tuple[str, ...]:
    """High risk that nobody has taken, and what rang for this person and was not heard."""
    waiting = casework.queue(connection, actor, watch.console.clock())
    high = [one.alert.uid for one in waiting if one.untaken and one.alert.severity <= HIGH]
    return tuple(dict.fromkeys(high + [about for about, _, _ in duty.unheard(connection, actor)]))


def _chat_of(connection: Connection, watch: Watch, actor: Staff) -> str:
    """Asked anew each time: what one may no longer see ends the stream. Raises NotFound."""
    try:
        return load_alert(connection, actor, watch.about).chat
    except NotFound:
        return load_case(connection, watch.console.registry, actor, watch.about, watch.console.clock()).chat


def _talk(connection: Connection, chat: str) -> tuple[int, ...]:
    came = connection.execute(select(func.count(), func.max(inbox.c.id), func.sum(func.length(inbox.c.sealed))).where(inbox.c.chat == chat))
    went = connection.execute(select(func.count(), func.max(outbox.c.id), func.sum(outbox.c.state)).where(outbox.c.chat == chat))
    sent = connection.execute(select(func.count(), func.sum(media.c.state)).where(media.c.chat == chat))
    return tuple(int(value or 0) for row in (*came, *went, *sent) for value in row)


def _changes(connection: Connection, watch: Watch, actor: Staff, before: Told, now: Told) -> list[bytes]:
    out = []
    if now.seq != before.seq:
        out.append(_event("queue", now.seq, {"ring": list(now.ring)}))
    if now.talk != before.talk:  # also at the start: it may have changed since the page was made
        out.append(_event("talk", now.seq, {}))
    if now.others != before.others:
        names = {one.id: one.name for one in duty.colleagues(connection, watch.console.store.sealer, actor)}
        out.append(_event("others", now.seq, [{"name": names.get(who, who), "typing": typing} for who, typing in now.others]))
    return out


def _event(name: str, seq: int, data: object) -> bytes:
    return f"event: {name}\nid: {seq}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
