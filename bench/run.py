"""`make bench`: every part of the table, written to docs/benchmarks.md. Takes some minutes; wants a machine with nothing else to do.

    python -m bench.run [engine understanding load questions …]    without names: all, and only then the page is written

Belongs here: order, the page. Does not: measuring.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench import engine_rows, load_rows, nudge_rows, questions, understand_rows
from bench.report import Part, Row, judged, own_versions, page
from bot.content import load_base

ROOT = Path(__file__).resolve().parents[1]
OTHERS = ROOT / ".venv-bench" / "bin" / "python"
PAGE = ROOT / "docs" / "benchmarks.md"

ENGINE = """
40 synthetic rules of about eight comparisons over 15 facts (`bench/synthetic.py`), the same in every engine; all agree on fully known
people. Medians of {rounds} rounds in turns; writing and compiling the rules is not counted, unless said. Missing facts: {people} people,
each fact missing with probability {missing}; the truth is what all possible completions agree on."""
UNDERSTANDING = """
Facts, wishes, danger, language and entitlements of one message. Quantiles over messages, each the median of {rounds} readings."""
LOAD = """
Real HTTP on 127.0.0.1: signed webhooks in, a stand-in LINE out, the bots on one core, the load on the other; {rounds} rounds of
{seconds:g} s in turns. A turn of ours reads the message, screens, chooses the next question and commits everything durably to SQLite;
the SDK's FastAPI sample (uvloop, httptools, its client made in the lifespan) sends the text back and keeps nothing. People open with a
sentence of facts, mostly give short answers, and wish something now and then (`bench/talks.py`); a turn counts when its answer arrived."""


QUESTIONS = """
{households} made-up households of eight kinds (`bench/questions.py`): what is asked after one informative sentence until nothing that can
matter is open, over all rules in `rules/`."""
HOUSEHOLDS = 320
NUDGES = """
People who learned of a right three days ago, a reminder due for each, in SQLite before the bot starts; a stand-in LINE that answers 429
beyond 2,000 calls a second, and people who write meanwhile (`bench/nudge_rows.py`)."""


def engine() -> tuple[Part, dict[str, str]]:
    rivals = engine_rows.Rivals(OTHERS)
    try:
        versions: dict[str, str] = rivals.ask("versions")
        rows = engine_rows.rows(rivals)
    finally:
        rivals.close()
    how = ENGINE.format(rounds=engine_rows.ROUNDS, people=engine_rows.UNKNOWN_PEOPLE, missing=engine_rows.MISSING)
    return Part("Engine", how, rows), versions


def understanding() -> tuple[Part, dict[str, str]]:
    return Part("Understanding", UNDERSTANDING.format(rounds=understand_rows.ROUNDS), understand_rows.rows()), {}


def load() -> tuple[Part, dict[str, str]]:
    rows = uvloop.run(load_rows.rows(OTHERS))
    return Part("The whole bot under load", LOAD.format(rounds=load_rows.ROUNDS, seconds=load_rows.SECONDS), rows), {}


def asking() -> tuple[Part, dict[str, str]]:
    every = questions.by_kind(load_base(), HOUSEHOLDS)
    groups = {"all": [asked for group in every.values() for asked in group], **every}
    told = {kind: questions.spread([len(asked) for asked in group]) for kind, group in groups.items()}
    rows = [Row(kind, f"median {found['median']:g}, nine in ten ≤ {found['p90']}, most {found['most']}") for kind, found in told.items()]
    rows[0] = replace(rows[0], goal=judged(told["all"]["median"] <= 8, "median ≤ 8"))
    return Part("Questions after the first sentence", QUESTIONS.format(households=len(groups["all"])), rows), {}


def nudging() -> tuple[Part, dict[str, str]]:
    return Part("Very many reminders", NUDGES, uvloop.run(nudge_rows.rows())), {}


PARTS: dict[str, Callable[[], tuple[Part, dict[str, str]]]] = {
    "engine": engine,
    "understanding": understanding,
    "load": load,
    "nudges": nudging,
    "questions": asking,
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    parts, versions = [], own_versions()
    for name in wanted:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        part, others = PARTS[name]()
        parts.append(part)
        versions |= others
    text = page(parts, datetime.now(UTC), versions)
    print(text)
    if not sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
