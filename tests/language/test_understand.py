from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import load_world
from bot.eligibility.values import to_json
from bot.language.reading import Alarm, Reading
from bot.language.scan import MOST_TOKENS, scan
from bot.language.understand import understand

WORLD = load_world()
TODAY = date(2026, 11, 22)
PIECES = [
    "แม่", "ยาย", "อายุ", "72", "๕", "ปี", "ขวบ", "เดือน", "ละ", " ", "\n", "ตาบอด", "ม.33", "ป.4",
    "อยู่", "เลย", "ทั้งคู่", "ไม่ได้เป็น", "คนที่", "คือ", "ลูก", "สองคน", "12/3/2504", "บาท", "กว่า", "อีก", "จะ", "60",
    "ส่ง", "มา", "\u200b", "เเ", "ํา", "่่", "é", "😭", "ค่ะ", "มี", "บัตร", "พัน", "ครึ่ง", "-",
]  # fmt: skip


def read(text: str, members: tuple[str, ...] = ()) -> Reading:
    return understand(text, reader=WORLD.reader, index=WORLD.index, today=TODAY, members=members, alarm=Alarm())


def said(text: str) -> dict[str, object]:
    return {f"{s.member}.{s.fact}": to_json(s.value) for s in read(text).statements}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=120))
def test_no_text_raises_and_every_span_lies_within_it(text: str) -> None:
    for statement in read(text, ("self", "mother", "child1")).statements:
        start, end = statement.span
        assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("piece", ["1/1/", "คน", "55 ", "ลูก 5 ขวบ ", "é", "ๅ"])
def test_hostile_text_yields_only_so_many_words(piece: str) -> None:
    assert len(scan((piece * 5000)[:5000])) <= MOST_TOKENS
    read((piece * 5000)[:5000])


def test_writer_is_a_woman_or_a_man_by_the_pronoun_once_she_told_of_herself() -> None:
    assert said("ผมอายุ 40 ตกงาน")["self.sex"] == "male"
    assert said("อายุ 40 ตกงานค่ะ")["self.sex"] == "female"


def test_sex_of_a_writer_who_asks_for_others_stays_open() -> None:
    assert "self.sex" not in said("ดิฉันขอสอบถาม แม่อายุ 70 ค่ะ")
    assert said("สวัสดีครับผม") == {}


def test_sex_of_a_daughter_is_known_by_the_word() -> None:
    assert said("ลูกสาวอายุ 15 ท้อง")["child1.sex"] == "female"


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ยายอายุ 75 อยู่กับหลาน 2 คน", "self"),
        ("ป้าอายุ 61 จ้า", "self"),
        ("ป้าข้างบ้านอายุ 61 จ้า", "neighbour"),
        ("ยายหนูอายุ 75", "grandmother"),
        ("ยายอายุ 75 ติดเตียง", "grandmother"),
        ("อยู่กับยาย ยายอายุ 75 ลูกชายยายไม่มาหา", "grandmother"),
    ],
)
def test_elder_who_calls_herself_by_a_kin_word_is_told_from_somebody_s_elder(text: str, who: str) -> None:
    assert said(text)[f"{who}.age_years"] in {61, 75}


@pytest.mark.parametrize("text", ["รอมา 45 แล้ว", "วันนี้วันที่ 60 แล้ว", "ลูกได้คะแนน 85", "ทำงานมา 20 ปี", "รถเมล์สาย 73"])
def test_numbers_that_are_no_age_stay_none(text: str) -> None:
    assert not [fact for fact in said(text) if fact.endswith("age_years")]


@pytest.mark.parametrize(("text", "months"), [("ส่งประกันสังคมมา 5 ปี", 60), ("ม.33 8 ปีแล้ว", 96), ("จ่าย ม.39 มา 7 เดือน", 7)])
def test_time_paid_to_an_insurance_is_counted_in_months(text: str, months: int) -> None:
    assert said(text)["self.sso_months_total"] == months


def test_what_is_said_of_both_holds_for_both() -> None:
    told = said("ตา 77 ยาย 73 มีบัตรคนจนทั้งคู่")
    assert told["grandfather.has_welfare_card"] is told["grandmother.has_welfare_card"] is True


def test_question_about_a_card_by_its_name_is_about_the_card() -> None:
    reading = read("บัตรคนจนได้อะไรบ้าง")
    assert (reading.intent, reading.entitlement) == ("about", "state-welfare-card")
