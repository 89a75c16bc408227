"""Facts told in words: conditions, cards, benefits, insurance, grades; denied, asked or merely wished for.

Belongs here: a word of the fact lists → statements. Does not: numbers (figures.py), persons (subjects.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.eligibility.values import OneOf, Some, Value
from bot.language import school
from bot.language.figures import read_pregnancy
from bot.language.people import NUMBERED
from bot.language.scan import gap
from bot.language.walk import Walk
from bot.language.words import Token


def is_denied(walk: Walk, at: int) -> bool:
    """Whether a word of denial stands right before (ไม่ได้พิการ, ไม่ได้เป็นเบาหวาน)."""
    token, i = walk.tokens[at], at - 1
    while i >= 0 and gap(walk.text, walk.tokens[i], token).strip() in {"", "เป็น", "ได้", "ใช่"} and at - i < 4:
        if " " in gap(walk.text, walk.tokens[i], token) and walk.text.endswith("ไม่ได้", 0, walk.tokens[i].end):
            return False  # กลับบ้านไม่ได้ น้ำท่วม
        if walk.tokens[i].plays("negation", "without"):
            return True
        if not walk.tokens[i].plays("about", "have", "person"):
            return False
        token = walk.tokens[i]
        i -= 1
    return False


def _questioned(walk: Walk, at: int) -> bool:
    """Asked, not told: right before ไหม; or, with nobody named so far, anywhere before a question (แม่เลี้ยงเดี่ยวได้อะไรบ้าง)."""
    if _WHO.search(_clause(walk, at)):
        return True  # ใครพิการบ้าง
    named = walk.named
    end = walk.tokens[at].end
    for after in walk.tokens[at + 1 : at + (2 if named else 5)]:
        if "\n" in walk.text[end : after.start] or after.start - end > 14:
            return False
        if after.plays("question") and not after.plays("negation") and (not named or walk.text[end : after.start].strip() == ""):
            return True
    return False


_WHO = re.compile(r"(?<!มี)(?:ใคร|ไผ|คนไหน|คนใด)(?!ก็|ๆ)")


def _clause(walk: Walk, at: int) -> str:
    """What stands before a word without a space or line break in between."""
    start = walk.tokens[at].start
    return walk.text[max(walk.text.rfind(" ", 0, start), walk.text.rfind("\n", 0, start)) + 1 : start]


def _touches_person(walk: Walk, at: int) -> bool:
    return at > 0 and walk.tokens[at - 1].plays("person") and walk.tokens[at - 1].end == walk.tokens[at].start


def read_fact(walk: Walk, at: int, token: Token) -> bool:
    group = token.data["fact"]
    if walk.subject is None and walk.one_who >= 0 and token.start - walk.one_who <= 4:
        walk.pending = [(fact, value) for fact, value in group["means"].items()]
        return True
    if walk.subject is None or _questioned(walk, at) or (group.get("after_person") and not _touches_person(walk, at)):
        return True
    member = _bearer(walk, group)
    if member is None:
        return True
    if not token.plays("not_income", "income", "savings", "total"):
        walk.cue = None
    denied = is_denied(walk, at)
    meant = group["means"] if not denied else group.get("not", _turned(group["means"]))
    if "homeless" in meant and walk.text.endswith(("เคย", "ทำบุญ"), 0, token.start):
        return True  # no longer so
    if not denied and _former_work(walk, at, group, member):
        return True
    if not denied and group.get("at_work") and _at_work(walk, at):
        walk.say("work_injury", True, token, member=member)
    if not denied:
        _event(walk, group, member, token)
    for who in _all_alike(walk, group, member):
        for fact, value in meant.items():
            walk.say(fact, _value(fact, value), token, member=who, sure=not (group.get("hint", False) and not denied))
    for fact, value in group.get("perhaps", {}).items() if not denied else ():
        walk.say(fact, value, token, member=member, sure=False)
    for other, facts in group.get("of", {}).items() if not denied else ():
        for fact, value in facts.items():
            walk.say(fact, value, token, member=other)
            walk.events.append((other, f"{fact}_date", token.start))
    if group.get("occupation") and not denied:
        walk.say("occupation", walk.text[token.start : token.end], token, member=member)
    if "pregnant" in meant:
        walk.pregnant_at, walk.pregnant_of = token.end, member
        before = walk.tokens[at - 1] if at else None
        if before is not None and before.plays("quantity") and walk.text[before.start :].isascii():
            read_pregnancy(walk, before.data["quantity"], before)
    return True


_ONCE = re.compile(r"(?<!ไม่)(?:เคย|เมื่อก่อน|แต่ก่อน|สมัยก่อน|เดิม|ตอนหนุ่ม|ตอนสาว)(?:เป็น|ทำ|ทำงาน|ไป|มี|อาชีพ|ก็)*$")
_NOW = re.compile(r"ตอนนี้|ปัจจุบัน|เดี๋ยวนี้|ได้งาน|งานใหม่|กลับไป|กลับมา|แล้วไป|now")


def _former_work(walk: Walk, at: int, group: dict[str, Any], member: str) -> bool:
    """โดนเลิกจ้าง … โรงงานรถยนต์, เคยทำงานโรงงาน: the place of work that was left, unless a new beginning is told."""
    if group.get("occupation") and _ONCE.search(_clause(walk, at)):
        return True
    if group["means"].get("employment") != "employed":
        return False
    left = next((s for s in walk.said if (s.member, s.fact) == (member, "employment") and s.value in {"unemployed", "retired"}), None)
    return left is not None and not _NOW.search(walk.text, 0, walk.tokens[at].end)


_BLOW = re.compile(r"โดน|ถูก|ทับ|หล่น|ตก|หนีบ|บาด|ดูด|ล้ม|พลัด|กระแทก")
_WORKING = re.compile(r"ทำงาน|ที่ทำงาน|ในโรงงาน|ไซต์|ไซด์|นั่งร้าน|เครื่องจักร|กะดึก")


def _at_work(walk: Walk, at: int) -> bool:
    """ทำงานก่อสร้างโดนหลังคาทับขาหัก: a blow within the clause that tells of work."""
    before = walk.text[max(0, walk.tokens[at].start - _CLAUSE) : walk.tokens[at].start].rpartition("\n")[2]
    working = _WORKING.search(before) or any(
        t.data["fact"].get("occupation")
        for t in walk.tokens[max(0, at - 6) : at]
        if t.plays("fact") and walk.tokens[at].start - t.end <= _CLAUSE
    )
    return bool(working and _BLOW.search(before))


def _all_alike(walk: Walk, group: dict[str, Any], member: str) -> list[str]:
    """หลานสองคน พ่อแม่ทิ้งไว้: what parents did holds for every child of theirs named so far."""
    kind = member.rstrip("0123456789")
    if member in walk.pair:
        return list(walk.pair)
    if not group.get("of_all") or kind not in NUMBERED:
        return [member]
    return [ref for ref in walk.cast.mentioned if ref.rstrip("0123456789") == kind]


def _event(walk: Walk, group: dict[str, Any], member: str, token: Token) -> None:
    if "event" in group:
        walk.events.append((member, group["event"], token.start))


def _bearer(walk: Walk, group: dict[str, Any]) -> str | None:
    """Some facts can only be those of a carer, of a child, or of somebody named (the writer has not died)."""
    subject = walk.subject or "self"
    who = group.get("who")
    if who == "named":
        return subject if subject != "self" else None
    if who == "carer" and subject.startswith(("child", "spouse", "grandchild")):
        return "self"
    if "pregnant" in group["means"] and subject in {"father", "grandfather"}:
        return None
    if "pregnant" in group["means"] and _too_young(walk, subject):
        return walk.adult
    return subject


def read_both(walk: Walk, at: int, token: Token) -> bool:
    """มีบัตรคนจนทั้งคู่: what was just said of one holds for the other as well."""
    before = walk.tokens[at - 1] if at else None
    if before is not None and before.plays("done") and at > 1:
        before = walk.tokens[at - 2]  # ได้เบี้ยคนแก่แล้วทั้งสองคน
    if before is None or not before.plays("fact", "thing") or token.start - before.end > _JUST:
        return True
    pair = [ref for ref in walk.cast.mentioned if ref != "self"][-2:]
    if len(pair) < _PAIR and len(walk.cast.known) == _PAIR:
        pair = list(walk.cast.known)  # two people are known of, the writer may be one of them
    start, _ = walk.normal.span(max(0, token.start - _CLAUSE), token.start)
    fresh = [s for s in walk.said if s.member in pair and s.span[0] >= start and s.fact not in _ONE_S_OWN]
    for statement in fresh if len(pair) == _PAIR else ():
        for ref in pair:
            if not any((s.member, s.fact) == (ref, statement.fact) for s in walk.said):
                walk.said.append(replace(statement, member=ref))
    return True


_CLAUSE = 30
"""Characters back that still belong to the clause."""
_JUST = 8
"""Characters between what was said and ทั้งคู่ that means both."""
_PAIR = 2
_ONE_S_OWN = frozenset({"age_years", "age_months", "birth_year_be", "birth_date", "died_date"})


def read_echo(walk: Walk, at: int, token: Token) -> bool:
    """สามีพิการ ดิฉันไม่ได้เป็น: the same denied of another."""
    last = next((s for s in reversed(walk.said) if isinstance(s.value, bool) and s.fact in _ECHOED), None)
    if last and walk.subject and last.member != walk.subject:
        walk.say(last.fact, False, token)
    return True


_ECHOED = frozenset({"disability", "sick_chronic", "pregnant", "has_welfare_card", "has_disability_card", "bedridden"})


def _too_young(walk: Walk, who: str) -> bool:
    """A child of under nine or in primary school is not the one who is pregnant."""
    level = next((str(s.value) for s in walk.said if (s.member, s.fact) == (who, "student_level")), "")
    return walk.cast.ages.get(who, 99) < 9 or level.startswith(("p1", "p2", "p3", "p4", "kinder"))


def _turned(means: dict[str, Any]) -> dict[str, Any]:
    turned = {fact: not value for fact, value in means.items() if isinstance(value, bool)}
    return {"disability": False} if means.get("disability") and len(means) == 1 else ({} if "disability_type" in means else turned)


def _value(fact: str, value: Any) -> Value:
    if fact == "receives":
        return Some(frozenset({value}))
    return OneOf(frozenset(value)) if isinstance(value, list) else value


def read_thing(walk: Walk, at: int, token: Token) -> bool:
    """A card, a benefit, an insurance: a statement only beside a word of having or lacking."""
    group = token.data["thing"]
    if "needs" in group and not any(s.member == walk.subject and s.fact.startswith(group["needs"]) for s in walk.said):
        return True
    walk.cue, walk.cue_at = "not_income", token.end
    if "insured" in group["have"]:
        walk.insured_at = token.end
    holds = _holds(walk, at)
    if walk.subject is None or holds is None:
        return True
    for fact, value in (group["have"] if holds else group.get("lack", _lack(group["have"]))).items():
        for who in walk.pair or (walk.subject,):
            walk.say(fact, _value(fact, value) if not isinstance(value, Some) else value, token, member=who)
    return True


def _lack(have: dict[str, Any]) -> dict[str, Any]:
    return {"receives": Some(excludes=frozenset({have["receives"]}))} if "receives" in have else {}


def _holds(walk: Walk, at: int) -> bool | None:
    tokens, text = walk.tokens, walk.text
    after = [t for t in tokens[at + 1 : at + 3] if t.start - tokens[at].end <= 2]
    before = [t for t in tokens[max(0, at - 3) : at] if tokens[at].start - t.end <= 10 and "\n" not in text[t.end : tokens[at].start]]
    if any(t.plays("question") and not t.plays("negation") for t in tokens[at + 1 : at + 4] if t.start - tokens[at].end <= 14):
        return None
    if _WHO.search(_clause(walk, at)):
        return None  # อยากรู้ว่าใครได้เบี้ยคนแก่บ้าง
    if after and after[0].plays("undone"):
        return False
    if _ONCE_HELD.search(text, max(0, tokens[at].start - 16), tokens[at].start):
        return False if _LOST.search(text, tokens[at].end, tokens[at].end + _CLAUSE) else None  # เดิมมีบัตรคนจนแต่รอบใหม่ไม่ผ่าน
    if _HAS_AFTER.match(text, tokens[at].end):
        return True  # บัตรคนจนมี
    if _verb_denied(walk, at):
        return None if "insured" in tokens[at].data["thing"]["have"] else False
    near = [t for t in before if tokens[at].start - t.end <= 3]
    if any(t.plays("without", "negation") for t in near):
        return False
    if any(t.plays("want") for t in near):
        return None
    if any(t.plays("have") for t in near):
        return True
    if text.startswith("มี", tokens[at].start):
        return True  # มีประกันสังคม is one word of the list
    if after and (after[0].plays("done", "per_month") or (after[0].plays("quantity") and after[0].data["quantity"].unit in {None, "baht"})):
        return True
    return True if text.strip() == text[tokens[at].start : tokens[at].end] and walk.asked is not None else None


_ONCE_HELD = re.compile(r"(?:เดิม|เคย|แต่ก่อน|เมื่อก่อน)(?:เคย)?(?:มี|ได้|ใช้|ถือ|รับ)? ?$")
_LOST = re.compile(r"ไม่ผ่าน|โดนตัด|ถูกตัด|หมดสิทธิ|ตกเกณฑ์|ยกเลิก|ตอนนี้ไม่")
_HAS_AFTER = re.compile(r"ก็?มี(?=$|[ ,.]|ค่ะ|ครับ|คับ|จ้า|จ้ะ|นะ|อยู่|แล้ว)")
_VERBS = ("have", "about", "want")


def _verb_denied(walk: Walk, at: int) -> bool:
    """ไม่ได้ขึ้นทะเบียนประกันสังคมให้, ไม่เคยเบิกเบี้ยคนแก่: the denial stands before the verb. (ทำงานไม่ได้ ได้เบี้ย… denies the work.)"""
    i = at - 1
    while i > 0 and walk.tokens[i].plays(*_VERBS) and len(gap(walk.text, walk.tokens[i], walk.tokens[i + 1]).strip()) <= _LOOSE:
        before = walk.tokens[i - 1]
        if before.plays("negation") and not before.plays("question"):
            verb = walk.text[walk.tokens[i].start : walk.tokens[i].end]
            return verb not in {"ได้", "ก็ได้", "เป็น"} and len(gap(walk.text, before, walk.tokens[i]).strip()) <= _LOOSE
        i -= 1
    return False


_LOOSE = 4
"""Characters of words that no list knows (ไป, พา, ให้) between a denial, a verb and its object."""


def read_section(walk: Walk, at: int, token: Token) -> bool:
    found = token.data["section" if token.plays("section") else "section_word"]
    number = {"สามสิบสาม": "33", "สามสิบเก้า": "39", "สี่สิบ": "40"}.get(found[1], found[1])
    if _questioned(walk, at) or walk.subject is None or any(t.plays("want") for t in walk.tokens[max(0, at - 1) : at]):
        return True
    walk.insured_at = token.end
    if not is_denied(walk, at):
        walk.say("insured", f"s{number}", token)
    return True


def read_option(walk: Walk, at: int, token: Token) -> bool:
    walk.say("s40_option", token.data["option"][1], token)
    return True


def read_grade(walk: Walk, at: int, token: Token) -> bool:
    level = school.level(token.data["grade"])
    if level is None or walk.subject is None:
        return True
    named_self = at > 0 and walk.tokens[at - 1].data.get("person", ("",))[0] == "self"
    if walk.subject == "self" and not named_self and (walk.cast.of_kind("child") and not any(s.member == "self" for s in walk.said)):
        walk.subject = walk.cast.of_kind("child")[-1]
    if walk.queue and "+" not in walk.queue[0]:
        walk.subject = walk.queue.pop(0)
    if walk.back_to and (walk.subject or "").rstrip("0123456789") not in {*NUMBERED, "sibling", "student"}:
        walk.subject, walk.back_to = walk.back_to, None  # หนูอยู่กับป้า เรียน ม.3
    walk.say("student_level", level, token)
    walk.say("student", True, token)
    return True
