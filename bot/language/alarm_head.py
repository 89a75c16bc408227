"""The trained reader of the alarm: a linear head on character n-grams, numpy only.

Belongs here: features, loading knowledge/alarm/head.npz, scores. Does not: training (bench/train_alarm.py), frames (alarm_grammar.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.language.alarm_lexicon import FOLDER

SIZES = (1, 2, 3, 4, 5)
"""Lengths of the n-grams in characters."""
PIECE, STEP = 110, 55
"""A danger told in one clause of a long message is read in a window of its own; the windows overlap by half."""
_WEIGHTS = FOLDER / "head.npz"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """`terms`: the number of each n-gram. `weights`: one row an n-gram; columns: danger, then one for each kind, then 'other'."""

    terms: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    kinds: tuple[str, ...]
    raise_at: float
    check_at: float


@dataclass(frozen=True, slots=True)
class Score:
    """`danger` and `other` (somebody else than the writer suffers): log odds. `kinds`: log odds of each kind, up to a constant."""

    danger: float
    kinds: dict[str, float]
    other: float


def pieces(text: str) -> list[tuple[int, int]]:
    """The whole and, of a long text, its overlapping windows, as [start, end)."""
    whole = [(0, len(text))]
    if len(text) <= PIECE:
        return whole
    return [*whole, *((start, min(start + PIECE, len(text))) for start in range(0, len(text) - STEP, STEP))]


def tidy(normal: str) -> str:
    """What the n-grams are taken from: the normal form without spaces, framed by blanks so that a beginning and an end can be seen."""
    return " " + normal.replace(" ", "").replace("\n", " ") + " "


@cache
def head(path: Path = _WEIGHTS) -> Head:
    """The committed weights, read once. Raises OSError or KeyError when they cannot be read."""
    with np.load(path, allow_pickle=False) as stored:
        terms = str(stored["terms"]).split("\n")
        scale = stored["scale"].astype(np.float32)
        weights = stored["weights"].astype(np.float32) * scale
        limits: Any = stored["limits"]
        return Head(
            {term: number for number, term in enumerate(terms)},
            stored["idf"].astype(np.float32),
            weights,
            stored["bias"].astype(np.float32),
            tuple(str(stored["kinds"]).split("\n")),
            float(limits[0]),
            float(limits[1]),
        )


def score(normal: str, trained: Head) -> Score:
    """The gravest piece of a text in normal form. A text without a known n-gram scores the bias."""
    tight = tidy(normal)
    found = _numbers(tight, trained.terms)
    best: npt.NDArray[np.float32] | None = None
    for start, end in pieces(tight):
        outcome = _outcome(found, start, end, trained)
        if best is None or outcome[0] > best[0]:
            best = outcome
    assert best is not None
    kinds = dict(zip(trained.kinds, best[1:-1].tolist(), strict=True))
    return Score(float(best[0]), kinds, float(best[-1]))


def _numbers(text: str, terms: dict[str, int]) -> list[npt.NDArray[np.int32]]:
    """For each n-gram length the number of the n-gram that begins at each place, −1 where it is not known."""
    return [np.array([terms.get(text[i : i + size], -1) for i in range(len(text) - size + 1)], dtype=np.int32) for size in SIZES]


def _outcome(found: list[npt.NDArray[np.int32]], start: int, end: int, trained: Head) -> Floats:
    part = np.concatenate([row[start : max(start, end - size + 1)] for row, size in zip(found, SIZES, strict=True)])
    numbers, counts = np.unique(part[part >= 0], return_counts=True)
    values = (1 + np.log(counts)).astype(np.float32) * trained.idf[numbers]
    length = float(np.sqrt((values**2).sum())) or 1.0
    result: Floats = (values / length) @ trained.weights[numbers] + trained.bias
    return result
