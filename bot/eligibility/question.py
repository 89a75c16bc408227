"""The one question that settles most, and about how many are left.

Belongs here: choosing among the facts that open verdicts still need. Does not: how a question is put (the vocabulary) or answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.eligibility.household import HOUSEHOLD, Facts, Household
from bot.eligibility.kleene import bounds
from bot.eligibility.look import SIZE, Codes, Line, Look, codes_of
from bot.eligibility.memory import Memory
from bot.eligibility.plan import compiled
from bot.eligibility.screen import received_by
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Interval, Unknown
from bot.eligibility.verdict import Need, Question

NEAR = 0.6  # a question of the current topic is preferred down to this share of the best one's worth
DEAD_END = 0.3  # worth of a verdict that cannot become a yes because another fact will stay unknown
ENOUGH = 0.22  # a question must bring this many yeses on average, or its answer cannot be expected to matter
GATE = 5  # open verdicts of one member on which an easy yes-or-no question is asked however rare the yes (disability)
COST = 0.15  # worth lost for each step of effort or shame above the first

#: What one question asks: a fact, of one member or ("") of everybody who needs it.
Topic = tuple[str, str]
#: Who it is, what cannot be asked, what is received already, and the codes of all facts.
Pattern = tuple[str, frozenset[str], frozenset[str], Line]


#: Whom one open verdict waits for: questions with the member each is about, and the questions alone.
Wait = tuple[tuple[tuple[Topic, str], ...], tuple[Topic, ...]]


class Open(NamedTuple):
    """Verdicts that matter, are still open and wait for the same facts."""

    needs: tuple[tuple[Topic, str], ...]  # question and member
    topics: tuple[Topic, ...]
    worth: float  # yeses to be expected of them
    settles: int  # how many verdicts


@dataclass(frozen=True, slots=True)
class Ask:
    """One possible question with its worth."""

    fact: Fact
    members: tuple[str, ...]
    waiting: tuple[int, ...]  # places of the open verdicts that need it, among those of one part
    worths: tuple[float, ...]  # what each of these is worth
    gain: float  # yeses that wait for it, on average
    worth: float  # the gain less what it costs to answer
    settles: int  # how many verdicts need it

    @property
    def enough(self) -> bool:
        """Whether it is worth asking at all."""
        easy = self.fact.type == "boolean" and self.fact.cost == 1
        return self.worth >= ENOUGH or (easy and self.settles >= GATE * len(self.members))

    @property
    def question(self) -> Question:
        return Question(self.fact.name, self.members, self.settles)


@dataclass(frozen=True, slots=True)
class Part:
    """What is open for one person."""

    opens: tuple[Open, ...]
    asks: Mapping[Topic, Ask]


NOTHING = Part((), {})
#: One question in all parts that have it: how many open verdicts stand in the parts before, and the question there.
Shared = list[tuple[int, Ask]]


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
    return _best(asked.enough, topic), asked.left


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
    return _best(what_to_ask(base, household, today, skip, consent).enough, topic)


def open_questions(
    base: RuleBase, household: Household, today: date, *, skip: Collection[Need] = (), topic: str | None = None, consent: bool = True
) -> int:
    """`ask_next` without the question."""
    return ask_next(base, household, today, skip=skip, topic=topic, consent=consent)[1]


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions worth asking, each with its worth, and about how many are left."""

    enough: tuple[tuple[float, Fact, Question], ...]
    left: int


def _best(enough: Sequence[tuple[float, Fact, Question]], topic: str | None) -> Question | None:
    plain = [one for one in enough if not one[1].sensitive] or enough
    if not plain:
        return None
    most, _, best = max(plain, key=_worth)
    near = [one for one in plain if one[1].topic == topic and one[0] >= NEAR * most]
    return max(near, key=_worth)[2] if near else best


def _worth(one: tuple[float, Fact, Question]) -> float:
    return one[0]


def _left(asks: Mapping[Topic, Ask], where: Mapping[Topic, Shared], opens: Sequence[Open]) -> int:
    """Questions asked by worth until none is worth asking, a verdict counting as settled once half of what it needs is answered."""
    gains = {topic: ask.worth for topic, ask in asks.items() if ask.worth >= ENOUGH}
    answered, count = [0] * len(opens), 0
    while gains:
        best = max(gains, key=gains.__getitem__)
        if gains.pop(best) < ENOUGH:
            break
        count += 1
        for i in [before + place for before, ask in where[best] for place in ask.waiting]:
            answered[i] += 1
            topics = opens[i].topics
            if 2 * answered[i] >= len(topics) > 2 * (answered[i] - 1):
                for topic in topics:
                    if topic in gains:
                        gains[topic] -= opens[i].worth / _effort(asks[topic].fact)
    return count


