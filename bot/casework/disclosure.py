"""Which figures may be told: none that could point at a person, and none from which such a figure can be worked out.

Small numbers are hidden, and beside them as many others as it takes, so that no hidden number follows from the rest by adding and
subtracting. Belongs here: counting into a cube, choosing what is hidden, files. Does not: what is counted (`reports.py`).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: A number of people below this could point at one of them.
SMALLEST = 5
#: Stands for a hidden number in files; pages have their own word.
HIDDEN = "hidden"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: What is counted in a cell, e.g. {("month", "2026-11"), ("kind", "sexual")}; the empty one is the total.
Cell = frozenset[tuple[str, str]]
TOTAL: Cell = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """`parts` add up to `whole`: whoever knows all but one of these numbers knows the last."""

    parts: tuple[Cell, ...]
    whole: Cell


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts with what may be told of them. `values`: the values of each dimension, in order. `pairs`: which (slice, column) were counted
    together."""

    counts: Mapping[Cell, int]
    hidden: frozenset[Cell]
    values: Mapping[str, tuple[str, ...]]
    pairs: frozenset[tuple[str, str]] = frozenset()

    def crosses(self, slice_: str, column: str) -> bool:
        return (slice_, column) in self.pairs

    def told(self, **where: str) -> int | None:
        """The number where each named dimension has that value; None: hidden. Nothing named: the total."""
        cell = frozenset(where.items())
        return None if cell in self.hidden else self.counts.get(cell, 0)

    def share(self, done: str, of: str, **where: str) -> tuple[int, int] | None:
        """(how many have the value `done` of dimension `of`, of how many); None: one of the two is hidden or nobody is counted."""
        some, all_ = self.told(**where, **{of: done}), self.told(**where)
        return None if some is None or not all_ else (some, all_)


def count(
    things: Sequence[Mapping[str, str]],
    slices: Sequence[str],
    columns: Sequence[str],
    within: Mapping[str, str] | None = None,
    alone: Sequence[str] = (),
    times: Sequence[int] = (),
) -> Figures:
    """Each thing counted in total, by every dimension, and by every slice together with every column.

    `within`: dimension → the coarser one that its values are parts of (a district lies in one province). `alone`: dimensions that are
    counted by themselves only. `times`: how often each thing counts; empty: once.
    """
    names = (*slices, *columns, *alone)
    seen, order = Counter[Cell](), _order(things, names)
    pairs = [(one, other) for one in slices for other in columns]
    for thing, n in zip(things, times or [1] * len(things), strict=True):
        single = [frozenset({(name, thing[name])}) for name in names]
        both = [frozenset({(one, thing[one]), (other, thing[other])}) for one, other in pairs]
        seen.update(dict.fromkeys([TOTAL, *single, *both], n))
    parents = {(name, thing[name]): (coarse, thing[coarse]) for name, coarse in (within or {}).items() for thing in things}
    return Figures(seen, protect(seen, lines_of(seen, order, pairs, parents)), order, frozenset(pairs))


def _order(things: Sequence[Mapping[str, str]], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted({thing[name] for thing in things})) for name in names}


def lines_of(
    counts: Mapping[Cell, int],
    values: Mapping[str, Sequence[str]],
    pairs: Iterable[tuple[str, str]],
    parents: Mapping[tuple[str, str], tuple[str, str]] | None = None,
) -> list[Line]:
    """Every sum that a reader of the tables can check. Cells that are nought are left out: they are told."""
    lines = [_line(counts, [frozenset({(name, value)}) for value in found], TOTAL) for name, found in values.items()]
    together = dict.fromkeys(pairs)
    for one, other in together:
        lines += [_across(counts, (one, value), other, values[other]) for value in values[one]]
        lines += [_across(counts, (other, value), one, values[one]) for value in values[other]]
    for parent in sorted(set((parents or {}).values())):
        below = sorted(child for child, above in (parents or {}).items() if above == parent)
        columns = [column for name, column in together if name == parent[0] and (below[0][0], column) in together]
        for more in (frozenset[tuple[str, str]](), *(frozenset({(column, value)}) for column in columns for value in values[column])):
            lines.append(_line(counts, [frozenset({child}) | more for child in below], frozenset({parent}) | more))
    return [line for line in lines if line.parts]


