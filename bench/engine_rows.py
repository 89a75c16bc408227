"""Our engine beside OpenFisca's core and zen's decision graph: the same 40 rules, the same people, in turns.

Belongs here: timing the three, checking that they agree, missing facts against exhaustive enumeration. Does not: the engines themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import Goal, Row, factor
from bench.synthetic import FACTS, FLAGS, PROVINCES, SECTIONS, Node, as_dicts, make_people, make_rules, partly_known
from bench.synthetic_base import TODAY, make_base, make_table
from bot.eligibility.derive import scene as derive_scene
from bot.eligibility.household import Household
from bot.eligibility.plan import plan
from bot.eligibility.population import population, truths
from bot.eligibility.screen import statuses

ROOT = Path(__file__).resolve().parents[1]
BATCH, PERSONS, ROUNDS, SECONDS = 100_000, 2_000, 7, 0.25
UNKNOWN_PEOPLE, MISSING = 150, 0.4
_YES: dict[str, bool | None] = {"eligible": True, "ineligible": False, "unknown": None}


class Rivals:
    """The other engines' process, one command at a time."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-m", "bench.rivals", str(PERSONS), str(BATCH)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the other engines' process ended; its message stands above")
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def rows(rivals: Rivals) -> list[Row]:
    """Raises AssertionError where the engines do not agree on fully known people."""
    base, columns = make_base(), make_people(BATCH)
    people = as_dicts(columns, PERSONS)
    _check_agreement(rivals, base, people)
    return [*_one_person(rivals, base, people), *_missing(rivals, base, people), *_batch(rivals, base, columns)]


def _ours(base: Any, person: dict[str, Any]) -> list[bool | None]:
    return [_YES[found.status] for found in statuses(base, Household({}, {"self": person}), TODAY)]


def _check_agreement(rivals: Rivals, base: Any, people: list[dict[str, Any]]) -> None:
    want = [_ours(base, person) for person in people[:100]]
    for name in ("openfisca", "zen"):
        assert rivals.ask("answers", engine=name, people=people[:100]) == want, f"{name} does not agree on known facts"
    few = {name: column[:100] for name, column in make_people(BATCH).items()}
    assert [list(row) for row in truths(base, make_table(few), TODAY).to_polars().rows()] == want, "population does not agree"


def _one_person(rivals: Rivals, base: Any, people: list[dict[str, Any]]) -> list[Row]:
    ready, scene = plan(base, TODAY, "member"), derive_scene(Household({}, {"self": people[0]}), TODAY, base.facts)
    took: dict[str, list[float]] = {name: [] for name in ("ours", "whole", "zen", "openfisca")}
    for _ in range(ROUNDS):
        took["ours"].append(_time(lambda person: ready.statuses(person, "self", scene), people))
        took["zen"].append(rivals.ask("one", engine="zen", seconds=SECONDS))
        took["whole"].append(_time(lambda person: statuses(base, Household({}, {"self": person}), TODAY), people))
        took["openfisca"].append(rivals.ask("one", engine="openfisca", seconds=SECONDS))
    us = {name: median(times) * 1e6 for name, times in took.items()}
    return [
        Row("one person, 40 rules: our generated code", f"{us['ours']:.1f} µs", ""),
        Row("– zen's decision graph", f"{us['zen']:,.0f} µs", *factor(took["zen"], took["ours"], Goal(20))),
        Row("– OpenFisca's core", f"{us['openfisca']:,.0f} µs", *factor(took["openfisca"], took["ours"], Goal(1000))),
        Row(
            "– ours with derived facts and decisions beyond Kleene's logic",
            f"{us['whole']:.0f} µs",
            f"{median(took['zen']) / median(took['whole']):.1f}× zen, {median(took['openfisca']) / median(took['whole']):,.0f}× OpenFisca",
        ),
    ]


def _time(run: Any, people: list[dict[str, Any]]) -> float:
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        for person in people[count % PERSONS : count % PERSONS + 50]:
            run(person)
        count += 50
    return (time.perf_counter() - started) / count


