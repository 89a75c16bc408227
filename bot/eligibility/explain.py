"""Why: a smallest set of conditions that decides, and what is still open.

Belongs here: choosing the conditions and their wording. Does not: deciding (`kleene.py`), any word of Thai (the rule files, the
vocabulary and `knowledge/messages/reasons.yaml` hold them all).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.kleene import KLEENE, Mode, Scene, facts_of, needed, others_of, truth, unseen
from bot.eligibility.tree import Condition, Members, Not, Officer, Operand, Ratio, Ref, Test, Wording
from bot.eligibility.verdict import Need, Reason

#: Templates by key, each {"th": …, "en": …}; see knowledge/messages/reasons.yaml.
Templates = Mapping[str, Wording]
Certificate = tuple[tuple[Condition, str, bool], ...]  # (node, member, its truth)
#: Facts that move with the calendar: a no that hangs on one of them passes by itself.
TIMELY = frozenset({"age_years", "age_months", "pregnancy_months", "sso_months_total", "service_days", "community_fund_months"})
GROWING = frozenset({"at_least", "over", "since_days"})


# ---------------------------------------------------------------- a smallest set that decides
def certificate(node: Condition, ref: str, scene: Scene, mode: Mode, value: bool, favour: bool = True) -> Certificate:
    """A smallest set of nodes that makes `node` have `value`; a node with wording of its own speaks for all below it."""
    if _speaks(node, value) or isinstance(node, (Test, Officer)):
        return ((node, ref, value),)
    match node:
        case Not(of=inner):
            return certificate(inner, ref, scene, mode, not value, not favour)
        case Members():
            return _witnesses(node, ref, scene, mode, value, favour)
    assert not isinstance(node, (Test, Officer))
    children = [child for child in node.of if truth(child, ref, scene, mode, favour) is value]
    found = sorted((certificate(child, ref, scene, mode, value, favour) for child in children), key=_preference)
    enough = needed(node) if value else len(node.of) - needed(node) + 1
    return _distinct(found[:enough])


def _speaks(node: Condition, value: bool) -> bool:
    return (node.notes.because if value else node.notes.otherwise) is not None


def _distinct(parts: list[Certificate]) -> Certificate:
    return tuple({(id(entry[0]), entry[1]): entry for part in parts for entry in part}.values())


def _preference(found: Certificate) -> tuple[int, int]:
    """What can be got first, then what time brings, then the shortest."""
    if any(node.notes.get_first for node, _, _ in found):
        return 0, len(found)
    return (1 if found and all(_passes(node, value) for node, _, value in found) else 2), len(found)


def _passes(node: Condition, value: bool) -> bool:
    """A failing comparison that time alone will turn."""
    if value or not isinstance(node, Test) or not isinstance(node.operand, Ref):
        return False
    return node.op == "since_days" or (node.operand.fact in TIMELY and node.op in GROWING)


def _witnesses(node: Members, ref: str, scene: Scene, mode: Mode, value: bool, favour: bool) -> Certificate:
    """The members who make a quantifier true; when nobody does, the quantifier itself."""
    if not (value and node.at_least > 0 and node.at_most is None):
        return ((node, ref, value),)
    able = [other for other, sure in others_of(node, ref, scene) if sure and truth(node.where, other, scene, mode, favour)]
    return _distinct([certificate(node.where, other, scene, mode, True, favour) for other in able[: node.at_least]])


def reasons(node: Condition, ref: str, scene: Scene, mode: Mode, value: bool, templates: Templates) -> tuple[Reason, ...]:
    """Why `node` is `value` for the member, in words."""
    return tuple(reason(entry, who, holds, scene, templates) for entry, who, holds in certificate(node, ref, scene, mode, value))


def reason(node: Condition, ref: str, holds: bool | None, scene: Scene, templates: Templates) -> Reason:
    fact = first_fact(node)
    who = HOUSEHOLD if fact and scene.vocabulary[fact].owner == HOUSEHOLD else ref
    return Reason(who, fact, holds, wording(node, holds is not False, scene, templates), node.notes.certainty)


def first_fact(node: Condition) -> str | None:
    match node:
        case Test(operand=operand):
            return facts_of(operand)[0]
        case Officer():
            return None
        case Not(of=inner) | Members(where=inner):
            return first_fact(inner)
        case _:
            return next((fact for fact in map(first_fact, node.of) if fact), None)


# ---------------------------------------------------------------- words
def wording(node: Condition, holds: bool, scene: Scene, templates: Templates) -> Wording:
    """The author's words; else a sentence made of label, operator and value; else the label alone."""
    own = node.notes.because if holds else node.notes.otherwise
    if own is not None:
        return own
    if isinstance(node, Officer):
        return node.what
    if isinstance(node, Test):
        return generic(node, holds, scene, templates)
    fact = first_fact(node)
    return label(scene.vocabulary[fact].label, fact) if fact else {"th": "", "en": ""}


