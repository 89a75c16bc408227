"""How many questions people are asked after one informative sentence: `python -m bench.questions [households]`.

Belongs here: made-up households with everything decided (by the vocabulary's priors), what their first sentence tells, and asking them
until nothing is left. Does not: language; the answers come straight from the made-up facts.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.load import load_rulebase
from bot.eligibility.made_up import drawn
from bot.eligibility.question import ask_next
from bot.eligibility.screen import screen
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Value
from bot.eligibility.verdict import Question

ROOT = Path(__file__).parent.parent
DAY = date(2026, 11, 22)
HOUSEHOLD_SIZE = "household_size"
MOST = 60  # questions after which asking is called endless
Given = Mapping[str, Mapping[str, Value]]  # by member ref, or `household`: what the first sentence tells
THAI: dict[str, Value] = {"nationality": "thai"}


def openings(chance: random.Random) -> dict[str, Given]:
    """One opening of each kind."""
    age = chance.randint
    old, child = age(60, 88), age(1, 14)
    return {
        "elder couple": {"self": {"age_years": old}, "spouse": {"age_years": max(60, old - age(0, 6))}},
        "elder and grandchild": {"self": {"age_years": old}, "grandchild1": {"age_years": child, "lives_with_parents": False}},
        "single parent": {"self": {"age_years": age(20, 45), "marital": "single_parent"}, "child1": {"age_years": child}},
        "pregnant": {"self": {"age_years": age(18, 40), "pregnant": True, "pregnancy_months": age(2, 8)}},
        "worker": {"self": {"age_years": age(20, 54), "employment": "employed", "insured": "s33", "lost_job": "laid_off"}},
        "disabled": {"self": {"age_years": age(18, 75), "disability": True, "disability_type": "physical"}},
        "farmer": {"self": {"age_years": age(30, 70), "employment": "farmer"}, HOUSEHOLD: {"disaster": "flood", "lost_crops": True}},
        "student": {"self": {"age_years": age(15, 20), "student": True, "student_level": "m5"}},
    }


def opened(given: Given) -> Household:
    members = {ref: {**THAI, **facts} for ref, facts in given.items() if ref != HOUSEHOLD}
    return Household(given.get(HOUSEHOLD, {}), members, complete=False)


def answered(household: Household, question: Question, facts: Mapping[str, Fact], chance: random.Random) -> Household:
    """The household after everybody asked has answered."""
    members = {ref: dict(own) for ref, own in household.members.items()}
    home = dict(household.facts)
    for ref in question.members:
        value = drawn(facts[question.fact], chance)
        if question.fact == HOUSEHOLD_SIZE:
            value = max(len(members), int(value) if isinstance(value, (int, float)) else 1)
        (home if ref == HOUSEHOLD else members[ref])[question.fact] = value
    return replace(household, facts=home, members=members)


def asked_of(base: RuleBase, given: Given, chance: random.Random) -> list[str]:
    """The facts asked for, in order."""
    household, topic, asked = opened(given), None, []
    while len(asked) < MOST:
        question, _ = ask_next(base, household, DAY, topic=topic)
        if question is None:
            break
        asked.append(question.fact)
        topic = base.facts[question.fact].topic
        household = answered(household, question, base.facts, chance)
    return asked


def spread(counts: list[int]) -> dict[str, Any]:
    ordered = sorted(counts)
    return {"median": statistics.median(ordered), "p90": ordered[int(0.9 * (len(ordered) - 1))], "most": ordered[-1]}


def by_kind(base: RuleBase, households: int, seed: int = 1) -> dict[str, list[list[str]]]:
    """For each kind of opening, what each of its households was asked."""
    chance = random.Random(seed)
    found: dict[str, list[list[str]]] = {}
    for _ in range(max(1, households // len(openings(chance)))):
        for kind, given in openings(chance).items():
            found.setdefault(kind, []).append(asked_of(base, given, chance))
    return found


def cost(base: RuleBase, households: int, seed: int = 2) -> tuple[list[float], list[float]]:
    """CPU milliseconds of a question with the count, and of a screening, for people halfway through; all seen once before."""
    chance = random.Random(seed)
    halfway = []
    for _ in range(max(1, households // 8)):
        for given in openings(chance).values():
            household = opened(given)
            for _ in range(4):
                question, _ = ask_next(base, household, DAY)
                if question is not None:
                    household = answered(household, question, base.facts, chance)
            halfway.append(household)
    for household in halfway:
        screen(base, household, DAY)
    return [_timed(lambda h=h: ask_next(base, h, DAY)) for h in halfway], [_timed(lambda h=h: screen(base, h, DAY)) for h in halfway]


def _timed(run: Any) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


def main() -> None:
    households = int(sys.argv[1]) if len(sys.argv) > 1 else 320
    base = load_rulebase(ROOT / "rules", ["ตาก", "น่าน"])  # which provinces there are decides nothing
    every = by_kind(base, households)
    for kind, asked in [*every.items(), ("all", [one for group in every.values() for one in group])]:
        print(f"{kind:22}", spread([len(one) for one in asked]))
    for name, found in zip(("ask_next", "screen"), cost(base, households), strict=True):
        ordered = sorted(found)
        print(f"{name:22} median {statistics.median(ordered):.2f} ms, p90 {ordered[int(0.9 * len(ordered))]:.2f} ms")


if __name__ == "__main__":
    main()
