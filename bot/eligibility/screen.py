"""One verdict for each rule and member: what the facts say, why, what is missing, what comes first, when it changes.

Belongs here: putting the parts together for one household on one day. Does not: what conditions mean (`kleene.py`), questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

from bot.eligibility import cells
from bot.eligibility.amounts import money
from bot.eligibility.changes import NEVER, Calendar, changes, steady, turns
from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.explain import Templates, reason, reasons
from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.kleene import BEST, HELD, KLEENE, WORST, Scene, truth
from bot.eligibility.look import Codes, Look, codes_of
from bot.eligibility.plan import OUT_OF_SCOPE, Plan, Ready, plan
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Not, Officer, RuleBase
from bot.eligibility.values import Interval, Some
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
    codes = codes_of(base, household, today)
    scene = codes.scene
    calendar = Calendar(base, codes)
    members, whole = (
        [item for item in codes.grid.items[subject] if only is None or item.rule.id in only] for subject in ("member", HOUSEHOLD)
    )
    found: list[Verdict] = []
    for ref in scene.people:
        got = received_by(ref, scene)
        found += [_verdict(item, ref, codes, templates, calendar, got) for item in (whole if ref == HOUSEHOLD else members)]
    return tuple(found)


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
@dataclass(frozen=True, slots=True)
class Told:
    """What is said for one pattern of facts of one member. `whole`: all of it, where neither day nor sum hangs on more than the pattern.
    `dated`: all of it by the day and the exact ages and dates, where only the day of a change hangs on these."""

    templates: Templates
    found: Found
    because: tuple[Reason, ...]
    missing: tuple[Need, ...]
    first_get: tuple[str, ...]
    assumed: tuple[Reason, ...]
    steady: bool
    whole: Verdict | None
    dated: dict[tuple[object, ...], Verdict] = field(default_factory=dict)


_MOST_DATED = 64


def _verdict(item: Ready, ref: str, codes: Codes, templates: Templates, calendar: Calendar, received: frozenset[str]) -> Verdict:
    look = codes.look(item, ref)
    told = look.told.get(ref)
    if told is None or told.templates is not templates:
        told = look.told[ref] = _told(look, item, ref, codes, templates)
    got = item.rule.id in received
    if told.whole is not None and not got:
        return told.whole
    if got or item.has_members or told.found.status in ("eligible", "officer"):
        return _dated(told, item, ref, codes, calendar, got)
    facts = codes.scene.people[ref]
    key = (codes.scene.today, *[facts.get(name) for name in item.dated])
    verdict = told.dated.get(key)
    if verdict is None:
        if len(told.dated) >= _MOST_DATED:
            told.dated.clear()
        verdict = told.dated[key] = _dated(told, item, ref, codes, calendar, got)
    return verdict


def _dated(told: Told, item: Ready, ref: str, codes: Codes, calendar: Calendar, got: bool) -> Verdict:
    """With what hangs on more than the pattern: the sum, the day of a change, the deadline."""
    found, version = told.found, item.version
    yes = found.status in ("eligible", "officer")
    steady_ = told.steady or not found.in_scope
    day, becomes, exact = NEVER if steady_ else changes(item, ref, calendar)
    return Verdict(
        entitlement=item.rule.id,
        member=ref,
        status=found.status,
        amount=money(version.amount, ref, codes.scene) if yes and version else None,
        because=told.because,
        missing=told.missing,
        first_get=told.first_get,
        changes_on=day,
        changes_to=becomes,
        assumed=told.assumed,
        receiving=got,
        deadline=deadline(item, ref, codes.scene),
        in_scope=found.in_scope,
        changes_exact=exact,
    )


def _told(look: Look, item: Ready, ref: str, codes: Codes, templates: Templates) -> Told:
    scene, inside = codes.scene, look.status != OUT_OF_SCOPE
    found = Found(item, ref, cast(Status, look.status) if inside else "ineligible", inside)
    yes = found.status in ("eligible", "officer")
    parts = (
        because(found, scene, templates),
        codes.open(item, ref).needs_of(item, ref),
        first_get(item, ref, scene) if inside and found.status == "ineligible" else (),
        _assumed(item, ref, scene, templates) if yes else (),
    )
    same = not turns(item, scene.today) and steady(item, ref, scene)
    whole = None
    if not yes and (same or not inside) and (item.version is None or item.version.deadline is None):
        whole = Verdict(item.rule.id, ref, found.status, None, *parts[:3], None, None, parts[3], False, None, inside)
    return Told(templates, found, *parts, same, whole)


def because(found: Found, scene: Scene, templates: Templates) -> tuple[Reason, ...]:
    """A smallest set of reasons for a decided status; an officer's points come first."""
    item, ref = found.item, found.member
    if item.condition is None or item.version is None or found.status == "unknown":
        return ()
    if not found.in_scope:
        scope = item.rule.for_whom
        return reasons(scope, ref, scene, BEST, False, templates) if scope and truth(scope, ref, scene, BEST) is False else ()
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


def first_get(item: Ready, ref: str, scene: Scene) -> tuple[str, ...]:
    """What to get first, where nothing else stands against a yes; other facts may still be open."""
    if not item.first_gets or item.condition is None or truth(item.condition, ref, scene, HELD) is False:
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


def received_by(ref: str, scene: Scene) -> frozenset[str]:
    """Entitlements that the member, or for the whole household anybody, surely receives already."""
    refs = scene.people if ref == HOUSEHOLD else (ref,)
    found: frozenset[str] = frozenset()
    for who in refs:
        value = scene.people[who].get("receives")
        if value is not None:
            found |= value if isinstance(value, frozenset) else value.includes if isinstance(value, Some) else frozenset()
    return found


def deadline(item: Ready, ref: str, scene: Scene) -> date | None:
    """Last day to apply; with an event known only within bounds, the last day that is surely in time."""
    if item.version is None or item.version.deadline is None:
        return None
    value = scene.people[ref].get(item.version.deadline.after)
    day = value.lo if isinstance(value, Interval) else value
    return day + timedelta(days=item.version.deadline.days) if isinstance(day, date) else None
