"""The chat page in a real browser: what is said arrives, what can be tapped does its work, what looks like HTML stays words."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.line import richmenu
from bot.line.render import render
from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.safety import DEMO_TOKEN

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = "<img src=x onerror=\"document.title=1\"> <b>หนา</b> & 'คำ'"


def _answer(event: dict[str, Any]) -> list[Message]:
    """A bot of three tricks: asks for a birthday, shows a card, and repeats the rest."""
    heard = str((event.get("message") or {}).get("text") or (event.get("postback") or {}))
    if "เริ่ม" in heard or "screen" in heard:
        return [Text("เกิดวันไหนคะ", (Choice("เลือกวันเกิด", "date", data="born", last="1970-12-31"), Choice("ส่งตำแหน่ง", "location")))]
    if "born" in heard:
        call = Choice("โทร 1300", "link", uri="tel:1300")
        return [Cards((Card(EVIL, (Row(heard),), (call, Choice("ต่อไป", data="next"))), Card("ใบที่สอง")), "ผลการเช็กค่ะ")]
    return [Text(heard or str(event["type"]))]


async def _hook(request: Request) -> Response:
    base = request.app.state.simulator
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {DEMO_TOKEN}"}) as session:
        for event in orjson.loads(await request.body())["events"]:
            if "replyToken" in event:
                await session.post(
                    f"{base}/v2/bot/message/reply", json={"replyToken": event["replyToken"], "messages": render(_answer(event))}
                )
    return Response()


async def _set_menu(request: Request) -> Response:
    base = request.app.state.simulator
    async with aiohttp.ClientSession() as session:
        await richmenu.setup(richmenu.Line(session, base, base, DEMO_TOKEN))
    return Response()


def _serve(app: Any, listener: socket.socket) -> tuple[uvicorn.Server, threading.Thread]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with socket.socket() as bot_socket, socket.socket() as simulator_socket:
        for listener in (bot_socket, simulator_socket):
            listener.bind(("127.0.0.1", 0))
        bot_base, simulator_base = (f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in (bot_socket, simulator_socket))
        bot = Starlette(routes=[Route("/callback", _hook, methods=["POST"]), Route("/menu", _set_menu)])
        bot.state.simulator = simulator_base
        running = [_serve(bot, bot_socket), _serve(create_simulator(SimulatorSettings(f"{bot_base}/callback")), simulator_socket)]
        _get(f"{bot_base}/menu")
        yield simulator_base
        for server, thread in running:
            server.should_exit = True
            thread.join()


def _get(url: str) -> None:
    urllib.request.urlopen(url).close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, base: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone of its own for each test, 390 by 844; any script error fails the test."""
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(base)
    opened.wait_for_selector("body[data-ready]")
    opened.get_by_label("ตัวเลือกเพิ่มเติม").click()
    opened.get_by_role("menuitem", name="เพิ่มโทรศัพท์อีกเครื่อง").click()
    opened.get_by_label("ชื่อคนที่ใช้เครื่องนี้").fill(request.node.name[-40:])
    opened.get_by_role("button", name="ตกลง").click()
    expect(opened.locator("#people option:checked")).to_have_text(request.node.name[-40:])
    yield opened
    opened.close()
    assert errors == []


def _say(page: Page, text: str) -> None:
    page.get_by_label("พิมพ์ข้อความ").fill(text)
    page.get_by_label("ส่ง", exact=True).click()


def test_what_is_said_stands_on_the_right_and_the_answer_on_the_left(page: Page) -> None:
    _say(page, "สวัสดีค่ะ")
    expect(page.locator(".row.mine .said")).to_have_text("สวัสดีค่ะ")
    expect(page.locator(".row.theirs .said")).to_have_text("สวัสดีค่ะ")


def test_html_in_what_people_or_the_bot_say_stays_words(page: Page) -> None:
    _say(page, EVIL)
    expect(page.locator(".row.theirs .said")).to_have_text(EVIL)
    assert page.locator(".said img, .said b").count() == 0
    assert page.title() != "1"


