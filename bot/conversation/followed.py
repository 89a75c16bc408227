"""What is followed once the results were told: the rights to stay with until the help has arrived.

Belongs here: choosing them from the verdicts, best first. Does not: when to write (`bot/followup`), what people answer
(`following.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from bot.conversation.effects import Plan, Told
from bot.conversation.results import help_rank, sort_by_member
from bot.conversation.state import Conversation
from bot.conversation.world import World
from bot.eligibility.verdict import Verdict

#: Taken when needed; nobody has to be reminded of a debt or a cheaper ticket.
_NOT_ASKED_ABOUT = frozenset({"loan", "discount"})
#: The groups of a summary, as the plan knows them.
_STATUS: Mapping[str, Literal["eligible", "officer", "almost", "receiving"]] = {
    "surely": "eligible",
    "probably": "eligible",
    "officer": "officer",
    "almost": "almost",
    "receiving": "receiving",
}


def plan(conversation: Conversation, world: World, verdicts: Sequence[Verdict], today: date) -> tuple[Conversation, Plan]:
    """What the summary just told, to be followed. Rights that need no application, loans and discounts are not asked about."""
    told = []
    for entries in sort_by_member(world, verdicts, today).values():
        for rank, (group, v) in enumerate(entries):
            if _worth_following(world, v):
                one = Told(v.entitlement, v.member, _STATUS[group], v.deadline, v.changes_on, v.changes_to)
                told.append((help_rank(world, v), list(_STATUS).index(group), rank, one))
    told.sort(key=lambda entry: entry[:3])
    best = tuple(one for *_, one in told)
    open_ones = tuple((one.entitlement, one.member) for one in best if one.status in ("eligible", "officer"))
    begun = tuple(key for key in conversation.followed if key not in open_ones and not _receiving(best, key))
    province = conversation.household.get("province")
    where = province.value if province and isinstance(province.value, str) else ""
    return replace(conversation, followed=(*begun, *open_ones)), Plan(best, where)


def _worth_following(world: World, verdict: Verdict) -> bool:
    rule = world.base.rules[verdict.entitlement]
    return bool(rule.documents) and rule.versions[-1].amount.kind not in _NOT_ASKED_ABOUT


def _receiving(told: Sequence[Told], key: tuple[str, str]) -> bool:
    return any((one.entitlement, one.member) == key and one.status == "receiving" for one in told)
