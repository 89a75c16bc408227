"""The bot under faults, over real HTTP: killed at any moment, refused or ignored by LINE. Nothing is lost or doubled, order holds."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parents[1] / "line"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from bot_process import Bot, body_of, event, until
from databases import KINDS, fresh_database
from fake_line import FakeLine, fake_line

pytestmark = pytest.mark.slow


@pytest.fixture
def line() -> Iterator[FakeLine]:
    with fake_line() as fake:
        yield fake


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def bot(line: FakeLine, tmp_path: Path) -> Iterator[Bot]:
    """On SQLite; what LINE does is the same for both databases."""
    bot = Bot(line.base, f"sqlite:///{tmp_path}/bot.db")
    bot.start()
    yield bot
    bot.kill()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(30)) as session:
        yield session


async def delivered(bot: Bot, body: bytes, http: aiohttp.ClientSession) -> None:
    for _ in range(200):
        if await bot.post(body, http) == 200:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never taken")


async def test_killed_while_line_is_slow_answers_after_restart_and_never_twice(
    database: str, line: FakeLine, http: aiohttp.ClientSession
) -> None:
    """Killed after the commit, while replies are under way: the token is tried again, and LINE takes it once."""
    line.delay_s = 0.3
    bot = Bot(line.base, database)
    bot.start()
    try:
        assert {await bot.say(f"U{n}", "hello", http) for n in range(10)} == {200}
        await asyncio.sleep(0.15)  # replies are on the wire; LINE will accept them after the bot is dead
        bot.kill()
        line.delay_s = 0
        bot.start()
        await until(lambda: len(line.texts()) >= 10, 30)
        await bot.say("U-end", "end", http)
        await until(lambda: "1:end" in line.texts(), 30)
        assert Counter(line.texts()) == Counter({"1:hello": 10, "1:end": 1})
    finally:
        bot.kill()


async def test_killed_again_and_again_under_load_keeps_every_accepted_message_once_and_in_order(
    database: str, line: FakeLine, http: aiohttp.ClientSession
) -> None:
    users, rounds, kills = 6, 15, 2
    bot = Bot(line.base, database)
    bot.start()

    async def talk(user: int) -> None:
        """Like LINE with redelivery on: the same event again until it is taken."""
        for n in range(rounds):
            body = body_of(event(f"U{user}", f"keep {user}/{n}"))
            await delivered(bot, body, http)

    async def murder() -> None:
        for _ in range(kills):
            await asyncio.sleep(0.4)
            bot.kill()
            await asyncio.to_thread(bot.start)

    try:
        await asyncio.gather(murder(), *(talk(user) for user in range(users)))
        await until(lambda: len(line.texts()) >= users * rounds, 45)
        await asyncio.sleep(0.3)
    finally:
        bot.kill()
    for user in range(users):
        heard = [text for text in line.texts() if f"keep {user}/" in text]
        assert heard == [f"{n + 1}:keep {user}/{n}" for n in range(rounds)]


@pytest.mark.parametrize(
    "fault", [500, "500-after", "reset", "reset-after", 429], ids=["500", "500 after accepting", "reset", "reset after accepting", "429"]
)
async def test_one_fault_on_a_reply_means_one_answer(bot: Bot, line: FakeLine, http: aiohttp.ClientSession, fault: object) -> None:
    line.faults.append(fault)
    await bot.say("U1", "first", http)
    await bot.say("U1", "keep second", http)
    await until(lambda: "2:keep second" in line.texts())
    assert line.texts() == ["1:first", "2:keep second"]
    assert line.calls["push"] == 0


async def test_dead_reply_token_is_replaced_by_a_push(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    said = event("U1", "late")
    line.expired_tokens.add(said["replyToken"])
    await bot.post(body_of(said), http)
    await until(lambda: bool(line.accepted))
    assert [(sent.way, sent.to, sent.texts) for sent in line.accepted] == [("push", "U1", ["1:late"])]


@pytest.mark.parametrize("fault", [500, "500-after", "reset-after", 429])
async def test_one_fault_on_a_push_means_one_answer(bot: Bot, line: FakeLine, http: aiohttp.ClientSession, fault: object) -> None:
    said = event("U1", "late", replyToken=None)
    line.faults.append(fault)
    await bot.post(body_of(said), http)
    await until(lambda: line.calls["push"] >= 2 and bool(line.accepted))
    assert line.texts() == ["1:late"]


async def test_spent_quota_drops_ordinary_pushes_and_keeps_trying_danger(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    line.standing = "quota"
    await bot.post(body_of(event("U1", "ordinary", replyToken=None), event("U2", "danger", replyToken=None)), http)
    await until(lambda: line.calls["push"] >= 3)
    line.standing = None
    await until(lambda: bool(line.accepted))
    assert line.texts() == ["1:danger"]


async def test_line_down_for_a_while_holds_up_nobody_s_webhook(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    line.standing = 500
    assert {await bot.say(f"U{n}", "hi", http) for n in range(20)} == {200}
    line.standing = None
    await until(lambda: len(line.texts()) >= 20, 20)
    assert line.texts() == ["1:hi"] * 20


async def test_orderly_stop_leaves_nothing_undone(line: FakeLine, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    bot = Bot(line.base, f"sqlite:///{tmp_path}/bot.db")
    bot.start()
    line.delay_s = 0.3
    for n in range(5):
        await bot.say(f"U{n}", "bye", http)
    await asyncio.to_thread(bot.stop)
    assert line.texts() == ["1:bye"] * 5
    line.delay_s = 0
    bot.start()
    await bot.say("U-after", "hi", http)
    await until(lambda: "1:hi" in line.texts())
    bot.kill()
    assert Counter(line.texts()) == Counter({"1:bye": 5, "1:hi": 1})


async def test_second_process_on_one_sqlite_file_is_refused(bot: Bot, line: FakeLine, tmp_path: Path) -> None:
    second = Bot(line.base, f"sqlite:///{tmp_path}/bot.db")
    with pytest.raises(AssertionError, match="did not start"):
        second.start()


@pytest.mark.postgres
async def test_two_workers_share_the_chats_and_one_takes_over_from_the_other(
    line: FakeLine, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    with fresh_database("postgres", tmp_path) as url:
        bots = [Bot(line.base, url), Bot(line.base, url)]
        for bot in bots:
            bot.start()
        try:
            for n in range(8):
                answers = [bots[n % 2].say(f"U{user}", f"keep {user}/{n}", http) for user in range(8)]
                assert set(await asyncio.gather(*answers)) == {200}
            await until(lambda: len(line.texts()) >= 64, 30)
            bots[0].kill()
            await bots[1].say("U0", "keep 0/8", http)
            await until(lambda: "9:keep 0/8" in line.texts(), 30)  # the killed one may have claimed an answer of that chat
        finally:
            for bot in bots:
                bot.kill()
    for user in range(8):
        heard = [text for text in line.texts() if f"keep {user}/" in text]
        assert heard == [f"{n + 1}:keep {user}/{n}" for n in range(9 if user == 0 else 8)]
