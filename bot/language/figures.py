"""Which number is what: an age, a number of people, months of pregnancy, a sum of money.

Belongs here: a quantity and what stands around it → statements. Does not: the value of number words (numerals.py).
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.eligibility.values import Interval, Value
from bot.language import ages, money
from bot.language.dates import ago, christian_year
from bot.language.people import NUMBERED
from bot.language.scan import Quantity, gap
from bot.language.sums import NEAR_INSURANCE, read_sum
from bot.language.walk import Walk
from bot.language.words import Token

CLAUSE = 24
"""Characters after which a cue (รายได้, อายุ …) no longer steers a number."""


def read_quantity(walk: Walk, at: int, token: Token) -> bool:
    quantity: Quantity = token.data["quantity"]
    before = walk.tokens[at - 1] if at else None
    denied = before is not None and before.plays("negation") and not quantity.unit and gap(walk.text, before, token).strip() == ""
    if denied and not (walk.correcting and _last_number(walk, at)):  # 36 เอ้ย ไม่ใช่ 63: what comes last is meant
        walk.correcting = True
        walk.cue = walk.cue if token.start - walk.cue_at < CLAUSE else None
        return True
    cue = walk.cue if token.start - walk.cue_at <= CLAUSE else None
    if read_pregnancy(walk, quantity, token) or quantity.unit == "other" or cue == "past_age":
        return True
    if cue == "born" and _birth_year(walk, quantity, token):
        return True
    if cue == "age":
        quantity = _spaced(walk, at, quantity)
    if (
        _lasts(walk, quantity, token)
        or _insured_for(walk, quantity, token)
        or _served(walk, quantity, token)
        or _age_to_come(walk, at, quantity, token)
    ):
        return True
    if quantity.bare_unit and before is not None and before.plays("negation") and not quantity.bent:
        return True  # ยังไม่ขวบ 7 เดือน
    if _is_age(walk, at, quantity, cue):
        _age(walk, at, quantity, token)
    elif _told_as_age(walk, at, quantity, cue):
        _age(walk, at, quantity, token, sure=not (walk.subject == "self" and quantity.unit == "year"))
    elif quantity.unit == "person":
        _people(walk, at, quantity, token)
    elif quantity.unit not in {"birthday", "year", "month", "week", "day"}:
        read_sum(walk, at, quantity, token, cue)
    return True


def _last_number(walk: Walk, at: int) -> bool:
    return not any(token.plays("quantity") for token in walk.tokens[at + 1 : at + 4])


def _birth_year(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """เกิด 2504, เกิด 04."""
    if quantity.unit is not None or quantity.lo != quantity.hi or not (quantity.lo < 100 or 1900 <= quantity.lo <= 2700):
        return False
    year = christian_year(int(quantity.lo), 2 if quantity.lo < 100 else 4, walk.today)
    walk.say("birth_year_be", year + 543, token, sure=quantity.lo >= 100)
    return True


def _spaced(walk: Walk, at: int, quantity: Quantity) -> Quantity:
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


def read_pregnancy(walk: Walk, quantity: Quantity, token: Token) -> bool:
    if quantity.unit is None and walk.text.endswith(("เดือนที่ ", "เดือนที่"), 0, token.start):
        quantity = replace(quantity, unit="month")  # ท้องเดือนที่ 6
    if token.start - walk.pregnant_at > 12 or quantity.unit not in {"month", "week"} or quantity.hi > 45:
        return False
    low, high = (quantity.lo, quantity.hi) if quantity.unit == "month" else (quantity.lo // 4, quantity.hi // 4)
    walk.say("pregnancy_months", int(min(low, 10)) if low == high else Interval(low, min(high, 10)), token, member=walk.pregnant_of)
    walk.pregnant_at = -1000
    return True


_WHEN = re.compile(r"(?:ตอน|สมัย|เมื่อตอน)(?:ที่)?(?:หนู|ผม|ฉัน|เรา|ลูก|เขา|แก|มัน|ดิฉัน)? ?$")


def _is_age(walk: Walk, at: int, quantity: Quantity, cue: str | None) -> bool:
    if _WHEN.search(walk.text, max(0, walk.tokens[at].start - 16), walk.tokens[at].start):
        return False  # พ่อเสียตอนหนู 10 ขวบ
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
            or (quantity.unit == "month" and bool(walk.queue) and quantity.hi < 36 and cue is None)
            or (young and cue is None and at > 0 and walk.tokens[at - 1].plays("about", "grade", "lives_with"))
        )
    if quantity.unit is not None or (quantity.scaled and quantity.hi > 130):
        return False
    return (
        follows
        or (walk.correcting and cue in {None, "age"})
        or alone
        or (bool(walk.queue) and kin)
        or (cue is None and _elder(walk, at, quantity))
    )


def _insured_for(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """ส่งประกันสังคมมา 5 ปี: months paid in all."""
    between = walk.text[max(0, walk.insured_at) : token.start]
    if quantity.unit not in {"year", "month"} or not 0 <= token.start - walk.insured_at <= NEAR_INSURANCE or walk.subject is None:
        return False
    if (
        any(word in between for word in ("อายุ", "ขาด", "ท้อง", "ลูก", "\n"))
        or "ขาด" in walk.text[max(0, walk.insured_at - 24) : walk.insured_at]
    ):
        return False
    before = walk.text[max(0, walk.insured_at - 16) : walk.insured_at]
    has = not between.strip() and any(verb in before for verb in ("มี", "ส่ง", "จ่าย"))  # มีประกันสังคม 2 ปี
    if not (has or _PAID.search(between) or _PAID.match(walk.text, token.end)):
        return False
    value = money.amount(quantity)
    walk.say("sso_months_total", _in_months(value) if quantity.unit == "year" else value, token)
    return True


_SO_LONG = re.compile(r" ?(?:มา|ได้)?แล้ว")
_SINCE = re.compile(r"(?:มา|ไป|ได้|แล้ว|ตั้ง|เกือบ|ประมาณ|ราว| )*(?:มา|ได้)(?:ประมาณ|เกือบ|ราวๆ|ตั้ง|แค่)? ?")
_SPANS = {"day": "วัน", "week": "อาทิตย์", "month": "เดือน", "year": "ปี"}


def _lasts(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """น้ำท่วมมา 12 วันแล้ว, เพิ่งคลอดได้ 2 อาทิตย์: when it happened; and how old the child born then is."""
    member, fact, where = walk.events[-1] if walk.events else ("", "", -1000)
    span = _SPANS.get(quantity.unit or "")
    if not 0 < token.start - where <= CLAUSE or span is None or quantity.lo != quantity.hi or quantity.bent:
        return False
    word = next(t for t in walk.tokens if t.start == where)
    lasts = fact == "disaster_date" and _SO_LONG.match(walk.text, token.end)
    if not lasts and not _SINCE.fullmatch(walk.text, word.end, token.start):
        return False
    walk.say(fact, ago(int(quantity.lo), span, walk.today), token, member=member)
    if fact == "gave_birth_date" and quantity.unit != "year":
        months = int(quantity.lo) if quantity.unit == "month" else int(quantity.lo * _DAYS.get(quantity.unit or "", 7)) // 30
        child = walk.cast.one("child", None, None)
        walk.say("age_months", months, token, member=child)
        walk.cast.ages[child] = months / 12
    return True


_SERVED = re.compile(r"(?:ทำ|ทำงาน|ทำงานที่นี่|ทำที่นี่|อยู่|อยู่ที่นี่)(?:มา|มาได้|มาแล้ว|มาเกือบ) ?$|อายุงาน ?$")
_DAYS = {"year": 365, "month": 30, "day": 1}


def _served(walk: Walk, quantity: Quantity, token: Token) -> bool:
    """โดนเลิกจ้าง ทำมา 8 ปี: days of service, at least those of the whole years told and less than one year more."""
    lost = any(s.fact == "lost_job" and s.member == walk.subject for s in walk.said)
    size = _DAYS.get(quantity.unit or "")
    if not lost or size is None or not _SERVED.search(walk.text, 0, token.start):
        return False
    low, high = int(quantity.lo * size), int((quantity.hi + 1) * size)
    walk.say("service_days", low if size == 1 else Interval(low, high), token)
    return True


_PAID = re.compile(r" ?(?:ส่ง|จ่าย|มา(?!จาก)|ได้|แล้ว|ครบ)")


def _in_months(value: Value) -> Value:
    if isinstance(value, Interval):
        lo, hi = (end * 12 if isinstance(end, int | float) else None for end in (value.lo, value.hi))
        return Interval(lo, hi)
    return value * 12 if isinstance(value, int | float) else value


def _age_to_come(walk: Walk, at: int, quantity: Quantity, token: Token) -> bool:
    """อีก 2 ปีจะ 60: fifty-eight now."""
    if (
        quantity.unit not in {"year", "month"}
        or not walk.text[max(0, token.start - 6) : token.start].rstrip().endswith("อีก")
        or at + 1 >= len(walk.tokens)
    ):
        return False
    goal_at = next((i for i in range(at + 1, min(at + 4, len(walk.tokens))) if walk.tokens[i].plays("quantity")), None)
    if goal_at is None or walk.subject is None:
        return False
    goal = walk.tokens[goal_at]
    target: Quantity = goal.data["quantity"]
    between = walk.text[token.end : goal.start]
    if len(between) > 14 or not any(word in between for word in ("จะ", "ก็", "ครบ")) or target.unit not in {None, "year"} or target.hi > 110:
        return False
    years = quantity.lo if quantity.unit == "year" else 1
    walk.say("age_years", int(target.lo - years), replace(token, end=goal.end))
    walk.tokens[goal_at] = Token(goal.start, goal.end, frozenset({"other"}), {})
    return True


_GROWN = 15
_ORDINAL = ("ที่", "เลข", "เบอร์", "สาย", "คิว", "ข้อ", "ห้อง", "คะแนน", "บ้าน", "หมู่")
_TOO_OLD_A_CHILD = 65
"""Nobody who is this old is somebody's child here; the writer speaks of herself."""
_OLD = 40
_OLDEST = 110
_AGE_ENDS = re.compile(r"$|\n| ?(?:แล้ว|ละ|พอดี|ค่ะ|ครับ|คับ|จ้า|จ้ะ)| ")


