"""The trained reader of the alarm: a linear head on hashed character n-grams, numpy only.

Belongs here: features, loading knowledge/alarm/head.npz, scores. Does not: training (bench/train_alarm.py), frames (alarm_grammar.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.language.alarm_lexicon import FOLDER

SIZES = (2, 3, 4, 5)
"""Lengths of the n-grams in characters."""
BITS = 18
"""N-grams are told apart by so many bits of their hash."""
PIECE, STEP = 110, 55
"""A danger told in one clause of a long message is read in a window of its own; the windows overlap by half."""
UNKNOWN, NOTHING = 0, 1
"""The rows of n-grams that training never saw, and of places where no n-gram begins."""
_WEIGHTS = FOLDER / "head.npz"
_ROLL, _MIX = np.uint32(0x01000193), np.uint32(0x9E3779B1)

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Head:
    """`rows`: the row of each hash. By row: `pull` towards danger, `square` of the n-gram's own weight (for the length), and
    `names`, the pull towards each kind and, last, towards 'somebody else'."""

    rows: npt.NDArray[np.int32]
    pull: Floats
    square: Floats
    names: Floats
    bias: Floats
    kinds: tuple[str, ...]
    raise_at: float
    check_at: float
    likely_at: float


@dataclass(frozen=True, slots=True)
class Score:
    """`danger` and `other` (somebody else than the writer suffers): log odds. `kinds`: log odds of each kind, up to a constant."""

    danger: float
    kinds: dict[str, float]
    other: float


def pieces(length: int) -> list[tuple[int, int]]:
    """The whole and, of a long text, its overlapping windows, as [start, end)."""
    if length <= PIECE:
        return [(0, length)]
    return [(0, length), *((start, min(start + PIECE, length)) for start in range(0, length - STEP, STEP))]


def tidy(normal: str) -> str:
    """What the n-grams are taken from: the normal form without spaces, framed by blanks so that a beginning and an end can be seen."""
    return " " + normal.replace(" ", "").replace("\n", " ") + " "


def hashes(tight: str) -> list[Numbers]:
    """For each length in SIZES the hashes of the n-grams, in order of place. Wraps at 32 bits on purpose."""
    letters = np.frombuffer(tight.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    rolled, result = letters, []
    for size in range(2, max(SIZES) + 1):
        rolled = rolled[:-1] * _ROLL + letters[size - 1 :]
        if size in SIZES:
            result.append((rolled * _MIX) >> np.uint32(32 - BITS))
    return result


@cache
def head(path: Path = _WEIGHTS) -> Head:
    """The committed weights, read once. Raises OSError or KeyError when they cannot be read."""
    with np.load(path, allow_pickle=False) as stored:
        idf = stored["idf"].astype(np.float32)
        weights = stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32) * idf[:, None]
        rows = np.full(1 << BITS, UNKNOWN, dtype=np.int32)
        rows[stored["hashes"]] = np.arange(NOTHING + 1, len(idf), dtype=np.int32)
        raise_at, check_at, likely_at = (float(limit) for limit in stored["limits"])
        return Head(
            rows,
            np.ascontiguousarray(weights[:, 0]),
            idf**2,
            np.ascontiguousarray(weights[:, 1:]),
            stored["bias"].astype(np.float32),
            tuple(str(stored["kinds"]).split("\n")),
            raise_at,
            check_at,
            likely_at,
        )


def score(normal: str, trained: Head) -> Score:
    """The gravest piece of a text in normal form. A text without a known n-gram scores the bias."""
    found = _rows(tidy(normal), trained)
    pull, square = _running(trained.pull[found]), _running(trained.square[found])
    danger, start, end = max(((pull[b] - pull[a]) / _length(square[b] - square[a]), a, b) for a, b in pieces(found.shape[1]))
    length = _length(square[end] - square[start])
    names = trained.names[found[:, start:end].ravel()].sum(axis=0) / length + trained.bias[1:]
    return Score(danger + float(trained.bias[0]), dict(zip(trained.kinds, names[:-1].tolist(), strict=True)), float(names[-1]))


def _rows(tight: str, trained: Head) -> npt.NDArray[np.int32]:
    """The row of the n-gram of each length at each place."""
    found = np.full((len(SIZES), len(tight)), NOTHING, dtype=np.int32)
    for line, numbers in zip(found, hashes(tight), strict=True):
        line[: len(numbers)] = trained.rows[numbers]
    return found


def _running(values: Floats) -> list[float]:
    """Running sums over the places, from 0 on."""
    return [0.0, *values.sum(axis=0).cumsum(dtype=np.float64).tolist()]


def _length(square: float) -> float:
    return math.sqrt(square) if square > 0 else 1.0
