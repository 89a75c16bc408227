"""How well the alarm reads: recall and false alarms, with intervals, on messages that nobody tuned it to.

Belongs here: scoring rows that carry the right answer, Wilson intervals, the printed table.
Does not: training (bench/train_alarm.py), reading (alarm.py).
Used by `rusitthi understand --evaluate`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from bot.language.alarm import read_alarm
from bot.language.reading import Alarm

_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Row:
    """A message with its right answer. `danger` False: a look-alike or an ordinary message. `before`: earlier bubbles."""

    text: str
    danger: bool
    kind: str = "none"
    severity: int = 0
    subject: str = "unknown"
    style: str = "plain"
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with the 95 % Wilson interval as fractions of 1."""

    name: str
    hits: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.total)

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = share + _Z**2 / (2 * total)
    width = _Z * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    below = 1 + _Z**2 / total
    return max(0.0, (middle - width) / below), min(1.0, (middle + width) / below)


def rows_of(path: Path) -> list[Row]:
    """Raises OSError or ValueError when the file cannot be read or a line is no row."""
    return [_row(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _row(raw: Mapping[str, Any]) -> Row:
    names = ("kind", "severity", "subject", "style")
    known = {name: raw[name] for name in names if name in raw}
    return Row(raw["text"], bool(raw["danger"]), **known, before=tuple(raw.get("before", ())))


def evaluate(rows: Sequence[Row], read: Callable[..., Alarm] = read_alarm) -> list[Share]:
    """Recall over all and by kind and style, what of kind, subject and severity is right among the found, and the false alarms."""
    read_rows = [(row, read(row.text, before=row.before)) for row in rows]
    danger = [(row, alarm) for row, alarm in read_rows if row.danger]
    calm = [alarm for row, alarm in read_rows if not row.danger]
    found = [(row, alarm) for row, alarm in danger if alarm.level != "none"]
    grave = [alarm for row, alarm in danger if row.severity <= 2]
    return [
        _share("recall (check or raise)", (alarm.level != "none" for _, alarm in danger)),
        _share("recall (raise)", (alarm.level == "raise" for _, alarm in danger)),
        _share("recall, severity 1-2", (alarm.level != "none" for alarm in grave)),
        *_by("kind", danger),
        *_by("style", danger),
        _share("kind right", (alarm.kind == row.kind for row, alarm in found)),
        _share("subject right", (alarm.subject == row.subject for row, alarm in found)),
        _share("severity right", (alarm.severity == row.severity for row, alarm in found)),
        _share("severity right or graver", (alarm.severity <= row.severity for row, alarm in found)),
        _share("false raise", (alarm.level == "raise" for alarm in calm)),
        _share("false check", (alarm.level == "check" for alarm in calm)),
    ]


def _by(field: str, danger: Sequence[tuple[Row, Alarm]]) -> list[Share]:
    values = sorted({str(getattr(row, field)) for row, _ in danger})
    return [
        _share(f"recall, {field} {value}", (alarm.level != "none" for row, alarm in danger if getattr(row, field) == value))
        for value in values
    ]


def _share(name: str, outcomes: Iterable[bool]) -> Share:
    known = list(outcomes)
    return Share(name, sum(known), len(known))


def table(shares: Sequence[Share]) -> str:
    """One line a share: name, percent, 95 % interval, counts."""
    return "\n".join(
        f"{share.name:<46} {share.value:7.1%}  [{share.interval[0]:6.1%}, {share.interval[1]:6.1%}]  {share.hits}/{share.total}"
        for share in shares
    )
