"""Facts that follow from other facts: ages, incomes, heads, and what a word for one thing says about another.

Belongs here: plain arithmetic and definitions, with bounds where only bounds follow. Does not: guesses, rules of law.
What was said wins over what would follow from something else; a contradiction never stops a screening.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from functools import lru_cache

from bot.eligibility.ages import age_months, births, months_between
from bot.eligibility.household import Facts, Household, kind_of
from bot.eligibility.kleene import OUTSIDERS, Scene, bounds, divide
from bot.eligibility.tree import Fact
from bot.eligibility.values import Interval, OneOf, Unknown, Value

Known = dict[str, Value]
WORKING_DAYS = (1, 31)  # days worked in a month when nobody said how many
WORKING_DAYS_YEAR = (12, 366)
#: Under it nobody may be employed (Labour Protection Act, section 44): whatever hangs on work or money of one's own is not asked of a
#: child but taken as none while nobody says otherwise.
WORKING_AGE = 15
FERTILE = (10, 55)  # years of age within which a pregnancy is thought possible
#: Months of contributions counted over the last so many months, and over all.
WINDOWS = {**{f"sso_months_last_{size}": float(size) for size in (4, 6, 12, 15, 36)}, "sso_months_total": math.inf}
SCHOOL_YEAR_STARTS = (5, 16)
#: Facts that age by themselves from the day on which they were said.
AGEING = ("age_years", "age_months", "pregnancy_months", "student_level")
WOMEN = frozenset({"mother", "grandmother"})
MEN = frozenset({"father", "grandfather"})


def scene(household: Household, today: date, vocabulary: Mapping[str, Fact], *, said: date | None = None) -> Scene:
    """Everybody's facts on `today`, derived. Facts without an entry in `said_on` count as said on `said` (default: today)."""
    people = {ref: person(ref, household, today, said or today) for ref in household.members}
    homes = _homes(people)
    base = dict(household.facts)
    out: dict[str, Facts] = {}
    complete: dict[str, bool] = {}
    merged_homes: dict[tuple[str, ...], Known] = {}
    for ref, home in homes.items():
        alone = people[ref].get("lives_alone") is True
        complete[ref] = alone or household.complete
        if home not in merged_homes:
            merged_homes[home] = home_facts(_base(base, ref, people, alone), [people[other] for other in home], household.complete, alone)
        out[ref] = {**merged_homes[home], **people[ref]}
    out["household"], homes["household"], complete["household"] = _whole(base, people, homes, merged_homes, complete, household)
    return Scene(out, homes, complete, today, vocabulary)


def _whole(
    base: Known,
    people: Mapping[str, Known],
    homes: Mapping[str, tuple[str, ...]],
    merged: Mapping[tuple[str, ...], Known],
    complete: Mapping[str, bool],
    household: Household,
) -> tuple[Facts, tuple[str, ...], bool]:
    """The household as a subject: the home of the writer, or of whoever came up first."""
    first = "self" if "self" in people else next(iter(people), None)
    if first is None:
        return home_facts(base, [], False, False), (), False
    return merged[homes[first]], homes[first], complete[first]


def _base(base: Known, ref: str, people: Mapping[str, Known], alone: bool) -> Known:
    """What was said of the household, less its money for somebody who lives alone elsewhere than the writer."""
    if not alone or ref == "self" or not people.get("self"):
        return base
    return {name: value for name, value in base.items() if "income" not in name}


def _homes(people: Mapping[str, Known]) -> dict[str, tuple[str, ...]]:
    """Who lives with whom: the family, people outside it, and everybody said to live alone by themselves."""
    groups: dict[str, list[str]] = {}
    for ref, facts in people.items():
        key = ref if facts.get("lives_alone") is True else ("/outside" if kind_of(ref) in OUTSIDERS else "/family")
        groups.setdefault(key, []).append(ref)
    return {ref: tuple(group) for group in groups.values() for ref in group}


