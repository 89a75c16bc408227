"""The worked examples of rules, run through the real screening, and what a rule's examples must show at least.

Belongs here: judging one example, the required kinds (a yes, a no, a not-yet-known) and both sides of every limit. Does not: mutation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.household import Household
from bot.eligibility.kleene import Scene, operand_bounds
from bot.eligibility.lint_ranges import name_of
from bot.eligibility.parse_basic import plain
from bot.eligibility.parse_conditions import children
from bot.eligibility.rule_errors import Findings, RuleError, listed
from bot.eligibility.screen import screen
from bot.eligibility.tree import Condition, Example, Fact, Ref, Rule, RuleBase, Test, Version
from bot.eligibility.verdict import Verdict
from bot.eligibility.wire import WireError, household_from_json

_KINDS = (
    ({"eligible", "officer"}, "ได้ (eligible หรือ officer)", "yes (eligible or officer)"),
    ({"ineligible"}, "ไม่ได้ (ineligible)", "no (ineligible)"),
    ({"unknown"}, "ยังไม่รู้ (unknown)", "not yet known (unknown)"),
)
_STEPS = {"at_least": (0, -1), "under": (0, -1), "at_most": (0, 1), "over": (0, 1), "within_days": (0, 1), "since_days": (0, -1)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an example came to; `wrong` pairs (expected, got), empty when it holds."""

    wrong: tuple[tuple[str, str], ...]
    verdict: Verdict | None


def check_examples(base: RuleBase, rule: Rule, today: date) -> list[RuleError]:
    """Every failing example and every missing one, as `RuleError`s."""
    findings = Findings()
    ready = [(example, household) for example in rule.examples if (household := _household(base, example, findings))]
    for example, household in ready:
        _run(base, rule, example, household, today, findings)
    _require_kinds(rule, findings)
    version = current_version(rule, today)
    scenes = [derive_scene(household, example.as_of or today, base.facts) for example, household in ready if _in(version, example, today)]
    for test in _limits(version.conditions):
        _require_sides(test, scenes, base.facts, findings)
    return sorted(set(findings.errors))


def household_of(example: Example, base: RuleBase) -> Household:
    """The people of an example; unless it says `complete: false` they are all who live there. Raises WireError."""
    return household_from_json({"complete": True, **example.household}, base)


def _household(base: RuleBase, example: Example, findings: Findings) -> Household | None:
    try:
        return household_of(example, base)
    except WireError as problem:
        findings.error(example.place.file, example.place.line, "example_crashed", title=example.title, why=problem)
        return None


def _run(base: RuleBase, rule: Rule, example: Example, household: Household, today: date, findings: Findings) -> None:
    outcome = judge(base, rule, example, household, today)
    for expected, got in outcome.wrong:
        why_th, why = _why(outcome.verdict)
        findings.error(
            example.place.file,
            example.place.line,
            "example_failed",
            title=example.title,
            expected=expected,
            got=got,
            why_th=why_th,
            why=why,
        )


def judge(base: RuleBase, rule: Rule, example: Example, household: Household, today: date) -> Outcome:
    """Screen the example's household for its one rule and compare."""
    verdicts = screen(base, household, example.as_of or today, only=(rule.id,))
    verdict = next((found for found in verdicts if found.member == example.member), None)
    return Outcome(tuple(_differences(example, verdict)), verdict)