def _effort(fact: Fact) -> float:
    return 1 + COST * (fact.cost - 1)


# ---------------------------------------------------------------- what is open
def what_to_ask(base: RuleBase, household: Household, today: date, skip: Collection[Need], consent: bool) -> Asked:
    """All that is open and matters, for everybody in the household and for the whole of it; kept by the pattern of everybody's facts."""
    codes = codes_of(base, household, today)
    scene = codes.scene
    of_all = _settled(household.facts) | {need.fact for need in skip if need.member == HOUSEHOLD} | _never(base, consent)
    bars = {ref: of_all | barred(ref, household, skip) | of_another_age(base, facts) for ref, facts in scene.people.items()}
    patterns = tuple([pattern(codes, ref, bars[ref]) for ref in scene.people])
    sizes = tuple([(scene.complete[ref], bounds(facts.get(SIZE))[1], scene.homes[ref]) for ref, facts in scene.people.items()])
    key = (today, patterns, sizes)
    store: Memory[Asked] = compiled(base).whole
    return store.get(key) or store.put(key, _asked(codes, patterns, bars))


def _asked(codes: Codes, patterns: Sequence[Pattern], bars: Mapping[str, frozenset[str]]) -> Asked:
    parts = [part for own in patterns for part in (_alone(codes, own), _about_others(codes, own, bars))]
    where = _where(parts)
    asks = {topic: found[0][1] if len(found) == 1 else _joined(found) for topic, found in where.items()}
    enough = tuple([(ask.worth, ask.fact, ask.question) for ask in asks.values() if ask.enough])
    return Asked(enough, _left(asks, where, [one for part in parts for one in part.opens]))


def pattern(codes: Codes, ref: str, barred: frozenset[str]) -> Pattern:
    """All that rules and questions can tell one person apart by."""
    return ref, barred, received_by(ref, codes.scene), codes.of(ref)


def barred(ref: str, household: Household, skip: Collection[Need]) -> frozenset[str]:
    """What cannot be asked of a member: put aside, declined, not known, or answered as exactly as it could be."""
    aside = [need.fact for need in skip if need.member == ref] if skip else ()
    return _settled(household.members.get(ref, {})).union(aside)


def _settled(said: Facts) -> frozenset[str]:
    return frozenset([name for name, value in said.items() if value.__class__ is Unknown or value.__class__ is Interval])


def of_another_age(base: RuleBase, facts: Facts) -> frozenset[str]:
    """Nobody is asked which class a child of two goes to."""
    low, high = bounds(facts.get("age_years"))
    return frozenset([name for name, (first, last) in _aged(base) if high < first or low > last])


def _aged(base: RuleBase) -> tuple[tuple[str, tuple[float, float]], ...]:
    store = compiled(base).fixed
    found: tuple[tuple[str, tuple[float, float]], ...] | None = store.get("asked_at")
    if found is None:
        found = store["asked_at"] = tuple((fact.name, fact.asked_at) for fact in base.facts.values() if fact.asked_at)
    return found


def _never(base: RuleBase, consent: bool) -> frozenset[str]:
    store = compiled(base).fixed
    found: frozenset[str] | None = store.get(consent)
    if found is None:
        never = (fact.name for fact in base.facts.values() if fact.ask == "never" or (fact.sensitive and not consent))
        found = store[consent] = frozenset(never)
    return found


def _alone(codes: Codes, own: Pattern) -> Part:
    """What is open by the rules about one person alone; kept."""
    store: Memory[Part] = compiled(codes.grid.base).parts
    ref, bar, received, line = own
    seen, pick = codes.grid.seen_alone[HOUSEHOLD if ref == HOUSEHOLD else "member"]
    key = (codes.grid.today, ref, bar & seen, received, pick(line))
    return store.get(key) or store.put(key, _part(_open_alone(codes, *own), codes.grid.base.facts))


def _open_alone(codes: Codes, ref: str, bar: frozenset[str], received: frozenset[str], line: Line) -> list[Open]:
    """One entry for all open verdicts with the same needs."""
    found: dict[tuple[str, ...], tuple[float, int]] = {}
    for item, rule_id, replaced_by, pick in codes.grid.asking[HOUSEHOLD if ref == HOUSEHOLD else "member"]:
        if received and (rule_id in received or received & replaced_by):
            continue
        look = item.looks.get(pick(line))
        if look is None or look.needs is None:
            look = codes.open(item, ref)
        asked = look.asks
        if asked:
            chance = look.chance
            if not bar.isdisjoint(asked):
                asked, chance = tuple([fact for fact in asked if fact not in bar]), chance * DEAD_END
        if asked:
            worth, count = found.get(asked, (0.0, 0))
            found[asked] = worth + chance, count + 1
    base = codes.grid.base
    waits: Memory[Wait] = compiled(base).waits
    return [
        Open(*(waits.get((ref, asked)) or waits.put((ref, asked), _waiting(base, ref, asked))), worth, count)
        for asked, (worth, count) in found.items()
    ]


