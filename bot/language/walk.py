"""The state that reading a message carries from word to word: whose turn it is, which cue is open, what was said so far.

Belongs here: the state and how a statement joins those before. Does not: what any word does to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.eligibility.values import Interval, OneOf, Some, Value
from bot.language.normal import Normal
from bot.language.people import NUMBERED, Cast
from bot.language.reading import Asked, Statement
from bot.language.words import Token, load

_HOUSEHOLD = frozenset(load("owners.yaml")["household"])
_GROWN_UP = frozenset(load("owners.yaml")["grown_up"])
WORKING_AGE = 15
_BELOW_WORK = frozenset({"ki", "p1", "p2", "p3", "p4", "p5", "p6", "m1", "m2", "m3"})
"""The beginnings of the grades of children who do not work yet."""


@dataclass(slots=True)
class Walk:
    """The state carried from left to right."""

    normal: Normal
    tokens: list[Token]
    cast: Cast
    today: date
    asked: Asked | None
    said: list[Statement] = field(default_factory=list)
    subject: str | None = "self"  # None: nobody in particular (generic)
    back_to: str | None = None  # the subject before a companion (อยู่กับหลาน) was named
    queue: list[str] = field(default_factory=list)  # children still waiting for their age
    cue: str | None = None
    cue_at: int = -1000
    period: str | None = None
    total: bool = False
    silent: bool = False  # news, series, law
    doubtful: bool = False  # ถ้า …
    correcting: bool = False
    events: list[tuple[str, str, int]] = field(default_factory=list)  # (member, date fact, where)
    dates: list[tuple[date | Interval, Token]] = field(default_factory=list)
    place_end: int = 0
    adult: str = "self"  # the grown-up spoken of last
    named: bool = False  # somebody was named, the writer included
    looked_after: set[str] = field(default_factory=set)
    pregnant_at: int = -1000
    pregnant_of: str | None = None
    theirs: bool = False  # a pupil's or neighbour's own parents were named
    of_the_young: bool = False  # a grandchild's own parents were named
    places: int = 0  # words of place seen so far
    one_who: int = -1000  # where คนที่ ended: what follows is told of whom คือ names
    pending: list[tuple[str, Any]] = field(default_factory=list)
    insured_at: int = -1000  # where an insurance was named last
    pair: tuple[str, ...] = ()  # ตายาย, พ่อแม่: both are spoken of, until one of them or another is
    own_word: str | None = None  # the kin word by which the writer means herself (ยาย, ป้า)

    @property
    def text(self) -> str:
        return self.normal.text

    def _grown_up(self, fact: str, who: str | None) -> str | None:
        """Work and money said right after a small child, or a child only named as looked after, are those of the grown-up spoken of."""
        if who and fact in _GROWN_UP and who.rstrip("0123456789") in NUMBERED:
            age = self.cast.ages.get(who)
            at_school = any(s.member == who and s.fact == "student_level" and str(s.value)[:2] in _BELOW_WORK for s in self.said)
            if at_school or (age is not None and age < WORKING_AGE) or (age is None and who in self.looked_after):
                return self.adult
        return who

    def say(self, fact: str, value: Value, token: Token, *, member: str | None = None, sure: bool = True) -> None:
        who = "household" if fact in _HOUSEHOLD else self._grown_up(fact, member or self.subject)
        if who is None or self.silent:
            return
        span = self.normal.span(token.start, token.end)
        statement = Statement(who, fact, value, span, sure and not self.doubtful, self.correcting)
        if who != "household":
            self.cast.mention(who)
        for i, old in enumerate(self.said):
            if (old.member, old.fact) == (who, fact):
                self.said[i] = _joined(old, statement)
                return
        self.said.append(statement)


def _joined(old: Statement, new: Statement) -> Statement:
    """Said twice in one message: sets grow, a doubtful one yields, otherwise the later word counts."""
    if isinstance(old.value, Some) and isinstance(new.value, Some):
        return replace(old, value=Some(old.value.includes | new.value.includes, old.value.excludes | new.value.excludes))
    if (old.sure and not new.sure) or _within(old.value, new.value):
        return old
    if isinstance(new.value, OneOf) and isinstance(old.value, str) and old.value in new.value.options:
        return old
    return new


def _within(exact: Value, bounds: Value) -> bool:
    """59 ยังไม่ครบ 60: the bounds add nothing to the number."""
    if not isinstance(bounds, Interval) or not isinstance(exact, int | float) or isinstance(bounds.lo, date) or isinstance(bounds.hi, date):
        return False
    return (bounds.lo is None or bounds.lo <= exact) and (bounds.hi is None or exact <= bounds.hi)