def generic(test: Test, holds: bool, scene: Scene, templates: Templates) -> Wording:
    name = _label_of(test.operand, scene, templates)
    key = template_key(test, holds)
    template = templates.get(key)
    if template is None:
        return name
    return {lang: _fill(text, name.get(lang, name["th"]), _say(test, scene, lang, templates)) for lang, text in template.items()}


def template_key(test: Test, holds: bool) -> str:
    """`at_least.holds`, `is.false.fails`, …: booleans have a key of their own for each value."""
    value = f".{str(test.value).lower()}" if isinstance(test.value, bool) else ""
    return f"{test.op}{value}.{'holds' if holds else 'fails'}"


def _fill(text: str, name: str, value: str) -> str:
    return text.replace("{fact}", name).replace("{value}", value)


def label(words: Wording, fact: str) -> Wording:
    th = words.get("th") or fact
    return {"th": th, "en": words.get("en") or th}


def _label_of(operand: Operand, scene: Scene, templates: Templates) -> Wording:
    if isinstance(operand, Ref):
        return label(scene.vocabulary[operand.fact].label, operand.fact)
    top, bottom = (label(scene.vocabulary[ref.fact].label, ref.fact) for ref in (operand.top, operand.bottom))
    template = templates.get("ratio", {"th": "{top} / {bottom}", "en": "{top} / {bottom}"})
    return {lang: text.replace("{top}", top[lang]).replace("{bottom}", bottom[lang]) for lang, text in template.items()}


def _say(test: Test, scene: Scene, lang: str, templates: Templates) -> str:
    """The value of a comparison as people read it: choices by their wording, numbers with commas and unit."""
    fact = None if isinstance(test.operand, Ratio) else scene.vocabulary[test.operand.fact]
    values = sorted(test.value, key=str) if test.op == "in" else [test.value]
    names = [str(fact.choices.get(str(value), {}).get(lang) or _number(value)) if fact else _number(value) for value in values]
    unit = templates.get(f"unit.{fact.unit}", {}).get(lang, "") if fact and fact.unit else ""
    between = templates.get("or", {}).get(lang, ", ")
    return between.join(names) + (f" {unit}" if unit and test.op not in ("within_days", "since_days") else "")


def _number(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"
    return value.isoformat() if isinstance(value, date) else str(value)


# ---------------------------------------------------------------- what is open
def open_tests(node: Condition, ref: str, scene: Scene, mode: Mode, favour: bool = True) -> Iterator[tuple[Test | Members, str]]:
    """The comparisons whose answers could still decide `node`, each with the member it is about."""
    if truth(node, ref, scene, mode, favour) is not None or node.notes.lenient:
        return
    match node:
        case Test():
            yield node, ref
        case Not(of=inner):
            yield from open_tests(inner, ref, scene, mode, not favour)
        case Officer():
            return
        case Members():
            inner_favour = favour if node.at_most is None else not favour
            for other, _ in others_of(node, ref, scene):
                yield from open_tests(node.where, other, scene, mode, inner_favour)
            if unseen(ref, scene):
                yield node, ref
        case _:
            for child in node.of:
                yield from open_tests(child, ref, scene, mode, favour)


def needs(node: Condition, ref: str, scene: Scene, mode: Mode = KLEENE) -> tuple[Need, ...]:
    """The facts behind what is open, as they can be asked."""
    found: dict[Need, None] = {}
    for test, who in open_tests(node, ref, scene, mode):
        names = ("household_size",) if isinstance(test, Members) else facts_of(test.operand)
        facts = scene.people.get(who, {})
        for name in (name for name in names if not _exact(facts.get(name))):
            for fact in askable(name, facts, scene):
                found[Need(HOUSEHOLD if scene.vocabulary[fact].owner == HOUSEHOLD else who, fact)] = None
    return tuple(found)


#: A derived fact that is never asked → the facts that it follows from.
FOLLOWS_FROM = {
    "age_months": ("age_years",),
    "birth_date": ("age_years",),
    "birth_year_be": ("age_years",),
    "income_year": ("income_month",),
    "income_day": ("income_month",),
    "no_income": ("income_month",),
    "household_income_year": ("household_income_month",),
    "income_per_head_year": ("household_income_month", "household_size"),
    "income_per_head_month": ("household_income_month", "household_size"),
    "pregnancy_months": ("pregnancy_months",),
}


def askable(name: str, facts: Mapping[str, Any], scene: Scene) -> tuple[str, ...]:
    """The facts to ask for when `name` is open: itself, or what it follows from and is not known exactly."""
    from_ = tuple(fact for fact in FOLLOWS_FROM.get(name, ()) if fact in scene.vocabulary)
    if name == "age_months" and _exact(facts.get("age_years")):
        return (name,)  # years are known; what is missing is the months
    open_ = tuple(fact for fact in from_ if not _exact(facts.get(fact)))
    return open_ or from_ or ((name,) if name in scene.vocabulary else ())


def _exact(value: object) -> bool:
    return isinstance(value, (bool, int, float, str, date))
