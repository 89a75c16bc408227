"""The same rules over a whole population: one Ibis expression for each rule, run by Polars here or any database elsewhere.

Belongs here: the second runtime of the rule text, proven equal to the first. Does not: reasons, ages from birth dates, sums over a home.

One row is one person, one column one fact, derived facts included, household facts joined on; NULL is unknown, as is a fact without a
column. Text choices run fastest as Enum columns. A quantifier over members needs a column with the number of members who fulfil its
`where` (NULL: unknown), named in `counts`; rules that have one without such a column are refused.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bot.eligibility.cells import possible
from bot.eligibility.kleene import BEST, WORST, Mode, Scene, facts_of, needed
from bot.eligibility.plan import Ready, ready
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Fact, Members, Not, Officer, Operand, Ref, RuleBase, Test

MOST = 64  # combinations tried in one expression to decide beyond Kleene's logic
#: Column with the number of members who fulfil the k-th quantifier of a rule: (rule id, k) → column.
Counts = Mapping[tuple[str, int], str]


class PopulationError(ValueError):
    """A rule cannot be run over this table; the text says which and why."""


@dataclass
class Writer:
    """Writes one rule as Ibis expressions over one table."""

    table: Any
    vocabulary: Mapping[str, Fact]
    today: date
    rule: str
    counts: Counts
    cells: Mapping[Operand, Any] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)

    def known(self, operand: Operand) -> bool:
        """Whether the table has the columns for it."""
        return all(fact in self.table.columns for fact in facts_of(operand))

    def operand(self, operand: Operand) -> Any:
        """The column, with the tried value where it is NULL; None where there is neither."""
        cell = None if operand not in self.cells else self.cell(operand)
        if not self.known(operand):
            return cell
        if isinstance(operand, Ref):
            value = self.table[operand.fact]
        else:
            value = self.table[operand.top.fact] / self.table[operand.bottom.fact].cast("float64").nullif(0.0)
        return value if cell is None else value.fill_null(cell)

    def cell(self, operand: Operand) -> Any:
        """The value tried in place of NULL."""
        import ibis

        return ibis.literal(self.cells[operand])

    def node(self, node: Condition, mode: Mode, favour: bool = True) -> Any:
        value = self._node(node, mode, favour)
        return value.fill_null(favour) if node.notes.lenient else value

    def _node(self, node: Condition, mode: Mode, favour: bool) -> Any:
        import ibis

        match node:
            case Test():
                return self.test(node)
            case Not(of=inner):
                return ~self.node(inner, mode, not favour)
            case Officer():
                return ibis.literal(mode.officer is favour)
            case Members():
                return self.members(node)
            case All(of=of):
                return functools.reduce(operator.and_, [self.node(child, mode, favour) for child in of])
            case AnyOf(of=of):
                return functools.reduce(operator.or_, [self.node(child, mode, favour) for child in of])
            case CountOf(of=of):
                return self.count(needed(node), [self.node(child, mode, favour) for child in of])

    @staticmethod
    def count(n: int, children: list[Any]) -> Any:
        import ibis

        sure = sum(child.fill_null(False).cast("int8") for child in children)
        possible_ = sum(child.fill_null(True).cast("int8") for child in children)
        return ibis.cases((sure >= n, True), (possible_ < n, False), else_=ibis.null("boolean"))

    def members(self, node: Members) -> Any:
        k = self.seen.setdefault(id(node), len(self.seen))
        name = self.counts.get((self.rule, k))
        if name is None or name not in self.table.columns:
            raise PopulationError(
                f"{self.rule}: line {node.place.line}: counting members needs a column; name it in counts[{self.rule!r}, {k}]"
            )
        enough = self.table[name] >= node.at_least
        return enough if node.at_most is None else enough & (self.table[name] <= node.at_most)

    def test(self, test: Test) -> Any:
        import ibis

        value = self.operand(test.operand)
        if value is None:
            return ibis.null("boolean")
        match test.op:
            case "is":
                return value == test.value
            case "in":
                return self.among(value, test)
            case "includes":
                return value.contains(test.value)
            case "within_days":
                return value >= self.days_ago(test.value)
            case "since_days":
                return value <= self.days_ago(test.value)
            case _:
                return _COMPARE[test.op](value, test.value)

    def among(self, value: Any, test: Test) -> Any:
        """Membership by the shorter of the two lists, which is what the time goes by."""
        choices = frozenset(self.vocabulary[test.operand.fact].choices) if isinstance(test.operand, Ref) else frozenset()
        others = choices - test.value
        return value.notin(sorted(others)) if 0 < len(others) < len(test.value) else value.isin(sorted(test.value))

    def days_ago(self, days: float) -> Any:
        import ibis

        return ibis.literal(self.today - timedelta(days=math.floor(days)))


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "over": operator.gt,
    "under": operator.lt,
}


def population(
    base: RuleBase, table: Any, today: date, *, counts: Counts | None = None, only: frozenset[str] | None = None, thorough: bool = False
) -> Any:
    """An Ibis table with one column of statuses (eligible, ineligible, unknown, officer) for each rule about a member.

    `thorough` also decides what is the same for every possible answer, as one person's screening does, at many times the cost; without
    it such a person is `unknown`, never wrong. Raises `PopulationError` for a rule that this table cannot decide.
    """
    rules = [rule for rule in base.rules.values() if rule.subject == "member" and (only is None or rule.id in only)]
    return table.select(**{rule.id: expression(base, ready(base, rule, today), table, today, counts or {}, thorough) for rule in rules})


def totals(
    base: RuleBase, table: Any, today: date, *, counts: Counts | None = None, only: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    """How many people have each status, by rule, most eligible first: what `rusitthi population` prints."""
    frame = population(base, table, today, counts=counts, only=only).to_polars()
    rows = []
    for name in frame.columns:
        found = dict(frame[name].value_counts().iter_rows())
        rows.append({"entitlement": name, **{status: found.get(status, 0) for status in ("eligible", "officer", "unknown", "ineligible")}})
    return sorted(rows, key=lambda row: -row["eligible"])


def runnable(base: RuleBase, today: date, counts: Counts | None = None) -> frozenset[str]:
    """Rules that need nothing but columns: no quantifier over members without its column."""
    found = []
    for rule in base.rules.values():
        quantifiers = [node for node in ready(base, rule, today).nodes if isinstance(node, Members)]
        if rule.subject == "member" and all((rule.id, k) in (counts or {}) for k in range(len(quantifiers))):
            found.append(rule.id)
    return frozenset(found)


def expression(base: RuleBase, item: Ready, table: Any, today: date, counts: Counts, thorough: bool = False) -> Any:
    """The status of one rule as text."""
    import ibis

    if item.condition is None or item.version is None:
        return ibis.literal("ineligible")
    write = functools.partial(Writer, table, base.facts, today, item.rule.id, counts)
    cells = _combinations(item, base.facts, today) if thorough else []
    best = _decided(item, write, BEST, cells)
    met = ibis.literal("officer" if item.version.officer else "eligible")
    if not item.has_officer:
        return ibis.cases((best, met), (~best, "ineligible"), else_="unknown")
    worst = _decided(item, write, WORST, cells)
    return ibis.cases((~best, ibis.literal("ineligible")), (worst, met), (best & ~worst, "officer"), else_="unknown")


def _decided(item: Ready, write: Callable[..., Writer], mode: Mode, combinations: Sequence[dict[Operand, Any]]) -> Any:
    """The condition's truth; where Kleene's logic leaves it open, what every possible answer agrees on."""
    assert item.condition is not None
    plain = write().node(item.condition, mode)
    tries = [write(cells=cells).node(item.condition, mode) for cells in combinations]
    if not tries:
        return plain
    everywhere = functools.reduce(operator.and_, tries)
    nowhere = functools.reduce(operator.and_, [~one for one in tries])
    import ibis

    return ibis.cases((everywhere.fill_null(False), True), (nowhere.fill_null(False), False), else_=ibis.null("boolean"))


def _combinations(item: Ready, vocabulary: Mapping[str, Fact], today: date) -> list[dict[Operand, Any]]:
    """What to put where a repeatedly compared operand is NULL, one combination at a time."""
    nobody = Scene({}, {}, {}, today, vocabulary)
    pieces = {
        operand: possible(operand, [test for test in item.own_tests if test.operand == operand], "", nobody)
        for operand in item.repeated
        if operand not in item.lenient and not (isinstance(operand, Ref) and vocabulary[operand.fact].type == "set")
    }
    if not pieces or math.prod(map(len, pieces.values())) > MOST:
        return []
    return [dict(zip(pieces, values, strict=True)) for values in itertools.product(*pieces.values())]