def test_a_date_is_picked_and_the_answer_is_a_card_that_can_be_tapped(page: Page) -> None:
    _say(page, "เริ่ม")
    page.locator("#quick").get_by_role("button", name="เลือกวันเกิด").click()
    expect(page.locator(".era")).to_have_text("31 ธันวาคม 2513")
    page.locator("#ask input").fill("1954-05-01")
    page.get_by_role("button", name="ตกลง").click()
    expect(page.locator(".bubble")).to_have_count(2)
    expect(page.locator(".bubble").first).to_contain_text("1954-05-01")
    expect(page.locator(".bubble").first).to_contain_text(EVIL)
    assert page.locator(".bubble img").count() == 0
    assert page.get_by_role("link", name="โทร 1300").get_attribute("href") == "tel:1300"
    expect(page.locator("#lock")).to_contain_text("ผลการเช็กค่ะ")
    page.get_by_role("button", name="ต่อไป").click()
    expect(page.locator(".row.mine .said").last).to_have_text("ต่อไป")


def test_the_rich_menu_can_be_tapped(page: Page) -> None:
    page.get_by_role("button", name="เช็กสิทธิ").click()
    expect(page.locator(".row.mine .said")).to_have_text("เช็กสิทธิ")
    expect(page.locator(".row.theirs .said")).to_have_text("เกิดวันไหนคะ")


def test_a_place_is_sent_from_the_tray(page: Page) -> None:
    page.get_by_label("ส่งตำแหน่ง รูป หรือสติกเกอร์").click()
    page.get_by_role("button", name="ส่งตำแหน่ง", exact=True).click()
    page.get_by_role("button", name="เทศบาลนครยะลา").click()
    expect(page.locator(".row.mine .place")).to_contain_text("เทศบาลนครยะลา")


def test_a_message_is_taken_back_by_its_menu(page: Page) -> None:
    _say(page, "ความลับ")
    page.locator(".row.mine .said").click(button="right")
    page.get_by_role("button", name="ยกเลิกข้อความ").click()
    expect(page.locator(".gone")).to_have_text("ยกเลิกข้อความแล้ว")
    expect(page.locator(".row.mine")).not_to_contain_text("ความลับ")


def test_blocking_hides_the_keyboard_until_unblocked(page: Page) -> None:
    page.get_by_label("ตัวเลือกเพิ่มเติม").click()
    page.get_by_role("menuitem", name="บล็อก").click()
    expect(page.get_by_label("พิมพ์ข้อความ")).to_be_hidden()
    page.get_by_role("button", name="เลิกบล็อก").click()
    expect(page.get_by_label("พิมพ์ข้อความ")).to_be_visible()


def test_two_phones_have_chats_of_their_own(page: Page) -> None:
    _say(page, "ของฉันคนเดียว")
    expect(page.locator(".row.mine .said")).to_have_text("ของฉันคนเดียว")
    page.get_by_label("เปลี่ยนโทรศัพท์").select_option(label="ฟ้า")
    expect(page.get_by_text("ของฉันคนเดียว")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    _say(page, "ก" * 300)
    expect(page.locator(".row.theirs .said")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name_for_screen_readers_and_room_for_a_thumb(page: Page) -> None:
    page.get_by_label("ส่งตำแหน่ง รูป หรือสติกเกอร์").click()
    controls = page.locator("button:visible, select:visible, textarea:visible, a:visible").all()
    assert controls
    for control in controls:
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
        assert control.evaluate(
            "node => (node.getAttribute('aria-label') || node.textContent || node.closest('label')?.textContent || '').trim()"
        )


def test_in_a_group_an_at_sign_calls_the_bot(page: Page) -> None:
    page.get_by_label("เปลี่ยนโทรศัพท์").select_option(label="กลุ่ม บ้านเรา")
    expect(page.get_by_label("พิมพ์ข้อความ")).to_have_attribute("placeholder", "พิมพ์ @ นำหน้าเพื่อเรียกบอต")
    _say(page, "@ สวัสดี")
    expect(page.locator(".row.mine .said")).to_have_text("@รู้สิทธิ สวัสดี")
