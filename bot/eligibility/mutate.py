"""Judging a rule's examples by mutation: change one thing in the rule, and some example must notice.

Belongs here: the changes worth making and running the rule's own examples against each.
Does not: the examples' other duties (`examples.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.examples import current_version, household_of, judge
from bot.eligibility.household import Household
from bot.eligibility.kleene import Scene
from bot.eligibility.lint_ranges import name_of
from bot.eligibility.parse_basic import plain
from bot.eligibility.rule_errors import Findings, RuleError
from bot.eligibility.screen import found_in
from bot.eligibility.tree import (
    All,
    Amount,
    AnyOf,
    Band,
    Bands,
    Choose,
    Condition,
    CountOf,
    Example,
    Members,
    Not,
    Notes,
    Payment,
    Place,
    Ref,
    Rule,
    RuleBase,
    Test,
    Version,
)
from bot.eligibility.wire import WireError

_NUMERIC = ("at_least", "at_most", "over", "under", "within_days", "since_days")


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed where, and the example that would notice; Thai and English."""

    place: Place
    what: tuple[str, str]
    add: tuple[str, str]
    dropped: tuple[object, ...] | None = None  # the comparison left out, if that is the change


Mutant = tuple[Change, Version]


@dataclass(frozen=True, slots=True)
class Judged:
    """Survivors are changes that no example noticed."""

    tried: int
    survivors: tuple[RuleError, ...]


def judge_by_mutation(base: RuleBase, rule: Rule, today: date) -> Judged:
    """Try every change of the version in force. The examples themselves should hold first (`examples.check_examples`)."""
    version = current_version(rule, today)
    runs = _runs(base, rule, version, today)
    findings = Findings()
    tried = 0
    scope = _conjuncts(rule.for_whom)
    for change, mutant in mutants(version, base):
        if change.dropped in scope:  # for_whom asks the same: dropping it here changes nothing for anybody
            continue
        tried += 1
        if not _noticed(base, replace(rule, versions=(mutant,)), runs, today):
            what, add = change.what, change.add
            findings.error(change.place.file, change.place.line, "survivor", change_th=what[0], change=what[1], add_th=add[0], add=add[1])
    return Judged(tried, tuple(sorted(set(findings.errors))))


def _key(node: Condition) -> tuple[object, ...] | None:
    return (node.operand, node.op, node.value) if isinstance(node, Test) else None


def _conjuncts(scope: Condition | None) -> set[tuple[object, ...]]:
    """The comparisons that everybody whom the rule is about fulfils."""
    parts = scope.of if isinstance(scope, All) else (scope,) if scope else ()
    return {key for part in parts if (key := _key(part))}


@dataclass(frozen=True, slots=True)
class _Run:
    example: Example
    household: Household
    scene: Scene


def _runs(base: RuleBase, rule: Rule, version: Version, today: date) -> list[_Run]:
    """The examples that fall into the version, their facts derived once for all mutants."""
    found = []
    for example in rule.examples:
        day = example.as_of or today
        if version.start <= day and (version.end is None or day <= version.end):
            try:
                household = household_of(example, base)
            except WireError:
                continue
            found.append(_Run(example, household, derive_scene(household, day, base.facts)))
    return found


def _noticed(base: RuleBase, rule: Rule, runs: Sequence[_Run], today: date) -> bool:
    """Statuses first (fast); amounts, missing facts and what to get first only where no status told."""
    altered = RuleBase(base.facts, {rule.id: rule}, "")
    for run in runs:
        found = found_in(altered, run.scene, (rule.id,))
        if any(one.member == run.example.member and one.status != run.example.status for one in found):
            return True
    told = [run for run in runs if run.example.amount or run.example.missing is not None or run.example.first_get is not None]
    return any(judge(altered, rule, run.example, run.household, today).wrong for run in told)


