"""Checks on rules that are well formed: contradictions, conditions without effect, uncovered tables, clashes between files.

Belongs here: what a careful colleague would refuse or warn about.
Does not: shapes and types (the readers), the set reasoning (`lint_ranges.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from bot.eligibility.lint_ranges import (
    Subject,
    Values,
    common,
    covers,
    joined,
    may,
    must,
    name_of,
    nothing,
    subject_of,
    without_top,
)
from bot.eligibility.parse_amount import unsaid_numbers
from bot.eligibility.parse_basic import plain
from bot.eligibility.parse_conditions import children, facts_of
from bot.eligibility.rule_errors import Findings
from bot.eligibility.tree import (
    All,
    AnyOf,
    Bands,
    Choose,
    Condition,
    Fact,
    Members,
    Not,
    Notes,
    Officer,
    Rule,
    Test,
    Version,
)

A_YEAR = timedelta(days=366)
Named = Mapping[str, frozenset[str]]


def check_rule(rule: Rule, facts: Mapping[str, Fact], findings: Findings) -> None:
    """Everything that one rule can be judged by alone."""
    if rule.for_whom:
        _check_condition(rule.for_whom, facts, findings)
    for version in rule.versions:
        _check_version(rule, version, facts, findings)
    _check_askable(rule, facts, findings)


def _check_version(rule: Rule, version: Version, facts: Mapping[str, Fact], findings: Findings) -> None:
    sound = _check_condition(version.conditions, facts, findings)
    admitted = version.conditions
    if rule.for_whom:
        admitted = All((rule.for_whom, version.conditions), Notes(), version.place)
        if sound:
            _dead(admitted, facts, findings, always=False)
    payment = version.amount.payment
    if isinstance(payment, Bands):
        _check_cover(payment, admitted, facts, findings)
    if isinstance(payment, Choose):
        for condition, _ in payment.arms:
            if condition:
                _check_condition(condition, facts, findings)
    for language, number in unsaid_numbers(version.amount):
        findings.error(version.place.file, version.place.line, "number_not_said", language=language, number=number)


# ---------------------------------------------------------------- never, always, without effect
def _check_condition(node: Condition, facts: Mapping[str, Fact], findings: Findings) -> bool:
    """Innermost first: what holds a dead part is not accused again. True when nothing was found."""
    parts = [_check_condition(child, facts, findings) for child in children(node)]
    if not all(parts) or isinstance(node, (Members, Officer)):
        return all(parts)
    if _dead(node, facts, findings, always=True):
        return False
    if isinstance(node, (All, AnyOf)):
        _idle(node, facts, findings)
    return True


def _dead(node: Condition, facts: Mapping[str, Fact], findings: Findings, *, always: bool) -> bool:
    for about in _subjects(node, facts):
        name = name_of(about.operand) + (f" {about.item}" if about.item else "")
        if not may(node, about):
            why_th, why = f"ไม่มีค่า “{name}” ใดเข้าได้ทุกข้อ", f"no value of “{name}” fits all of it"
            findings.error(node.place.file, node.place.line, "never_true", why_th=why_th, why=why)
            return True
        if always and covers(must(node, about), about.universe):
            why_th, why = f"“{name}” เป็นค่าใดก็เข้า", f"every value of “{name}” fits"
            findings.error(node.place.file, node.place.line, "always_true", why_th=why_th, why=why)
            return True
    return False


def _idle(node: All | AnyOf, facts: Mapping[str, Fact], findings: Findings) -> None:
    """A single comparison that its neighbours already imply (in `all`) or that adds nothing to them (in `any`)."""
    for index, child in enumerate(node.of):
        if not isinstance(child, (Test, Not)) or (isinstance(child, Not) and not isinstance(child.of, Test)):
            continue
        about = next(_subjects(child, facts))
        rest = [_near(sibling, about, isinstance(node, All)) for place, sibling in enumerate(node.of) if place != index]
        own = may(child, about)
        if isinstance(node, All):
            others: Values = about.universe
            for values in rest:
                others = common(others, values)
            idle = others != about.universe and covers(own, others)
        else:
            others = nothing(about.universe)
            for values in rest:
                others = joined(others, values, about.step)
            idle = covers(others, own)
        if idle:
            findings.warn(child.place.file, child.place.line, "no_effect", fact=name_of(about.operand))


def _near(sibling: Condition, about: Subject, conjunction: bool) -> Values:
    return may(sibling, about) if conjunction else must(sibling, about)


def _subjects(node: Condition, facts: Mapping[str, Fact]) -> Iterator[Subject]:
    tests = list(own_tests(node))
    named = _named(tests, facts)
    seen: list[Subject] = []
    for test in tests:
        about = subject_of(test, facts, named)
        if about not in seen:
            seen.append(about)
            yield about


def own_tests(node: Condition) -> Iterator[Test]:
    """Comparisons about the subject itself, not about other members."""
    if isinstance(node, Test):
        yield node
    elif not isinstance(node, Members):
        for child in children(node):
            yield from own_tests(child)


def _named(tests: Iterable[Test], facts: Mapping[str, Fact]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for test in tests:
        name = facts_of(test.operand)[0]
        if facts[name].type == "text":
            value = test.value if isinstance(test.value, frozenset) else frozenset((str(test.value),))
            found[name] = found.get(name, frozenset()) | value
    return found


# ---------------------------------------------------------------- tables
def _check_cover(bands: Bands, admitted: Condition, facts: Mapping[str, Fact], findings: Findings) -> None:
    """Every value that the conditions let in must fall in a row: a household of nine, a person of 59."""
    probe = Test(bands.by, "at_least", 0, Notes(), bands.place)
    about = without_top(subject_of(probe, facts, {}))
    spans = may(admitted, about)
    if not spans or isinstance(spans, frozenset) or not bands.rows:
        return
    low, high = spans[0][0], spans[-1][1]
    first, last = bands.rows[0], bands.rows[-1]
    name = name_of(bands.by)
    if low < first.from_:
        findings.error(bands.place.file, bands.place.line, "bands_uncovered_low", start=plain(first.from_), low=plain(low), fact=name)
    if last.to is not None and high > last.to:
        findings.error(bands.place.file, bands.place.line, "bands_uncovered_top", end=plain(last.to), fact=name)


# ---------------------------------------------------------------- can it ever be known?
def _check_askable(rule: Rule, facts: Mapping[str, Fact], findings: Findings) -> None:
    seen: set[str] = set()
    for version in rule.versions:
        for test, lenient in _tests_with_leniency(version.conditions, False):
            for name in facts_of(test.operand):
                fact = facts[name]
                if fact.ask == "never" and not fact.derived and fact.type != "set" and not lenient and name not in seen:
                    seen.add(name)
                    findings.warn(test.place.file, test.place.line, "never_asked", fact=name)


def _tests_with_leniency(node: Condition, lenient: bool) -> Iterator[tuple[Test, bool]]:
    lenient = lenient or node.notes.lenient
    if isinstance(node, Test):
        yield node, lenient
    for child in children(node):
        yield from _tests_with_leniency(child, lenient)


# ---------------------------------------------------------------- across files
def check_base(rules: Mapping[str, Rule], findings: Findings, today: date | None) -> None:
    """Clashes between rules, and sources that need another look."""
    _check_keywords(rules, findings)
    _check_circles(rules, findings)
    for rule in rules.values() if today else ():
        _check_sources(rule, today, findings)


def _check_keywords(rules: Mapping[str, Rule], findings: Findings) -> None:
    """A word that people use for several rights is shared by them, and who uses it is asked which is meant: a few, not a list."""
    owners: dict[str, list[str]] = {}
    for rule in rules.values():
        for word in dict.fromkeys(word.casefold() for word in rule.keywords):
            owners.setdefault(word, []).append(rule.id)
            if len(owners[word]) > MOST_SHARING:
                findings.error(rule.place.file, rule.place.line, "same_keyword", word=word, others=", ".join(owners[word][:-1]))


MOST_SHARING = 4
"""Rights that one keyword may call up."""


def _check_sources(rule: Rule, today: date | None, findings: Findings) -> None:
    for source in rule.sources:
        if today and source.checked > today:
            findings.error(rule.place.file, rule.place.line, "source_future", id=source.id, checked=source.checked)
        elif today and today - source.checked > A_YEAR:
            findings.warn(rule.place.file, rule.place.line, "source_old", id=source.id, checked=source.checked)


def _check_circles(rules: Mapping[str, Rule], findings: Findings) -> None:
    needs = {rule.id: sorted({name for version in rule.versions for name in _firsts(version.conditions)}) for rule in rules.values()}
    for start in needs:
        path = _circle(start, needs)
        if path and start == min(path):
            place = rules[start].place
            findings.error(place.file, place.line, "circle", path=" → ".join([*path, start]))


def _firsts(node: Condition) -> Iterator[str]:
    if node.notes.get_first:
        yield node.notes.get_first
    for child in children(node):
        yield from _firsts(child)


def _circle(start: str, needs: Mapping[str, list[str]]) -> list[str]:
    """A way from `start` back to it, or nothing."""
    stack, seen = [(start, [start])], {start}
    while stack:
        here, path = stack.pop()
        for after in needs.get(here, []):
            if after == start:
                return path
            if after not in seen:
                seen.add(after)
                stack.append((after, [*path, after]))
    return []
