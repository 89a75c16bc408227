"""Interviews every persona of personas.jsonl through the real turn: opens with their message, answers each question from their
hidden truth, and compares the final verdicts with what an independent reader of the law expected.

`python -m tests.fresh.interview [--show ID]` prints a table; the floors stand in test_personas.py.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.conversation import codes, steps
from bot.conversation.events import Tapped
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.values import Value
from bot.eligibility.verdict import Verdict
from bot.eligibility.wire import household_from_json
from tests.conversation.chat import Chat, world

FILE = Path(__file__).parent / "personas.jsonl"
TODAY = date(2026, 11, 22)
#: Nobody is asked more than this.
PATIENCE = 60


@dataclass(frozen=True)
class Outcome:
    id: str
    questions: int
    wrong: tuple[str, ...]  # entitlement member: expected, got
    checked: int
    transcript: str


def personas() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines() if line.strip()]


def interview(persona: Mapping[str, Any]) -> Outcome:
    truth = household_from_json({"complete": True, **persona["truth"]}, world().base)
    chat = Chat()
    lines = [f">> {persona['opening']}", chat.say(persona["opening"])]
    asked = 0
    if chat.conversation and chat.conversation.alarmed_on and not chat.asked:
        lines += [">> (goes on)", chat.happen(Tapped("go_on"))]  # after words of danger the way back to the rights is offered as a tap
    while chat.conversation and (chat.asked or chat.conversation.unsure or chat.conversation.check) and asked < PATIENCE:
        asked += 1
        said = _answer(chat, truth.members, truth.facts)
        lines += [f">> {said}", chat.text]
    found = _verdicts(chat)
    wrong = tuple(_compare(persona["expect"], found))
    return Outcome(persona["id"], asked, wrong, len(persona["expect"]), "\n".join(lines))


def _answer(chat: Chat, members: Mapping[str, Mapping[str, Value]], home: Mapping[str, Value]) -> str:
    """Taps the answer to the open question; what the truth does not tell, the persona does not know."""
    assert chat.conversation is not None
    if chat.conversation.check:
        chat.happen(Tapped("check:safe"))
        return "safe"
    if chat.conversation.unsure:
        chat.happen(Tapped("sure yes"))
        return "sure yes"
    assert chat.conversation.asked is not None
    fact, refs = chat.conversation.asked.fact, chat.conversation.asked.members
    if fact == "consent":
        chat.happen(Tapped("consent yes"))
        return "consent yes"
    values = {ref: (home if ref == HOUSEHOLD else members.get(ref, {})).get(fact) for ref in refs}
    known = [v for v in values.values() if v is not None]
    if not known:
        chat.happen(Tapped("dont_know"))
        return f"{fact} {refs}: don't know"
    if len(set(map(str, known))) == 1 and len(known) == len(refs):
        chat.happen(Tapped(codes.answer(fact, refs, known[0])))
        return f"{fact} {refs}: {known[0]}"
    if isinstance(known[0], bool) and len(refs) > 1:
        for ref, value in values.items():
            chat.happen(Tapped(codes.answer(fact, (ref,), value is True)))
        return f"{fact}: {values}"
    ref, value = next((r, v) for r, v in values.items() if v is not None)
    chat.happen(Tapped(codes.answer(fact, (ref,), value)))
    return f"{fact} {ref}: {value}"


def _verdicts(chat: Chat) -> dict[tuple[str, str], Verdict]:
    assert chat.conversation is not None
    return {(v.entitlement, v.member): v for v in steps.verdicts_of(chat.conversation, world(), TODAY)}


def _compare(expected: list[dict[str, str]], found: Mapping[tuple[str, str], Verdict]) -> list[str]:
    wrong = []
    for want in expected:
        key = (want["entitlement"], want["member"])
        verdict = found.get(key) or found.get((want["entitlement"], HOUSEHOLD))
        got = verdict.status if verdict else "no verdict"
        if got != want["status"] and not (got == "no verdict" and want["status"] == "ineligible"):
            missing = ", ".join(f"{n.member}.{n.fact}" for n in verdict.missing) if verdict else ""
            wrong.append(f"{key[0]} {key[1]}: expected {want['status']}, got {got} {missing}")
    return wrong


def main(arguments: list[str]) -> None:
    outcomes = []
    for persona in personas():
        outcome = interview(persona)
        outcomes.append(outcome)
        print(f"{outcome.id}: {outcome.questions} questions, {len(outcome.wrong)}/{outcome.checked} differ")
        for line in outcome.wrong:
            print(f"    {line}")
        if outcome.id in arguments:
            print(outcome.transcript)
    checked, wrong = sum(o.checked for o in outcomes), sum(len(o.wrong) for o in outcomes)
    counts = [o.questions for o in outcomes]
    print(f"{len(outcomes)} personas, {checked - wrong}/{checked} verdicts as expected")
    print(f"questions: median {statistics.median(counts)}, most {max(counts)}")


if __name__ == "__main__":
    main(sys.argv[1:])