def _waiting(base: RuleBase, ref: str, asked: tuple[str, ...]) -> Wait:
    """Facts of one person, or of the household where they are the household's, as questions."""
    return _wait([Need(HOUSEHOLD if base.facts[fact].owner == HOUSEHOLD else ref, fact) for fact in asked], base.facts)


def _about_others(codes: Codes, own: Pattern, bars: Mapping[str, frozenset[str]]) -> Part:
    """The same by the rules that look at others too; kept by what is missing for each and may be asked."""
    ref, _, received, _ = own
    found: list[tuple[Look, tuple[Need, ...]]] = []
    for item in codes.grid.about_others[HOUSEHOLD if ref == HOUSEHOLD else "member"]:
        rule = item.rule
        if rule.sensitive or (received and (rule.id in received or received & codes.grid.replaced_by[rule.id])):
            continue
        look = codes.open(item, ref)
        if look.needs:
            found.append((look, tuple([need for need in look.needs if need.fact in bars[need.member]])))
    if not found:
        return NOTHING
    store: Memory[Part] = compiled(codes.grid.base).parts
    key = tuple(found)
    return store.get(key) or store.put(key, _part(_merged(found, codes.grid.base.facts), codes.grid.base.facts))


def _merged(found: Iterable[tuple[Look, tuple[Need, ...]]], facts: Mapping[str, Fact]) -> list[Open]:
    """One entry for all looks with the same needs, without those that cannot be asked."""
    merged: dict[tuple[Need, ...], tuple[float, int]] = {}
    for look, barred_needs in found:
        asked = tuple([need for need in look.needs or () if need not in barred_needs])
        if asked:
            worth, count = merged.get(asked, (0.0, 0))
            merged[asked] = worth + look.chance * (DEAD_END if barred_needs else 1.0), count + 1
    return [Open(*_wait(needs, facts), worth, count) for needs, (worth, count) in merged.items()]


def _wait(needs: Sequence[Need], facts: Mapping[str, Fact]) -> Wait:
    topics = tuple([(_topic(need, facts), need.member) for need in needs])
    return topics, tuple(dict.fromkeys([topic for topic, _ in topics]))


# ---------------------------------------------------------------- questions
def _part(opens: Sequence[Open], facts: Mapping[str, Fact]) -> Part:
    """Groups the needs into questions and weighs each by the verdicts waiting for it."""
    members: dict[Topic, dict[str, None]] = {}
    places: dict[Topic, list[int]] = {}
    for i, one in enumerate(opens):
        for topic, member in one.needs:
            members.setdefault(topic, {})[member] = None
        for topic in one.topics:
            places.setdefault(topic, []).append(i)
    return Part(tuple(opens), {topic: _ask(facts[topic[0]], tuple(members[topic]), at, opens) for topic, at in places.items()})


def _ask(fact: Fact, members: tuple[str, ...], places: Sequence[int], opens: Sequence[Open]) -> Ask:
    worths = tuple([opens[i].worth for i in places])
    gain = sum(worths)
    return Ask(fact, members, tuple(places), worths, gain, gain / _effort(fact), sum([opens[i].settles for i in places]))


def _where(parts: Iterable[Part]) -> dict[Topic, Shared]:
    found: dict[Topic, Shared] = {}
    before = 0
    for part in parts:
        for topic, ask in part.asks.items():
            if topic in found:
                found[topic].append((before, ask))
            else:
                found[topic] = [(before, ask)]
        before += len(part.opens)
    return found


def _joined(found: Shared) -> Ask:
    """One question that several parts have; gains are added one by one, so that the sum is the same however they were parted."""
    first = found[0][1]
    gain = first.gain
    for _, ask in found[1:]:
        for worth in ask.worths:
            gain += worth
    members = tuple(dict.fromkeys([member for _, ask in found for member in ask.members]))
    return Ask(first.fact, members, (), (), gain, gain / _effort(first.fact), sum([ask.settles for _, ask in found]))


def _topic(need: Need, facts: Mapping[str, Fact]) -> Topic:
    """Needs of several members are one question where all can answer together: who of you …?"""
    fact = facts[need.fact]
    together = fact.ask == "all" or (fact.type == "boolean" and not fact.sensitive)
    return need.fact, "" if together else need.member
