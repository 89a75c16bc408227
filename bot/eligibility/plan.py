"""Rules made ready to run on a day: each compiled once, found again for the same rule base.

Belongs here: which version holds, the generated functions, and what of a rule can be read off once and for all. Does not: people.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from bot.eligibility.compile import Coder, coder, function, tests_in
from bot.eligibility.explain import FOLLOWS_FROM
from bot.eligibility.household import Facts
from bot.eligibility.kleene import BEST, WORST, Mode, Scene, facts_of, members_truth
from bot.eligibility.memory import Memory
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Fact, Members, Not, Notes, Officer, Operand, Rule, RuleBase, Test, Version

#: What the generated code answers for a rule: a status, or that the rule is not about this person at all.
OUT_OF_SCOPE = "out"
#: Facts of a death. A rule that mentions neither is about the living.
DEATH = frozenset({"died", "died_date"})


@dataclass(frozen=True, eq=False)
class Ready:
    """A rule with the version in force on the day (None: none is)."""

    rule: Rule
    version: Version | None
    vocabulary: Mapping[str, Fact]

    @cached_property
    def condition(self) -> Condition | None:
        """Whom it is about and what they must fulfil, as one tree."""
        if self.version is None:
            return None
        scope = self.rule.for_whom
        if scope is None:
            return self.version.conditions
        return All((scope, self.version.conditions), Notes(), self.version.place)

    @cached_property
    def nodes(self) -> tuple[Condition, ...]:
        return tuple(walk(self.condition)) if self.condition else ()

    @cached_property
    def has_officer(self) -> bool:
        return any(isinstance(node, Officer) for node in self.nodes)

    @cached_property
    def first_gets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(node.notes.get_first for node in self.nodes if node.notes.get_first))

    @cached_property
    def repeated(self) -> tuple[Operand, ...]:
        """Operands compared more than once: only these can settle a tree that Kleene's logic leaves open."""
        counts = Counter(test.operand for test in self.own_tests)
        return tuple(operand for operand, n in counts.items() if n > 1)

    @cached_property
    def own_tests(self) -> tuple[Test, ...]:
        return tuple(own_tests(self.condition)) if self.condition else ()

    @cached_property
    def lenient(self) -> frozenset[Operand]:
        """Operands of lenient comparisons: their unknown counts as fulfilled and is never tried out."""
        return frozenset(test.operand for node in self.nodes if node.notes.lenient for test in own_tests(node))

    @cached_property
    def alone(self) -> Plan:
        """This rule's own generated function, in which ratios can be tried out too."""
        return build(self.vocabulary, [self], tried=True)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every fact that the rule mentions, also about other members."""
        tests = tests_in(self.condition) if self.condition else []
        return frozenset(fact for test in tests for fact in facts_of(test.operand))

    @cached_property
    def for_living(self) -> bool:
        """Whether a member who died is out of its scope."""
        return "died" in self.vocabulary and not self.names & DEATH

    @cached_property
    def has_members(self) -> bool:
        return any(isinstance(node, Members) for node in self.nodes)

    @cached_property
    def seen(self) -> tuple[str, ...]:
        """Every fact on which status, needs and chance can rest."""
        follow = {other for name in self.names for other in FOLLOWS_FROM.get(name, ())}
        return tuple(sorted({"died", *self.names, *follow}))

    @cached_property
    def dated(self) -> tuple[str, ...]:
        """Ages and dates on which it can rest when it changes by itself."""
        days = [name for name in self.seen if name in self.vocabulary and self.vocabulary[name].type == "date"]
        last = [self.version.deadline.after] if self.version and self.version.deadline else []
        return tuple(dict.fromkeys(["birth_date", "age_years", "age_months", *days, *last]))

    @cached_property
    def looks(self) -> dict[Any, Any]:
        """What was worked out for each pattern of facts; see `look.py`."""
        return {}


def own_tests(node: Condition) -> list[Test]:
    """Every comparison about the subject itself."""
    return [found for found in walk(node, into_members=False) if isinstance(found, Test)]


def walk(node: Condition, into_members: bool = True) -> list[Condition]:
    match node:
        case All() | AnyOf() | CountOf():
            return [node, *(found for child in node.of for found in walk(child, into_members))]
        case Not(of=inner):
            return [node, *walk(inner, into_members)]
        case Members(where=where) if into_members:
            return [node, *walk(where)]
        case _:
            return [node]


@dataclass(frozen=True, eq=False)
class Plan:
    """Rules with one generated function over them."""

    ready: tuple[Ready, ...]
    run: Callable[..., list[str]]
    members: tuple[tuple[Members, Mode, bool], ...] = ()

    def statuses(self, facts: Facts, ref: str, scene: Scene) -> list[str]:
        """What the function answers for these facts of `ref`."""
        return self.run(facts, self._others(ref, scene) if self.members else None, scene.today.toordinal())

    def _others(self, ref: str, scene: Scene) -> Callable[[int], bool | None]:
        """Answers the function's questions about other members, each worked out once."""

        @cache
        def ask(k: int) -> bool | None:
            node, mode, favour = self.members[k]
            return members_truth(node, ref, scene, mode, favour)

        return ask


