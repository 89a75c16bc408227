"""Which open verdicts are likely to become a yes, so that people hear of them before every question is answered.

Belongs here: the chance of each open verdict. Does not: telling it as if it were decided; no verdict rests on a chance.
"""

from __future__ import annotations

from datetime import date

from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.look import codes_of
from bot.eligibility.question import of_another_age
from bot.eligibility.tree import RuleBase


def likelihoods(base: RuleBase, household: Household, today: date) -> dict[tuple[str, str], float]:
    """(entitlement, member) → 0..1 for every verdict that facts still unknown can turn, by the priors of the vocabulary."""
    codes = codes_of(base, household, today)
    scene = codes.scene
    found: dict[tuple[str, str], float] = {}
    for ref, facts in scene.people.items():
        odd = of_another_age(base, facts)
        for item in codes.grid.items["household" if ref == HOUSEHOLD else "member"]:
            look = codes.open(item, ref)
            if look.asks and odd.isdisjoint(look.asks):
                found[item.rule.id, ref] = look.chance
    return found
