"""Who the talk turns to: persons, pronouns, companions, several children, nobody in particular.

Belongs here: words for people → the subject. Does not: what is said of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.eligibility.values import Interval
from bot.language.people import NUMBERED, OUTSIDE
from bot.language.scan import Quantity, gap
from bot.language.speaker import is_vocative
from bot.language.walk import Walk
from bot.language.words import Token, load


def read_person(walk: Walk, at: int, token: Token) -> bool:
    ref, sex, label = token.data["person"]
    if is_vocative(walk.text, token):
        return True
    walk.named = True
    if _says_who_writes(walk, at, ref):
        return True
    if _parents_of_the_young(walk, at, ref):
        walk.back_to, walk.subject = walk.back_to or walk.subject, None
        return True
    if (walk.subject in OUTSIDE or walk.theirs) and ref in _THEIRS and not _owned(walk, at):
        walk.subject, walk.theirs = None, True  # the parents of a pupil or neighbour are nobody whom the household knows
        return True
    if ref == "self" or (walk.own_word and walk.text[token.start : token.end] == walk.own_word):
        _the_one(walk, "self", token)
        return _self(walk, at, token)
    before = walk.tokens[at - 1] if at else None
    count = count_after(walk, at)
    if walk.queue and walk.queue[0].rstrip("0123456789+") not in NUMBERED:
        walk.queue = []  # the parents named as a pair are no longer in turn
    who = _who(walk, at, ref, sex, label, count)
    if who is None:
        return True
    walk.pair = (who, *walk.queue) if ref in _PAIRS else ()
    _the_one(walk, who, token)
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


_PAIRS = frozenset({"both_parents", "both_grandparents"})


def _says_who_writes(walk: Walk, at: int, ref: str) -> bool:
    """ผมเป็นหลานแท้ๆ, เราเป็นหลานจัดงานศพให้: what the writer is to somebody names nobody new."""
    spoken = any(t.data.get("person", ("",))[0] == "self" for t in walk.tokens[max(0, at - 4) : at])
    return ref in NUMBERED and walk.subject == "self" and spoken and walk.text.endswith("เป็น", 0, walk.tokens[at].start)


def _parents_of_the_young(walk: Walk, at: int, ref: str) -> bool:
    """แม่มันไปทำงาน, of a grandchild: its mother, who is neither the writer's mother nor a child named so far.

    Once one of them was named so, the other needs no word more: พ่อมันติดคุก แม่หนีไป."""
    token = walk.tokens[at]
    if ref not in _THEIRS or not walk.cast.of_kind("grandchild"):
        return False
    if not walk.text.startswith(_OF_THE_YOUNG, token.end):
        return walk.of_the_young and ref not in walk.cast.mentioned and not _owned(walk, at)
    walk.of_the_young = True
    after = walk.tokens[at + 1] if at + 1 < len(walk.tokens) else None
    if after is not None and after.start == token.end and after.plays("person"):
        walk.tokens[at + 1] = Token(after.start, after.end, frozenset({"other"}), {})  # มัน is the grandchild, of whom nothing is said
    return True


_OF_THE_YOUNG = ("มัน", "เขา", "เค้า", "เด็ก", "หลาน", "ของมัน", "ของเขา", "ของหลาน")


def _the_one(walk: Walk, ref: str, token: Token) -> None:
    """คนที่ท้องคือน้องสาว ไม่ใช่เรา: what was told of nobody yet is told of the one named now, and denied of whom it is not."""
    before = walk.text[max(0, token.start - 8) : token.start].rstrip()
    if not walk.pending and before.endswith("คือ") and ref != "self":
        start, _ = walk.normal.span(max(0, token.start - _JUST), token.start)
        for i, s in enumerate(walk.said):
            if s.member == "self" and s.span[1] >= start:
                walk.said[i] = replace(s, member=walk.cast.mention(ref))  # เพิ่งพ้นโทษมาคือน้องชาย
    if not walk.pending or not before.endswith(("คือ", "ไม่ใช่")):
        return
    for fact, value in walk.pending:
        denied = before.endswith("ไม่ใช่")
        if not denied or value is True:
            walk.say(fact, not denied if value is True else value, token, member=ref)


_JUST = 10
"""Characters between a fact and the คือ that says whose it is."""
_THEIRS = frozenset({"mother", "father", "both_parents"})


def _owned(walk: Walk, at: int) -> bool:
    """แม่หนู, แม่ของผม: the writer's own."""
    token = walk.tokens[at]
    word = walk.text[token.start : token.end]
    return word.endswith(("ผม", "หนู")) or any(
        t.data.get("person", ("",))[0] == "self" and t.start - token.end <= 4 for t in walk.tokens[at + 1 : at + 3]
    )


