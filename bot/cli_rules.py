"""`rusitthi rules check`: the rule base read, its examples run and (with --mutate) its examples judged, for the people who write rules.

Belongs here: arguments, output, the progress bar. Does not: any check.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

import geothai
from tqdm import tqdm

from bot.eligibility.examples import check_examples
from bot.eligibility.load import FACTS, Loaded, read_rulebase
from bot.eligibility.mutate import judge_by_mutation
from bot.eligibility.read_aloud import as_text, load_templates, read_aloud
from bot.eligibility.rule_errors import RuleError, closest
from bot.eligibility.tree import Rule, RuleBase

RULES = Path("rules")
SENTENCES = Path("knowledge/messages/rules.yaml")


def official_provinces() -> tuple[str, ...]:
    """The 77 official Thai names, without จังหวัด."""
    return tuple(str(province.name_th) for province in geothai.provinces())


def run_rules_check(paths: Sequence[Path], *, mutate: bool, out: TextIO, today: date | None = None, folder: Path = RULES) -> int:
    """Check the whole base and show what concerns `paths` (all when empty); a path that holds a facts.yaml is itself the base.

    Returns 0 when sound, 1 when something must be mended.
    """
    absent = [path for path in paths if not path.exists()]
    for path in absent:
        print(f"{path}: ไม่มีไฟล์นี้ / there is no such file or folder", file=sys.stderr)
    if absent:
        return 1
    bases = [path for path in paths if (path / FACTS).is_file()]
    if bases:
        folder, paths = bases[0], [path for path in paths if path != bases[0]]
    day = today or date.today()  # noqa: DTZ011 - the author's own calendar day
    loaded = read_rulebase(folder, official_provinces(), day)
    found, tried = _judge(loaded.base, _wanted(paths, loaded.base), day, mutate)
    errors = _of(paths, loaded.errors) + found
    for error in sorted(errors):
        _show(error, out)
    warnings = _of(paths, loaded.warnings)
    for warning in sorted(warnings):
        _show(warning, out, mark="เตือน / warning: ")
    if mutate:
        survivors = sum(error.message_en.startswith("no example notices") for error in found)
        print(f"{tried} changes tried, {tried - survivors} noticed by an example, {survivors} not", file=out)
    _sum_up(loaded, errors, warnings, out)
    return 1 if errors else 0


def run_rules_read(entitlement: str, *, language: str, out: TextIO, folder: Path = RULES) -> int:
    """Read one rule out. Returns 1 when there is no sound rule of that id."""
    base = read_rulebase(folder, official_provinces()).base
    rule = base.rules.get(entitlement)
    if rule is None:
        near = closest(entitlement, base.rules)
        print(f"ไม่มีกฎ / no sound rule “{entitlement}”" + (f": {near}?" if near else ""), file=out)
        return 1
    print(as_text(read_aloud(rule, base, load_templates(SENTENCES), language)), file=out)
    return 0


def _wanted(paths: Sequence[Path], base: RuleBase) -> list[Rule]:
    places = [RuleError(rule.place.file, 1, "", "", rule.id) for rule in base.rules.values()]
    return [base.rules[place.suggestion] for place in _of(paths, places)]


def _judge(base: RuleBase, rules: Sequence[Rule], today: date, mutate: bool) -> tuple[list[RuleError], int]:
    """What examples and mutation find, and how many changes were tried."""
    found: list[RuleError] = []
    tried = 0
    for rule in tqdm(rules, desc="rules", unit="rule", leave=False, delay=2, file=sys.stderr, disable=None):
        failed = check_examples(base, rule, today)
        found += failed
        if mutate and not failed:
            judged = judge_by_mutation(base, rule, today)
            tried += judged.tried
            found += judged.survivors
    return found, tried


def _of(paths: Sequence[Path], found: Sequence[RuleError]) -> list[RuleError]:
    wanted = [path.as_posix().rstrip("/").removeprefix("./") for path in paths]
    if not wanted:
        return list(found)
    return [error for error in found if any(error.file == one or error.file.startswith(f"{one}/") for one in wanted)]


def _show(error: RuleError, out: TextIO, mark: str = "") -> None:
    print(f"{error.file}:{error.line}: {mark}{error.message_th}", file=out)
    print(f"    {error.message_en}", file=out)


def _sum_up(loaded: Loaded, errors: Sequence[RuleError], warnings: Sequence[RuleError], out: TextIO) -> None:
    files = Counter(error.file for error in errors)
    print(f"{len(loaded.base.rules)} rules sound, {len(errors)} errors in {len(files)} files, {len(warnings)} warnings", file=out)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="rusitthi rules")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read every rule, run its examples")
    check.add_argument("paths", nargs="*", type=Path, help="show only these files or folders (all are read)")
    check.add_argument("--mutate", action="store_true", help="also change every limit and condition: an example must notice")
    read = commands.add_parser("read", help="read a rule out in plain Thai")
    read.add_argument("id")
    read.add_argument("--english", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.command == "read":
        return run_rules_read(chosen.id, language="en" if chosen.english else "th", out=sys.stdout)
    return run_rules_check(chosen.paths, mutate=chosen.mutate, out=sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