def _told_as_age(walk: Walk, at: int, quantity: Quantity, cue: str | None) -> bool:
    """ปู่หูตึง 88 · ลูกสาวซึมเศร้า 19 · ตอนนี้ 59 ปี · เดินช้าๆ 71 แล้ว: an age without a word for it."""
    token = walk.tokens[at]
    if cue is not None and not _talk_turned(walk, at) and not (cue == "not_income" and walk.tokens[at - 1].plays("thing")):
        return False
    if walk.period is not None or quantity.scaled or quantity.unit not in {None, "year"} or not walk.subject:
        return False
    if not _GROWN <= quantity.lo <= quantity.hi <= _OLDEST or not _AGE_ENDS.match(walk.text, token.end):
        return False
    if walk.text.startswith(("มา", "ก่อน", "ที่แล้ว"), token.end):
        return False
    before = walk.text[max(0, token.start - 8) : token.start].rstrip()
    if before.endswith(_ORDINAL):
        return False
    if quantity.unit == "year":
        grown_old = (walk.subject or "").startswith(("child", "grandchild")) and quantity.lo > _TOO_OLD_A_CHILD
        return before.endswith(("ตอนนี้", "ปีนี้")) or grown_old or (not before and walk.subject == "self" and quantity.lo >= _OLD)
    if walk.subject != "self":
        return _only_facts_since_person(walk, at)
    done = walk.text.startswith(("แล้ว", "ละ", "พอดี", " แล้ว", " ละ", " พอดี"), token.end)
    sick = at > 0 and walk.tokens[at - 1].plays("fact") and token.start - walk.tokens[at - 1].end <= 1  # เป็นพาร์กินสัน 71
    return quantity.lo >= _OLD and (
        done or sick or (at > 0 and token.end >= len(walk.text.rstrip()) and any(s.member == "self" for s in walk.said))
    )


