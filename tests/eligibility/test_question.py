"""Which question comes next, and when there is none."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from builders import TODAY, all_, any_, base, rule, some_member, test, version

from bot.eligibility.household import Household
from bot.eligibility.question import ask_next, next_question, open_questions
from bot.eligibility.tree import RuleBase
from bot.eligibility.values import Unknown
from bot.eligibility.verdict import Need

RULES = base(
    rule("old", all_(test("age_years", "at_least", 60), test("nationality", "is", "thai"), test("has_pension", "is", False))),
    rule(
        "child", all_(test("age_months", "under", 72), test("nationality", "is", "thai"), test("income_per_head_year", "at_most", 100000))
    ),
    rule("card", all_(test("disability", "is", True), test("nationality", "is", "thai"))),
    rule("aids", test("hiv", "is", True), sensitive=True),
)


def asked(household: Household, rules: RuleBase = RULES, **how: Any) -> tuple[str, tuple[str, ...]] | None:
    question = next_question(rules, household, TODAY, **how)
    return None if question is None else (question.fact, question.members)


def test_one_question_serves_all_members_where_the_vocabulary_says_so() -> None:
    household = Household({}, {"self": {"age_years": 65}, "mother": {"age_years": 85}}, complete=False)
    assert asked(household) == ("nationality", ("self", "mother"))


def test_settled_verdicts_ask_nothing() -> None:
    settled = {"age_years": 65, "nationality": "thai", "has_pension": True, "disability": False}
    assert asked(Household({}, {"self": settled})) is None
    assert open_questions(RULES, Household({}, {"self": settled}), TODAY) == 0


def test_what_is_skipped_or_not_known_is_not_asked() -> None:
    member = {"age_years": 30, "nationality": "thai"}
    assert asked(Household({}, {"self": member})) == ("disability", ("self",))
    assert asked(Household({}, {"self": member}), skip=[Need("self", "disability")]) is None
    assert asked(Household({}, {"self": {**member, "disability": Unknown.DONT_KNOW}})) is None


def test_a_derived_fact_is_asked_by_what_it_follows_from() -> None:
    member = {"age_months": 10, "nationality": "thai", "disability": False}
    found = asked(Household({}, {"child1": member}, complete=False))
    assert found in (("household_income_month", ("household",)), ("household_size", ("household",)))


def test_sensitive_rules_are_never_asked_towards_and_sensitive_facts_come_last() -> None:
    rules = base(
        rule("shelter", test("abandoned", "is", True)),
        rule("crops", test("lost_crops", "is", True), subject="household"),
        rule("both", all_(test("abandoned", "is", True), test("has_pension", "is", False))),
        rule("aids", test("hiv", "is", True), sensitive=True),
    )
    household = Household({}, {"self": {"age_years": 40}})
    first = asked(household, rules)
    assert first is not None
    assert first[0] != "abandoned"
    done = Household({"lost_crops": False}, {"self": {"age_years": 40, "has_pension": False}})
    assert asked(done, rules) == ("abandoned", ("self",))
    assert asked(done, rules, consent=False) is None


def test_the_current_topic_is_kept_when_it_is_close() -> None:
    rules = base(
        rule("a", test("pregnant", "is", True)), rule("b", test("has_pension", "is", True)), rule("c", test("disability", "is", True))
    )
    household = Household({}, {"self": {"age_years": 40}})
    assert asked(household, rules, topic="income") == ("has_pension", ("self",))
    assert asked(household, rules, topic="health") in (("pregnant", ("self",)), ("disability", ("self",)))


def test_a_costly_question_gives_way_to_an_easy_one() -> None:
    facts = {**RULES.facts, "pregnant": replace(RULES.facts["pregnant"], cost=5)}
    rules = base(rule("a", any_(test("pregnant", "is", True), test("has_pension", "is", True))), facts=facts)
    assert asked(Household({}, {"self": {"age_years": 40}}), rules) == ("has_pension", ("self",))


def test_what_the_person_receives_is_not_asked_towards() -> None:
    rules = base(rule("card", test("disability", "is", True)))
    assert asked(Household({}, {"self": {"receives": frozenset({"card"})}}), rules) is None


def test_out_of_scope_is_not_asked_towards() -> None:
    rules = base(rule("school", version(test("has_pension", "is", False)), for_whom=test("age_years", "under", 20)))
    assert asked(Household({}, {"self": {"age_years": 67}}), rules) is None


def test_members_not_named_yet_are_asked_by_the_size_of_the_home() -> None:
    young = some_member(test("age_years", "under", 6), relation="child")
    rules = base(rule("kin", young), rule("more", young))  # one right alone is not worth a question that rarely brings a yes
    assert asked(Household({}, {"self": {"age_years": 30}}, complete=False), rules) == ("household_size", ("household",))


def test_asking_and_answering_always_ends() -> None:
    household = Household({}, {"self": {"age_years": 64}, "child1": {}}, complete=False)
    full = {
        "nationality": "thai",
        "has_pension": False,
        "disability": False,
        "age_years": 5,
        "household_size": 2,
        "household_income_month": 9000,
    }
    for _ in range(8):
        question = next_question(RULES, household, TODAY)
        if question is None:
            return
        members = {ref: dict(facts) for ref, facts in household.members.items()}
        facts = dict(household.facts)
        for ref in question.members:
            (facts if ref == "household" else members[ref])[question.fact] = full[question.fact]
        household = Household(facts, members, complete=False)
    pytest.fail("still asking after eight answers")


def test_one_yes_or_no_question_serves_everybody_who_needs_it() -> None:
    rules = base(rule("card", test("disability", "is", True)), rule("aid", test("disability", "is", True)))
    assert asked(Household({}, {"self": {}, "mother": {}, "child1": {}}), rules) == ("disability", ("self", "mother", "child1"))


def test_the_question_and_the_count_are_those_of_the_single_functions_however_often_asked() -> None:
    for household in (Household({}, {"self": {"age_years": 65}}, complete=False), Household({}, {"child1": {"age_months": 10}})):
        for _ in range(2):
            both = ask_next(RULES, household, TODAY)
            assert both == (next_question(RULES, household, TODAY), open_questions(RULES, household, TODAY))


def test_a_remembered_pattern_asks_the_person_at_hand() -> None:
    for ref in ("mother", "father"):
        question = next_question(RULES, Household({}, {ref: {"age_years": 65, "nationality": "thai", "disability": False}}), TODAY)
        assert question is not None
        assert question.members == (ref,)
