"""Nobody falls through, in a real browser on a small phone without JavaScript: staff see whom to call, write down what they say, and the
funnel moves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

sys.path.insert(0, str(Path(__file__).parent))

from served import chromium, served, signed_in

# isort: split
from desk import HERE, Desk
from test_calls import Street

from bot.content import load_base
from bot.eligibility.rule_keeper import State

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def street(tmp_path: Path) -> Street:
    found = Street(Desk(tmp_path, f"sqlite:///{tmp_path}/test.db"))
    state = State(load_base(), (), (), "")
    object.__setattr__(found.desk.console, "rules", lambda: state)
    return found


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_a_call_is_written_down_and_the_funnel_moves(street: Street, browser: Browser) -> None:
    for n in range(11):
        street.person(f"waits {n}", "applied" if n < 5 else "told")
    late = street.person("late")
    street.asked(late, 1, "apply", street.today + timedelta(days=4))
    with served(street.desk) as address:
        staff = signed_in(street.desk, browser, address, f"staff-{HERE}", scripts=False).new_page()
        boss = signed_in(street.desk, browser, address, f"supervisor-{HERE}", scripts=False).new_page()
        boss.goto(f"{address}/console/funnel")
        row = boss.get_by_role("row", name="เบี้ยยังชีพผู้สูงอายุ")
        expect(row).to_contain_text("12")
        expect(row.get_by_role("cell").nth(1)).to_have_text("7")
        staff.goto(f"{address}/console/calls")
        expect(staff.get_by_role("heading", name="ใกล้หมดเขตยื่น")).to_be_visible()
        staff.get_by_text("เบี้ยยังชีพผู้สูงอายุ").click()
        staff.get_by_label("เขาบอกว่า").select_option("ยื่นแล้ว รอผล")
        staff.get_by_role("button", name="บันทึก").click()
        expect(staff.get_by_role("status")).to_have_text("บันทึกแล้ว")
        expect(staff.get_by_text("ไม่มีใครต้องโทรหาตอนนี้")).to_be_visible()
        boss.reload()
        expect(row.get_by_role("cell").nth(1)).to_have_text("6")
        expect(row.get_by_role("cell").nth(2)).to_have_text("6")
    assert street.step(late) == "applied"
