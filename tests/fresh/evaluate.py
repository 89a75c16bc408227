"""Measures the Thai readers on messages written by somebody who had not seen them: statements, answers, wishes.

`python -m tests.fresh.evaluate [statements|answers|wishes]` prints the figures and every miss; the floors stand in test_fresh.py.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bot.content import load_world
from bot.eligibility.values import to_json
from bot.language.answers import Decline, DontKnow, read_answer, read_refusal
from bot.language.reading import Asked
from bot.language.understand import understand

world = cache(load_world)
HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)
Said = dict[tuple[str, str], Any]


@dataclass
class Score:
    """What was expected and found, expected and missed, and said although it was forbidden or with another value."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / max(1, self.found.total() + self.missed.total())

    @property
    def precision(self) -> float:
        """Of what was said about expected or forbidden facts, the share that is right."""
        return self.found.total() / max(1, self.found.total() + self.wrong.total())


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines() if line.strip()]


def _day(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["today"]) if "today" in row else TODAY


#: The household's own income has its own name.
_SAME = {("household", "income_month"): ("household", "household_income_month")}


def _key(pair: dict[str, Any]) -> tuple[str, str]:
    key = pair["member"], pair["fact"]
    return _SAME.get(key, key)


def _holds(said: Any, expected: Any) -> bool:
    """Equal; a day within the span said counts too (ปลายเดือน), and a sum within a baht or a step of the bounds."""
    if said == expected:
        return True
    if isinstance(said, list) and isinstance(expected, str) and len(said) == 2 and all(isinstance(end, str) for end in said):
        return bool(said[0] <= expected <= said[1])
    if isinstance(said, list) and isinstance(expected, list) and len(said) == len(expected) == 2:
        return all(
            isinstance(a, int | float) and isinstance(b, int | float) and abs(a - b) <= 1 for a, b in zip(said, expected, strict=True)
        )
    return False


def _in_months(said: Said, key: tuple[str, str], years: Any) -> bool:
    """27 months say two years as well."""
    months = said.get((key[0], "age_months"))
    return key[1] == "age_years" and isinstance(months, int) and months // 12 == years


def said_of(text: str, day: date) -> Said:
    talk = world()
    reading = understand(text, reader=talk.reader, index=talk.index, today=day)
    return {(s.member, s.fact): to_json(s.value) for s in reading.statements}


def score_statements(cases: Iterable[dict[str, Any]]) -> Score:
    score = Score()
    for row in cases:
        said = said_of(row["text"], _day(row))
        for pair in row["expect"]:
            key = _key(pair)
            if (key in said and _holds(said[key], pair["value"])) or _in_months(said, key, pair["value"]):
                score.found[key[1]] += 1
                continue
            score.missed[key[1]] += 1
            if key in said:
                score.wrong[key[1]] += 1
            score.misses.append(f"{row['id']} {key[0]}.{key[1]} should be {pair['value']}, is {said.get(key)}: {row['text']}")
        for pair in row.get("forbid", ()):
            key = _key(pair)
            if key in said:
                score.wrong[key[1]] += 1
                score.misses.append(f"{row['id']} {key[0]}.{key[1]} must not be said, is {said[key]}: {row['text']}")
    return score


def answered(row: dict[str, Any]) -> Any:
    """decline, dont_know, none, or the statements in the form of the file."""
    fact = world().base.facts[row["fact"]]
    answer = read_answer(row["text"], Asked(row["fact"], tuple(row["members"])), fact, today=_day(row))
    match answer:
        case Decline():
            return "decline"
        case DontKnow():
            return "dont_know"
        case None:
            return "none"
        case _:
            return {(s.member, s.fact): to_json(s.value) for s in answer}


def score_answers(cases: Iterable[dict[str, Any]]) -> Score:
    score = Score()
    for row in cases:
        got, expected = answered(row), row["expect"]
        right = _refused(got, expected, row) if isinstance(expected, str) else _all_said(got, expected)
        (score.found if right else score.missed)[row["fact"]] += 1
        if not right:
            score.misses.append(
                f"{row['id']} {row['fact']} of {' '.join(row['members'])}: {row['text']}: should be {_short(expected)}, is {got}"
            )
    return score


def _refused(got: Any, expected: str, row: dict[str, Any]) -> bool:
    """`none` means no answer; of a choice that has `none` among its values it means that value as well."""
    said_none = isinstance(got, dict) and all(value == "none" for value in got.values())
    return bool(got == expected or (expected == "none" and said_none))


def _all_said(got: Any, expected: list[dict[str, Any]]) -> bool:
    return isinstance(got, dict) and all(_key(p) in got and _holds(got[_key(p)], p["value"]) for p in expected)


def _short(expected: Any) -> Any:
    return expected if isinstance(expected, str) else {_key(p): p["value"] for p in expected}


def wish_of(text: str) -> tuple[str, str | None]:
    """The wish as the conversation takes it: a refusal to answer is read beside the intents."""
    talk = world()
    reading = understand(text, reader=talk.reader, index=talk.index, today=TODAY)
    return reading.intent, reading.entitlement


#: What the files call a refusal is read by `read_refusal`, not as an intent.
_REFUSALS = {"decline", "dont_know"}


def score_wishes(cases: Iterable[dict[str, Any]]) -> Score:
    score = Score()
    for row in cases:
        intent, entitlement = wish_of(row["text"])
        refused = row["expect"] in _REFUSALS and read_refusal(row["text"])
        right = (intent == row["expect"] or refused) and ("entitlement" not in row or row["entitlement"] == entitlement)
        (score.found if right else score.missed)[row["expect"]] += 1
        if not right:
            score.misses.append(
                f"{row['id']} {row['text']}: should be {row['expect']} {row.get('entitlement', '')}, is {intent} {entitlement}"
            )
    return score


def slice_of(text: str) -> str:
    if text.isascii():
        return "english"
    return "short" if len(text) <= 40 else "middle" if len(text) <= 90 else "long"


def by_slice(cases: list[dict[str, Any]]) -> dict[str, Score]:
    names = sorted({slice_of(row["text"]) for row in cases})
    return {name: score_statements(row for row in cases if slice_of(row["text"]) == name) for name in names}


def _table(score: Score) -> str:
    facts = sorted(set(score.found) | set(score.missed) | set(score.wrong))
    return "\n".join(f"  {fact:24} found {score.found[fact]:3} missed {score.missed[fact]:3} wrong {score.wrong[fact]:3}" for fact in facts)


@cache
def measured(kind: str) -> Score:
    scores = {"statements": score_statements, "answers": score_answers, "wishes": score_wishes}
    return scores[kind](rows(f"{kind}.jsonl"))


def main(kinds: list[str]) -> None:
    for kind in kinds or ["statements", "answers", "wishes"]:
        score = measured(kind)
        print(*score.misses, sep="\n")
        print(_table(score))
        print(
            f"{kind}: recall {score.recall:.3f}, precision {score.precision:.3f}, {score.found.total()} right, {len(score.misses)} misses"
        )
        if kind == "statements":
            for name, part in by_slice(rows("statements.jsonl")).items():
                print(f"  {name:8} recall {part.recall:.3f}, precision {part.precision:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
