"""What a message says of whom: the walk over the tokens that carries the subject from word to word.

Belongs here: whose fact it is, denial, having and lacking, which number is what. Does not: finding words (scan.py),
what a number is worth (ages.py, money.py), short answers to a question (answers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.eligibility.values import Interval, OneOf, Some, Value
from bot.language import ages, money, places, school
from bot.language.dates import KINDS as DATE_KINDS
from bot.language.dates import christian_year, read_date
from bot.language.normal import Normal, mask_private, normalise
from bot.language.people import NUMBERED, OUTSIDE, Cast
from bot.language.reading import Asked, Statement
from bot.language.scan import Quantity, gap, scan
from bot.language.words import Token

_HOUSEHOLD = frozenset(
    "province district subdistrict household_size rents_house owns_house house_unsafe disaster disaster_date house_damaged lost_crops"
    " household_income_month household_income_year hardship guardian_unable".split()
)
_SELF_ONLY = frozenset({"lives_alone", "marital"})
_GROWN_UP = frozenset(
    "income_day income_month income_year no_income wage_month employment occupation lost_job lost_job_date insured has_pension state_salary savings"
    " has_welfare_card debt unpaid_wages stopped_work".split()
)
WORKING_AGE = 15
CLAUSE = 24
"""Characters after which a cue (รายได้, อายุ …) no longer steers a number."""


@dataclass(slots=True)
class _Walk:
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

    @property
    def text(self) -> str:
        return self.normal.text

    def _grown_up(self, fact: str, who: str | None) -> str | None:
        """Work and money said right after a small child, or a child only named as looked after, are those of the grown-up spoken of."""
        if who and fact in _GROWN_UP and who.rstrip("0123456789") in NUMBERED:
            age = self.cast.ages.get(who)
            if (age is not None and age < WORKING_AGE) or (age is None and who in self.looked_after):
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


def read_statements(
    text: str, *, today: date, asked: Asked | None = None, members: Sequence[str] = ()
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The statements of a message, spans in the original text, and the refs of the people mentioned, in order.

    `asked`: the question just put. `members`: refs already known in this conversation.
    """
    normal = normalise(mask_private(text))
    walk = _Walk(normal, scan(normal.text), Cast(members), today, asked)
    if asked and len(asked.members) == 1 and asked.members[0] != "household":
        walk.subject = asked.members[0]
    at = 0
    while at < len(walk.tokens):
        at = _step(walk, at)
    _give_dates(walk)
    _conclude(walk)
    return tuple(sorted(walk.said, key=lambda s: s.span)), tuple(walk.cast.mentioned)


# ---------------------------------------------------------------- one token
def _step(walk: _Walk, at: int) -> int:
    token = walk.tokens[at]
    _boundaries(walk, at)
    if token.start < walk.place_end:
        return at + 1
    _cues(walk, token)
    for kind, read in _READERS:
        if kind in token.kinds and read(walk, at, token):
            return at + 1
    if any(kind in token.kinds for kind in DATE_KINDS):
        _date(walk, at, token)
    return at + 1


def _boundaries(walk: _Walk, at: int) -> None:
    """A new line ends what was supposed, silenced or generic; a gap ends the aside about a companion."""
    if not at:
        return
    between = gap(walk.text, walk.tokens[at - 1], walk.tokens[at])
    token = walk.tokens[at]
    if "\n" in between or "." in between or "!" in between:
        walk.silent = walk.doubtful = walk.total = False
        if walk.subject is None:
            walk.subject = "self"
    if walk.back_to and " " in between and not token.plays("quantity", "age", "negation", "grade", "twins", "bare_label"):
        walk.subject, walk.back_to = walk.back_to, None
    if token.plays("but") and walk.subject is None:
        walk.subject = "self"


_CUE_KINDS = ("age", "past_age", "born", "income", "not_income", "savings", "duration")