def _gives(walk: Walk, at: int) -> bool:
    """ลูกส่งให้เดือนละพัน: the money comes from that person, the talk stays with the one before."""
    return at + 1 < len(walk.tokens) and walk.text.startswith(("ส่งให้", "ส่งเงิน", "ให้เงิน", "ให้เดือน", "โอนให้"), walk.tokens[at].end)


def _self(walk: Walk, at: int, token: Token) -> bool:
    """หนู right behind แม่ or ของ only says whose mother; elsewhere the talk turns to the writer."""
    before = walk.tokens[at - 1] if at else None
    if before is not None and gap(walk.text, before, token) == "" and before.plays("person", "possessive", "lives_with", "care"):
        return True
    walk.subject, walk.back_to, walk.adult, walk.queue, walk.pair = "self", None, "self", [], ()
    return True


def count_after(walk: Walk, at: int) -> int:
    """ลูกสามคน: how many, 0 when not said."""
    for token in walk.tokens[at + 1 : at + 3]:
        if token.plays("quantity") and walk.tokens[at].end + 4 >= token.start:
            quantity: Quantity = token.data["quantity"]
            if at + 1 < len(walk.tokens) and token is walk.tokens[at + 1] and _bare_count(walk, at):
                return int(quantity.lo)
            if quantity.unit == "person" and 1 <= quantity.lo <= 15 and quantity.lo == quantity.hi:
                return int(quantity.lo)
            return 0
        if not token.plays("about"):
            return 0
    return 0


_AT_SCHOOL = (" เรียน", "เรียน", " กำลังเรียน", "กำลังเรียน", " ยังเรียน", "ยังเรียน", " ยังเล็ก", "ยังเล็ก")
_COUNTS = frozenset({"สอง", "สาม", "สี่", "ห้า", "หก"})


def _bare_count(walk: Walk, at: int) -> bool:
    """ลูกสาม: three children, none of whom is three; an age would be written with ขวบ or ปี."""
    token, number = walk.tokens[at], walk.tokens[at + 1]
    young = token.data.get("person", ("",))[0] in NUMBERED
    if young and number.data["quantity"].unit is None and walk.text.startswith(_AT_SCHOOL, number.end):
        return number.start - token.end <= 1  # ลูก 3 เรียนหมด
    return young and token.end == number.start and walk.text[number.start : number.end] in _COUNTS


def _who(walk: Walk, at: int, ref: str, sex: str | None, label: str | None, count: int) -> str | None:
    cast = walk.cast
    if at and walk.tokens[at - 1].plays("without") and gap(walk.text, walk.tokens[at - 1], walk.tokens[at]).strip() == "":
        return None
    if ref in NUMBERED:
        kind = "grandchild" if label and not cast.of_kind("child") and cast.of_kind("grandchild") else ref
        if count > 1 and _bare_count(walk, at):
            number = walk.tokens[at + 1]
            walk.tokens[at + 1] = Token(number.start, number.end, frozenset({"other"}), {})
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
        other = cast.last_other()
        return cast.mention(other) if other else (cast.mention("relative") if _age_follows(walk, at) else None)
    if ref == "maybe_baby":
        return _baby_or_sibling(walk, at)
    if ref == "kid":
        young = cast.of_kind("child") or cast.of_kind("grandchild")
        if not young and "ครู" in walk.text:
            return cast.mention("student")
        return cast.mention(young[-1]) if young else (cast.one("child", sex, None) if _age_follows(walk, at) else None)
    if ref in {"neighbour", "friend", "student", "patient"}:
        return cast.mention(ref)
    if walk.subject in OUTSIDE and at and walk.text[walk.tokens[at - 1].start : walk.tokens[at - 1].end] in {"ของ"}:
        return walk.subject
    if ref != "relative" and at + 1 < len(walk.tokens) and walk.tokens[at + 1].data.get("person", ("",))[0] in OUTSIDE:
        joined = gap(walk.text, walk.tokens[at], walk.tokens[at + 1]) in {"", "ของ", "ที่"}
        return cast.mention(walk.tokens[at + 1].data["person"][0] if joined else ref)
    return cast.mention(ref)