# ---------------------------------------------------------------- all changes of a version
def mutants(version: Version, base: RuleBase) -> Iterator[Mutant]:
    """Every limit moved by one, every condition negated and dropped, every payment and band edge changed, the officer's word left out."""
    for change, condition in changed(version.conditions, base):
        yield change, replace(version, conditions=condition)
    for change, amount in _changed_amounts(version.amount, version.place, base):
        yield change, replace(version, amount=amount)
    if version.officer:
        what = "ตัดการพิจารณาของเจ้าหน้าที่ออก", "the official's decision left out"
        yield (
            Change(version.place, what, ("กรณีที่ครบทุกข้อ คำตอบคือ officer", "one who meets everything: officer")),
            replace(version, officer=None),
        )


def changed(node: Condition, base: RuleBase) -> Iterator[tuple[Change, Condition]]:
    """Every single change of a condition tree."""
    yield from _moved(node, base)
    if isinstance(node, (Test, Not, Members)):
        what = f"กลับเงื่อนไข {_call(node)}", f"{_call(node)} negated"
        add = f"ต่างกันเพียง {_call(node)}", f"differs only in {_call(node)}"
        yield Change(node.place, what, add), Not(node, Notes(), node.place)
    match node:
        case All(of) | AnyOf(of) | CountOf(_, of):
            yield from _changed_parts(node, of, base)
        case Not(inner):
            for change, part in changed(inner, base):
                if not isinstance(part, Not):  # a negated negation is the same as dropping it, already tried
                    yield change, Not(part, node.notes, node.place)
        case Members(where):
            for change, part in changed(where, base):
                yield change, replace(node, where=part)
        case _:
            pass


def _changed_parts(node: All | AnyOf | CountOf, of: tuple[Condition, ...], base: RuleBase) -> Iterator[tuple[Change, Condition]]:
    for index, child in enumerate(of):
        before, after = of[:index], of[index + 1 :]
        if before or after:
            what = f"ตัดเงื่อนไข {_call(child)} ออก", f"{_call(child)} dropped"
            add = f"{_call(child)} เป็นตัวตัดสินเพียงข้อเดียว", f"{_call(child)} alone decides"
            yield Change(child.place, what, add, _key(child)), replace(node, of=before + after)
        for change, part in changed(child, base):
            yield change, replace(node, of=(*before, part, *after))


def _moved(node: Condition, base: RuleBase) -> Iterator[tuple[Change, Condition]]:
    for step in (-1, 1):
        match node:
            case Test(operand, op, value) if op in _NUMERIC and _possible(operand, value + step, base):
                yield _limit_change(node, value, step), replace(node, value=value + step)
            case CountOf(n, of) if 1 <= n + step <= len(of):
                yield _count_change(node.place, n, step), replace(node, n=n + step)
            case Members(at_least=least, at_most=most):
                yield from _moved_count(node, least, most, step)


def _moved_count(node: Members, least: int, most: int | None, step: int) -> Iterator[tuple[Change, Condition]]:
    if least and least + step >= 1:
        yield _count_change(node.place, least, step), replace(node, at_least=least + step)
    if most is not None and most + step >= least and most + step >= 0:
        yield _count_change(node.place, most, step), replace(node, at_most=most + step)


def _possible(operand: object, value: float, base: RuleBase) -> bool:
    bounds = base.facts[operand.fact].range if isinstance(operand, Ref) else None
    return bounds is None or bounds[0] <= value <= bounds[1]


def _limit_change(node: Test, value: float, step: int) -> Change:
    name, old, new = name_of(node.operand), plain(value), plain(value + step)
    # The value whose answer flips: the limit itself, or its neighbour on the other side.
    flips = {("at_least", 1): 0, ("at_least", -1): -1, ("at_most", 1): 1, ("at_most", -1): 0}
    flips |= {("over", 1): 1, ("over", -1): 0, ("under", 1): 0, ("under", -1): -1}
    flips |= {("within_days", 1): 1, ("within_days", -1): 0, ("since_days", 1): 0, ("since_days", -1): -1}
    shown = plain(value + flips[(node.op, step)])
    unit = (" วันก่อน", " days ago") if node.op.endswith("_days") else ("", "")
    what = f"{name} {node.op} {old} เป็น {new}", f"{name} {node.op} {old} changed to {new}"
    return Change(node.place, what, (f"{name} = {shown}{unit[0]}", f"{name} at {shown}{unit[1]}"))