def _cues(walk: _Walk, token: Token) -> None:
    for kind in _CUE_KINDS:
        if token.plays(kind) and not (kind == "duration" and walk.cue in {"income", "not_income"}):
            walk.cue, walk.cue_at = kind, token.end
    if token.plays("income") and walk.text.startswith("เงินเดือน", token.start):
        walk.period = "month"
    if token.plays("total"):
        walk.total, walk.cue, walk.cue_at = True, "income", token.end
    for period in ("day", "week", "month", "year", "other"):
        if token.plays(f"per_{period}"):
            walk.period, walk.cue_at = period, max(walk.cue_at, token.end if walk.cue in {"income", "not_income"} else walk.cue_at)
    if token.plays("hypothetical"):
        walk.doubtful = True
    if token.plays("elsewhere"):
        walk.silent = True
    if token.plays("corrects"):
        walk.correcting = True
    for kind, level in (
        ("place_province", "province"),
        ("place_district", "district"),
        ("place_subdistrict", "subdistrict"),
        ("place_any", "any"),
        ("place_at", "at"),
    ):
        if token.plays(kind) and not (walk.cue == "born" and token.start - walk.cue_at < 4):
            _place(walk, token, level)


# ---------------------------------------------------------------- people
def _person(walk: _Walk, at: int, token: Token) -> bool:
    ref, sex, label = token.data["person"]
    walk.named = True
    if ref == "self":
        return _self(walk, at, token)
    before = walk.tokens[at - 1] if at else None
    count = _count_after(walk, at)
    who = _who(walk, at, ref, sex, label, count)
    if who is None:
        return True
    companion = before is not None and before.plays("lives_with") and gap(walk.text, before, token).strip() == ""
    if companion or _gives(walk, at):
        walk.back_to = walk.back_to or walk.subject
    else:
        walk.back_to = None
        if walk.subject != who:
            walk.total = False
    if who.rstrip("0123456789") not in NUMBERED:
        walk.adult = who
    elif before is not None and before.plays("care", "have", "lives_with"):
        walk.looked_after |= {who, *walk.queue}
    walk.subject = who
    return True


def _gives(walk: _Walk, at: int) -> bool:
    """ลูกส่งให้เดือนละพัน: the money comes from that person, the talk stays with the one before."""
    return at + 1 < len(walk.tokens) and walk.text.startswith(("ส่งให้", "ส่งเงิน", "ให้เงิน", "ให้เดือน", "โอนให้"), walk.tokens[at].end)


def _self(walk: _Walk, at: int, token: Token) -> bool:
    """หนู right behind แม่ or ของ only says whose mother; elsewhere the talk turns to the writer."""
    before = walk.tokens[at - 1] if at else None
    if before is not None and gap(walk.text, before, token) == "" and before.plays("person", "possessive", "lives_with", "care"):
        return True
    walk.subject, walk.back_to, walk.adult = "self", None, "self"
    return True


def _count_after(walk: _Walk, at: int) -> int:
    """ลูกสามคน: how many, 0 when not said."""
    for token in walk.tokens[at + 1 : at + 3]:
        if token.plays("quantity") and walk.tokens[at].end + 4 >= token.start:
            quantity: Quantity = token.data["quantity"]
            if quantity.unit == "person" and 1 <= quantity.lo <= 15 and quantity.lo == quantity.hi:
                return int(quantity.lo)
            return 0
        if not token.plays("about"):
            return 0
    return 0


