"""The webhook over real HTTP: what it lets in, what it refuses, what it answers."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from bot_process import Bot, body_of, event, sign, until
from fake_line import FakeLine, fake_line


@pytest.fixture(scope="module")
def line() -> Iterator[FakeLine]:
    with fake_line() as fake:
        yield fake


@pytest.fixture(scope="module")
def bot(line: FakeLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    bot = Bot(line.base, f"sqlite:///{tmp_path_factory.mktemp('bot')}/bot.db")
    bot.start()
    yield bot
    bot.kill()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session:
        yield session


async def test_message_is_answered_with_its_reply_token(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    said = event("U-one", "สวัสดี")
    assert await bot.post(body_of(said), http) == 200
    await until(lambda: "1:สวัสดี" in line.texts())
    sent = next(sent for sent in line.accepted if sent.texts == ["1:สวัสดี"])
    assert (sent.way, sent.to) == ("reply", said["replyToken"])


async def test_verification_request_without_events_gets_200(bot: Bot, http: aiohttp.ClientSession) -> None:
    assert await bot.post(b'{"destination":"U0","events":[]}', http) == 200


@pytest.mark.parametrize("signature", ["", "wrong", sign(b"another body"), sign(b'{"events":[]}', "another secret"), "ไทย"])
async def test_wrong_signature_gets_401(bot: Bot, http: aiohttp.ClientSession, signature: str) -> None:
    assert await bot.post(b'{"events":[]}', http, signature) == 401


async def test_missing_signature_gets_401_before_parsing(bot: Bot, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{bot.url}/callback", data=b"not json") as response:
        assert response.status == 401


async def test_get_is_refused(bot: Bot, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{bot.url}/callback") as response:
        assert response.status == 405


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"events":{}}', b'{"events":' + b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
)
async def test_signed_nonsense_gets_400(bot: Bot, http: aiohttp.ClientSession, body: bytes) -> None:
    assert await bot.post(body, http) == 400


def test_body_of_20_mb_is_refused_before_it_is_read(bot: Bot) -> None:
    with socket.create_connection(("127.0.0.1", bot.port)) as connection:
        connection.sendall(b"POST /callback HTTP/1.1\r\nHost: bot\r\nContent-Length: 20000000\r\n\r\n")
        assert b" 413 " in connection.recv(100)


def test_large_body_without_length_is_refused(bot: Bot) -> None:
    with socket.create_connection(("127.0.0.1", bot.port)) as connection:
        connection.sendall(b"POST /callback HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(17):
            connection.sendall(chunk)
        assert b" 413 " in connection.recv(100)


async def test_same_event_five_times_is_answered_once(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    said = event("U-twice", "once only")
    again = {**said, "deliveryContext": {"isRedelivery": True}}
    assert [await bot.post(body_of(one), http) for one in (said, said, again, said, again)] == [200] * 5
    await bot.say("U-twice", "after", http)
    await until(lambda: "2:after" in line.texts())
    assert line.texts().count("1:once only") == 1


async def test_users_in_one_body_are_kept_apart(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    events = [event(f"U-mix{n}", f"I am {n}") for n in range(3)]
    assert await bot.post(body_of(*events), http) == 200
    await until(lambda: {f"1:I am {n}" for n in range(3)} <= set(line.texts()))
    answers = {sent.to: sent.texts for sent in line.accepted}
    assert all(answers[said["replyToken"]] == [f"1:I am {n}"] for n, said in enumerate(events))


async def test_strange_events_do_not_cost_the_others(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    strange = [
        7,
        {},
        {"type": "message", "source": {"type": "user"}},
        {"type": ["x"], "source": {"type": "user", "userId": "U-s1"}, "timestamp": "late"},
        event("U-s2", "x", message={"type": "text"}),
        event("U-s3", "x", type="purchase", mode="sideways"),
        event("U-s4", "x", mode="standby"),
        event("U-s5", "x", timestamp=10**18),
    ]
    body = body_of(*strange, event("U-s6", "still here"))  # type: ignore[arg-type]
    assert await bot.post(body, http) == 200
    await until(lambda: "1:still here" in line.texts())


async def test_half_an_emoji_does_not_cost_the_message(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    body = body_of(event("U-half", "help @@")).replace(b"@@", rb"\ud83d")
    assert await bot.post(body, http) == 200
    await until(lambda: any(text.startswith("1:help") for text in line.texts()))


async def test_burst_is_answered_in_order_of_time(bot: Bot, line: FakeLine, http: aiohttp.ClientSession) -> None:
    events = [event("U-order", f"keep {n}", at_ms=1_700_000_000_000 + n) for n in range(6)]
    await bot.post(body_of(*(events[n] for n in (3, 0, 5, 1, 4, 2))), http)
    await until(lambda: sum("keep" in text for text in line.texts()) >= 6)
    assert [text for text in line.texts() if "keep" in text] == [f"{n + 1}:keep {n}" for n in range(6)]


async def test_health_and_metrics_are_served(bot: Bot, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{bot.url}/healthz") as response:
        assert response.status == 200
        assert (await response.json())["database"] is True
    async with http.get(f"{bot.url}/metrics") as response:
        text = await response.text()
    assert "rusitthi_webhooks_total" in text
    assert "U-one" not in text
