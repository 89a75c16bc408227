"""Figures on alerts, cases and referrals, without anybody in them: cells under five are not told.

Belongs here: counting and CSV. Does not: loading (`bot/store/casereports.py`), drawing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from bot.casework import clocks
from bot.casework.model import (
    HIGH,
    Alert,
    AlertState,
    Case,
)
from bot.casework.record_types import (
    Referral,
    ReferralState,
    Task,
    TaskState,
)

SMALLEST = 5
HIDDEN = "<5"
V = TypeVar("V")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Share:
    """`done` of `all`; both hidden when fewer than five are counted."""

    done: int
    all: int

    def told(self) -> str:
        return HIDDEN if 0 < self.all < SMALLEST else f"{100 * self.done / self.all:.0f}%" if self.all else "-"


@dataclass(frozen=True, slots=True)
class Report:
    """`first_human_s`: median seconds until a human spoke, for high risk and others; None for fewer than five."""

    by_kind: dict[str, str]
    by_severity: dict[str, str]
    by_area: dict[str, str]
    by_month: dict[str, str]
    by_centre: dict[str, str]
    rungs: dict[str, str]
    first_human_s: tuple[int | None, int | None]
    within_two_minutes: Share
    referrals_done: Share
    follow_ups_on_time: Share
    reopened: Share


def report(alerts: Sequence[Alert], cases: Sequence[Case], referrals: Sequence[Referral], tasks: Sequence[Task], now_ms: int) -> Report:
    real = [alert for alert in alerts if alert.state is not AlertState.MERGED]
    high = [alert for alert in real if alert.severity <= HIGH]
    return Report(
        by_kind=cells(real, lambda alert: alert.kind),
        by_severity=cells(real, lambda alert: str(alert.severity)),
        by_area=cells(cases, lambda case: case.area or "?"),
        by_month=cells(real, lambda alert: clocks.local(alert.raised_ms).strftime("%Y-%m")),
        by_centre=cells(cases, lambda case: case.centre),
        rungs=cells([alert for alert in real if alert.rung], lambda alert: str(alert.rung)),
        first_human_s=(_wait(high), _wait([alert for alert in real if alert.severity > HIGH])),
        within_two_minutes=Share(sum(_waited(alert) <= 2 * clocks.MINUTE for alert in high if alert.engaged_ms), len(high)),
        referrals_done=_done(referrals),
        follow_ups_on_time=_on_time(tasks, now_ms),
        reopened=Share(sum(case.reopened > 0 for case in cases), len(cases)),
    )


def _wait(alerts: Iterable[Alert]) -> int | None:
    waits = [_waited(alert) for alert in alerts if alert.engaged_ms]
    return round(median(waits) / 1000) if len(waits) >= SMALLEST else None


def _waited(alert: Alert) -> int:
    return alert.engaged_ms - alert.raised_ms


def _done(referrals: Iterable[Referral]) -> Share:
    sent = [referral for referral in referrals if referral.sent_ms]
    return Share(sum(referral.state is ReferralState.DONE for referral in sent), len(sent))


def _on_time(tasks: Iterable[Task], now_ms: int) -> Share:
    """Follow-ups done within a day of being due, of those whose day is over or that are done."""
    ripe = [task for task in tasks if task.kind == "follow_up" and (task.state is TaskState.DONE or task.due_ms + clocks.DAY < now_ms)]
    return Share(sum(task.state is TaskState.DONE and task.done_ms <= task.due_ms + clocks.DAY for task in ripe), len(ripe))


def cells(things: Iterable[V], key: Callable[[V], str]) -> dict[str, str]:
    """Counts by `key`, told as text. A single small cell beside larger ones hides the next smallest too: else it follows from the total."""
    counts = Counter(map(key, things))
    small = {name for name, count in counts.items() if count < SMALLEST}
    if len(small) == 1 and len(counts) > 1:
        small.add(min((name for name in counts if name not in small), key=lambda name: (counts[name], name)))
    return {name: HIDDEN if name in small else str(counts[name]) for name in sorted(counts)}


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """With a byte order mark for spreadsheets, and no cell that a spreadsheet would run as a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def table(report: Report) -> list[tuple[str, str, str]]:
    """The report as rows (figure, of, value) for a table or a file."""
    rows: list[tuple[str, str, str]] = []
    for name in ("by_kind", "by_severity", "by_area", "by_month", "by_centre", "rungs"):
        rows += [(name, of, value) for of, value in getattr(report, name).items()]
    for of, seconds in zip(("high", "other"), report.first_human_s, strict=True):
        rows.append(("first_human_s", of, "-" if seconds is None else str(seconds)))
    for name in ("within_two_minutes", "referrals_done", "follow_ups_on_time", "reopened"):
        rows.append((name, "", getattr(report, name).told()))
    return rows