def _across(counts: Mapping[Cell, int], fixed: tuple[str, str], name: str, values: Iterable[str]) -> Line:
    return _line(counts, [frozenset({fixed, (name, value)}) for value in values], frozenset({fixed}))


def _line(counts: Mapping[Cell, int], parts: Iterable[Cell], whole: Cell) -> Line:
    return Line(tuple(part for part in parts if counts.get(part)), whole)


def protect(counts: Mapping[Cell, int], lines: Sequence[Line]) -> frozenset[Cell]:
    """The cells that are not told: the small ones, and those that would give them away."""
    hidden = {cell for cell, number in counts.items() if 0 < number < SMALLEST}
    while True:
        more = {_next(counts, line, hidden) for line in lines if _gives_away(counts, line, hidden)}
        if not more and (known := _worked_out(lines, hidden)):
            more = {_next_of_any(counts, cell, lines, hidden) for cell in known} - {None} or {_smallest(counts, lines, hidden)}
        more.discard(None)
        if not more:
            return frozenset(hidden)
        hidden |= {cell for cell in more if cell is not None}


def _smallest(counts: Mapping[Cell, int], lines: Sequence[Line], hidden: set[Cell]) -> Cell | None:
    """The smallest number that is still told anywhere; None: all is hidden."""
    told = {cell for line in lines for cell in (*line.parts, line.whole) if cell not in hidden and counts.get(cell)}
    return min(told, key=lambda cell: (counts[cell], sorted(cell)), default=None)


def _gives_away(counts: Mapping[Cell, int], line: Line, hidden: set[Cell]) -> bool:
    """One hidden number follows from the others; several of which nobody may be told how many they are together, too."""
    parts = [part for part in line.parts if part in hidden]
    if line.whole in hidden:
        return not parts
    return len(parts) == 1 or 0 < sum(counts[part] for part in parts) < SMALLEST


def _next(counts: Mapping[Cell, int], line: Line, hidden: set[Cell]) -> Cell | None:
    """The smallest number of the line that is still told; the sum only when there is no other."""
    open_ = [part for part in line.parts if part not in hidden]
    if open_:
        return min(open_, key=lambda cell: (counts[cell], sorted(cell)))
    return line.whole if line.whole not in hidden else None


def _next_of_any(counts: Mapping[Cell, int], cell: Cell, lines: Sequence[Line], hidden: set[Cell]) -> Cell | None:
    found = [_next(counts, line, hidden) for line in lines if cell in line.parts or cell == line.whole]
    return min((one for one in found if one is not None), key=lambda one: (counts[one], sorted(one)), default=None)


def _worked_out(lines: Sequence[Line], hidden: set[Cell]) -> list[Cell]:
    """Hidden cells that follow from all lines together: they do not move in any solution of the equations."""
    cells = sorted(hidden, key=sorted)
    place = {cell: n for n, cell in enumerate(cells)}
    rows = []
    for line in lines:
        row = [(place[part], 1.0) for part in line.parts if part in place]
        row += [(place[line.whole], -1.0)] if line.whole in place else []
        if row:
            rows.append(row)
    if not rows:
        return []
    matrix = np.zeros((len(rows), len(cells)))
    for n, row in enumerate(rows):
        for at, sign in row:
            matrix[n, at] = sign
    _, sizes, directions = np.linalg.svd(matrix, full_matrices=False)
    fixed = (directions[sizes > 1e-9] ** 2).sum(axis=0) > 1 - 1e-9
    return [cell for cell, known in zip(cells, fixed, strict=True) if known]


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """With a byte order mark for spreadsheets, and no cell that a spreadsheet would run as a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def written(number: int | None, hidden: str = HIDDEN) -> str:
    """A number as text, or the word for a hidden one."""
    return hidden if number is None else str(number)
