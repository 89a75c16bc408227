"""What a citizen sends besides words: from the phone through the bot to the page of the case, over real HTTP, on both databases."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))
sys.path.insert(0, str(Path(__file__).parents[1] / "console"))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from client import Answer, Client
from databases import KINDS, fresh_database
from desk import PASSWORD, Desk, sign_in
from echo_turns import EchoTurns
from pictures import jpeg, png
from town import free_port, pretended_line

from app import create_app
from bot.casework.model import Role
from bot.line.simulator.driver import Phone
from bot.line.simulator.platform import line_id
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN
from bot.settings import Settings
from bot.store import erasure, retention, rotation, staff
from bot.store import media as medium_store
from bot.store.database import read, write
from bot.store.keys import Key
from bot.store.media import PIECE
from bot.store.media_tables import MediaState, media, media_part
from bot.store.sealing import Sealer
from bot.store.tables import alert as alert_table
from bot.store.tables import audit as audit_table

T = TypeVar("T")
VOICE = b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(range(256)) * 2_500  # longer than two pieces


@dataclass
class World:
    """The bot with its console, LINE, and somebody of the hotline who reads; shared by tests."""

    desk: Desk
    url: str

    def __post_init__(self) -> None:
        desk = self.desk
        with write(desk.store.engine) as connection:
            desk.secrets["hotline"] = staff.enrol(
                connection, desk.store.sealer, "hotline", "hotline", "1300", Role.STAFF, "hotline", PASSWORD
            )
        self.staff = Client(desk.app)
        assert sign_in(self.staff, "hotline", PASSWORD, desk.code("hotline")) == 303


@dataclass
class Line:
    """One citizen in that world; `who` is new in every test."""

    world: World
    who: str

    @property
    def desk(self) -> Desk:
        return self.world.desk

    def phone(self, story: Callable[[Phone], Coroutine[Any, Any, T]], who: str = "") -> T:
        async def tell() -> T:
            async with Phone.at(self.world.url, who or self.who) as phone:
                return await story(phone)

        return asyncio.run(tell())

    def chat(self, letter: str = "U") -> str:
        return self.desk.store.sealer.hash("chat", line_id(self.who, letter))

    def danger(self, who: str = "") -> str:
        """Somebody tells of danger; the alert's uid."""
        assert self.phone(lambda phone: phone.say("danger"), who) == 200
        chat, end = Line(self.world, who or self.who).chat(), time.monotonic() + 20
        query = select(alert_table.c.uid).where(alert_table.c.chat == chat)
        while (uid := self.look(lambda connection: connection.scalar(query))) is None:
            assert time.monotonic() < end  # under load its turn runs after the answer to LINE
        return str(uid)

    def send(self, kind: str, content: bytes, **options: Any) -> None:
        async def story(phone: Phone) -> None:
            assert await phone.send(kind, content, **options) == 200

        self.phone(story)

    def fault(self, **rule: Any) -> None:
        async def story(phone: Phone) -> None:
            async with phone.session.put(f"{self.world.url}/_sim/faults", json={"faults": [rule]}) as answer:
                answer.raise_for_status()

        self.phone(story)

    def look(self, reading: Callable[[Any], T]) -> T:
        with read(self.desk.store.engine) as connection:
            return reading(connection)

    def media(self, letter: str = "U") -> list[Any]:
        return self.look(lambda connection: connection.execute(select(media).where(media.c.chat == self.chat(letter))).all())

    def pieces(self) -> list[bytes]:
        uids = [row.uid for row in self.media()]
        return self.look(lambda connection: connection.scalars(select(media_part.c.sealed).where(media_part.c.media.in_(uids))).all())

    def settled(self) -> list[MediaState]:
        """States of what this citizen sent, once each is stored or given up."""
        end = time.monotonic() + 20
        while True:
            states = [row.state for row in self.media()]
            if states and all(state >= MediaState.STORED for state in states):
                return [MediaState(state) for state in states]
            assert time.monotonic() < end, states
            time.sleep(0.02)

    def page(self, about: str) -> str:
        return self.world.staff.get(f"/console/alert/{about}").text

    def links(self, about: str) -> list[str]:
        return re.findall(r'src="(/console/media/[^"]+)"', self.page(about))

    def get(self, path: str, **headers: str) -> Answer:
        self.world.staff.headers = headers
        return self.world.staff.get(path)


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
        assert thread.is_alive()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, port, kind = tmp_path_factory.mktemp("media"), free_port(), getattr(request, "param", "sqlite")
    with fresh_database(kind, folder) as database, pretended_line(f"http://127.0.0.1:{port}/callback") as url:
        desk = Desk(folder, database)
        settings = Settings(DEMO_SECRET, DEMO_TOKEN, url, url, database)
        with serving(create_app(settings, EchoTurns(), store=desk.store, console=desk.console), port):
            yield World(desk, url)


