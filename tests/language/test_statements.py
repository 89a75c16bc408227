from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.eligibility.values import to_json
from bot.language.reading import Asked
from bot.language.statements import read_statements

TODAY = date(2026, 11, 22)
FORMS = yaml.safe_load((Path(__file__).parent / "forms.yaml").read_text("utf-8"))


def said(text: str, asked: Asked | None = None, members: tuple[str, ...] = ()) -> dict[str, object]:
    statements, _ = read_statements(text, today=TODAY, asked=asked, members=members)
    return {f"{s.member}.{s.fact}{'' if s.sure else '?'}{'!' if s.corrects else ''}": to_json(s.value) for s in statements}


@pytest.mark.parametrize(("text", "expected"), [(text, says) for group in FORMS.values() for text, says in group.items()])
def test_form_is_read_as_expected(text: str, expected: dict[str, object]) -> None:
    assert said(text) == expected


def test_bare_number_answers_the_age_that_was_asked() -> None:
    assert said("หกสิบห้า", Asked("age_years", ("mother",))) == {"mother.age_years": 65}


def test_youngest_is_the_last_of_the_children_known() -> None:
    assert said("คนเล็ก 3 ขวบ", members=("self", "child1", "child2")) == {"child2.age_years": 3}


def test_elder_pronoun_means_the_person_known() -> None:
    assert said("แกตาบอด", members=("self", "mother")) == {"mother.disability": True, "mother.disability_type": "visual"}


def test_people_mentioned_without_a_fact_are_named() -> None:
    assert read_statements("อยู่กับหลานสองคน", today=TODAY)[1] == ("grandchild1", "grandchild2")


def test_span_points_into_the_typed_text() -> None:
    text = "เเม่อายุ  ๗๒ ปี"
    (statement,), _ = read_statements(text, today=TODAY)
    assert text[slice(*statement.span)] == "๗๒ ปี"


def test_id_and_telephone_numbers_are_never_facts() -> None:
    assert said("รายได้ 1103702071811 โทร 0812345678") == {}


@pytest.mark.parametrize("piece", ["มกรา", "5", "ลูก 5 ขวบ ", "อยู่เชียง", "1/1/", "อยู่กับหลานสองคน", "ก่"])
def test_hostile_repetition_is_read_to_its_end(piece: str) -> None:
    statements, _ = read_statements((piece * 5000)[:5000], today=TODAY)
    assert len(statements) < 40


def test_eldest_and_youngest_grandchild_keep_their_own_ages() -> None:
    assert said("ยายอยู่กับหลานสองคน หลานคนโต 12 คนเล็ก 9") == {
        "household.household_size?": 3,
        "grandchild1.age_years": 12,
        "grandchild2.age_years": 9,
    }


@pytest.mark.parametrize("known", [("child2",), ("child15",), ("child1", "child3"), tuple(f"child{n}" for n in range(1, 16))])
def test_children_are_counted_whatever_their_numbers_so_far(known: tuple[str, ...]) -> None:
    _, mentioned = read_statements("ลูกสามคน", today=TODAY, members=known)
    assert len(mentioned) == 3
    assert len(read_statements("ลูกห้าสิบคน", today=TODAY, members=known)[1]) <= 15