def _differences(example: Example, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    if verdict is None:
        yield example.status, "–"
        return
    if verdict.status != example.status:
        yield example.status, verdict.status
        return
    if example.amount is not None:
        got = (verdict.amount.low, verdict.amount.high) if verdict.amount else None
        if got is None or (_floor(got), got[1]) != (_floor(example.amount), example.amount[1]):
            yield f"amount {_money(example.amount)}", f"amount {_money(got)}"
    if example.missing is not None:
        open_facts = {need.fact for need in verdict.missing}
        if open_facts != set(example.missing):
            yield f"missing {_names(example.missing)}", f"missing {_names(open_facts)}"
    if example.first_get is not None and set(example.first_get) != set(verdict.first_get):
        yield f"first_get {_names(example.first_get)}", f"first_get {_names(verdict.first_get)}"


def _floor(amount: tuple[float | None, float | None]) -> float | None:
    """“Up to 3000” may be written [0, 3000]."""
    return amount[0] or (None if amount[1] else amount[0])


def _names(words: Iterable[str]) -> str:
    return "[" + listed(sorted(words)) + "]"


def _money(amount: tuple[float | None, float | None] | None) -> str:
    if amount is None:
        return "–"
    low, high = ("–" if end is None else plain(end) for end in amount)
    return low if low == high else f"[{low}, {high}]"


def _why(verdict: Verdict | None) -> tuple[str, str]:
    """The reasons of a verdict, for the message, Thai and English."""
    if verdict is None:
        return "", ""
    said = [" ".join(f"{reason.text.get(language, '')};" for reason in verdict.because).strip(";") for language in ("th", "en")]
    missing = listed(f"{need.member}.{need.fact}" for need in verdict.missing)
    th = (f" เพราะ {said[0]}" if said[0] else "") + (f" (ยังไม่รู้ {missing})" if missing else "")
    en = (f" because {said[1]}" if said[1] else "") + (f" (not known: {missing})" if missing else "")
    return th, en


# ---------------------------------------------------------------- what must be shown
def _require_kinds(rule: Rule, findings: Findings) -> None:
    shown = {example.status for example in rule.examples}
    for statuses, kind_th, kind in _KINDS:
        if not shown & statuses:
            findings.error(
                rule.place.file, rule.examples[0].place.line if rule.examples else 1, "example_kind_missing", kind_th=kind_th, kind=kind
            )


def current_version(rule: Rule, today: date) -> Version:
    """The version in force, or the last one."""
    return next((one for one in rule.versions if one.start <= today and (one.end is None or today <= one.end)), rule.versions[-1])


def _in(version: Version, example: Example, today: date) -> bool:
    day = example.as_of or today
    return version.start <= day and (version.end is None or day <= version.end)


def _limits(node: Condition) -> Iterator[Test]:
    if isinstance(node, Test) and node.op in _STEPS:
        yield node
    for child in children(node):
        yield from _limits(child)


def _require_sides(test: Test, scenes: list[Scene], facts: Mapping[str, Fact], findings: Findings) -> None:
    spans = [span for scene in scenes for span in _spans(test, scene)]
    fact = facts[test.operand.fact] if isinstance(test.operand, Ref) else None
    for step in _STEPS[test.op]:
        value = test.value + step
        if fact and fact.range and not fact.range[0] <= value <= fact.range[1]:
            continue
        if not any(_shows(span, test, step) for span in spans):
            findings.error(
                test.place.file,
                test.place.line,
                "limit_not_shown",
                fact=name_of(test.operand),
                value=_say(test, value),
                limit=_say(test, test.value),
            )


def _spans(test: Test, scene: Scene) -> Iterator[tuple[float, float]]:
    """Bounds of the operand for everybody in a scene; dates as days before the day of screening."""
    for known in scene.people.values():
        low, high = operand_bounds(test.operand, known)
        if test.op.endswith("_days"):
            low, high = scene.today.toordinal() - high, scene.today.toordinal() - low
        yield low, high


def _shows(span: tuple[float, float], test: Test, step: int) -> bool:
    """An exact value, or an interval that ends exactly at the line. Fractions (a ratio, a monthly share) may lie within one step."""
    low, high = span
    limit = float(test.value)
    value = limit + step
    if step == 0:
        limit_is_above = test.op in ("at_least", "under", "since_days")
        return (low if limit_is_above else high) == value
    return value <= high < limit if step < 0 else limit < low <= value


def _say(test: Test, value: float) -> str:
    return f"{plain(value)} วันก่อน / days ago" if test.op.endswith("_days") else plain(value)
