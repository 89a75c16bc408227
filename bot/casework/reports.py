"""Figures on alerts, cases, referrals and follow-ups, by centre, place and month, without anybody in them.

One report is one fiscal year (October to September): years do not overlap, so two reports cannot be subtracted from each other.
Belongs here: what is counted. Does not: loading (`bot/store/casereports.py`), what is hidden (`disclosure.py`), drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.casework import chain, clocks, disclosure
from bot.casework.disclosure import SMALLEST, Figures
from bot.casework.model import HIGH, Alert, AlertState, Case
from bot.casework.record_types import SETTLED_REFERRALS, Referral, ReferralState, Task, TaskState

#: What figures can be split by.
SLICES = ("month", "centre", "province", "district")
#: Figure → what it counts: alerts, cases, referrals that were sent, follow-ups that came due.
FIGURES: Mapping[str, str] = {
    "chain": "alerts",
    "kind": "alerts",
    "severity": "alerts",
    "first_human": "alerts",
    "rung": "alerts",
    "case_kind": "cases",
    "case_risk": "cases",
    "reopened": "cases",
    "referral": "referrals",
    "follow_up": "follow_ups",
}
#: Shares told as a percentage: figure → the value that counts as good.
SHARES: Mapping[str, str] = {"referral": "done", "follow_up": "on_time", "reopened": "yes"}
#: A slice with more parts than this is told in total only, not by kind, unless a part has ENOUGH on average: with nearly all of it hidden a
#: table says nothing, and finding out what must be hidden takes long.
MOST_PARTS = 16
ENOUGH = 60
#: Seconds until a human spoke, by bucket.
_SPEEDS = (("1m", 60), ("2m", 120), ("5m", 300), ("1h", 3600), ("1d", 86_400))
_OPENING_MONTH = 10

#: Where something lies: (province, district); empty where it is not known.
Place = Callable[[Case | Alert], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Waits:
    """Median seconds until a human spoke, and of how many; the median is None for fewer than SMALLEST."""

    median_s: int | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """`figures`: by what is counted (alerts, cases, referrals, follow_ups). `waits`: by high | other."""

    figures: Mapping[str, Figures]
    waits: Mapping[str, Waits]

    def of(self, figure: str) -> Figures:
        return self.figures[FIGURES[figure]]


def fiscal_year(now_ms: int) -> int:
    """The Thai fiscal year (by the year in which it ends) of a moment."""
    at = clocks.local(now_ms)
    return at.year + (at.month >= _OPENING_MONTH)


def span(year: int) -> tuple[int, int]:
    """[from, until) of a fiscal year in ms."""
    start, end = (datetime(one, _OPENING_MONTH, 1, tzinfo=clocks.THAILAND) for one in (year - 1, year))
    return int(start.timestamp() * 1000), int(end.timestamp() * 1000)


def report(
    alerts: Sequence[Alert],
    cases: Sequence[Case],
    referrals: Mapping[str, Sequence[Referral]],
    tasks: Mapping[str, Sequence[Task]],
    place: Place,
    now_ms: int,
) -> Report:
    """`referrals` and `tasks`: by uid of their case."""
    real = [alert for alert in alerts if alert.state is not AlertState.MERGED]
    by_uid = {case.uid: case for case in cases}
    known: list[Alert | Case] = [*real, *cases]
    where = {one.uid: place(one) for one in known}

    def slices(one: Alert | Case, at_ms: int) -> dict[str, str]:
        province, district = where[one.uid]
        return {
            "month": clocks.local(at_ms).strftime("%Y-%m"),
            "centre": one.centre,
            "province": province,
            "district": f"{province} {district}" if district else f"{province} ?",
        }

    def reached(alert: Alert) -> str:
        case = by_uid.get(alert.case)
        return chain.of_case(case, referrals.get(case.uid, ()), tasks.get(case.uid, ())) if case else chain.of_alert(alert)

    of_alerts = [
        slices(one, one.raised_ms)
        | {"chain": reached(one), "kind": one.kind, "severity": str(one.severity), "first_human": _speed(one), "rung": str(one.rung)}
        for one in real
    ]
    of_cases = [
        slices(one, one.opened_ms) | {"case_kind": one.kind, "case_risk": str(one.risk), "reopened": "yes" if one.reopened else "no"}
        for one in cases
    ]
    of_referrals = [
        slices(by_uid[uid], one.sent_ms) | {"referral": _became(one)} for uid, found in referrals.items() for one in found if one.sent_ms
    ]
    of_tasks = [
        slices(by_uid[uid], one.due_ms) | {"follow_up": _punctual(one)}
        for uid, found in tasks.items()
        for one in found
        if one.kind == "follow_up" and _ripe(one, now_ms)
    ]
    counted = {"alerts": of_alerts, "cases": of_cases, "referrals": of_referrals, "follow_ups": of_tasks}
    high = [one for one in real if one.severity <= HIGH]
    other = [one for one in real if one.severity > HIGH]
    return Report({name: _count(name, things) for name, things in counted.items()}, {"high": _waits(high), "other": _waits(other)})


def _count(name: str, things: Sequence[Mapping[str, str]]) -> Figures:
    columns = [figure for figure, of in FIGURES.items() if of == name]
    crossed = [one for one in SLICES if _tells(len(things), len({thing[one] for thing in things}))]
    return disclosure.count(things, crossed, columns, {"district": "province"}, [one for one in SLICES if one not in crossed])


def _tells(things: int, parts: int) -> bool:
    """Whether a table by kind of so many things in so many parts would show more than hidden numbers."""
    return parts <= MOST_PARTS or things >= ENOUGH * parts


def _speed(alert: Alert) -> str:
    if not alert.engaged_ms:
        return "never"
    waited = (alert.engaged_ms - alert.raised_ms) / 1000
    return next((name for name, seconds in _SPEEDS if waited <= seconds), "later")


def _waits(alerts: Iterable[Alert]) -> Waits:
    waits = [alert.engaged_ms - alert.raised_ms for alert in alerts if alert.engaged_ms]
    return Waits(round(median(waits) / 1000), len(waits)) if len(waits) >= SMALLEST else Waits(None, None if waits else 0)


def _became(referral: Referral) -> str:
    if referral.state is ReferralState.DONE:
        return "done"
    return "failed" if referral.state in SETTLED_REFERRALS else "under_way"


def _ripe(task: Task, now_ms: int) -> bool:
    """Its day is over, or it is done."""
    return task.state is TaskState.DONE or task.due_ms + clocks.DAY < now_ms


def _punctual(task: Task) -> str:
    """Done within a day of being due."""
    return "on_time" if task.state is TaskState.DONE and task.done_ms <= task.due_ms + clocks.DAY else "late"


def rows(report: Report, by: str, hidden: str = disclosure.HIDDEN) -> list[tuple[str, str, str, str, str]]:
    """The whole report as rows (figure, value, split by, part, number) for a file; `by`: one of SLICES."""
    found: list[tuple[str, str, str, str, str]] = [("figure", "value", "by", "part", "number")]
    for figure in FIGURES:
        figures = report.of(figure)
        for value in figures.values.get(figure, ()):
            found.append((figure, value, "", "", disclosure.written(figures.told(**{figure: value}), hidden)))
            if not figures.crosses(by, figure):
                continue
            for part in figures.values[by]:
                number = disclosure.written(figures.told(**{figure: value, by: part}), hidden)
                found.append((figure, value, by, part, number))
    for name, figures in report.figures.items():
        found.append((name, "total", "", "", disclosure.written(figures.told(), hidden)))
        found += [(name, "total", by, part, disclosure.written(figures.told(**{by: part}), hidden)) for part in figures.values.get(by, ())]
    for name, waits in report.waits.items():
        found.append(("first_human_median_s", name, "", "", disclosure.written(waits.median_s, hidden)))
    return found
