"""The pretended LINE answers, refuses, forgets and breaks as LINE does. Everything over real HTTP, with a small bot on the other side."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.line import richmenu
from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.driver import NoReply, NoSuchChoice, Phone, words
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN, RealCredentials, refuse_if_real

HELLO = [{"type": "text", "text": "สวัสดีค่ะ"}]


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@dataclass
class Bot:
    """Keeps what LINE sends it; `status` is what it answers, `recovers`: only the first time."""

    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    status: int = 200
    recovers: bool = False

    async def hook(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.signatures.append(request.headers["x-line-signature"])
        answer, self.status = Response(status_code=self.status), 200 if self.recovers else self.status
        return answer

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in orjson.loads(body)["events"]]


@dataclass
class World:
    base: str
    session: aiohttp.ClientSession
    phone: Phone
    bot: Bot
    now: list[float]

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any], Any]:
        head = {"authorization": f"Bearer {DEMO_TOKEN}", **headers}
        async with self.session.request(method, self.base + path, json=body, headers=head) as answer:
            return answer.status, await answer.json(), answer.headers

    async def reply(self, token: str, messages: Any = HELLO, **headers: str) -> tuple[int, dict[str, Any], Any]:
        return await self.call("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": messages}, **headers)

    async def push(self, messages: Any = HELLO, **headers: str) -> tuple[int, dict[str, Any], Any]:
        return await self.call("POST", "/v2/bot/message/push", {"to": self.phone.chat, "messages": messages}, **headers)

    async def token(self) -> str:
        await self.phone.say("สวัสดี")
        return str(self.bot.events[-1]["replyToken"])

    async def faults(self, *rules: dict[str, Any]) -> int:
        async with self.session.put(f"{self.base}/_sim/faults", json={"faults": list(rules)}) as answer:
            return answer.status


@pytest.fixture
async def world() -> AsyncIterator[World]:
    bot, now = Bot(), [1_780_000_000.0]
    async with serving(Starlette(routes=[Route("/callback", bot.hook, methods=["POST"])])) as bot_base:
        settings = SimulatorSettings(f"{bot_base}/callback", clock=lambda: now[0], monthly_limit=2, redeliver_after=None)
        async with serving(create_simulator(settings)) as base, aiohttp.ClientSession() as session:
            yield World(base, session, await Phone.join(session, base, "ยายสมศรี"), bot, now)


async def test_a_webhook_is_signed_over_its_raw_bytes(world: World) -> None:
    await world.phone.say("สวัสดี")
    expected = base64.b64encode(hmac.digest(DEMO_SECRET.encode(), world.bot.bodies[0], hashlib.sha256)).decode()
    assert world.bot.signatures == [expected]


async def test_a_reply_reaches_the_phone_that_spoke(world: World) -> None:
    status, body, _ = await world.reply(await world.token())
    assert status == 200
    assert len(body["sentMessages"]) == 1
    assert [words(message) for message in await world.phone.wait_reply()] == ["สวัสดีค่ะ"]


async def test_a_reply_token_works_once(world: World) -> None:
    token = await world.token()
    await world.reply(token)
    status, body, _ = await world.reply(token)
    assert (status, body) == (400, {"message": "Invalid reply token"})


async def test_a_reply_token_expires_after_a_minute(world: World) -> None:
    token = await world.token()
    world.now[0] += 61
    assert (await world.reply(token))[0] == 400


async def test_a_refused_message_does_not_use_up_the_token(world: World) -> None:
    token = await world.token()
    status, body, _ = await world.reply(token, [HELLO[0], {"type": "text", "text": ""}])
    assert status == 400
    assert body["details"] == [{"message": "May not be empty", "property": "messages[1].text"}]
    assert (await world.reply(token))[0] == 200


async def test_six_messages_are_refused(world: World) -> None:
    status, body, _ = await world.reply(await world.token(), HELLO * 6)
    assert (status, body["details"][0]["property"]) == (400, "messages")


async def test_a_wrong_bearer_is_refused(world: World) -> None:
    assert (await world.push(authorization="Bearer of bad news"))[0] == 401


async def test_a_retry_key_on_a_reply_is_refused(world: World) -> None:
    status, _, _ = await world.reply(await world.token(), **{"x-line-retry-key": str(uuid.uuid4())})
    assert status == 400


async def test_a_repeated_push_with_its_retry_key_is_not_shown_or_counted_twice(world: World) -> None:
    key = {"x-line-retry-key": str(uuid.uuid4())}
    _, first, headers = await world.push(**key)
    status, second, again = await world.push(**key)
    assert (status, second["sentMessages"]) == (409, first["sentMessages"])
    assert again["x-line-accepted-request-id"] == headers["x-line-request-id"]
    assert len(await world.phone.wait_reply()) == 1
    assert (await world.call("GET", "/v2/bot/message/quota/consumption"))[1] == {"totalUsage": 1}


async def test_the_monthly_limit_ends_pushes_but_not_replies(world: World) -> None:
    statuses = [(await world.push())[0] for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await world.push())[1] == {"message": "You have reached your monthly limit."}
    assert (await world.reply(await world.token()))[0] == 200


async def test_who_has_blocked_the_bot_gets_nothing_and_costs_nothing(world: World) -> None:
    await world.phone.block()
    assert (await world.push())[0] == 200
    with pytest.raises(NoReply):
        await world.phone.wait_reply(timeout=0.05)
    assert (await world.call("GET", "/v2/bot/message/quota/consumption"))[1] == {"totalUsage": 0}
    assert (await world.call("GET", f"/v2/bot/profile/{world.phone.chat}"))[0] == 404


async def test_coming_back_is_told_as_an_unblocking_follow(world: World) -> None:
    await world.phone.follow()
    await world.phone.block()
    await world.phone.follow()
    assert [(event["type"], event.get("follow")) for event in world.bot.events] == [
        ("follow", {"isUnblocked": False}),
        ("unfollow", None),
        ("follow", {"isUnblocked": True}),
    ]
    assert "replyToken" not in world.bot.events[1]


async def test_every_act_of_a_phone_becomes_lines_event(world: World) -> None:
    phone = world.phone
    await phone.tap("menu:screen", "เช็กสิทธิ")
    await phone.pick_date("born", "1954-05-01")
    await phone.send_location(19.9, 99.8, "เชียงราย")
    await phone.send_sticker("ขอบคุณ")
    await phone.send_image(b"\x89PNG")
    await phone.unsend()
    events = world.bot.events
    assert [event["type"] for event in events] == ["postback", "postback", "message", "message", "message", "unsend"]
    assert events[1]["postback"] == {"data": "born", "params": {"date": "1954-05-01"}}
    assert events[2]["message"]["address"] == "เชียงราย"
    assert events[3]["message"]["keywords"] == ["ขอบคุณ"]
    assert events[5]["unsend"]["messageId"] == events[4]["message"]["id"]
    assert len({event["webhookEventId"] for event in events}) == 6


async def test_a_picture_can_be_fetched_by_its_message_id(world: World) -> None:
    await world.phone.send_image(b"\x89PNG picture")
    head = {"authorization": f"Bearer {DEMO_TOKEN}"}
    async with world.session.get(f"{world.base}/v2/bot/message/{world.phone.last_message}/content", headers=head) as answer:
        assert (answer.status, await answer.read()) == (200, b"\x89PNG picture")


async def test_an_unsent_message_leaves_the_screen(world: World) -> None:
    await world.phone.say("ความลับ")
    await world.phone.unsend()
    news = await world.phone.news(0, 0)
    assert "ความลับ" not in str(news)


async def test_a_choice_is_tapped_by_its_label(world: World) -> None:
    item = {"type": "action", "action": {"type": "postback", "label": "ใช่", "data": "yes", "displayText": "ใช่ค่ะ"}}
    await world.reply(await world.token(), [{**HELLO[0], "quickReply": {"items": [item]}}])
    messages = await world.phone.wait_reply()
    await world.phone.choose("ใช่", messages)
    assert world.bot.events[-1]["postback"] == {"data": "yes"}
    with pytest.raises(NoSuchChoice):
        await world.phone.choose("ไม่", messages)


async def test_a_standby_event_has_no_reply_token(world: World) -> None:
    await world.phone.say("สวัสดี", standby=True)
    assert world.bot.events[0]["mode"] == "standby"
    assert "replyToken" not in world.bot.events[0]


async def test_a_group_message_can_mention_the_bot(world: World) -> None:
    group = await Phone.join(world.session, world.base, "หมู่บ้าน", (world.phone.chat,))
    await group.say("ช่วยด้วย", mention=True)
    event = world.bot.events[0]
    assert event["source"] == {"type": "group", "groupId": group.chat, "userId": world.phone.chat}
    assert event["message"]["mention"]["mentionees"][0]["isSelf"]


async def test_loading_is_seen_until_the_next_message(world: World) -> None:
    token = await world.token()
    path, body = "/v2/bot/chat/loading/start", {"chatId": world.phone.chat, "loadingSeconds": 20}
    assert (await world.call("POST", path, body))[0] == 202
    assert (await world.phone.news(0, 0))["loading"] == 20
    await world.reply(token)
    assert (await world.phone.news(0, 0))["loading"] == 0
    assert (await world.call("POST", path, {**body, "loadingSeconds": 7}))[0] == 400


async def test_a_message_is_marked_as_read_by_its_token(world: World) -> None:
    await world.phone.say("สวัสดี")
    token = world.bot.events[0]["message"]["markAsReadToken"]
    assert (await world.call("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": token}))[0] == 200
    news = await world.phone.news(0, 0)
    assert news["read"] == news["seq"]


async def test_the_endpoint_test_sends_a_webhook_without_events(world: World) -> None:
    _, body, _ = await world.call("POST", "/v2/bot/channel/webhook/test", {})
    assert body["success"]
    assert orjson.loads(world.bot.bodies[0])["events"] == []


async def _never_redelivered(world: World) -> bool:
    return all(not event["deliveryContext"]["isRedelivery"] for event in world.bot.events)


async def test_a_duplicate_has_the_same_event_id(world: World) -> None:
    await world.faults({"on": "webhook", "kind": "duplicate"})
    await world.phone.say("สวัสดี")
    first, second = world.bot.events
    assert first == second
    assert await _never_redelivered(world)


async def test_a_redelivery_keeps_id_and_token_and_says_so(world: World) -> None:
    await world.faults({"on": "webhook", "kind": "redeliver"})
    await world.phone.say("สวัสดี")
    first, second = world.bot.events
    assert second == {**first, "deliveryContext": {"isRedelivery": True}}


async def test_a_fault_can_refuse_one_call_only(world: World) -> None:
    await world.faults({"on": "push", "kind": "status", "status": 429, "times": 1})
    assert [(await world.push())[0] for _ in range(2)] == [429, 200]


async def test_a_500_after_acceptance_is_resolved_by_the_retry_key(world: World) -> None:
    await world.faults({"on": "push", "kind": "after_accept", "times": 1})
    key = {"x-line-retry-key": str(uuid.uuid4())}
    assert [(await world.push(**key))[0] for _ in range(2)] == [500, 409]
    assert len(await world.phone.wait_reply()) == 1


async def test_a_reset_tears_the_connection_and_does_nothing(world: World) -> None:
    token = await world.token()
    await world.faults({"on": "reply", "kind": "reset", "times": 1})
    with pytest.raises(aiohttp.ClientError):
        await world.reply(token)
    assert (await world.reply(token))[0] == 200


async def test_an_unknown_fault_is_refused(world: World) -> None:
    assert await world.faults({"on": "reply", "kind": "earthquake"}) == 400


async def test_the_rich_menu_is_set_up_once_and_older_ones_of_ours_go(world: World) -> None:
    line = richmenu.Line(world.session, world.base, world.base, DEMO_TOKEN)
    old, _ = richmenu.load()
    await line.call("POST", "/v2/bot/richmenu", {**old, "name": "rusitthi-old"})
    await line.call("POST", "/v2/bot/richmenu", {**old, "name": "somebody else's"})
    first, second = await richmenu.setup(line), await richmenu.setup(line)
    assert (first.created, first.deleted) == (True, 1)
    assert (second.created, second.deleted, second.menu) == (False, 0, first.menu)
    names = [menu["name"] for menu in (await line.call("GET", "/v2/bot/richmenu/list"))["richmenus"]]
    assert sorted(names) == sorted(["somebody else's", old["name"]])
    assert (await world.phone.news(0, 0))["menu"]["id"] == first.menu


def test_the_rich_menu_covers_its_picture_with_six_areas_and_stays_under_a_megabyte() -> None:
    menu, image = richmenu.load()
    assert sum(area["bounds"]["width"] * area["bounds"]["height"] for area in menu["areas"]) == 2500 * 1686
    assert [area["action"]["data"] for area in menu["areas"]] == [
        f"menu:{what}" for what in ("screen", "results", "ask", "restart", "data", "help")
    ]
    assert len(image) < 1_000_000


def test_asking_for_help_leaves_no_trace_in_the_chat() -> None:
    menu, _ = richmenu.load()
    assert "displayText" not in menu["areas"][-1]["action"]


@pytest.mark.parametrize("name", ["LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"])
def test_the_simulator_refuses_to_run_beside_a_real_channel(name: str) -> None:
    with pytest.raises(RealCredentials, match=name) as refused:
        refuse_if_real({name: "a-real-one"})
    assert "a-real-one" not in str(refused.value)


def test_the_demo_pair_or_none_is_fine() -> None:
    refuse_if_real({})
    refuse_if_real({"LINE_CHANNEL_SECRET": DEMO_SECRET, "LINE_CHANNEL_ACCESS_TOKEN": DEMO_TOKEN})


async def test_a_bot_that_answers_with_an_error_gets_the_event_again_if_redelivery_is_on() -> None:
    bot = Bot(status=503, recovers=True)
    async with serving(Starlette(routes=[Route("/callback", bot.hook, methods=["POST"])])) as bot_base:
        settings = SimulatorSettings(f"{bot_base}/callback", redeliver_after=0.02)
        async with serving(create_simulator(settings)) as base, Phone.at(base, "แดง") as phone:
            assert await phone.say("สวัสดี") == 503
            await _until(lambda: len(bot.events) == 2)
    assert [event["deliveryContext"]["isRedelivery"] for event in bot.events] == [False, True]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_was_refused_can_be_looked_up(world: World) -> None:
    await world.reply("no such token")
    async with world.session.get(f"{world.base}/_sim/stats") as answer:
        stats = await answer.json()
    assert stats["counts"] == {"reply_400": 1}
    assert stats["refusals"] == [{"path": "/v2/bot/message/reply", "status": 400, "message": "Invalid reply token"}]


async def test_multicast_reaches_each_friend_once(world: World) -> None:
    other = await Phone.join(world.session, world.base, "แดง")
    to = [world.phone.chat, other.chat, other.chat]
    status, _, _ = await world.call("POST", "/v2/bot/message/multicast", {"to": to, "messages": HELLO})
    assert status == 200
    assert len(await other.wait_reply()) == len(await world.phone.wait_reply()) == 1
