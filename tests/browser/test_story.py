"""A newcomer at the chat page: types the README example, taps answers, reads the results, opens a page. Real bot, real browser."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from town import Town, town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
ANSWERS = ("มีครบทุกคน", "บัตรทอง (30 บาท)", "ตอบได้", "ไม่มีใคร", "ไม่ใช่", "ไม่มี", "2", "ขอข้าม")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with town(folder, f"sqlite:///{folder}/test.db") as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, here: Town) -> Iterator[Page]:
    """A phone of its own for each test; any script error fails the test."""
    width, height = SIZES[request.param]
    opened = browser.new_page(viewport={"width": width, "height": height})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(here.line)
    opened.wait_for_selector("body[data-ready]")
    opened.get_by_label("ตัวเลือกเพิ่มเติม").click()
    opened.get_by_role("menuitem", name="เพิ่มโทรศัพท์อีกเครื่อง").click()
    opened.get_by_label("ชื่อคนที่ใช้เครื่องนี้").fill(request.node.name[-40:])
    opened.get_by_role("button", name="ตกลง").click()
    expect(opened.locator("#people option:checked")).to_have_text(request.node.name[-40:])
    yield opened
    opened.close()
    assert errors == []


def shot(page: Page, name: str, folder: Path) -> None:
    """A picture for people to look at: RUSITTHI_SCREENSHOTS names a folder to keep them in."""
    kept = Path(os.environ.get("RUSITTHI_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.wait_for_timeout(400)
    page.screenshot(path=kept / f"{name}-{width}.png")


def answered(page: Page, before: int) -> None:
    expect(page.locator(".row.theirs").nth(before)).to_be_visible(timeout=20_000)


def say(page: Page, text: str) -> None:
    before = page.locator(".row.theirs").count()
    page.get_by_label("พิมพ์ข้อความ").fill(text)
    page.get_by_label("ส่ง", exact=True).click()
    answered(page, before)


def tap(page: Page, label: str) -> None:
    before = page.locator(".row.theirs").count()
    page.locator("#quick").get_by_role("button", name=label, exact=True).click()
    answered(page, before)


def offered(page: Page) -> list[str]:
    return page.locator("#quick button").all_inner_texts()


def test_a_newcomer_gets_from_one_sentence_to_the_papers_to_bring(page: Page, tmp_path: Path) -> None:
    say(page, "สวัสดีค่ะ")
    shot(page, "1-hello", tmp_path)
    say(page, STORY)
    expect(page.locator(".row.theirs").last).to_be_visible()
    shot(page, "2-question", tmp_path)
    for _ in range(40):
        if page.locator(".bubble").count():
            break
        tap(page, next(label for label in ANSWERS if label in offered(page)))
    shot(page, "3-results", tmp_path)
    cards = page.locator(".bubble")
    cards.first.screenshot(path=Path(os.environ.get("RUSITTHI_SCREENSHOTS") or tmp_path) / f"3-card-{page.viewport_size}.png")
    expect(cards.first).to_contain_text("สิทธิของแม่")
    expect(page.locator("body")).to_contain_text("สิทธิของหลาน")
    before = page.locator(".row.theirs").count()
    cards.first.get_by_role("button", name=re.compile("บัตรประจำตัวคนพิการ")).click()
    answered(page, before)
    expect(page.locator("body")).to_contain_text("เตรียมอะไรไป")
    shot(page, "4-page", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {"width": 0})["width"]


def test_danger_shows_numbers_that_can_be_tapped(page: Page, tmp_path: Path) -> None:
    say(page, STORY)
    say(page, "แฟนลงไม้ลงมือ ตอนนี้ขังตัวเองอยู่ในห้องน้ำ")
    for number in ("191", "1669", "1300"):
        assert page.locator(f'a[href="tel:{number}"]').first.is_visible()
    shot(page, "5-danger", tmp_path)


def test_no_label_is_cut_off_on_the_answers_of_a_question(page: Page) -> None:
    say(page, STORY)
    for _ in range(6):
        assert [label for label in offered(page) if label.endswith("…")] == []
        if "ขอข้าม" not in offered(page):
            break
        tap(page, "ขอข้าม")
