"""The live stream: nothing is missed while away, colleagues at the same talk are seen, what one may not see ends it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import orjson
from client import Client
from desk import HERE, HOST, THERE, Desk
from recipes import act, alert, boss_of, case, staff_of
from sqlalchemy import update

from bot.store import casework
from bot.store.case_tables import staff as staff_table
from bot.store.database import write

STAFF, BOSS = staff_of(HERE), boss_of(HERE)
_PATIENCE_S = 10.0
_EVENT = re.compile(r"event: (\w+)\n(?:id: (\d+)\n)?data: (.*)\n\n")


class Stream:
    """One connection, closed when the block ends."""

    def __init__(self, desk: Desk, client: Client, about: str = "", last: str = "") -> None:
        self.desk, self.client, self.about, self.last = desk, client, about, last
        self.text, self.read = "", 0

    async def __aenter__(self) -> Stream:
        self.gone = asyncio.Event()
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        headers = {"host": "testserver", "cookie": cookies, **({"last-event-id": self.last} if self.last else {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/console/events",
            "raw_path": b"/console/events",
            "query_string": f"about={self.about}".encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 5000),
            "server": ("testserver", 80),
        }
        self.task = asyncio.create_task(self.desk.app(scope, self._receive, self._send))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gone.set()
        await asyncio.wait_for(self.task, _PATIENCE_S)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.text += message.get("body", b"").decode()

    async def next(self, name: str, fits: Callable[[Any], bool] = lambda data: True) -> tuple[str, Any]:
        """(id, data) of the next event of this name that fits."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                for found in _EVENT.finditer(self.text, self.read):
                    self.read = found.end()
                    data = orjson.loads(found[3])
                    if found[1] == name and fits(data):
                        return found[2] or "", data
                await asyncio.sleep(0.02)


def typing(client: Client, uid: str, now: bool) -> None:
    answer = client.post(f"/console/typing/{uid}", {"typing": "1" if now else "0"}, {"Origin": HOST})
    assert answer.status_code == 204


def test_what_happened_while_the_line_was_broken_is_told_at_once_on_coming_back(desk: Desk) -> None:
    client = desk.signed_in(STAFF)

    async def story() -> None:
        async with Stream(desk, client) as stream:
            last, data = await stream.next("queue")
            assert data == {"ring": []}
        missed = [await asyncio.to_thread(alert, desk, HERE), await asyncio.to_thread(alert, desk, HERE, severity=3)]
        await asyncio.to_thread(act, desk, BOSS, casework.acknowledge, missed[1].uid, missed[1].version)
        async with Stream(desk, client, last=last) as stream:
            again, data = await stream.next("queue")
            assert data == {"ring": [missed[0].uid]}
            assert int(again) > int(last)
        queue = (await asyncio.to_thread(client.get, "/console/queue")).text
        assert all(one.uid in queue for one in missed)

    asyncio.run(story())


def test_alert_that_comes_and_goes_is_told_without_asking_again(desk: Desk) -> None:
    client = desk.signed_in(STAFF)

    async def story() -> None:
        async with Stream(desk, client) as stream:
            await stream.next("queue")
            one = await asyncio.to_thread(desk.alert, HERE)
            await stream.next("queue", lambda data: data["ring"] == [one.uid])
            await asyncio.to_thread(desk.alert, THERE)  # another centre's rings nobody here
            await asyncio.to_thread(act, desk, BOSS, casework.acknowledge, one.uid, one.version)
            await stream.next("queue", lambda data: data["ring"] == [])

    asyncio.run(story())


def test_colleagues_at_the_same_talk_see_each_other_typing_also_from_alert_and_case(desk: Desk) -> None:
    one = case(desk, HERE)
    first, second = desk.signed_in(STAFF), desk.signed_in(BOSS)

    async def story() -> None:
        async with Stream(desk, second, one.uid) as stream:
            await stream.next("talk")
            await asyncio.to_thread(typing, first, one.alert, True)
            _, data = await stream.next("others", lambda data: bool(data))
            assert data == [{"name": STAFF, "typing": True}]
            await asyncio.to_thread(typing, first, one.alert, False)
            _, data = await stream.next("others", lambda data: bool(data))
            assert data == [{"name": STAFF, "typing": False}]
            desk.now += 60_000
            assert (await stream.next("others"))[1] == []

    asyncio.run(story())


def test_new_words_in_the_talk_are_told_to_whoever_looks_at_it(desk: Desk) -> None:
    one, client = case(desk, HERE), desk.signed_in(STAFF)

    async def story() -> None:
        async with Stream(desk, client, one.uid) as stream:
            await stream.next("talk")
            fields = {"version": str(one.version), "text": "hello"}
            await asyncio.to_thread(desk.signed_in(BOSS).post, f"/console/case/{one.uid}/reply", fields, {"Origin": HOST})
            await stream.next("talk")
        assert "hello" in (await asyncio.to_thread(client.get, f"/console/talk/{one.uid}")).text

    asyncio.run(story())


def test_stream_ends_as_soon_as_its_reader_may_not_see_it_any_more(desk: Desk) -> None:
    one, client = case(desk, HERE), desk.signed_in(STAFF)

    def move_away() -> None:
        with write(desk.store.engine) as connection:
            connection.execute(update(staff_table).where(staff_table.c.id == STAFF).values(centre=THERE))

    async def story() -> None:
        async with Stream(desk, client, one.uid) as stream:
            await stream.next("talk")
            await asyncio.to_thread(move_away)
            await stream.next("bye")
            await asyncio.wait_for(asyncio.shield(stream.task), _PATIENCE_S)

    asyncio.run(story())
