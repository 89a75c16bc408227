"""Every file of tests/bad_rules is refused at the line and for the reason its first line names."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from rule_files import FACTS, GOOD, PROVINCES, ROOT, TODAY, read, renamed, write

from bot.eligibility.load import contents_of, load_rulebase, read_contents, read_rulebase
from bot.eligibility.rule_errors import RuleErrors

BAD = sorted(path for path in (ROOT / "tests" / "bad_rules").glob("*.yaml") if path.stem != "good")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_is_refused_at_its_line_for_its_reason(path: Path) -> None:
    text = path.read_bytes()
    line, message = re.match(r"# expect (\d+|any): (.*)", text.decode()).groups()
    errors = read(**{path.stem: text}).errors
    hits = [error for error in errors if message in error.message_en]
    assert hits, [error.english() for error in errors]
    assert line == "any" or int(line) in {error.line for error in hits}, [error.english() for error in hits]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_refusal_is_also_said_in_thai(path: Path) -> None:
    for error in read(**{path.stem: path.read_bytes()}).errors:
        assert re.search("[\u0e00-\u0e7f]", error.message_th)
        assert str(error).startswith(f"rules/older/{path.stem}.yaml:{error.line}: ")


def test_the_rule_that_the_bad_files_are_made_of_is_sound() -> None:
    loaded = read(good=GOOD)
    assert not loaded.errors
    assert set(loaded.base.rules) == {"good"}


def test_all_errors_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "rules", a=renamed("a").replace(b"level: local", b"level: here"), b=renamed("b").replace(b"thai", b"thia"))
    with pytest.raises(RuleErrors) as refused:
        load_rulebase(folder, PROVINCES, TODAY)
    assert {error.file for error in refused.value.errors} == {"rules/older/a.yaml", "rules/older/b.yaml"}
    assert len(refused.value.errors) >= 3


def test_a_bad_file_leaves_the_other_rules_readable() -> None:
    loaded = read(a=renamed("a"), b=b"id: [")
    assert set(loaded.base.rules) == {"a"}


def test_a_keyword_may_call_up_a_few_rights_but_no_list_of_them() -> None:
    files = {name: renamed(name).replace(f"keywords: [{name}]".encode(), b"keywords: [a]") for name in "abcde"}
    assert not read(**{name: text for name, text in files.items() if name != "e"}).errors
    assert [error.message_en for error in read(**files).errors] == [
        "the keyword “a” already calls up too many rights (a, b, c, d); use a more particular one"
    ]


def test_two_files_may_not_hold_the_same_id() -> None:
    contents = {"facts.yaml": FACTS, "older/a.yaml": renamed("a"), "home/a.yaml": renamed("a")}
    errors = read_contents(contents, "rules", PROVINCES).errors
    assert any("also used in" in error.message_en for error in errors)


def test_get_first_in_a_circle_is_refused() -> None:
    def after(name: str, other: str) -> bytes:
        return renamed(name).replace(b"          source: law", f"          source: law\n          get_first: {other}".encode())

    errors = read(a=after("a", "b"), b=after("b", "a")).errors
    assert [error.message_en for error in errors] == ["get_first goes in a circle: a → b → a"]


def test_a_source_checked_over_a_year_ago_is_only_warned_about() -> None:
    loaded = read(good=GOOD.replace(b"checked: 2026-11-22", b"checked: 2025-11-01"))
    assert not loaded.errors
    assert any("over a year ago" in warning.message_en for warning in loaded.warnings)


def test_a_condition_that_others_imply_is_warned_about() -> None:
    loaded = read(good=GOOD.replace(b"        - is_monk", b"        - age_years: {at_least: 55}\n        - is_monk"))
    assert any("has no effect" in warning.message_en for warning in loaded.warnings)


def test_an_area_that_does_not_exist_is_refused() -> None:
    errors = read_contents({"facts.yaml": FACTS, "oldr/good.yaml": GOOD}, "rules", PROVINCES).errors
    assert any(error.suggestion == "older" for error in errors)


def test_a_folder_without_vocabulary_is_refused_not_crashed_on(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match=r"facts\.yaml:1"):
        load_rulebase(tmp_path, PROVINCES)


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    errors = read(a=b"id: a\nname: \xff").errors
    assert [(error.line, error.message_en) for error in errors] == [(2, "the file is not UTF-8 text")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: number", "type: numbre", "cannot be “numbre”"),
        ("unit: year", "unit: yaer", "cannot be “yaer”"),
        ("{who}อายุเท่าไรคะ", "{ใคร}อายุเท่าไรคะ", "no such placeholder"),
        ("prior: {10: 8, 50: 42, 90: 74}", "prior: {10: 80, 50: 42, 90: 74}", "rising"),
        ("  name: {th: อายุ, en: age}\n", "", "“name” is missing"),
    ],
)
def test_a_bad_vocabulary_entry_is_refused(old: str, new: str, message: str) -> None:
    assert old in FACTS.decode()
    facts = FACTS.decode().replace(old, new, 1).encode()
    errors = read_contents({"facts.yaml": facts}, "rules", PROVINCES).errors
    assert any(message in error.message_en for error in errors)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    folder = write(tmp_path / "rules", good=GOOD)
    before = read_rulebase(folder, PROVINCES).base.fingerprint
    assert read_rulebase(folder, PROVINCES).base.fingerprint == before
    write(folder, good=GOOD.replace(b"value: 500", b"value: 500 "))
    assert read_rulebase(folder, PROVINCES).base.fingerprint != before
    assert set(contents_of(folder)) == {"facts.yaml", "older/good.yaml"}
