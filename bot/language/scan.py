"""One pass over a normal text: words of the lists, patterns (grades, sections, dates) and quantities with their units.

Belongs here: tokens. Does not: whose they are and which fact they make (statements.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from bot.language import numerals, places
from bot.language.dates import PATTERNS as DATES
from bot.language.numerals import Number
from bot.language.short import kept
from bot.language.words import Lexicon, Token, entries

UNITS = {
    "ปี": "year", "ปีเต็ม": "year", "ขวบปี": "year", "years": "year", "year": "year", "yo": "year", "ขวบ": "birthday", "ขวป": "birthday",
    "เดือน": "month", "months": "month", "month": "month", "สัปดาห์": "week", "วีค": "week", "วีก": "week", "อาทิตย์": "week", "weeks": "week",
    "week": "week", "วัน": "day", "days": "day", "day": "day", "บาท": "baht", "บ.": "baht",
    "บ": "baht", "baht": "baht", "฿": "baht", ".-": "baht",
    "ตังค์": "baht", "thb": "baht", "คน": "person", "ชีวิต": "person", "people": "person", "ครั้ง": "other", "โมง": "other", "ทุ่ม": "other",
    "นาที": "other", "ชั่วโมง": "other", "กิโล": "other", "โล": "other", "กก": "other", "ไร่": "other", "ห้อง": "other", "หลัง": "other",
    "ตัว": "other", "งวด": "other", "%": "other", "เปอร์เซ็นต์": "other", "ข้าง": "other", "ใบ": "other", "เครื่อง": "other", "หมู่": "other",
    "กม": "other", "เมตร": "other", "เซน": "other", "รอบ": "other", "มื้อ": "other", "เข็ม": "other", "โรค": "other", "อย่าง": "other",
    "สตางค์": "other", "เที่ยว": "other", "ถุง": "other", "ข้อ": "other", "ช่อง": "other", "แห่ง": "other", "เม็ด": "other", "ล้อ": "other",
}  # fmt: skip
_BEFORE = ("below", "at_most", "over", "at_least", "almost", "turning", "will")
_AFTER = ("more", "late", "early", "up")
_PATTERNS = {
    "grade": re.compile(
        r"(?:เรียน ?)?(ปวช|ปวส)\.?(?![ .]?[1-3])(?=[ .]|$|อยู่|ค่ะ|คับ|ครับ)|"
        r"(?:เรียน ?)?(?:ชั้น ?)?(?<![ก-๎])(ป|ม|ปวช|ปวส|อ)\.? ?([1-6])(?![\d.,]| ?(?:บาท|ปี|เดือน|ต\.|ตำบล|อ\.|บ้าน))"
        r"|(ประถม|มัธยม|ประถมศึกษาปีที่|มัธยมศึกษาปีที่) ?([1-6])(?!\d)"
    ),
    "section": re.compile(
        r"(?:ส่ง|จ่าย|เป็น|มี|หัก)?(?:ม\.? ?|มาตรา ?|ประกันตน ?|ประกันสังคม ?|สิทธิ ?|ส่ง ?)(33|39|40)(?![\d,])"
        r"(?! ?(?:ปี|บาท|เดือน(?!ละ|นี้|นึง|หนึ่ง)|คน|วัน(?!ละ)))"
    ),
    "section_word": re.compile(r"มาตรา ?(สามสิบสาม|สามสิบเก้า|สี่สิบ)"),
    "option": re.compile(r"ทางเลือก(?:ที่)? ?([123])(?!\d)"),
    "postcode": re.compile(r"(?:รหัส)? ?(?:ไปรษณีย์|ปณ\.?) ?(\d{5})(?!\d)"),
    "school_code": re.compile(r"(?:(?<!อส)ม\.|มาตรา) ?\d{2,3}(?!\d)"),
    "weekday": re.compile(r"วันที่ ?\d{1,2} ?ของทุกเดือน"),
    "clock": re.compile(r"\d{1,2}[.:]\d{2} ?น(?:\.|(?![ก-๎]))"),
    **DATES,
}
_FIRST = {
    "grade": "เชปมอ", "section": "มปสรจเห", "section_word": "ม", "option": "ท", "postcode": "รไป", "school_code": "ม", "weekday": "ว",
    "clock": "0123456789",
}  # fmt: skip


_DATE_STARTS = {"full_date": "0123456789ว", "numeric_date": "0123456789ว", "month_date": "เต", "ago": "0123456789เไสหจ", "year_date": "ปพ"}
_PATTERNS_AT = {
    letter: tuple((kind, pattern) for kind, pattern in _PATTERNS.items() if letter in (_FIRST | _DATE_STARTS).get(kind, "เมวอสตปเ"))
    for letter in "0123456789วพเปตไสหจมอชรท"
}


#: Where one of the patterns may begin at all: a cheap sieve before them. Dates: a number before a sign or the name of a month or unit.
_MAY_BEGIN = re.compile(
    r"(?=(?<!\d)\d{1,2}(?:[/.:-]\d| ?(?:[มกพสตธเ]|[jfmasond]|วัน|อาทิตย์|ปี))"
    r"|[ปมอ]\.? ?\d|ปว[ชส]|เรียน|ชั้น|ประถม|ประกัน|จ่าย|เป็น|มี|หัก|มัธยม"
    r"|มาตรา|สิทธิ|ส่ง|ทางเลือก|รหัส|ไปรษณีย์|ปณ|ม\.|มื้อวาน|วันที่|วันนี้|วานซืน|พ\.?ศ|ปี|ปลายเดือน|เมื่อ|เดือน"
    r"|ตั้งแต่|ต้นเดือน|ไป|สอง|สาม|สี่|ห้า|หก|เจ็ด|สิบ|อาทิตย์|สัปดาห์|สิ้นเดือน)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit (None: none was said), the words around it that bend it, and the size of its last unit."""

    lo: float
    hi: float
    unit: str | None
    bent: frozenset[str]
    step: float
    spelt: bool = False
    scaled: bool = False  # written with พัน, หมื่น …
    half: bool = False
    bare_unit: bool = False  # "ขวบ" alone


