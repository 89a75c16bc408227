"""A person in danger and staff, each at their own screen: the alarm rings, somebody takes it and answers, the phone hears it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from town import ROOT, clean_environment, free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DANGER = "แฟนลงไม้ลงมืออีกแล้ว ตอนนี้ขังตัวเองอยู่ในห้องน้ำ"
ATTACK = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script> แฟนตบตีหนูตอนนี้"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`rusitthi run` in a process of its own, as a newcomer starts it."""
    folder, port = tmp_path_factory.mktemp("run"), free_port()
    environ = clean_environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while b"Ctrl-C" not in (folder / "log").read_bytes():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


def shot(page: Page, name: str, folder: Path) -> None:
    kept = Path(os.environ.get("RUSITTHI_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    for width, height in ((1280, 900), (390, 844), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        page.screenshot(path=kept / f"console-{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})


def phone(browser: Browser, bot: str) -> Page:
    host, port = bot.rsplit(":", 1)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{host}:{int(port) + 1}/")
    page.wait_for_selector("body[data-ready]")
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("พิมพ์ข้อความ").fill(text)
    page.get_by_label("ส่ง", exact=True).click()


def desk(browser: Browser, bot: str, who: str = "ใจดี") -> Page:
    """A browser of its own, signed in, live; broken rules of the page's own content policy fail the test."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{bot}/console/sign-in")
    page.get_by_role("button", name=who).click()
    page.wait_for_selector("body[data-live]")
    return page


def test_the_alarm_rings_and_a_human_answers_with_the_keyboard_only(browser: Browser, bot: str, tmp_path: Path) -> None:
    citizen, staff = phone(browser, bot), desk(browser, bot)
    errors: list[str] = []
    staff.on("pageerror", lambda error: errors.append(str(error)))
    staff.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    say(citizen, DANGER)
    expect(staff.locator(".item.untaken")).to_have_count(1, timeout=10_000)
    expect(staff).to_have_title(re.compile(r"^\(1\)"))
    shot(staff, "queue", tmp_path)
    staff.locator("#next").focus()
    staff.keyboard.press("Enter")
    expect(staff.locator("#text")).to_be_focused()
    expect(staff.locator("blockquote").first).to_have_text(DANGER)
    staff.keyboard.type("อยู่ตรงนี้แล้วนะคะ ตอนนี้ประตูล็อกอยู่ไหมคะ")
    staff.keyboard.press("Control+Enter")
    expect(citizen.locator("body")).to_contain_text("ตอนนี้ประตูล็อกอยู่ไหมคะ", timeout=10_000)
    expect(staff.locator(".bubble.staff")).to_contain_text("ส่งแล้ว", timeout=10_000)
    say(citizen, "ล็อกอยู่ค่ะ")
    expect(staff.locator(".bubble.citizen").last).to_contain_text("ล็อกอยู่ค่ะ", timeout=10_000)
    shot(staff, "alert", tmp_path)
    staff.get_by_label("เขียนโน้ต").fill("ประตูล็อก รอสายตรวจ")
    staff.get_by_role("button", name="บันทึกโน้ต").click()
    expect(staff.locator(".note")).to_contain_text("รอสายตรวจ")
    staff.get_by_role("button", name="คืนบทสนทนาให้บอต").click()
    expect(staff.locator(".holder")).to_contain_text("บอตดูแล")
    staff.get_by_label("พื้นที่").fill("เชียงราย")
    staff.get_by_role("button", name="เปิดเคส", exact=True).click()
    expect(staff.locator("h1")).to_contain_text("เคส 25")
    expect(staff.locator("body")).to_contain_text("รอสายตรวจ")
    shot(staff, "case", tmp_path)
    assert errors == []


def test_markup_in_a_message_stays_text(browser: Browser, bot: str) -> None:
    citizen, staff = phone(browser, bot), desk(browser, bot)
    say(citizen, ATTACK)
    expect(staff.locator(".item.untaken")).to_have_count(1, timeout=10_000)
    staff.locator("#next").click()
    expect(staff.locator("blockquote").first).to_contain_text("<script>")
    staff.get_by_label("เขียนโน้ต").fill(ATTACK)
    staff.get_by_role("button", name="บันทึกโน้ต").click()
    expect(staff.locator(".note")).to_contain_text("<script>")
    assert staff.evaluate("window.hacked") is None


def test_a_witness_reports_without_javascript(browser: Browser, bot: str, tmp_path: Path) -> None:
    page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{bot}/report")
    page.get_by_label("เกิดอะไรขึ้นคะ").fill("เด็กข้างบ้านถูกตีทุกวัน มีรอยช้ำเต็มตัว")
    page.get_by_role("button", name="ส่งเรื่อง").click()
    for number in ("191", "1669", "1300"):
        assert page.locator(f'a[href="tel:{number}"]').is_visible()
    shot(page, "thanks", tmp_path)
    staff = desk(browser, bot)
    expect(staff.locator(".item", has_text="เว็บ")).to_contain_text("ทำร้ายเด็ก")


def test_every_page_fits_a_small_phone(browser: Browser, bot: str, tmp_path: Path) -> None:
    boss = desk(browser, bot, "มั่นคง")
    for path in ("board", "roster", "cases", "intake", "parked", "profile"):
        boss.goto(f"{bot}/console/{path}")
        shot(boss, path, tmp_path)
    boss.goto(f"{bot}/report")
    shot(boss, "report", tmp_path)