def _count_change(place: Place, value: int, step: int) -> Change:
    what = f"จำนวน {value} เป็น {value + step}", f"the count {value} changed to {value + step}"
    return Change(place, what, (f"จำนวน {value} และ {value + step} พอดี", f"exactly {value} and exactly {value + step}"))


def _call(node: Condition) -> str:
    """A condition by its fact and comparison, as the file has it."""
    match node:
        case Test(operand, op, value):
            shown = sorted(value) if isinstance(value, frozenset) else value
            return f"{name_of(operand)} {op} {str(shown).lower() if isinstance(shown, bool) else shown}"
        case Not(inner):
            return f"not ({_call(inner)})"
        case Members():
            return "members"
        case _:
            return {All: "all", AnyOf: "any", CountOf: "at_least_of"}.get(type(node), "officer")


# ---------------------------------------------------------------- amounts
def _changed_amounts(amount: Amount, place: Place, base: RuleBase) -> Iterator[tuple[Change, Amount]]:
    match amount.payment:
        case Payment() as only:
            for change, payment in _changed_payment(only, place):
                yield change, replace(amount, payment=payment)
        case Bands() as bands:
            for change, table in _changed_bands(bands):
                yield change, replace(amount, payment=table)
        case Choose() as choose:
            for change, arms in _changed_arms(choose, base):
                yield change, replace(amount, payment=arms)


def _changed_payment(payment: Payment, place: Place) -> Iterator[tuple[Change, Payment]]:
    if payment.low is None and payment.high is None:
        return
    low = None if payment.low is None else payment.low + 1
    high = None if payment.high is None else payment.high + 1
    shown = "–".join(dict.fromkeys(plain(end) for end in (payment.low, payment.high) if end is not None))
    what = f"จำนวนเงิน {shown} เพิ่มขึ้น 1", f"the amount {shown} raised by 1"
    yield Change(place, what, (f"ผู้มีสิทธิพร้อม amount {shown}", f"one who gets it, with amount {shown}")), Payment(low, high, payment.unit)


def _changed_bands(bands: Bands) -> Iterator[tuple[Change, Bands]]:
    rows = bands.rows
    for index, row in enumerate(rows):
        for change, payment in _changed_payment(row.amount, bands.place):
            yield change, replace(bands, rows=_with(rows, index, replace(row, amount=payment)))
        if row.to is None or index + 1 == len(rows):
            continue
        for step in (-1, 1):
            if row.from_ <= row.to + step:
                moved = _with(rows, index, replace(row, to=row.to + step))
                moved = _with(moved, index + 1, replace(rows[index + 1], from_=rows[index + 1].from_ + step))
                shown = plain(row.to if step < 0 else rows[index + 1].from_)
                what = (
                    f"แถวจบที่ {plain(row.to)} เป็น {plain(row.to + step)}",
                    f"the row ending at {plain(row.to)} ends at {plain(row.to + step)}",
                )
                add = f"{name_of(bands.by)} = {shown} พร้อม amount", f"{name_of(bands.by)} at {shown}, with its amount"
                yield Change(bands.place, what, add), replace(bands, rows=moved)


def _with(rows: tuple[Band, ...], index: int, row: Band) -> tuple[Band, ...]:
    return (*rows[:index], row, *rows[index + 1 :])


def _changed_arms(choose: Choose, base: RuleBase) -> Iterator[tuple[Change, Choose]]:
    for index, (condition, payment) in enumerate(choose.arms):
        before, after = choose.arms[:index], choose.arms[index + 1 :]
        for change, other in _changed_payment(payment, choose.place):
            yield change, replace(choose, arms=(*before, (condition, other), *after))
        for change, altered in changed(condition, base) if condition else ():
            yield change, replace(choose, arms=(*before, (altered, payment), *after))
