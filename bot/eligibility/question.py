"""The one question that settles most, and about how many are left.

Belongs here: choosing among the facts that open verdicts still need. Does not: how a question is put (the vocabulary) or answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.household import HOUSEHOLD, Facts, Household
from bot.eligibility.kleene import Scene, bounds
from bot.eligibility.look import SIZE, Codes, grid
from bot.eligibility.plan import Ready, compiled
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Interval, Some, Unknown
from bot.eligibility.verdict import Need, Question

NEAR = 0.6  # a question of the current topic is preferred down to this share of the best one's worth
DEAD_END = 0.3  # worth of a verdict that cannot become a yes because another fact will stay unknown
ENOUGH = 0.22  # a question must bring this many yeses on average, or its answer cannot be expected to matter
GATE = 5  # open verdicts of one member on which an easy yes-or-no question is asked however rare the yes (disability)
COST = 0.15  # worth lost for each step of effort or shame above the first
SHELVES = 1000  # patterns of one person or of one household kept

#: What one question asks: a fact, of one member or ("") of everybody who needs it.
Topic = tuple[str, str]
#: Who it is, what cannot be asked, what is received already, and the codes of all facts.
Pattern = tuple[str, frozenset[str], frozenset[str], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Open:
    """Verdicts that matter, are still open and wait for the same facts."""

    needs: tuple[tuple[Topic, str], ...]  # question and member
    topics: tuple[Topic, ...]
    worth: float  # yeses to be expected of them
    count: int  # how many verdicts


@dataclass(slots=True)
class Ask:
    """One possible question with its worth."""

    fact: Fact
    members: dict[str, None]
    waiting: list[int]  # places of the open verdicts that need it
    gain: float = 0.0  # yeses that wait for it, on average
    settles: int = 0

    @property
    def worth(self) -> float:
        """The gain less what it costs to answer."""
        return self.gain / (1 + COST * (self.fact.cost - 1))

    @property
    def enough(self) -> bool:
        """Whether it is worth asking at all."""
        easy = self.fact.type == "boolean" and self.fact.cost == 1
        return self.worth >= ENOUGH or (easy and self.settles >= GATE * len(self.members))

    @property
    def question(self) -> Question:
        return Question(self.fact.name, tuple(self.members), self.settles)


def ask_next(
    base: RuleBase,
    household: Household,
    today: date,
    *,
    skip: Collection[Need] = (),
    topic: str | None = None,
    consent: bool = True,
) -> tuple[Question | None, int]:
    """What to ask next (None: nothing that can be asked could still matter), and about how many questions are left with it.

    `skip`: not to be asked now. `topic`: the current one, kept while that costs little. `consent` False: nothing sensitive.
    """
    asked = what_to_ask(base, household, today, skip, consent)
    return _best(asked.asks, topic), asked.left


def next_question(
    base: RuleBase,
    household: Household,
    today: date,
    *,
    skip: Collection[Need] = (),
    topic: str | None = None,
    consent: bool = True,
) -> Question | None:
    """`ask_next` without the count."""
    return _best(what_to_ask(base, household, today, skip, consent).asks, topic)


def open_questions(
    base: RuleBase, household: Household, today: date, *, skip: Collection[Need] = (), topic: str | None = None, consent: bool = True
) -> int:
    """`ask_next` without the question."""
    return ask_next(base, household, today, skip=skip, topic=topic, consent=consent)[1]


@dataclass
class Asked:
    """Every question that could settle something."""

    asks: Mapping[Topic, Ask]
    opens: Sequence[Open]

    @cached_property
    def left(self) -> int:
        return _left(self.asks, self.opens)


def _best(asks: Mapping[Topic, Ask], topic: str | None) -> Question | None:
    enough = [(ask.worth, ask) for ask in asks.values() if ask.enough]
    plain = [pair for pair in enough if not pair[1].fact.sensitive] or enough
    if not plain:
        return None
    most, best = max(plain, key=_worth)
    near = [pair for pair in plain if pair[1].fact.topic == topic and pair[0] >= NEAR * most]
    return (max(near, key=_worth)[1] if near else best).question


def _worth(pair: tuple[float, Ask]) -> float:
    return pair[0]


def _left(asks: Mapping[Topic, Ask], opens: Sequence[Open]) -> int:
    """Questions asked by worth until none is worth asking, a verdict counting as settled once half of what it needs is answered."""
    topics = [one.topics for one in opens]
    gains = {key: ask.worth for key, ask in asks.items()}
    scale = {key: 1 + COST * (ask.fact.cost - 1) for key, ask in asks.items()}
    answered, count = [0] * len(opens), 0
    while gains:
        best = max(gains, key=gains.__getitem__)
        if gains.pop(best) < ENOUGH:
            break
        count += 1
        for i in asks[best].waiting:
            answered[i] += 1
            if 2 * answered[i] >= len(topics[i]) > 2 * (answered[i] - 1):
                worth = opens[i].worth
                for key in topics[i]:
                    if key in gains:
                        gains[key] -= worth / scale[key]
    return count


# ---------------------------------------------------------------- what is open
def what_to_ask(base: RuleBase, household: Household, today: date, skip: Collection[Need], consent: bool) -> Asked:
    """All that is open and matters, for everybody in the household and for the whole of it; kept by the pattern of everybody's facts."""
    scene = derive_scene(household, today, base.facts)
    codes = Codes(grid(base, today), scene)
    bars = {ref: barred(ref, base, household, skip, consent) | of_another_age(base, facts) for ref, facts in scene.people.items()}
    patterns = tuple([pattern(codes, ref, bars[ref]) for ref in scene.people])
    sizes = tuple([(scene.complete[ref], bounds(facts.get(SIZE))[1], scene.homes[ref]) for ref, facts in scene.people.items()])
    key = (today, patterns, sizes)
    store = compiled(base).shelves
    found = store.get(key)
    if found is None:
        opens = [one for ref, own in zip(scene.people, patterns, strict=True) for one in _of_one(codes, ref, own, bars)]
        if len(store) >= SHELVES:
            store.clear()
        found = store[key] = Asked(weigh(base.facts, opens), opens)
    return found


