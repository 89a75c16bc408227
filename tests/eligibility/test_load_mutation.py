"""Examples are judged by mutation, and by what they must show; intervals are reasoned about without false accusations."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from rule_files import GOOD, TODAY, read, write

from bot.cli_rules import run_rules_check
from bot.eligibility.examples import check_examples
from bot.eligibility.lint_ranges import WHOLE, Spans, common, covers, joined, minus
from bot.eligibility.mutate import judge_by_mutation

WEAK = GOOD
PERSON = (
    "  - title: {title}\n    as_of: 2026-11-22\n    household: {{members: [{{ref: self, facts: {{{facts}}}}}]}}\n"
    "    member: self\n    status: {status}\n"
)
STRONG = (
    GOOD
    + "".join(
        PERSON.format(title=title, facts=facts, status=status)
        for title, facts, status in (
            ("too young", "age_years: 59, nationality: thai", "ineligible"),
            ("not Thai", "age_years: 60, nationality: stateless", "ineligible"),
            ("a monk", "age_years: 60, nationality: thai, is_monk: true", "ineligible"),
            ("no age", "nationality: thai", "unknown"),
            ("at 69", "age_years: 69, nationality: thai", "eligible\n    amount: 600"),
            ("at 70", "age_years: 70, nationality: thai", "eligible\n    amount: 700"),
        )
    ).encode()
)


def findings(text: bytes) -> list[str]:
    base = read(good=text).base
    return [error.message_en for error in check_examples(base, base.rules["good"], TODAY)]


def survivors(text: bytes) -> list[str]:
    base = read(good=text).base
    return [error.message_en for error in judge_by_mutation(base, base.rules["good"], TODAY).survivors]


def test_examples_that_show_everything_pass() -> None:
    assert findings(STRONG) == []
    assert survivors(STRONG) == []


def test_missing_kinds_and_sides_are_named() -> None:
    said = findings(WEAK)
    assert "no example has the answer no (ineligible)" in said
    assert "no example has the answer not yet known (unknown)" in said
    assert "no example has “age_years” at 59 (a side of the limit 60)" in said


@pytest.mark.parametrize(
    ("left_out", "noticed"),
    [
        ("too young", "age_years at_least 60 changed to 59"),
        ("not Thai", "nationality is thai dropped"),
        ("a monk", "is_monk is false dropped"),
        ("at 69", "the row ending at 69 ends at 68"),
        ("at 70", "the amount 700 raised by 1"),
    ],
)
def test_a_change_that_only_the_left_out_example_shows_survives(left_out: str, noticed: str) -> None:
    head, *examples = STRONG.decode().split("  - title: ")
    weaker = "  - title: ".join([head, *(example for example in examples if not example.startswith(left_out))])
    assert any(message.startswith(f"no example notices: {noticed}") for message in survivors(weaker.encode()))


def test_a_failing_example_tells_expected_got_and_why() -> None:
    said = findings(STRONG.replace(b"amount: 700", b"amount: 750"))
    assert [message.split(" because")[0] for message in said] == ["example “at 70” expects amount 750 but got amount 700"]


def test_up_to_may_be_written_as_a_range_from_zero() -> None:
    text = STRONG.replace(b"value: 600", b"at_most: 600").replace(b"    amount: 600", b"    amount: [0, 600]")
    assert findings(text) == []


def test_the_command_shows_errors_in_both_languages_and_fails(tmp_path: Path) -> None:
    out = io.StringIO()
    folder = write(tmp_path / "rules", good=WEAK)
    assert run_rules_check([], mutate=True, out=out, today=TODAY, folder=folder) == 1
    assert "rules/older/good.yaml:" in out.getvalue()
    assert "ยังไม่มีตัวอย่าง" in out.getvalue()
    assert "no example has the answer" in out.getvalue()


def test_the_command_passes_a_sound_base(tmp_path: Path) -> None:
    out = io.StringIO()
    folder = write(tmp_path / "rules", good=STRONG)
    assert run_rules_check([Path("rules/older")], mutate=True, out=out, today=TODAY, folder=folder) == 0
    assert "1 rules sound, 0 errors" in out.getvalue()


def test_the_command_checks_another_rule_base_by_its_folder(tmp_path: Path) -> None:
    out = io.StringIO()
    assert run_rules_check([write(tmp_path / "drafts", good=WEAK)], mutate=False, out=out, today=TODAY) == 1
    assert "drafts/older/good.yaml:" in out.getvalue()


# ---------------------------------------------------------------- spans against plain sets of whole numbers
spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=4).map(
    lambda pairs: joined((), tuple((float(low), float(low + more)) for low, more in pairs), WHOLE)
)


def members(values: Spans) -> set[int]:
    return {number for low, high in values for number in range(int(low), int(high) + 1)}


@given(spans, spans)
def test_span_algebra_agrees_with_sets(left: Spans, right: Spans) -> None:
    assert members(common(left, right)) == members(left) & members(right)
    assert members(joined(left, right, WHOLE)) == members(left) | members(right)
    assert members(minus(left, right, WHOLE)) == members(left) - members(right)
    assert covers(left, right) == (members(right) <= members(left))