def _who(walk: _Walk, at: int, ref: str, sex: str | None, label: str | None, count: int) -> str | None:
    cast = walk.cast
    if at and walk.tokens[at - 1].plays("without") and gap(walk.text, walk.tokens[at - 1], walk.tokens[at]).strip() == "":
        return None
    if ref in NUMBERED:
        kind = ref
        if count > 1 or (count == 1 and not cast.of_kind(kind)):
            walk.queue = cast.several(kind, count)
            return walk.queue[0]
        if label:
            walk.queue = []
        return cast.one(kind, sex, label)
    if ref in {"both_parents", "both_grandparents"}:
        pair = ("father", "mother") if ref == "both_parents" else ("grandfather", "grandmother")
        walk.queue = [cast.mention(one) for one in pair]
        return walk.queue[0]
    if ref == "bare_label":
        return cast.one("child", None, label) if cast.of_kind("child") else None
    if ref == "last":
        return cast.mention(cast.last_other() or "relative")
    if ref == "maybe_baby":
        return _baby_or_sibling(walk, at)
    if ref == "kid":
        young = cast.of_kind("child") or cast.of_kind("grandchild")
        return cast.mention(young[-1]) if young else (cast.one("child", sex, None) if _age_follows(walk, at) else None)
    if ref in {"neighbour", "friend", "student", "patient"}:
        return cast.mention(ref)
    if walk.subject in OUTSIDE and at and walk.text[walk.tokens[at - 1].start : walk.tokens[at - 1].end] in {"ของ"}:
        return walk.subject
    if ref != "relative" and at + 1 < len(walk.tokens) and walk.tokens[at + 1].data.get("person", ("",))[0] in OUTSIDE:
        if gap(walk.text, walk.tokens[at], walk.tokens[at + 1]) in {"", "ของ", "ที่"}:
            return cast.mention(walk.tokens[at + 1].data["person"][0])
    return cast.mention(ref)


def _age_follows(walk: _Walk, at: int) -> bool:
    return any(t.plays("age", "quantity", "newborn") and t.start - walk.tokens[at].end <= 3 for t in walk.tokens[at + 1 : at + 2])


def _baby_or_sibling(walk: _Walk, at: int) -> str:
    children = walk.cast.of_kind("child")
    if children:
        return walk.cast.mention(children[-1])
    for token in walk.tokens[at + 1 : at + 4]:
        quantity = token.data.get("quantity")
        if isinstance(quantity, Quantity):
            young = quantity.unit in {"birthday", "month"} or (quantity.unit == "year" and quantity.hi <= 3)
            return walk.cast.one("child", None, None) if young else walk.cast.mention("sibling")
    return walk.cast.mention("sibling")


def _generic(walk: _Walk, at: int, token: Token) -> bool:
    """คนพิการ, ผู้สูงอายุ: nobody in particular, unless it is what somebody is (เป็นคนพิการ is in the word lists)."""
    before = walk.tokens[at - 1] if at else None
    if before is not None and before.plays("person", "care") and gap(walk.text, before, token).strip() in {"", "เป็น"}:
        return True
    if before is not None and before.plays("have", "care") and walk.text.startswith(("ผู้ป่วย", "คนไข้"), token.start):
        walk.subject = walk.adult = walk.cast.mention("patient")
        walk.say("bedridden", True, token)
        return True
    walk.subject, walk.back_to = None, None
    return True


def _bare_label(walk: _Walk, at: int, token: Token) -> bool:
    if not walk.cast.of_kind("child") or not _age_follows(walk, at):
        return False
    walk.subject = walk.cast.one("child", None, token.data["person"][2])
    walk.queue = []
    return True


def _twins(walk: _Walk, at: int, token: Token) -> bool:
    kind = "grandchild" if (walk.subject or "").startswith("grandchild") or "หลาน" in walk.text[token.start : token.end] else "child"
    refs = walk.cast.of_kind(kind)
    pair = refs[-2:] if len(refs) >= 2 and all(ref in walk.cast.mentioned for ref in refs[-2:]) else walk.cast.several(kind, 2)
    walk.subject, walk.queue = pair[0], [f"{pair[0]}+{pair[1]}"]
    return True


