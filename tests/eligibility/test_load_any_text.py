"""No file content whatever makes the loader do anything but refuse with its own errors."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.eligibility.load import read_contents
from bot.eligibility.rule_errors import Findings
from bot.eligibility.yaml_lines import read_yaml

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "tests" / "bad_rules" / "good.yaml").read_text(encoding="utf-8")
FACTS = (
    b"age_years: {type: number, owner: member, unit: year, topic: person, range: [0, 120],"
    b" name: {th: \xe0\xb8\xad, en: a}, question: {th: \xe0\xb8\xad, en: a}}\n"
    b"nationality: {type: choice, owner: member, topic: person, name: {th: \xe0\xb8\xad, en: a}, question: {th: \xe0\xb8\xad, en: a},"
    b" choices: {thai: {th: \xe0\xb8\xad, en: a}}}\n"
    b"is_monk: {type: boolean, owner: member, topic: person, name: {th: \xe0\xb8\xad, en: a}, ask: never}\n"
)
LINES = GOOD.splitlines()
SCRAPS = (
    "", "~", "[]", "{}", "[[]]", "{a: {}}", "-1", "1e9", "99999999999999999999", "0x1", "no", "10:30", "'", '"', "[", "}", "&a", "*a",
    "!!int 1", "2026-02-30", "{at_least: [1]}", "{all: []}", "{not: {}}", "{officer: 1}", "{any_member: 3}", "{ratio: {of: age_years}}",
    "---", "\t", "\x00",
)  # fmt: skip


def accept_anything(content: bytes) -> None:
    loaded = read_contents({"facts.yaml": FACTS, "older/good.yaml": content}, "rules", ("เชียงใหม่",))
    assert loaded.errors or "good" in loaded.base.rules


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    accept_anything(content)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab: -[]{},\n'\"#&*!|>%@`?~0119.ก\t"), max_size=80))
def test_any_yaml_like_text_is_refused_or_read(text: str) -> None:
    accept_anything(text.encode())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(SCRAPS), st.booleans())
def test_any_value_of_a_good_rule_may_be_replaced_by_rubbish(at: int, scrap: str, whole: bool) -> None:
    line = LINES[at]
    spoilt = scrap if whole else line[: line.find(":") + 1] + " " + scrap
    accept_anything("\n".join([*LINES[:at], spoilt, *LINES[at + 1 :]]).encode())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(1, 60))
def test_any_piece_of_a_good_rule_may_be_missing(start: int, length: int) -> None:
    accept_anything((GOOD[:start] + GOOD[start + length :]).encode())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_vocabulary_is_refused_or_read(content: bytes) -> None:
    read_contents({"facts.yaml": content, "older/good.yaml": GOOD.encode()}, "rules", ())


def test_deep_nesting_is_refused() -> None:
    findings = Findings()
    assert read_yaml("[" * 100_000, "x", findings) is None
    assert findings.errors


def test_lone_surrogates_and_huge_escapes_are_refused() -> None:
    for text in ('"\ud800"', '"\\U99999999"', "\ufffe", "a: \x07"):
        findings = Findings()
        read_yaml(text, "x", findings)
        assert findings.errors, repr(text)
