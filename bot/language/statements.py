"""What a message says of whom: the walk over the tokens that carries the subject from word to word.

Belongs here: whose fact it is, denial, having and lacking, which number is what. Does not: finding words (scan.py),
what a number is worth (ages.py, money.py), short answers to a question (answers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.eligibility.values import Interval
from bot.language import places
from bot.language.dates import KINDS as DATE_KINDS
from bot.language.dates import read_date
from bot.language.figures import read_quantity
from bot.language.normal import Normal, closed_up, mask_private, normalise
from bot.language.people import NUMBERED, Cast
from bot.language.reading import Asked, Statement
from bot.language.scan import gap, scan
from bot.language.speaker import own_word
from bot.language.subjects import count_after, read_bare_label, read_generic, read_person, read_twins
from bot.language.told import is_denied, read_both, read_echo, read_fact, read_grade, read_option, read_section, read_thing
from bot.language.walk import Walk
from bot.language.words import Token


def read_statements(
    text: str, *, today: date, asked: Asked | None = None, members: Sequence[str] = ()
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The statements of a message, spans in the original text, and the refs of the people mentioned, in order.

    `asked`: the question just put. `members`: refs already known in this conversation.
    """
    return read_normal(normalise(mask_private(text)), today=today, asked=asked, members=members)


