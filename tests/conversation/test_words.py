"""The sentences the bot says: none missing, none dead, none with a hole, in Thai and English."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat import world

from bot.conversation.alarmed import SCRIPTS
from bot.conversation.consents import PURPOSES
from bot.conversation.contact import OFFERED
from bot.conversation.results import ORDER
from bot.conversation.wording import LANGUAGES, ask_text
from bot.eligibility.household import HOUSEHOLD
from bot.followup.progress import STEPS
from bot.language.alarm import KIND_SEVERITY

ROOT = Path(__file__).parents[2]
_ROOMS = ("conversation", "followup")
SOURCE = "\n".join(path.read_text(encoding="utf-8") for room in _ROOMS for path in sorted((ROOT / "bot" / room).rglob("*.py")))
#: Names handed to a helper that makes `button.<name>` of them.
TAPPED = re.compile(r"\b_?tap\((?:world, (?:\w+\.)?language, )?\"(\w+)\"")


def keys() -> set[str]:
    return set(world().words.texts["th"])


def spoken() -> set[str]:
    """Every key that code says in full."""
    everywhere = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
    return {key for key in keys() if f'"{key}"' in everywhere or f"'{key}'" in everywhere}


def built() -> set[str]:
    """Every key of a family of which one is chosen at run time."""
    facts = world().base.facts.values()
    kinds = {f"danger.kind.{kind}{subject}" for kind in (*KIND_SEVERITY, "none") for subject in ("", "_self", "_other")}
    starts = ("self", "mother", "father", "child", "grandchild", "grandmother", "spouse")
    status = ("eligible", "officer", "ineligible", "unknown", "receiving")
    return {
        *(f"start.{who}" for who in starts),
        *(f"results.{group}" for group in ORDER),
        *("results.title_self", "results.title_household"),
        *(f"page.status_{one}" for one in status),
        *(f"value.{one}" for one in ("dont_know", "declined")),
        *(f"months.m{n}" for n in range(1, 13)),
        *(f"units.{fact.unit}" for fact in facts if fact.unit),
        *(f"period.{one}" for one in ("day", "month", "quarter", "year", "once", "event", "school_term")),
        *(f"button.{name}" for name in TAPPED.findall(SOURCE)),
        *(key for part in ("alt", "title", "believe", "now", "told", "cannot_talk") for key in (f"danger.{part}", f"danger.{part}_other")),
        *kinds,
        *(f"danger.{part}_{kind}{who}" for part in ("believe", "now") for kind in KIND_SEVERITY for who in ("", "_other")),
        *(f"contact.{step}.{one}" for step, answers in OFFERED.items() for one in ("ask", *answers)),
        *("contact.where.ask", "contact.number.ask", "hide.take_up", "hide.leave_it", "foreign.other_help"),
        *(f"foreign.{script}{part}" for script, *_ in SCRIPTS for part in ("", "_help")),
        *(f"consent.{one}.{part}" for one in PURPOSES for part in ("version", "ask", "yes", "no", "name", "take_back")),
        *(f"consent.{one}.{part}" for one in ("screening_child", "screening_young") for part in ("version", "ask", "yes", "no")),
        *(f"consent.{one}.{part}" for one in ("passing_on", "statistics") for part in ("thanks", "refused", "taken_back")),
        "consent.screening.taken_back",
        *(f"data.part_{one}" for one in ("facts", "reminders", "progress", "consents", "messages")),
        *(f"data.step_{one}" for one in STEPS),
    }


def test_every_sentence_that_code_says_is_written() -> None:
    said = set(re.findall(r"\.say\(\s*\"([^\"{}]+)\"", SOURCE)) | set(re.findall(r"\bsay\(\"([a-z_]+\.[a-z_]+)\"", SOURCE))
    named = {f"button.{name}" for name in TAPPED.findall(SOURCE)}
    assert {key for key in said | named if key not in keys()} == set()


def test_no_sentence_is_written_that_nobody_says() -> None:
    assert sorted(keys() - spoken() - built()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_and_braces_are_placeholders(language: str) -> None:
    for key, text in world().words.texts[language].items():
        assert text.strip(), key
        assert re.sub(r"\{\w+\}", "", text).count("{") == 0, key


def test_every_placeholder_of_a_sentence_is_filled_where_it_is_said() -> None:
    """`say` leaves an unfilled placeholder empty, so that nobody ever reads {who}; here no call forgets one."""
    thai = world().words.texts["th"]
    for key, rest in re.findall(r"say\(\s*\"([a-z_.]+)\",([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*)\)", SOURCE):
        for name in re.findall(r"\{(\w+)\}", thai.get(key, "")):
            assert f"{name}=" in rest, f"{key} is said without {name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_can_be_put_to_oneself_and_to_others(language: str) -> None:
    words, people = world().words, ("self", "mother", "child1", "child2")
    for fact in world().base.facts.values():
        if not fact.question:
            continue
        for refs in ((HOUSEHOLD,),) if fact.owner == "household" else (("self",), ("mother",), ("mother", "child2")):
            text = ask_text(words, fact, refs, language, people)
            assert "{" not in text, (fact.name, text)
            assert "  " not in text.strip(), (fact.name, text)
