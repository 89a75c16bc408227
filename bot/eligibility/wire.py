"""The JSON form of households and verdicts, as `rusitthi screen --jsonl` speaks it.

Belongs here: reading and writing, with errors that say where and what was meant. Does not: deciding.
On the wire the income of the whole household is fact `income_month` of member `household`; inside it is `household_income_month`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bot.eligibility.household import HOUSEHOLD, NUMBERED_REFS, SINGLE_REFS, Household, kind_of
from bot.eligibility.kleene import bounds
from bot.eligibility.tree import Fact, RuleBase
from bot.eligibility.values import Interval, OneOf, Some, Unknown, Value
from bot.eligibility.verdict import Money, Need, Question, Reason, Verdict

Json = Any
#: Facts of member `household` on the wire → their name inside.
ALIASES = {"income_month": "household_income_month", "income_year": "household_income_year"}
_BACK = {inside: wire for wire, inside in ALIASES.items()}
_DAYS = (1, 31)  # days worked in a month when nobody said


class WireError(ValueError):
    """Something in the JSON cannot be understood. `path` says where; the text says what was perhaps meant."""

    def __init__(self, path: str, problem: str, known: Iterable[str] = (), given: str = "") -> None:
        near = difflib.get_close_matches(given, list(known), n=1)
        super().__init__(f"{path}: {problem}" + (f"; did you mean {near[0]!r}?" if near else ""))
        self.path = path


# ---------------------------------------------------------------- names
def inside(member: str, fact: str) -> str:
    """The name inside of a fact of `member` on the wire."""
    return ALIASES.get(fact, fact) if member == HOUSEHOLD else fact


def on_wire(member: str, fact: str) -> str:
    """The name on the wire of a fact inside."""
    return _BACK.get(fact, fact) if member == HOUSEHOLD else fact


# ---------------------------------------------------------------- households
def household_from_json(obj: Json, base: RuleBase) -> Household:
    """Reads {"facts", "members": [{"ref", "facts"}], "complete"?}. Raises `WireError`.

    Without `complete` the household counts as complete only where its size is given and everybody is listed, or `self` lives alone.
    """
    obj = _mapping(obj, "household")
    _known_keys(obj, ("facts", "members", "complete", "said_on"), "household")
    raw: dict[str, dict[str, Json]] = {HOUSEHOLD: dict(_mapping(_given(obj, "facts", {}), "household.facts"))}
    for i, member in enumerate(_list(_given(obj, "members", []), "household.members")):
        ref, facts = _member(member, f"household.members[{i}]")
        raw.setdefault(ref, {}).update(facts)
    for who in list(raw):
        _children(raw, who)
    facts, members = _sorted_out(raw, base)
    said = _said_on(_given(obj, "said_on", {}))
    return Household(facts, members, _complete(obj.get("complete"), facts, members), said)


def _member(obj: Json, path: str) -> tuple[str, dict[str, Json]]:
    obj = _mapping(obj, path)
    _known_keys(obj, ("ref", "facts"), path)
    ref = obj.get("ref")
    if not isinstance(ref, str) or not known_ref(ref):
        raise WireError(f"{path}.ref", f"unknown member {ref!r}", SINGLE_REFS + tuple(f"{kind}1" for kind in NUMBERED_REFS), str(ref))
    return ref, dict(_mapping(_given(obj, "facts", {}), f"{path}.facts"))


def known_ref(ref: str) -> bool:
    return ref in SINGLE_REFS or (kind_of(ref) in NUMBERED_REFS and bool(re.fullmatch(r"[a-z]+([1-9][0-9]?)?", ref)))


def _children(raw: dict[str, dict[str, Json]], who: str) -> None:
    """Each entry of `children` becomes a member child1, child2, …; what a listed member says itself wins."""
    path = f"household.{who}.children"
    for i, child in enumerate(_list(_given(raw[who], "children", []), path)):
        given = dict(_mapping(child, f"{path}[{i}]"))
        mine = raw.setdefault(f"child{i + 1}", {})
        mine.update({name: value for name, value in given.items() if name not in mine})
    raw[who].pop("children", None)


def _sorted_out(raw: Mapping[str, Mapping[str, Json]], base: RuleBase) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
    """Every fact to its owner: a member's where it belongs to people, the household's where it belongs to the whole."""
    members: dict[str, dict[str, Value]] = {ref: {} for ref in raw if ref != HOUSEHOLD}
    whole: dict[str, Value] = {}
    for who, facts in raw.items():
        for name, value in facts.items():
            if value is None:
                continue
            for ref, fact, read in _placed(who, name, value, members, base):
                (whole if ref == HOUSEHOLD else members[ref]).setdefault(fact, read)
    return whole, members


def _placed(who: str, name: str, value: Json, members: dict[str, dict[str, Value]], base: RuleBase) -> list[tuple[str, str, Value]]:
    path = f"household.facts.{name}" if who == HOUSEHOLD else f"household.{who}.{name}"
    if who == HOUSEHOLD and name in ("no_income", "income_day") and name in base.facts:
        return [(HOUSEHOLD, "household_income_month", read) for read in _home_income(name, value, path, base)]
    fact = base.facts.get(inside(who, name))
    if fact is None:
        raise WireError(path, f"unknown fact {name!r}", [*base.facts, *ALIASES, "children"], name)
    read = value_from_json(value, fact, path)
    if fact.owner == HOUSEHOLD:
        return [(HOUSEHOLD, fact.name, read)]
    return [(ref, fact.name, read) for ref in ((who,) if who != HOUSEHOLD else _owners(fact, members, path))]


def _owners(fact: Fact, members: dict[str, dict[str, Value]], path: str) -> tuple[str, ...]:
    """Whose a member's fact is that was given for the household: everybody's, the writer's or the only member's."""
    if fact.ask == "all" and members:
        return tuple(members)
    if "self" in members or not members:
        members.setdefault("self", {})
        return ("self",)
    if len(members) == 1:
        return tuple(members)
    raise WireError(path, f"{fact.name!r} is a fact of one person: give it to a member")


def _home_income(name: str, value: Json, path: str, base: RuleBase) -> list[Value]:
    read = value_from_json(value, base.facts[name], path)
    if name == "no_income":
        return [0] if read is True else []
    low, high = bounds(read)
    return [Interval(low * _DAYS[0], high * _DAYS[1])] if low > -math.inf and high < math.inf else []


def _complete(given: Json, facts: Mapping[str, Value], members: Mapping[str, Mapping[str, Value]]) -> bool:
    if given is not None and not isinstance(given, bool):
        raise WireError("household.complete", "must be true or false")
    if given is not None:
        return given
    alone = len(members) == 1 and next(iter(members.values())).get("lives_alone") is True
    return alone or (bool(members) and facts.get("household_size") == len(members))


def _said_on(obj: Json) -> dict[tuple[str, str], date]:
    """{"self.age_years": "2026-11-01"}: the day on which a fact that ages by itself was said."""
    found = {}
    for key, day in _mapping(obj, "household.said_on").items():
        ref, _, fact = key.partition(".")
        found[ref, fact] = _date(day, f"household.said_on.{key}")
    return found


# ---------------------------------------------------------------- values
def value_from_json(value: Json, fact: Fact, path: str) -> Value:
    """One value of a fact; the forms are those of `values.to_json`. Raises `WireError`."""
    if isinstance(value, dict):
        return _partial(value, fact, path)
    match fact.type:
        case "boolean":
            if isinstance(value, bool):
                return value
            raise WireError(path, "must be true, false or null")
        case "number" | "money":
            return _span(value, path, lambda end, at: _number(end, fact, at))
        case "date":
            return _span(value, path, _date)
        case "set":
            return frozenset(_text(item, path) for item in _list(value, path))
        case "choice":
            return _choices(value, fact, path)
        case "text":
            return _text(value, path)


def _partial(obj: Mapping[str, Json], fact: Fact, path: str) -> Value:
    if set(obj) == {"unknown"}:
        try:
            return Unknown(obj["unknown"])
        except ValueError:
            raise WireError(path, "unknown must be dont_know or declined", [kind.value for kind in Unknown], str(obj["unknown"])) from None
    if set(obj) == {"one_of"} and fact.type == "choice":
        return OneOf(frozenset(_choice(option, fact, path) for option in _list(obj["one_of"], path)))
    if set(obj) <= {"includes", "excludes"} and obj and fact.type == "set":
        parts = {key: frozenset(_text(item, path) for item in _list(items, path)) for key, items in obj.items()}
        return Some(**parts)
    raise WireError(path, f"not a value of a {fact.type} fact")


def _span(value: Json, path: str, read: Any) -> Value:
    if not isinstance(value, list):
        single: Value = read(value, path)
        return single
    if len(value) != 2 or value == [None, None]:
        raise WireError(path, "an interval is [lowest, highest], one of them may be null")
    low, high = (None if end is None else read(end, path) for end in value)
    if low is not None and high is not None and low > high:
        raise WireError(path, "the interval ends before it begins")
    return Interval(low, high)


def _number(value: Json, fact: Fact, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise WireError(path, f"must be a number in {fact.unit or 'units'}")
    if fact.range is not None and not fact.range[0] <= value <= fact.range[1]:
        raise WireError(path, f"must lie in {fact.range[0]:g}..{fact.range[1]:g}, not {value:g}")
    return value


def _choices(value: Json, fact: Fact, path: str) -> Value:
    if isinstance(value, list):
        return OneOf(frozenset(_choice(option, fact, path) for option in value)) if value else Unknown.DONT_KNOW
    return _choice(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, fact, path)


def _choice(value: Json, fact: Fact, path: str) -> str:
    text = _text(value, path)
    if text.startswith("migrant:") and text not in fact.choices and "migrant:other" in fact.choices:
        return "migrant:other"
    if fact.choices and text not in fact.choices:
        raise WireError(path, f"{text!r} is not a choice of {fact.name}", fact.choices, text)
    return text


def _text(value: Json, path: str) -> str:
    if not isinstance(value, str):
        raise WireError(path, "must be text")
    return value


def _date(value: Json, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise WireError(path, "must be a date like 2026-11-22") from None


def _given(obj: Mapping[str, Json], key: str, empty: Json) -> Json:
    """What stands under a key; null counts as absent."""
    value = obj.get(key)
    return empty if value is None else value


def _mapping(value: Json, path: str) -> dict[str, Json]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise WireError(path, "must be an object")
    return value


def _list(value: Json, path: str) -> list[Json]:
    if not isinstance(value, list):
        raise WireError(path, "must be a list")
    return value


def _known_keys(obj: Mapping[str, Json], known: Iterable[str], path: str) -> None:
    for key in obj:
        if key not in known:
            raise WireError(f"{path}.{key}", "unknown key", known, key)


# ---------------------------------------------------------------- verdicts
def verdict_to_json(verdict: Verdict) -> dict[str, Json]:
    return {
        "entitlement": verdict.entitlement,
        "member": verdict.member,
        "status": verdict.status,
        "amount": None if verdict.amount is None else money_to_json(verdict.amount),
        "because": [_reason(one) for one in verdict.because],
        "missing": [_need(one) for one in verdict.missing],
        "first_get": list(verdict.first_get),
        "changes_on": verdict.changes_on and verdict.changes_on.isoformat(),
        "changes_to": verdict.changes_to,
        "changes_exact": verdict.changes_exact,
        "assumed": [_reason(one) for one in verdict.assumed],
        "receiving": verdict.receiving,
        "deadline": verdict.deadline and verdict.deadline.isoformat(),
        "in_scope": verdict.in_scope,
    }


def money_to_json(money: Money) -> dict[str, Json]:
    return {
        "min": money.low,
        "max": money.high,
        "unit": money.unit,
        "period": money.period,
        "per": money.per,
        "kind": money.kind,
        "text": dict(money.text),
    }


def question_to_json(question: Question | None) -> dict[str, str] | None:
    """The first member stands for all whom the question serves."""
    return None if question is None else {"member": question.members[0], "fact": on_wire(question.members[0], question.fact)}


def _reason(reason: Reason) -> dict[str, Json]:
    fact = reason.fact and on_wire(reason.member, reason.fact)
    return {"member": reason.member, "fact": fact, "holds": reason.holds, "text": dict(reason.text), "certainty": reason.certainty}


def _need(need: Need) -> dict[str, str]:
    return {"member": need.member, "fact": on_wire(need.member, need.fact)}
