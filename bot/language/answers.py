"""Short answers in the light of the question just put: ค่ะ, ไม่มี, 65, ประมาณ 5 พัน, ม.33, มีแต่แม่, ไม่รู้, ไม่อยากบอก.

Belongs here: one answer → statements about the members asked. Does not: what else a message tells (statements.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rapidfuzz import fuzz

from bot.eligibility.memory import Memory
from bot.eligibility.tree import Fact
from bot.eligibility.values import Interval, OneOf, Value
from bot.language import ages, money, places, school
from bot.language.dates import KINDS as DATE_KINDS
from bot.language.dates import read_date
from bot.language.normal import mask_private, normalise
from bot.language.reading import Asked, Statement
from bot.language.scan import Quantity, scan
from bot.language.short import MOST, is_short, kept
from bot.language.statements import read_statements
from bot.language.words import Token, load


@dataclass(frozen=True, slots=True)
class Decline:
    """Would rather not say."""


@dataclass(frozen=True, slots=True)
class DontKnow:
    """Does not know."""


Answer = tuple[Statement, ...] | Decline | DontKnow | None
_LISTS: dict[str, Any] = load("answers.yaml")
_MEANS: dict[str, dict[Any, list[str]]] = _LISTS["means"]
_PARTICLES = re.compile(
    r"(?:\s|[.!~,…🙏😊😭😢🥺❤️👍]|" + "|".join(map(re.escape, sorted(_LISTS["particles"], key=len, reverse=True))) + r")+$"
)
_SPACED = re.compile(r"(\d) (\d)")
_SHARED = re.compile(r"(?:ด้วย|เหมือน|เหมือนกัน|ก็|กัน|เลย|หมด| )*(?:ทั้งคู่|ทั้งสองคน|ทั้งสอง|ทุกคน|ทั้งหมด|เหมือนกัน|กันหมด)(?:เลย|หมด|แหละ)*$")
SHORT_ANSWER = 40
"""Longer ones are told, not answered: the statement reader alone decides."""


@kept
def read_yes_no(text: str) -> bool | None:
    """Whether a short message says yes or no; None when it says something else."""
    plain = _plain(normalise(text).text)
    for answer, words in ((False, _LISTS["no"]), (True, _LISTS["yes"])):
        if plain in words:
            return answer
    return True if not plain and any(word in normalise(text).text for word in _LISTS["polite_yes"]) else None


@kept
def read_refusal(text: str) -> bool:
    """Whether a short message would rather not say, or does not know."""
    plain = _plain(normalise(text).text)
    return _says(plain, "decline") or _says(plain, "dont_know")


def read_answer(text: str, asked: Asked, fact: Fact, *, today: date) -> Answer:
    """The answer to `asked`, None when the text is none (a new subject, a question back)."""
    if not is_short(text):
        return _read_answer(text, asked, fact, today)
    key = (text, asked, fact.type, today)
    found = _KNOWN.get(key)
    if found is None or found[0] != fact:  # another rule base may mean something else by the name
        found = _KNOWN.put(key, (fact, _read_answer(text, asked, fact, today)))
    return found[1]


_KNOWN: Memory[tuple[Fact, Answer]] = Memory(MOST)


def _read_answer(text: str, asked: Asked, fact: Fact, today: date) -> Answer:
    normal = normalise(mask_private(text))
    plain = _plain(normal.text)
    span = normal.span(0, len(normal.text))
    if _says(plain, "decline"):
        return Decline()
    if _says(plain, "dont_know"):
        return _all(asked, _guessed(normal.text, plain, fact), span) or DontKnow()
    special = _numbered(normal.text, plain, fact) if len(plain) <= SHORT_ANSWER else None
    if special is not None:
        return _all(asked, special, span)
    told = _said_apart(normal.text, asked, fact) or _told(text, asked, fact, today)
    if told and not _SPACED.fullmatch(plain):
        return told if all(s.span[1] for s in told) else tuple(replace(s, span=span) for s in told)
    shared = _SHARED.sub("", plain)
    if shared and shared != plain:
        return read_answer(shared, asked, fact, today=today)  # บัตรทองทั้งคู่
    if len(plain) > SHORT_ANSWER:
        return None
    meant = _meant(plain, fact) if fact.type == "boolean" and len(asked.members) == 1 and not _leads(plain) else None
    if meant:
        return _all(asked, meant, span)
    chosen = _of_members(plain or normal.text, asked, fact) if fact.type == "boolean" else None
    if chosen is not None:
        return tuple(Statement(ref, fact.name, value, span) for ref, value in chosen.items())
    value = _value(normal.text, plain, fact, today) or _meant(plain, fact)
    return _all(asked, value, span) or None


def _all(asked: Asked, value: Named | None, span: tuple[int, int]) -> tuple[Statement, ...]:
    """The same value for every member asked."""
    return tuple(Statement(ref, value[0], value[1], span) for ref in asked.members) if value else ()


def _meant(plain: str, fact: Fact) -> Named | None:
    """What the words of an answer mean of this very fact; the longest word that stands in it decides."""
    if len(plain) > SHORT_ANSWER:
        return None
    values: dict[Any, list[str]] = _MEANS.get(fact.name, {})
    inside = [(word, value) for value, words in values.items() for word in words if (plain == word if len(word) < 3 else word in plain)]
    if not inside:
        return None
    word, value = max(inside, key=lambda found: len(found[0]))
    denied = plain[: plain.index(word)].endswith(tuple(_LISTS["denials"]))
    if denied and not isinstance(value, bool):
        return (fact.name, "none") if "none" in fact.choices else None
    return fact.name, value != denied if isinstance(value, bool) else value


def _guessed(text: str, plain: str, fact: Fact) -> Named | None:
    """ไม่แน่ใจ บริษัทหักอยู่นะ · น่าจะ 70 กว่า จำไม่ค่อยได้: unsure, and yet an answer."""
    if fact.type == "choice":
        return _meant(plain, fact)
    return _number(text, plain, fact) if fact.type in {"number", "money"} and _quantity(text) else None


def _numbered(text: str, plain: str, fact: Fact) -> Named | None:
    """Numbers said without a figure, or counted from the other end: แรกเกิด, คนเดียว, ครบทุกเดือน, ขาดไป 2 เดือน."""
    if fact.name == "age_years" and any(word in plain for word in _LISTS["just_born"]):
        return "age_months", 0
    decade = _DECADE.search(text) if fact.name == "age_years" else None
    if decade:
        tens = _TENS[decade[2]] * 10
        return fact.name, tens - 1 if decade[1] else Interval(tens, tens + 9)
    if fact.name == "household_size" and plain.startswith(tuple(_LISTS["one_person"])):
        return fact.name, 1
    if not fact.name.startswith("sso_months_last_") or fact.range is None:
        return None
    whole, missing = fact.range[1], any(word in plain for word in _LISTS["months_short"])
    one = _quantity(text)
    if missing and one and one[0].lo == one[0].hi <= whole:
        return fact.name, whole - one[0].lo
    return (fact.name, whole) if one is None and any(word in plain for word in _LISTS["all_months"]) else None


#: เข้าเลขหก is in one's sixties, จะเข้าเลขหก nearly so.
_DECADE = re.compile(r"(จะ|ใกล้จะ|กำลังจะ)?(?:เข้า|ขึ้น|หลัก)เลข ?(สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|[2-9])")
_TENS = {
    word: n for n, words in enumerate(("สอง 2", "สาม 3", "สี่ 4", "ห้า 5", "หก 6", "เจ็ด 7", "แปด 8", "เก้า 9"), 2) for word in words.split()
}


def _plain(text: str) -> str:
    """Without greetings of politeness at its end and white space around."""
    return _PARTICLES.sub("", text.strip()).strip()


def _says(plain: str, kind: str) -> bool:
    return plain in _LISTS[kind] or (len(plain) <= SHORT_ANSWER and any(word in plain for word in _LISTS[f"{kind}_within"]))


def _told(text: str, asked: Asked, fact: Fact, today: date) -> tuple[Statement, ...]:
    """What the statement reader finds of the very fact asked, or of one that stands for it (months for years)."""
    wanted = {fact.name, *_STANDS_FOR.get(fact.name, ())}
    statements, _ = read_statements(text, today=today, asked=asked, members=asked.members)
    found = tuple(s for s in statements if s.fact in wanted)
    if fact.type == "boolean" and len(asked.members) > 1 and any(s.member not in asked.members for s in found):
        return ()
    return found


def _said_apart(text: str, asked: Asked, fact: Fact) -> tuple[Statement, ...]:
    """แม่มี ผมไม่มี: a yes or no of their own for several people, one stretch of talk each."""
    if fact.type != "boolean" or len(asked.members) < 2:
        return ()
    answers: dict[str, bool] = {}
    for part in re.split(r"[ ,\n]+|(?=แต่)|(?=ส่วน)", text):
        _, named = read_statements(part, today=_ANY_DAY, members=asked.members)
        refs = [ref for ref in asked.members if ref in named or (ref == "self" and any(word in part for word in _LISTS["me"]))]
        plain = _plain(part)
        ends = next((answer for answer, words in ((False, _LISTS["no"]), (True, _LISTS["yes"])) if plain.endswith(tuple(words))), None)
        if ends is not None and len(refs) == 1:
            answers[refs[0]] = ends
    return tuple(Statement(ref, fact.name, value, (0, 0)) for ref, value in answers.items()) if len(answers) > 1 else ()


_ANY_DAY = date(2000, 1, 1)
"""Where only the people named are wanted, the day does not matter."""
_STANDS_FOR = {
    "pregnant": ("pregnancy_months",),
    "age_years": ("age_months", "birth_year_be", "birth_date"),
    "income_month": ("income_day", "income_year", "no_income"),
    "household_income_month": ("household_income_year",),
    "province": ("district",),
    "lost_job": ("lost_job_date",),
}


# ---------------------------------------------------------------- several members asked at once
def _of_members(plain: str, asked: Asked, fact: Fact) -> dict[str, bool] | None:
    """มีแต่แม่ · แม่กับลูกคนเล็ก · ทุกคน · ไม่มีใคร, or one yes or no for the only member asked."""
    if _says(plain, "nobody"):
        return dict.fromkeys(asked.members, False)
    if _says(plain, "everybody"):
        return dict.fromkeys(asked.members, True)
    if len(asked.members) > 1:
        _, named = read_statements(plain, today=_ANY_DAY, members=asked.members)
        own = any(word in plain for word in _LISTS["me"])
        chosen = [ref for ref in asked.members if ref in named or (ref == "self" and own)]
        if chosen:
            denied = plain.startswith(("ไม่", "ยกเว้น", "นอกจาก"))
            return {ref: (ref in chosen) != denied for ref in asked.members}
    answer = read_yes_no(plain)
    if answer is None:
        answer = _leading_yes_no(plain)
    if answer is None or (answer and len(asked.members) > _BOTH):
        return None
    return dict.fromkeys(asked.members, answer)


_BOTH = 2
"""A bare yes to a question about two means both; about more it may mean one of them."""


def _leads(plain: str) -> bool:
    """Whether an answer begins with the words for yes or no themselves (ก็มีอยู่ แต่หาย)."""
    return plain.split(" ")[0] in (*_LISTS["yes"], *_LISTS["no"])


def _leading_yes_no(plain: str) -> bool | None:
    """มีค่ะ แต่หมดอายุแล้ว is for the statement reader; ยังไม่เคยไปทำ starts with a clear no."""
    if plain.startswith(tuple(_LISTS["no_start"])):
        return False
    return True if plain.startswith(tuple(_LISTS["yes_start"])) and len(plain) <= 24 else None


# ---------------------------------------------------------------- the value of one fact
Named = tuple[str, Value]


def _value(text: str, plain: str, fact: Fact, today: date) -> Named | None:
    match fact.type:
        case "number" | "money":
            return _number(text, plain, fact)
        case "choice":
            return _choice(text, plain, fact)
        case "date":
            return _date(text, plain, fact, today)
        case "text":
            return _text(plain, fact)
        case _:
            return None


#: เมื่อก่อนสองหมื่น ตอนนี้…, หน้าเหมือน 70, ในทะเบียนบ้าน 8 แต่อยู่จริงสี่: what is not, or is no longer.
_NOT_NOW = re.compile(
    r"(?:เมื่อก่อน|แต่ก่อน|เคยได้|เดิม).*?(?=ตอนนี้|เดี๋ยวนี้|ปัจจุบัน)|เหมือน(?:คน)? ?\d+"
    r"|ใน(?:ทะเบียน|บัญชี)(?:บ้าน)? ?\d+ ?(?:คน)? ?แต่(?:อยู่)?จริง(?:ๆ)?|หักหนี้.*$"
)
_WITHOUT_ME = re.compile(r"ไม่(?:รวม|นับ)(?:ตัว)?(?:ฉัน|ผม|หนู|เรา|เอง|ดิฉัน|ยาย|ตา|ป้า|ลุง)")


def _quantity(text: str) -> tuple[Quantity, Token] | None:
    """The one number said, or the one that stands now (ปกติ 4 ตอนนี้เหลือ 3)."""
    text = _NOT_NOW.sub("", text)
    found = [(t.data["quantity"], t) for t in scan(text) if t.plays("quantity") and t.data["quantity"].unit != "other"]
    now = len(found) > 1 and any(word in text[found[-2][1].end : found[-1][1].start] for word in _LISTS["now"])
    return found[-1] if len(found) == 1 or now else None


def _number(text: str, plain: str, fact: Fact) -> Named | None:
    spaced = _SPACED.fullmatch(plain)
    if spaced and fact.name == "age_years":
        return fact.name, int(spaced[1] + spaced[2])
    one = _quantity(text)
    if one is None and fact.name.startswith("household_income"):
        return _summed(text, fact)
    if one is None:
        no = read_yes_no(plain) is False or plain in _LISTS["nothing"] or _says(plain, "not_a_baht")
        return (fact.name, 0) if no and fact.range and fact.range[0] == 0 and fact.name not in {"age_years", "household_size"} else None
    quantity, _ = one
    if fact.name == "household_size" and _WITHOUT_ME.search(text) and quantity.lo == quantity.hi:
        return fact.name, int(quantity.lo) + 1
    if fact.name == "age_years":
        return ages.age_value(quantity, None)
    value = money.amount(quantity, weekly=False)
    if fact.type == "number":
        value = _counted(quantity, value)
        value = _times(value, _IN_UNITS.get((fact.unit or "", quantity.unit or ""), 1))
    return (fact.name, value) if _sensible(value, fact) else None


def _summed(text: str, fact: Fact) -> Named | None:
    """พ่อ 9000 แม่ 6000: the sums of several earners together."""
    sums = [money.amount(t.data["quantity"]) for t in scan(text) if t.plays("quantity") and t.data["quantity"].unit in {None, "baht"}]
    exact = [value for value in sums if isinstance(value, int | float)]
    return (fact.name, sum(exact)) if len(exact) == len(sums) > 1 else None


def _counted(quantity: Quantity, value: Value) -> Value:
    """สิบกว่า of things counted is 10 to 19, while สิบกว่า of money may reach 20."""
    return Interval(quantity.lo, quantity.lo + quantity.step - 1) if "more" in quantity.bent and quantity.step > 1 else value


_IN_UNITS = {("month", "year"): 12, ("day", "year"): 365, ("day", "month"): 30, ("day", "week"): 7}


def _times(value: Value, factor: int) -> Value:
    if isinstance(value, Interval):
        return Interval(_number_of(value.lo) * factor, _number_of(value.hi) * factor)
    return value * factor if isinstance(value, int | float) else value


def _number_of(end: float | date | None) -> float:
    return float(end) if isinstance(end, int | float) else 0.0


def _sensible(value: Value, fact: Fact) -> bool:
    if fact.range is None:
        return True
    ends = (value.lo, value.hi) if isinstance(value, Interval) else (value, value)
    return all(end is None or (isinstance(end, int | float) and fact.range[0] <= end <= fact.range[1]) for end in ends)


def _choice(text: str, plain: str, fact: Fact) -> Named | None:
    if fact.name == "province":
        found = places.find(text, 0, "province" if not text.startswith("เมือง") else "at") or places.find(text, 0, "district")
        return ("province", found.names["province"]) if found and "province" in found.names else None
    if fact.name == "student_level" and _LEFT_SCHOOL.search(text):
        return fact.name, "none"
    for token in scan(text):
        if fact.name == "student_level" and token.plays("grade") and (level := school.level(token.data["grade"])):
            return fact.name, level
        means: dict[str, Any] = next(
            (token.data[kind].get(part, {}) for kind, part in (("fact", "means"), ("thing", "have")) if token.plays(kind)), {}
        )
        if fact.name in means:
            value = means[fact.name]
            return fact.name, OneOf(frozenset(value)) if isinstance(value, list) else value
    if read_yes_no(plain) is False and "none" in fact.choices:
        return fact.name, "none"
    return _by_label(plain, fact)


_LEFT_SCHOOL = re.compile(r"(?:จบ|ออก).{0,14}(?:ไม่ได้ต่อ|ไม่ได้เรียน|ไม่ต่อ|เลิกเรียน|ไม่เรียนแล้ว)")


def _by_label(plain: str, fact: Fact) -> Named | None:
    """The choice whose key or wording is nearest to the answer."""
    if plain.isdigit() and fact.name == "insured" and f"s{plain}" in fact.choices:
        return fact.name, f"s{plain}"
    labels = [(str(label).lower(), key) for key, words in fact.choices.items() for label in (key, *words.values())]
    best = max(labels, key=lambda pair: fuzz.ratio(pair[0], plain), default=None)
    if best and fuzz.ratio(best[0], plain) >= 80:
        return fact.name, best[1]
    inside = {key for label, key in labels if len(plain) >= 3 and (plain in label or (len(label) >= 3 and label in plain))}
    return (fact.name, inside.pop()) if len(inside) == 1 else None


def _date(text: str, plain: str, fact: Fact, today: date) -> Named | None:
    for token in scan(text):
        for kind in DATE_KINDS:
            if kind in token.kinds:
                value = read_date(kind, token.data[kind], today)
                return None if value is None else (fact.name, value)
    return None


def _text(plain: str, fact: Fact) -> Named | None:
    if fact.name in {"district", "subdistrict"}:
        found = places.find(
            plain.removeprefix("อำเภอ").removeprefix("เขต").removeprefix("ตำบล").removeprefix("อ.").removeprefix("ต."), 0, fact.name
        )
        return (fact.name, found.names[fact.name]) if found and fact.name in found.names else None
    return (fact.name, plain) if 0 < len(plain) <= SHORT_ANSWER else None
