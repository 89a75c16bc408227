"""What follows from what was said."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from builders import FACTS, TODAY

from bot.eligibility.derive import scene
from bot.eligibility.household import Household
from bot.eligibility.values import Interval, Value


def derived(
    ref: str, facts: dict[str, Any], *, home: dict[str, Any] | None = None, complete: bool = True, **others: Any
) -> dict[str, Value]:
    return dict(scene(Household(home or {}, {ref: facts, **others}, complete), TODAY, FACTS).people[ref])


@pytest.mark.parametrize(
    ("said", "years"),
    [
        ({"birth_date": date(1966, 11, 22)}, 60),
        ({"birth_date": date(1966, 11, 23)}, 59),
        ({"birth_year_be": 2509}, Interval(59, 60)),
        ({"birth_year_be": 2483}, Interval(85, 86)),
        ({"age_months": 35}, 2),
        ({"birth_year_be": 2509, "birth_date": date(1966, 1, 1)}, 60),
        ({"age_years": 70, "birth_year_be": 2509}, 70),
    ],
)
def test_years_of_age(said: dict[str, Any], years: Value) -> None:
    assert derived("self", said)["age_years"] == years


def test_the_short_year_2483_has_nine_months() -> None:
    assert derived("self", {"birth_year_be": 2483})["birth_date"] == Interval(date(1940, 4, 1), date(1940, 12, 31))
    assert derived("self", {"birth_year_be": 2480})["birth_date"] == Interval(date(1937, 4, 1), date(1938, 3, 31))


def test_an_age_said_last_year_has_moved_on() -> None:
    household = Household({}, {"self": {"age_years": 59}}, said_on={("self", "age_years"): date(2025, 11, 22)})
    assert scene(household, TODAY, FACTS).people["self"]["age_years"] == 60
    half = Household({}, {"self": {"age_years": 59}}, said_on={("self", "age_years"): date(2026, 5, 1)})
    assert scene(half, TODAY, FACTS).people["self"]["age_years"] == Interval(59, 60)


def test_a_daily_wage_bounds_the_month_and_is_never_multiplied_by_thirty() -> None:
    facts = derived("self", {"income_day": 300})
    assert facts["income_month"] == Interval(300, 9300)
    assert derived("self", {"no_income": True})["income_year"] == 0
    assert derived("self", {"income_year": 36000})["income_month"] == 3000


def test_household_income_is_the_sum_when_everybody_s_is_known() -> None:
    assert derived("self", {"income_month": 3000}, spouse={"income_month": 2000})["household_income_month"] == 5000
    assert derived("self", {"income_month": 3000}, child1={"age_years": 7})["income_per_head_month"] == 1500
    assert derived("self", {"income_month": 3000}, mother={})["household_income_month"] == Interval(3000, None)
    assert derived("self", {"income_month": 3000}, complete=False)["household_income_month"] == Interval(3000, None)


def test_what_was_said_wins_over_what_follows() -> None:
    assert derived("self", {"income_month": 3000}, home={"household_income_month": 9000})["household_income_month"] == 9000
    assert derived("self", {}, home={"household_size": 7})["household_size"] == 7


def test_a_grandmother_living_alone_is_a_household_of_one() -> None:
    facts = derived(
        "grandmother", {"lives_alone": True, "income_month": 700}, home={"household_income_month": 50000}, self={"age_years": 30}
    )
    assert (facts["household_size"], facts["household_income_month"]) == (1, 700)


def test_size_is_at_least_the_members_named() -> None:
    assert derived("self", {}, complete=False, child1={})["household_size"] == Interval(2, None)
    assert derived("self", {}, child1={}, friend={})["household_size"] == 2


@pytest.mark.parametrize(
    ("ref", "said", "fact", "value"),
    [
        ("self", {"pregnancy_months": 5}, "pregnant", True),
        ("father", {}, "pregnant", False),
        ("self", {"disability_type": "bedridden_only"}, "bedridden", True),
        ("self", {"disability": False}, "has_disability_card", False),
        ("self", {"has_disability_card": True}, "disability", True),
        ("self", {"student_level": "p4"}, "student", True),
        ("self", {"employment": "student"}, "student", True),
        ("self", {"died_date": date(2026, 1, 1)}, "died", True),
        ("self", {"nationality": "thai"}, "has_id13", True),
        ("self", {"sso_months_total": 5}, "sso_months_last_15", Interval(0, 5)),
        ("self", {"sso_months_total": 0}, "sso_months_last_36", 0),
    ],
)
def test_one_word_says_another(ref: str, said: dict[str, Any], fact: str, value: Value) -> None:
    assert derived(ref, said)[fact] == value


def test_nobody_is_dead_unless_it_is_said() -> None:
    assert derived("mother", {"age_years": 80})["died"] is False
    assert derived("mother", {"died": True})["died"] is True


def test_an_orphan_does_not_live_with_parents_unless_it_is_said() -> None:
    assert derived("child1", {"orphan": True})["lives_with_parents"] is False
    assert derived("child1", {"orphan": True, "lives_with_parents": True})["lives_with_parents"] is True
    assert derived("child1", {"lives_with_parents": True})["orphan"] is False


def test_whoever_has_no_home_is_in_hardship() -> None:
    assert derived("self", {"homeless": True})["hardship"] is True


def test_a_child_has_no_work_and_no_money_of_its_own_unless_it_is_said() -> None:
    child = derived("child1", {"age_years": 8})
    assert (child["insured"], child["debt"], child["income_month"], child["sso_months_total"]) == ("none", False, 0, 0)
    assert derived("child1", {"age_years": 14, "income_month": 500})["income_month"] == 500
    assert "debt" not in derived("child1", {"age_years": 15})


@pytest.mark.parametrize("said", [{"age_years": 9}, {"age_years": 56}, {"sex": "male"}])
def test_a_pregnancy_is_not_thought_of_outside_ten_to_fifty_five_or_of_a_man(said: dict[str, Any]) -> None:
    assert derived("self", said)["pregnant"] is False
    assert "pregnant" not in derived("self", {"age_years": 55})
