"""Rendering: whatever the bot says, LINE takes it, and a person can read and tap it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import ReplyMessageRequest

from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.line.flex import TONES, WARNING, size
from bot.line.limits import problems
from bot.line.measure import graphemes, pieces, shorten, shorten_units, utf16
from bot.line.render import batches, render

_ALPHABET = st.sampled_from([*"กขคงจชดตนบปพมยรลวสหอะาิีึืุูเแโใไำ่้๊๋์ๆ", *"abc <>&\"'", "\n", "🍎", "\u200d", "\u200b", "\x00", "\r", "๑", "฿"])
_LONG = st.builds(lambda part, times: part * times, st.text(_ALPHABET, min_size=1, max_size=40), st.integers(1, 500))
_WORDS = st.one_of(st.text(_ALPHABET, max_size=60), st.text(max_size=400), _LONG)
_DATES = st.one_of(st.just(""), st.dates().map(str), st.just("พรุ่งนี้"))
_LINKS = ["tel:1300", "https://www.dsd.go.th/สิทธิ?ก=ข", "line://nv/location", "javascript:alert(1)", "http://", "tel:", ""]
_CHOICES = st.builds(
    Choice,
    label=_WORDS,
    kind=st.sampled_from(["say", "postback", "date", "location", "link"]),
    text=st.one_of(st.just(""), _WORDS),
    data=st.one_of(st.just("menu:ask"), _WORDS),
    uri=st.one_of(st.sampled_from(_LINKS), _WORDS),
    first=_DATES,
    last=_DATES,
)
_ROWS = st.builds(Row, _WORDS, st.sampled_from(["body", "heading", "bullet", "amount", "small", "warning"]))
_CARDS = st.builds(
    Card,
    title=_WORDS,
    rows=st.lists(_ROWS, max_size=12).map(tuple),
    buttons=st.lists(_CHOICES, max_size=6).map(tuple),
    tone=st.sampled_from(list(TONES)),
    subtitle=_WORDS,
)
_MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Text, _WORDS, st.lists(_CHOICES, max_size=16).map(tuple)),
    st.builds(Cards, st.lists(_CARDS, max_size=14).map(tuple), alt=_WORDS, choices=st.lists(_CHOICES, max_size=15).map(tuple)),
)
_CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@_CALM
@given(st.lists(_MESSAGES, max_size=4))
def test_any_message_becomes_something_line_takes(messages: list[Message]) -> None:
    for batch in batches(messages):
        assert 1 <= len(batch) <= 5
        assert [problem for message in batch for problem in problems(message)] == []


@settings(_CALM, max_examples=15)
@given(_MESSAGES)
def test_the_official_sdk_reads_every_body_and_writes_it_back_the_same(message: Message) -> None:
    for batch in batches([message]):
        body = {"replyToken": "t", "messages": batch, "notificationDisabled": False}
        assert ReplyMessageRequest.from_dict(body).to_dict() == body


@_CALM
@given(_WORDS, st.integers(1, 50))
def test_text_is_cut_into_fitting_parts_and_nothing_but_blanks_is_lost(text: str, limit: int) -> None:
    parts = list(pieces(text, limit))
    assert all(part.strip() for part in parts)
    assert all(utf16(part) <= max(limit, 2) for part in parts)  # one emoji needs two
    assert "".join("".join(parts).split()) == "".join(text.split())


@_CALM
@given(_WORDS, st.integers(1, 40))
def test_shortened_words_fit_and_say_that_they_were_cut(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert graphemes(short) <= limit
    assert short == text or short.endswith("…")
    assert utf16(shorten_units(text, limit + 2)) <= limit + 2


def _texts(*messages: Message) -> list[str]:
    return [message["text"] for message in render(messages)]


def test_thai_text_is_cut_between_words_even_without_blanks() -> None:
    sentence = "ผู้สูงอายุที่มีสัญชาติไทยได้รับเบี้ยยังชีพทุกเดือน"
    first, second = _texts(Text(sentence * 110))[:2]
    assert utf16(first) <= 5_000
    assert any((first + second).startswith(sentence * n) for n in (1,))
    words = ["ผู้สูงอายุ", "ที่", "มี", "สัญชาติ", "ไทย", "ได้รับ", "เบี้ยยังชีพ", "ทุก", "เดือน"]
    assert any(second.startswith(word) for word in words)


def test_a_vowel_or_tone_mark_is_never_torn_from_its_letter() -> None:
    assert all(not part.startswith(("่", "้", "ี", "ู", "ำ")) for part in pieces("ที่นี่มีผู้รู้ทำ" * 40, 7))


def test_text_breaks_at_a_paragraph_rather_than_inside_one() -> None:
    assert _texts(Text("ก" * 3_000 + "\n\n" + "ข" * 3_000)) == ["ก" * 3_000, "ข" * 3_000]


def test_an_emoji_counts_as_two() -> None:
    assert len(_texts(Text("🍎" * 2_500))) == 1
    assert len(_texts(Text("🍎" * 2_501))) == 2


def test_quick_replies_stand_on_the_last_message_only_and_the_latest_come_first() -> None:
    call, yes = Choice("โทร 1300", "link", uri="tel:1300"), Choice("ใช่", "say")
    made = render([Text("อันตราย", (call,)), Text("ปลอดภัยไหม", (yes,)), Text("ค่ะ")])
    assert ["quickReply" in message for message in made] == [False, False, True]
    assert [item["action"]["label"] for item in made[-1]["quickReply"]["items"]] == ["ใช่", "โทร 1300"]


def test_no_more_than_thirteen_quick_replies() -> None:
    (made,) = render([Text("เลือก", tuple(Choice(f"ข้อ {n}", "say") for n in range(20)))])
    assert len(made["quickReply"]["items"]) == 13


def test_a_long_label_is_shortened_but_what_it_says_is_not() -> None:
    label = "ศูนย์ช่วยเหลือสังคมประจำตำบลแม่ข้าวต้ม"
    (made,) = render([Text("เลือก", (Choice(label, data="centre:1"),))])
    action = made["quickReply"]["items"][0]["action"]
    assert graphemes(action["label"]) == 20
    assert action["label"].endswith("…")
    assert action["displayText"] == label


def _only_action(choice: Choice) -> dict[str, Any]:
    (made,) = render([Text("เลือก", (choice,))])
    return dict(made["quickReply"]["items"][0]["action"])


def test_data_line_would_refuse_becomes_words_that_mean_the_same() -> None:
    assert _only_action(Choice("ใช่", data="x" * 301)) == {"type": "message", "label": "ใช่", "text": "ใช่"}


def test_the_date_picker_opens_on_the_latest_day() -> None:
    picker = _only_action(Choice("วันเกิด", "date", data="born", first="1920-01-01", last="2026-11-22"))
    assert picker == {
        "type": "datetimepicker",
        "label": "วันเกิด",
        "data": "born",
        "mode": "date",
        "initial": "2026-11-22",
        "min": "1920-01-01",
        "max": "2026-11-22",
    }


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "http://", "tel:", "", "ftp://x.org/a", "https://" + "a" * 1_000])
def test_a_link_that_leads_nowhere_safe_is_not_offered(uri: str) -> None:
    assert render([Text("ดู", (Choice("เปิด", "link", uri=uri),))]) == [{"type": "text", "text": "ดู"}]


def test_thai_addresses_are_percent_encoded() -> None:
    assert (
        _only_action(Choice("เปิด", "link", uri="https://x.go.th/สิทธิ"))["uri"]
        == "https://x.go.th/%E0%B8%AA%E0%B8%B4%E0%B8%97%E0%B8%98%E0%B8%B4"
    )


def test_a_card_wraps_every_text_and_keeps_its_words_whole() -> None:
    card = Card(
        "เบี้ยยังชีพ",
        (Row("เดือนละ 700 บาท", "amount"), Row("บัตรประชาชน", "bullet")),
        (Choice("ดูวิธีขอรับเงินที่เทศบาลใกล้บ้านของคุณยาย", data="x"),),
        "yes",
    )
    (made,) = render([Cards((card,), "ผลการเช็ก")])
    texts = list(_components(made["contents"], "text"))
    assert all(text["wrap"] for text in texts)
    assert card.buttons[0].label in [text["text"] for text in texts]


def test_a_map_button_on_a_card_moves_to_the_quick_replies() -> None:
    (made,) = render([Cards((Card("ที่อยู่", buttons=(Choice("ส่งตำแหน่ง", "location"),)),), "ที่อยู่")])
    assert made["quickReply"]["items"][0]["action"] == {"type": "location", "label": "ส่งตำแหน่ง"}
    assert "footer" not in made["contents"]


def test_a_card_too_big_for_one_bubble_is_told_in_several_with_all_its_rows() -> None:
    rows = tuple(Row(f"{n} " + "ก" * 1_500) for n in range(30))
    made = render([Cards((Card("เอกสาร", rows, (Choice("ต่อไป", data="n"),)),), "เอกสาร")])
    bubbles = [bubble for message in made for bubble in message["contents"].get("contents", [message["contents"]])]
    told = [text["text"] for bubble in bubbles for text in _components(bubble["body"], "text")]
    assert told == [row.text for row in rows]
    assert all(size(bubble) <= 28 * 1024 for bubble in bubbles)
    assert ["footer" in bubble for bubble in bubbles].count(True) == 1


def test_fifteen_cards_become_two_carousels() -> None:
    made = render([Cards(tuple(Card(f"สิทธิที่ {n}") for n in range(15)), "สิทธิ")])
    assert [len(message["contents"]["contents"]) for message in made] == [12, 3]


def test_a_message_without_words_is_left_out() -> None:
    assert render([Text(" \n"), Cards((), ""), Cards((Card(""),), "")]) == []


def test_cards_without_content_are_told_as_text() -> None:
    assert render([Cards((), "ยังไม่มีผล")]) == [{"type": "text", "text": "ยังไม่มีผล"}]


def _components(part: Any, kind: str) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for item in part for found in _components(item, kind)]
    if not isinstance(part, dict):
        return []
    return ([part] if part.get("type") == kind else []) + [found for value in part.values() for found in _components(value, kind)]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrasts(part: Any, ground: str) -> list[float]:
    if not isinstance(part, dict):
        return []
    ground = part.get("backgroundColor", ground)
    own = []
    if part.get("type") == "text":
        dark, light = sorted((_luminance(part["color"]), _luminance(ground)))
        own = [(light + 0.05) / (dark + 0.05)]
    inner = [part.get(key) for key in ("header", "body", "footer")] + list(part.get("contents", []))
    return own + [ratio for child in inner for ratio in _contrasts(child, ground)]


@pytest.mark.parametrize("tone", list(TONES))
def test_every_text_on_a_card_has_readable_contrast(tone: Any) -> None:
    rows = tuple(Row("คำ", style) for style in ("body", "heading", "bullet", "amount", "small", "warning"))
    card = Card("หัว", rows, (Choice("หนึ่ง", "say"), Choice("สอง", "say")), tone, "รอง")
    (made,) = render([Cards((card,), "alt")])
    ratios = _contrasts(made["contents"], "#FFFFFF")
    assert len(ratios) == 11
    assert min(ratios) >= 4.5


def test_tones_differ_from_each_other_and_from_the_warning() -> None:
    colours = [tone.strong for tone in TONES.values()] + [WARNING.strong]
    assert all(a != b for a, b in pairwise(sorted(colours)))
