import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normal import MAX_CHARACTERS, mask_private, normalise


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("เเม่", "แม่"),
        ("นํ้า", "น้ำ"),
        ("น้ํา", "น้ำ"),
        ("ทำ", "ทำ"),
        ("ท่ี", "ที่"),
        ("มี่่", "มี่"),
        ("ช่วยยยยย", "ช่วย"),
        ("ท้องงง", "ท้อง"),
        ("๖๕ ปี", "65 ปี"),
        ("a\u200bb", "ab"),
        ("ก\u00a0\u00a0ข", "ก ข"),
        ("ก \n ข", "ก\nข"),
        ("5555555", "555"),
        ("5555", "5555"),
        ("1000000", "1000000"),
        ("มากๆๆ", "มากๆๆ"),
        ("Cafe\u0301", "café"),
        ("กรรมธรรม", "กรรมธรรม"),
        ("", ""),
    ],
)
def test_text_gets_its_normal_form(typed: str, normal: str) -> None:
    assert normalise(typed).text == normal


@given(st.text(alphabet="กขเแอาะำํ่้ิีุ555๕1 \n\u200b\u0301eA", max_size=60))
def test_origin_is_rising_and_within_the_original(text: str) -> None:
    normal = normalise(text)
    assert len(normal.origin) == len(normal.text) + 1
    assert list(normal.origin) == sorted(normal.origin)
    assert normal.origin[-1] == len(text)


@given(st.text(alphabet="กขเแอาะำํ่้ิีุ555๕1 \n\u200beA", max_size=60))
def test_normal_form_of_the_normal_form_is_itself(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text in {once, normalise(normalise(once).text).text}


def test_span_leads_back_to_the_typed_characters() -> None:
    typed = "เเม่อายุ ๗๒"
    normal = normalise(typed)
    at = normal.text.index("72")
    start, end = normal.span(at, at + 2)
    assert typed[start:end] == "๗๒"


def test_only_the_first_characters_of_a_huge_text_are_read() -> None:
    assert len(normalise("กข" * 10_000).text) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("เลขบัตร 1-1037-02071-81-1 อายุ 40", "เลขบัตร #-####-#####-##-# อายุ 40"),
        ("1103702071811", "#############"),
        ("๑๑๐๓๗๐๒๐๗๑๘๑๑", "#############"),
        ("เบอร์ 0812345678 อายุ 65", "เบอร์ ########## อายุ 65"),
        ("081-234-5678", "###-###-####"),
        ("02 123 4567", "## ### ####"),
        ("+66812345678", "+###########"),
        ("เงิน 12000 3000 5000 บาท", "เงิน 12000 3000 5000 บาท"),
        ("โทร 1300", "โทร 1300"),
    ],
)
def test_private_numbers_are_masked_and_sums_are_not(text: str, masked: str) -> None:
    assert mask_private(text) == masked
