"""What one rule makes of one person, remembered by all that the rule can tell people apart by.

Belongs here: reducing facts to the pieces between the limits that rules compare with (a rule sees no difference between 61 and 62 if it
only asks for 60), and keeping what was worked out for each such pattern. Does not: working it out (`cells.py`, `explain.py`, `chance.py`).
Patterns name no person; a number is in them only as its place among the limits.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from bot.eligibility import cells
from bot.eligibility.chance import chance
from bot.eligibility.derive import key_of, scene
from bot.eligibility.explain import needs
from bot.eligibility.household import HOUSEHOLD, Facts, Household
from bot.eligibility.kleene import BEST, WORST, Scene, bounds, facts_of, truth
from bot.eligibility.memory import Memory
from bot.eligibility.plan import Ready, compiled, ready
from bot.eligibility.tree import Ratio, RuleBase, Test
from bot.eligibility.values import Interval, OneOf, Unknown
from bot.eligibility.verdict import Need

Code = Callable[[Any, int], Any]  # (value, today) → what rules can tell of it
Key = tuple[Any, ...]
Line = tuple[Any, ...]  # everything known of a person as codes, in the order of `Grid.codes`; None: not known
MOST = 800  # patterns kept for one rule
DAYS = 16  # grids kept
COUNTED = frozenset({"within_days", "since_days"})
#: The home's size counts in quantifiers, whether a rule names it or not.
SIZE = "household_size"


@dataclass(eq=False, slots=True)
class Look:
    """What is known of one rule for one pattern; all but the status is worked out when first wanted."""

    status: str
    needs: tuple[Need, ...] | None = None
    chance: float = -1.0
    asks: tuple[str, ...] = ()  # the facts of `needs`
    told: dict[str, Any] = field(default_factory=dict)  # by member: what `screen.py` says besides days and sums

    def needs_of(self, item: Ready, ref: str) -> tuple[Need, ...]:
        """What is missing; a rule about nobody else knows only whoever had the pattern first."""
        if item.has_members or not self.needs:
            return self.needs or ()
        return tuple([need if need.member == HOUSEHOLD else Need(ref, need.fact) for need in self.needs])


@dataclass(frozen=True, eq=False)
class Grid:
    """The limits that any rule of a rule base compares each fact with, and from them the codes."""

    base: RuleBase
    today: date

    @cached_property
    def items(self) -> dict[str, list[Ready]]:
        """The rules of each subject (member, household) that hold on the day."""
        found: dict[str, list[Ready]] = {"member": [], "household": []}
        for rule in self.base.rules.values():
            found[rule.subject].append(ready(self.base, rule, self.today))
        return found

    @cached_property
    def alone(self) -> dict[str, list[Ready]]:
        return {subject: [item for item in items if not item.has_members] for subject, items in self.items.items()}

    @cached_property
    def about_others(self) -> dict[str, list[Ready]]:
        return {subject: [item for item in items if item.has_members] for subject, items in self.items.items()}

    @cached_property
    def replaced_by(self) -> dict[str, frozenset[str]]:
        """For each rule the entitlements that stand in for it."""
        rules = self.base.rules
        return {name: frozenset(other.id for other in rules.values() if name in other.replaces) for name in rules}

    @cached_property
    def tests(self) -> list[Test]:
        return [node for items in self.items.values() for item in items for node in item.nodes if isinstance(node, Test)]

    @cached_property
    def codes(self) -> dict[str, Code]:
        """A code for every fact that any rule sees."""
        seen = {name for items in self.items.values() for item in items for name in item.seen}
        return {name: self._code(name) for name in sorted(seen)}

    @cached_property
    def places(self) -> dict[str, tuple[int, Code | None]]:
        """Where the code of a fact stands in the line of a person's codes; no function where yes, no and words are their own code."""
        return {name: (i, None if code is exactly else code) for i, (name, code) in enumerate(self.codes.items())}

    @cached_property
    def picks(self) -> dict[Ready, Callable[[Line], Key]]:
        """For each rule what it sees of a line of codes."""
        return {item: _pick([self.places[name][0] for name in item.seen]) for items in self.items.values() for item in items}

    @cached_property
    def asking(self) -> dict[str, list[tuple[Ready, str, frozenset[str], Callable[[Line], Key]]]]:
        """The rules about one alone towards which questions are asked, each with its id, what replaces it and what it sees."""
        return {
            subject: [(item, item.rule.id, self.replaced_by[item.rule.id], self.picks[item]) for item in items if not item.rule.sensitive]
            for subject, items in self.alone.items()
        }

    @cached_property
    def seen_alone(self) -> dict[str, tuple[frozenset[str], Callable[[Line], Key]]]:
        """All facts that the rules about one alone see together, and their codes of a line."""
        seen = {subject: sorted({name for item in items for name in item.seen}) for subject, items in self.alone.items()}
        return {subject: (frozenset(names), _pick([self.places[name][0] for name in names])) for subject, names in seen.items()}

    def _code(self, name: str) -> Code:
        fact = self.base.facts.get(name)
        about = [test for test in self.tests if name in facts_of(test.operand)]
        if fact is None or any(isinstance(test.operand, Ratio) for test in about):
            return exactly
        if fact.type in ("number", "money"):
            return placed(self.cuts(name))
        if fact.type == "date":
            return days_placed(self.cuts(name)) if all(test.op in COUNTED for test in about) else exactly
        return exactly

    def cuts(self, name: str) -> list[float]:
        tests = [test for test in self.tests if not isinstance(test.operand, Ratio) and test.operand.fact == name]
        values = {value for test in tests for value in (test.value if test.op == "in" else (test.value,))}
        return sorted(value for value in values if isinstance(value, (int, float)))