# ---------------------------------------------------------------- one person
def person(ref: str, household: Household, today: date, said: date) -> Known:
    """What is known of one member by what was said of that member alone."""
    return dict(_alone(ref, *_told(ref, household), today, said))


Told = tuple[tuple[tuple[str, type, Value], ...], tuple[date | None, ...]]


def _told(ref: str, household: Household) -> Told:
    """All that was said of one member, and when, as a key. (The classes are in it as 1 equals True.)"""
    known = household.members[ref]
    days = tuple([household.said_on.get((ref, name)) if name in known else None for name in AGEING])
    return tuple([(name, value.__class__, value) for name, value in known.items()]), days


def key_of(household: Household) -> Hashable:
    """All that a scene of a household rests on besides the day."""
    facts = tuple([(name, value.__class__, value) for name, value in household.facts.items()])
    return household.complete, facts, tuple([(ref, _told(ref, household)) for ref in household.members])


@lru_cache(4096)
def _alone(ref: str, told: tuple[tuple[str, type, Value], ...], days: tuple[date | None, ...], today: date, said: date) -> Known:
    """As `person`, kept: hardly anything of most people changes from one turn to the next."""
    facts = {name: value for name, _, value in told}
    said_on = {name: day for name, day in zip(AGEING, days, strict=True) if day is not None}
    _shift(facts, said_on, today, said)
    _kin(ref, facts)
    _school(facts)
    _body(ref, facts)
    _work(facts)
    _income(facts)
    return facts


#: Youngest sensible ages of kin, in years: whoever writes is at least about eight, and nobody has a child before twelve.
_YOUNGEST = {"mother": 20, "father": 20, "grandmother": 32, "grandfather": 32, "spouse": 13}
_OLDEST = 120


def _kin(ref: str, facts: Known) -> None:
    """A mother is no schoolchild, whatever her age: bounds of the age for kin of whom none was said."""
    youngest = _YOUNGEST.get(kind_of(ref))
    if youngest and facts.get("age_years") is None:
        put(facts, "age_years", Interval(youngest, _OLDEST))


def put(facts: Known, name: str, value: Value) -> None:
    """Adds what follows, unless something at least as exact was said."""
    now = facts.get(name)
    if now is None or isinstance(now, Unknown):
        facts[name] = value
    elif isinstance(now, Interval):
        facts[name] = _tighter(now, value)
    elif isinstance(now, OneOf) and isinstance(value, str) and value in now.options:
        facts[name] = value


def _tighter(said: Interval, derived: Value) -> Value:
    (low, high), (other_low, other_high) = bounds(said), bounds(derived)
    if isinstance(said.lo or said.hi, date) or max(low, other_low) > min(high, other_high):
        return said
    return number(max(low, other_low), min(high, other_high))


def number(low: float, high: float) -> Value:
    """Exact where both ends meet."""
    if low == high:
        return low
    return Interval(None if low == -math.inf else low, None if high == math.inf else high)


