"""The people a screening is about, with the facts known of each and of the household as a whole.

Belongs here: members, their relations, where a fact is looked up. Does not: rules, text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.eligibility.values import Value

HOUSEHOLD = "household"
#: Member refs; the numbered ones go on without end (child1, child2, …). `self` is the person who writes.
# fmt: off
SINGLE_REFS = ("self", "mother", "father", "grandmother", "grandfather", "spouse", "sibling",
               "relative", "neighbour", "friend", "student", "patient")
NUMBERED_REFS = ("child", "grandchild", "sibling", "relative", "grandmother", "grandfather", "neighbour", "friend", "student", "patient")

# fmt: on
Facts = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Household:
    """`facts` are those of the whole; `members` maps ref → facts of that person, in the order they came up.

    `complete` says that nobody else lives there; while False, "no member such that …" stays unknown.
    `said_on` dates facts that age by themselves (age_years, age_months, pregnancy_months, student_level): (ref, fact) → the day it was
    said. A fact without an entry counts as said on the day of the screening.
    """

    facts: Facts = field(default_factory=dict)
    members: Mapping[str, Facts] = field(default_factory=dict)
    complete: bool = True
    said_on: Mapping[tuple[str, str], date] = field(default_factory=dict)


def kind_of(ref: str) -> str:
    """The kind of relation to the writer that a ref names: `child2` → `child`."""
    return ref.rstrip("0123456789")


#: (kind of the subject, kind of the other) → what the other is to the subject. Absent: not known.
_RELATIONS = {
    ("self", "spouse"): "spouse",
    ("spouse", "self"): "spouse",
    ("self", "child"): "child",
    ("spouse", "child"): "child",
    ("child", "self"): "parent",
    ("child", "spouse"): "parent",
    ("child", "child"): "sibling",
    ("self", "mother"): "parent",
    ("self", "father"): "parent",
    ("mother", "self"): "child",
    ("father", "self"): "child",
    ("mother", "sibling"): "child",
    ("father", "sibling"): "child",
    ("mother", "father"): "spouse",
    ("father", "mother"): "spouse",
    ("self", "sibling"): "sibling",
    ("sibling", "self"): "sibling",
    ("self", "grandchild"): "grandchild",
    ("spouse", "grandchild"): "grandchild",
    ("grandchild", "self"): "grandparent",
    ("grandchild", "spouse"): "grandparent",
    ("mother", "child"): "grandchild",
    ("father", "child"): "grandchild",
    ("child", "mother"): "grandparent",
    ("child", "father"): "grandparent",
    ("self", "grandmother"): "grandparent",
    ("self", "grandfather"): "grandparent",
    ("grandmother", "self"): "grandchild",
    ("grandfather", "self"): "grandchild",
    ("child", "grandchild"): "child",
    ("grandchild", "child"): "parent",
}


def relation(subject: str, other: str) -> str | None:
    """What `other` is to `subject` (spouse, child, parent, sibling, grandchild, grandparent), None if the refs do not tell."""
    return _RELATIONS.get((kind_of(subject), kind_of(other)))
