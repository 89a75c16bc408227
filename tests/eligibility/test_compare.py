"""What an edit changes: the very people on whom the new limit falls, and nobody when only words or lines move."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from bot.cli_diff import run_population, run_rules_diff
from bot.content import rules_folder
from bot.eligibility.compare import Judged, judge_edit
from bot.eligibility.load import contents_of
from bot.eligibility.population import PopulationError
from bot.language.places import province_names

TODAY = date(2026, 11, 23)
FILE = "older/old-age-allowance.yaml"
RIGHT = "old-age-allowance"


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes | str]:
    return contents_of(rules_folder())


def edited(contents: dict[str, bytes | str], old: str, new: str) -> bytes:
    found = contents[FILE]
    assert isinstance(found, bytes)
    assert old.encode() in found
    return found.replace(old.encode(), new.encode())


def judged(contents: dict[str, bytes | str], old: str, new: str) -> Judged:
    return judge_edit(contents, "rules", FILE, edited(contents, old, new), province_names(), TODAY, 150)


def test_a_later_age_takes_the_right_from_those_between_and_an_example_says_so(contents: dict[str, bytes | str]) -> None:
    found = judged(contents, "age_years: {at_least: 60}", "age_years: {at_least: 62}")
    assert any("turning 60" in error.message_en for error in found.errors)
    assert found.comparison is not None
    assert found.comparison.touched == (RIGHT,)
    (difference,) = found.comparison.differences
    assert set(difference.moves) <= {("eligible", "ineligible"), ("unknown", "ineligible")}
    assert difference.moves["eligible", "ineligible"] > 0
    ages = {case.facts["age_years"] for case in difference.cases}
    assert ages <= {60, 61}


def test_another_amount_is_a_change_too(contents: dict[str, bytes | str]) -> None:
    found = judged(contents, "700", "750")
    assert found.errors == ()
    (difference,) = found.comparison.differences if found.comparison else ()
    assert set(difference.moves) == {("eligible", "eligible")}
    assert {(case.before[1], case.after[1]) for case in difference.cases} == {(700, 750)}


def test_moved_lines_and_comments_change_nothing(contents: dict[str, bytes | str]) -> None:
    found = judged(contents, "id: old-age-allowance", "# a comment\n\nid: old-age-allowance")
    assert found.errors == ()
    assert found.comparison is not None
    assert (found.comparison.touched, found.comparison.differences) == ((), ())


def test_a_broken_edit_is_told_with_its_line_and_compared_with_nothing(contents: dict[str, bytes | str]) -> None:
    found = judged(contents, "age_years: {at_least: 60}", "age_yers: {at_least: 60}")
    assert [(error.line, error.suggestion) for error in found.errors] == [(25, "age_years")]
    assert found.comparison is None


def test_the_command_takes_a_file_by_its_name_or_a_whole_folder(contents: dict[str, bytes | str], tmp_path: Path) -> None:
    file = tmp_path / "old-age-allowance.yaml"
    file.write_bytes(edited(contents, "age_years: {at_least: 60}", "age_years: {at_least: 61}"))
    out = io.StringIO()
    assert run_rules_diff(file, before=rules_folder(), today=TODAY, out=out, number=100) == 1
    assert "eligible -> ineligible" in out.getvalue()
    same = io.StringIO()
    assert run_rules_diff(rules_folder(), before=rules_folder(), today=TODAY, out=same) == 0
    assert same.getvalue() == "nothing reads differently\n"
    assert run_rules_diff(tmp_path, before=rules_folder(), today=TODAY, out=io.StringIO()) == 1


def test_the_population_command_counts_a_table_or_made_up_people(tmp_path: Path) -> None:
    def lines(table: Path | None) -> list[str]:
        out = io.StringIO()
        run_population(table, folder=rules_folder(), people=300, seed=1, today=TODAY, out=out)
        return out.getvalue().splitlines()

    table = tmp_path / "people.csv"
    table.write_text("age_years,nationality,has_pension,state_salary,in_state_institution\n70,thai,false,false,false\n20,thai,,,\n")
    assert f"{RIGHT},1,0,0,1" in lines(table)
    made_up = lines(None)
    assert made_up[0].startswith("300 people")
    assert made_up == lines(None)
    table.write_text("age_yers\n70\n")
    with pytest.raises(PopulationError, match="age_yers"):
        lines(table)
