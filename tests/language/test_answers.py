from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.eligibility.tree import Fact, Place
from bot.eligibility.values import to_json
from bot.language.answers import Decline, DontKnow, read_answer, read_yes_no
from bot.language.reading import Asked

FACTS = yaml.safe_load((Path(__file__).parents[2] / "rules" / "facts.yaml").read_text("utf-8"))


def fact(name: str) -> Fact:
    row = FACTS[name]
    bounds = (row["range"][0], row["range"][1]) if "range" in row else None
    choices = {str(key): {} for key in row.get("choices", {})}
    kind, owner = row["type"], row["owner"]
    return Fact(name, kind, owner, row.get("unit"), row["topic"], {}, {}, {}, choices, bounds, 1, False, "one", {}, False, Place("", 1))


def answered(name: str, members: str, text: str) -> object:
    answer = read_answer(text, Asked(name, tuple(members.split())), fact(name), today=date(2026, 11, 22))
    return {f"{s.member}.{s.fact}": to_json(s.value) for s in answer} if isinstance(answer, tuple) else answer


@pytest.mark.parametrize(
    ("name", "members", "text", "expected"),
    [
        ("age_years", "self", "65", {"self.age_years": 65}),
        ("age_years", "self", "หกห้า", {"self.age_years": 65}),
        ("age_years", "self", "6 5", {"self.age_years": 65}),
        ("age_years", "mother", "60 กว่าค่ะ", {"mother.age_years": [60, 69]}),
        ("age_years", "mother", "เกิด 2499", {"mother.birth_year_be": 2499}),
        ("age_years", "self mother", "ผม 40 แม่ 70", {"self.age_years": 40, "mother.age_years": 70}),
        ("age_years", "child1", "ขวบครึ่ง", {"child1.age_months": 18}),
        ("income_month", "self", "ประมาณ 5 พัน", {"self.income_month": 5000}),
        ("income_month", "self", "พันห้า", {"self.income_month": 1500}),
        ("income_month", "self", "ไม่ถึงหมื่น", {"self.income_month": [0, 9999]}),
        ("income_month", "self", "ไม่มี", {"self.income_month": 0}),
        ("insured", "self", "33", {"self.insured": "s33"}),
        ("insured", "self", "บัตรทองค่ะ", {"self.insured": "gold_card"}),
        ("province", "household", "เลยค่ะ", {"household.province": "เลย"}),
        ("province", "household", "อยู่โคราชจ้า", {"household.province": "นครราชสีมา"}),
        ("pregnant", "self", "ค่ะ", {"self.pregnant": True}),
        ("pregnant", "self", "ไม่ได้ท้องค่ะ", {"self.pregnant": False}),
        ("disability", "mother grandmother", "มีแต่แม่", {"mother.disability": True, "grandmother.disability": False}),
        ("disability", "self mother", "ไม่มีใคร", {"self.disability": False, "mother.disability": False}),
        ("has_welfare_card", "self mother", "ทุกคนเลย", {"self.has_welfare_card": True, "mother.has_welfare_card": True}),
        ("has_welfare_card", "self mother", "แม่มี ผมไม่มี", {"mother.has_welfare_card": True, "self.has_welfare_card": False}),
        ("has_disability_card", "mother", "หมดอายุแล้ว", {"mother.has_disability_card": False}),
        ("lost_job_date", "self", "15 ตุลา", {"self.lost_job_date": "2026-10-15"}),
        ("lost_job", "self", "ลาออกเอง", {"self.lost_job": "resigned"}),
        ("sso_months_total", "self", "สองปี", {"self.sso_months_total": 24}),
        ("income_month", "self", "เท่าไรก็ไม่รู้", DontKnow()),
        ("disability", "mother", "don't know", DontKnow()),
        ("debt", "self", "ไม่อยากบอก", Decline()),
        ("debt", "self", "ข้าม", Decline()),
        ("pregnant", "self", "แล้วได้เงินเท่าไหร่คะ", None),
    ],
)
def test_short_answer_is_read_in_the_light_of_the_question(name: str, members: str, text: str, expected: object) -> None:
    assert answered(name, members, text) == expected


@pytest.mark.parametrize(("text", "yes"), [("ค่ะ", True), ("ใช่จ้า", True), ("ไม่ค่ะ", False), ("บ่มี", False), ("yes", True), ("แม่อายุ 72", None)])
def test_yes_and_no_are_told_apart(text: str, yes: bool | None) -> None:
    assert read_yes_no(text) is yes
