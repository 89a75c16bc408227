"""What people tell of what they applied for, by tap and in their own words."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "conversation"))

from chat import NOW, Chat, world

from bot.conversation.effects import NudgeWish, Plan, Progress
from bot.conversation.state import Conversation
from bot.followup.bundle import bundle
from bot.followup.plan import follow
from bot.followup.progress import STEPS, Outcome
from bot.followup.wording import messages

OAA = ("old-age-allowance", "mother")
CARD = ("disability-id-card", "mother")


def after_results(*followed: tuple[str, str]) -> Chat:
    chat = Chat()
    chat.conversation = Conversation(phase="done", members={"self": {}, "mother": {}}, results_shown=True, followed=followed)
    return chat


def told(chat: Chat) -> list[tuple[str, str, str]]:
    return [(e.happened, e.entitlement, e.member) for e in chat.effects if isinstance(e, Progress)]


@pytest.mark.parametrize(
    ("text", "happened"),
    [
        ("สมัครแล้ว", "applied"),
        ("ไปยื่นเรื่องมาแล้วค่ะ", "applied"),
        ("ลงทะเบียนเรียบร้อยแล้วครับ", "applied"),
        ("i applied", "applied"),
        ("อนุมัติแล้ว", "approved"),
        ("ได้เงินแล้ว", "received"),
        ("เงินเข้าแล้วค่ะ", "received"),
        ("i received my benefit", "received"),
        ("ไม่ผ่าน", "refused"),
        ("โดนปฏิเสธ", "refused"),
        ("ยังไม่ได้ไปเลยค่ะ", "not_yet"),
        ("เงินยังไม่เข้า", "not_yet"),
        ("เตือนอีกทีอาทิตย์หน้า", "later"),
    ],
)
def test_words_tell_what_happened_to_the_one_that_is_followed(text: str, happened: str) -> None:
    chat = after_results(OAA)
    chat.say(text)
    assert told(chat) == [(happened, *OAA)]
    assert chat.text


TELLINGS = [tuple(line.split("\t")) for line in (Path(__file__).parent / "tellings.tsv").read_text(encoding="utf-8").splitlines()]
#: Written before any pattern was seen, in three rounds: 29 of 105 were read before there were patterns for them; of the second round 45 of
#: 70, of the third 41 of 47 by what the rounds before had taught. What is not read is asked about, never taken for something else.
UNREAD = 8


def heard(text: str) -> str:
    chat = after_results(OAA)
    chat.say(text)
    if chat.alerts:
        return "alarm"
    wishes = ["start" if e.wanted else "stop" for e in chat.effects if isinstance(e, NudgeWish)]
    return next(iter([happened for happened, *_ in told(chat)] + wishes), "none")


def test_people_say_it_in_many_ways_and_nothing_is_taken_for_something_else() -> None:
    found = [(wanted, heard(text), text) for wanted, text in TELLINGS]
    assert [one for one in found if one[1] not in (one[0], "none", "alarm")] == []
    assert len([one for one in found if one[0] != one[1] == "none"]) <= UNREAD


@pytest.mark.parametrize("text", ["หยุดเตือน", "ไม่ต้องเตือนแล้วค่ะ", "เลิกทักมาได้แล้ว", "stop reminders"])
def test_reminders_stop_whenever_it_is_said(text: str) -> None:
    for chat in (after_results(OAA), Chat()):
        chat.say(text)
        assert NudgeWish(False) in chat.effects


def test_reminders_begin_again_when_wished() -> None:
    chat = after_results(OAA)
    chat.say("หยุดเตือน")
    chat.tap("เตือนอีกได้")
    assert NudgeWish(True) in chat.effects


def test_with_several_followed_it_is_asked_which() -> None:
    chat = after_results(OAA, CARD)
    chat.say("สมัครแล้ว")
    assert told(chat) == []
    chat.tap(next(c.label for c in chat.choices if "เบี้ย" in c.label))
    assert told(chat) == [("applied", *OAA)]


def test_the_reason_of_a_refusal_is_kept_in_their_words() -> None:
    chat = after_results(OAA)
    chat.say("ไม่ผ่าน")
    assert "อุทธรณ์" in chat.text
    chat.say("เขาบอกว่าเอกสารไม่ครบ")
    assert [e.reason for e in chat.effects if isinstance(e, Progress)] == ["เขาบอกว่าเอกสารไม่ครบ"]
    chat.say("เอ่อ")
    assert told(chat) == []


def test_danger_comes_before_the_reason_of_a_refusal() -> None:
    chat = after_results(OAA)
    chat.say("ไม่ผ่าน")
    chat.say("ช่วยด้วย มันถือมีดจะฆ่าฉัน")
    assert chat.alerts
    assert told(chat) == []


def test_what_arrived_is_not_followed_any_more() -> None:
    chat = after_results(OAA, CARD)
    chat.say("ได้เงินแล้ว")
    chat.tap(next(c.label for c in chat.choices if "เบี้ย" in c.label))
    assert chat.conversation is not None
    assert chat.conversation.followed == (CARD,)


def test_words_mean_nothing_of_the_kind_when_nothing_is_followed() -> None:
    chat = after_results()
    chat.say("สมัครแล้ว")
    assert told(chat) == []


def test_starting_over_ends_what_was_only_told() -> None:
    chat = after_results(OAA)
    chat.say("เริ่มใหม่")
    assert Plan(()) in chat.effects


def test_my_data_names_what_is_noted() -> None:
    chat = after_results(OAA)
    assert "เบี้ยยังชีพผู้สูงอายุ" in chat.say("ข้อมูลของฉัน")


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_kind_of_nudge_is_neutral_outside_the_chat_and_complete_inside(language: str) -> None:
    for step in STEPS:
        for nudge in follow("chat", Outcome(*OAA, step, NOW.date())):
            made = bundle([replace(nudge, on=NOW.date())], nudge.due)
            assert made is not None
            [cards] = messages(world(), made, language, ("self", "mother"))
            name = world().base.rules[OAA[0]].name[language]
            assert name not in cards.alt  # type: ignore[union-attr]
            assert name in cards.cards[0].rows[0].text  # type: ignore[union-attr]
            assert all(len(button.label) <= 20 for button in cards.cards[0].buttons)  # type: ignore[union-attr]
            assert "{" not in str(cards)