def _talk_turned(walk: Walk, at: int) -> bool:
    """Whether somebody was named since the cue, which then steers no longer."""
    return any(t.plays("person") and t.start >= walk.cue_at for t in walk.tokens[max(0, at - 5) : at])


def _only_facts_since_person(walk: Walk, at: int) -> bool:
    for token in reversed(walk.tokens[max(0, at - 5) : at]):
        if token.plays("person"):
            return walk.tokens[at].start - token.end <= NEAR_INSURANCE
        if not token.plays("fact", "about", "other", "bare_label", "thing", "have"):
            return False
    return False


def _follows_kin(walk: Walk, at: int) -> bool:
    """แม่ 72, แม่ก็ 72, my mother is 80."""
    i = at - 1
    while (
        i >= 0
        and walk.tokens[i].plays("about")
        and walk.text[walk.tokens[i].start : walk.tokens[i].end] in {"is", "ก็", "ได้", "ประมาณ", "น่าจะ", "ราว", "ครบ"}
    ):
        i -= 1
    return (
        i >= 0
        and walk.tokens[i].plays("person", "twins", "bare_label")
        and (walk.tokens[i + 1].start - walk.tokens[i].end <= 2 or walk.text.startswith("เอง", walk.tokens[i].end))
    )


_AGED = ("แก่แล้ว", "เฒ่าแล้ว", "ชราแล้ว")


