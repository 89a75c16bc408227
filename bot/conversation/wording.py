"""Every sentence the bot says, by key and language, and how people and values are named in them.

Belongs here: reading knowledge/messages/*.yaml strictly, filling placeholders, naming members and values. Does not: deciding what to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.eligibility.household import HOUSEHOLD, kind_of
from bot.eligibility.tree import Fact, Wording
from bot.eligibility.values import Interval, OneOf, Some, Unknown, Value
from bot.eligibility.yaml_lines import load_yaml

LANGUAGES = ("th", "en")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BE = 543


class WordingError(Exception):
    """A message file is incomplete or inconsistent; the text tells file, key and what to do."""


@dataclass(frozen=True, slots=True)
class Wordings:
    """`texts[language][key]`; keys are dotted paths of the YAML files."""

    texts: Mapping[str, Mapping[str, str]]
    people: Mapping[str, Any]
    steps: Mapping[str, Sequence[float]]  # amounts offered as buttons for number questions

    def say(self, key: str, language: str, **fill: object) -> str:
        """The sentence `key`, Thai when the other language is missing it. Raises KeyError for an unknown key."""
        text = self.texts[language].get(key) or self.texts["th"][key]
        return text.format_map(_Fill(fill)) if fill else text


class _Fill(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


def load_wordings(folder: Path) -> Wordings:
    """Reads knowledge/messages. Raises WordingError when languages differ in keys or placeholders."""
    texts = {language: flatten(_read(folder / f"{language}.yaml")) for language in LANGUAGES}
    problems = _differences(folder, texts)
    if problems:
        raise WordingError("\n".join(problems))
    return Wordings(texts, _read(folder / "people.yaml"), _read(folder / "steps.yaml"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return load_yaml(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise WordingError(f"{path}: {error}") from error


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """{"a": {"b": "x"}} → {"a.b": "x"}."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{path}."))
        else:
            flat[path] = str(value).strip()
    return flat


def _differences(folder: Path, texts: Mapping[str, Mapping[str, str]]) -> list[str]:
    thai, english = texts["th"], texts["en"]
    problems = [f"{folder}/en.yaml: {key} is missing (it stands in th.yaml)" for key in thai if key not in english]
    problems += [f"{folder}/th.yaml: {key} is missing (it stands in en.yaml)" for key in english if key not in thai]
    for key in thai.keys() & english.keys():
        if set(_PLACEHOLDER.findall(thai[key])) != set(_PLACEHOLDER.findall(english[key])):
            problems.append(f"{folder}: {key} has other {{placeholders}} in en.yaml than in th.yaml")
    return problems


# ---------------------------------------------------------------- people
def who(words: Wordings, ref: str, language: str, *, members: Sequence[str] = ()) -> str:
    """How a member is called: แม่, ลูกคนที่ 2 (numbered only when there is more than one)."""
    kind = kind_of(ref)
    names = words.people[kind]
    number = ref[len(kind) :]
    if number and sum(kind_of(m) == kind for m in members) > 1:
        return str(names["numbered"][language]).format(n=number)
    return str(names[language])


def whose(words: Wordings, ref: str, language: str, *, members: Sequence[str] = ()) -> str:
    """The possessive: ของแม่ / your mother's."""
    if ref == "self":
        return str(words.people["self"]["whose"][language])
    name = who(words, ref, language, members=members)
    return f"{name}'s" if language == "en" else words.say("of", language, who=name)


def join_names(words: Wordings, names: Sequence[str], language: str) -> str:
    if len(names) < 2:
        return "".join(names)
    space = " " if language == "en" or len(names) > 2 else ""
    return f"{', '.join(names[:-1])}{space}{words.say('and', language)}{' ' if language == 'en' else ''}{names[-1]}"


def ask_text(words: Wordings, fact: Fact, refs: Sequence[str], language: str, members: Sequence[str]) -> str:
    """The question for a fact of one or several members."""
    question = fact.question.get(language) or fact.question["th"]
    if isinstance(question, Mapping):
        question = question["self"] if list(refs) == ["self"] else question["other"]
    names = [who(words, ref, language, members=members) for ref in refs if ref != HOUSEHOLD]
    owners = [whose(words, ref, language, members=members) for ref in refs if ref != HOUSEHOLD]
    return str(question).format_map(_Fill(who=join_names(words, names, language), whose=join_names(words, owners, language)))


# ---------------------------------------------------------------- values
_YES_NO = {"yes": ("value.yes", "value.no"), "have": ("value.have", "value.have_not")}


def label(text: Wording, language: str) -> str:
    return text.get(language) or text["th"]


def number_text(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def date_text(words: Wordings, day: date, language: str) -> str:
    """5 มีนาคม 2570 in Thai (Buddhist era), 5 March 2027 in English."""
    month = words.say(f"months.m{day.month}", language)
    return f"{day.day} {month} {day.year + _BE if language == 'th' else day.year}"


def unit_text(words: Wordings, fact: Fact, language: str) -> str:
    return words.say(f"units.{fact.unit}", language) if fact.unit else ""


def value_text(words: Wordings, fact: Fact, value: Value, language: str) -> str:
    """A value as people say it: "72 ปี", "3,000–4,000 บาทต่อเดือน", "ใช่"."""
    match value:
        case bool():
            yes, no = _YES_NO[fact.answers]
            return words.say(yes if value else no, language)
        case Unknown():
            return words.say(f"value.{value.value}", language)
        case Interval(lo, hi):
            return _interval_text(words, fact, lo, hi, language)
        case OneOf(options):
            return f" {words.say('or', language)} ".join(_choice(fact, option, language) for option in sorted(options))
        case Some(includes, _):
            return ", ".join(_choice(fact, option, language) for option in sorted(includes))
        case frozenset():
            return ", ".join(_choice(fact, option, language) for option in sorted(value)) or words.say("value.none", language)
        case date():
            return date_text(words, value, language)
        case str():
            return _choice(fact, value, language)
        case _:
            return f"{number_text(value) if fact.unit != 'year' or value < 1000 else value} {unit_text(words, fact, language)}".strip()


def _choice(fact: Fact, option: str, language: str) -> str:
    wording = fact.choices.get(option)
    return label(wording, language) if wording else option


def _interval_text(words: Wordings, fact: Fact, lo: float | date | None, hi: float | date | None, language: str) -> str:
    def end(x: float | date) -> str:
        return date_text(words, x, language) if isinstance(x, date) else number_text(x)

    if lo is None and hi is None:
        return words.say("value.dont_know", language)
    unit = unit_text(words, fact, language)
    if lo is None or (lo == 0 and hi is not None):
        return words.say("value.up_to", language, value=end(hi), unit=unit).strip()  # type: ignore[arg-type]
    if hi is None:
        return words.say("value.from", language, value=end(lo), unit=unit).strip()
    return f"{end(lo)}–{end(hi)} {unit}".strip()


def fact_line(words: Wordings, fact: Fact, value: Value, language: str) -> str:
    """One fact as read back: "อายุ 72 ปี", "รายได้ต่อเดือน 3,000 บาท", "มีบัตรคนพิการ: ไม่ใช่"."""
    name = label(fact.label, language)
    if value is True:
        return name
    text = value_text(words, fact, value, language)
    if isinstance(value, bool | Unknown):
        return f"{name}: {text}"
    if fact.type in ("number", "money"):
        period = words.texts[language].get(f"period.{(fact.unit or '').partition('/')[2]}", "")
        return f"{name} {text.removesuffix(period).strip() if period and period in name else text}"
    return words.say("value.line", language, name=name, value=text)