def read_normal(
    normal: Normal, *, today: date, asked: Asked | None = None, members: Sequence[str] = ()
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """As `read_statements`, of a text that was masked and normalised already."""
    walk = walked(normal, today=today, asked=asked, members=members)
    return told_by(walk), tuple(walk.cast.mentioned)


def told_by(walk: Walk) -> tuple[Statement, ...]:
    """What was said, in the order of the text."""
    return tuple(sorted(walk.said, key=lambda s: s.span))


def walked(normal: Normal, *, today: date, asked: Asked | None = None, members: Sequence[str] = ()) -> Walk:
    """The walk over the words to its end."""
    normal = closed_up(normal)
    walk = Walk(normal, scan(normal.text), Cast(members), today, asked)
    walk.own_word = own_word(walk.text, walk.tokens, members)
    if asked and len(asked.members) == 1 and asked.members[0] != "household":
        walk.subject = asked.members[0]
    at = 0
    while at < len(walk.tokens):
        at = _step(walk, at)
    _give_dates(walk)
    _conclude(walk)
    return walk


# ---------------------------------------------------------------- one token
def _step(walk: Walk, at: int) -> int:
    token = walk.tokens[at]
    _boundaries(walk, at)
    if token.start < walk.place_end:
        return at + 1
    if not token.kinds.isdisjoint(_STEERING):
        _cues(walk, token)
    if token.kinds.isdisjoint(_READ):
        return at + 1
    if "fact" in token.kinds and walk.text.endswith("อยู่", token.start, token.end):
        _place(walk, token, "any")  # เช่าห้องอยู่ลาดกระบัง
    for kind, read in _READERS:
        if kind in token.kinds and read(walk, at, token):
            return at + 1
    if not token.kinds.isdisjoint(DATE_KINDS):
        _date(walk, at, token)
    return at + 1


def _boundaries(walk: Walk, at: int) -> None:
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
_PERIODS = {f"per_{period}": period for period in ("day", "week", "month", "year", "other")}
_PLACES = {
    "place_province": "province",
    "place_district": "district",
    "place_subdistrict": "subdistrict",
    "place_any": "any",
    "place_at": "at",
}
_STEERING = frozenset((*_CUE_KINDS, *_PERIODS, *_PLACES, "total", "hypothetical", "elsewhere", "corrects"))


def _cues(walk: Walk, token: Token) -> None:
    for kind in _CUE_KINDS:
        if token.plays(kind) and not (kind == "duration" and walk.cue in {"income", "not_income"}):
            walk.cue, walk.cue_at = kind, token.end
    if token.plays("income") and walk.text.startswith("เงินเดือน", token.start):
        walk.period = "month"
    if token.plays("total"):
        walk.total, walk.cue, walk.cue_at = True, "income", token.end
    for kind, period in _PERIODS.items():
        if kind in token.kinds:
            walk.period, walk.cue_at = period, max(walk.cue_at, token.end if walk.cue in {"income", "not_income"} else walk.cue_at)
    if token.plays("hypothetical"):
        walk.doubtful = True
    if token.plays("elsewhere"):
        walk.silent = True
    if token.plays("corrects"):
        walk.correcting = True
    for kind, level in _PLACES.items():
        if kind in token.kinds and not (walk.cue == "born" and token.start - walk.cue_at < 4):
            _place(walk, token, level)


# ---------------------------------------------------------------- dates, places
def _date(walk: Walk, at: int, token: Token) -> None:
    kind = next(kind for kind in DATE_KINDS if kind in token.kinds)
    value = read_date(kind, token.data[kind], walk.today)
    if value is None or walk.subject is None or walk.silent:
        return
    if walk.cue == "born" and token.start - walk.cue_at <= 10:
        _born(walk, token, kind, value)
    elif kind != "year_date":
        walk.dates.append((value, token))


def _born(walk: Walk, token: Token, kind: str, value: date | Interval) -> None:
    two_digits = len(token.data[kind].groupdict().get("year") or "") == 2
    if kind == "year_date" and isinstance(value, Interval) and isinstance(value.lo, date):
        walk.say("birth_year_be", value.lo.year + 543, token, sure=not two_digits)
    else:
        walk.say("birth_date", value, token, sure=not two_digits)


def _give_dates(walk: Walk) -> None:
    """Each date goes to the event nearest to it, within one stretch of talk."""
    walk.silent = False  # what was silenced later on says nothing against a date told before
    for value, token in walk.dates:
        near = [(abs(where - token.start), member, fact) for member, fact, where in walk.events if abs(where - token.start) <= 60]
        if near:
            _, member, fact = min(near)
            walk.say(fact, value, token, member=member)
            if fact == "gave_birth_date":
                _the_newborn(walk, value, token)


def _the_newborn(walk: Walk, born: date | Interval, token: Token) -> None:
    """คลอดเมื่อวันที่ 2 พ.ย.: there is a child, and its birthday is known, unless the ages of children were told."""
    if not walk.cast.of_kind("child"):
        walk.say("birth_date", born, token, member=walk.cast.one("child", None, None))


def _place(walk: Walk, token: Token, level: str) -> None:
    walk.places += 1
    found = places.find(walk.text, token.end, level if walk.places <= _MOST_GUESSED else "at")
    if found is None or walk.subject is None:
        return
    start = token.end
    before = walk.text[max(0, token.start - 12) : token.start]
    alone = any((s.member, s.fact, s.value) == ("self", "lives_alone", True) for s in walk.said)
    elsewhere = walk.subject != "self" and (before.endswith(_AWAY) or alone)  # อยู่คนเดียว ลูกๆ อยู่กรุงเทพ
    if elsewhere or before.endswith("บ้านเกิด"):
        walk.place_end = found.end
        return
    if level == "any" and found.end - start <= places.SHORT + 1 and any(no in before for no in ("ไม่", "บ่")):
        return
    shown = Token(start, found.end, frozenset(), {})
    for fact, name in found.names.items():
        moved = before.endswith(_MOVED) or walk.text.startswith(_MOVED, token.start)
        if moved or not any(s.fact == fact and s.value != name for s in walk.said) or level == fact:
            walk.say(fact, name, shown, sure=found.sure)
    walk.place_end = found.end
    if set(found.names) == {"province"}:
        beside = places.district_of(walk.text, found.end, found.names["province"])
        if beside:  # อยู่สงขลา จะนะ
            walk.say("district", beside.names["district"], Token(found.end + 1, beside.end, frozenset(), {}), sure=False)
            walk.place_end = beside.end


_MOST_GUESSED = 12
"""Words of place behind which a misspelt name is looked for; further ones only count with a name spelt right."""
_AWAY = ("ไป", "ไปทำงาน", "ไปทำงานอยู่", "ทำงานอยู่", "เขา")
"""Before a place: where others have gone, not where the household lives."""
_MOVED = ("ตอนนี้", "กลับบ้านมา", "กลับมา", "ย้ายมา", "มา", "ปัจจุบัน", "เดี๋ยวนี้")


def _province_name(walk: Walk, at: int, token: Token) -> bool:
    """A province without a word of place: certain only as the whole message."""
    known = any(s.fact == "province" for s in walk.said)
    before = walk.text[max(0, token.start - 12) : token.start]
    if before.endswith("บ้านเกิด") or (walk.subject != "self" and before.endswith(_AWAY)):
        return True
    if walk.subject is not None and not known and not is_denied(walk, at):
        alone = len(walk.text.strip()) <= token.end - token.start + 6
        walk.say("province", token.data["province_name"], token, sure=alone)
    return True


def _postcode(walk: Walk, at: int, token: Token) -> bool:
    found = places.postcode(walk.text, token.end - 5)
    if found and walk.subject is not None and not any(s.fact == "province" for s in walk.said):
        walk.say("province", found.names["province"], token)
    return True


def _conclude(walk: Walk) -> None:
    """What follows for certain from what was said: ไม่มีลูก names nobody; a lone person with N grandchildren is N + 1."""
    _raised_elsewhere(walk)
    _orphaned(walk)
    _wage_of_work_left(walk)
    if sum(token.plays("lives_with") for token in walk.tokens) != 1:
        return
    for i, token in enumerate(walk.tokens[:-2]):
        who, count = walk.tokens[i + 1], count_after(walk, i + 1)
        alone = who.plays("person") and who.data["person"][0] in NUMBERED
        if token.plays("lives_with") and alone and count and not any(s.fact == "household_size" for s in walk.said):
            walk.say("household_size", count + 1, replace(token, end=walk.tokens[i + 2].end), sure=False)


_GUARDIANS = frozenset({"grandmother", "grandfather", "relative", "both_grandparents"})
_OF_AGE = 18


def _raised_elsewhere(walk: Walk) -> None:
    """A young writer who lives with a grandparent or relative does not live with her parents."""
    young = walk.cast.ages.get("self", 99) < _OF_AGE or any(s.member == "self" and s.fact == "student_level" for s in walk.said)
    if not young or any(s.fact == "lives_with_parents" for s in walk.said):
        return
    for token, who in zip(walk.tokens, walk.tokens[1:], strict=False):
        if token.plays("lives_with") and who.data.get("person", ("",))[0] in _GUARDIANS:
            walk.say("lives_with_parents", False, replace(token, end=who.end), member="self")
            return


def _orphaned(walk: Walk) -> None:
    """พ่อแม่หนูตายหมดแล้ว, of a writer under eighteen."""
    dead = {s.member: s for s in walk.said if s.fact == "died" and s.value is True}
    young = walk.cast.ages.get("self", 99) < _OF_AGE
    if young and {"father", "mother"} <= dead.keys() and not any(s.fact == "orphan" for s in walk.said):
        walk.said.append(replace(dead["mother"], member="self", fact="orphan"))


def _wage_of_work_left(walk: Walk) -> None:
    """โดนเลิกจ้าง … เงินเดือนหมื่นหก: what the work paid, no income of today."""
    left = {s.member for s in walk.said if s.fact == "lost_job"}
    left -= {s.member for s in walk.said if s.fact == "employment" and s.value == "employed"}
    for i, s in enumerate(walk.said):
        if s.fact == "income_month" and s.member in left and "เงินเดือน" in walk.normal.text[: s.span[1]]:
            walk.said[i] = replace(s, fact="wage_month")


def _newborn(walk: Walk, at: int, token: Token) -> bool:
    if (walk.subject or "").startswith(("child", "grandchild")):
        walk.say("age_months", 0, token)
    return True


def _labelled_or_person(walk: Walk, at: int, token: Token) -> bool:
    return read_bare_label(walk, at, token) if token.data["person"][0] == "bare_label" else read_person(walk, at, token)


_READERS = (
    ("quantity", read_quantity),
    ("both", read_both),
    ("echo", read_echo),
    ("section", read_section),
    ("section_word", read_section),
    ("option", read_option),
    ("grade", read_grade),
    ("thing", read_thing),
    ("fact", read_fact),
    ("twins", read_twins),
    ("newborn", _newborn),
    ("generic", read_generic),
    ("person", _labelled_or_person),
    ("province_name", _province_name),
    ("postcode", _postcode),
)
_READ = frozenset((*(kind for kind, _ in _READERS), *DATE_KINDS))
