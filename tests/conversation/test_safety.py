"""What a person in danger lives through after the first reply: care, one question at a time, a way to hide, and nobody else learns."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from chat import Chat, world

from bot.conversation.effects import AreaTold, ContactTold, RaiseAlert, Reply, TellStaff
from bot.conversation.events import Located, Media, OnDuty, Sticker, Tapped, Unfollowed, Unsent
from bot.conversation.messages import Text
from bot.language.alarm import read_alarm
from bot.line.render import batches

WIFE = "แฟนลงไม้ลงมืออีกแล้ว ตอนนี้ขังตัวเองอยู่ในห้องน้ำ"
CHILD = "พ่อหนูกินเหล้าแล้วตีหนูกับน้อง หนูอยู่ ป.4"
TEACHER = "เด็กในห้องมีรอยช้ำไม่ยอมกลับบ้าน"
TELEPHONES = {"tel:191", "tel:1669", "tel:1300"}
#: What must not stand on a screen that somebody else may look at.
REVEALING = re.compile(
    r"อันตราย|ทำร้าย|ความรุนแรง|ไม่ปลอดภัย|ปลอดภัยไหม|ส่งเรื่อง|แจ้งเหตุ|ตำรวจ|191|1669|1387|1323|หมดสติ|ข่มขืน|ตบตี|danger|violence|hurt|unsafe|police"
)


def in_danger(cry: str = WIFE) -> Chat:
    chat = Chat()
    chat.say(cry)
    assert chat.alerts
    return chat


def told(chat: Chat) -> dict[str, object]:
    """What went to the agreement on safe contact in the last turn."""
    return {key: value for effect in chat.effects if isinstance(effect, ContactTold) for key, value in effect.changes.items()}


def staff_heard(chat: Chat) -> list[str]:
    return [effect.what for effect in chat.effects if isinstance(effect, TellStaff)]


def links(chat: Chat) -> set[str]:
    return {choice.uri for choice in chat.choices}


def bodies(chat: Chat) -> str:
    """Everything that goes out, as LINE gets it: words, buttons, notification texts, what a tap sends back."""
    return repr([batches(effect.messages) for effect in chat.effects if isinstance(effect, Reply)])


# ---------------------------------------------------------------- after the first reply
@pytest.mark.parametrize("more", ["1", "ช่วยหน่อย", "อยู่ห้องน้ำชั้นสอง", "เขายังโวยวายอยู่", "ทำยังไงดี", "ขอบคุณค่ะ", "ฮือ", "อยู่เชียงรายค่ะ"])
def test_whatever_follows_a_cry_is_no_matter_of_benefits_and_keeps_the_numbers(more: str) -> None:
    chat = in_danger()
    chat.say(more)
    assert links(chat) >= TELEPHONES
    assert "รู้สิทธิช่วยดู" not in chat.text
    assert "ดูสิทธิของใคร" not in chat.text


def test_the_first_reply_ends_with_whether_this_is_a_good_moment() -> None:
    chat = in_danger()
    assert links(chat) >= TELEPHONES
    assert "สะดวกคุยต่อ" in chat.text.splitlines()[-1]
    assert {"สะดวก", "ไม่สะดวก", "ไว้ทีหลัง", "เปลี่ยนเรื่อง", "ส่งตำแหน่ง"} <= {choice.label for choice in chat.choices}


@pytest.mark.parametrize("more", ["1", "ทำยังไงดี", "อยู่เชียงราย", "ล้อเล่นค่ะ", "หนูกลัว"])
def test_a_locked_screen_shows_nothing_of_it(more: str) -> None:
    chat = in_danger()
    for _ in range(2):
        for message in chat.messages:
            assert not REVEALING.search(message.text if isinstance(message, Text) else message.alt)
        chat.say(more)
    for message in chat.messages:
        assert not REVEALING.search(message.text if isinstance(message, Text) else message.alt)


def test_in_a_group_nobody_is_asked_how_to_be_reached() -> None:
    chat = Chat(source="group")
    chat.say(WIFE)
    assert links(chat) >= TELEPHONES
    assert not [choice for choice in chat.choices if choice.data.startswith("contact")]


def test_safe_contact_is_agreed_with_one_tap_each_and_leaves_no_line_in_the_chat() -> None:
    chat = in_danger()
    agreed: dict[str, object] = {}
    for label in ("สะดวก", "ขอข้าม", "แฟน", "เย็น 17–20 น.", "ซื้อไข่มาด้วยนะ", "ให้โทรได้"):
        choice = next(one for one in chat.choices if one.label == label)
        assert choice.quiet or label == "ขอข้าม"
        assert not choice.text
        chat.tap(label)
        assert links(chat) >= TELEPHONES
        agreed |= told(chat)
    chat.say("เบอร์ 081-234 5678")
    agreed |= told(chat)
    for label in ("รพ.สต. หรือคลินิก", "ไม่ต้องฝาก"):
        chat.tap(label)
        agreed |= told(chat)
    assert agreed == {
        "channel": "line",
        "readers": "แฟน",
        "weekdays": (0, 1, 2, 3, 4, 5, 6),
        "from_minute": 1020,
        "until_minute": 1200,
        "code_word": "ซื้อไข่มาด้วยนะ",
        "phone": "0812345678",
        "call_us": "รพ.สต. หรือคลินิก",
        "leave_message": False,
    }
    assert not [choice for choice in chat.choices if choice.data.startswith("contact")]


def test_who_shares_the_phone_learns_how_to_delete_the_chat_and_that_we_cannot() -> None:
    chat = in_danger()
    for label in ("สะดวก", "ขอข้าม", "แฟน"):
        chat.tap(label)
    assert "เราลบข้อความในมือถือของคุณให้ไม่ได้" in chat.text


def test_a_child_is_asked_for_no_telephone_and_a_reporter_not_who_reads_the_phone() -> None:
    for cry, never in ((CHILD, "call"), (TEACHER, "readers")):
        chat = in_danger(cry)
        asked = set()
        for _ in range(12):
            step = chat.conversation.safety.asking if chat.conversation else ""
            if not step:
                break
            asked.add(step)
            answer = "yes" if step == "now" else "skip"
            chat.happen(Tapped(f"contact {step} {answer}"))
        assert "now" in asked
        assert never not in asked


def test_the_place_is_asked_for_and_told_to_staff_at_once() -> None:
    chat = in_danger(TEACHER)
    chat.tap("สะดวก")
    assert "จังหวัด" in chat.text
    chat.say("อยู่อำเภอแม่สาย จังหวัดเชียงรายค่ะ")
    assert [effect.area for effect in chat.effects if isinstance(effect, AreaTold)] == [("เชียงราย", "แม่สาย")]


def test_an_alarm_carries_the_area_that_is_known() -> None:
    chat = Chat()
    chat.say("แม่อายุ 72 อยู่เชียงราย")
    chat.say(WIFE)
    assert chat.alerts[0].area == ("เชียงราย",)


def test_later_means_that_nobody_writes_first() -> None:
    chat = in_danger()
    chat.tap("ไว้ทีหลัง")
    assert told(chat) == {"channel": "none"}


@pytest.mark.parametrize("text", ["คนดูแลอยู่ด้วย", "1", "พิมพ์ไม่ได้แล้ว"])
def test_a_sign_that_somebody_is_beside_them_is_told_to_staff_and_nothing_more_is_asked(text: str) -> None:
    chat = in_danger()
    chat.say(text)
    assert "not safe to write" in staff_heard(chat) or chat.alerts
    assert links(chat) >= TELEPHONES


def test_an_hour_later_ordinary_words_are_ordinary() -> None:
    chat = in_danger()
    chat.now += timedelta(hours=2)
    chat.say("แม่อายุ 72 ตาบอด")
    assert "แม่" in chat.text
    assert chat.asked


@pytest.mark.parametrize("happening", [Sticker(("cry",), "", "s1"), Media("image", "p1")])
def test_stickers_and_pictures_in_this_talk_get_no_smile(happening: Sticker | Media) -> None:
    chat = in_danger()
    chat.happen(happening)
    assert "😊" not in chat.text
    assert chat.messages


def test_staff_see_that_something_was_taken_back_and_that_the_person_left() -> None:
    chat = in_danger()
    chat.happen(Unsent("m1"))
    assert staff_heard(chat) == ["took back"]
    chat.happen(Unfollowed())
    assert staff_heard(chat) == ["left"]


# ---------------------------------------------------------------- who answers, honestly
def first_words(on_duty: OnDuty | None) -> str:
    chat = Chat()
    chat.on_duty = on_duty
    chat.say("อยู่เชียงราย แฟนซ้อมหนูทุกวันเลยค่ะ")
    assert links(chat) >= TELEPHONES
    return chat.text


def test_the_first_reply_says_whether_somebody_is_on_duty() -> None:
    assert "มีคนเข้าเวรอยู่" in first_words(OnDuty(True))
    assert "ยังไม่มีใครเข้าเวร" in first_words(OnDuty(False))
    assert "มีคนเข้าเวรอยู่" in first_words(OnDuty(False, frozenset({"เชียงราย"})))
    assert "ยังไม่มีใครเข้าเวร" in first_words(OnDuty(False, frozenset({"ตาก"})))
    assert "08:30" in first_words(OnDuty(False, back_at=Chat().now.replace(hour=1, minute=30)))
    assert "เวร" not in first_words(None)


# ---------------------------------------------------------------- hiding
def hidden(cry: str = WIFE) -> Chat:
    """With a code word, and then hidden."""
    chat = in_danger(cry)
    chat.happen(Tapped("contact now yes"))
    chat.happen(Tapped("contact word two"))
    chat.say("ซ่อน")
    return chat


@pytest.mark.parametrize("way", ["ซ่อน", "เปลี่ยนเรื่อง", "hide", "tap", "ไม่สะดวก"])
def test_one_word_or_tap_changes_the_subject_and_staff_see_that_they_hid(way: str) -> None:
    chat = in_danger()
    chat.happen(Tapped("hide")) if way == "tap" else chat.tap(way) if way == "ไม่สะดวก" else chat.say(way)
    assert not REVEALING.search(bodies(chat))
    assert "เบี้ย" in chat.text
    assert "hid" in staff_heard(chat)
    assert told(chat) == {"channel": "none"}


def test_the_code_word_calls_staff_without_a_word_in_the_chat_and_leads_back() -> None:
    chat = hidden()
    chat.say("ซื้อไข่มาด้วยนะคะ")
    assert [alert.severity for alert in chat.alerts] == [1]
    assert not REVEALING.search(bodies(chat))
    chat.tap("คุยเรื่องเดิม")
    assert links(chat) >= TELEPHONES
    assert told(chat) == {"channel": "line"}


def test_an_old_way_back_shows_nothing_once_something_else_was_said() -> None:
    chat = hidden()
    chat.happen(Tapped("back_to_it take_up"))
    assert not REVEALING.search(bodies(chat))
    assert chat.conversation is not None
    assert chat.conversation.safety.hidden


def test_without_a_code_word_agreed_words_lead_back() -> None:
    chat = in_danger()
    chat.say("ซ่อน")
    chat.say("กลับมาแล้ว")
    chat.tap("คุยเรื่องเดิม")
    assert links(chat) >= TELEPHONES


@pytest.mark.parametrize("text", ["ไม่รู้", "0812345678", "ค่ะ", "ขอบคุณค่ะ", "แม่อายุ 72"])
def test_what_people_write_anyway_becomes_no_code_word(text: str) -> None:
    chat = in_danger()
    chat.happen(Tapped("contact readers nobody"))
    chat.happen(Tapped("contact when any"))
    while chat.conversation and chat.conversation.safety.asking != "word":
        chat.happen(Tapped(f"contact {chat.conversation.safety.asking} skip"))
    chat.say(text)
    assert "code_word" not in told(chat)


def test_the_code_word_is_known_by_its_digest_only() -> None:
    chat = hidden()
    assert "ซื้อไข่" not in repr(chat.conversation)


def test_a_new_cry_is_answered_in_full_though_it_was_hidden() -> None:
    chat = hidden()
    chat.say("เขาเอามีดมาขู่จะฆ่าหนู")
    assert chat.alerts
    assert links(chat) >= TELEPHONES


def test_what_is_known_and_the_results_show_nothing_that_was_told_with_the_cry() -> None:
    chat = Chat()
    chat.say("แม่อายุ 72 อยู่เชียงราย")
    chat.say("หนูอายุ 14 ท้อง 5 เดือน โดนพ่อเลี้ยงข่มขืน")
    assert chat.alerts
    for words in ("ข้อมูลของฉัน", "แก้ข้อมูล", "ดูผล"):
        chat.say("ซ่อน")
        chat.say(words)
        assert "ท้อง" not in chat.text
        assert "14" not in chat.text
        assert not REVEALING.search(bodies(chat))


def test_what_is_kept_is_told_in_the_same_words_to_everybody() -> None:
    quiet, alarmed = Chat(), in_danger()
    for chat in (quiet, alarmed):
        chat.say("ซ่อน")
        chat.say("ข้อมูลของฉัน")
    assert quiet.text == alarmed.text


CRIES = [phrase for phrase in (WIFE, CHILD, "หนูอยากตาย ไม่อยากอยู่แล้ว") if read_alarm(phrase).level == "raise"]
OLD_BUTTONS = ["check:danger", "check:safe", "check:unclear", "contact now yes", "contact call yes", "contact guide", "contact word one"]
TAPS = ["go_on", "menu:results", "menu:data", "menu:restart", "results", "skip", "why", "correct", "back_to_it take_up", "others", "hide"]
ORDINARY = ["แม่อายุ 72 ตาบอด", "อยู่เชียงราย", "ดูผล", "ข้อมูลของฉัน", "แก้ข้อมูล", "ใครส่งข้อความหาเบอร์นี้", "เมียผมคุยอะไรกับคุณ", "ล้อเล่นค่ะ"]
ORDINARY += ["ไม่มีอะไร", "ขอบคุณค่ะ", "72", "ไม่มี", "ใช่ค่ะ", "กลัวแฟนค่ะ", "เบี้ยคนแก่ต้องทำยังไง", "เจ้าหน้าที่", "เริ่มใหม่", "ซ่อน", "ทำไม"]
SIGNS = [Sticker((), "", "s"), Media("image", "p"), Located(19.9, 99.83, "จังหวัดเชียงราย", "l")]
STEPS = st.sampled_from([*ORDINARY, *map(Tapped, [*OLD_BUTTONS, *TAPS]), *SIGNS])
ANSWERS = st.lists(st.sampled_from(["yes", "skip", "later", "0812345678", "อยู่เชียงราย", "ค่ะ", "ไม่รู้"]), max_size=9)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CRIES), st.lists(STEPS, min_size=1, max_size=8))
def test_after_hiding_nothing_that_goes_out_tells_of_danger(cry: str, steps: list[object]) -> None:
    """Until the person lifts it: with the code word, or with a new cry for help."""
    chat = hidden(cry)
    for step in ["ซ่อน", *steps]:
        chat.say(step) if isinstance(step, str) else chat.happen(step)  # type: ignore[arg-type]
        if isinstance(step, str) and [alert for alert in chat.alerts if alert.level == "raise"] and not chat.conversation.safety.hidden:
            return  # read as a new cry
        assert not REVEALING.search(bodies(chat)), (step, bodies(chat))
        assert chat.messages


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([WIFE, CHILD, TEACHER]), ANSWERS)
def test_every_reply_in_a_talk_about_danger_has_the_numbers_to_tap(cry: str, answers: list[str]) -> None:
    chat = in_danger(cry)
    for answer in answers:
        step = chat.conversation.safety.asking if chat.conversation else ""
        chat.happen(Tapped(f"contact {step} {answer}")) if answer in ("yes", "skip", "later") and step else chat.say(answer)
        if chat.conversation and chat.conversation.safety.talking:
            assert links(chat) >= TELEPHONES, (answer, chat.text)


# ---------------------------------------------------------------- somebody else, and taking back
@pytest.mark.parametrize("question", ["ใครส่งข้อความหาเบอร์นี้", "เมียผมคุยอะไรกับคุณ", "แฟนกูแอบแชตอะไรกับมึง", "did my wife write to you?"])
def test_who_wrote_is_answered_alike_whether_somebody_is_being_helped_or_not(question: str) -> None:
    nobody, somebody = Chat(), in_danger()
    assert nobody.say(question) == somebody.say(question)
    assert not REVEALING.search(bodies(somebody))
    assert staff_heard(nobody) == []
    assert staff_heard(somebody) == ["somebody else writes"]


def test_what_somebody_else_tells_is_not_taken_for_hers() -> None:
    chat = Chat()
    chat.say("แม่อายุ 72 อยู่เชียงราย")
    chat.say(WIFE)
    before = chat.facts("household"), chat.facts("self")
    chat.say("เมียผมคุยอะไรกับคุณ")
    chat.say("ผมอายุ 40 อยู่ตาก ตกงาน")
    assert (chat.facts("household"), chat.facts("self")) == before
    assert "72" not in chat.say("ข้อมูลของฉัน")


def test_a_worry_of_whoever_else_writes_goes_to_staff_with_a_mark() -> None:
    chat = in_danger()
    chat.say("เมียผมคุยอะไรกับคุณ")
    chat.say("ผมตีเมียเมื่อคืน")
    assert [alert for alert in chat.alerts if "somebody else may be writing" in alert.why]
    assert not REVEALING.search(bodies(chat))


@pytest.mark.parametrize(
    "denial", ["ล้อเล่นค่ะ", "ล้อเล่นค่ะ ไม่มีอะไร", "ไม่มีอะไรแล้วค่ะ", "กดผิดค่ะ", "พิมพ์ผิดค่ะ ไม่มีอะไร", "ลูกเล่นมือถือค่ะ", "ไม่ต้องมาแล้วค่ะ"]
)
def test_a_denial_gets_a_kind_word_closes_nothing_and_staff_see_it(denial: str) -> None:
    chat = in_danger()
    chat.say(denial)
    assert staff_heard(chat) == ["denied"]
    assert "ทักมาได้เสมอ" in chat.text
    assert links(chat) >= TELEPHONES


def test_a_denial_without_an_alarm_before_it_is_nothing_special() -> None:
    chat = Chat()
    chat.say("แม่อายุ 72 ตาบอด")
    chat.say("ไม่มีอะไร")
    assert staff_heard(chat) == []


# ---------------------------------------------------------------- languages nobody here reads
@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("ကျွန်တော့်ကို ကူညီပါ", "[က-႟]"),
        ("ជួយខ្ញុំផង ថៅកែដកលិខិតឆ្លងដែន", "[ក-៿]"),
        ("ຊ່ວຍແດ່ ນາຍຈ້າງຍຶດພາສປອດ", "[຀-໿]"),
        ("请帮帮我 老板扣了护照", "[一-鿿]"),
    ],
)
def test_a_language_nobody_here_reads_gets_the_numbers_in_its_script_and_a_human_looks(text: str, script: str) -> None:
    chat = Chat()
    answer = chat.say(text)
    assert links(chat) >= TELEPHONES
    assert re.search(script, answer)
    assert [alert.level for alert in chat.alerts] == ["check"]
    assert chat.alerts[0].text == text
    button = next(choice for choice in chat.choices if re.search(script, choice.label))
    chat.happen(Tapped(button.data))
    assert [effect for effect in chat.effects if isinstance(effect, RaiseAlert)]


def test_no_sentence_of_the_hidden_talk_is_revealing() -> None:
    for language in ("th", "en"):
        for key, text in world().words.texts[language].items():
            if key.startswith("hide."):
                assert not REVEALING.search(text), key
