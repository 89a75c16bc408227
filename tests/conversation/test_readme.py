"""The example of the README, told and answered to the end: what each member of the household gets, how much, why, and how."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat import Chat, world

from bot.conversation.events import Tapped
from bot.conversation.messages import Card, Cards

ROOT = Path(__file__).parents[2]
STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
ANSWERS = {"nationality": "มีครบทุกคน", "insured": "บัตรทอง (30 บาท)", "household_size": "2", "consent": "ตอบได้", "hardship": "ใช่"}
DENIALS = ("ไม่มีใคร", "ไม่ใช่", "ไม่มี", "ขอข้าม")
#: The words above each group of a summary.
HEADINGS = {
    key: world().words.say(f"results.{key}", "th") for key in ("surely", "probably", "officer", "almost", "receiving")
}  # fmt: skip


@functools.cache
def told() -> tuple[Chat, tuple[str, ...]]:
    """The chat at its summary, and the facts that were asked, in order."""
    chat = Chat()
    chat.say(STORY)
    asked = []
    while chat.asked and len(asked) < 40:
        asked.append(chat.asked)
        labels = [choice.label for choice in chat.choices]
        wanted = ANSWERS.get(chat.asked, "")
        chat.tap(wanted if wanted in labels else next(label for label in DENIALS if label in labels))
    return chat, tuple(asked)


def cards(title: str) -> list[Card]:
    chat, _ = told()
    found = [card for message in chat.messages if isinstance(message, Cards) for card in message.cards]
    return [card for card in found if card.title.removesuffix(" (ต่อ)") == title]


def groups(title: str) -> dict[str, list[str]]:
    """Group → names told in it, for the member of this title."""
    found: dict[str, list[str]] = {}
    for card in cards(title):
        group = ""
        for row in card.rows:
            if row.style == "heading":
                group = next(key for key, heading in HEADINGS.items() if heading == row.text)
            elif row.style == "bullet":
                found.setdefault(group, []).append(row.text)
    return found


def name(rule_id: str) -> str:
    return world().base.rules[rule_id].name["th"]


def test_the_example_is_the_one_in_the_readme() -> None:
    assert STORY in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_handful_of_questions_is_enough_and_none_is_put_twice_to_the_same_people() -> None:
    _, asked = told()
    assert len(asked) <= 16
    assert asked.count("nationality") == 1
    assert "hiv" not in asked
    assert "aids" not in asked


def test_health_is_asked_about_only_after_consent() -> None:
    _, asked = told()
    health = [n for n, fact in enumerate(asked) if fact in world().base.facts and world().base.facts[fact].topic == "health"]
    assert health
    assert asked.index("consent") < min(health)


def test_the_mother_gets_what_she_can_get_for_sure_first() -> None:
    mother = groups("สิทธิของแม่")
    certain = [*mother.get("surely", []), *mother.get("probably", [])]
    for rule_id in ("old-age-allowance", "disability-id-card", "uc-gold-card-30-baht"):
        assert name(rule_id) in certain
    assert name("disability-allowance") in mother["almost"]
    assert list(mother) == [key for key in HEADINGS if key in mother]


def test_the_grandchild_gets_the_child_support_grant() -> None:
    child = groups("สิทธิของหลาน")
    assert name("child-support-grant") in [*child.get("surely", []), *child.get("probably", []), *child.get("officer", [])]
    assert name("old-age-allowance") not in [entry for entries in child.values() for entry in entries]


def test_amounts_are_those_of_the_person() -> None:
    rows = [row.text for card in cards("สิทธิของแม่") for row in card.rows]
    assert rows[rows.index(name("old-age-allowance")) + 1] == "700 บาทต่อเดือน"
    rows = [row.text for card in cards("สิทธิของหลาน") for row in card.rows]
    assert rows[rows.index(name("child-support-grant")) + 1] == "600 บาทต่อเดือน"


def test_what_is_almost_there_says_what_to_get_first_and_says_it_once_a_card() -> None:
    line = world().words.say("results.first_get", "th", entitlement=name("disability-id-card"))
    told_by = [[row.text for row in card.rows].count(line) for card in cards("สิทธิของแม่")]
    assert max(told_by) == 1


def test_every_right_in_the_summary_can_be_opened_and_its_page_is_whole() -> None:
    chat, _ = told()
    pages = [choice for choice in chat.choices if choice.data.startswith("page ")]
    assert len(pages) >= 8
    before = chat.conversation
    for choice in pages:
        text = chat.happen(Tapped(choice.data))
        assert choice.label in text
        for heading in ("ได้อะไร", "ทำไม", "ไปที่ไหน", "ที่มา:", "ตรวจเมื่อ"):
            assert heading in text or (heading == "ทำไม" and "ติดตรงไหน" in text), (choice.label, heading)
        assert "เตรียมอะไรไป" in text or "ทำอย่างไร" in text
        assert "กลับไปดูผล" in [c.label for c in chat.choices]
    chat.conversation = before
    chat.happen(Tapped("results"))


def test_nothing_private_is_told_unless_asked_by_name() -> None:
    chat, _ = told()
    private = [rule for rule in world().base.rules.values() if rule.sensitive]
    assert private
    for rule in private:
        assert rule.name["th"] not in chat.text
        assert rule.name["th"] not in [choice.label for choice in chat.choices]


def test_asked_by_name_a_private_right_has_its_page() -> None:
    private = world().base.rules["aids-living-allowance"]
    assert private.sensitive
    chat = Chat()
    assert private.name["th"] in chat.say(f"อยากรู้เรื่อง{private.name['th']}")


@pytest.mark.parametrize("answer", ["ขอข้ามเรื่องนี้", "ไม่สะดวกค่ะ", "ไม่", "ขอข้าม"])
def test_who_declines_health_questions_is_never_asked_one(answer: str) -> None:
    chat = Chat()
    chat.say(STORY)
    asked, declined = [], False
    while chat.asked and len(asked) < 40:
        asked.append(chat.asked)
        if chat.asked == "consent":
            assert not declined, "asked for consent twice"
            declined = True
            chat.say(answer)
        else:
            chat.happen(Tapped("dont_know"))
    assert declined
    assert [fact for fact in asked if fact in world().base.facts and world().base.facts[fact].topic == "health"] == []
    assert chat.conversation.results_shown


@pytest.mark.parametrize("answer", ["ตอบได้", "ได้ค่ะ", "โอเค"])
def test_consent_can_be_given_in_words(answer: str) -> None:
    chat = Chat()
    chat.say(STORY)
    while chat.asked not in ("consent", None):
        chat.happen(Tapped("skip"))
    chat.say(answer)
    assert chat.conversation.consents["screening"].agreed
    assert world().base.facts[chat.asked].topic == "health"


# ---------------------------------------------------------------- several people
def family() -> Chat:
    chat = Chat()
    chat.say("แม่อายุ 72 พ่ออายุ 75 ลูกสามคน 2 ขวบ 5 ขวบ 9 ขวบ")
    assert chat.asked == "nationality"
    return chat


def test_a_question_for_all_is_put_once_and_answered_for_all() -> None:
    chat = family()
    chat.say("มีครบทุกคนค่ะ")
    for ref in ("mother", "father", "child1", "child2", "child3"):
        assert chat.facts(ref)["nationality"] == "thai"


def test_not_everybody_goes_person_by_person() -> None:
    chat = family()
    people = chat.conversation.asked.members
    chat.tap("บางคนไม่มี")
    assert chat.conversation.asked.members == people[:1]
    chat.say("มี")
    assert chat.facts(people[0])["nationality"] == "thai"
    while chat.asked == "nationality" and len(chat.conversation.asked.members) > 1:
        chat.tap("บางคนไม่มี")
    assert chat.asked == "nationality"
    assert chat.conversation.asked.members != people[:1]


def test_the_only_one_without_a_card_is_asked_which_papers_there_are() -> None:
    chat = family()
    chat.tap("บางคนไม่มี")
    first = chat.conversation.asked.members[0]
    chat.say("ไม่มี")
    assert chat.asked == "nationality"
    assert chat.conversation.asked.members == (first,)
    assert "ไม่เป็นไร" in chat.text


def test_a_hint_is_read_back_before_it_is_relied_on() -> None:
    chat = Chat()
    chat.say("ลูกอยู่ ป.4")
    if chat.conversation.unsure:
        assert "ใช่ไหม" in chat.text
        unsure = chat.conversation.unsure
        assert all(fact not in chat.facts(ref) for ref, fact, _ in unsure)
        chat.say("ไม่ใช่")
        assert all(fact not in chat.facts(ref) for ref, fact, _ in unsure)
        assert not chat.conversation.unsure