@dataclass
class Compiled:
    """All that was ever made ready for one rule base."""

    base: RuleBase
    plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)
    ready: dict[tuple[str, int], Ready] = field(default_factory=dict)
    grids: dict[date, Any] = field(default_factory=dict)
    whole: Memory[Any] = field(default_factory=lambda: Memory(2000))  # by the pattern of a household; see `question.py`
    parts: Memory[Any] = field(default_factory=lambda: Memory(600))  # by that of one person
    waits: Memory[Any] = field(default_factory=lambda: Memory(4000))  # by the facts it waits for
    homes: Memory[Any] = field(default_factory=lambda: Memory(400))  # the people of a screening; see `look.py`
    fixed: dict[Any, Any] = field(default_factory=dict)  # what the vocabulary alone decides


_KEPT = 8
_compiled: OrderedDict[int, Compiled] = OrderedDict()


def compiled(base: RuleBase) -> Compiled:
    """The store of one rule base; the few last used are kept, each holding its base so that an id is never reused."""
    found = _compiled.get(id(base))
    if found is None:
        found = _compiled[id(base)] = Compiled(base)
        while len(_compiled) > _KEPT:
            _compiled.popitem(last=False)
    return found


def in_force(rule: Rule, today: date) -> int:
    """Index of the version that holds on the day, -1 if none."""
    for i, version in enumerate(rule.versions):
        if version.start <= today and (version.end is None or today <= version.end):
            return i
    return -1


def ready(base: RuleBase, rule: Rule, today: date) -> Ready:
    store, index = compiled(base), in_force(rule, today)
    key = (rule.id, index)
    if key not in store.ready:
        store.ready[key] = Ready(rule, rule.versions[index] if index >= 0 else None, base.facts)
    return store.ready[key]


def plan(base: RuleBase, today: date, subject: str, only: frozenset[str] | None = None) -> Plan:
    """The rules for one kind of subject (member or household) as they stand on the day."""
    rules = [rule for rule in base.rules.values() if rule.subject == subject and (only is None or rule.id in only)]
    key = (subject, only, tuple(in_force(rule, today) for rule in rules))
    plans = compiled(base).plans
    if key not in plans:
        plans[key] = build(base.facts, [ready(base, rule, today) for rule in rules])
    return plans[key]


def build(vocabulary: Mapping[str, Fact], rules: Sequence[Ready], *, tried: bool = False) -> Plan:
    code = coder(vocabulary, [item.condition for item in rules if item.condition], tried=tried)
    run = function(code, [status_text(code, item) for item in rules])
    return Plan(tuple(rules), run, tuple(code.members))


def status_text(code: Coder, item: Ready) -> str:
    """Python text whose value is the rule's status for the person at hand."""
    if item.version is None or item.condition is None:
        return "'ineligible'"
    met = "'officer'" if item.version.officer else "'eligible'"
    parts = [f"'{OUT_OF_SCOPE}' if {code.plain('died')} is True"] if item.for_living else []
    if item.rule.for_whom is not None:
        parts.append(f"'{OUT_OF_SCOPE}' if {code.node(item.rule.for_whom, BEST)[1]}")
    best, never = code.node(item.condition, BEST)
    parts.append(f"'ineligible' if {never}")
    if item.has_officer:
        worst, fails = code.node(item.condition, WORST)
        parts += [f"{met} if {worst}", f"'officer' if {best} and {fails}"]
    else:
        parts.append(f"{met} if {best}")
    return "(" + " else ".join([*parts, "'unknown'"]) + ")"
