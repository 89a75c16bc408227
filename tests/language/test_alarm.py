"""What the alarm must hear, and what it must not take for an alarm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.alarm import Opinion, Reader, grammar_reader, read_alarm, windows
from bot.language.alarm_evaluation import evaluate, rows_of, table, wilson
from bot.language.alarm_grammar import frames
from bot.language.alarm_head import head, score
from bot.language.alarm_lexicon import QUIET
from bot.language.reading import Alarm

FRESH = Path(__file__).parent / "alarm_fresh.jsonl"
HEARD = Path(__file__).parents[2] / "knowledge" / "training" / "alarm_heard.jsonl"
TALK = Path(__file__).parents[1] / "fresh"

# Each look-alike beside the true report that uses the same word.
PAIRS = [
    ("ตีไข่ให้ฟูแล้วใส่แป้ง", "ผัวตีหนู"),
    ("ตื่นตีสามทุกวันไปขายของ", "พ่อตีน้องสามครั้งแล้ว"),
    ("เจ็บตีนมาก เดินไม่ไหว", "พ่อตีน้องทุกวัน"),
    ("ก๋วยเตี๋ยวอร่อยจัง", "ครูตีนะคะ ลูกเป็นรอย"),
    ("ปาร์ตี้ปีใหม่ที่ศาลากลาง", "โดนตีมานานแล้ว"),
    ("เพื่อนตบมุกขำมาก", "แฟนตบหนู"),
    ("ลูกเล่นฟุตบอลให้โรงเรียน", "สามีตบดิฉันล้มเลย"),
    ("ต่อยอดอาชีพหลังอบรม", "พ่อเลี้ยงต่อยแม่"),
    ("ผึ้งต่อยลูกหน้าบวม", "โดนแฟนต่อยหน้าบวม"),
    ("ซ้อมวิ่งตอนเช้า", "โดนซ้อมตอนเช้า"),
    ("พ่อซ่อมรถให้ผม", "พ่อซ้อมผม"),
    ("ฆ่าเวลารอคิว", "เขาจะฆ่าฉัน"),
    ("ขอน้ำยาฆ่าเชื้อหลังน้ำท่วม", "มันขู่ฆ่าหนู"),
    ("แทงหวยไม่เคยถูก", "โดนแทง"),
    ("ยิงฟันถ่ายรูป", "โดนยิง"),
    ("น้ำท่วมขังหน้าบ้าน", "โดนขังในห้อง"),
    ("ถูกหวยสองพัน", "ถูกสามีทุบตี"),
    ("โดนใบสั่งสองใบ", "โดนทำร้าย"),
    ("เหนื่อยจะตายกว่าจะได้คิว", "เหนื่อยมาก อยากตาย"),
    ("หิวจะตายแล้ว", "หนูไม่อยากมีชีวิตอยู่แล้ว"),
    ("ละครเมื่อคืนพระเอกตบนางเอก", "ดูละครจบผัวก็มาตบหนู"),
    ("ข่มขืนมีโทษกี่ปีครับ", "หนูโดนข่มขืน"),
    ("ทำรายงานเรื่องค้ามนุษย์ ขอข้อมูล", "โดนหลอกมาทำงาน ยึดพาสปอร์ตไม่ให้ออก"),
    ("ท้องเสียทั้งคืน", "หนูท้อง อยู่ ม.3 ไม่กล้าบอกแม่"),
    ("ท้อง 5 เดือน สมัครเงินเด็กแรกเกิดได้ไหม", "ท้อง 5 เดือน แฟนไม่รับ ยังเรียนอยู่ ไม่กล้าบอกพ่อ"),
    ("เงินหายไปจากบัญชี", "ลูกหายไปสองวันแล้ว"),
    ("ลูกเตะบอลกับพ่อทุกเย็น", "ลูกชายเตะพ่อล้มเลย"),
    ("แม่หอมแก้มหนูก่อนนอน", "ลุงจับนมหนูตอนนอน"),
    ("สามีไม่เคยตีฉันเลย", "สามีตีฉันอีกแล้ว"),
    ("สามีไม่เคยทำร้ายเลย", "สามีทำร้ายหนู"),
    ("ลูกไม่ได้โดนครูตี แค่โดนดุ", "ลูกโดนครูตี"),
    ("ช่วยด้วยค่ะ กรอกแบบฟอร์มไม่เป็น", "ช่วยด้วยค่ะ"),
    ("ยายลื่นล้มหัวแตก เย็บแล้ว", "ยายโดนลูกตีหัวแตก"),
    ("ยาความดันหมดแผงแล้ว หมอสั่งวันละเม็ด รับที่ไหน", "กินยาหมดแผงแล้ว ลาก่อน"),
]


@pytest.mark.parametrize(("lookalike", "report"), PAIRS)
def test_a_figure_of_speech_is_not_raised_and_the_true_report_beside_it_is(lookalike: str, report: str) -> None:
    assert read_alarm(lookalike).level != "raise"
    assert read_alarm(report).level == "raise"


@pytest.mark.parametrize(
    ("text", "kind", "subject"),
    [
        ("ผัวตีหนูทุกคืน", "violence_domestic", "self"),
        ("ข้างบ้านตีเมียทุกคืน", "violence_domestic", "other"),
        ("พ่อตีหนูด้วยเข็มขัด หนูกลัว", "violence_child", "self"),
        ("หลานโดนแม่มันตีจนเขียว", "violence_child", "other"),
        ("ลูกชายตบยายเอาเงินเบี้ย", "elder_abuse", "other"),
        ("น้องออทิสติกโดนพี่เลี้ยงตี", "disability_abuse", "other"),
        ("หนูโดนลุงลวนลาม", "sexual", "self"),
        ("ไม่อยากอยู่แล้ว อยากตาย", "suicide_selfharm", "self"),
        ("เพื่อนบอกว่าอยากตาย", "suicide_selfharm", "other"),
        ("เขายึดพาสปอร์ตไม่ให้ออก", "trafficking", "self"),
        ("เด็กอายุ 12 แบกปูนทุกวัน ไม่ได้เรียนหนังสือ", "child_labour", "other"),
        ("หนูท้องไม่กล้าบอกแม่", "unready_pregnancy", "self"),
        ("ทิ้งยายไว้คนเดียวไม่มีข้าวกิน", "neglect_abandonment", "other"),
        ("ลูกสาวหายออกจากบ้านสองวันแล้ว", "missing_person", "other"),
        ("แฟนเก่ามาดักรอหน้าบ้าน ขู่ไม่หยุด", "stalking_threat", "self"),
        ("แฟนเก่าขู่ปล่อยคลิป", "online_sexual_exploitation", "self"),
    ],
)
def test_the_kind_and_the_one_who_suffers_are_named(text: str, kind: str, subject: str) -> None:
    alarm = read_alarm(text)
    assert (alarm.level, alarm.kind, alarm.subject) == ("raise", kind, subject)


@pytest.mark.parametrize("text", ["ช่วยด้วย", "มันถือมีดอยู่หน้าห้อง", "เขาบีบคอหนู", "โดนขังในห้อง", "กินยาหมดแผงแล้ว ลาก่อน", "help me"])
def test_life_in_danger_now_is_severity_one(text: str) -> None:
    alarm = read_alarm(text)
    assert (alarm.level, alarm.severity) == ("raise", 1)


@pytest.mark.parametrize(
    "text", ["ผัว ตี หนู", "ผัวตีหนูววว", "โดนผัวซ้อมมมมม", "ข่ม ขืน หนู", "ผัวทำรายหนู", "ถูกสามีทำร้ายรางกาย", "เเฟนตบหนู", "โดน\u200bซ้อม"]
)
def test_spaces_stretched_letters_and_lost_tones_hide_nothing(text: str) -> None:
    assert read_alarm(text).level != "none"


@pytest.mark.parametrize("text", ["my husband beats me", "i want to die", "he has a knife", "boss took my passport i cannot leave"])
def test_english_is_heard(text: str) -> None:
    assert read_alarm(text).level != "none"


@pytest.mark.parametrize("text", ["หิวข้าว ไม่มีเงิน", "ตกงานสามเดือนแล้ว", "แม่ป่วยเป็นมะเร็ง", "ยายอายุ 72 ได้เบี้ยเท่าไหร่", "สวัสดีค่ะ", "ขอบคุณครับ", "65"])
def test_hardship_and_small_talk_do_not_raise(text: str) -> None:
    assert read_alarm(text).level != "raise"


@pytest.mark.parametrize("text", ["ไม่รู้จะอยู่ไปทำไม", "สิ้นหวังมาก", "ไม่ไหวแล้วชีวิต"])
def test_hopelessness_is_at_least_asked_about(text: str) -> None:
    assert read_alarm(text).level != "none"


def test_earlier_bubbles_are_read_together_with_the_last() -> None:
    alarm = read_alarm("ถือมีด", before=["ช่วยด้วย", "เขากลับมาแล้ว"])
    assert (alarm.level, alarm.severity) == ("raise", 1)


def test_an_innocent_bubble_after_others_stays_innocent() -> None:
    assert read_alarm("ยายอายุ 70", before=["สวัสดีค่ะ", "อยากถามเบี้ยคนแก่"]).level != "raise"


def test_a_danger_in_the_middle_of_a_very_long_message_is_found() -> None:
    calm = "อยากถามเรื่องเบี้ยผู้สูงอายุของยายที่อยู่เชียงรายค่ะ " * 30
    assert read_alarm(calm + "ตอนนี้โดนสามีซ้อม " + calm).level == "raise"


def test_windows_leave_nothing_out() -> None:
    text = "".join(chr(0x4E00 + n) for n in range(4321))
    assert set("".join(windows(text))) == set(text)
    assert list(windows("")) == [""]


def _broken(_: str) -> Opinion:
    raise RuntimeError("broken")


def test_a_failing_reader_counts_as_a_check() -> None:
    assert read_alarm("สวัสดี", readers=(grammar_reader, _broken)).level == "check"


def test_a_failing_reader_never_softens_the_other() -> None:
    assert read_alarm("ผัวตีหนู", readers=(_broken, grammar_reader)).level == "raise"


def test_all_readers_failing_is_a_raise() -> None:
    assert read_alarm("สวัสดี", readers=(_broken, _broken)).level == "raise"


def test_either_reader_may_raise_alone() -> None:
    def sure(_: str) -> Opinion:
        return Opinion(Alarm("raise", 2, "sexual", "self"), {"sexual": 1.0}, -1.0)

    readers: tuple[Reader, ...] = (grammar_reader, sure)
    assert read_alarm("สวัสดี", readers=readers).level == "raise"
    assert read_alarm("ผัวตีหนู", readers=(grammar_reader, lambda _: Opinion(Alarm()))).level == "raise"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_a_reader(text: str) -> None:
    assert "reader failed" not in read_alarm(text).why


def test_messages_kept_for_evaluation_only_are_heard() -> None:
    """Written by somebody who had not seen the readers, half of them mere hints; nothing here is in the training set."""
    shares = {share.name: share for share in evaluate(rows_of(FRESH))}
    assert shares["recall (check or raise)"].value >= 0.82
    assert shares["recall, severity 1-2"].value >= 0.91
    assert shares["false raise"].value <= 0.03
    assert shares["false check"].value <= 0.08
    assert shares["kind right"].value >= 0.55
    assert "recall" in table(list(shares.values()))


@pytest.mark.slow
def test_nothing_kept_for_evaluation_is_in_the_training_set() -> None:
    """Nor anything like it: no message may share most of its runs of four letters with one that was learned from."""
    trained = [_runs(json.loads(line)["text"]) for line in HEARD.read_text("utf-8").splitlines()]
    near = [row.text for row in rows_of(FRESH) if any(_alike(_runs(row.text), other) for other in trained)]
    assert near == []


def _runs(text: str) -> frozenset[str]:
    letters = "".join(text.split())
    return frozenset(letters[at : at + 4] for at in range(max(1, len(letters) - 3)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.6 * len(one | other)


def test_messages_of_earlier_rounds_stay_heard() -> None:
    rows = [json.loads(line) for line in HEARD.read_text("utf-8").splitlines()]
    dangers = [row for row in rows if row["kind"] != "none"]
    calm = [row for row in rows if row["kind"] == "none"]
    assert sum(read_alarm(row["text"]).level != "none" for row in dangers) >= 0.97 * len(dangers)
    assert all(read_alarm(row["text"]).level != "none" for row in dangers if row["severity"] == 1)
    assert sum(read_alarm(row["text"]).level == "raise" for row in calm) <= 0.02 * len(calm)


def _said_by_us() -> list[str]:
    """Names of rights and labels of buttons: people send them back to us with one touch."""
    root = Path(__file__).parents[2]
    names = [yaml.safe_load(path.read_text("utf-8")).get("name", {}) for path in sorted((root / "rules").glob("*/*.yaml"))]
    said = [str(text) for name in names for text in name.values()]
    for language in ("th", "en"):
        said += _labels(yaml.safe_load((root / "knowledge" / "messages" / f"{language}.yaml").read_text("utf-8")), within=False)
    return said


def _labels(messages: dict[str, object], *, within: bool) -> list[str]:
    found = []
    for key, value in messages.items():
        button = within or key == "start" or "button" in str(key)
        if isinstance(value, dict):
            found += _labels(value, within=button)
        elif button:
            found.append(str(value))
    return found


def test_names_of_rights_and_labels_of_buttons_are_no_alarm() -> None:
    said = _said_by_us()
    assert len(said) > 150
    meant = {"I am not safe"}  # that button is one
    assert [text for text in said if len(text) < 60 and "{" not in text and text not in meant and read_alarm(text).level != "none"] == []


@pytest.mark.parametrize(
    "text",
    [
        "ไม่อยากอยู่กรุงเทพแล้ว",
        "ไม่อยากอยู่หอนี้แล้ว",
        "พ่อมันติดคุก แม่หนีไป อยู่กับยาย",
        "พ่อเด็กไม่รับ เลี้ยงลูกเอง ลูก 8 เดือน",
        "หมาโดนตีขาหัก",
    ],
)
def test_wishing_another_place_raising_a_child_alone_and_hurt_animals_are_no_alarm(text: str) -> None:
    assert read_alarm(text).level == "none"


@pytest.mark.parametrize("text", ["เช่าบ้านอยู่ ไม่ไหวแล้วจริงๆ", "เหนื่อยกับชีวิตมาก"])
def test_being_worn_out_is_at_most_asked_about(text: str) -> None:
    assert read_alarm(text).level != "raise"


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(98, 100)
    assert (round(low, 3), round(high, 3)) == (0.930, 0.994)
    assert wilson(0, 0) == (0.0, 1.0)


README_EXAMPLE = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
HARDSHIP = f"""{README_EXAMPLE}
ยายอายุ 76 อยู่คนเดียว ลูกไปทำงานกรุงเทพหมด
สามีเสียปีที่แล้ว เลี้ยงลูกสองคนคนเดียว
แม่ติดเตียงมาสามปี หนูลาออกมาดูแล
ตกงานมาครึ่งปี หนี้ท่วมหัว ผ่อนไม่ไหวแล้ว
เจ้าของห้องจะให้ออกสิ้นเดือน ไม่มีที่ไป
น้ำท่วมบ้านหมดเลย ช่วยด้วยค่ะ ไม่มีเงินซ่อม
ไฟไหม้บ้าน เหลือแต่ตัว
ท้อง 6 เดือน อายุ 23 แฟนขับวิน ฝากครรภ์ที่ไหนดี
ท้องแฝด อายุ 31 มีประกันสังคม ม.33
ลูกเป็นออทิสติก 7 ขวบ ยังพูดไม่ได้
ลูกชายป่วยซึมเศร้า กินยาตามหมอนัด ขอบัตรคนพิการได้ไหม
เพิ่งออกจากเรือนจำ ไม่มีบัตรประชาชน
คนลาวค่ะ มีลูกเกิดไทย ยังไม่ได้แจ้งเกิด
นายจ้างค้างค่าแรงสองเดือน
แม่มันไปทำงานระยอง ทิ้งหลานไว้ให้ยายเลี้ยงสองคน
หลานกำพร้า พ่อแม่รถชนตาย ย่าเลี้ยง
อายุ 17 ออกจากโรงเรียนแล้ว ทำงานปั๊มวันละสามร้อย
เป็นใบ้ พูดไม่ได้ อายุ 26 ทำงานโรงงาน
ทำนาบ่ไหวแล้ว อายุเจ็ดสิบห้า บ่มีลูกบ่มีเมีย
ไม่กล้าบอกเมียว่าตกงาน
กลัวแม่ไม่ได้เบี้ย
เงินเด็กแรกเกิดลงทะเบียนทันป่าว
แม่หมดสติเพราะน้ำตาลต่ำ ตอนนี้อยู่โรงพยาบาล
ยายตกบันไดสะโพกหัก นอนติดเตียง
พ่อตาบอด แม่หูหนวก หนูเรียน ม.4
สามีติดคุก หนูเลี้ยงลูกแฝดคนเดียว
อยู่เพิงสังกะสี หลังคารั่ว ฝนตกเปียกหมด
my mother is 80 and blind, we have no income
I lost my job, help me please with the unemployment money"""
SHORT = """ผู้ชายครับ
ผู้หญิงค่ะ
3 คน
ไม่มี
ตายแล้ว
เสียแล้วค่ะ
ผัวตาย
แก่แล้ว
แยกกันอยู่
เลิกกันแล้ว
อยู่กับยาย
อยู่คนเดียว
ตกงาน
โดนไล่ออก
ไม่มีรายได้
วันละสามร้อย
ตาบอด
ติดเตียง
ท้อง 5 เดือน
ไม่รู้
จำไม่ได้
ม.3
ป.5
65
หม้าย
ติดคุก
บ้านเช่า
ไม่ได้เรียน
ข้ามค่ะ
ไม่อยากตอบ
ขอคุยกับคน
ลบข้อมูลหนูด้วย
I want to talk to a person
skip
เหนื่อย
งง"""


@pytest.mark.parametrize("text", [*HARDSHIP.splitlines(), *SHORT.splitlines()])
def test_a_person_who_tells_of_hardship_or_answers_briefly_is_simply_helped(text: str) -> None:
    assert read_alarm(text).level == "none"


@pytest.mark.parametrize(
    "text",
    [
        "เบี้ยผู้สูงอายุของแม่เดือนนี้เข้าหรือยังคะ ลูกชายเขาตบแม่แล้วเอาบัตรไป",
        "อยากถามเงินเด็กแรกเกิด ลูกสี่เดือน แล้วผัวก็ชอบตบตีหนู",
        "ตกงาน หนี้เยอะ ไม่มีเงินเลย อยากตาย",
        "แม่ตาบอดอยู่กับหลาน หลานโดนลุงจับหน้าอก",
        "ขอบัตรคนพิการให้น้อง น้องโดนล่ามโซ่อยู่หลังบ้าน",
        "ถ้าย้ายทะเบียนบ้านเงินลูกยังได้ไหม หนูหนีผัวมา เขาขู่ฆ่า",
        "พ่อเป็นอัลไซเมอร์ ได้เบี้ยพิการไหม แล้วตอนนี้เดินหายไปตั้งแต่เช้า",
    ],
)
def test_danger_inside_a_question_about_benefits_is_heard(text: str) -> None:
    assert read_alarm(text).level == "raise"


@pytest.mark.parametrize(
    ("adult", "girl"),
    [
        ("อายุ 22 ท้อง 4 เดือน ขอเงินเด็กยังไง", "อายุ 14 ท้อง 4 เดือน ทำยังไงดี"),
        ("ท้อง 5 เดือน ยังเรียนมหาลัยอยู่ อายุ 20", "อายุ 16 ท้อง ยังไม่กล้าบอกแม่"),
    ],
)
def test_an_adults_pregnancy_is_no_alarm_a_girls_is(adult: str, girl: str) -> None:
    assert read_alarm(adult).level == "none"
    assert (read_alarm(girl).level, read_alarm(girl).severity) == ("raise", 3)


def test_ordinary_talk_nobody_tuned_on_is_left_in_peace() -> None:
    texts = [
        json.loads(line)["text"] for name in ("answers", "wishes") for line in (TALK / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    levels = [read_alarm(text).level for text in texts]
    assert "raise" not in levels
    assert levels.count("check") <= len(levels) * 0.015


def test_every_frame_stands_on_a_word_that_is_looked_at() -> None:
    for frame in frames():
        loud = any(not set(names) & QUIET for names, _ in frame.row)
        assert loud or (frame.also and not frame.also & QUIET), frame.id


def test_a_head_of_nothing_known_scores_its_bias() -> None:
    trained = head()
    assert score("", trained).danger <= trained.check_at


@pytest.mark.parametrize("text", ["เบี้ยคนแก่แม่หายไป 2 เดือนแล้ว ไปถามใคร", "เงินเด็กลูกหายไปสองเดือนแล้ว", "เบี้ยพิการยายหายไปงวดนึง"])
def test_an_allowance_that_did_not_come_is_no_missing_person(text: str) -> None:
    assert read_alarm(text).level == "none"


@pytest.mark.parametrize("text", ["เงินหาย แม่ก็หายไป 2 วันแล้ว", "แม่หายไปพร้อมเงิน 3 วันแล้ว", "ลูกสาวหายออกจากบ้าน 2 วันแล้ว บัตรก็ไม่ได้เอาไป"])
def test_a_missing_person_is_heard_beside_missing_money(text: str) -> None:
    assert read_alarm(text).level == "raise"
