"""Danger in any state of a talk: the numbers in the same turn, staff are told, and the talk can go on afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat import Chat

from bot.conversation.effects import Reply
from bot.conversation.events import Located, Media, Said, Sticker, Tapped

STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
CRIES = [
    "แฟนลงไม้ลงมือ ตอนนี้ขังตัวเองอยู่ในห้องน้ำ",
    "ผัวซ้อมหนูทุกวันเลยค่ะ",
    "พ่อเลี้ยงจับหน้าอกหนู",
    "หนูอยากตาย ไม่อยากอยู่แล้ว",
    "ข้างบ้านตีลูกทุกวัน เด็กร้องลั่นเลย",
    "ยายโดนลูกชายตบตีเอาเงิน",
]


def new() -> Chat:
    return Chat()


def in_a_question() -> Chat:
    chat = Chat()
    chat.say(STORY)
    return chat


def at_consent() -> Chat:
    chat = in_a_question()
    for _ in range(30):
        if chat.asked == "consent" or chat.asked is None:
            break
        chat.happen(Tapped("skip"))
    return chat


def while_erasing() -> Chat:
    chat = in_a_question()
    chat.say("ลบข้อมูลของฉัน")
    return chat


def after_results() -> Chat:
    chat = in_a_question()
    chat.say("ดูผล")
    return chat


def with_a_hint_open() -> Chat:
    chat = in_a_question()
    chat.happen(Located(19.9, 99.83, "", "l1"))
    return chat


def in_english() -> Chat:
    chat = Chat()
    chat.say("My mother is 72 and blind")
    return chat


STATES = [new, in_a_question, at_consent, while_erasing, after_results, with_a_hint_open, in_english]


def assert_help_is_here(chat: Chat) -> None:
    """An urgent reply with the three numbers to tap, and an alert for staff."""
    assert chat.alerts
    urgent = [effect for effect in chat.effects if isinstance(effect, Reply) and effect.urgent]
    assert urgent
    links = {choice.uri for choice in chat.choices}
    assert {"tel:191", "tel:1669", "tel:1300"} <= links


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("cry", CRIES)
def test_danger_is_answered_at_once_in_any_state(state: Callable[[], Chat], cry: str) -> None:
    chat = state()
    chat.say(cry)
    assert_help_is_here(chat)
    assert cry in chat.alerts[0].text


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_the_talk_goes_on_where_it_stood(state: Callable[[], Chat]) -> None:
    chat = state()
    asked = chat.conversation.asked if chat.conversation else None
    chat.say(CRIES[1])
    chat.happen(Tapped("go_on"))
    assert not chat.alerts
    assert chat.messages
    if asked:
        assert chat.conversation.asked == asked


def test_danger_inside_a_question_about_money_is_heard_and_the_facts_are_kept() -> None:
    chat = Chat()
    chat.say("อยากถามเรื่องเบี้ยคนแก่ค่ะ แม่อายุ 72 แต่พี่ชายตีแม่ทุกวัน ทำยังไงดีคะ")
    assert_help_is_here(chat)
    assert chat.facts("mother")["age_years"] == 72


def test_danger_over_several_bubbles_is_read_as_one() -> None:
    chat = Chat()
    chat.say("เมื่อคืนแฟนเมามา")
    if not chat.alerts:
        chat.say("เขาตบหนู")
    assert_help_is_here(chat)


def test_after_an_alarm_ordinary_words_are_ordinary_again() -> None:
    chat = in_a_question()
    chat.say(CRIES[1])
    for word in ("อยู่เชียงรายค่ะ", "แม่อายุ 72", "ขอบคุณค่ะ", "คุยต่อ"):
        chat.say(word)
        assert not chat.alerts, word
        assert chat.messages


def test_a_second_cry_is_an_alarm_again() -> None:
    chat = in_a_question()
    chat.say(CRIES[1])
    chat.say("เขาเอามีดมาขู่จะฆ่าหนู")
    assert_help_is_here(chat)


def test_a_place_sent_after_an_alarm_goes_to_staff_and_is_no_matter_of_benefits() -> None:
    chat = in_a_question()
    asked = chat.conversation.asked
    chat.say(CRIES[0])
    chat.happen(Located(19.9, 99.83, "อำเภอเมืองเชียงราย จังหวัดเชียงราย", "l1"))
    assert_help_is_here(chat)
    assert "19.9" in chat.alerts[0].text
    assert chat.alerts[0].severity == 1
    assert "สิทธิ" not in chat.text
    assert chat.conversation.asked == asked


def test_a_place_sent_a_day_later_is_a_place() -> None:
    chat = in_a_question()
    chat.say(CRIES[0])
    chat.now += timedelta(days=1)
    chat.happen(Located(19.9, 99.83, "อำเภอเมืองเชียงราย จังหวัดเชียงราย", "l1"))
    assert not chat.alerts


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file"])
def test_what_cannot_be_read_is_looked_at_by_a_human_after_an_alarm(kind: str) -> None:
    chat = in_a_question()
    asked = chat.conversation.asked
    chat.say(CRIES[0])
    chat.happen(Media(kind, "m1"))
    assert "เจ้าหน้าที่จะเปิดดูหรือฟังเอง" in chat.text
    assert [alert.level for alert in chat.alerts] == ["check"]
    assert chat.conversation.asked == asked
    chat.now += timedelta(days=1)
    chat.happen(Media(kind, "m2"))
    assert not chat.alerts
    assert "ช่วยพิมพ์" in chat.text


def test_a_sticker_can_be_a_cry_for_help() -> None:
    chat = Chat()
    chat.happen(Sticker((), "ช่วยด้วย โดนซ้อม", "s1"))
    assert_help_is_here(chat)


def test_an_edit_that_adds_danger_is_heard() -> None:
    chat = Chat()
    chat.happen(Said("แม่อายุ 72", "m1"))
    chat.happen(Said("แม่อายุ 72 โดนพี่ชายตีทุกวัน", "m1", edited=True))
    assert_help_is_here(chat)


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_red_area_of_the_menu_gives_the_numbers(language: str) -> None:
    chat = in_a_question() if language == "th" else in_english()
    chat.happen(Tapped("menu:help"))
    assert_help_is_here(chat)


def test_in_an_unaddressed_group_nothing_is_said() -> None:
    chat = Chat(source="group")
    chat.happen(Said(CRIES[0], "m1"), addressed=False)
    assert chat.effects == ()


# ---------------------------------------------------------------- the gentle question


def asked_gently(chat: Chat) -> bool:
    return chat.conversation is not None and chat.conversation.check is not None


def gently() -> Chat:
    for text in ("กลัวแฟนค่ะ", "อยู่บ้านไม่ปลอดภัยเลย", "เหนื่อยกับชีวิตมาก", "ท้อมาก ไม่ไหวแล้ว", "ไม่กล้ากลับบ้าน"):
        chat = in_a_question()
        chat.say(text)
        if asked_gently(chat):
            return chat
    pytest.fail("none of these worries was asked about gently")


def test_a_worry_is_asked_about_with_the_numbers_in_sight() -> None:
    chat = gently()
    assert_help_is_here(chat)
    assert chat.alerts[0].level == "check"


@pytest.mark.parametrize("answer", ["check:safe", "ปลอดภัยดีค่ะ"])
def test_safe_goes_on_with_the_open_question(answer: str) -> None:
    chat = gently()
    asked = chat.conversation.asked
    chat.happen(Tapped(answer)) if ":" in answer else chat.say(answer)
    assert not asked_gently(chat)
    assert not chat.alerts
    assert chat.conversation.asked == asked
    chat.say("ขอข้าม")
    assert not asked_gently(chat)
    assert not chat.alerts


@pytest.mark.parametrize("answer", ["check:danger", "ไม่ปลอดภัยค่ะ"])
def test_not_safe_raises_the_alarm(answer: str) -> None:
    chat = gently()
    chat.happen(Tapped(answer)) if ":" in answer else chat.say(answer)
    assert_help_is_here(chat)
    assert chat.alerts[0].level == "raise"


def test_not_sure_whether_safe_is_told_to_staff_and_keeps_the_numbers() -> None:
    chat = gently()
    chat.happen(Tapped("check:unclear"))
    assert_help_is_here(chat)


def test_an_unanswered_gentle_question_does_not_block_the_talk() -> None:
    chat = gently()
    chat.say("พ่ออายุ 80")
    assert chat.facts("father")["age_years"] == 80


@pytest.mark.parametrize("code", ["check:danger", "check:safe", "check:unclear"])
def test_a_late_tap_on_the_gentle_question_still_counts(code: str) -> None:
    chat = in_a_question()
    chat.happen(Tapped(code))
    assert chat.messages
    assert bool(chat.alerts) == (code != "check:safe")


@pytest.mark.parametrize("wish", ["ขอดูผลเลย", "ใช่ค่ะ", "3 คน", "ไม่รู้", "ข้าม"])
def test_answers_and_wishes_are_not_read_together_with_what_was_told_before(wish: str) -> None:
    chat = Chat()
    chat.say(STORY)
    chat.say("มีบัตรพิการแล้วค่ะ แต่ไม่ได้เบี้ย")
    chat.say(wish)
    assert not chat.alerts


def test_a_farewell_after_an_overdose_is_still_read_together() -> None:
    chat = Chat()
    chat.say("ยาที่เก็บไว้ทั้งเดือน")
    chat.say("กินหมดแล้ว ลาก่อนนะ")
    assert chat.alerts
