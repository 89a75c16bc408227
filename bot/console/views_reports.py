"""Reports on casework: figures as charts, tables and a file; the chain of one case as a strip.

Belongs here: these pages. Does not: counting and hiding (`bot/casework/reports.py`, `disclosure.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from bot.casework import reports
from bot.casework.disclosure import Figures, to_csv
from bot.casework.model import Role
from bot.casework.reports import Report
from bot.console.pages import Later, Page, Visit
from bot.store import casereports, duty

REPORTERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
_YEARS = 3
Names = Mapping[str, str]
#: Figure → the group of words that names its values.
_NAMED_BY = {"case_kind": "kind", "case_risk": "severity"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One number of a chart. `number` None: hidden. `width`: percent of the longest."""

    label: str
    number: int | None
    width: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: its bars in total, and the same split by `heads` (rows of a table; None: hidden)."""

    figure: str
    bars: tuple[Bar, ...]
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[int | None, ...], int | None], ...] = ()
    share: str = ""


def bars(labels_and_numbers: Sequence[tuple[str, int | None]]) -> tuple[Bar, ...]:
    longest = max((number or 0 for _, number in labels_and_numbers), default=0) or 1
    return tuple(Bar(label, number, round(100 * (number or 0) / longest, 1)) for label, number in labels_and_numbers)


def reports_page(visit: Visit) -> Later:
    count, year, by = _asked(visit)
    names = part_names(visit)
    return Later(lambda: _page(visit, count(), year, by, names))


def _page(visit: Visit, report: Report, year: int, by: str, names: Names) -> Response:
    years = range(reports.fiscal_year(visit.now_ms), reports.fiscal_year(visit.now_ms) - _YEARS, -1)
    return visit.show(
        "reports.html",
        year=year,
        years=[(one, year_name(visit, one)) for one in years],
        by=by,
        slices=reports.SLICES,
        charts=[chart(visit, report, figure, by, names) for figure in reports.FIGURES],
        parts=[
            (of, bars([(name_of_part(visit, by, one, names), f.told(**{by: one})) for one in f.values.get(by, ())]))
            for of, f in _all(report)
        ],
        totals=[(of, figures.told()) for of, figures in _all(report)],
        waits=report.waits,
    )


def _all(report: Report) -> list[tuple[str, Figures]]:
    return list(report.figures.items())


def reports_file(visit: Visit) -> Later:
    count, year, by = _asked(visit)
    names = part_names(visit)
    return Later(lambda: _file(visit, count(), year, by, names))


def _file(visit: Visit, report: Report, year: int, by: str, names: Names) -> Response:
    found = reports.rows(report, by, visit.say("reports.hidden"))
    table = [[visit.say(f"reports.column.{name}") for name in found[0]]]
    for figure, value, split, part, number in found[1:]:
        what = (
            name_of_value(visit, figure, value) if figure in reports.FIGURES else visit.console.words.name(visit.language, "reports", value)
        )
        named = visit.console.words.name(visit.language, "figure", figure)
        table.append(
            [named, what, visit.say(f"slice.{split}") if split else "", name_of_part(visit, split, part, names) if split else "", number]
        )
    return csv_file(to_csv(table), f"reports-{year}-{by}.csv")


def csv_file(text: str, name: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked(visit: Visit) -> tuple[Callable[[], Report], int, str]:
    """The report that the address asks for; what it does not understand is left out."""
    asked, this = visit.request.query_params, reports.fiscal_year(visit.now_ms)
    wanted = asked.get("year", "")
    year = int(wanted) if wanted.isascii() and wanted.isdigit() and this - _YEARS < int(wanted) <= this else this
    by = asked.get("by", "")
    found = casereports.load(visit.connection, visit.registry, visit.staff, year, visit.now_ms)
    return found, year, by if by in reports.SLICES else reports.SLICES[0]


def chart(visit: Visit, report: Report, figure: str, by: str, names: Names) -> Chart:
    figures = report.of(figure)
    values = in_order(visit, figure, figures.values.get(figure, ()))
    drawn = bars([(name_of_value(visit, figure, value), figures.told(**{figure: value})) for value in values])
    heads = tuple(one.label for one in drawn)
    rows = tuple(
        (
            name_of_part(visit, by, part, names),
            tuple(figures.told(**{figure: value, by: part}) for value in values),
            figures.told(**{by: part}),
        )
        for part in (figures.values[by] if figures.crosses(by, figure) else ())
    )
    return Chart(figure, drawn, heads, rows, _share(visit, figures, figure))


def _share(visit: Visit, figures: Figures, figure: str) -> str:
    """The part that went well, in percent; empty where there is none to tell."""
    good = reports.SHARES.get(figure)
    if good is None or not figures.values.get(figure):
        return ""
    found = figures.share(good, figure)
    return visit.say("reports.hidden") if found is None else f"{100 * found[0] / found[1]:.0f}%"


def in_order(visit: Visit, figure: str, values: Sequence[str]) -> list[str]:
    """As they stand in the file of words: steps in their order, waits from short to long."""
    known = [key for key, _ in visit.console.words.listed("th", _NAMED_BY.get(figure, figure))]
    return sorted(values, key=lambda value: (known.index(value) if value in known else len(known), value))


def name_of_value(visit: Visit, figure: str, value: str) -> str:
    return visit.console.words.name(visit.language, _NAMED_BY.get(figure, figure), value)


def part_names(visit: Visit) -> Names:
    """Centre → its name."""
    return {id_: one.name for id_, one in duty.centres(visit.connection).items()}


def name_of_part(visit: Visit, by: str, part: str, names: Names) -> str:
    """A month, a centre or a place as people write it."""
    if by == "month":
        year, _, month = part.partition("-")
        return f"{visit.say(f'month.m{int(month)}')} {_year(visit, int(year))}"
    if by == "centre":
        return names.get(part, part)
    if part in ("", " ?"):
        return visit.say("reports.no_place")
    return f"{part.removesuffix(' ?')} ({visit.say('reports.no_district')})" if part.endswith(" ?") else part


def year_name(visit: Visit, year: int) -> str:
    return visit.say("reports.year", year=_year(visit, year))


def _year(visit: Visit, year: int) -> int:
    return year + 543 if visit.language == "th" else year


PAGES = (
    Page("GET", "/console/reports", REPORTERS, reports_page),
    Page("GET", "/console/reports.csv", REPORTERS, reports_file),
)