# ---------------------------------------------------------------- facts in words
def _denied(walk: _Walk, at: int) -> bool:
    """Whether a word of denial stands right before (ไม่ได้พิการ, ไม่ได้เป็นเบาหวาน)."""
    token, i = walk.tokens[at], at - 1
    while i >= 0 and gap(walk.text, walk.tokens[i], token).strip() in {"", "เป็น", "ได้", "ใช่"} and at - i < 4:
        if walk.tokens[i].plays("negation", "without"):
            return True
        if not walk.tokens[i].plays("about", "have", "person"):
            return False
        token = walk.tokens[i]
        i -= 1
    return False


def _questioned(walk: _Walk, at: int) -> bool:
    """Asked, not told: right before ไหม; or, with nobody named so far, anywhere before a question (แม่เลี้ยงเดี่ยวได้อะไรบ้าง)."""
    named = walk.named
    end = walk.tokens[at].end
    for after in walk.tokens[at + 1 : at + (2 if named else 5)]:
        if "\n" in walk.text[end : after.start] or after.start - end > 14:
            return False
        if after.plays("question") and not after.plays("negation") and (not named or walk.text[end : after.start].strip() == ""):
            return True
    return False


def _touches_person(walk: _Walk, at: int) -> bool:
    return at > 0 and walk.tokens[at - 1].plays("person") and walk.tokens[at - 1].end == walk.tokens[at].start


def _fact(walk: _Walk, at: int, token: Token) -> bool:
    group = token.data["fact"]
    if walk.subject is None or _questioned(walk, at) or (group.get("after_person") and not _touches_person(walk, at)):
        return True
    member = _bearer(walk, group)
    if member is None:
        return True
    if not token.plays("not_income", "income", "savings", "total"):
        walk.cue = None
    denied = _denied(walk, at)
    meant = group["means"] if not denied else group.get("not", _turned(group["means"]))
    if not denied:
        _event(walk, group, member, token)
    for fact, value in meant.items():
        walk.say(fact, _value(fact, value), token, member=member, sure=not (group.get("hint", False) and not denied))
    if group.get("occupation") and not denied:
        walk.say("occupation", walk.text[token.start : token.end], token, member=member)
    if "pregnant" in meant:
        walk.pregnant_at = token.end
        before = walk.tokens[at - 1] if at else None
        if before is not None and before.plays("quantity") and walk.text[before.start :].isascii():
            _pregnancy(walk, before.data["quantity"], before)
    return True


def _event(walk: _Walk, group: dict[str, Any], member: str, token: Token) -> None:
    if "event" in group:
        walk.events.append((member, group["event"], token.start))


def _bearer(walk: _Walk, group: dict[str, Any]) -> str | None:
    """Some facts can only be those of a carer, of a child, or of somebody named (the writer has not died)."""
    subject = walk.subject or "self"
    who = group.get("who")
    if who == "named":
        return subject if subject != "self" else None
    if who == "carer" and subject.startswith(("child", "spouse", "grandchild")):
        return "self"
    if "pregnant" in group["means"] and subject in {"father", "grandfather"}:
        return None
    return subject


def _turned(means: dict[str, Any]) -> dict[str, Any]:
    turned = {fact: not value for fact, value in means.items() if isinstance(value, bool)}
    return {"disability": False} if means.get("disability") and len(means) == 1 else ({} if "disability_type" in means else turned)


def _value(fact: str, value: Any) -> Value:
    if fact == "receives":
        return Some(frozenset({value}))
    return OneOf(frozenset(value)) if isinstance(value, list) else value


def _thing(walk: _Walk, at: int, token: Token) -> bool:
    """A card, a benefit, an insurance: a statement only beside a word of having or lacking."""
    group = token.data["thing"]
    walk.cue, walk.cue_at = "not_income", token.end
    holds = _holds(walk, at)
    if walk.subject is None or holds is None:
        return True
    for fact, value in (group["have"] if holds else group.get("lack", _lack(group["have"]))).items():
        walk.say(fact, _value(fact, value) if not isinstance(value, Some) else value, token)
    return True


