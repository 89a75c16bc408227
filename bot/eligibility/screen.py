"""One verdict for each rule and member: what the facts say, why, what is missing, what comes first, when it changes.

Belongs here: putting the parts together for one household on one day. Does not: what conditions mean (`kleene.py`), questions.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from bot.eligibility import cells
from bot.eligibility.amounts import money
from bot.eligibility.changes import Later, changes, earliest
from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.explain import Templates, needs, reason, reasons
from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.kleene import BEST, HELD, KLEENE, WORST, Scene, holds_item, truth
from bot.eligibility.plan import OUT_OF_SCOPE, Plan, Ready, plan
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Not, Officer, Rule, RuleBase
from bot.eligibility.values import Interval
from bot.eligibility.verdict import Need, Reason, Status, Verdict

NO_TEMPLATES: Templates = {}


@dataclass(frozen=True, slots=True)
class Found:
    """The status of one rule for one member (`household` for the whole), without its reasons."""

    item: Ready
    member: str
    status: Status
    in_scope: bool


def screen(
    base: RuleBase, household: Household, today: date, *, only: Collection[str] | None = None, templates: Templates = NO_TEMPLATES
) -> tuple[Verdict, ...]:
    """A verdict for each rule and member, or for the whole household where that is the rule's subject.

    `only`: ids of the rules wanted. `templates`: generic wording for conditions whose author gave none; without it the fact's label.
    Never raises for any household made of known facts.
    """
    scene = derive_scene(household, today, base.facts)
    oldest = earliest(household, scene)
    later = functools.cache(lambda day: derive_scene(oldest, day, base.facts, said=today))
    return tuple(_verdict(base, found, scene, templates, later) for found in found_in(base, scene, only))


def statuses(base: RuleBase, household: Household, today: date, *, only: Collection[str] | None = None) -> list[Found]:
    """As `screen`, statuses alone: the fast path."""
    return found_in(base, derive_scene(household, today, base.facts), only)


def found_in(base: RuleBase, scene: Scene, only: Collection[str] | None = None) -> list[Found]:
    """Statuses of every rule for everybody in a scene."""
    wanted = None if only is None else frozenset(only)
    for_members, for_whole = plan(base, scene.today, "member", wanted), plan(base, scene.today, HOUSEHOLD, wanted)
    found = [one for ref in scene.people if ref != HOUSEHOLD for one in _run(for_members, ref, scene)]
    return found + list(_run(for_whole, HOUSEHOLD, scene))


def _run(plan: Plan, ref: str, scene: Scene) -> Iterator[Found]:
    if not plan.ready:
        return
    for item, result in zip(plan.ready, plan.statuses(scene.people[ref], ref, scene), strict=True):
        if result == "unknown" and item.repeated:
            result = cells.agreed(item, ref, scene)
        yield Found(item, ref, "ineligible" if result == OUT_OF_SCOPE else cast(Status, result), result != OUT_OF_SCOPE)


# ---------------------------------------------------------------- the whole verdict
def _verdict(base: RuleBase, found: Found, scene: Scene, templates: Templates, later: Later) -> Verdict:
    item, ref, status = found.item, found.member, found.status
    yes = status in ("eligible", "officer")
    amount = money(item.version.amount, ref, scene) if yes and item.version else None
    day, becomes = changes(base, item, ref, scene, later) if found.in_scope else (None, None)
    return Verdict(
        entitlement=item.rule.id,
        member=ref,
        status=status,
        amount=amount,
        because=because(found, scene, templates),
        missing=missing(found, scene),
        first_get=first_get(item, ref, scene) if status == "ineligible" else (),
        changes_on=day,
        changes_to=becomes,
        assumed=_assumed(item, ref, scene, templates) if yes else (),
        receiving=receiving(item.rule, ref, scene),
        deadline=deadline(item, ref, scene),
        in_scope=found.in_scope,
    )


def because(found: Found, scene: Scene, templates: Templates) -> tuple[Reason, ...]:
    """A smallest set of reasons for a decided status; an officer's points come first."""
    item, ref = found.item, found.member
    if item.condition is None or item.version is None or found.status == "unknown":
        return ()
    if not found.in_scope and item.rule.for_whom is not None:
        return reasons(item.rule.for_whom, ref, scene, BEST, False, templates)
    if found.status == "ineligible":
        decided = truth(item.condition, ref, scene, BEST) is False
        return reasons(item.condition, ref, scene, BEST, False, templates) if decided else ()
    own = (Reason(ref, None, None, item.version.officer),) if item.version.officer and found.status == "officer" else ()
    mode = WORST if truth(item.condition, ref, scene, WORST) else BEST
    if truth(item.condition, ref, scene, mode) is not True:
        return own
    all_ = reasons(item.version.conditions, ref, scene, mode, True, templates)
    judged = tuple(Reason(one.member, None, None, one.text, one.certainty) if one.fact is None else one for one in all_)
    return own + tuple(sorted(judged, key=lambda one: one.fact is not None))


def missing(found: Found, scene: Scene) -> tuple[Need, ...]:
    if found.status != "unknown" or found.item.condition is None:
        return ()
    mode = BEST if truth(found.item.condition, found.member, scene, BEST) is None else WORST
    return needs(found.item.condition, found.member, scene, mode)


def first_get(item: Ready, ref: str, scene: Scene) -> tuple[str, ...]:
    """What to get first, where a yes hangs on nothing else."""
    if not item.first_gets or item.condition is None or truth(item.condition, ref, scene, HELD) is not True:
        return ()
    return tuple(dict.fromkeys(_lacking(item.condition, ref, scene, True)))


def _lacking(node: Condition, ref: str, scene: Scene, favour: bool) -> Iterator[str]:
    """`get_first` of the conditions that fail and by it make the whole fail."""
    if truth(node, ref, scene, BEST, favour) is not (not favour):
        return
    if node.notes.get_first:
        yield node.notes.get_first
        return
    match node:
        case Not(of=inner):
            yield from _lacking(inner, ref, scene, not favour)
        case All(of=of) | AnyOf(of=of) | CountOf(of=of):
            for child in of:
                yield from _lacking(child, ref, scene, favour)


def _assumed(item: Ready, ref: str, scene: Scene, templates: Templates) -> tuple[Reason, ...]:
    return tuple(
        reason(node, ref, None, scene, templates)
        for node in item.nodes
        if node.notes.lenient and not isinstance(node, Officer) and _plain_truth(node, ref, scene) is None
    )


def _plain_truth(node: Condition, ref: str, scene: Scene) -> bool | None:
    """The truth of a lenient condition before leniency."""
    favoured, other = truth(node, ref, scene, KLEENE, True), truth(node, ref, scene, KLEENE, False)
    return favoured if favoured is other else None


def receiving(rule: Rule, ref: str, scene: Scene) -> bool:
    """Whether the member, or for the whole household anybody, already receives it."""
    refs = scene.people if ref == HOUSEHOLD else (ref,)
    return any(holds_item(scene.people[who].get("receives"), rule.id) is True for who in refs)


def deadline(item: Ready, ref: str, scene: Scene) -> date | None:
    """Last day to apply; with an event known only within bounds, the last day that is surely in time."""
    if item.version is None or item.version.deadline is None:
        return None
    value = scene.people[ref].get(item.version.deadline.after)
    day = value.lo if isinstance(value, Interval) else value
    return day + timedelta(days=item.version.deadline.days) if isinstance(day, date) else None