_KIN_STARTS = ("แม่", "พ่อ", "ลูก", "ตา", "ยาย", "ปู่", "น้อง")


@cache
def _lexicon() -> Lexicon:
    numbers = [(word, "number", atom) for word, atom in numerals.WORDS.items()]
    units = [(word, "unit", unit) for word, unit in UNITS.items() if word != "บ"]  # บ is baht right after a number only
    provinces = [(name, "province_name", official) for name, official in places.long_names().items()]
    named_like_kin = [(name, "other", True) for name in places.gazetteer().districts if len(name) > 5 and name.startswith(_KIN_STARTS)]
    return Lexicon([*entries(), *named_like_kin, *numbers, *units, *provinces])


@cache
def _units() -> Lexicon:
    """After a number the unit comes first: คน before คนที่."""
    return Lexicon((word, "unit", unit) for word, unit in UNITS.items() if unit in {"person", "birthday", "baht"})


def scan(text: str) -> list[Token]:
    """The tokens of a normal text, in order, without overlaps; quantities are already put together."""
    return list(_scanned(text))


@kept
def _scanned(text: str) -> tuple[Token, ...]:
    return tuple(_with_quantities(text, _atoms(text)))


MOST_TOKENS = 800
"""About 3,500 characters of talk. What lies beyond tells no facts (danger is read to the end, elsewhere): a text of thousands of words
in a row is none that a person wrote, and must not hold up the others."""
_LABELS = ("คนโต", "คนเล็ก", "คนกลาง", "คนแรก", "คนสุดท้อง")


