"""Whatever a person wishes in between is done at once, and the open question is still there afterwards."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat import Chat, world

from bot.conversation.effects import AskHuman, Forget, ForgetMessage
from bot.conversation.events import Followed, Joined, Located, Media, Other, Said, Sticker, Tapped, Unfollowed, Unsent
from bot.eligibility.values import Unknown

STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"


def started(text: str = STORY) -> Chat:
    chat = Chat()
    chat.say(text)
    assert chat.asked is not None
    return chat


def labels(chat: Chat) -> list[str]:
    return [choice.label for choice in chat.choices]


# ---------------------------------------------------------------- the beginning
def test_greeting_tells_what_for_and_that_it_stays_private() -> None:
    chat = Chat()
    text = chat.happen(Followed())
    assert "สิทธิ" in text
    assert "ความลับ" in text
    assert "ลบข้อมูลของฉัน" in text
    assert {"ตัวฉันเอง", "แม่", "ลูก"} <= set(labels(chat))


def test_first_message_with_facts_is_read_back_with_the_promise_of_privacy_and_a_question() -> None:
    chat = Chat()
    text = chat.say(STORY)
    assert "แม่: อายุ 72 ปี" in text
    assert "หลาน: อายุ 2 ปี" in text
    assert "เชียงราย" in text
    assert "3,000–4,000 บาท" in text
    assert "ต่อเดือน 3,000–4,000 บาทต่อเดือน" not in text
    assert "ความลับ" in text
    assert chat.asked is not None


def test_the_promise_of_privacy_is_given_once() -> None:
    chat = started()
    assert "ความลับ" not in chat.tap(labels(chat)[0])


@pytest.mark.parametrize("hello", ["สวัสดีค่ะ", "hello", "ดีจ้า", "🙏", "....", "กกกกกกก"])
def test_any_first_word_is_greeted(hello: str) -> None:
    chat = Chat()
    chat.say(hello)
    assert len(chat.choices) >= 5
    assert chat.text


def test_a_start_by_button_asks_about_that_person() -> None:
    chat = Chat()
    chat.happen(Followed())
    text = chat.tap("ลูก")
    assert "ลูก" in text
    assert chat.asked == "age_years"
    chat.say("7")
    assert chat.facts("child1")["age_years"] == 7


def test_a_second_child_by_button_is_another_child() -> None:
    chat = Chat()
    chat.happen(Followed())
    chat.tap("ลูก")
    chat.say("5 ขวบ")
    chat.happen(Tapped("others"))
    chat.tap("ลูก")
    chat.say("9 ขวบ")
    assert chat.facts("child1")["age_years"] == 5
    assert chat.facts("child2")["age_years"] == 9


# ---------------------------------------------------------------- during the questions
INTERRUPTIONS = {
    "why": "ทำไมถึงถาม",
    "help": "ทำอะไรได้บ้าง",
    "human": "ขอคุยกับเจ้าหน้าที่",
    "results": "ดูผล",
    "my data": "รู้อะไรเกี่ยวกับฉันบ้าง",
    "about": "เบี้ยคนแก่ต้องทำยังไง",
    "thanks": "ขอบคุณค่ะ",
    "rude": "บอทโง่มาก",
    "gibberish": "ฟฟฟฟฟฟ",
    "greeting": "สวัสดี",
    "correct": "แก้ข้อมูล",
    "unknown entitlement": "สิทธิปลูกกัญชาต้องทำยังไง",
    "english": "english please",
    "forget, then not": "ลบข้อมูลของฉัน",
}


@pytest.mark.parametrize("wish", INTERRUPTIONS.values(), ids=INTERRUPTIONS.keys())
def test_after_any_interruption_the_open_question_is_still_open(wish: str) -> None:
    chat = started()
    asked = chat.conversation.asked
    chat.say(wish)
    assert chat.messages, wish
    if "ไม่ลบ" in labels(chat):
        chat.tap("ไม่ลบ")
    assert chat.conversation.asked == asked
    assert chat.happen(Tapped("go_on"))
    assert chat.conversation.asked == asked


def test_why_names_the_rights_that_hang_on_the_question_and_puts_it_again() -> None:
    chat = started()
    question = chat.text.splitlines()[-1]
    text = chat.tap("ทำไมถึงถาม")
    assert "ถามเพราะ" in text
    assert "ขอข้าม" in text
    assert question.split("ไหม")[0][-10:] in text


@pytest.mark.parametrize("word", ["ขอข้าม", "ข้ามก่อนค่ะ", "ไม่อยากบอก", "ไม่รู้", "จำไม่ได้"])
def test_a_question_that_is_not_answered_is_not_asked_again(word: str) -> None:
    chat = started()
    first = chat.conversation.asked
    chat.say(word)
    seen = {chat.conversation.asked}
    for _ in range(40):
        if chat.asked is None:
            break
        chat.happen(Tapped("skip"))
        seen.add(chat.conversation.asked)
    assert first not in seen


@pytest.mark.parametrize(("word", "value"), [("ไม่อยากบอก", Unknown.DECLINED), ("ไม่รู้", Unknown.DONT_KNOW)])
def test_declined_and_not_known_are_kept_apart(word: str, value: Unknown) -> None:
    chat = started()
    asked = chat.conversation.asked
    chat.say(word)
    assert chat.facts(asked.members[0])[asked.fact] == value


@pytest.mark.parametrize("step", ["ขอข้าม", "ไม่รู้", "ไม่อยากบอก"])
def test_back_leads_to_the_question_that_was_passed_over(step: str) -> None:
    chat = started()
    first = chat.conversation.asked
    chat.say(step)
    assert chat.conversation.asked != first
    chat.say("ย้อนกลับ")
    assert chat.conversation.asked == first
    chat.happen(Tapped("go_on"))
    assert chat.conversation.asked == first


def test_back_takes_back_the_last_answer() -> None:
    chat = started()
    asked = chat.conversation.asked
    chat.happen(Tapped(next(c.data for c in chat.choices if c.data.startswith("["))))
    assert asked.fact in chat.facts(asked.members[0])
    chat.say("ย้อนกลับ")
    assert asked.fact not in chat.facts(asked.members[0])
    assert chat.conversation.asked == asked


def test_back_at_the_very_beginning_says_so() -> None:
    chat = Chat()
    assert chat.say("ย้อนกลับ")
    chat.happen(Tapped("back"))
    assert chat.messages


def test_correcting_by_tap_asks_that_fact_again_and_replaces_it() -> None:
    chat = started()
    chat.say("แก้ข้อมูล")
    age = next(c for c in chat.choices if "อายุ 72" in c.label)
    chat.happen(Tapped(age.data))
    assert chat.asked == "age_years"
    chat.say("75")
    assert chat.facts("mother")["age_years"] == 75


def test_correcting_in_words_replaces_and_says_so() -> None:
    chat = started()
    text = chat.say("ไม่ใช่ 72 นะ 74")
    assert chat.facts("mother")["age_years"] == 74
    assert "แก้ให้แล้ว" in text


def test_what_is_never_asked_about_can_be_taken_away_by_tap() -> None:
    chat = Chat()
    chat.say("พ่อเพิ่งเสีย")
    chat.say("แก้ข้อมูล")
    chat.happen(Tapped("fix died father"))
    assert "died" not in chat.facts("father")
    assert "ลบข้อนี้แล้ว" in chat.text


def test_starting_over_forgets_the_facts() -> None:
    chat = started()
    chat.say("เริ่มใหม่")
    assert chat.conversation.members == {}
    assert chat.conversation.household == {}
    assert {"ตัวฉันเอง", "แม่"} <= set(labels(chat))


def test_a_human_is_asked_for_and_1300_can_be_tapped() -> None:
    chat = started()
    chat.say("อยากคุยกับเจ้าหน้าที่")
    assert any(isinstance(effect, AskHuman) for effect in chat.effects)
    assert any(choice.uri == "tel:1300" for choice in chat.choices)


def test_my_data_lists_what_is_known_and_how_to_change_or_erase_it() -> None:
    chat = started()
    text = chat.say("ข้อมูลของฉัน")
    for part in ("อายุ 72 ปี", "เชียงราย", "หลาน"):
        assert part in text
    assert {"แก้ข้อมูล", "ลบทั้งหมด"} <= set(labels(chat))


def test_my_data_of_somebody_new_is_nothing() -> None:
    chat = Chat()
    assert "ไม่ได้เก็บ" in chat.say("ข้อมูลของฉัน")


# ---------------------------------------------------------------- erasing
def forgets(chat: Chat) -> bool:
    return any(isinstance(effect, Forget) for effect in chat.effects)


@pytest.mark.parametrize("yes", ["ใช่", "ลบเลย", "ยืนยัน", "ลบทั้งหมด", "ใช่ ลบเลยค่ะ", "ลบข้อมูลของฉัน", "yes"])
def test_erasing_needs_a_second_word_and_then_everything_is_gone(yes: str) -> None:
    chat = started()
    chat.say("ลบข้อมูลของฉัน")
    assert not forgets(chat)
    assert chat.conversation.members
    chat.say(yes)
    assert forgets(chat)
    assert chat.conversation.members == {}
    assert chat.conversation.bubbles == ()


def test_erasing_by_tap() -> None:
    chat = started()
    chat.say("ลบข้อมูลของฉัน")
    chat.tap("ลบทั้งหมด")
    assert forgets(chat)


@pytest.mark.parametrize("no", ["ไม่", "ไม่ลบ", "ยังไม่ลบ", "เปลี่ยนใจ", "ยกเลิก"])
def test_erasing_can_be_taken_back(no: str) -> None:
    chat = started()
    chat.say("ลบข้อมูลของฉัน")
    chat.say(no)
    assert not forgets(chat)
    assert chat.conversation.phase != "erasing"
    assert chat.facts("mother")["age_years"] == 72


def test_speaking_of_something_else_erases_nothing_and_is_heard() -> None:
    chat = started()
    chat.say("ลบข้อมูลของฉัน")
    chat.say("พ่ออายุ 80")
    assert not forgets(chat)
    assert chat.facts("father")["age_years"] == 80
    chat.say("ใช่")
    assert not forgets(chat)


def test_an_old_erase_button_asks_once_more() -> None:
    chat = started()
    chat.happen(Tapped("erase yes"))
    assert not forgets(chat)
    chat.happen(Tapped("erase yes"))
    assert forgets(chat)


# ---------------------------------------------------------------- one entitlement, results so far
def test_asked_about_one_right_before_anything_is_known_its_page_is_shown() -> None:
    chat = Chat()
    text = chat.say("เบี้ยคนแก่ต้องทำยังไง")
    assert "เบี้ยยังชีพผู้สูงอายุ" in text
    for heading in ("เตรียมอะไรไป", "ไปที่ไหน", "ที่มา:"):
        assert heading in text


def test_a_right_nobody_knows_is_admitted_with_1300_and_a_human() -> None:
    chat = started()
    text = chat.say("เงินช่วยค่าอินเทอร์เน็ตของยูทูบเบอร์ขอยังไง")
    assert "1300" in text
    assert "คุยกับเจ้าหน้าที่" in labels(chat)


def test_results_so_far_can_be_seen_and_the_talk_goes_on() -> None:
    chat = started()
    text = chat.say("ดูผล")
    assert "จากที่รู้ตอนนี้" in text
    assert "คุยต่อ" in labels(chat)


def test_early_results_name_the_most_likely_rights_and_what_is_not_known_of_them_yet() -> None:
    chat = started()
    text = chat.tap("ดูผลตอนนี้")
    mother = text[text.index("สิทธิของแม่") : text.index("สิทธิของหลาน")] if "สิทธิของหลาน" in text else text
    after_open = mother[mother.index("❔ อาจได้") :]
    assert "เบี้ยยังชีพผู้สูงอายุ" in after_open
    assert "ยังไม่รู้: " in after_open


def test_a_fact_without_a_person_is_of_whom_the_talk_is_about() -> None:
    assert "แม่: มีบัตรคนพิการ" in started().say("มีบัตรพิการแล้วค่ะ")


def test_having_one_thing_is_no_yes_to_the_question_about_another() -> None:
    chat = started()
    asked = chat.asked
    chat.say("มีบัตรพิการแล้วค่ะ")
    assert chat.asked == asked


def test_a_fact_without_a_person_is_the_writers_own_once_she_told_of_herself() -> None:
    chat = started("หนูอายุ 30 อยู่กับแม่อายุ 72")
    chat.conversation = replace(chat.conversation, asked=None) if chat.conversation else None
    assert "คุณ: " in chat.say("ตกงานมาสองเดือน")


def test_nobody_is_asked_which_class_a_child_of_two_goes_to() -> None:
    chat = started()
    asked = []
    while chat.asked is not None and len(asked) < 40:
        asked.append(chat.asked)
        chat.say("ไม่รู้ค่ะ")
    assert not {"student", "student_level", "school_public"} & set(asked)


def test_results_without_a_fact_invite_to_tell() -> None:
    chat = Chat()
    assert "ยังไม่มีข้อมูล" in chat.say("ดูผล")


# ---------------------------------------------------------------- language
def test_english_is_followed_and_thai_again() -> None:
    chat = Chat()
    text = chat.say("My mother is 72 and blind, we live in Chiang Rai")
    assert chat.conversation.language == "en"
    assert not any("฀" <= letter <= "๿" for letter in text.replace("เชียงราย", ""))
    chat.say("ภาษาไทย")
    assert chat.conversation.language == "th"
    assert "ภาษาไทย" in chat.text


def test_every_question_of_an_english_talk_is_english() -> None:
    chat = Chat()
    chat.say("My mother is 72 and blind")
    for _ in range(30):
        if chat.asked is None:
            break
        told = chat.text + " ".join(labels(chat))
        assert not any("ก" <= letter <= "๛" for letter in told), told
        chat.happen(Tapped("skip"))
    assert chat.conversation.results_shown


@pytest.mark.parametrize("text", ["我需要帮助", "ជួយខ្ញុំផង", "ကူညီပါ"])
def test_other_languages_are_answered_with_1300(text: str) -> None:
    chat = Chat()
    assert "1300" in chat.say(text)


# ---------------------------------------------------------------- all kinds of happenings
def test_stickers_pictures_and_voice_are_answered_and_the_question_stays() -> None:
    chat = started()
    asked = chat.conversation.asked
    for happening in (Sticker(("happy",), "", "s1"), Media("image", "i1"), Media("audio", "a1"), Media("file", "f1")):
        assert chat.happen(happening)
        assert chat.conversation.asked == asked


def test_a_location_with_address_is_known_and_read_back() -> None:
    chat = started("แม่อายุ 72")
    text = chat.happen(Located(19.9, 99.83, "ตำบลเวียง อำเภอเมืองเชียงราย จังหวัดเชียงราย 57000", "l1"))
    assert chat.facts("household")["province"] == "เชียงราย"
    assert "เชียงราย" in text


def test_a_location_without_address_is_asked_about_before_it_is_relied_on() -> None:
    chat = started("แม่อายุ 72")
    text = chat.happen(Located(19.9, 99.83, "", "l1"))
    assert "province" not in chat.facts("household")
    assert "ใช่ไหม" in text
    chat.tap("ใช่")
    assert chat.facts("household")["province"] == "เชียงราย"


def test_a_location_at_sea_is_not_guessed() -> None:
    chat = started("แม่อายุ 72")
    assert chat.happen(Located(0.0, 0.0, "", "l1"))
    assert "province" not in chat.facts("household")


def test_a_message_taken_back_takes_its_facts_and_text_along() -> None:
    chat = started()
    message = f"m{chat._count}"
    chat.say("พ่ออายุ 80 ติดเตียง")
    message = f"m{chat._count}"
    assert chat.facts("father")
    chat.happen(Unsent(message))
    assert ForgetMessage(message) in chat.effects
    assert not chat.facts("father")
    assert all("80" not in bubble.text for bubble in chat.conversation.bubbles)
    assert chat.facts("mother")["age_years"] == 72


def test_an_edited_message_is_read_anew() -> None:
    chat = Chat()
    chat.happen(Said("แม่อายุ 72 พิการ", "m1"))
    chat.happen(Said("แม่อายุ 62", "m1", edited=True))
    assert chat.facts("mother")["age_years"] == 62
    assert "disability" not in chat.facts("mother")


def test_in_a_group_the_bot_is_silent_unless_addressed() -> None:
    chat = Chat(source="group")
    for happening in (Said("แม่อายุ 72", "m"), Joined(), Sticker(), Media("image"), Other("memberJoined")):
        chat.happen(happening, addressed=False)
        assert chat.effects == ()
    assert chat.conversation.members == {}
    assert chat.happen(Said("แม่อายุ 72", "m9"), addressed=True)


def test_leaving_and_unknown_events_are_not_answered() -> None:
    chat = started()
    before = chat.conversation.asked
    for happening in (Unfollowed(), Other("beacon")):
        chat.happen(happening)
        assert not chat.messages
    assert chat.conversation.asked == before


def test_coming_back_after_days_is_welcomed_and_the_question_is_put_again() -> None:
    chat = started()
    asked = chat.conversation.asked
    chat.now += timedelta(days=3)
    assert "กลับมา" in chat.say("สวัสดีค่ะ")
    assert chat.conversation.asked == asked


def test_ages_go_on_while_somebody_is_away() -> None:
    chat = started("ยายอายุ 59 เป็นคนไทย")
    chat.now += timedelta(days=500)
    text = chat.say("เบี้ยคนแก่ได้ไหม")
    assert "เข้าเงื่อนไข" in text or "ยังตอบไม่ได้" in text
    assert "ยังไม่เข้าเงื่อนไข" not in text


def test_late_taps_on_old_buttons_still_count() -> None:
    chat = started()
    asked = chat.conversation.asked
    late = next(c for c in chat.choices if c.data.startswith("["))
    chat.happen(Tapped("skip"))
    chat.happen(Tapped("skip"))
    now_open = chat.conversation.asked
    text = chat.happen(Tapped(late.data))
    assert asked.fact in chat.facts(asked.members[0])
    assert "รับทราบ" in text
    assert chat.conversation.asked == now_open or chat.conversation.asked != asked


BROKEN = (
    """