def pattern(codes: Codes, ref: str, barred: frozenset[str]) -> Pattern:
    """All that rules and questions can tell one person apart by."""
    own = codes.of(ref).get
    return ref, barred, received_by(ref, codes.scene), tuple(map(own, codes.grid.codes))


def barred(ref: str, base: RuleBase, household: Household, skip: Collection[Need], consent: bool) -> frozenset[str]:
    """What cannot be asked of a member: only ever volunteered, declined, not known, or answered as exactly as it could be."""
    found = {need.fact for need in skip if need.member in (ref, HOUSEHOLD)}
    for said in (household.members.get(ref, {}), household.facts):
        found.update(name for name, value in said.items() if value.__class__ is Unknown or value.__class__ is Interval)
    return _never(base, consent) | found


def of_another_age(base: RuleBase, facts: Facts) -> frozenset[str]:
    """Nobody is asked which class a child of two goes to."""
    low, high = bounds(facts.get("age_years"))
    return frozenset([name for name, (first, last) in _aged(base) if high < first or low > last])


def _aged(base: RuleBase) -> tuple[tuple[str, tuple[float, float]], ...]:
    store = compiled(base).shelves
    found: tuple[tuple[str, tuple[float, float]], ...] | None = store.get("asked_at")
    if found is None:
        found = store["asked_at"] = tuple((fact.name, fact.asked_at) for fact in base.facts.values() if fact.asked_at)
    return found


def _never(base: RuleBase, consent: bool) -> frozenset[str]:
    store = compiled(base).shelves
    found: frozenset[str] | None = store.get(consent)
    if found is None:
        never = (fact.name for fact in base.facts.values() if fact.ask == "never" or (fact.sensitive and not consent))
        found = store[consent] = frozenset(never)
    return found


def _of_one(codes: Codes, ref: str, own: Pattern, bars: Mapping[str, frozenset[str]]) -> Sequence[Open]:
    """What is open for one person; of the rules about one person alone it is kept."""
    store = compiled(codes.grid.base).shelves
    subject = HOUSEHOLD if ref == HOUSEHOLD else "member"
    key = (codes.grid.today, own)
    alone = store.get(key)  # another thread may clear the store at any time
    if alone is None:
        alone = store[key] = _merged(codes, ref, codes.grid.alone[subject], own[2], bars)
    return [*alone, *_merged(codes, ref, codes.grid.about_others[subject], own[2], bars)]


def received_by(ref: str, scene: Scene) -> frozenset[str]:
    """Entitlements that the member, or for the whole household anybody, surely receives already."""
    refs = scene.people if ref == HOUSEHOLD else (ref,)
    found: frozenset[str] = frozenset()
    for who in refs:
        value = scene.people[who].get("receives")
        if value is not None:
            found |= value if isinstance(value, frozenset) else value.includes if isinstance(value, Some) else frozenset()
    return found


def _merged(codes: Codes, ref: str, items: Iterable[Ready], received: frozenset[str], bars: Mapping[str, frozenset[str]]) -> list[Open]:
    """One entry for all open verdicts with the same needs."""
    found: dict[tuple[Need, ...], tuple[float, int]] = {}
    for item in items:
        rule = item.rule
        if rule.sensitive or (received and (rule.id in received or received & codes.grid.replaced_by[rule.id])):
            continue
        look = codes.open(item, ref)
        needs = look.needs_of(item, ref)
        asked = tuple(dict.fromkeys(need for need in needs if need.fact not in bars[need.member]))
        if asked:
            worth, count = found.get(asked, (0.0, 0))
            found[asked] = worth + look.chance * (DEAD_END if len(asked) < len(needs) else 1.0), count + 1
    facts = codes.grid.base.facts
    return [_open(needs, worth, count, facts) for needs, (worth, count) in found.items()]


def _open(needs: tuple[Need, ...], worth: float, count: int, facts: Mapping[str, Fact]) -> Open:
    topics = tuple((_topic(need, facts), need.member) for need in needs)
    return Open(topics, tuple(dict.fromkeys(topic for topic, _ in topics)), worth, count)


# ---------------------------------------------------------------- questions
def weigh(facts: Mapping[str, Fact], opens: Iterable[Open]) -> dict[Topic, Ask]:
    """Groups the needs into questions and weighs each by the verdicts waiting for it."""
    asks: dict[Topic, Ask] = {}
    for i, one in enumerate(opens):
        for key, member in one.needs:
            ask = asks.get(key)
            if ask is None:
                ask = asks[key] = Ask(facts[key[0]], {}, [])
            ask.members[member] = None
        for key in one.topics:
            ask = asks[key]
            ask.waiting.append(i)
            ask.gain += one.worth
            ask.settles += one.count
    return asks


def _topic(need: Need, facts: Mapping[str, Fact]) -> Topic:
    """Needs of several members are one question where all can answer together: who of you …?"""
    fact = facts[need.fact]
    together = fact.ask == "all" or (fact.type == "boolean" and not fact.sensitive)
    return need.fact, "" if together else need.member