def _atoms(text: str) -> list[Token]:
    tokens: list[Token] = []
    find, at, end = _lexicon().at, 0, len(text)
    begins = {found.start() for found in _MAY_BEGIN.finditer(text)}
    counting = -1  # where a number ended that a unit may follow
    while at < end and len(tokens) < MOST_TOKENS:
        token = _units().at(text, at) if at <= counting and not text.startswith(_LABELS, at) else None  # โต 12 คนเล็ก 9
        if token is None and at in begins:
            token = _pattern_at(text, at)
        if token is None:
            token = _figures_at(text, at) if text[at].isdigit() else find(text, at)
        if token is None:
            at += 1
            continue
        tokens.append(token)
        at = token.end
        counting = at + 1 if "number" in token.kinds else -1
    return tokens


def _pattern_at(text: str, at: int) -> Token | None:
    for kind, pattern in _PATTERNS_AT.get(text[at], ()):
        found = pattern.match(text, at)
        if found:
            return Token(at, found.end(), frozenset({kind}), {kind: found})
    return None


def _figures_at(text: str, at: int) -> Token | None:
    laughter = _LAUGHTER.match(text, at)
    if laughter:
        return Token(at, laughter.end(), frozenset({"other"}), {})
    found = numerals.FIGURES.match(text, at)
    return Token(at, found.end(), frozenset({"number"}), {"number": ("figures", numerals.figures(found.group()))}) if found else None


_LAUGHTER = re.compile(r"555+\+*(?!\d| ?(?:บ|฿|ตังค์))")
"""555 is ha ha ha, unless baht are said."""


def gap(text: str, left: Token, right: Token) -> str:
    return text[left.end : right.start]


def _near(text: str, left: Token, right: Token) -> bool:
    return gap(text, left, right) in {"", " "}


_COUNTING = frozenset({"number", "unit"})


def _with_quantities(text: str, atoms: list[Token]) -> list[Token]:
    if all(atom.kinds.isdisjoint(_COUNTING) for atom in atoms):
        return atoms
    tokens: list[Token] = []
    at = 0
    while at < len(atoms):
        if atoms[at].kinds.isdisjoint(_COUNTING):
            tokens.append(atoms[at])
            at += 1
            continue
        quantity, after = _quantity(text, atoms, at)
        if quantity is None:
            tokens.append(atoms[at])
            at += 1
            continue
        start = atoms[at].start
        tokens.append(Token(start, atoms[after - 1].end, frozenset({"quantity"}), {"quantity": quantity}))
        at = after
    return _shared_units(text, _bent(text, tokens))


def _run(text: str, atoms: list[Token], at: int) -> int:
    """Where the run of number words that starts at `at` ends. Figures join only with a following scale (5 พัน, 1.5 หมื่น, 8k)."""
    stop = at + 1
    while stop < len(atoms) and atoms[stop].plays("number"):
        kind, scale = atoms[stop].data["number"]
        space = gap(text, atoms[stop - 1], atoms[stop])
        joins = (space == "" and kind != "figures") or (space == " " and kind == "scale" and scale >= 100)
        if kind == "half" or not joins:
            break
        stop += 1
    return stop


def _quantity(text: str, atoms: list[Token], at: int) -> tuple[Quantity | None, int]:
    if not atoms[at].plays("number"):
        return _bare_unit(text, atoms, at)
    if at and atoms[at].data["number"] == ("digit", 1) and atoms[at - 1].plays("unit") and gap(text, atoms[at - 1], atoms[at]) == "":
        return None, at  # คนนึง, เดือนหนึ่ง
    stop = _run(text, atoms, at)
    number = numerals.value_of([atoms[i].data["number"] for i in range(at, stop)])
    if number is None:
        return None, at
    scaled = any(atoms[i].data["number"][0] == "scale" for i in range(at, stop))
    number, stop = _range(text, atoms, stop, number)
    return _suffixes(text, atoms, stop, Quantity(number.lo, number.hi, None, frozenset(), number.step, number.spelt, scaled))