_SEVERAL = 2


def _pick(places: Sequence[int]) -> Callable[[Line], Key]:
    if len(places) < _SEVERAL:
        return lambda line: tuple([line[at] for at in places])
    return itemgetter(*places)  # of one place alone it would give no tuple


def grid(base: RuleBase, today: date) -> Grid:
    """The grid of the day, kept."""
    store = compiled(base)
    found = store.grids.get(today)
    if found is None:
        if len(store.grids) >= DAYS:
            store.grids.clear()
        found = store.grids[today] = Grid(base, today)
    return found


def rules_that_see(base: RuleBase, fact: str, today: date) -> frozenset[str]:
    """Ids of the rules that this fact could ever be missing for."""
    items = [item for items in grid(base, today).items.values() for item in items]
    return frozenset(item.rule.id for item in items if fact in item.seen or (fact == SIZE and item.has_members))


# ---------------------------------------------------------------- codes
def exactly(value: Any, today: int) -> Any:
    """The value itself; what is not known is one thing whatever the reason."""
    kind = value.__class__
    if kind is bool or kind is str:
        return value
    if kind is Unknown or value is None:
        return None
    return value.options if kind is OneOf and value.options else (kind, value, today)


def placed(cuts: Sequence[float]) -> Code:
    """A number's place among the limits: even between two, odd on one."""
    top = 2 * len(cuts) + 1

    @lru_cache(1024)
    def place(number: float) -> int:
        if number == -math.inf or number == math.inf:
            return -1 if number < 0 else top
        return bisect_left(cuts, number) + bisect_right(cuts, number)

    def code(value: Any, today: int) -> Any:
        kind = value.__class__
        if (kind is int or kind is float) and value == value:
            return place(value)
        if kind is Interval:
            low, high = bounds(value)
            return (place(low), place(high)) if low <= high else ("odd", low, high)
        return None if value is None or kind is Unknown else ("odd", kind, value)

    return code


def days_placed(cuts: Sequence[float]) -> Code:
    """As `placed`, for the days passed since a date."""
    place = placed(cuts)

    def code(value: Any, today: int) -> Any:
        kind = value.__class__
        if kind is date:
            return place(today - value.toordinal(), 0)
        if kind is Interval:
            low, high = bounds(value)
            return place(Interval(today - high, today - low), 0)
        return None if value is None or kind is Unknown else ("odd", kind, value)

    return code


def middle(value: Interval, cuts: Sequence[float]) -> Interval:
    """One interval for all that have the same code."""
    if not cuts:
        return value
    low, high = bounds(value)
    return Interval(_middle(low, cuts), _middle(high, cuts))


