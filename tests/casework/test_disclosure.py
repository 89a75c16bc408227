"""No figure that is hidden can be worked out from those that are told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.casework.disclosure import SMALLEST, TOTAL, Cell, Figures, Line, count, lines_of, protect, to_csv

WITHIN = {"district": "province"}
things = st.lists(
    st.fixed_dictionaries(
        {
            "month": st.sampled_from(["01", "02", "03"]),
            "district": st.sampled_from(["a1", "a2", "b1"]),
            "kind": st.sampled_from(["sexual", "child", "none"]),
            "done": st.sampled_from(["yes", "no"]),
        }
    ).map(lambda one: one | {"province": one["district"][0]}),
    max_size=120,
)


def counted(found: list[dict[str, str]]) -> Figures:
    return count(found, ("month", "province", "district"), ("kind", "done"), WITHIN)


def lines(figures: Figures) -> list[Line]:
    parents = {("district", one): ("province", one[0]) for one in figures.values["district"]}
    return lines_of(figures.counts, figures.values, sorted(figures.pairs), parents)


@settings(max_examples=60, deadline=None)
@given(things)
def test_no_hidden_number_follows_from_the_told_ones(found: list[dict[str, str]]) -> None:
    figures = counted(found)
    cells = sorted(figures.hidden, key=sorted)
    rows = [[float(cell in line.parts) - float(cell == line.whole) for cell in cells] for line in lines(figures)]
    rank = np.linalg.matrix_rank(rows) if cells else 0
    for n in range(len(cells)):
        asked = [float(n == m) for m in range(len(cells))]
        assert np.linalg.matrix_rank([*rows, asked]) > rank


@settings(max_examples=60, deadline=None)
@given(things)
def test_no_small_number_is_told_and_no_few_people_together(found: list[dict[str, str]]) -> None:
    figures = counted(found)
    small = {cell for cell, number in figures.counts.items() if 0 < number < SMALLEST}
    assert small <= figures.hidden
    for line in lines(figures):
        together = sum(figures.counts[part] for part in line.parts if part in figures.hidden)
        assert together == 0 or together >= SMALLEST or line.whole in figures.hidden


def test_one_small_number_takes_another_with_it() -> None:
    figures = count([{"kind": kind} for kind in "aaab" * 5 + "ccc" + "d" * 30], (), ("kind",))
    assert {kind: figures.told(kind=kind) for kind in "abcd"} == {"a": 15, "b": None, "c": None, "d": 30}
    assert figures.told() == 53


def test_nought_is_told_and_so_is_everything_when_nothing_is_small() -> None:
    figures = count([{"kind": kind} for kind in "aaaaabbbbbb"], (), ("kind",))
    assert [figures.told(kind=kind) for kind in "abz"] == [5, 6, 0]
    assert figures.share("a", "kind") == (5, 11)


def test_with_few_people_in_all_even_the_total_is_hidden() -> None:
    figures = count([{"kind": "a"}], (), ("kind",))
    assert (figures.told(), figures.told(kind="a"), figures.share("a", "kind")) == (None, None, None)


@pytest.mark.parametrize("counts", [{"a": 1, "b": 1, "c": 9}, {"a": 2, "b": 9, "c": 9}])
def test_hidden_numbers_are_never_so_few_that_their_sum_tells_them(counts: Mapping[str, int]) -> None:
    cells: dict[Cell, int] = {frozenset({("k", name)}): number for name, number in counts.items()}
    hidden = protect(cells | {TOTAL: sum(counts.values())}, [Line(tuple(cells), TOTAL)])
    assert sum(cells[cell] for cell in hidden) >= SMALLEST
    assert len(hidden) >= 2


def test_no_cell_of_a_file_is_a_formula() -> None:
    assert to_csv([("=1+1", "+66", " @x", "plain")]).strip("\ufeff\r\n") == "'=1+1,'+66,' @x,plain"
