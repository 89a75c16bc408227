"""What an edit of the rules changes, before it goes live: who gets another verdict, among made-up households and the rules' own examples.

Belongs here: comparing two rule bases, judging one edited file. Does not: making households (`made_up.py`), showing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.eligibility.examples import check_examples, household_of
from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.kleene import facts_of
from bot.eligibility.load import FACTS, read_contents
from bot.eligibility.made_up import households
from bot.eligibility.parse_conditions import children
from bot.eligibility.rule_errors import RuleError
from bot.eligibility.screen import screen
from bot.eligibility.tree import Condition, Ref, Rule, RuleBase, Test
from bot.eligibility.values import Value
from bot.eligibility.verdict import Verdict
from bot.eligibility.wire import WireError

HOUSEHOLDS = 600
_SHOWN = 3
Result = tuple[str, float | None, float | None]  # status, lowest and highest amount (None: no number)


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody whose verdict changes. `facts`: those of theirs that the rule looks at, by name."""

    member: str
    facts: Mapping[str, Value]
    before: Result
    after: Result


@dataclass(frozen=True, slots=True)
class Difference:
    """One entitlement. `moves`: (status before, status after) → people; equal statuses: another amount. `seen`: how many got a verdict.
    `cases`: a few of those whose verdict changes."""

    entitlement: str
    seen: int
    moves: Mapping[tuple[str, str], int]
    cases: tuple[Case, ...]

    @property
    def changed(self) -> int:
        return sum(self.moves.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """`touched`: rules that read differently. `differences`: of those that both bases have, most changes first; with `changed` 0 the edit
    changes words only, as far as these households can tell. `households`: how many were screened."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    touched: tuple[str, ...]
    differences: tuple[Difference, ...]
    households: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An edited file: what is wrong with it and, when nothing is, what it changes."""

    errors: tuple[RuleError, ...]
    warnings: tuple[RuleError, ...]
    comparison: Comparison | None


def judge_edit(
    contents: Mapping[str, bytes | str],
    root: str,
    file: str,
    edited: bytes,
    provinces: Sequence[str],
    today: date,
    number: int = HOUSEHOLDS,
) -> Judged:
    """`contents`: the files in use (`load.contents_of`); `file`: the path below the folder that `edited` would replace or add."""
    before = read_contents(contents, root, provinces, today).base
    loaded = read_contents({**contents, file: edited}, root, provinces, today)
    mine = [error for error in loaded.errors if file == FACTS or error.file == f"{root}/{file}"]
    warnings = tuple(one for one in loaded.warnings if one.file == f"{root}/{file}")
    if mine:
        return Judged(tuple(mine), warnings, None)
    rules = [rule for rule in loaded.base.rules.values() if file == FACTS or rule.place.file == f"{root}/{file}"]
    wrong = [error for rule in rules for error in check_examples(loaded.base, rule, today)]
    return Judged(tuple(wrong), warnings, compare(before, loaded.base, today, number))


def compare(before: RuleBase, after: RuleBase, today: date, number: int = HOUSEHOLDS, seed: int = 1) -> Comparison:
    """Screens the same households with both."""
    both = [id_ for id_ in after.rules if id_ in before.rules]
    same_facts = _unplaced(before.facts) == _unplaced(after.facts)
    touched = [id_ for id_ in both if not same_facts or _unplaced(before.rules[id_]) != _unplaced(after.rules[id_])]
    rules = [base.rules[id_] for id_ in touched for base in (before, after)]
    people = households(after, number if touched else 0, seed, _limits(rules))
    people += [found for rule in rules for found in _of_examples(rule, after)]
    differences = [_difference(id_, before, after, people, today) for id_ in touched]
    ordered = sorted(differences, key=lambda one: (-one.changed, one.entitlement))
    return Comparison(
        tuple(id_ for id_ in after.rules if id_ not in before.rules),
        tuple(id_ for id_ in before.rules if id_ not in after.rules),
        tuple(touched),
        tuple(ordered),
        len(people),
    )


def _unplaced(thing: object) -> str:
    """A rule or the facts without the lines they stand on."""
    first, *parts = repr(thing).split("Place(")
    return first + "".join(part.partition(")")[2] for part in parts)


def _of_examples(rule: Rule, base: RuleBase) -> Iterator[Household]:
    for example in rule.examples:
        try:
            yield household_of(example, base)
        except WireError:
            continue


def _difference(id_: str, before: RuleBase, after: RuleBase, people: Sequence[Household], today: date) -> Difference:
    moves, seen = Counter[tuple[str, str]](), 0
    cases: list[Case] = []
    wanted = sorted(_facts_of([before.rules[id_], after.rules[id_]]))
    for home in people:
        old = {one.member: _result(one) for one in screen(before, home, today, only=[id_])}
        new = {one.member: _result(one) for one in screen(after, home, today, only=[id_])}
        seen += len(new)
        for member in (one for one in new if old.get(one) != new[one]):
            was = old.get(member, ("", None, None))
            case = Case(member, _told(home, member, wanted), was, new[member])
            alike = [one for one in cases if (one.before[0], one.after[0]) == (was[0], new[member][0])]
            if len(alike) < _SHOWN and all(one.facts != case.facts for one in alike):
                cases.append(case)
            moves[was[0], new[member][0]] += 1
    return Difference(id_, seen, dict(moves.most_common()), tuple(cases))


def _result(verdict: Verdict) -> Result:
    amount = verdict.amount
    return (verdict.status, amount.low, amount.high) if amount else (verdict.status, None, None)


def _told(home: Household, member: str, wanted: Iterable[str]) -> dict[str, Value]:
    known = {**home.facts, **(home.members.get(member, {}) if member != HOUSEHOLD else {})}
    return {name: known[name] for name in wanted if name in known}


def _tests(rules: Iterable[Rule]) -> Iterator[Test]:
    for rule in rules:
        roots = [version.conditions for version in rule.versions] + ([rule.for_whom] if rule.for_whom else [])
        for root in roots:
            yield from _under(root)


def _under(node: Condition) -> Iterator[Test]:
    if isinstance(node, Test):
        yield node
    for child in children(node):
        yield from _under(child)


def _limits(rules: Iterable[Rule]) -> dict[str, list[float]]:
    found: dict[str, set[float]] = {}
    for test in _tests(rules):
        if isinstance(test.operand, Ref) and isinstance(test.value, (int, float)) and not isinstance(test.value, bool):
            found.setdefault(test.operand.fact, set()).add(test.value)
    return {fact: sorted(values) for fact, values in sorted(found.items())}


def _facts_of(rules: Iterable[Rule]) -> set[str]:
    return {fact for test in _tests(rules) for fact in facts_of(test.operand)}
