"""Made-up households: common kinds of families, each fact drawn by what is usual (the vocabulary's priors), some left unknown.

Belongs here: drawing. Does not: judging anything by them (`compare.py`, bench).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Unknown, Value

#: Values at which something turns, by fact: drawn more often, so that an edited limit shows.
Limits = Mapping[str, Sequence[float]]
#: Kinds of families: member ref → youngest and oldest age.
FAMILIES: tuple[Mapping[str, tuple[int, int]], ...] = (
    {"self": (18, 59)},
    {"self": (55, 95)},
    {"self": (58, 85), "spouse": (55, 85)},
    {"self": (20, 50), "spouse": (20, 55), "child1": (0, 6), "child2": (3, 20)},
    {"self": (18, 45), "child1": (0, 14)},
    {"self": (50, 80), "grandchild1": (0, 18)},
    {"self": (25, 60), "mother": (50, 95)},
    {"self": (25, 60), "father": (50, 95), "child1": (0, 18)},
    {"self": (13, 22), "mother": (35, 60)},
)
_KNOWN = 0.85
_AT_A_LIMIT = 0.5
_FERTILE = (12, 50)
#: Ways to tell the age: one of them is enough.
_AGES = frozenset({"age_years", "age_months", "birth_date", "birth_year_be"})


def households(base: RuleBase, number: int, seed: int, limits: Limits | None = None) -> list[Household]:
    """The same households for the same base of facts and seed."""
    chance = random.Random(seed)
    return [_household(base, chance, limits or {}) for _ in range(number)]


def _household(base: RuleBase, chance: random.Random, limits: Limits) -> Household:
    family = chance.choice(FAMILIES)
    asked = [fact for fact in base.facts.values() if not fact.derived]
    home = _known([fact for fact in asked if fact.owner == HOUSEHOLD], chance, limits)
    own = [fact for fact in asked if fact.owner == "member"]
    members = {ref: _member(own, ages, chance, limits) for ref, ages in family.items()}
    size = home.get("household_size")
    if isinstance(size, (int, float)):
        home["household_size"] = max(len(members), int(size))
    return Household(home, members, complete=chance.random() < _KNOWN)


def _member(asked: Sequence[Fact], ages: tuple[int, int], chance: random.Random, limits: Limits) -> dict[str, Value]:
    facts = _known(asked, chance, limits)
    near = [age for limit in limits.get("age_years", ()) for age in (limit - 1, limit, limit + 1) if ages[0] <= age <= ages[1]]
    age = int(chance.choice(near)) if near and chance.random() < _AT_A_LIMIT else chance.randint(*ages)
    facts = {name: value for name, value in facts.items() if name not in _AGES} | {"age_years": age}
    return facts | {"pregnant": False} if age < _FERTILE[0] or age > _FERTILE[1] else facts


def _known(asked: Sequence[Fact], chance: random.Random, limits: Limits) -> dict[str, Value]:
    """Facts that were told, and what the person does not know left out."""
    drawn_ = {fact.name: _value(fact, chance, limits) for fact in asked if chance.random() < _KNOWN}
    return {name: value for name, value in drawn_.items() if not isinstance(value, Unknown)}


def _value(fact: Fact, chance: random.Random, limits: Limits) -> Value:
    near = [limit + step for limit in limits.get(fact.name, ()) for step in (-1, 0, 1) if limit + step >= 0]
    if near and fact.type in ("number", "money") and chance.random() < _AT_A_LIMIT:
        picked: float = chance.choice(near)
        return picked
    return drawn(fact, chance)


def drawn(fact: Fact, chance: random.Random) -> Value:
    """A value by the fact's prior; where it has none, that the person does not know."""
    prior = fact.prior
    if fact.type == "boolean":
        return chance.random() < prior.get("true", 0.5)
    if fact.type == "choice":
        options = list(prior or dict.fromkeys(fact.choices, 1.0))
        return chance.choices(options, [prior.get(option, 1.0) for option in options])[0] if options else Unknown.DONT_KNOW
    if fact.type in ("number", "money") and {"10", "50", "90"} <= prior.keys():
        return round(_between((prior["10"], prior["50"], prior["90"]), chance.random()))
    return Unknown.DONT_KNOW


def _between(points: tuple[float, float, float], share: float) -> float:
    low, middle, high = points
    return low + (middle - low) * share * 2 if share < 0.5 else middle + (high - middle) * (share - 0.5) * 2
