"""A rule read out in plain Thai or English: what it asks of whom, what it gives, since when, on whose word.

Belongs here: turning a rule's tree into nested sentences from templates.
Does not: verdicts and their reasons (`explain.py`), any wording in code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.eligibility.ages import BE
from bot.eligibility.parse_conditions import children
from bot.eligibility.tree import (
    All,
    AnyOf,
    Bands,
    Choose,
    Condition,
    CountOf,
    Fact,
    Members,
    Not,
    Notes,
    Officer,
    Operand,
    Payment,
    Ref,
    Rule,
    RuleBase,
    Test,
    Version,
    Wording,
)

Templates = Mapping[str, Wording]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence; `depth` 0 stands furthest out."""

    depth: int
    text: str


def load_templates(path: Path) -> Templates:
    """The sentences of knowledge/messages/rules.yaml. Raises OSError or yaml.YAMLError when that file is not readable."""
    found: Templates = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def read_aloud(rule: Rule, base: RuleBase, templates: Templates, language: str = "th") -> tuple[Line, ...]:
    """The whole rule: name, whom it is about, every version with conditions, amount and deadline, sources."""
    return tuple(_Voice(base, templates, language).rule(rule))


def as_text(lines: tuple[Line, ...]) -> str:
    """Indented text for a terminal."""
    return "\n".join("  " * line.depth + ("- " if line.depth else "") + line.text for line in lines)


@dataclass(frozen=True, slots=True)
class _Voice:
    base: RuleBase
    templates: Templates
    language: str

    # ------------------------------------------------------------ the rule
    def rule(self, rule: Rule) -> Iterator[Line]:
        yield Line(0, self._in(rule.name))
        yield Line(1, self._in(rule.summary))
        if rule.for_whom:
            yield Line(1, self._say("for_whom"))
            yield from self.condition(rule.for_whom, 2)
        for version in reversed(rule.versions):
            yield from self._version(version)
        yield Line(1, self._say("sources", value="; ".join(source.title for source in rule.sources)))

    def _version(self, version: Version) -> Iterator[Line]:
        yield Line(1, self._say("version_ended" if version.end else "version", start=self._day(version.start), end=self._day(version.end)))
        yield from self.condition(version.conditions, 2)
        if version.officer:
            yield Line(2, self._say("officer", what=self._in(version.officer)))
        yield Line(2, self._say("amount", text=self._in(version.amount.text)))
        yield from self._payment(version.amount.payment)
        if version.deadline:
            yield Line(2, self._say("deadline", text=self._in(version.deadline.text)))

    # ------------------------------------------------------------ conditions
    def condition(self, node: Condition, depth: int) -> Iterator[Line]:
        """One condition and what is inside it."""
        yield Line(depth, self._head(node) + self._notes(node.notes))
        for part in children(node):
            yield from self.condition(part, depth + 1)

    def _head(self, node: Condition) -> str:
        match node:
            case Test():
                return self._test(node)
            case Officer(what):
                return self._say("officer", what=self._in(what))
            case Members():
                return self._members(node)
            case CountOf(n):
                return self._say("count", n=n)
            case All():
                return self._say("all")
            case AnyOf():
                return self._say("any")
            case Not():
                return self._say("not")

    def _test(self, test: Test) -> str:
        key = f"is_{str(test.value).lower()}" if isinstance(test.value, bool) else test.op
        return self._say(key, fact=self._operand(test.operand), value=self._value(test))

    def _value(self, test: Test) -> str:
        values = sorted(test.value, key=str) if isinstance(test.value, frozenset) else [test.value]
        fact = self.base.facts.get(test.operand.fact) if isinstance(test.operand, Ref) else None
        said = self._say("or").join(self._one(fact, value) for value in values)
        unit = self._unit(fact.unit) if fact else ""
        return f"{said} {unit}".strip()

    def _one(self, fact: Fact | None, value: object) -> str:
        if fact and fact.type == "set":
            return self._entitlement(str(value))
        if isinstance(value, (int, float)):
            return f"{value:,.10g}"
        return self._in(fact.choices.get(str(value), {"th": str(value)})) if fact else str(value)

    def _operand(self, operand: Operand) -> str:
        if isinstance(operand, Ref):
            fact = self.base.facts.get(operand.fact)
            return self._in(fact.label) if fact else operand.fact
        return self._say("ratio", top=self._operand(operand.top), bottom=self._operand(operand.bottom))

    def _members(self, node: Members) -> str:
        whom = self._say(f"whom_{node.relation}" if node.relation else "whom_others" if node.others else "whom")
        if node.at_most is None:
            return self._say("members_some", whom=whom, n=node.at_least)
        if node.at_most == 0:
            return self._say("members_none", whom=whom)
        if node.at_least == 0:
            return self._say("members_most", whom=whom, n=node.at_most)
        return self._say("members_between", whom=whom, least=node.at_least, n=node.at_most)

    def _notes(self, notes: Notes) -> str:
        said = self._say("lenient") if notes.lenient else ""
        if notes.get_first:
            said += self._say("get_first", value=self._entitlement(notes.get_first))
        return said + (self._say(notes.certainty) if notes.certainty != "found" else "")

    # ------------------------------------------------------------ amounts
    def _payment(self, payment: Payment | Bands | Choose | None) -> Iterator[Line]:
        match payment:
            case Bands(by, rows):
                for row in rows:
                    low, high = (f"{end:,.10g}" if end is not None else "" for end in (row.from_, row.to))
                    key = "row" if high else "row_open"
                    yield Line(3, self._say(key, fact=self._operand(by), low=low, high=high, pays=self._pays(row.amount)))
            case Choose(arms):
                for condition, arm in arms:
                    yield Line(3, self._say("arm" if condition else "otherwise", pays=self._pays(arm)))
                    yield from self.condition(condition, 4) if condition else ()
            case _:
                return

    def _pays(self, payment: Payment) -> str:
        low, high = (f"{end:,.10g}" if end is not None else "" for end in (payment.low, payment.high))
        key = "no_number" if not high else "exactly" if low == high else "between" if low else "up_to"
        return self._say(key, low=low, high=high, unit=self._unit(payment.unit))

    # ------------------------------------------------------------ words
    def _day(self, day: date | None) -> str:
        if day is None:
            return ""
        return self._say("date", day=day.day, month=self._say(f"month.{day.month}"), year=day.year, year_be=day.year + BE)

    def _entitlement(self, name: str) -> str:
        rule = self.base.rules.get(name)
        return self._in(rule.name) if rule else name

    def _unit(self, unit: str | None) -> str:
        return self._in(self.templates.get(f"unit.{unit}", {"th": unit or ""})) if unit else ""

    def _in(self, wording: Wording) -> str:
        return wording.get(self.language) or wording["th"]

    def _say(self, key: str, **parts: object) -> str:
        text = self._in(self.templates[key])
        for name, part in parts.items():
            text = text.replace("{" + name + "}", str(part))
        return text
