"""The reply to the one gentle question."""

from __future__ import annotations

import pytest

from bot.language.alarm_answer import read_check_answer


@pytest.mark.parametrize(
    "text", ["ใช่", "ไม่ปลอดภัย", "ไม่ปลอดภัยค่ะ", "กลัว", "ช่วยด้วย", "ปลอดภัยแต่กลัวเขากลับมา", "ตอบไม่ได้", "not safe", "มีค่ะ", "1"]
)
def test_anything_that_speaks_for_danger_is_danger(text: str) -> None:
    assert read_check_answer(text) == "danger"


@pytest.mark.parametrize("text", ["ปลอดภัยค่ะ", "ไม่มีอันตราย", "ไม่ครับ", "ไม่ได้โดนทำร้าย แค่ถามเฉยๆ", "ไม่กลัว", "พิมพ์ผิดค่ะ", "i'm fine", "2"])
def test_a_plain_all_clear_is_safe(text: str) -> None:
    assert read_check_answer(text) == "safe"


@pytest.mark.parametrize("text", ["", "ยายอายุ 70", "ปลอดภัยมั้ง", "ไม่แน่ใจ", "ปลอดภัย แต่"])
def test_what_is_neither_stays_unclear(text: str) -> None:
    assert read_check_answer(text) == "unclear"
