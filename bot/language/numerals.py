"""Numbers as people say and type them: ๑๒,๐๐๐ · พันห้า · ซาวห้า · 1.5 หมื่น · 8k · สามสี่พัน · 60 กว่า.

Belongs here: the value of a run of number words. Does not: what it counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = {
    "ศูนย์": 0, "หนึ่ง": 1, "นึง": 1, "เอ็ด": 1, "เอ๊ด": 1, "สอง": 2, "ยี่": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6,
    "เจ็ด": 7, "เจ๊ด": 7, "แปด": 8, "เก้า": 9, "เก๊า": 9, "หนึง": 1, "สี": 4,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_SCALES = {"สิบ": 10, "ร้อย": 100, "พัน": 1000, "หมื่น": 10_000, "หมื่": 10_000, "แสน": 100_000, "ล้าน": 1_000_000, "k": 1000, "hundred": 100,
           "thousand": 1000}  # fmt: skip
WORDS: dict[str, tuple[str, int]] = {
    **{word: ("digit", value) for word, value in _DIGITS.items() if word != "สี"},
    **{word: ("scale", value) for word, value in _SCALES.items()},
    "ซาว": ("ten", 20),
    "ครึ่ง": ("half", 0),
}
FIGURES = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?!\d)|\d{1,12}(?:\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Number:
    """lo == hi unless said as a range (สามสี่พัน). `step`: the size of its last unit, for กว่า. `spelt`: read digit by digit (หกห้า)."""

    lo: float
    hi: float
    step: float
    spelt: bool = False


Atom = tuple[str, float]
"""("figures" | "digit" | "scale" | "ten" | "half", value)."""


def figures(text: str) -> float:
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


def step_of(value: float) -> float:
    """The largest power of ten that divides a number written in figures: 3000 → 1000, 3500 → 100, 60 → 10."""
    if value <= 0 or not float(value).is_integer():
        return 1
    step = 1
    while value % (step * 10) == 0:
        step *= 10
    return step


def value_of(atoms: list[Atom]) -> Number | None:
    """The number that a run of atoms says, None when the run is none (a lone half)."""
    kinds = [kind for kind, _ in atoms]
    if kinds == ["half"] or not atoms:
        return None
    if kinds == ["figures"]:
        return Number(atoms[0][1], atoms[0][1], step_of(atoms[0][1]))
    if kinds[:2] == ["digit", "digit"] and (len(kinds) == 2 or kinds[2] == "scale"):
        return _two_digits(atoms)
    again = _said_again(atoms)
    if again:
        low, (high, step) = _sum(atoms[:again])[0], _sum(atoms[again:])
        return Number(low, high, step) if low < high else None
    total, step = _sum(atoms)
    return Number(total, total, step)


def _said_again(atoms: list[Atom]) -> int:
    """ร้อยสองร้อย, พันสองพัน: where the second of two estimates begins; 0 when there is one."""
    seen: set[float] = set()
    for i, (kind, value) in enumerate(atoms):
        if kind == "scale" and value in seen:
            return i - 1 if atoms[i - 1][0] in {"digit", "figures"} else i
        if kind == "scale" and value >= 100:
            seen.add(value)
    return 0


def _two_digits(atoms: list[Atom]) -> Number | None:
    """สามสี่พัน is 3,000 to 4,000; หกห้า, without a unit, is 65 read digit by digit."""
    first, second = int(atoms[0][1]), int(atoms[1][1])
    if second == first + 1:
        low, step = _sum([("digit", first), *atoms[2:]])
        high, _ = _sum([("digit", second), *atoms[2:]])
        return Number(_whole(low), _whole(high), step, spelt=len(atoms) == 2)
    if len(atoms) == 2:
        return Number(first * 10 + second, first * 10 + second, 1, spelt=True)
    return None


def _sum(atoms: list[Atom]) -> tuple[float, float]:
    """Value and step. A digit after ร้อย, พัน … without its own unit counts in tenths of that unit: พันห้า is 1,500."""
    total, millions, pending, scale = 0.0, 0.0, None, 1.0
    for kind, value in atoms:
        if kind in {"digit", "figures"}:
            pending = value
        elif kind == "ten":
            total, scale = total + value, 10
        elif kind == "half":
            total += scale / 2 if pending is None else 0.5
        elif value == 1_000_000:
            millions, total, pending, scale = (total + (pending or 0)) or 1, 0.0, None, value
        else:
            total, pending, scale = total + (1 if pending is None else pending) * value, None, value
    if pending is not None:
        tenths = scale >= 100 and pending < 10
        total += pending * scale / 10 if tenths else pending
        scale = scale / 10 if tenths else 1
    return _whole(total + millions * 1_000_000), scale


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value
