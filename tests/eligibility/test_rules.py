"""Every rule file holds: it loads, its examples come out as written,
and they show a yes, a no, a not-yet-known and both sides of each limit."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path

import geothai
import pytest

from bot.eligibility.examples import check_examples
from bot.eligibility.load import Loaded, read_rulebase
from bot.eligibility.mutate import judge_by_mutation
from bot.eligibility.read_aloud import as_text, load_templates, read_aloud

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
TODAY = date(2026, 11, 22)
FILES = sorted(path.relative_to(ROOT).as_posix() for path in RULES.glob("*/*.yaml"))


@functools.cache
def loaded() -> Loaded:
    return read_rulebase(RULES, tuple(province.name_th for province in geothai.provinces()), TODAY)


def test_the_vocabulary_is_sound() -> None:
    assert [error.english() for error in loaded().errors if error.file == "rules/facts.yaml"] == []


@pytest.mark.parametrize("file", FILES)
def test_rule_file_loads(file: str) -> None:
    assert [error.english() for error in loaded().errors if error.file == file] == []


@pytest.mark.parametrize("file", FILES)
def test_examples_of_the_rule_hold(file: str) -> None:
    base = loaded().base
    rule = base.rules[Path(file).stem]
    assert [error.english() for error in check_examples(base, rule, TODAY)] == []


@pytest.mark.parametrize("file", FILES)
def test_examples_of_the_rule_notice_every_change(file: str) -> None:
    base = loaded().base
    judged = judge_by_mutation(base, base.rules[Path(file).stem], TODAY)
    assert judged.tried > 0
    assert [error.english() for error in judged.survivors] == []


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_rule_can_be_read_out(language: str) -> None:
    base = loaded().base
    templates = load_templates(ROOT / "knowledge" / "messages" / "rules.yaml")
    for rule in base.rules.values():
        text = as_text(read_aloud(rule, base, templates, language))
        assert rule.name[language] in text
        assert "{" not in text


def test_every_fact_that_may_be_asked_has_a_short_question_in_both_languages() -> None:
    for fact in loaded().base.facts.values():
        if fact.ask == "never":
            continue
        for language in ("th", "en"):
            spoken = fact.question[language]
            for text in spoken.values() if isinstance(spoken, dict) else (spoken,):
                assert 0 < len(text) <= 110, fact.name


def test_questions_ask_gently() -> None:
    for fact in loaded().base.facts.values():
        spoken = fact.question.get("th", "คะ")
        for text in spoken.values() if isinstance(spoken, dict) else (spoken,):
            assert "คะ" in text, fact.name


def test_priors_of_choices_are_shares_of_the_whole() -> None:
    for fact in loaded().base.facts.values():
        if fact.type == "choice" and fact.prior:
            assert sum(fact.prior.values()) == pytest.approx(1, abs=0.02), fact.name
