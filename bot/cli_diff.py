"""`rusitthi rules diff` and `rusitthi population`: what an edit changes, and how many people each rule reaches.

Belongs here: reading the files given, printing. Does not: comparing (`bot/eligibility/compare.py`), counting (`population.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from bot.eligibility.compare import HOUSEHOLDS, Comparison, Difference, Judged, Result, compare, judge_edit
from bot.eligibility.derive import scene
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.load import FACTS, contents_of, load_rulebase, read_contents
from bot.eligibility.made_up import households
from bot.eligibility.rule_errors import RuleError
from bot.eligibility.tree import Fact, RuleBase
from bot.language.places import province_names

Contents = Mapping[str, bytes | str]


def run_rules_diff(after: Path, *, before: Path, today: date, out: TextIO, number: int = HOUSEHOLDS) -> int:
    """`after`: an edited file (its name says which rule it replaces) or a whole folder of rules. 0: sound; 1: something must be mended."""
    contents = contents_of(before)
    judged = _judge_folder(contents, after, today, number) if after.is_dir() else _judge_file(contents, before.name, after, today, number)
    for error in judged.errors:
        print(f"{error.file}:{error.line}: {error.message_th}\n    {error.message_en}", file=out)
    if judged.comparison is not None:
        for line in told(judged.comparison):
            print(line, file=out)
    return 1 if judged.errors else 0


def place_of(contents: Contents, name: str) -> str | None:
    """The path below the rules folder that a file of this name stands at; None: there is none."""
    return next((path for path in contents if Path(path).name == Path(name).name), None)


def _judge_file(contents: Contents, root: str, after: Path, today: date, number: int) -> Judged:
    where = place_of(contents, after.name) or f"{after.resolve().parent.name}/{after.name}"
    return judge_edit(contents, root, where, after.read_bytes(), province_names(), today, number)


def _judge_folder(contents: Contents, after: Path, today: date, number: int) -> Judged:
    if not (after / FACTS).is_file():
        problem = RuleError(
            str(after), 1, "โฟลเดอร์นี้ไม่มี facts.yaml", "this folder holds no facts.yaml: give the folder of a whole rule base"
        )
        return Judged((problem,), (), None)
    loaded = read_contents(contents_of(after), after.name, province_names(), today)
    old = read_contents(contents, "rules", province_names(), today).base
    return Judged(loaded.errors, loaded.warnings, None if loaded.errors else compare(old, loaded.base, today, number))


def told(found: Comparison) -> Iterator[str]:
    """The comparison line by line."""
    for what, ids in (("added", found.added), ("removed", found.removed)):
        yield from (f"{what}: {id_}" for id_ in ids)
    if not (found.added or found.removed or found.touched):
        yield "nothing reads differently"
    elif found.touched:
        yield f"{len(found.touched)} rules read differently; {found.households} households screened with both"
    for one in found.differences:
        yield from _told(one)


def _told(one: Difference) -> Iterator[str]:
    yield f"{one.entitlement}: {one.changed} of {one.seen} verdicts change" + ("" if one.changed else " (words only, as far as these tell)")
    for (before, after), people in one.moves.items():
        yield f"    {before or 'not spoken of'} -> {after or 'not spoken of'}: {people}" + (" (another amount)" if before == after else "")
    for case in one.cases:
        facts = ", ".join(f"{name} {value}" for name, value in case.facts.items())
        yield f"      e.g. {case.member} ({facts}): {_result(case.before)} -> {_result(case.after)}"


def _result(result: Result) -> str:
    status, low, high = result
    amount = "" if high is None else f" {high:g}" if low == high else f" up to {high:g}" if low is None else f" {low:g}-{high:g}"
    return f"{status or 'not spoken of'}{amount}"


def run_population(table: Path | None, *, folder: Path, people: int, seed: int, today: date, out: TextIO) -> int:
    """How many are surely in, perhaps in and out, for each rule that needs nothing but columns. Raises PopulationError, RuleErrors."""
    import ibis
    import polars as pl

    from bot.eligibility.population import runnable, totals

    base = load_rulebase(folder, province_names(), today)
    frame = pl.DataFrame(_rows(base, people, seed, today), schema=_schema(base)) if table is None else _read(table, base)
    ibis.set_backend("polars")
    can = runnable(base, today)
    print(f"{len(frame)} people, {len(can)} of {len(base.rules)} rules (the others look at other members of the home)", file=out)
    print("entitlement,eligible,officer,unknown,ineligible", file=out)
    for row in totals(base, ibis.memtable(frame), today, only=can):
        print(",".join(str(row[name]) for name in ("entitlement", "eligible", "officer", "unknown", "ineligible")), file=out)
    return 0


def _schema(base: RuleBase) -> dict[str, Any]:
    return {fact.name: _type(fact) for fact in base.facts.values() if fact.type not in ("set", "text")}


def _type(fact: Fact) -> Any:
    import polars as pl

    kinds: dict[str, Any] = {"boolean": pl.Boolean, "number": pl.Float64, "money": pl.Float64, "date": pl.Date}
    return kinds.get(fact.type, pl.String)


def _rows(base: RuleBase, people: int, seed: int, today: date) -> list[dict[str, Any]]:
    """Made-up people, one a row, with the facts of their home and what follows from them."""
    plain, rows = _schema(base), []
    for home in households(base, people, seed):
        found = scene(home, today, base.facts)
        for ref, facts in found.people.items():
            if ref != HOUSEHOLD:
                whole = {**found.people.get(HOUSEHOLD, {}), **facts}
                rows.append({name: _cell(base.facts[name], whole.get(name)) for name in plain})
    return rows[:people]


def _cell(fact: Fact, value: object) -> Any:
    if isinstance(value, bool):
        return value if fact.type == "boolean" else None
    if fact.type in ("number", "money"):
        return float(value) if isinstance(value, (int, float)) else None
    return value if isinstance(value, (str, date)) and fact.type in ("choice", "date") else None


def _read(table: Path, base: RuleBase) -> Any:
    """CSV, Parquet or JSON lines with one person a row. Raises PopulationError for columns that are no facts."""
    import polars as pl

    from bot.eligibility.population import PopulationError

    readers: dict[str, Any] = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".jsonl": pl.read_ndjson}
    if table.suffix not in readers:
        raise PopulationError(f"{table}: give a file that ends in {', '.join(readers)}")
    frame = readers[table.suffix](table)
    unknown = sorted(set(frame.columns) - set(base.facts))
    if unknown:
        raise PopulationError(f"{table}: columns that are no facts: {', '.join(unknown)} (the facts stand in rules/facts.yaml)")
    types = _schema(base)
    return frame.with_columns([pl.col(name).cast(types[name], strict=False) for name in frame.columns if name in types])
