"""The population runtime gives everybody the status that the single-person runtime gives."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from builders import TODAY, all_, any_, base, count, fact, not_, officer, ratio, rule, some_member, test, version

from bot.eligibility.household import Household
from bot.eligibility.population import PopulationError, population, runnable, totals
from bot.eligibility.screen import statuses

pytest.importorskip("ibis")
pytest.importorskip("polars")
import ibis
import polars as pl

FLAT = {
    one.name: one
    for one in (
        fact("n"),
        fact("baht", "money"),
        fact("heads"),
        fact("yes", "boolean"),
        fact("ill", "boolean"),
        fact("kind", "choice", choices=("a", "b", "c")),
        fact("day", "date"),
    )
}
SCHEMA = {
    "n": pl.Int64,
    "baht": pl.Float64,
    "heads": pl.Int64,
    "yes": pl.Boolean,
    "ill": pl.Boolean,
    "kind": pl.Enum(["a", "b", "c"]),
    "day": pl.Date,
}
RULES = base(
    rule("simple", all_(test("n", "at_least", 3), test("kind", "in", frozenset("ab")), not_(test("yes", "is", True)))),
    rule("either", any_(ratio("baht", "heads", "at_most", 100), test("kind", "is", "c"), test("n", "under", 2))),
    rule("always", any_(test("n", "under", 3), test("n", "at_least", 3))),
    rule("two", count(2, test("yes", "is", True), test("ill", "is", False), test("n", "over", 4))),
    rule("judged", all_(test("yes", "is", True), any_(officer(), test("n", "at_most", 1)))),
    rule("lenient", all_(test("n", "at_least", 1), test("ill", "is", False, lenient=True))),
    rule("dated", any_(test("day", "within_days", 30), test("day", "since_days", 100))),
    rule("about", version(test("yes", "is", True), officer={"th": "x", "en": "x"}), for_whom=test("kind", "in", frozenset("ac"))),
    rule("over", version(test("yes", "is", True), start=date(2000, 1, 1), end=date(2001, 1, 1))),
    facts=FLAT,
)
rows = st.fixed_dictionaries(
    {
        "n": st.one_of(st.none(), st.integers(0, 6)),
        "baht": st.one_of(st.none(), st.integers(0, 500).map(float)),
        "heads": st.one_of(st.none(), st.integers(1, 5)),
        "yes": st.sampled_from([None, True, False]),
        "ill": st.sampled_from([None, True, False]),
        "kind": st.sampled_from([None, "a", "b", "c"]),
        "day": st.one_of(st.none(), st.integers(-10, 200).map(lambda days: TODAY - timedelta(days=days))),
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=1, max_size=30))
def test_population_equals_one_by_one(people: list[dict[str, Any]]) -> None:
    table = ibis.memtable(pl.DataFrame(people, schema=SCHEMA))
    ibis.set_backend("polars")
    got = population(RULES, table, TODAY, thorough=True).to_polars().to_dicts()
    quick = population(RULES, table, TODAY).to_polars().to_dicts()
    for person, row, plain in zip(people, got, quick, strict=True):
        household = Household({}, {"self": {name: value for name, value in person.items() if value is not None}})
        assert row == {found.item.rule.id: found.status for found in statuses(RULES, household, TODAY)}
        assert all(plain[name] in (row[name], "unknown") for name in row)


def test_a_fact_without_a_column_is_unknown() -> None:
    ibis.set_backend("polars")
    table = ibis.memtable(pl.DataFrame({"n": [1, 5]}))
    assert population(RULES, table, TODAY, only=frozenset({"simple"})).to_polars()["simple"].to_list() == ["ineligible", "unknown"]


def test_counting_members_needs_a_column() -> None:
    rules = base(rule("kin", some_member(test("n", "under", 6))), facts=FLAT)
    ibis.set_backend("polars")
    table = ibis.memtable(pl.DataFrame({"small_children": [0, 2, None]}))
    with pytest.raises(PopulationError, match="kin"):
        population(rules, table, TODAY)
    assert runnable(rules, TODAY) == frozenset()
    counts = {("kin", 0): "small_children"}
    assert totals(rules, table, TODAY, counts=counts) == [
        {"entitlement": "kin", "eligible": 1, "officer": 0, "unknown": 1, "ineligible": 1}
    ]
