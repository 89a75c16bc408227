"""The typed form of the rule base: what rules/*.yaml mean once read. Data only.

Belongs here: frozen types that the loader builds and every runtime (one person, population, explanation) walks.
Does not: reading YAML (`load.py`), deciding (`screen.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Wording = Mapping[str, str]
"""Text by language: {"th": …, "en": …}; Thai is always there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a rule file something stands; line numbers start at 1."""

    file: str
    line: int


# ---------------------------------------------------------------- vocabulary (rules/facts.yaml)
@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the vocabulary."""

    name: str
    type: Literal["boolean", "number", "money", "choice", "set", "date", "text"]
    owner: Literal["member", "household"]
    unit: str | None  # year, month, day, baht/month, baht/year, baht/day, baht, person, …
    topic: str  # person, home, income, work, health, child, school, place, insurance, crisis
    label: Wording
    question: Mapping[str, Any]  # {"th": str | {"self": str, "other": str}, "en": …}; {who} and {whose} are filled in
    help: Wording
    choices: Mapping[str, Wording]  # for choice and set; empty otherwise
    range: tuple[float, float] | None  # for number and money: smallest and largest sensible value
    cost: int  # 1 easy … 5 hard or shaming to answer
    sensitive: bool  # asked last, only with consent, always declinable
    ask: Literal["one", "all", "never"]  # one member at a time; once for the whole family; only ever volunteered
    prior: Mapping[str, float]  # boolean: {"true": p}; choice: p by key; number/money: quantiles {"10": v, "50": v, "90": v}
    derived: bool  # computed from other facts (bot/eligibility/derive.py) when not said itself
    place: Place
    yes: str | None = None  # choice: the option that a plain yes to the question means
    answers: Literal["yes", "have"] = "yes"  # boolean: whether one answers with ใช่/ไม่ใช่ or with มี/ไม่มี
    asked_at: tuple[float, float] | None = None  # ages (first, last) at which it is worth asking; told, it counts at any age


# ---------------------------------------------------------------- conditions
@dataclass(frozen=True, slots=True)
class Ref:
    """A fact of the subject (owner member) or of the household (owner household)."""

    fact: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """One number divided by another, e.g. income over household size. Unknown while either is; the divisor is > 0."""

    top: Ref
    bottom: Ref


Operand = Ref | Ratio
Operator = Literal["is", "in", "at_least", "at_most", "over", "under", "includes", "within_days", "since_days"]
"""within_days n: the date fact lies at most n days before the day of screening. since_days n: at least n days before it."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What an author may attach to any condition."""

    because: Wording | None = None  # said when it holds and decided a yes
    otherwise: Wording | None = None  # said when it fails and decided a no
    source: str | None = None  # id in the rule's sources
    certainty: Literal["found", "recalled", "inferred"] = "found"
    get_first: str | None = None  # entitlement that makes this condition true: "get the card first"
    lenient: bool = False  # unknown counts as fulfilled; the verdict names it under `assumed`


@dataclass(frozen=True, slots=True)
class Test:
    """A single comparison of one operand."""

    operand: Operand
    op: Operator
    value: Any  # bool, number, str, frozenset[str] for `in`
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class All:
    of: tuple[Condition, ...]
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple[Condition, ...]
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    of: Condition
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class CountOf:
    """At least `n` of the conditions hold."""

    n: int
    of: tuple[Condition, ...]
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class Members:
    """How many members fulfil `where` (evaluated with that member as the subject).

    `relation` keeps only members who are that to the subject; `others` leaves the subject out.
    Holds when at least `at_least` and at most `at_most` (None: no upper bound) members fulfil it.
    YAML: any_member = at_least 1; no_member = at_most 0; count_members gives both numbers; all_members = no_member whose
    `where` is negated.
    """

    where: Condition
    relation: str | None
    others: bool
    at_least: int
    at_most: int | None
    notes: Notes
    place: Place


