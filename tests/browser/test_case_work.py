"""Work with a case in a real browser: by keyboard, by two people at once, on a small phone, without JavaScript, with hostile words."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).parents[1] / "console"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from desk import HERE, THERE, Desk
from recipes import act, alert, boss_of, case, offered, sent, staff_of
from town import free_port

from bot.casework.model import Case
from bot.store import caserecords, casework, duty, inbox
from bot.store.case_tables import staff as staff_table
from bot.store.database import write

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
STAFF, BOSS = staff_of(HERE), boss_of(HERE)
ATTACK = '"><img src=x onerror=window.hacked=1><script>window.hacked=1</script>{{7*7}}'
#: Counts the tones that were started.
LISTEN = """window.tones = 0; const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { window.tones += 1; return start.call(this, at); };"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(folder, f"sqlite:///{folder}/test.db")


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(desk.app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    desk.app.state.stopping = True
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def people(desk: Desk, browser: Browser, address: str) -> Iterator[People]:
    made = People(desk, browser, address)
    yield made
    made.close()


class People:
    """Browsers of staff. Closing them fails on anything that broke the page's own content policy or threw."""

    def __init__(self, desk: Desk, browser: Browser, address: str) -> None:
        self.desk, self.browser, self.address = desk, browser, address
        self.errors: list[str] = []
        self.pages: list[Page] = []

    def page(self, who: str, path: str, width: int = 1280, script: bool = True) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
        context.add_cookies([{"name": "session", "value": self.desk.signed_in(who).cookies["session"], "url": self.address}])
        page = context.new_page()
        if script:
            page.add_init_script(LISTEN)
            page.on("pageerror", lambda error: self.errors.append(str(error)))
            page.on("console", lambda line: self._noted(line.type, line.text))
        page.goto(f"{self.address}{path}")
        if script:
            page.wait_for_selector("body[data-live]")
        self.pages.append(page)
        return page

    def _noted(self, kind: str, text: str) -> None:
        if kind == "error" and "status of" not in text:  # a refused form is no error of the page
            self.errors.append(text)

    def close(self) -> None:
        for page in self.pages:
            page.context.close()
        assert self.errors == []


def shot(page: Page, name: str, folder: Path) -> None:
    kept = Path(os.environ.get("RUSITTHI_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=kept / f"case-{name}.png", full_page=True)


def test_new_high_risk_rings_marks_the_title_and_is_answered_with_six_keys_from_any_page(desk: Desk, people: People) -> None:
    page = people.page(STAFF, "/console/cases")
    page.locator("h1").click()  # browsers play no sound before a first touch
    one = alert(desk, HERE, severity=1)
    expect(page).to_have_title(re.compile(r"^\(1\) "), timeout=10_000)
    expect(page.locator("#rings")).to_be_visible()
    page.wait_for_function("window.tones === 3")
    page.keyboard.press("Alt+n")  # 2 keys
    page.wait_for_url(f"**/alert/{one.uid}")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Alt+1")  # 4
    page.keyboard.press("Control+Enter")  # 6
    expect(page.locator(".bubble.staff")).to_contain_text("อยู่กับคุณตรงนี้แล้ว", timeout=10_000)
    expect(page).to_have_title(re.compile(r"^[^(]"))


def test_two_at_one_talk_see_each_other_typing(desk: Desk, people: People) -> None:
    one = case(desk, HERE)
    first, second = people.page(STAFF, f"/console/case/{one.uid}"), people.page(BOSS, f"/console/case/{one.uid}")
    first.locator("#text").fill("สวัสดี")
    expect(second.locator("#others")).to_contain_text("staff-here กำลังพิมพ์อยู่", timeout=10_000)


def test_second_of_two_chooses_mine_or_theirs(desk: Desk, people: People, tmp_path: Path) -> None:
    one = case(desk, HERE)
    first, second = people.page(STAFF, f"/console/case/{one.uid}"), people.page(BOSS, f"/console/case/{one.uid}")
    for page, words in ((first, "แม่สาย"), (second, "เชียงแสน")):
        page.locator("summary", has_text="แก้พื้นที่และสรุป").click()
        page.locator("form[action$='/describe'] [name=area]").fill(words)
    first.locator("form[action$='/describe'] button").click()
    expect(first.locator(".head")).to_contain_text("แม่สาย")
    second.locator("form[action$='/describe'] button").click()
    form = second.locator("form[action$='/describe']")
    expect(form).to_contain_text("staff-here")
    expect(form).to_contain_text("แม่สาย")
    expect(form.locator("[name=area]")).to_have_value("เชียงแสน")
    shot(second, "collision", tmp_path)
    form.get_by_role("button", name="ใช้ของฉัน").click()
    expect(second.locator(".head")).to_contain_text("เชียงแสน")


def hostile(desk: Desk) -> Case:
    """Every place where words of others are shown holds an attack: names, phones, messages, file name, place, notes, tasks."""
    one = case(desk, HERE)
    act(desk, STAFF, caserecords.add_person, one.uid, "victim", name=ATTACK, phone=ATTACK, note=ATTACK)
    act(desk, STAFF, casework.add_note, one.uid, ATTACK)
    act(desk, STAFF, caserecords.set_task, one.uid, "other", ATTACK, desk.now)
    events = [
        {"type": "message", "message": {"type": "text", "id": "1", "text": ATTACK}},
        {"type": "message", "message": {"type": "file", "id": "2", "fileName": f"{ATTACK}.pdf", "fileSize": 1}},
        {"type": "message", "message": {"type": "location", "id": "3", "title": ATTACK, "address": ATTACK, "latitude": 1, "longitude": 2}},
        {"type": "postback", "postback": {"data": "x", "displayText": ATTACK}},
    ]
    with write(desk.store.engine) as connection:
        rows = [inbox.Arrived(desk.registry.uid(), one.chat, desk.now, desk.now, orjson.dumps(event)) for event in events]
        inbox.take_in(connection, desk.store.sealer, rows)
        sealed = desk.store.sealer.seal(duty.NAME, BOSS, ATTACK.encode())
        connection.execute(staff_table.update().where(staff_table.c.id == BOSS).values(sealed=sealed))
    act(desk, BOSS, casework.add_note, one.uid, ATTACK)
    return one


def test_names_messages_and_file_names_stay_words(desk: Desk, people: People) -> None:
    one = hostile(desk)
    pages = [people.page(STAFF, path) for path in (f"/console/case/{one.uid}", "/console/cases", "/console")]
    pages.append(people.page(BOSS, "/console"))
    for page in pages:
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src=x]").count() == 0
    shown = pages[0].locator("main").inner_text()
    assert shown.count("<script>window.hacked=1</script>") >= 8
    assert "49" not in pages[0].locator("#people").inner_text()


def test_full_case_received_things_and_search_fit_a_small_phone(desk: Desk, people: People, tmp_path: Path) -> None:
    one = hostile(desk)
    received = [sent(desk, THERE, case(desk, THERE)).uid, offered(desk, THERE).uid]
    paths = [f"/console/case/{one.uid}", "/console/received", "/console/cases", "/console/glass", "/console/notices"]
    for n, path in enumerate([*paths, *(f"/console/received/{uid}" for uid in received)]):
        page = people.page(STAFF, path, 360)
        shot(page, f"phone-{n}", tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_forms_work_without_javascript(desk: Desk, people: People) -> None:
    one = case(desk, HERE)
    page = people.page(STAFF, f"/console/case/{one.uid}", 360, script=False)
    page.locator("summary", has_text="ประเมินความเสี่ยง").click()
    form = page.locator("form[action$='/assess']")
    form.locator("[name=q_weapon][value=yes]").check()
    form.get_by_label("ตัดสินว่า").select_option("4")
    form.get_by_role("button").click()
    expect(page.locator("form[action$='/assess'] .banner")).to_contain_text("กรุณาเขียนเหตุผล")
    expect(page.locator("[name=q_weapon][value=yes]")).to_be_checked()
    page.locator("form[action$='/assess']").get_by_label("ตัดสินว่า").select_option("1")
    page.locator("form[action$='/assess'] button").click()
    expect(page.locator("#risk")).to_contain_text("เคยใช้หรือขู่ด้วยอาวุธ")
    expect(page.locator(".head .sev")).to_contain_text("1")