def _lack(have: dict[str, Any]) -> dict[str, Any]:
    return {"receives": Some(excludes=frozenset({have["receives"]}))} if "receives" in have else {}


def _holds(walk: _Walk, at: int) -> bool | None:
    tokens, text = walk.tokens, walk.text
    after = [t for t in tokens[at + 1 : at + 3] if t.start - tokens[at].end <= 2]
    before = [t for t in tokens[max(0, at - 3) : at] if tokens[at].start - t.end <= 10 and "\n" not in text[t.end : tokens[at].start]]
    if any(t.plays("question") and not t.plays("negation") for t in tokens[at + 1 : at + 4] if t.start - tokens[at].end <= 14):
        return None
    if after and after[0].plays("undone"):
        return False
    near = [t for t in before if tokens[at].start - t.end <= 3]
    if any(t.plays("without", "negation") for t in near):
        return False
    if any(t.plays("want") for t in near):
        return None
    if any(t.plays("have") for t in near):
        return True
    if after and (after[0].plays("done", "per_month") or (after[0].plays("quantity") and after[0].data["quantity"].unit in {None, "baht"})):
        return True
    return True if text.strip() == text[tokens[at].start : tokens[at].end] and walk.asked is not None else None


def _section(walk: _Walk, at: int, token: Token) -> bool:
    found = token.data.get("section") or token.data.get("section_word")
    number = {"สามสิบสาม": "33", "สามสิบเก้า": "39", "สี่สิบ": "40"}.get(found[1], found[1])
    if _questioned(walk, at) or walk.subject is None or any(t.plays("want") for t in walk.tokens[max(0, at - 1) : at]):
        return True
    if not _denied(walk, at):
        walk.say("insured", f"s{number}", token)
    return True


def _option(walk: _Walk, at: int, token: Token) -> bool:
    walk.say("s40_option", token.data["option"][1], token)
    return True


def _grade(walk: _Walk, at: int, token: Token) -> bool:
    level = school.level(token.data["grade"])
    if level is None or walk.subject is None:
        return True
    if walk.subject == "self" and (walk.cast.of_kind("child") and not any(s.member == "self" for s in walk.said)):
        walk.subject = walk.cast.of_kind("child")[-1]
    if walk.queue and "+" not in walk.queue[0]:
        walk.subject = walk.queue.pop(0)
    walk.say("student_level", level, token)
    walk.say("student", True, token)
    return True


# ---------------------------------------------------------------- numbers
def _quantity(walk: _Walk, at: int, token: Token) -> bool:
    quantity: Quantity = token.data["quantity"]
    before = walk.tokens[at - 1] if at else None
    if before is not None and before.plays("negation") and not quantity.unit and gap(walk.text, before, token).strip() == "":
        walk.correcting = True
        walk.cue = walk.cue if token.start - walk.cue_at < CLAUSE else None
        return True
    cue = walk.cue if token.start - walk.cue_at <= CLAUSE else None
    if _pregnancy(walk, quantity, token) or quantity.unit == "other" or cue == "past_age":
        return True
    if cue == "born" and _birth_year(walk, quantity, token):
        return True
    if cue == "age":
        quantity = _spaced(walk, at, quantity)
    if _is_age(walk, at, quantity, cue):
        _age(walk, at, quantity, token)
    elif quantity.unit == "person":
        _people(walk, at, quantity, token)
    elif quantity.unit not in {"birthday", "year", "month", "week", "day"}:
        _money(walk, at, quantity, token, cue)
    return True


def _birth_year(walk: _Walk, quantity: Quantity, token: Token) -> bool:
    """เกิด 2504, เกิด 04."""
    if quantity.unit is not None or quantity.lo != quantity.hi or not (quantity.lo < 100 or 1900 <= quantity.lo <= 2700):
        return False
    year = christian_year(int(quantity.lo), 2 if quantity.lo < 100 else 4, walk.today)
    walk.say("birth_year_be", year + 543, token, sure=quantity.lo >= 100)
    return True


