"""Three screens: a citizen, a colleague, the console. The card comes, the tap takes it, the link leads in, the picture is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from pictures import png
from test_console_story import DANGER, bot, browser, phone, say, shot  # noqa: F401  # two are fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_a_card_on_the_phone_of_staff_leads_to_the_picture_the_citizen_sent(
    browser: Browser,  # noqa: F811
    bot: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    citizen, desk = phone(browser, bot), browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    host, port = bot.rsplit(":", 1)
    desk.goto(f"{host}:{int(port) + 1}/?chat=ใจดี (เจ้าหน้าที่)")
    desk.wait_for_selector("body[data-ready]")
    say(citizen, DANGER)
    card = desk.locator("article.bubble").last
    expect(card).to_contain_text("มีเรื่องใหม่ 1 เรื่อง", timeout=5_000)
    expect(card).to_contain_text("ระดับ 1")
    expect(desk.locator("body")).not_to_contain_text("ห้องน้ำ")
    shot(desk, "staff-card", tmp_path)
    desk.set_viewport_size({"width": 390, "height": 844})
    card.get_by_role("button", name="รับเรื่อง").click()
    expect(desk.locator("article.bubble").last).to_contain_text("ใจดี (เจ้าหน้าที่) รับเรื่องนี้แล้ว")
    shot(desk, "staff-taken", tmp_path)
    link = desk.locator("article.bubble").last.locator("a").get_attribute("href")
    assert link
    assert link.startswith(f"{bot}/console/alert/")

    errors: list[str] = []
    console = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    console.on("pageerror", lambda error: errors.append(str(error)))
    console.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    console.goto(link)
    console.get_by_role("button", name="ใจดี").click()
    expect(console.locator("blockquote").first).to_have_text(DANGER)
    console.wait_for_selector("body[data-live]")

    citizen.set_input_files("#picture", files=[{"name": "x.png", "mimeType": "image/png", "buffer": png()}])
    expect(citizen.locator("body")).to_contain_text("เจ้าหน้าที่จะเปิดดูหรือฟังเอง", timeout=10_000)
    summary = console.get_by_text("เปิดดูรูป")
    expect(summary).to_be_visible(timeout=10_000)
    summary.click()
    picture = console.locator("details.media img")
    expect(picture).to_be_visible()
    console.wait_for_function("document.querySelector('details.media img').naturalWidth === 2")
    say(citizen, "อยู่ในห้องน้ำค่ะ")
    expect(console.locator(".bubble.citizen").last).to_contain_text("อยู่ในห้องน้ำค่ะ", timeout=10_000)
    expect(picture).to_be_visible()  # what is open stays open while the talk goes on
    citizen.set_input_files("#any-file", files=[{"name": "v.m4a", "mimeType": "audio/mp4", "buffer": b"\0\0\0\x20ftypM4A \0\0\0\0"}])
    expect(console.locator("audio.media")).to_be_visible(timeout=10_000)
    shot(console, "media", tmp_path)
    assert errors == []