@pytest.fixture
def line(world: World, request: pytest.FixtureRequest) -> Line:
    return Line(world, request.node.name)


both = pytest.mark.parametrize("world", KINDS, indirect=True)  # where storage differs


class TestOnThePage:
    def test_a_picture_is_shown_without_what_the_camera_wrote_into_it(self, line: Line) -> None:
        about = line.danger()
        line.send("image", png())
        assert line.settled() == [MediaState.STORED]
        [link] = line.links(about)
        answer = line.get(link)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert b"IDAT" in answer.body
        assert b"GPS" not in answer.body
        assert answer.headers["content-disposition"].startswith("inline")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
        assert line.get(link + "?save=1").headers["content-disposition"].startswith("attachment")

    @both
    def test_voice_plays_from_any_place(self, line: Line) -> None:
        about = line.danger()
        line.send("audio", VOICE)
        line.settled()
        assert "<audio" in line.page(about)
        [link] = line.links(about)
        assert line.get(link).body == VOICE
        middle = line.get(link, range=f"bytes={PIECE - 10}-{PIECE + 9}")
        assert (middle.status_code, middle.body) == (206, VOICE[PIECE - 10 : PIECE + 10])
        assert middle.headers["content-range"] == f"bytes {PIECE - 10}-{PIECE + 9}/{len(VOICE)}"
        assert line.get(link, range="bytes=600000-").body == VOICE[600_000:]
        assert line.get(link, range="bytes=999999999-").status_code == 416

    @pytest.mark.parametrize(
        ("content", "name"),
        [(b"<svg xmlns='x' onload='alert(1)'>", "a.svg"), (b"<html><script>", "รูป\r\nX:\"';.html"), (jpeg()[:60], "cut.jpg")],
    )
    def test_what_is_no_clean_picture_can_only_be_saved(self, line: Line, content: bytes, name: str) -> None:
        about = line.danger()
        line.send("file", content, name=name)
        line.settled()
        assert line.links(about) == []
        [link] = re.findall(r'href="(/console/media/[^"?]+)', line.page(about))
        answer = line.get(link)
        assert (answer.headers["content-type"], answer.body) == ("application/octet-stream", content)
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9%._~-]+", answer.headers["content-disposition"])

    def test_every_look_is_audited_and_no_part_stands_open_in_the_database(self, line: Line) -> None:
        about = line.danger()
        line.send("audio", VOICE)
        line.settled()
        [link] = line.links(about)
        line.get(link)
        line.get(link)
        seen = select(func.count()).where(audit_table.c.what == "media read", audit_table.c.subject == about)
        assert line.look(lambda connection: connection.scalar(seen)) == 2
        assert [sealed for sealed in line.pieces() if bytes(range(64)) in sealed] == []

    def test_other_centres_and_other_talks_do_not_have_it(self, line: Line) -> None:
        about, other = line.danger(), line.danger(line.who + " too")
        line.send("image", png())
        line.settled()
        [link] = line.links(about)
        assert line.get(link.replace(about, other)).status_code == 404
        assert line.desk.signed_in("staff-here").get(link).status_code == 404
        assert line.desk.client().get(link).status_code == 303

    def test_a_place_is_words_and_a_map(self, line: Line) -> None:
        about = line.danger()
        line.phone(lambda phone: phone.send_location(18.7883, 98.9853, '"><script>'))
        page = line.page(about)
        assert 'href="https://www.google.com/maps/search/?api=1&amp;query=18.788300%2C98.985300"' in page
        assert "><script>" not in page


