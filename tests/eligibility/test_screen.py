"""What a screening says to whom, and why."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from builders import (
    FACTS,
    TODAY,
    all_,
    amount,
    any_,
    bands,
    base,
    fact,
    not_,
    officer,
    payment,
    ratio,
    rule,
    some_member,
    test,
    version,
    words,
)

from bot.eligibility.household import Household
from bot.eligibility.screen import screen
from bot.eligibility.tree import Choose, Deadline, Place
from bot.eligibility.values import Interval, OneOf, Some, Unknown
from bot.eligibility.verdict import Need, Verdict

OLD = rule(
    "old",
    version(all_(test("age_years", "at_least", 60), test("nationality", "is", "thai")), bands("age_years", (60, 69, 600), (70, None, 700))),
)


def one(made: Any, member: dict[str, Any], today: date = TODAY, facts: dict[str, Any] | None = None, **others: Any) -> Verdict:
    complete = others.pop("complete", True)
    household = Household(facts or {}, {"self": member, **others}, complete)
    return next(verdict for verdict in screen(base(made), household, today) if verdict.member in ("self", "household"))


def test_person_aged_60_gets_the_amount_of_the_age_band() -> None:
    verdict = one(OLD, {"age_years": 60, "nationality": "thai"})
    assert verdict.status == "eligible"
    assert verdict.amount is not None
    assert (verdict.amount.low, verdict.amount.high) == (600, 600)


def test_an_age_between_two_bands_gives_a_range() -> None:
    verdict = one(OLD, {"age_years": Interval(68, 72), "nationality": "thai"})
    assert verdict.amount is not None
    assert (verdict.amount.low, verdict.amount.high) == (600, 700)


def test_person_aged_59_is_told_the_age_limit_and_the_birthday() -> None:
    verdict = one(OLD, {"birth_date": date(1967, 3, 3), "nationality": "thai"})
    assert verdict.status == "ineligible"
    assert [reason.fact for reason in verdict.because] == ["age_years"]
    assert (verdict.changes_on, verdict.changes_to) == (date(2027, 3, 3), "eligible")


def test_the_next_band_is_a_change_too() -> None:
    verdict = one(OLD, {"birth_date": date(1957, 1, 31), "nationality": "thai"})
    assert (verdict.changes_on, verdict.changes_to) == (date(2027, 1, 31), "eligible")


def test_an_age_in_years_gives_the_earliest_possible_day() -> None:
    verdict = one(OLD, {"age_years": 58, "nationality": "thai"})
    assert verdict.changes_on == date(2027, 11, 23)


def test_nationality_not_known_is_missing() -> None:
    verdict = one(OLD, {"age_years": 70})
    assert verdict.status == "unknown"
    assert verdict.missing == (Need("self", "nationality"),)


def test_no_reason_is_missing_where_nothing_can_change_the_no() -> None:
    verdict = one(OLD, {"age_years": 20, "nationality": Unknown.DECLINED})
    assert (verdict.status, verdict.missing) == ("ineligible", ())


def test_every_possible_answer_agreeing_decides_without_asking() -> None:
    assert one(rule("r", any_(test("age_years", "under", 20), test("age_years", "at_least", 20))), {}).status == "eligible"
    either = any_(test("sex", "in", frozenset({"female", "male"})), test("sex", "is", "other"))
    assert one(rule("r", either), {"sex": Unknown.DECLINED}).status == "eligible"
    assert one(rule("r", all_(test("age_years", "under", 20), test("age_years", "over", 30))), {}).status == "ineligible"


def test_a_choice_narrowed_down_decides() -> None:
    insured = rule("r", test("insured", "in", frozenset({"s33", "s39"})))
    assert one(insured, {"insured": OneOf(frozenset({"s33", "s39"}))}).status == "eligible"
    assert one(insured, {"insured": OneOf(frozenset({"s40", "none"}))}).status == "ineligible"
    assert one(insured, {"insured": OneOf(frozenset({"s33", "none"}))}).status == "unknown"


def test_an_official_decides_where_the_rest_is_met() -> None:
    made = rule("r", all_(test("age_years", "at_least", 18), officer()))
    assert one(made, {"age_years": 30}).status == "officer"
    assert one(made, {"age_years": 3}).status == "ineligible"
    assert one(made, {}).status == "unknown"
    assert one(rule("r", not_(officer())), {}).status == "officer"
    assert one(rule("r", any_(officer(), test("age_years", "at_least", 18))), {"age_years": 30}).status == "eligible"
    assert one(rule("r", version(test("age_years", "at_least", 18), officer=words("x"))), {"age_years": 30}).status == "officer"


def test_officer_points_for_and_against_do_not_cancel_out() -> None:
    assert one(rule("r", all_(officer("a"), not_(officer("b")))), {}).status == "officer"


CARD = rule("allowance", all_(test("has_disability_card", "is", True, get_first="card"), test("nationality", "is", "thai")))


def test_without_the_card_the_card_comes_first() -> None:
    verdict = one(CARD, {"has_disability_card": False, "nationality": "thai"})
    assert (verdict.status, verdict.first_get) == ("ineligible", ("card",))


def test_nobody_is_sent_for_a_card_that_would_not_help() -> None:
    assert one(CARD, {"has_disability_card": False, "nationality": "stateless"}).first_get == ()


def test_a_card_not_known_is_missing() -> None:
    assert one(CARD, {"nationality": "thai"}).missing == (Need("self", "has_disability_card"),)


@pytest.mark.parametrize("exclusion", [test("is_monk", "is", False, lenient=True), not_(test("is_monk", "is", True, lenient=True))])
def test_a_lenient_condition_counts_in_favour_and_is_named(exclusion: Any) -> None:
    made = rule("r", all_(test("age_years", "at_least", 60), exclusion))
    verdict = one(made, {"age_years": 60})
    assert verdict.status == "eligible"
    assert [reason.fact for reason in verdict.assumed] == ["is_monk"]
    assert one(made, {"age_years": 60, "is_monk": True}).status == "ineligible"
    assert one(made, {"age_years": 60, "is_monk": False}).assumed == ()


def test_a_rule_about_others_is_out_of_scope() -> None:
    made = rule("r", version(test("nationality", "is", "thai")), for_whom=test("age_years", "at_most", 20))
    verdict = one(made, {"age_years": 67})
    assert (verdict.in_scope, verdict.status, verdict.missing) == (False, "ineligible", ())
    unsure = one(made, {"nationality": "thai"})
    assert (unsure.in_scope, unsure.status, unsure.missing) == (True, "unknown", (Need("self", "age_years"),))


def test_what_is_received_is_marked() -> None:
    assert one(OLD, {"receives": frozenset({"old"})}).receiving
    assert one(OLD, {"receives": Some(frozenset({"old"}))}).receiving
    assert not one(OLD, {"receives": Some(frozenset({"card"}))}).receiving


def test_a_witness_in_the_family_decides_even_when_not_everybody_is_named() -> None:
    made = rule("r", some_member(test("age_years", "under", 6), relation="child"))
    found = one(made, {}, complete=False, child1={"age_years": 3})
    assert found.status == "eligible"
    assert [reason.member for reason in found.because] == ["child1"]
    assert one(made, {}, complete=False, child1={"age_years": 30}).missing == (Need("household", "household_size"),)
    assert one(made, {}, complete=True, child1={"age_years": 30}).status == "ineligible"
    assert one(made, {}, complete=True, neighbour={"age_years": 3}).status == "ineligible"


def test_a_bound_on_members_counts_those_who_may_fulfil_it() -> None:
    made = rule("r", some_member(test("age_years", "under", 6), at_least=0, at_most=1))
    assert one(made, {"age_years": 30}, child1={"age_years": 3}, child2={}).status == "unknown"
    assert one(made, {"age_years": 30}, child1={"age_years": 3}, child2={"age_years": 4}).status == "ineligible"
    assert one(made, {"age_years": 30}, child1={"age_years": 3}, child2={"age_years": 40}).status == "eligible"


def test_the_witness_turning_six_is_a_change_for_the_parent() -> None:
    made = rule("r", some_member(test("age_years", "under", 6), relation="child"))
    verdict = one(made, {}, child1={"birth_date": date(2022, 2, 1)})
    assert (verdict.changes_on, verdict.changes_to) == (date(2028, 2, 1), "ineligible")


def test_a_household_rule_has_one_verdict() -> None:
    made = rule("r", test("lost_crops", "is", True), subject="household")
    (verdict,) = screen(base(made), Household({"lost_crops": True}, {"self": {}, "mother": {}}), TODAY)
    assert (verdict.member, verdict.status) == ("household", "eligible")
    (empty,) = screen(base(made), Household(), TODAY)
    assert empty.missing == (Need("household", "lost_crops"),)


def test_the_version_of_the_day_counts_and_the_next_is_announced() -> None:
    adult = version(test("age_years", "at_least", 18), start=date(2020, 1, 1), end=date(2026, 12, 31))
    older = version(test("age_years", "at_least", 20), start=date(2027, 1, 1))
    made = rule("r", adult, older)
    assert one(made, {"birth_date": date(2008, 6, 1)}).changes_on == date(2027, 1, 1)
    assert one(made, {"birth_date": date(2008, 6, 1)}, date(2027, 1, 1)).status == "ineligible"
    assert one(made, {"birth_date": date(1990, 6, 1)}, date(2019, 1, 1)).status == "ineligible"


def test_days_since_an_event_close_a_window() -> None:
    made = rule("r", version(test("lost_job_date", "within_days", 30), deadline=Deadline("lost_job_date", 30, words("x"))))
    verdict = one(made, {"lost_job_date": date(2026, 11, 1)})
    assert (verdict.status, verdict.deadline) == ("eligible", date(2026, 12, 1))
    assert (verdict.changes_on, verdict.changes_to) == (date(2026, 12, 2), "ineligible")


def test_a_share_of_the_wage_is_counted_and_capped() -> None:
    half = payment(50, unit="percent_of_wage")
    made = rule("r", version(test("age_years", "at_least", 15), amount=amount(half, wage_month=15000)))
    found = one(made, {"age_years": 30, "wage_month": 20000}).amount
    assert found is not None
    assert (found.low, found.unit) == (7500, "baht")
    days = rule("r", version(test("age_years", "at_least", 15), payment(30, unit="days_of_wage")))
    unsure = one(days, {"age_years": 30}).amount
    assert unsure is not None
    assert (unsure.low, unsure.unit) == (30, "days_of_wage")


def test_arms_that_may_hold_give_a_range() -> None:
    arms = Choose(((test("disability", "is", True), payment(1000)), (None, payment(800))), Place("f", 1))
    made = rule("r", version(test("age_years", "at_least", 1), arms))
    for member, want in (({}, (800, 1000)), ({"disability": True}, (1000, 1000)), ({"disability": False}, (800, 800))):
        found = one(made, {"age_years": 30, **member}).amount
        assert found is not None
        assert (found.low, found.high) == want


def test_income_per_head_is_unknown_until_the_home_is() -> None:
    made = rule("r", ratio("household_income_year", "household_size", "at_most", 100000))
    facts = {"household_income_year": 180000}
    assert one(made, {}, facts=facts, complete=False).missing == (Need("household", "household_size"),)
    assert one(made, {}, facts={**facts, "household_size": 2}, complete=False).status == "eligible"
    assert one(made, {}, facts=facts, complete=True).status == "ineligible"


def test_the_author_s_words_are_used_and_speak_for_the_whole_branch() -> None:
    told = all_(test("age_years", "at_least", 60), test("nationality", "is", "thai"), because=words("ok"), otherwise=words("not yet"))
    assert [reason.text["th"] for reason in one(rule("r", told), {"age_years": 3}).because] == ["not yet"]
    assert [reason.text["th"] for reason in one(rule("r", told), {"age_years": 63, "nationality": "thai"}).because] == ["ok"]


def test_a_template_words_what_the_author_did_not() -> None:
    templates = {"at_least.fails": {"th": "{fact} < {value}", "en": "{fact} must reach {value}"}}
    (verdict,) = screen(base(OLD), Household({}, {"self": {"age_years": 3}}), TODAY, templates=templates)
    assert verdict.because[0].text["en"] == "age_years must reach 60"


def test_one_reason_is_enough_for_a_no_and_what_can_be_got_comes_first() -> None:
    verdict = one(CARD, {"has_disability_card": False, "nationality": "stateless"})
    assert [reason.fact for reason in verdict.because] == ["has_disability_card"]


def test_a_card_comes_first_even_while_another_fact_is_open() -> None:
    verdict = one(CARD, {"has_disability_card": False})
    assert (verdict.status, verdict.first_get) == ("ineligible", ("card",))


def test_a_day_that_follows_from_years_of_age_is_not_exact() -> None:
    assert not one(OLD, {"age_years": 58, "nationality": "thai"}).changes_exact
    assert one(OLD, {"birth_date": date(1967, 3, 3), "nationality": "thai"}).changes_exact


def test_a_member_who_died_is_out_of_scope_of_what_is_for_the_living() -> None:
    living, funeral = rule("living", test("age_years", "at_least", 60)), rule("funeral", test("died", "is", True))
    rules = base(living, funeral, facts={**FACTS, "died": fact("died", "boolean")})
    household = Household({}, {"mother": {"age_years": 80, "died": True}})
    found = {verdict.entitlement: verdict for verdict in screen(rules, household, TODAY)}
    assert (found["living"].in_scope, found["living"].status) == (False, "ineligible")
    assert found["funeral"].status == "eligible"
