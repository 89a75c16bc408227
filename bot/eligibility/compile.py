"""Generated Python for many rules and one person: three values with bounds, in microseconds.

Belongs here: turning condition trees into the text of one function. Does not: what the nodes mean (`kleene.py` says it plainly and is
proven equal), which people there are (`screen.py`).

Every node becomes two texts: one that is true when it surely holds, one that is true when it surely does not. A number is a pair of
bounds, infinite when unknown; a choice is a bit mask of what is still possible. So Kleene's logic needs no branch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.eligibility.household import Facts
from bot.eligibility.kleene import KLEENE, Mode, bounds, needed
from bot.eligibility.tree import Condition, Fact, Members, Not, Officer, Operand, Ratio, Ref, Test
from bot.eligibility.values import OneOf, Some

Texts = tuple[str, str]  # surely holds, surely does not
Statuses = Callable[[Facts], list[bool | None]]
YES, NO = "True", "False"


class Masks(dict[Any, int]):
    """What a value leaves possible, as bits: one for each choice, the last for any text that no rule names."""

    def __init__(self, choices: Sequence[str], open_ended: bool) -> None:
        super().__init__({choice: 1 << i for i, choice in enumerate(choices)})
        self.other = 1 << len(self)
        self.all = self.other * 2 - 1 if open_ended else self.other - 1
        self[None] = self.all

    def __missing__(self, value: object) -> int:
        if isinstance(value, str):
            return self.other
        if isinstance(value, OneOf) and value.options:
            return sum({self[option] for option in value.options})
        return self.all


class Rest:
    """The complement of a set: holds everything that the set does not."""

    def __init__(self, items: frozenset[str]) -> None:
        self.items = items

    def __contains__(self, item: str) -> bool:
        return item not in self.items


NOTHING: frozenset[str] = frozenset()


def split(value: object) -> tuple[Any, Any]:
    """What a set surely holds and what it surely does not."""
    if isinstance(value, frozenset):
        return value, Rest(value)
    return (value.includes, value.excludes) if isinstance(value, Some) else (NOTHING, NOTHING)


@dataclass
class Coder:
    """Collects the locals that the generated function sets up first, and the constants it refers to."""

    vocabulary: Mapping[str, Fact]
    texts: Mapping[str, Sequence[str]]  # text fact → the values that rules name
    tried: bool = False  # a value may be put in place of a ratio, under its `ratio_key`
    lines: list[str] = field(default_factory=list)
    names: dict[object, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    members: list[tuple[Members, Mode, bool]] = field(default_factory=list)

    def local(self, key: object, prefix: str) -> tuple[str, bool]:
        """The local variable for `key` and whether it is new."""
        new = key not in self.names
        return self.names.setdefault(key, f"{prefix}{len(self.names)}"), new

    # -------------------------------------------------------- operands
    def number(self, operand: Operand) -> tuple[str, str]:
        name, new = self.local(operand, "n")
        low, high = f"{name}l", f"{name}h"
        if new and isinstance(operand, Ratio):
            (tl, th), (bl, bh) = self.number(operand.top), self.number(operand.bottom)
            self.lines.append(f"{low}={tl}/{bh} if {tl}>=0 and {bh}>0 else -inf")
            self.lines.append(f"{high}={th}/{bl} if {bl}>0 else inf")
            if self.tried:
                self.lines.append(f"if {ratio_key(operand)!r} in p: {low}={high}=p[{ratio_key(operand)!r}]")
        elif new and isinstance(operand, Ref):
            self.lines.append(f"{low}={high}=g({operand.fact!r})")
            self.lines.append(f"if {low}.__class__ not in NUMBERS or {low}!={low}: {low},{high}=bounds({low})")
        return low, high

    def plain(self, fact: str) -> str:
        name, new = self.local(("plain", fact), "b")
        if new:
            self.lines.append(f"{name}=g({fact!r})")
        return name

    def mask(self, fact: str) -> tuple[str, Masks]:
        name, new = self.local(("mask", fact), "c")
        if new:
            choices = tuple(self.vocabulary[fact].choices)
            self.constants[f"M{name}"] = Masks(choices or self.texts.get(fact, ()), not choices)
            self.lines.append(f"{name}=M{name}[g({fact!r})]")
        masks: Masks = self.constants[f"M{name}"]
        return name, masks

    def items(self, fact: str) -> tuple[str, str]:
        name, new = self.local(("set", fact), "s")
        if new:
            self.lines.append(f"{name}i,{name}o=split(g({fact!r}))")
        return f"{name}i", f"{name}o"

    # -------------------------------------------------------- nodes
    def node(self, node: Condition, mode: Mode = KLEENE, favour: bool = True) -> Texts:
        if mode.held and node.notes.get_first:
            return _constant(favour)
        yes, no = self._node(node, mode, favour)
        if not node.notes.lenient:
            return yes, no
        return (f"(not {no})", no) if favour else (yes, f"(not {yes})")

    def _node(self, node: Condition, mode: Mode, favour: bool) -> Texts:
        match node:
            case Test():
                return self.test(node)
            case Not(of=inner):
                yes, no = self.node(inner, mode, not favour)
                return no, yes
            case Officer():
                return (NO, NO) if mode.officer is None else _constant(mode.officer is favour)
            case Members():
                self.members.append((node, mode, favour))
                k = len(self.members) - 1
                return f"(q({k}) is True)", f"(q({k}) is False)"
            case _:
                return self.count(needed(node), [self.node(child, mode, favour) for child in node.of])

    @staticmethod
    def count(n: int, children: list[Texts]) -> Texts:
        yeses, noes = [yes for yes, _ in children], [no for _, no in children]
        if n == len(children):
            return "(" + " and ".join(yeses) + ")", "(" + " or ".join(noes) + ")"
        if n == 1:
            return "(" + " or ".join(yeses) + ")", "(" + " and ".join(noes) + ")"
        return f"({'+'.join(yeses)}>={n})", f"({'+'.join(noes)}>{len(children) - n})"

    def test(self, test: Test) -> Texts:
        kind = "number" if isinstance(test.operand, Ratio) else self.vocabulary[test.operand.fact].type
        if kind in ("number", "money", "date"):
            return self.number_test(test)
        assert isinstance(test.operand, Ref)
        fact = test.operand.fact
        if kind == "boolean":
            name = self.plain(fact)
            return f"({name} is {test.value})", f"({name} is {not test.value})"
        if kind == "set":
            inside, outside = self.items(fact)
            return f"({test.value!r} in {inside})", f"({test.value!r} in {outside})"
        return self.choice_test(fact, test.value if test.op == "in" else frozenset({test.value}))

    def choice_test(self, fact: str, wanted: frozenset[str]) -> Texts:
        name, masks = self.mask(fact)
        bits = sum(masks[value] for value in wanted)
        return f"(not {name}&{masks.all & ~bits})", f"(not {name}&{bits})"

    def number_test(self, test: Test) -> Texts:
        low, high = self.number(test.operand)
        if test.op == "in":
            name = f"S{len(self.constants)}"
            self.constants[name] = test.value
            return f"({low}=={high} and {low} in {name})", f"(not any({low}<=x<={high} for x in {name}))"
        limit = repr(test.value.toordinal() if isinstance(test.value, date) else test.value)
        match test.op:
            case "at_least":
                return f"({low}>={limit})", f"({high}<{limit})"
            case "at_most":
                return f"({high}<={limit})", f"({low}>{limit})"
            case "over":
                return f"({low}>{limit})", f"({high}<={limit})"
            case "under":
                return f"({high}<{limit})", f"({low}>={limit})"
            case "within_days":
                return f"(t-{low}<={limit})", f"(t-{high}>{limit})"
            case "since_days":
                return f"(t-{high}>={limit})", f"(t-{low}<{limit})"
            case _:
                return f"({low}=={high}=={limit})", f"({limit}<{low} or {limit}>{high})"


def _constant(value: bool) -> Texts:
    return (YES, NO) if value else (NO, YES)


def ratio_key(ratio: Ratio) -> str:
    return f"{ratio.top.fact}/{ratio.bottom.fact}"


def coder(vocabulary: Mapping[str, Fact], conditions: Sequence[Condition], *, tried: bool = False) -> Coder:
    return Coder(vocabulary, _named_texts(vocabulary, conditions), tried)


def _named_texts(vocabulary: Mapping[str, Fact], conditions: Sequence[Condition]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for condition in conditions:
        for test in tests_in(condition):
            if isinstance(test.operand, Ref) and vocabulary[test.operand.fact].type == "text":
                values = test.value if test.op == "in" else (test.value,)
                known = texts.setdefault(test.operand.fact, [])
                known.extend(value for value in values if value not in known)
    return texts


def tests_in(node: Condition) -> list[Test]:
    """Every comparison in a tree, those about other members included."""
    match node:
        case Test():
            return [node]
        case Not(of=inner):
            return tests_in(inner)
        case Members(where=where):
            return tests_in(where)
        case Officer():
            return []
        case _:
            return [test for child in node.of for test in tests_in(child)]


def function(code: Coder, results: Sequence[str]) -> Callable[..., list[Any]]:
    """The function (facts, q, t) → one result for each expression; q answers questions about other members, t is the day number."""
    text = "\n ".join(["def run(p,q=None,t=0):", "g=p.get", *code.lines, "return [" + ",\n  ".join(results) + "]"])
    names: dict[str, Any] = {"inf": math.inf, "NUMBERS": frozenset({int, float}), "bounds": bounds, "split": split, **code.constants}
    exec(compile(text, "<rules>", "exec"), names)  # noqa: S102 - nothing in the text but numbers, reprs of strings and our own names
    run: Callable[..., list[Any]] = names["run"]
    return run


def compile_statuses(conditions: Sequence[Condition], facts: Mapping[str, Fact], today: date | None = None) -> Statuses:
    """One function from a person's facts (a plain dict, derived facts included) to the truth of each condition, None: not known.

    Conditions must be about that person alone: `ValueError` for quantifiers over members. `today` is needed for date operators.
    """
    code = coder(facts, conditions)
    results = [f"(False if {no} else True if {yes} else None)" for yes, no in (code.node(condition) for condition in conditions)]
    if code.members:
        raise ValueError("a condition about other members cannot be decided from one person's facts")
    run = function(code, results)
    if today is None:
        return run
    day = today.toordinal()
    return lambda person: run(person, None, day)