def _bare_unit(text: str, atoms: list[Token], at: int) -> tuple[Quantity | None, int]:
    """ขวบ, ขวบครึ่ง, ขวบกว่า: one year, unsaid."""
    unit = atoms[at].data.get("unit")
    if unit in {"year", "month"} and at + 1 < len(atoms) and atoms[at + 1].data.get("number", ("",))[0] == "half":
        return _suffixes(text, atoms, at + 1, Quantity(1, 1, unit, frozenset(), 1))  # ปีครึ่ง, เดือนครึ่ง
    if unit != "birthday":
        return None, at
    return _suffixes(text, atoms, at + 1, Quantity(1, 1, "birthday", frozenset(), 1, bare_unit=True))


def _range(text: str, atoms: list[Token], stop: int, low: Number) -> tuple[Number, int]:
    """3000-4000, 4-5 พัน, สามถึงสี่พัน."""
    if (
        stop >= len(atoms)
        or not atoms[stop].plays("number")
        or gap(text, atoms[stop - 1], atoms[stop]).strip() not in {"-", "ถึง", "~", "to"}
    ):
        return low, stop
    end = _run(text, atoms, stop)
    high = numerals.value_of([atoms[i].data["number"] for i in range(stop, end)])
    if high is None or high.hi < low.lo:
        return low, stop
    if low.lo < 10 and high.step >= 100 and high.hi >= 1000:
        low = Number(low.lo * high.step, low.lo * high.step, high.step)
    return Number(low.lo, high.hi, high.step), end


def _suffixes(text: str, atoms: list[Token], stop: int, quantity: Quantity) -> tuple[Quantity, int]:
    """Reads on: กว่า, ปลาย, ครึ่ง, the unit, and once more กว่า or ครึ่ง after it."""
    while stop < len(atoms) and _near(text, atoms[stop - 1], atoms[stop]):
        token = atoms[stop]
        bends = {kind for kind in _AFTER if token.plays(kind)}
        if token.plays("number") and token.data["number"][0] == "half":
            quantity = replace(quantity, half=True)
        elif token.plays("unit") and quantity.unit is None:
            quantity = replace(quantity, unit=token.data["unit"])
        elif bends and not (quantity.bent & set(_AFTER)):
            quantity = replace(quantity, bent=quantity.bent | bends)
        else:
            break
        stop += 1
    return quantity, stop


def _bent(text: str, tokens: list[Token]) -> list[Token]:
    """Takes in เกือบ, ไม่ถึง, ย่าง … that stand right before a quantity."""
    for i in range(1, len(tokens)):
        if not tokens[i].plays("quantity"):
            continue
        kinds: set[str] = set()
        before = i - 1
        while (
            before >= 0 and _near(text, tokens[before], tokens[before + 1]) and tokens[before].plays(*_BEFORE, "about") and i - before < 4
        ):
            kinds |= {kind for kind in _BEFORE if tokens[before].plays(kind)}
            before -= 1
        if "over" in kinds and tokens[i - 1].end - tokens[i - 1].start <= 3 and text[tokens[i - 1].start : tokens[i - 1].end] == "เลย":
            kinds.discard("over")
        if kinds:
            quantity = tokens[i].data["quantity"]
            tokens[i] = replace(tokens[i], data={"quantity": replace(quantity, bent=quantity.bent | kinds)})
    return tokens


def _shared_units(text: str, tokens: list[Token]) -> list[Token]:
    """2, 5, 9 ขวบ · 5 กับ 9 ขวบ: the unit said once counts for all."""
    for i in range(len(tokens) - 2, -1, -1):
        left, right = tokens[i], tokens[i + 1]
        if left.plays("quantity") and right.plays("quantity") and left.data["quantity"].unit is None:
            unit = right.data["quantity"].unit
            if unit in {"birthday", "year", "month"} and gap(text, left, right).strip() in {",", "", "กับ", "และ", "/", "กะ"}:
                tokens[i] = replace(left, data={"quantity": replace(left.data["quantity"], unit=unit)})
    return tokens