def _batch(rivals: Rivals, base: Any, columns: dict[str, Any]) -> list[Row]:
    table = make_table(columns)
    backend = table.get_backend()
    wanted = {"truth": truths(base, table, TODAY), "text": population(base, table, TODAY)}
    plans = {name: backend.compile(expression) for name, expression in wanted.items()}
    took: dict[str, list[float]] = {name: [] for name in ("truth", "text", "fresh", "openfisca")}
    for _ in range(ROUNDS):
        for name, compiled in plans.items():
            took[name].append(_seconds(compiled.collect))
        took["fresh"].append(_seconds(lambda: truths(base, table, TODAY).to_polars()))
        took["openfisca"].append(rivals.ask("batch"))
    rate = {name: BATCH / median(times) / 1e6 for name, times in took.items()}
    return [
        Row("100,000 people, 40 rules: Ibis on Polars, truth or unknown", f"{rate['truth']:.2f} M people/s", ""),
        Row("– OpenFisca's core", f"{rate['openfisca']:.2f} M people/s", *factor(took["openfisca"], took["truth"], Goal(3, aim=8))),
        Row("– ours, statuses as text", f"{rate['text']:.2f} M people/s", f"{rate['text'] / rate['openfisca']:.1f}× OpenFisca"),
        Row(
            "– ours, with writing and compiling the rules anew",
            f"{rate['fresh']:.2f} M people/s",
            f"{rate['fresh'] / rate['openfisca']:.1f}× OpenFisca",
        ),
    ]


def _seconds(run: Any) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


# ---------------------------------------------------------------- missing facts
def _missing(rivals: Rivals, base: Any, people: list[dict[str, Any]]) -> list[Row]:
    partly = partly_known(people[:UNKNOWN_PEOPLE], MISSING)
    rules = make_rules()
    truth = [[enumerated(rule, person) for rule in rules] for person in partly]
    answers = {"ours": [_ours(base, person) for person in partly]}
    answers |= {name: rivals.ask("answers", engine=name, people=partly) for name in ("openfisca", "zen")}
    found = []
    for name, title in (
        ("ours", "missing facts: ours equals exhaustive enumeration"),
        ("openfisca", "– OpenFisca's core"),
        ("zen", "– zen's decision graph"),
    ):
        same, wrong, total = _compared(answers[name], truth)
        goal = ("", "reached" if same == total else "missed") if name == "ours" else ()
        found.append(
            Row(title, f"{100 * same / total:.1f} %", *(goal or (f"{100 * wrong / total:.1f} % a yes or no that is not decided",)))
        )
    return found


def _compared(answers: list[Any], truth: list[list[bool | None]]) -> tuple[int, int, int]:
    pairs = [
        (got, want)
        for row, wants in zip(answers, truth, strict=True)
        for got, want in zip(row or ["error"] * len(wants), wants, strict=True)
    ]
    same = sum(got is want for got, want in pairs)
    wrong = sum(isinstance(got, bool) and got is not want for got, want in pairs)
    return same, wrong, len(pairs)


def enumerated(rule: Node, person: dict[str, Any]) -> bool | None:
    """The rule's truth if every possible completion of the person agrees on it, else None."""
    used = facts_of(rule)
    missing = [fact for fact in FACTS if fact in used and fact not in person]
    worlds = (holds(rule, {**person, **dict(zip(missing, values, strict=True))}) for values in product(*(domain(f, rule) for f in missing)))
    first = next(worlds)
    return first if all(world is first for world in worlds) else None


def facts_of(node: Node) -> set[str]:
    match node:
        case ("all" | "any", children):
            return set().union(*map(facts_of, children))
        case ("not", child):
            return facts_of(child)
        case ("ratio_lt", top, bottom, _):
            return {top, bottom}
    return {node[1]}


def domain(fact: str, rule: Node) -> list[Any]:
    """Possible values, those alone that the rule can tell apart."""
    if fact in FLAGS:
        return [False, True]
    if fact == "section":
        return SECTIONS
    if fact == "province":
        return PROVINCES
    if fact == "age":
        return sorted({0, *(edge + step for edge in _edges(rule) for step in (-1, 0, 1) if edge + step >= 0)})
    return [0.0, 1e12] if fact == "income" else [1e-6, 1e12]


def _edges(node: Node) -> set[int]:
    match node:
        case ("all" | "any", children):
            return set().union(*map(_edges, children))
        case ("not", child):
            return _edges(child)
        case ("between", _, low, high):
            return {low, high}
    return set()


def holds(node: Node, person: dict[str, Any]) -> bool:
    match node:
        case ("all", children):
            return all(holds(child, person) for child in children)
        case ("any", children):
            return any(holds(child, person) for child in children)
        case ("not", child):
            return not holds(child, person)
        case ("between", fact, low, high):
            return bool(low <= person[fact] <= high)
        case ("in", fact, options):
            return person[fact] in options
        case ("ratio_lt", top, bottom, limit):
            return bool(person[top] / person[bottom] < limit)
        case ("eq", fact, option):
            return bool(person[fact] == option)
    return bool(person[node[1]])