def _elder(walk: Walk, at: int, quantity: Quantity) -> bool:
    """ผมแก่แล้ว เจ็ดสิบ · 60 กว่าแล้ว: an age without the word."""
    return bool(quantity.bent & {"turning"}) or (
        40 <= quantity.lo <= 110 and any(word in walk.text[max(0, walk.tokens[at].start - 10) : walk.tokens[at].start] for word in _AGED)
    )


def _age(walk: Walk, at: int, quantity: Quantity, token: Token, *, sure: bool = True) -> None:
    if walk.subject is None:
        return
    walk.pair = ()  # พ่อแม่ 70 กับ 68 พิการ: who of them is disabled was not said
    months = _months_after(walk, at, quantity)
    if months is not None:
        token = replace(token, end=walk.tokens[at + 1].end)
    fact, value = ages.age_value(quantity, months)
    members = _aged_members(walk, at, quantity, ages.in_years(fact, value))
    sure = (sure and not quantity.spelt) or (walk.asked is not None and walk.asked.fact == "age_years")
    for member in members:
        walk.cast.ages[member] = ages.in_years(fact, value)
        walk.say(fact, value, token, member=member, sure=sure)
    if members:
        walk.subject = members[-1]


_WRITES = 6
"""A child of this age can type of itself."""


def _beside_self(walk: Walk, at: int) -> bool:
    before = walk.tokens[at - 1] if at else None
    named = before is not None and before.data.get("person", ("",))[0] == "self"
    return before is not None and named and walk.tokens[at].start - before.end <= 1


def _aged_members(walk: Walk, at: int, quantity: Quantity, years: float) -> list[str]:
    """Whose age it is: the next of several children, else the subject, else a child, when the age is a small child's."""
    if walk.queue:
        return walk.queue.pop(0).split("+")
    subject = walk.subject or "self"
    kind = subject.rstrip("0123456789")
    if kind in NUMBERED and years > _TOO_OLD_A_CHILD:
        return ["self"] if quantity.unit == "year" else []
    if kind in NUMBERED and quantity.unit == "month" and any((s.member, s.fact) == (subject, "student_level") for s in walk.said):
        return [walk.cast.new(kind)]
    if kind in NUMBERED and walk.cast.ages.get(subject, years) != years and not walk.correcting:
        return [walk.cast.new(kind)]
    if subject == "self" and years >= _WRITES and _beside_self(walk, at):
        return ["self"]  # หนู 10 ขวบ
    if quantity.unit == "birthday" and kind not in {*NUMBERED, "sibling", "student", "patient", "relative", "neighbour", "friend"}:
        young = walk.cast.of_kind("child") or walk.cast.of_kind("grandchild")
        aged = bool(young) and walk.cast.ages.get(young[-1], years) != years
        return [walk.cast.new("child") if not young or aged else walk.cast.mention(young[-1])]
    return [subject]


def _months_after(walk: Walk, at: int, quantity: Quantity) -> float | None:
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


def _people(walk: Walk, at: int, quantity: Quantity, token: Token) -> None:
    """อยู่กัน 4 คน, รวมกัน 4 คน: the household's size. After a kin word the number was already used."""
    before = walk.tokens[at - 1] if at else None
    start = walk.text[max(0, token.start - 14) : token.start]
    ours = _OUR_HOUSE.search(start) is not None
    of_home = (
        ours
        or walk.text.endswith("ชีวิต", token.start, token.end)
        or any(word in start for word in _OF_HOME)
        or start.rstrip().endswith("อยู่")
    )
    of_person = before is not None and before.plays("person", "generic", "fact") and "ครอบครัว" not in start and not ours
    if quantity.lo == quantity.hi and of_home and not of_person:
        walk.say("household_size", int(quantity.lo), token)
    elif quantity.lo == quantity.hi and walk.asked is not None and walk.text.strip() == walk.text[token.start : token.end]:
        walk.say("household_size", int(quantity.lo), token, sure=False)  # 4 คน, after another question


_OUR_HOUSE = re.compile(r"บ้าน(?:เรา|ผม|หนู|ฉัน|ยาย|ป้า)?(?:ก็|นี้)?(?:มี|มีกัน)?(?:ประมาณ)? ?$")
_OF_HOME = ("อยู่กัน", "ในบ้าน", "ทั้งหมด", "ครอบครัว", "สมาชิก", "รวมกัน", "บ้านมี", "อยู่ด้วยกัน", "แม่ลูก", "มีกัน")