def _spaced(walk: _Walk, at: int, quantity: Quantity) -> Quantity:
    """อายุ 6 5: one number with a gap in it."""
    after = walk.tokens[at + 1] if at + 1 < len(walk.tokens) else None
    if after is None or not after.plays("quantity") or gap(walk.text, walk.tokens[at], after) != " ":
        return quantity
    second: Quantity = after.data["quantity"]
    if (
        quantity.unit is None
        and 1 <= quantity.lo == quantity.hi <= 9
        and 0 <= second.lo == second.hi <= 9
        and second.unit in {None, "year"}
    ):
        walk.tokens[at + 1] = Token(after.start, after.end, frozenset({"other"}), {})
        return replace(quantity, lo=quantity.lo * 10 + second.lo, hi=quantity.lo * 10 + second.lo, unit="year", spelt=True)
    return quantity


def _pregnancy(walk: _Walk, quantity: Quantity, token: Token) -> bool:
    if token.start - walk.pregnant_at > 12 or quantity.unit not in {"month", "week"} or quantity.hi > 45:
        return False
    low, high = (quantity.lo, quantity.hi) if quantity.unit == "month" else (quantity.lo // 4, quantity.hi // 4)
    walk.say("pregnancy_months", int(min(low, 10)) if low == high else Interval(low, min(high, 10)), token)
    walk.pregnant_at = -1000
    return True


def _is_age(walk: _Walk, at: int, quantity: Quantity, cue: str | None) -> bool:
    if quantity.hi > 130 and quantity.unit != "month":
        return False
    if quantity.unit == "birthday":
        return True
    kin = _follows_kin(walk, at)
    if quantity.bent & {"up", "at_least"} and walk.subject == "self" and walk.asked is None:
        return False
    follows = walk.period is None and (kin or cue == "age")
    alone = walk.asked is not None and walk.asked.fact == "age_years" and cue is None
    if quantity.unit in {"year", "month"}:
        young = quantity.unit == "month" and (walk.subject or "").startswith(("child", "grandchild"))
        return (
            cue == "age"
            or (kin and (quantity.unit == "year" or young))
            or alone
            or (young and cue is None and at > 0 and walk.tokens[at - 1].plays("about"))
        )
    if quantity.unit is not None or quantity.scaled and quantity.hi > 130:
        return False
    return (
        follows
        or (walk.correcting and cue in {None, "age"})
        or alone
        or (bool(walk.queue) and kin)
        or (cue is None and _elder(walk, at, quantity))
    )


def _follows_kin(walk: _Walk, at: int) -> bool:
    """แม่ 72, แม่ก็ 72, my mother is 80."""
    i = at - 1
    while (
        i >= 0
        and walk.tokens[i].plays("about")
        and walk.text[walk.tokens[i].start : walk.tokens[i].end] in {"is", "ก็", "ได้", "ประมาณ", "น่าจะ", "ราว", "ครบ"}
    ):
        i -= 1
    return i >= 0 and walk.tokens[i].plays("person", "twins", "bare_label") and walk.tokens[i + 1].start - walk.tokens[i].end <= 2


def _elder(walk: _Walk, at: int, quantity: Quantity) -> bool:
    """ผมแก่แล้ว เจ็ดสิบ · 60 กว่าแล้ว: an age without the word."""
    return bool(quantity.bent & {"turning"}) or (
        40 <= quantity.lo <= 110 and "แก่แล้ว" in walk.text[max(0, walk.tokens[at].start - 10) : walk.tokens[at].start]
    )


def _age(walk: _Walk, at: int, quantity: Quantity, token: Token) -> None:
    if walk.subject is None:
        return
    months = _months_after(walk, at, quantity)
    if months is not None:
        token = replace(token, end=walk.tokens[at + 1].end)
    fact, value = ages.age_value(quantity, months)
    members = _aged_members(walk, quantity, ages.in_years(fact, value))
    sure = not quantity.spelt or (walk.asked is not None and walk.asked.fact == "age_years")
    for member in members:
        walk.cast.ages[member] = ages.in_years(fact, value)
        walk.say(fact, value, token, member=member, sure=sure)
    if members:
        walk.subject = members[-1]


def _aged_members(walk: _Walk, quantity: Quantity, years: float) -> list[str]:
    """Whose age it is: the next of several children, else the subject, else a child, when the age is a small child's."""
    if walk.queue:
        return walk.queue.pop(0).split("+")
    subject = walk.subject or "self"
    kind = subject.rstrip("0123456789")
    if kind in NUMBERED and walk.cast.ages.get(subject, years) != years and not walk.correcting:
        return [walk.cast.new(kind)]
    if quantity.unit == "birthday" and kind not in {*NUMBERED, "sibling", "student", "patient", "relative", "neighbour", "friend"}:
        young = walk.cast.of_kind("child") or walk.cast.of_kind("grandchild")
        aged = bool(young) and walk.cast.ages.get(young[-1], years) != years
        return [walk.cast.new("child") if not young or aged else walk.cast.mention(young[-1])]
    return [subject]


def _months_after(walk: _Walk, at: int, quantity: Quantity) -> float | None:
    """2 ขวบ 3 เดือน; the months are then used up."""
    if quantity.unit not in {"birthday", "year"} or at + 1 >= len(walk.tokens):
        return None
    after = walk.tokens[at + 1]
    follows = (
        after.plays("quantity") and after.data["quantity"].unit == "month" and gap(walk.text, walk.tokens[at], after).strip() in {"", "กับ"}
    )
    if not follows or after.data["quantity"].hi > 11:
        return None
    walk.tokens[at + 1] = Token(after.start, after.end, frozenset({"other"}), {})
    return float(after.data["quantity"].lo)


def _people(walk: _Walk, at: int, quantity: Quantity, token: Token) -> None:
    """อยู่กัน 4 คน, รวมกัน 4 คน: the household's size. After a kin word the number was already used."""
    before = walk.tokens[at - 1] if at else None
    start = walk.text[max(0, token.start - 14) : token.start]
    if quantity.lo == quantity.hi and (
        any(word in start for word in ("อยู่กัน", "ในบ้าน", "ทั้งหมด", "ครอบครัว", "สมาชิก", "รวมกัน", "บ้านมี"))
        and (before is None or not before.plays("person") or "ครอบครัว" in start)
    ):
        walk.say("household_size", int(quantity.lo), token)


def _money(walk: _Walk, at: int, quantity: Quantity, token: Token, cue: str | None) -> None:
    period = _period_after(walk, at) or walk.period
    walk.period = None
    tiny = quantity.hi < 100 and not quantity.scaled and quantity.unit != "baht"
    if tiny or (cue is None and period is None) or walk.subject is None or period == "other":
        return
    fact = money.fact_of(cue, period, household=walk.total)
    if fact is None:
        return
    value = money.amount(quantity, weekly=period == "week")
    plain = period is not None or cue == "savings" or (walk.asked is not None and walk.asked.fact == fact)
    walk.say(fact, value, token, sure=plain and not quantity.spelt)
    if fact == "income_day":
        _worked_days(walk, at, value, token)


def _period_after(walk: _Walk, at: int) -> str | None:
    if at + 1 < len(walk.tokens) and walk.tokens[at + 1].start - walk.tokens[at].end <= 1:
        for period in ("day", "week", "month", "year", "other"):
            if walk.tokens[at + 1].plays(f"per_{period}"):
                return period
    return None


def _worked_days(walk: _Walk, at: int, value: Value, token: Token) -> None:
    """วันละสามร้อย ทำ 20 วัน: then the month is known too."""
    for after in walk.tokens[at + 1 : at + 5]:
        quantity = after.data.get("quantity")
        if isinstance(quantity, Quantity) and quantity.unit == "day" and 1 <= quantity.lo == quantity.hi <= 31 and isinstance(value, int):
            walk.say("income_month", value * int(quantity.lo), replace(token, end=after.end))


# ---------------------------------------------------------------- dates, places
def _date(walk: _Walk, at: int, token: Token) -> None:
    kind = next(kind for kind in DATE_KINDS if kind in token.kinds)
    value = read_date(kind, token.data[kind], walk.today)
    if value is None or walk.subject is None:
        return
    if walk.cue == "born" and token.start - walk.cue_at <= 10:
        _born(walk, token, kind, value)
    elif kind != "year_date":
        walk.dates.append((value, token))


def _born(walk: _Walk, token: Token, kind: str, value: date | Interval) -> None:
    two_digits = len(token.data[kind].groupdict().get("year") or "") == 2
    if kind == "year_date" and isinstance(value, Interval) and isinstance(value.lo, date):
        walk.say("birth_year_be", value.lo.year + 543, token, sure=not two_digits)
    else:
        walk.say("birth_date", value, token, sure=not two_digits)


def _give_dates(walk: _Walk) -> None:
    """Each date goes to the event nearest to it, within one stretch of talk."""
    for value, token in walk.dates:
        near = [(abs(where - token.start), member, fact) for member, fact, where in walk.events if abs(where - token.start) <= 40]
        if near:
            _, member, fact = min(near)
            walk.say(fact, value, token, member=member)


def _place(walk: _Walk, token: Token, level: str) -> None:
    found = places.find(walk.text, token.end, level)
    if found is None or walk.subject is None:
        return
    start = token.end
    before = walk.text[max(0, token.start - 12) : token.start]
    if level == "any" and found.end - start <= places.SHORT + 1 and any(no in before for no in ("ไม่", "บ่")):
        return
    shown = Token(start, found.end, frozenset(), {})
    for fact, name in found.names.items():
        if not any(s.fact == fact and s.value != name for s in walk.said) or level == fact:
            walk.say(fact, name, shown, sure=found.sure)
    walk.place_end = found.end


def _province_name(walk: _Walk, at: int, token: Token) -> bool:
    """A province without a word of place: certain only as the whole message."""
    known = any(s.fact == "province" for s in walk.said)
    if walk.subject is not None and not known and not _denied(walk, at):
        alone = len(walk.text.strip()) <= token.end - token.start + 6
        walk.say("province", token.data["province_name"], token, sure=alone)
    return True


def _conclude(walk: _Walk) -> None:
    """What follows for certain from what was said: ไม่มีลูก names nobody; a lone person with N grandchildren is N + 1."""
    if sum(token.plays("lives_with") for token in walk.tokens) != 1:
        return
    for i, token in enumerate(walk.tokens[:-2]):
        who, count = walk.tokens[i + 1], _count_after(walk, i + 1)
        if token.plays("lives_with") and who.plays("person") and count and not any(s.fact == "household_size" for s in walk.said):
            if who.data["person"][0] in NUMBERED:
                walk.say("household_size", count + 1, replace(token, end=walk.tokens[i + 2].end), sure=False)


def _newborn(walk: _Walk, at: int, token: Token) -> bool:
    if (walk.subject or "").startswith(("child", "grandchild")):
        walk.say("age_months", 0, token)
    return True


def _labelled_or_person(walk: _Walk, at: int, token: Token) -> bool:
    return _bare_label(walk, at, token) if token.data["person"][0] == "bare_label" else _person(walk, at, token)


_READERS = (
    ("quantity", _quantity),
    ("section", _section),
    ("section_word", _section),
    ("option", _option),
    ("grade", _grade),
    ("thing", _thing),
    ("fact", _fact),
    ("twins", _twins),
    ("newborn", _newborn),
    ("generic", _generic),
    ("person", _labelled_or_person),
    ("province_name", _province_name),
)
