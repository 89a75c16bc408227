"""Consent, purpose by purpose: asked where it is first needed, in words, taken back one by one; children; nobody in danger is held up."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat import Chat, world

from bot.conversation.consents import PURPOSES
from bot.conversation.effects import AskHuman, Consented, NudgeWish, Plan
from bot.conversation.events import Tapped
from bot.conversation.steps import is_private

STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
#: The words people agreed to, by version. Whoever changes `ask` gives it a new version and adds a line here.
WORDINGS = {
    "screening 1": "480905f08cf8",
    "screening_child child-1": "52ef4a2884ef",
    "screening_young young-1": "e1d9c4d04c04",
    "reminders 1": "63990a614545",
    "passing_on 1": "bce27e91cfaf",
    "statistics 1": "5274576df21c",
}


def to_the_end(chat: Chat, consent: str = "consent yes") -> Chat:
    for _ in range(60):
        if chat.conversation is not None and chat.conversation.phase == "done":
            return chat
        chat.happen(Tapped(consent if chat.asked == "consent" else "dont_know"))
    raise AssertionError("the questions do not end")


def told(text: str = STORY) -> Chat:
    chat = Chat()
    chat.say(text)
    return chat


def consents(chat: Chat) -> list[tuple[str, bool | None]]:
    return [(e.purpose, e.agreed) for e in chat.effects if isinstance(e, Consented)]


def labels(chat: Chat) -> list[str]:
    return [choice.label for message in chat.messages for choice in getattr(message, "choices", ())]


def test_the_words_of_every_version_stay_as_they_were_agreed_to() -> None:
    words = world().words
    found = {}
    for name in (*PURPOSES, "screening_child", "screening_young"):
        text = "\n".join(words.say(f"consent.{name}.ask", language) for language in ("th", "en"))
        found[f"{name} {words.say(f'consent.{name}.version', 'th')}"] = hashlib.sha256(text.encode()).hexdigest()[:12]
        assert words.say(f"consent.{name}.version", "th") == words.say(f"consent.{name}.version", "en")
    assert found == WORDINGS


def test_nothing_is_planned_before_the_question_under_the_results_is_answered() -> None:
    chat = to_the_end(told())
    assert [e.remind for e in chat.effects if isinstance(e, Plan)] == [False]
    assert labels(chat)[:2] == ["เตือนได้", "ไม่ต้องเตือน"]
    chat.tap("เตือนได้")
    assert consents(chat) == [("reminders", True), ("statistics", None)]
    assert [e.remind for e in chat.effects if isinstance(e, Plan)] == [True]
    assert NudgeWish(True) in chat.effects


@pytest.mark.parametrize(("answer", "agreed"), [("ได้ค่ะ", True), ("เตือนได้เลยจ้า", True), ("ไม่เอาค่ะ", False), ("ไม่ต้องเตือน", False)])
def test_reminders_are_agreed_to_or_refused_in_words(answer: str, agreed: bool) -> None:
    chat = to_the_end(told())
    chat.say(answer)
    assert ("reminders", agreed) in consents(chat)
    assert chat.conversation.asking == "statistics"
    chat.say("ได้ค่ะ")
    assert consents(chat) == [("statistics", True)]


def test_speaking_of_something_else_is_no_yes() -> None:
    chat = to_the_end(told())
    chat.say("เบี้ยคนแก่ต้องทำยังไง")
    assert consents(chat) == []
    assert chat.conversation.asking is None


def test_what_was_answered_is_not_asked_again_until_its_words_change() -> None:
    chat = to_the_end(told())
    chat.tap("เตือนได้")
    chat.say("ดูผล")
    assert "เตือนได้" not in labels(chat)
    given = chat.conversation.consents
    chat.conversation = replace(chat.conversation, consents={**given, "reminders": replace(given["reminders"], version="0")})
    chat.say("ดูผล")
    assert "เตือนได้" in labels(chat)
    assert [e.remind for e in chat.effects if isinstance(e, Plan)] == [False]


def test_each_consent_is_taken_back_by_itself() -> None:
    chat = to_the_end(told())
    chat.tap("เตือนได้")
    chat.tap("นับได้")
    chat.say("ถอนความยินยอม")
    assert {"หยุดเตือน", "เลิกนับฉัน", "เลิกเก็บเรื่องสุขภาพ"} <= set(labels(chat))
    chat.tap("เลิกนับฉัน")
    assert consents(chat) == [("statistics", False)]
    assert chat.conversation.consents["reminders"].agreed
    chat.say("ถอนความยินยอม")
    chat.tap("หยุดเตือน")
    assert NudgeWish(False) in chat.effects
    chat.say("ความยินยอมของฉัน")
    assert "เตือนได้" in labels(chat)  # and can be given again


def test_taking_back_the_consent_to_private_questions_removes_what_was_told() -> None:
    chat = to_the_end(told())
    assert "disability_type" in chat.facts("mother") or "disability" in chat.facts("mother")
    chat.say("ถอนความยินยอม")
    chat.tap("เลิกเก็บเรื่องสุขภาพ")
    assert not [name for name in chat.facts("mother") if is_private(world().base.facts[name])]
    assert chat.facts("mother")["age_years"] == 72


def test_whoever_asks_for_a_human_is_heard_at_once_and_asked_beside() -> None:
    chat = told()
    chat.say("ขอคุยกับเจ้าหน้าที่")
    assert any(isinstance(effect, AskHuman) for effect in chat.effects)
    assert labels(chat)[:2] == ["ให้อ่านได้", "ไม่ให้อ่าน"]
    chat.say("ไม่ให้อ่าน")
    assert consents(chat) == [("passing_on", False)]


# ---------------------------------------------------------------- children
def asked_as(text: str) -> Chat:
    return until_consent(told(text))


def until_consent(chat: Chat) -> Chat:
    for _ in range(40):
        if chat.asked in ("consent", None):
            return chat
        chat.happen(Tapped("dont_know"))
    raise AssertionError("consent is never asked for")


def test_a_child_is_asked_in_its_own_words_and_told_that_danger_needs_no_permission() -> None:
    chat = asked_as("หนูอายุ 14 อยู่กับยาย อยู่เชียงราย")
    assert "1387" in chat.text
    assert "ตอบได้ ผู้ใหญ่รู้แล้ว" in labels(chat)
    chat.tap("ตอบได้ ผู้ใหญ่รู้แล้ว")
    assert [e.version for e in chat.effects if isinstance(e, Consented)] == ["child-1"]


def test_for_a_young_child_a_grown_up_answers() -> None:
    chat = asked_as("หนู 9 ขวบ อยู่เชียงราย")
    assert "ผู้ใหญ่ตอบให้" in labels(chat)


def test_a_yes_given_as_a_grown_up_does_not_hold_for_a_child() -> None:
    chat = told("อยากดูสิทธิของตัวเอง อยู่เชียงราย")
    chat.happen(Tapped("consent yes"))
    chat.say("หนูอายุ 14")
    assert "ตอบได้ ผู้ใหญ่รู้แล้ว" in labels(until_consent(chat))


def test_a_child_is_asked_for_nothing_more_than_the_screening_needs() -> None:
    chat = to_the_end(told("หนูอายุ 14 อยู่กับยาย อยู่เชียงราย"))
    assert not {"เตือนได้", "ให้อ่านได้"} & set(labels(chat))
    chat.say("ขอคุยกับเจ้าหน้าที่")
    assert any(isinstance(effect, AskHuman) for effect in chat.effects)
    assert "ให้อ่านได้" not in labels(chat)


def test_a_child_in_danger_is_never_sent_away_for_consent() -> None:
    chat = asked_as("หนูอายุ 14 อยู่กับยาย อยู่เชียงราย")
    chat.say("พ่อเลี้ยงตีหนูทุกวันเลย หนูกลัวมาก")
    assert chat.alerts
    assert not consents(chat)
    chat.say("คุยต่อ")
    for _ in range(60):
        if chat.asked is None:
            break
        assert chat.asked != "consent"
        assert not is_private(world().base.facts[chat.asked])
        chat.happen(Tapped("dont_know"))
    assert not {"เตือนได้", "ให้อ่านได้"} & set(labels(chat))


def test_whoever_told_of_danger_is_asked_for_no_consent_to_be_written_to() -> None:
    chat = told("แฟนซ้อมฉันทุกวัน ช่วยด้วย")
    assert chat.alerts
    chat.say("คุยต่อ")
    chat.say(STORY)
    to_the_end(chat)
    assert "เตือนได้" not in labels(chat)
