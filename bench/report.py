"""Rows of the benchmark table and docs/benchmarks.md.

Belongs here: what a row is, ratios with their goals, the written page. Does not: measuring.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio to reach, and the one to hope for."""

    least: float
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    measured: str
    ratio: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the table with a sentence about how it was measured."""

    title: str
    how: str
    rows: Sequence[Row]


def factor(slower: Sequence[float], faster: Sequence[float], goal: Goal) -> tuple[str, str]:
    """The median of the ratios of the same round, as text, and whether it reaches its goal."""
    found = median(a / b for a, b in zip(slower, faster, strict=True))
    return f"ours {found:,.{0 if found >= 100 else 1}f}×", judged(found >= goal.least, _wanted(goal))


def _wanted(goal: Goal) -> str:
    return f"≥ {goal.least:,g}×" + (f", aim {goal.aim:g}×" if goal.aim else "")


def judged(reached: bool, wanted: str) -> str:
    return f"{wanted}: {'reached' if reached else '**missed**'}"


def page(parts: Sequence[Part], now: datetime, versions: dict[str, str]) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Ratios compare what ran in the same minutes on the same machine, in turns; they are what",
        "counts. Absolute numbers move by tens of per cent on a shared machine.",
        "",
        f"- when: {now:%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"- machine: {machine()}",
        "- versions: " + ", ".join(f"{name} {number}" for name, number in sorted(versions.items())),
        "",
    ]
    for part in parts:
        lines += [f"## {part.title}", part.how, "", "| what | measured | ratio | goal |", "|---|---|---|---|"]
        lines += [f"| {row.what} | {row.measured} | {row.ratio} | {row.goal} |" for row in part.rows] + [""]
    return "\n".join(lines)


def own_versions() -> dict[str, str]:
    names = ("polars", "ibis-framework", "uvicorn", "uvloop", "aiohttp", "sqlalchemy", "pythainlp")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def machine() -> str:
    """Processor, cores and memory as Linux tells them."""
    info = Path("/proc/cpuinfo").read_text()
    names = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    total = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    load = Path("/proc/loadavg").read_text().split()[0]
    return f"{names[0] if names else platform.machine()}, {info.count('processor')} cores, {total:.0f} GB; load average at the end {load}"


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    return found.stdout.strip() or "unknown"
