"""The JSON of households and verdicts."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from builders import TODAY, all_, bands, base, ratio, rule, test, version

from bot.eligibility.household import Household
from bot.eligibility.screen import screen
from bot.eligibility.values import Interval, OneOf, Some, Unknown
from bot.eligibility.verdict import Question
from bot.eligibility.wire import WireError, household_from_json, inside, on_wire, question_to_json, verdict_to_json

RULES = base(
    rule("old", version(all_(test("age_years", "at_least", 60), test("nationality", "is", "thai")), bands("age_years", (60, None, 600)))),
    rule("poor", ratio("household_income_year", "household_size", "at_most", 100000), subject="household"),
)


def member(facts: dict[str, Any]) -> Any:
    return household_from_json({"members": [{"ref": "self", "facts": facts}]}, RULES).members["self"]


@pytest.mark.parametrize(
    ("fact", "sent", "read"),
    [
        ("age_years", [60, 69], Interval(60, 69)),
        ("age_years", [60, None], Interval(60, None)),
        ("birth_date", "1960-02-03", date(1960, 2, 3)),
        ("nationality", {"one_of": ["thai", "stateless"]}, OneOf(frozenset({"thai", "stateless"}))),
        ("nationality", {"unknown": "declined"}, Unknown.DECLINED),
        ("receives", ["old"], frozenset({"old"})),
        ("receives", {"includes": ["old"]}, Some(frozenset({"old"}))),
        ("pregnant", False, False),
    ],
)
def test_values_are_read(fact: str, sent: Any, read: Any) -> None:
    assert member({fact: sent})[fact] == read


def test_null_is_not_known() -> None:
    assert dict(member({"age_years": None})) == {}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"members": [{"ref": "self", "facts": {"age_yeers": 3}}]}, "did you mean 'age_years'"),
        ({"members": [{"ref": "mothr"}]}, "did you mean 'mother'"),
        ({"members": [{"ref": "self", "facts": {"nationality": "tai"}}]}, "did you mean 'thai'"),
        ({"members": [{"ref": "self", "facts": {"age_years": "old"}}]}, "must be a number"),
        ({"members": [{"ref": "self", "facts": {"age_years": [9, 3]}}]}, "ends before it begins"),
        ({"members": [{"ref": "self", "facts": {"pregnant": "yes"}}]}, "true, false or null"),
        ({"fact": {}}, "did you mean 'facts'"),
        ({"members": {}, "facts": []}, "must be an object"),
        (["self"], "must be an object"),
        ({"members": [{"ref": "self", "facts": {"age_years": float("nan")}}]}, "must be a number"),
        ({"members": [{"ref": "self", "facts": {"age_years": 400}}]}, "must lie in 0..120"),
    ],
)
def test_errors_say_what_was_meant(sent: Any, said: str) -> None:
    with pytest.raises(WireError, match=said):
        household_from_json(sent, RULES)


def test_children_become_members() -> None:
    household = household_from_json({"facts": {"children": [{"age_years": 3}, {"age_months": 5}]}, "members": [{"ref": "self"}]}, RULES)
    assert household.members == {"self": {}, "child1": {"age_years": 3}, "child2": {"age_months": 5}}


def test_the_household_s_income_has_the_plain_name_on_the_wire() -> None:
    household = household_from_json({"facts": {"income_month": 5000}, "members": [{"ref": "self", "facts": {"income_month": 100}}]}, RULES)
    assert household.facts == {"household_income_month": 5000}
    assert household.members["self"] == {"income_month": 100}
    assert (inside("household", "income_year"), on_wire("household", "household_income_year")) == ("household_income_year", "income_year")
    assert household_from_json({"facts": {"income_day": 300}}, RULES).facts == {"household_income_month": Interval(300, 9300)}
    assert household_from_json({"facts": {"no_income": True}}, RULES).facts == {"household_income_month": 0}


def test_facts_find_their_owner() -> None:
    sent = {"facts": {"nationality": "thai"}, "members": [{"ref": "self", "facts": {"province": "ตาก"}}, {"ref": "mother"}]}
    household = household_from_json(sent, RULES)
    assert household.facts == {"province": "ตาก"}
    assert household.members == {"self": {"nationality": "thai"}, "mother": {"nationality": "thai"}}


def test_a_household_is_complete_only_when_it_is_known_to_be() -> None:
    def complete(obj: dict[str, Any]) -> bool:
        return household_from_json({"members": [{"ref": "self"}], **obj}, RULES).complete

    assert not complete({})
    assert complete({"complete": True})
    assert complete({"facts": {"household_size": 1}})
    assert not complete({"facts": {"household_size": 3}})


def test_a_verdict_is_written() -> None:
    household = Household({}, {"self": {"age_years": 61, "nationality": "thai"}}, complete=False)
    old, poor = (verdict_to_json(verdict) for verdict in screen(RULES, household, TODAY))
    assert (old["status"], old["amount"]["min"], old["amount"]["max"], old["amount"]["period"]) == ("eligible", 600, 600, "month")
    assert {reason["fact"] for reason in old["because"]} == {"age_years", "nationality"}
    assert set(old["because"][0]) == {"member", "fact", "holds", "text", "certainty"}
    assert poor["missing"] == [{"member": "household", "fact": "income_month"}, {"member": "household", "fact": "household_size"}]
    assert poor["amount"] is None


def test_a_question_is_written() -> None:
    assert question_to_json(Question("household_income_month", ("household",), 3)) == {"member": "household", "fact": "income_month"}
    assert question_to_json(None) is None
