"""Who fell through, where: from told to received, by entitlement and area, in a form that names nobody.

Belongs here: suppressing small cells, the CSV. Does not: counting (`bot/store/outcomes.py`), pages.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: A number below this could point at a person.
SMALLEST = 5
COLUMNS = ("told", "applied", "approved", "received", "refused", "gave_up")
_FORMULA = frozenset("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class Counted:
    """People (members) that came to each step. `province` empty: not known."""

    entitlement: str
    province: str
    reached: Mapping[str, int]


def shown(count: int) -> str:
    """A count as it may be shown: exact from SMALLEST on, 0 as 0."""
    return str(count) if count == 0 or count >= SMALLEST else f"<{SMALLEST}"


def as_csv(rows: Iterable[Counted]) -> str:
    """Comma-separated, with a heading; no cell is read as a formula by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("entitlement", "province", *COLUMNS))
    for row in rows:
        writer.writerow([_safe(cell) for cell in (row.entitlement, row.province, *(shown(row.reached[c]) for c in COLUMNS))])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell[:1] in _FORMULA else cell