def _shift(facts: Known, said_on: Mapping[str, date], today: date, said: date) -> None:
    """Ages on `today`, and what was said of a pregnancy or a class so long ago that it no longer holds."""
    said_on = {name: said_on.get(name, said) for name in AGEING}
    moved = {name for name, day in said_on.items() if day != today and name in facts}
    born = births(facts, said_on, today)
    for name in moved & {"age_years", "age_months"} if born else ():
        del facts[name]
    if born:
        low, high = age_months(born, today)
        put(facts, "age_months", number(low, high))
        put(facts, "age_years", number(low // 12, high // 12))
        if "birth_date" not in facts:
            facts["birth_date"] = born.first if born.first == born.last else Interval(born.first, born.last)
    if "pregnancy_months" in moved:
        _shift_pregnancy(facts, said_on["pregnancy_months"], today)
    if "student_level" in moved and _school_years(said_on["student_level"], today):
        del facts["student_level"]


def _shift_pregnancy(facts: Known, said: date, today: date) -> None:
    low, high = bounds(facts["pregnancy_months"])
    passed = months_between(said, today)
    if high + passed > 10:  # the child is born, or there is none: no longer known
        facts.pop("pregnant", None)
        del facts["pregnancy_months"]
    else:
        facts["pregnancy_months"] = number(low + passed, high + passed)


def _school_years(said: date, today: date) -> int:
    """School years begun after `said` and up to `today`."""
    return (today.year - said.year) + ((today.month, today.day) >= SCHOOL_YEAR_STARTS) - ((said.month, said.day) >= SCHOOL_YEAR_STARTS)


def _income(facts: Known) -> None:
    if facts.get("no_income") is True:
        put(facts, "income_month", 0)
    if "income_month" in facts or "income_year" in facts:
        _month_and_year(facts, "income_month", "income_year")
    elif "income_day" in facts:
        low, high = bounds(facts["income_day"])
        if low > -math.inf:
            put(facts, "income_month", number(low * WORKING_DAYS[0], high * WORKING_DAYS[1]))
            put(facts, "income_year", number(low * WORKING_DAYS_YEAR[0], high * WORKING_DAYS_YEAR[1]))
    low, high = bounds(facts.get("income_month"))
    if high <= 0:
        put(facts, "no_income", True)
    elif low > 0:
        put(facts, "no_income", False)


def _month_and_year(facts: Known, month: str, year: str) -> None:
    low, high = bounds(facts.get(month))
    if (low, high) != (-math.inf, math.inf):
        put(facts, year, number(low * 12, high * 12))
    low, high = bounds(facts.get(year))
    if (low, high) != (-math.inf, math.inf):
        put(facts, month, number(low / 12, high / 12))


def _body(ref: str, facts: Known) -> None:
    kind = kind_of(ref)
    if kind in WOMEN or kind in MEN:
        put(facts, "sex", "female" if kind in WOMEN else "male")
    low, high = bounds(facts.get("age_years"))
    if bounds(facts.get("pregnancy_months"))[0] > 0:
        put(facts, "pregnant", True)
    if facts.get("pregnant") is True:
        put(facts, "sex", "female")
    elif facts.get("sex") == "male" or high < FERTILE[0] or low > FERTILE[1]:
        put(facts, "pregnant", False)
    kind_of_disability = facts.get("disability_type")
    if kind_of_disability == "bedridden_only":
        put(facts, "bedridden", True)
    elif isinstance(kind_of_disability, str) or facts.get("has_disability_card") is True:
        put(facts, "disability", True)
    if facts.get("disability") is False:
        put(facts, "has_disability_card", False)
    if facts.get("bedridden") is True:
        put(facts, "needs_care", True)
    if isinstance(facts.get("died_date"), (date, Interval)):
        put(facts, "died", True)
    put(facts, "died", False)  # a death is told, never asked after
    if isinstance(facts.get("nationality"), str):
        _papers(facts)
    _family(facts)


def _family(facts: Known) -> None:
    if facts.get("orphan") is True:
        put(facts, "lives_with_parents", False)
    if facts.get("lives_with_parents") is True:
        put(facts, "orphan", False)


def _papers(facts: Known) -> None:
    if facts["nationality"] == "thai":
        put(facts, "has_id13", True)
    elif facts["nationality"] == "unknown_no_id":
        put(facts, "has_id13", False)


def _work(facts: Known) -> None:
    high = bounds(facts.get("age_years"))[1]
    if high < WORKING_AGE:
        _child(facts)
    if high < 18:
        put(facts, "has_welfare_card", False)
    if isinstance(facts.get("s40_option"), str):
        put(facts, "insured", "s40")
    if not facts.keys().isdisjoint(WINDOWS):
        _contributions(facts)


def _child(facts: Known) -> None:
    """What a child has not, while nobody says otherwise. One who is said to be at school or not keeps that."""
    for name in ("state_salary", "has_pension", "stopped_work", "debt", "unpaid_wages"):
        put(facts, name, False)
    put(facts, "lost_job", "none")
    put(facts, "insured", "none")
    put(facts, "employment", "student")
    for name in ("service_days", "savings", *WINDOWS):
        put(facts, name, 0)
    if facts.keys().isdisjoint(("income_day", "income_month", "income_year")):
        put(facts, "no_income", True)


def _contributions(facts: Known) -> None:
    """A shorter window holds no more months than a longer one, and at most the difference less."""
    known = [(size, *bounds(facts.get(name))) for name, size in WINDOWS.items()]
    for name, size in WINDOWS.items():
        low, high = 0.0, size
        for other, at_least, at_most in known:
            if at_least > -math.inf or at_most < math.inf:
                low = max(low, at_least if other <= size else at_least - (other - size))
                high = min(high, at_most if other >= size else at_most + (size - other))
        if low <= high and (low > 0 or high < size):
            put(facts, name, number(low, high))
        elif size < math.inf and name not in facts:
            facts[name] = Interval(0, size)


#: Whoever works for a living, or did, or expects a child, and is of age, is taken for no pupil unless a class or school was told.
_AT_WORK = frozenset({"employed", "informal", "farmer", "unemployed", "retired"})
_YOUNGEST_PUPIL = 3


def _school(facts: Known) -> None:
    level, (low, high) = facts.get("student_level"), bounds(facts.get("age_years"))
    if level == "none":
        put(facts, "student", False)
    elif isinstance(level, (str, OneOf)) or facts.get("employment") == "student":
        put(facts, "student", True)
    elif high < _YOUNGEST_PUPIL or (low >= 18 and (facts.get("employment") in _AT_WORK or facts.get("pregnant") is True)):
        put(facts, "student", False)
    if facts.get("student") is False:
        put(facts, "student_level", "none")


# ---------------------------------------------------------------- the home
def home_facts(base: Known, people: Iterable[Known], complete: bool, alone: bool) -> Known:
    """Facts of one home. `alone`: its only member is known to live alone, which says all about it that can be said."""
    living = [facts for facts in people if facts.get("died") is not True]
    facts = dict(base)
    if any(member.get("homeless") is True for member in living):
        put(facts, "hardship", True)
    if alone:
        facts["household_size"] = 1
    _size(facts, living, complete)
    _home_income(facts, living, complete or alone)
    return facts


def _size(facts: Known, living: list[Known], complete: bool) -> None:
    heads = max(1, len(living))
    put(facts, "household_size", heads if complete and living else Interval(heads, None))
    low = bounds(facts["household_size"])[0]
    for member in living if low > 1 else ():
        put(member, "lives_alone", False)
    if bounds(facts["household_size"]) == (1, 1) and len(living) == 1:
        put(living[0], "lives_alone", True)


def _home_income(facts: Known, living: list[Known], complete: bool) -> None:
    _month_and_year(facts, "household_income_month", "household_income_year")
    low, high = _sum_of_incomes(living)
    everybody = (complete and bool(living)) or (len(living) == 1 and bounds(facts["household_size"]) == (1, 1))
    for name, months in (("household_income_month", 1), ("household_income_year", 12)):
        if low > 0 or (everybody and high < math.inf):
            put(facts, name, number(low * months, high * months if everybody else math.inf))
    total = bounds(facts.get("household_income_month"))
    if total[1] < math.inf:
        for member in living:
            put(member, "income_month", Interval(0, total[1]))
            put(member, "income_year", Interval(0, total[1] * 12))
    heads = bounds(facts["household_size"])
    for period in ("month", "year"):
        low, high = divide(bounds(facts.get(f"household_income_{period}")), heads)
        if (low, high) != (-math.inf, math.inf):
            put(facts, f"income_per_head_{period}", number(low, high))


def _sum_of_incomes(living: list[Known]) -> tuple[float, float]:
    """Bounds on what the named members earn in a month together."""
    low = high = 0.0
    for member in living:
        least, most = bounds(member.get("income_month"))
        if least == -math.inf and most == math.inf and bounds(member.get("age_years"))[1] < WORKING_AGE:
            continue
        low, high = low + max(0.0, least), high + most
    return low, high
