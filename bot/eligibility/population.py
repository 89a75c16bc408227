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
from collections.abc import Callable, Iterator, Mapping, Sequence
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
class Leaves:
    """Every distinct comparison of all rules, each computed once as a column of its own."""

    table: Any
    vocabulary: Mapping[str, Fact]
    today: date
    names: dict[tuple[Any, ...], str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    computed: Any = None

    def column(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """The column of this key: noted down at first, referred to once the leaves are computed."""
        if self.computed is not None:
            return self.computed[self.names[key]]
        if key not in self.names:
            name = self.names[key] = f"leaf {len(self.names)}"
            self.made[name] = make()
        return self.made[self.names[key]]

    def compute(self) -> None:
        """The noted columns as a table of their own, so that no backend computes one twice."""
        self.computed = self.table.select(**self.made) if self.made else self.table

    def known(self, operand: Operand) -> bool:
        """Whether the table has the columns for it."""
        return all(fact in self.table.columns for fact in facts_of(operand))

    def test(self, test: Test, cell: Any) -> Any:
        """The column of a comparison, with `cell` put in where the operand is NULL; None where there is neither."""
        if cell is None and not self.known(test.operand):
            return None
        return self.column((test.operand, test.op, test.value, cell), lambda: self.compare(test, self.operand(test.operand, cell)))

    def operand(self, operand: Operand, cell: Any) -> Any:
        import ibis

        if not self.known(operand):
            return ibis.literal(cell)
        if isinstance(operand, Ref):
            value = self.table[operand.fact]
        else:
            value = self.table[operand.top.fact] / self.table[operand.bottom.fact].cast("float64").nullif(0.0)
        return value if cell is None else value.fill_null(ibis.literal(cell))

    def compare(self, test: Test, value: Any) -> Any:
        match test.op:
            case "is" if isinstance(test.value, bool):
                return value if test.value else ~value
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


@dataclass
class Writer:
    """Writes one rule as Ibis expressions over the leaves."""

    leaves: Leaves
    rule: str
    counts: Counts
    cells: Mapping[Operand, Any] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)

    def node(self, node: Condition, mode: Mode, favour: bool = True) -> Any:
        value = self._node(node, mode, favour)
        return value.fill_null(favour) if node.notes.lenient else value

    def _node(self, node: Condition, mode: Mode, favour: bool) -> Any:
        import ibis

        match node:
            case Test():
                value = self.leaves.test(node, self.cells.get(node.operand))
                return ibis.null("boolean") if value is None else value
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
        if name is None or name not in self.leaves.table.columns:
            raise PopulationError(
                f"{self.rule}: line {node.place.line}: counting members needs a column; name it in counts[{self.rule!r}, {k}]"
            )
        column = self.leaves.table[name]
        return self.leaves.column((name, node.at_least, node.at_most), lambda: _between(column, node))


def _between(column: Any, node: Members) -> Any:
    enough = column >= node.at_least
    return enough if node.at_most is None else enough & (column <= node.at_most)


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
    items = _items(base, today, only)
    known = _truths(base, items, table, today, counts or {}, thorough)
    return known.select(**{item.rule.id: _status(known, item) for item in items})


def truths(base: RuleBase, table: Any, today: date, *, counts: Counts | None = None, only: frozenset[str] | None = None) -> Any:
    """As `population`, but truth instead of text, which is several times as fast: True where the person fulfils the rule (eligible, or an
    official decides), False where they do not, NULL where the facts do not tell. For rules with officer points the column `<rule> surely`
    says it once more with every such point against the person.
    """
    return _truths(base, _items(base, today, only), table, today, counts or {}, False)


def totals(
    base: RuleBase, table: Any, today: date, *, counts: Counts | None = None, only: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    """How many people have each status, by rule, most eligible first: what `rusitthi population` prints. One row leaves the database."""
    items = _items(base, today, only)
    known = _truths(base, items, table, today, counts or {}, False)
    sums = known.aggregate(people=known.count(), **{name: value for item in items for name, value in _sums(known, item).items()})
    (found,) = sums.to_polars().to_dicts()
    return sorted((_total(found, item) for item in items), key=lambda row: -row["eligible"])


def _items(base: RuleBase, today: date, only: frozenset[str] | None) -> list[Ready]:
    rules = [rule for rule in base.rules.values() if rule.subject == "member" and (only is None or rule.id in only)]
    return [ready(base, rule, today) for rule in rules]


def _surely(item: Ready) -> str:
    return f"{item.rule.id} surely"


def _sums(known: Any, item: Ready) -> dict[str, Any]:
    """How many surely fulfil the rule, how many surely do not, and between them those for whom an official decides."""
    name, best = item.rule.id, known[item.rule.id]
    if not item.has_officer:
        return {f"{name} yes": best.sum(), f"{name} no": (~best).sum()}
    worst = known[_surely(item)]
    return {f"{name} yes": (best & worst).sum(), f"{name} no": (~best).sum(), f"{name} judged": (best & ~worst).sum()}


def _total(found: Mapping[str, Any], item: Ready) -> dict[str, Any]:
    met, no, judged = (found.get(f"{item.rule.id} {what}") or 0 for what in ("yes", "no", "judged"))
    only_officer = item.version is not None and item.version.officer is not None
    eligible, officer = (0, met + judged) if only_officer else (met, judged)
    unknown = found["people"] - met - judged - no
    return {"entitlement": item.rule.id, "eligible": eligible, "officer": officer, "unknown": unknown, "ineligible": no}


def runnable(base: RuleBase, today: date, counts: Counts | None = None) -> frozenset[str]:
    """Rules that need nothing but columns: no quantifier over members without its column."""
    found = []
    for rule in base.rules.values():
        quantifiers = [node for node in ready(base, rule, today).nodes if isinstance(node, Members)]
        if rule.subject == "member" and all((rule.id, k) in (counts or {}) for k in range(len(quantifiers))):
            found.append(rule.id)
    return frozenset(found)


def _truths(base: RuleBase, items: Sequence[Ready], table: Any, today: date, counts: Counts, thorough: bool) -> Any:
    """The truth of every rule, with officer points in favour and, where there are any, against."""
    leaves = Leaves(table, base.facts, today)
    cells = {item.rule.id: _combinations(item, base.facts, today) if thorough else [] for item in items}

    def write() -> dict[str, Any]:
        return {name: value for item in items for name, value in _written(item, leaves, counts, cells[item.rule.id])}

    write()
    leaves.compute()
    return leaves.computed.select(**write())


def _written(item: Ready, leaves: Leaves, counts: Counts, cells: Sequence[dict[Operand, Any]]) -> Iterator[tuple[str, Any]]:
    import ibis

    if item.condition is None:
        yield item.rule.id, ibis.literal(False)
        return
    write = functools.partial(Writer, leaves, item.rule.id, counts)
    yield item.rule.id, _decided(item.condition, write, BEST, cells)
    if item.has_officer:
        yield _surely(item), _decided(item.condition, write, WORST, cells)


def _status(known: Any, item: Ready) -> Any:
    """The status of one rule as text."""
    import ibis

    if item.version is None:
        return ibis.literal("ineligible")
    best = known[item.rule.id]
    met = ibis.literal("officer" if item.version.officer else "eligible")
    if not item.has_officer:
        return ibis.cases((best, met), (~best, "ineligible"), else_="unknown")
    worst = known[_surely(item)]
    return ibis.cases((~best, ibis.literal("ineligible")), (worst, met), (best & ~worst, "officer"), else_="unknown")


def _decided(condition: Condition, write: Callable[..., Writer], mode: Mode, combinations: Sequence[dict[Operand, Any]]) -> Any:
    """The condition's truth; where Kleene's logic leaves it open, what every possible answer agrees on."""
    if not combinations:
        return write().node(condition, mode)
    tries = [write(cells=cells).node(condition, mode) for cells in combinations]
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
