"""Days, months and years as people say them, Buddhist or Christian era.

Belongs here: text → date or span of dates. Does not: which event the date belongs to.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from bot.eligibility.values import Interval

_MONTHS = [
    ("มกราคม", "มกรา", "ม.ค.", "มค.", "มค", "january", "jan"), ("กุมภาพันธ์", "กุมภา", "ก.พ.", "กพ.", "กพ", "february", "feb"),
    ("มีนาคม", "มีนา", "มี.ค.", "มีค.", "มีค", "march", "mar"), ("เมษายน", "เมษา", "เม.ย.", "เมย.", "เมย", "april", "apr"),
    ("พฤษภาคม", "พฤษภา", "พ.ค.", "พค.", "พค", "may"), ("มิถุนายน", "มิถุนา", "มิ.ย.", "มิย.", "มิย", "june", "jun"),
    ("กรกฎาคม", "กรกฎา", "กรกฏาคม", "กรกฏา", "ก.ค.", "กค.", "กค", "july", "jul"), ("สิงหาคม", "สิงหา", "ส.ค.", "สค.", "สค", "august", "aug"),
    ("กันยายน", "กันยา", "ก.ย.", "กย.", "กย", "september", "sep"), ("ตุลาคม", "ตุลา", "ต.ค.", "ตค.", "ตค", "october", "oct"),
    ("พฤศจิกายน", "พฤศจิกา", "พ.ย.", "พย.", "พย", "november", "nov"), ("ธันวาคม", "ธันวา", "ธ.ค.", "ธค.", "ธค", "december", "dec"),
]  # fmt: skip
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = "|".join(re.escape(name) for name in sorted(_MONTH_NUMBER, key=len, reverse=True))
_YEAR = r"(?: ?(?:พ\.?ศ\.?|ปี|ค\.?ศ\.?)? ?'?(?P<year>2[3-6]\d\d|19\d\d|20\d\d|\d\d)(?!\d| ?(?:ปี|ขวบ|เดือน|บาท|คน|วัน|,)))?"
_AGO = r"(?:ที่แล้ว|ก่อน|ที่ผ่านมา|มาแล้ว)"
#: Tried in this order at places where a date can begin; the names are the kinds of the tokens.
PATTERNS = {
    "full_date": re.compile(rf"(?:วันที่ ?)?(?P<day>\d{{1,2}}) ?(?:เดือน ?)?(?P<month>{_NAME})(?!(?!ที่|นี้|ค่ะ|นะ)[ก-๎]{{0,1}}[ะาิีึืุู็่้๊๋์]){_YEAR}"),
    "numeric_date": re.compile(r"(?:วันที่ ?)?(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?!\d)"),
    "month_date": re.compile(rf"(?:ตั้งแต่)?เดือน ?(?P<month>{_NAME}){_YEAR}"),
    "ago": re.compile(rf"(?:เมื่อ ?|ไป ?)?(?P<count>\d{{1,2}}|สอง|สาม|สี่|ห้า|หก|เจ็ด|สิบ) ?(?P<unit>วัน|อาทิตย์|สัปดาห์|เดือน|ปี) ?{_AGO}"),
    "relative": re.compile(
        r"(?:เมื่อวานซืน|วานซืน|เมื่อวานนี้|เมื่อวาน|มื้อวาน|วันนี้|เมื่อเช้า|เมื่อคืน|เมื่อกี้|อาทิตย์ที่แล้ว|อาทิตย์ก่อน|สัปดาห์ที่แล้ว|สัปดาห์ก่อน"
        r"|เดือนที่แล้ว|เดือนก่อน|เดือนที่ผ่านมา|ต้นเดือนนี้|ต้นเดือน|สิ้นเดือนที่แล้ว|ปลายเดือนที่แล้ว|สิ้นเดือนก่อน|เดือนนี้|ปีที่แล้ว|ปีก่อน|ปีกลาย|ปีนี้)"
    ),
    "year_date": re.compile(
        r"(?:ปี ?(?:พ\.?ศ\.? ?|ค\.?ศ\.? ?)?|พ\.?ศ\.? ?)(?P<year>2[3-6]\d\d|19\d\d|20\d\d|\d\d)(?!\d| ?(?:ปี|ขวบ|เดือน|บาท|คน|วัน|,))"
    ),
}
_WORDS = {"สอง": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7, "สิบ": 10}
KINDS = tuple(PATTERNS)


def read_date(kind: str, found: re.Match[str], today: date) -> date | Interval | None:
    """The day, or the span of days, that a found pattern means; None where no such day exists (30 February)."""
    match kind:
        case "full_date" | "numeric_date":
            return _day(found, today)
        case "month_date":
            return _month(_MONTH_NUMBER[found["month"]], found["year"], today)
        case "ago":
            return ago(int(_WORDS.get(found["count"], 0) or found["count"]), found["unit"], today)
        case "year_date":
            year = christian_year(int(found["year"]), len(found["year"]), today)
            return Interval(date(year, 1, 1), min(date(year, 12, 31), max(today, date(year, 1, 1))))
        case _:
            return _relative(found.group(), today)


def christian_year(year: int, digits: int, today: date, month: int = 12) -> int:
    """2504 → 1961; 04 → 2504 or 2604, the latest that has begun.

    Until B.E. 2482 a year ran from 1 April on, so that its January–March belong to the next Christian year."""
    if digits == 2:
        century = (today.year + 543) // 100 * 100
        year = year + century if year + century <= today.year + 543 else year + century - 100
    if year < 2300:
        return year
    return year - 543 + (1 if year < 2483 and month <= 3 else 0)


def _day(found: re.Match[str], today: date) -> date | None:
    month = _MONTH_NUMBER.get(found["month"]) or int(found["month"])
    try:
        if found["year"]:
            return date(christian_year(int(found["year"]), len(found["year"]), today, month), month, int(found["day"]))
        this = date(today.year, month, int(found["day"]))
        return this if this <= today else this.replace(year=today.year - 1)
    except ValueError:
        return None


def _month(month: int, year: str | None, today: date) -> Interval:
    which = christian_year(int(year), len(year), today, month) if year else (today.year if month <= today.month else today.year - 1)
    return _whole_month(which, month)


def _whole_month(year: int, month: int) -> Interval:
    return Interval(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def months_back(day: date, count: int) -> date:
    """The same day `count` months earlier, or that month's last."""
    index = day.year * 12 + day.month - 1 - count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def ago(count: int, unit: str, today: date) -> date | Interval:
    """The day, or the span of days, `count` days, weeks, months or years back; the longer the unit, the wider."""
    if unit == "วัน":
        return today - timedelta(days=count)
    if unit in {"อาทิตย์", "สัปดาห์"}:
        return Interval(today - timedelta(days=7 * count + 3), today - timedelta(days=max(7 * count - 3, 0)))
    months = count * (12 if unit == "ปี" else 1)
    slack = 6 if unit == "ปี" else 0
    return Interval(
        months_back(today, months + slack) - timedelta(days=0 if slack else 15),
        months_back(today, months - slack) + timedelta(days=0 if slack else 15),
    )


def _relative(word: str, today: date) -> date | Interval:
    if "วานซืน" in word:
        return today - timedelta(days=2)
    if "วาน" in word or word == "เมื่อคืน":
        return today - timedelta(days=1)
    if word in {"วันนี้", "เมื่อเช้า", "เมื่อกี้"}:
        return today
    if word.startswith(("อาทิตย์", "สัปดาห์")):
        monday = today - timedelta(days=today.weekday() + 7)
        return Interval(monday, monday + timedelta(days=6))
    if word in {"เดือนนี้", "ต้นเดือน", "ต้นเดือนนี้"}:
        return Interval(today.replace(day=1), today)
    if "เดือน" in word:
        before = months_back(today.replace(day=1), 1)
        return _whole_month(before.year, before.month)
    year = today.year - (0 if word == "ปีนี้" else 1)
    return Interval(date(year, 1, 1), min(today, date(year, 12, 31)))