?|page|page nothing|page old-age-allowance nobody|fix|fix age_years|fix age_years nobody|who|who dragon|who household|each|each nothing
sure|sure yes|consent|check|check:|[|[]|["a"]|["a","age_years","self",null]|["a","nothing","self",1]|["a","age_years","",1]
["a","age_years","dragon",1]|["a","age_years","self","old"]|["o","pregnant","self","dragon"]|["d","lost_job_date","self",null]
["z","age_years","self",1]|["a","age_years","self",900]|["a","province","self","เชียงราย"]|["a","pregnant","household",true]
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("data", [*BROKEN, "", "x" * 300])
def test_unknown_and_broken_postbacks_do_no_harm(data: str) -> None:
    chat = started()
    members = set(chat.conversation.members)
    assert chat.happen(Tapped(data))
    assert set(chat.conversation.members) - members <= {"self"}
    assert chat.say("ดูผล")


def test_a_picked_date_is_taken_and_a_broken_one_is_not() -> None:
    chat = started("ผมตกงาน อายุ 40 เป็นคนไทย")
    data = '["d","lost_job_date","self",null]'
    chat.happen(Tapped(data, (("date", "not-a-day"),)))
    assert "lost_job_date" not in chat.facts("self")
    chat.happen(Tapped(data, (("date", "2026-11-01"),)))
    assert str(chat.facts("self")["lost_job_date"]) == "2026-11-01"


def test_five_thousand_characters_are_read() -> None:
    chat = Chat()
    text = chat.say("แม่อายุ 72 ตาบอด " + "เรื่องมันยาวมากเลยค่ะ " * 230)
    assert chat.facts("mother")["age_years"] == 72
    assert len(text) < 2000


def test_not_understood_three_times_a_human_is_offered() -> None:
    chat = started()
    for word in ("ฟหกดฟหกด", "าาสสวววงงง", "ดเ้่าสวฟหก"):
        chat.say(word)
    assert "คุยกับเจ้าหน้าที่" in labels(chat)


def test_a_number_that_cannot_be_is_met_with_the_range() -> None:
    chat = Chat()
    chat.happen(Tapped("who child"))
    assert chat.asked == "age_years"
    assert "120" in chat.say("900")
    assert chat.asked == "age_years"


def test_a_death_is_met_with_sympathy() -> None:
    chat = Chat()
    assert "เสียใจด้วย" in chat.say("แม่เพิ่งเสียเมื่อวาน อายุ 72")


def test_the_world_of_the_tests_is_the_real_one() -> None:
    assert len(world().base.rules) >= 40


def test_can_i_get_this_asks_what_that_right_needs_until_it_is_settled() -> None:
    chat = started("แม่อายุ 72 อยู่กับหลานสองขวบ เป็นคนไทยทั้งคู่")
    chat.happen(Tapped("page child-support-grant grandchild1"))
    assert "ยังตอบไม่ได้" in chat.text
    chat.tap("อยากรู้ว่าได้ไหม")
    for _ in range(60):
        if chat.asked is None:
            break
        labels_now = labels(chat)
        chat.tap("ตอบได้") if "ตอบได้" in labels_now else chat.happen(Tapped("dont_know"))
    chat.happen(Tapped("page child-support-grant grandchild1"))
    assert "อยากรู้ว่าได้ไหม" not in labels(chat) or chat.facts("household")


def test_a_day_on_which_a_right_ends_is_not_told_as_its_beginning() -> None:
    chat = started("หลานอายุสองขวบ เป็นคนไทย")
    chat.happen(Tapped("page child-support-grant grandchild1"))
    assert "ได้ตั้งแต่" not in chat.text


@pytest.mark.parametrize("text", [STORY, "แม่อายุ 72", "ลูกอยู่ ป.4"])
def test_unfinished_results_always_offer_to_go_on(text: str) -> None:
    chat = Chat()
    chat.say(text)
    chat.say("ดูผล")
    assert "คุยต่อ" in labels(chat)


# ---------------------------------------------------------------- questions about the page on the screen
@pytest.mark.parametrize("question", ["ต้องเอาอะไรไปบ้าง", "ไปที่ไหนคะ", "ต้องทำยังไงครับ", "ยื่นได้ถึงเมื่อไหร่"])
def test_how_to_get_the_right_on_the_screen_can_be_asked_without_its_name(question: str) -> None:
    chat = started()
    chat.say("เบี้ยคนแก่ได้เท่าไหร่")
    text = chat.say(question)
    assert "วิธีขอ: เบี้ยยังชีพผู้สูงอายุ" in text
    assert "ไปที่ไหน" in text


def test_how_much_the_right_on_the_screen_pays_can_be_asked_without_its_name() -> None:
    chat = started()
    chat.say("เบี้ยคนแก่ต้องทำยังไง")
    assert "ได้อะไร" in chat.say("ได้เท่าไหร่คะ")


def test_after_a_summary_it_is_asked_of_which_right_papers_are_wanted() -> None:
    chat = started()
    chat.tap("ดูผลตอนนี้")
    assert "สิทธิไหน" in chat.say("ใช้เอกสารอะไรบ้าง")
    assert any(choice.data.startswith("page ") for choice in chat.choices)


def test_who_tells_of_the_home_alone_is_asked_about_herself() -> None:
    chat = started("นาผมจมหมดเลยครับ น้ำท่วม 12 วันแล้ว")
    assert chat.conversation is not None
    assert list(chat.conversation.members) == ["self"]
    assert chat.asked != "sex"


# ---------------------------------------------------------------- answers that tell more, or of others
def couple() -> Chat:
    chat = started("หนูท้อง 5 เดือนค่ะ อายุ 22 แฟนอายุ 24 ทำงานรับจ้าง")
    chat.say("คนไทยทั้งคู่")
    assert chat.asked == "insured"
    return chat


def test_an_answer_for_both_is_kept_for_both() -> None:
    assert "คู่ของคุณ: ประกันสังคมหรือสิทธิรักษา บัตรทอง" in couple().say("บัตรทองทั้งคู่ค่ะ")


def test_telling_something_of_another_person_answers_no_question() -> None:
    chat = started("หนูท้อง 5 เดือนค่ะ อายุ 22 แฟนทำงานรับจ้าง")
    asked = chat.asked
    assert asked == "nationality"
    assert "สัญชาติ" not in chat.say("แฟนอายุ 24")
    assert chat.asked == asked


def test_asking_what_there_is_in_the_middle_shows_what_is_known_so_far() -> None:
    assert "จากที่รู้ตอนนี้" in couple().say("แล้วมีสิทธิอะไรบ้างคะ")