@dataclass(frozen=True, slots=True)
class Officer:
    """A point that only an official can judge. A verdict that hangs on one is `officer`."""

    what: Wording
    notes: Notes
    place: Place


Condition = Test | All | AnyOf | Not | CountOf | Members | Officer


# ---------------------------------------------------------------- amounts
@dataclass(frozen=True, slots=True)
class Band:
    """from_ <= fact <= to (to None: no end). Numbers as the fact's own unit; whole numbers for whole-number facts."""

    from_: float
    to: float | None
    amount: Payment


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment: exact (`low == high`), up to (`low` None) or a range, in baht unless `unit` says otherwise
    (baht, days_of_wage, percent_of_wage)."""

    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Bands:
    by: Operand
    rows: tuple[Band, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Choose:
    """The first arm whose condition holds; the last arm has condition None (otherwise)."""

    arms: tuple[tuple[Condition | None, Payment], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Amount:
    """What one gets. `payment` None: no number is known or it is a service."""

    kind: Literal["cash", "loan", "goods", "service", "discount", "insurance", "status"]
    payment: Payment | Bands | Choose | None
    period: str | None  # day, month, quarter, year, once, event, until_age_6 …
    per: str | None  # member, child, household, event
    times_per_year: int | None
    cap: Mapping[str, float]  # e.g. {"year": 9000, "days_per_year": 180, "children": 3}
    items: tuple[tuple[Wording, Payment | None, str | None], ...]  # (what, how much, period) when it has parts
    text: Wording  # how the amount is said to people, complete in itself


# ---------------------------------------------------------------- rules
@dataclass(frozen=True, slots=True)
class Source:
    id: str
    title: str
    kind: Literal["law", "regulation", "resolution", "notice", "page", "news", "recalled"]
    checked: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """Apply at most `days` days after the date fact `after`."""

    after: str
    days: int
    text: Wording


@dataclass(frozen=True, slots=True)
class Version:
    """What held from `start` until `end` (None: still). Versions of one rule neither overlap nor leave a gap."""

    start: date
    end: date | None
    conditions: Condition
    officer: Wording | None  # set: even with every condition met an official decides, about this
    amount: Amount
    deadline: Deadline | None
    source: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example. `missing` and `amount` are checked only when given."""

    title: str
    as_of: date | None
    household: Any  # the JSON form of Household
    member: str
    status: str
    amount: tuple[float | None, float | None] | None
    missing: tuple[str, ...] | None
    first_get: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """One entitlement: one YAML file; id = file name."""

    id: str
    area: str  # folder
    name: Wording
    summary: Wording
    agency: Wording
    level: Literal["local", "province", "national"]
    subject: Literal["member", "household"]
    for_whom: Condition | None  # who this is about at all; false → the entitlement is not spoken of for that member
    versions: tuple[Version, ...]
    documents: tuple[Wording, ...]
    where: Wording
    when: Wording
    steps: tuple[Wording, ...]
    ways_in: tuple[Wording, ...]  # open now / next window, hints that are guidance, never a hard no
    phone: tuple[str, ...]
    sources: tuple[Source, ...]
    confidence: Literal["high", "medium", "low"]
    check_with: Wording | None  # "ควรตรวจสอบกับ …": must stand there unless confidence is high
    replaces: tuple[str, ...]  # entitlements that need not be offered when this one is received
    sensitive: bool  # offered for reading, never asked towards (AIDS allowance)
    keywords: tuple[str, ...]  # how people call it: เบี้ยคนแก่, เงินผู้สูงอายุ
    examples: tuple[Example, ...]
    place: Place
    same_as: str | None = None  # another entitlement that is the same help under another name: people hear of that one only


@dataclass(frozen=True, slots=True)
class RuleBase:
    """All that screening needs, immutable; a new edit makes a new one."""

    facts: Mapping[str, Fact]
    rules: Mapping[str, Rule]
    fingerprint: str  # of the files' content; changes when any rule or fact does
