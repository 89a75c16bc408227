"""The rules in plain words for everybody at a centre, and for admins what an edit changes before it goes live.

Nothing is saved here: an edit goes live when its file is put in the place of the old one. Belongs here: these pages.
Does not: reading rules out (`bot/eligibility/read_aloud.py`), comparing (`compare.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from starlette.responses import Response

from bot.casework.model import Role
from bot.casework.moves import need
from bot.console.pages import SIGNED_IN, Later, Page, Visit
from bot.console.views_followup import member_name
from bot.content import knowledge_folder, rules_folder
from bot.conversation.world import thai_day
from bot.eligibility.compare import Case, judge_edit
from bot.eligibility.load import FACTS, contents_of
from bot.eligibility.read_aloud import load_templates, read_aloud
from bot.eligibility.tree import Example, Fact, Rule
from bot.language.places import province_names
from bot.store.casefiles import Conflict
from bot.store.nudges import moment

ADMINS = frozenset({Role.ADMIN})
_MOST = 200_000


def rules_page(visit: Visit) -> Response:
    state = visit.console.rules()
    rules = sorted(state.base.rules.values(), key=lambda rule: (rule.area, rule.id))
    return visit.show(
        "rules.html",
        areas=[(area, list(found)) for area, found in groupby(rules, key=lambda rule: rule.area)],
        said=lambda wording: said(visit, wording),
        day=lambda one: visit.console.words.day(visit.language, one),
        checked=lambda rule: max(source.checked for source in rule.sources),
        errors=state.errors if visit.staff.role is Role.ADMIN else (),
        fingerprint=state.base.fingerprint,
        edits=visit.staff.role is Role.ADMIN,
    )


def rule_page(visit: Visit) -> Response:
    base = visit.console.rules().base
    rule = base.rules.get(visit.request.query_params.get("id", ""))
    if rule is None:
        return visit.go("/console/rules")
    templates = load_templates(knowledge_folder() / "messages" / "rules.yaml")
    return visit.show(
        "rule.html",
        rule=rule,
        lines=read_aloud(rule, base, templates, visit.language)[2:],
        said=lambda wording: said(visit, wording),
        day=lambda one: visit.console.words.day(visit.language, one),
        examples=[(one, _people(visit, one, base.facts)) for one in rule.examples],
        edits=visit.staff.role is Role.ADMIN,
    )


def said(visit: Visit, wording: Mapping[str, str]) -> str:
    return wording.get(visit.language) or wording["th"]


def _people(visit: Visit, example: Example, facts: Mapping[str, Fact]) -> list[str]:
    """Who is in an example: แม่: อายุ 72, สัญชาติ ไทย."""
    members = [(one["ref"], one.get("facts", {})) for one in example.household.get("members", [])]
    home = [("household", example.household["facts"])] if example.household.get("facts") else []
    return [f"{member_name(visit, ref)}: {_told(visit, told, facts)}" for ref, told in (*members, *home)]


def _told(visit: Visit, told: Mapping[str, Any], facts: Mapping[str, Fact]) -> str:
    return ", ".join(fact_text(visit, facts[name], value) if name in facts else f"{name} {value}" for name, value in told.items())


def fact_text(visit: Visit, fact: Fact, value: object) -> str:
    """A fact with its value: อายุ 72."""
    if isinstance(value, bool):
        return f"{said(visit, fact.label)}: {visit.say('yes' if value else 'no')}"
    values = value if isinstance(value, list | tuple | frozenset) else [value]
    named = [said(visit, fact.choices[str(one)]) if str(one) in fact.choices else str(one) for one in values]
    return f"{said(visit, fact.label)} {' – '.join(named)}"


# ---------------------------------------------------------------- an edit
def edit_page(visit: Visit) -> Response:
    """The file of a rule as it is now, to be changed in the box."""
    rule = visit.console.rules().base.rules.get(visit.request.query_params.get("id", ""))
    file = _file(rule) if rule else ""
    found = contents_of(rules_folder()).get(file, b"") if file else b""
    return _edit(visit, file, found.decode("utf-8", "replace") if isinstance(found, bytes) else "")


def edit_again(visit: Visit, _: Conflict | None) -> Response:
    return _edit(visit, visit.text("file", 200), _typed(visit))


def _edit(visit: Visit, file: str, text: str, **more: Any) -> Response:
    shown: dict[str, Any] = {"judged": None, "case_text": None, "right": None} | more
    return visit.show("rule_edit.html", file=file, text=text, **shown)


def _file(rule: Rule) -> str:
    """Its path below the rules folder."""
    return rule.place.file.partition("/")[2]


def _typed(visit: Visit) -> str:
    value = visit.form.get("yaml", "")
    return value[:_MOST].replace("\r\n", "\n") if isinstance(value, str) else ""


def judge(visit: Visit) -> Later:
    """Reads the edit as the bot would and screens made-up households with it. Nothing is saved."""
    file, text, today = visit.text("file", 200), _typed(visit), thai_day(moment(visit.now_ms))
    need(bool(text.strip()), "text")
    folder, _, name = file.rpartition("/")
    plain = all(part.isascii() and part.replace("-", "").replace("_", "").isalnum() for part in (folder or "x", name.removesuffix(".yaml")))
    need(plain and name.endswith(".yaml") and (bool(folder) or name == FACTS), "file")

    def make() -> Response:
        judged = judge_edit(contents_of(rules_folder()), "rules", file, text.encode(), province_names(), today)
        facts = visit.console.rules().base.facts
        return _edit(visit, file, text, judged=judged, case_text=lambda case: _case(visit, case, facts), right=_right(visit))

    return Later(make)


def _case(visit: Visit, case: Case, facts: Mapping[str, Fact]) -> str:
    return f"{member_name(visit, case.member)}: {_told(visit, case.facts, facts)}"


def _right(visit: Visit) -> Any:
    rules = visit.console.rules().base.rules
    return lambda id_: said(visit, rules[id_].name) if id_ in rules else id_


PAGES = (
    Page("GET", "/console/rules", SIGNED_IN, rules_page),
    Page("GET", "/console/rule", SIGNED_IN, rule_page),
    Page("GET", "/console/rules/edit", ADMINS, edit_page),
    Page("POST", "/console/rules/edit", ADMINS, judge, edit_again),
)