class TestFetching:
    @both
    def test_what_is_not_ready_or_refused_at_first_is_fetched_again(self, line: Line) -> None:
        about = line.danger()
        line.fault(on="content", kind="status", status=500, times=1)
        line.send("video", b"\0\0\0\x20ftypisom" + bytes(100), preparing=1)
        assert line.settled() == [MediaState.STORED]
        assert "<video" in line.page(about)

    @both
    def test_what_a_dead_worker_held_is_fetched_by_another_from_the_beginning(self, line: Line) -> None:
        store, now = line.desk.store, line.desk.now
        with write(store.engine) as connection:
            medium_store.take_in(connection, store.sealer, [medium_store.Sent("u1", line.chat(), "m1", "audio", "", False, now)], now)
            [job] = medium_store.claim(connection, store.sealer, now, 4)
            assert medium_store.claim(connection, store.sealer, now, 4) == []
        assert medium_store.add_piece(store.engine, store.sealer, job.uid, 0, b"half")
        with write(store.engine) as connection:
            [again] = medium_store.claim(connection, store.sealer, now + medium_store.LEASE_MS + 1, 4)
        assert (again.uid, again.tries) == ("u1", 2)
        assert line.pieces() == []

    def test_the_talk_goes_on_meanwhile(self, line: Line) -> None:
        async def story(phone: Phone) -> str:
            await phone.send("video", b"\0\0\0\x20ftypisom", preparing=1_000)
            await phone.wait_reply()
            video = phone.last_message
            await phone.say("still there?")
            said = await phone.wait_reply()
            await phone.unsend(video)
            return str(said)

        assert "still there?" in line.phone(story)

    def test_what_never_comes_is_a_plain_row(self, line: Line) -> None:
        about = line.danger()
        line.send("image", b"", lost=True)
        assert line.settled() == [MediaState.FAILED]
        assert "รับไฟล์นี้ไม่ได้" in line.page(about)

    def test_too_large_a_picture_is_not_kept(self, line: Line) -> None:
        about = line.danger()
        line.send("image", jpeg() + bytes(13 * 1024 * 1024))
        assert line.settled() == [MediaState.FAILED]
        assert "ใหญ่เกินไป" in line.page(about)
        assert line.pieces() == []

    def test_pictures_in_a_group_are_not_ours(self, line: Line) -> None:
        async def story(phone: Phone) -> None:
            group = await Phone.join(phone.session, line.world.url, f"บ้าน {line.who}", (phone.chat,))
            await group.send_image(png())
            await phone.send_image(png())

        line.phone(story)
        line.settled()
        assert Line(line.world, f"บ้าน {line.who}").media("C") == []


class TestForgetting:
    @both
    def test_taken_back_it_is_gone(self, line: Line) -> None:
        about = line.danger()

        async def story(phone: Phone) -> None:
            await phone.send("audio", VOICE)
            line.settled()
            await phone.unsend()

        line.phone(story)
        end = time.monotonic() + 10
        while line.media():
            assert time.monotonic() < end
        assert line.links(about) == []

    @both
    def test_erasing_the_talk_and_growing_old_take_it_along(self, line: Line) -> None:
        other = Line(line.world, line.who + " too")
        for one in (line, other):
            one.send("audio", VOICE)
            one.settled()
        with write(line.desk.store.engine) as connection:
            erasure.forget_chat(connection, line.chat())
        assert (len(line.media()), len(other.media())) == (0, 1)
        retention.expire(line.desk.store.engine, line.desk.now + 1_000_000, 0)
        assert line.look(lambda connection: [connection.scalar(select(func.count()).select_from(one)) for one in (media, media_part)]) == [
            0,
            0,
        ]

    @both
    def test_new_keys_seal_every_piece_again(self, line: Line) -> None:
        about = line.danger()
        line.send("audio", VOICE)
        line.settled()
        store = line.desk.store
        both = Sealer((Key("n", b"n" * 32), Key("k", b"k" * 32)), store.sealer._lookup)
        while rotation.reseal(store.engine, both):
            pass
        store.sealer = line.desk.console.store.sealer = both
        new_registry = line.desk.console.registry.__class__(both, line.desk.registry.chance)
        object.__setattr__(line.desk.console, "registry", new_registry)
        [link] = line.links(about)
        assert line.get(link).body == VOICE
