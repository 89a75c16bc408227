"""The folder of rules → one `RuleBase`, or every error of every file.

Belongs here: finding the files, putting the readers together, the fingerprint.
Does not: the readers; keeping a base fresh (`rule_keeper.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.eligibility.lint import check_base, check_rule
from bot.eligibility.parse_basic import Reader
from bot.eligibility.parse_facts import read_facts
from bot.eligibility.parse_rule import read_rule
from bot.eligibility.rule_errors import Findings, RuleError, RuleErrors
from bot.eligibility.tree import Fact, Rule, RuleBase
from bot.eligibility.yaml_lines import read_yaml

FACTS = "facts.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one run over the folder found. `base` holds the rules of the files without an error."""

    base: RuleBase
    errors: tuple[RuleError, ...]
    warnings: tuple[RuleError, ...]


def load_rulebase(folder: Path, provinces: Sequence[str], today: date | None = None) -> RuleBase:
    """The rule base of `folder`. Raises RuleErrors with every error of all files; `today` only dates the warnings about old sources."""
    loaded = read_rulebase(folder, provinces, today)
    if loaded.errors:
        raise RuleErrors(loaded.errors)
    return loaded.base


def read_rulebase(folder: Path, provinces: Sequence[str], today: date | None = None) -> Loaded:
    """As `load_rulebase`, but never raises: errors, warnings and the rules that are sound."""
    return read_contents(contents_of(folder), folder.name, provinces, today)


def contents_of(folder: Path) -> dict[str, bytes | str]:
    """Path below the folder → bytes of each rule file, or why it could not be read."""
    paths = sorted(path for path in folder.rglob("*.yaml") if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return {FACTS: _bytes(folder / FACTS), **{path.relative_to(folder).as_posix(): _bytes(path) for path in paths}}


def _bytes(path: Path) -> bytes | str:
    try:
        return path.read_bytes()
    except OSError as problem:
        return problem.strerror or type(problem).__name__


def fingerprint_of(contents: Mapping[str, bytes | str]) -> str:
    """Changes when any file's content, name or presence does."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        body = content if isinstance(content, bytes) else b"!" + content.encode()
        digest.update(f"{name}\0{len(body)}\0".encode(errors="surrogateescape") + body)
    return digest.hexdigest()[:16]


def read_contents(contents: Mapping[str, bytes | str], root: str, provinces: Sequence[str], today: date | None = None) -> Loaded:
    """The same from bytes in memory, e.g. of an edit that is not saved yet; `root` is the folder's name in messages."""
    findings = Findings()
    paths = [name for name in contents if name != FACTS]
    stems = {Path(name).stem for name in paths}
    facts = _facts(contents, root, findings, provinces, stems)
    rules: dict[str, Rule] = {}
    for name in paths if facts else ():
        rule = _rule(name, contents[name], root, findings, facts, stems)
        if rule and rule.id in rules:
            findings.error(f"{root}/{name}", 1, "same_id", id=rule.id, other=rules[rule.id].place.file)
        elif rule:
            rules[rule.id] = rule
    check_base(rules, findings, today)
    broken = findings.broken_files()
    sound = {name: rule for name, rule in rules.items() if rule.place.file not in broken}
    base = RuleBase(_named(facts, sound), sound, fingerprint_of(contents))
    return Loaded(base, tuple(sorted(set(findings.errors))), tuple(sorted(set(findings.warnings))))


def _named(facts: dict[str, Fact], rules: Mapping[str, Rule]) -> dict[str, Fact]:
    """What is received is called by the entitlement's own name when it is read back."""
    receives = facts.get("receives")
    if receives is None:
        return facts
    choices = {key: rules[key].name if key in rules else wording for key, wording in receives.choices.items()}
    return {**facts, "receives": replace(receives, choices=choices)}


def _facts(
    contents: Mapping[str, bytes | str], root: str, findings: Findings, provinces: Sequence[str], stems: set[str]
) -> dict[str, Fact]:
    reader = Reader(f"{root}/{FACTS}", findings, {}, stems)
    text = _text(contents.get(FACTS, "missing"), reader.file, findings)
    tree = read_yaml(text, reader.file, findings) if text is not None else None
    return read_facts(reader, tree, provinces, stems) if tree else {}


def _rule(name: str, content: bytes | str, root: str, findings: Findings, facts: Mapping[str, Fact], stems: set[str]) -> Rule | None:
    """The rule, with a stand-in wherever something was wrong; linted only when nothing was."""
    reader = Reader(f"{root}/{name}", findings, facts, stems)
    text = _text(content, reader.file, findings)
    tree = read_yaml(text, reader.file, findings) if text is not None else None
    if tree is None:
        return None
    before = len(findings.errors)
    rule = read_rule(reader, tree, Path(name).parent.as_posix(), Path(name).stem)
    if len(findings.errors) == before:
        check_rule(rule, facts, findings)
    return rule


def _text(content: bytes | str, file: str, findings: Findings) -> str | None:
    if isinstance(content, str):
        findings.error(file, 1, "unreadable", why=content)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        findings.error(file, content.count(b"\n", 0, problem.start) + 1, "not_utf8")
        return None
