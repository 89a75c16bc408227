"""Finding and loading the content folders rules/ and knowledge/ into what a turn needs.

Belongs here: paths and reading files at start. Does not: using any of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bot.conversation.wording import load_wordings
from bot.conversation.world import World
from bot.eligibility import read_aloud
from bot.eligibility.load import load_rulebase, read_rulebase
from bot.eligibility.rule_errors import RuleError
from bot.eligibility.tree import RuleBase
from bot.eligibility.yaml_lines import load_yaml
from bot.language.places import province_names
from bot.language.understand import load_reader


class ContentProblem(Exception):
    """Something asked for is not among the content; the text tells what to do."""


def home() -> Path:
    """The folder that holds rules/ and knowledge/: RUSITTHI_HOME, or the checkout this file stands in."""
    given = os.environ.get("RUSITTHI_HOME")
    return Path(given) if given else Path(__file__).resolve().parent.parent


def rules_folder() -> Path:
    return home() / "rules"


def knowledge_folder() -> Path:
    return home() / "knowledge"


def reason_templates() -> Mapping[str, Any]:
    text = (knowledge_folder() / "messages" / "reasons.yaml").read_text(encoding="utf-8")
    templates: Mapping[str, Any] = load_yaml(text)
    return templates


def holidays() -> frozenset[date]:
    """Public holidays, as far as they are written down."""
    raw = load_yaml((knowledge_folder() / "holidays.yaml").read_text(encoding="utf-8"))
    fixed = {date.fromisoformat(f"{year}-{day}") for year in raw["years"] for day in raw["every_year"]}
    return frozenset(fixed | {date.fromisoformat(str(one["day"])) for one in raw["moving"]})


def load_base() -> RuleBase:
    """Raises RuleErrors with every error of every file."""
    return load_rulebase(rules_folder(), province_names())


def sound_base() -> tuple[RuleBase, tuple[RuleError, ...]]:
    """Every rule that can be used, and what is wrong with the others: one bad file must not silence the whole bot at a restart."""
    loaded = read_rulebase(rules_folder(), province_names())
    return loaded.base, tuple(loaded.errors)


def read_rule_aloud(base: RuleBase, entitlement: str, language: str) -> str:
    """A rule in plain words. Raises ContentProblem for an unknown id."""
    rule = base.rules.get(entitlement)
    if rule is None:
        close = get_close_matches(entitlement, base.rules, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ContentProblem(f"there is no entitlement {entitlement!r}{hint} (ids are the file names in {rules_folder()})")
    templates = read_aloud.load_templates(knowledge_folder() / "messages" / "rules.yaml")
    return read_aloud.as_text(read_aloud.read_aloud(rule, base, templates, language))


def load_world(base: RuleBase | None = None) -> World:
    return World(
        base=base or load_base(),
        words=load_wordings(knowledge_folder() / "messages"),
        reader=load_reader(knowledge_folder()),
        reason_templates=reason_templates(),
    )
