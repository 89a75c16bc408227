"""The one question that settles most, and about how many are left.

Belongs here: choosing among the facts that open verdicts still need. Does not: how a question is put (the vocabulary) or answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.eligibility.chance import chance
from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.kleene import Scene
from bot.eligibility.screen import Found, found_in, missing, receiving
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Interval, Unknown
from bot.eligibility.verdict import Need, Question

NEAR = 0.6  # a question of the current topic is preferred down to this share of the best one's worth
DEAD_END = 0.3  # worth of a verdict that cannot become a yes because another fact will stay unknown
ENOUGH = 0.13  # a question must bring this many yeses on average, or its answer cannot be expected to matter
COST = 0.15  # worth lost for each step of effort or shame above the first


@dataclass(frozen=True, slots=True)
class Open:
    """A verdict that matters and is still open: what can be asked for it, and whether something it needs will stay unknown."""

    needs: tuple[Need, ...]
    dead_end: bool
    chance: float  # of ending in a yes


@dataclass(frozen=True, slots=True)
class Ask:
    """One possible question with its worth."""

    question: Question
    topic: str
    sensitive: bool
    worth: float  # yeses that wait for it, on average, less what it costs to answer


def next_question(
    base: RuleBase,
    household: Household,
    today: date,
    *,
    skip: Collection[Need] = (),
    topic: str | None = None,
    consent: bool = True,
) -> Question | None:
    """What to ask next, or None when nothing that can be asked could still matter.

    `skip`: not to be asked now. `topic`: the current one, kept while that costs little. `consent` False: nothing sensitive.
    """
    asks = possible_questions(base, household, today, skip=skip, consent=consent)
    plain = [ask for ask in asks if not ask.sensitive] or asks
    if not plain:
        return None
    best = max(plain, key=lambda ask: ask.worth)
    near = [ask for ask in plain if ask.topic == topic and ask.worth >= NEAR * best.worth]
    return (max(near, key=lambda ask: ask.worth) if near else best).question


def open_questions(
    base: RuleBase, household: Household, today: date, *, skip: Collection[Need] = (), topic: str | None = None, consent: bool = True
) -> int:
    """About how many questions remain: asked by worth, a verdict counting as settled once half of what it needs is answered."""
    opens = open_verdicts(base, household, today, skip, consent)
    asked: set[Need] = set()
    count = 0
    while left := [one for one in opens if 2 * len(asked.intersection(one.needs)) < len(one.needs)]:
        open_left = [Open(tuple(need for need in one.needs if need not in asked), one.dead_end, one.chance) for one in left]
        best = max(weigh(base.facts, open_left), key=lambda ask: ask.worth)
        if best.worth < ENOUGH:
            break
        asked.update(Need(member, best.question.fact) for member in best.question.members)
        count += 1
    return count


def possible_questions(
    base: RuleBase, household: Household, today: date, *, skip: Collection[Need] = (), consent: bool = True
) -> list[Ask]:
    """Every question that could still settle something, in no order."""
    return [ask for ask in weigh(base.facts, open_verdicts(base, household, today, skip, consent)) if ask.worth >= ENOUGH]


def open_verdicts(base: RuleBase, household: Household, today: date, skip: Collection[Need], consent: bool) -> list[Open]:
    scene = derive_scene(household, today, base.facts)
    opens = []
    for found in found_in(base, scene):
        if found.status != "unknown" or not matters(base, found, scene):
            continue
        needs = missing(found, scene)
        asked = tuple(need for need in needs if can_ask(need, base.facts, household, skip, consent))
        if asked:
            assert found.item.condition is not None
            opens.append(Open(asked, len(asked) < len(needs), chance(found.item.condition, found.member, scene)))
    return opens


def matters(base: RuleBase, found: Found, scene: Scene) -> bool:
    """Not what is offered for reading only, what is received already, or what something received stands in for."""
    rule = found.item.rule
    if rule.sensitive or not found.in_scope or receiving(rule, found.member, scene):
        return False
    return not any(rule.id in other.replaces and receiving(other, found.member, scene) for other in base.rules.values())


def can_ask(need: Need, facts: Mapping[str, Fact], household: Household, skip: Collection[Need], consent: bool) -> bool:
    """Not what is only ever volunteered, was declined, is not known, or was answered as exactly as the person could."""
    fact = facts[need.fact]
    if fact.ask == "never" or (fact.sensitive and not consent) or need in skip:
        return False
    said = household.facts if need.member == HOUSEHOLD else household.members.get(need.member, {})
    return not isinstance(said.get(need.fact), (Unknown, Interval))


def weigh(facts: Mapping[str, Fact], opens: Iterable[Open]) -> list[Ask]:
    """Groups the needs into questions and weighs each by the verdicts waiting for it."""
    worth: dict[tuple[str, str], float] = {}
    settles: dict[tuple[str, str], int] = {}
    members: dict[tuple[str, str], dict[str, None]] = {}
    for one in opens:
        value = one.chance * (DEAD_END if one.dead_end else 1.0)
        for key in {_key(need, facts) for need in one.needs}:
            worth[key] = worth.get(key, 0.0) + value
            settles[key] = settles.get(key, 0) + 1
        for need in one.needs:
            members.setdefault(_key(need, facts), {})[need.member] = None
    return [_ask(facts[key[0]], tuple(refs), settles[key], worth[key]) for key, refs in members.items()]


def _key(need: Need, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Needs with the same key are one question: facts that are asked of all go together."""
    return need.fact, "" if facts[need.fact].ask == "all" else need.member


def _ask(fact: Fact, members: tuple[str, ...], settles: int, worth: float) -> Ask:
    question = Question(fact.name, members, settles)
    return Ask(question, fact.topic, fact.sensitive, worth / (1 + COST * (fact.cost - 1)))