def _middle(end: float, cuts: Sequence[float]) -> float | None:
    if math.isinf(end):
        return None
    left, right = bisect_left(cuts, end), bisect_right(cuts, end)
    if left != right:
        return end
    if left == 0:  # well below the limit: just below it, an open interval would hardly hold a value under the limit
        return cuts[0] / 2 if cuts[0] > 0 else cuts[0] - 1
    return 2 * cuts[-1] + 1 if left == len(cuts) else (cuts[left - 1] + cuts[left]) / 2


# ---------------------------------------------------------------- looking
class Codes:
    """Everybody's facts in a scene as codes, each person's worked out once."""

    def __init__(self, grid: Grid, scene: Scene) -> None:
        self.grid, self.scene = grid, scene
        self._found: dict[str, Line] = {}
        self._others: dict[tuple[Ready, tuple[str, ...]], Key] = {}
        self._plain: Scene | None = None

    def of(self, ref: str) -> Line:
        found = self._found.get(ref)
        if found is None:
            places, today = self.grid.places, self.scene.today.toordinal()
            line: list[Any] = [None] * len(places)
            for name, value in self.scene.people.get(ref, {}).items():
                if name in places:
                    at, code = places[name]
                    kind = value.__class__
                    plain = code is None and (kind is bool or kind is str)
                    line[at] = value if plain else (code or exactly)(value, today)
            found = self._found[ref] = tuple(line)
        return found

    @property
    def plain(self) -> Scene:
        """The scene with one interval for all that have the same code, so that a chance is the same whoever came first."""
        if self._plain is None:
            people = {ref: self._people(facts) for ref, facts in self.scene.people.items()}
            self._plain = replace(self.scene, people=people)
        return self._plain

    def _people(self, facts: Facts) -> Facts:
        out = dict(facts)
        for name, value in facts.items():
            fact = self.grid.base.facts.get(name)
            if value.__class__ is Interval and fact is not None and fact.type in ("number", "money") and name in self.grid.codes:
                out[name] = middle(value, self.grid.cuts(name))
        return out

    def key(self, item: Ready, ref: str) -> Key:
        own = self.grid.picks[item](self.of(ref))
        if not item.has_members:
            return own
        scene = self.scene
        size = bounds(scene.people.get(ref, {}).get(SIZE))[1]
        return (own, ref, scene.complete.get(ref, False), size, self._home(item, scene.homes.get(ref, tuple(scene.people))))

    def _home(self, item: Ready, home: tuple[str, ...]) -> Key:
        """What a rule sees of all who live together."""
        found = self._others.get((item, home))
        if found is None:
            pick = self.grid.picks[item]
            found = self._others[item, home] = tuple([(other, *pick(self.of(other))) for other in home])
        return found

    def look(self, item: Ready, ref: str) -> Look:
        key = self.key(item, ref)
        found = item.looks.get(key)
        if found is None:
            if len(item.looks) >= MOST:
                item.looks.clear()
            found = item.looks[key] = Look(cells.status_of(item, ref, self.scene))
        return found

    def open(self, item: Ready, ref: str) -> Look:
        """As `look`, with what is missing and how likely a yes is."""
        look = self.look(item, ref)
        if look.needs is None:
            found = self._needs(item, ref, look.status)
            look.chance = chance(item.condition, ref, self.plain) if found and item.condition else 0.0
            look.asks = tuple([need.fact for need in found])
            look.needs = found  # last: another thread may look at any time
        return look

    def _needs(self, item: Ready, ref: str, status: str) -> tuple[Need, ...]:
        if status != "unknown" or item.condition is None:
            return ()
        mode = BEST if truth(item.condition, ref, self.scene, BEST) is None else WORST
        return needs(item.condition, ref, self.scene, mode)


def codes_of(base: RuleBase, household: Household, today: date) -> Codes:
    """A household's facts as the rules see them on the day; kept, as one turn asks more than once."""
    store: Memory[Codes] = compiled(base).homes
    key = (today, key_of(household))
    return store.get(key) or store.put(key, Codes(grid(base, today), scene(household, today, base.facts)))