def _age_follows(walk: Walk, at: int) -> bool:
    return any(t.plays("age", "quantity", "newborn") and t.start - walk.tokens[at].end <= 3 for t in walk.tokens[at + 1 : at + 2])


def _baby_or_sibling(walk: Walk, at: int) -> str:
    children = walk.cast.of_kind("child")
    if children:
        return walk.cast.mention(children[-1])
    for token in walk.tokens[at + 1 : at + 4]:
        quantity = token.data.get("quantity")
        if isinstance(quantity, Quantity):
            parents = any(ref in walk.cast.mentioned for ref in ("mother", "father"))
            young = not parents and (quantity.unit in {"birthday", "month"} or (quantity.unit == "year" and quantity.hi <= 3))
            return walk.cast.one("child", None, None) if young else walk.cast.mention("sibling")
    return walk.cast.mention("sibling")


def read_generic(walk: Walk, at: int, token: Token) -> bool:
    """คนพิการ, ผู้สูงอายุ: nobody in particular, unless it is what somebody is (เป็นคนพิการ is in the word lists)."""
    before = walk.tokens[at - 1] if at else None
    if _at_home(walk, at, token):
        return True
    if before is not None and before.plays("person", "care") and gap(walk.text, before, token).strip() in {"", "เป็น"}:
        return True
    if before is not None and before.plays("have", "care") and walk.text.startswith(("ผู้ป่วย", "คนไข้"), token.start):
        walk.subject = walk.adult = walk.cast.mention("patient")
        walk.say("bedridden", True, token)
        return True
    if before is not None and before.plays("negation") and gap(walk.text, before, token).strip() == "":
        return True  # ไม่ใช่ข้าราชการ still speaks of the same person
    walk.subject, walk.back_to = None, None
    walk.one_who = token.end if walk.text.startswith(("คนที่", "ผู้ที่"), token.start) else -1000
    return True


_SOMEBODY: dict[str, dict[str, Any]] = {word: group["means"] for group in load("owners.yaml")["at_home"] for word in group["say"]}
_HOME = re.compile(r"(?:ที่บ้าน|ในบ้าน|บ้าน|ครอบครัว|บ้านเรา|บ้านผม|บ้านหนู|บ้านฉัน)(?:ก็|ยัง|เรา)?มี(?:ทั้ง)? ?$")
_IN_IT = (" ในบ้าน", "ในบ้าน", "ที่บ้าน", "อยู่ด้วย", "อยู่ในบ้าน", "อยู่ที่บ้าน", "ในครอบครัว")


def _at_home(walk: Walk, at: int, token: Token) -> bool:
    """ที่บ้านมีคนพิการ, มีคนแก่อยู่ด้วย, มีคนแก่ 70: somebody of the household, though who was not said."""
    means = _SOMEBODY.get(walk.text[token.start : token.end])
    if means is None or not walk.text.endswith(("มี", "มี ", "มีทั้ง"), 0, token.start) or walk.text.endswith(("ไม่มี", "บ่มี"), 0, token.start):
        return False
    aged = at + 1 < len(walk.tokens) and walk.tokens[at + 1].data.get("quantity")
    of_age = isinstance(aged, Quantity) and aged.unit in {None, "year"} and aged.lo >= _GROWN_OLD and _age_follows(walk, at)
    if not (of_age or _HOME.search(walk.text, 0, token.start) or walk.text.startswith(_IN_IT, token.end)):
        return False
    walk.tokens[at] = Token(token.start, token.end, frozenset({"person"}), {"person": ("relative", None, None)})
    read_person(walk, at, walk.tokens[at])
    for fact, value in means.items():
        walk.say(fact, Interval(*value) if isinstance(value, list) else value, token, sure=not isinstance(value, list))
    return True


_GROWN_OLD = 50


def read_bare_label(walk: Walk, at: int, token: Token) -> bool:
    if not walk.cast.of_kind("child") or not _age_follows(walk, at):
        return False
    walk.subject = walk.cast.one("child", None, token.data["person"][2])
    walk.queue = []
    return True


def read_twins(walk: Walk, at: int, token: Token) -> bool:
    kind = "grandchild" if (walk.subject or "").startswith("grandchild") or "หลาน" in walk.text[token.start : token.end] else "child"
    refs = walk.cast.of_kind(kind)
    pair = refs[-2:] if len(refs) >= 2 and all(ref in walk.cast.mentioned for ref in refs[-2:]) else walk.cast.several(kind, 2)
    walk.subject, walk.queue = pair[0], [f"{pair[0]}+{pair[1]}"]
    return True
