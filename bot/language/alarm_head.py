"""The trained reader of the alarm: a linear head on hashed character n-grams, numpy only.

Belongs here: features, loading knowledge/alarm/head.npz, scores. Does not: training (bench/train_alarm.py), frames (alarm_grammar.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.eligibility.memory import Memory
from bot.language.alarm_lexicon import FOLDER
from bot.language.short import MOST, mark

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
Places = tuple[tuple[float, ...], tuple[float, ...]]
"""For each place of a text its pull, and its square."""


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
    known: Memory[Places] = field(default_factory=lambda: Memory(MOST), compare=False)  # by line
    seams: Memory[Places] = field(default_factory=lambda: Memory(MOST), compare=False)  # by what stands around the end of one


class Gravest(NamedTuple):
    """`danger`: log odds of the piece [start, end) of the tidied text; `length`: what its weights are divided by."""

    danger: float
    start: int
    end: int
    length: float


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
    gravest = read_danger(normal, trained)
    return Score(gravest.danger, *read_names(normal, gravest, trained))


def read_danger(normal: str, trained: Head) -> Gravest:
    """How grave the gravest piece is, and which one that is."""
    pulls, squares = _places(normal, trained)
    pull, square = list(accumulate(pulls, initial=0.0)), list(accumulate(squares, initial=0.0))
    found = max([((pull[b] - pull[a]) / _length(square[b] - square[a]), a, b) for a, b in pieces(len(pulls))])
    return Gravest(found[0] + float(trained.bias[0]), found[1], found[2], _length(square[found[2]] - square[found[1]]))


def read_names(normal: str, gravest: Gravest, trained: Head) -> tuple[dict[str, float], float]:
    """The log odds of each kind, and of somebody else than the writer, by the gravest piece."""
    found = _rows(tidy(normal), trained)[:, gravest.start : gravest.end]
    names = trained.names[found.ravel()].sum(axis=0) / gravest.length + trained.bias[1:]
    return dict(zip(trained.kinds, names[:-1].tolist(), strict=True)), float(names[-1])


# ---------------------------------------------------------------- places
_REACH = max(SIZES) - 2
"""Places before the end of a line whose n-grams reach over it into the next."""


def _places(normal: str, trained: Head) -> tuple[list[float], list[float]]:
    """For each character of the tidied text what the n-grams that begin there pull, and the squares of their own weights. Each line is read
    by itself, and but once while people write on; only what goes over the end of a line is read anew."""
    pulls: list[float] = []
    squares: list[float] = []
    ends: list[int] = []
    tight = normal.replace(" ", "")
    for line in tight.split("\n"):
        # The blank at the end of a line is that at the beginning of the next.
        pulls[-1:], squares[-1:] = _of_line(line, trained)
        ends.append(len(pulls) - 1)
    tight = tidy(tight)
    for end in ends[:-1]:
        start = max(0, end - _REACH)
        found = _of_seam(tight[start : end + _REACH + 1], trained)
        pulls[start:end], squares[start:end] = found[0][: end - start], found[1][: end - start]
    return pulls, squares


def _of_line(line: str, trained: Head) -> Places:
    key = mark(line)
    return trained.known.get(key) or trained.known.put(key, _read_places(f" {line} ", trained))


def _of_seam(around: str, trained: Head) -> Places:
    """The places around the end of a line."""
    return trained.seams.get(around) or trained.seams.put(around, _read_places(around, trained))


def _read_places(tight: str, trained: Head) -> Places:
    found = _rows(tight, trained)
    return tuple(trained.pull[found].sum(axis=0).tolist()), tuple(trained.square[found].sum(axis=0).tolist())


def _rows(tight: str, trained: Head) -> npt.NDArray[np.int32]:
    """The row of the n-gram of each length at each place."""
    found = np.full((len(SIZES), len(tight)), NOTHING, dtype=np.int32)
    for line, numbers in zip(found, hashes(tight), strict=True):
        line[: len(numbers)] = trained.rows[numbers]
    return found


def _length(square: float) -> float:
    return math.sqrt(square) if square > 0 else 1.0
