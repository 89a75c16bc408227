"""What can be wrong with a rule file, and how it is said to the official who edits it.

Belongs here: the error types and the whole catalogue of refusals, Thai and English side by side. Does not: finding them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class RuleError:
    """One thing wrong in one place; line numbers start at 1. `suggestion` is text to write instead, empty when none is near."""

    file: str
    line: int
    message_th: str
    message_en: str
    suggestion: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message_th}"

    def english(self) -> str:
        return f"{self.file}:{self.line}: {self.message_en}"


class RuleErrors(Exception):
    """Every error of every file, found in one run; sorted by file and line."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors: tuple[RuleError, ...] = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass(slots=True)
class Findings:
    """Where the readers put what they find, so that one run shows everything."""

    errors: list[RuleError] = field(default_factory=list)
    warnings: list[RuleError] = field(default_factory=list)

    def error(self, file: str, line: int, code: str, suggestion: str = "", **named: object) -> None:
        self.errors.append(_written(file, line, code, suggestion, named))

    def warn(self, file: str, line: int, code: str, suggestion: str = "", **named: object) -> None:
        self.warnings.append(_written(file, line, code, suggestion, named))

    def broken_files(self) -> frozenset[str]:
        return frozenset(error.file for error in self.errors)


def _written(file: str, line: int, code: str, suggestion: str, named: dict[str, object]) -> RuleError:
    th, en = CATALOGUE[code]
    hint_th = f" หมายถึง “{suggestion}” ใช่ไหม" if suggestion else ""
    hint_en = f" Did you mean “{suggestion}”?" if suggestion else ""
    return RuleError(file, line, th.format(**named) + hint_th, en.format(**named) + hint_en, suggestion)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word an author most likely meant, or an empty text."""
    near = get_close_matches(word[:80], sorted(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def listed(words: Sequence[str] | Iterable[str], most: int = 12) -> str:
    """Words for a message, cut where a list grows too long to read."""
    many = [str(word) for word in words]
    return ", ".join(many[:most]) + (", …" if len(many) > most else "")


#: code → (Thai, English); {…} are filled in by the finder.
CATALOGUE: dict[str, tuple[str, str]] = {
    # ------------------------------------------------------------ the text itself
    "not_utf8": ("ไฟล์ไม่ใช่ข้อความ UTF-8", "the file is not UTF-8 text"),
    "unreadable": ("เปิดไฟล์ไม่ได้ ({why})", "the file cannot be read ({why})"),
    "not_yaml": ("รูปแบบ YAML ไม่ถูกต้อง ({why})", "not valid YAML ({why})"),
    "too_deep": ("ซ้อนกันลึกเกินไป", "nested too deeply"),
    "too_long": ("ไฟล์ยาวเกินไป (เกิน {most} ตัวอักษร)", "the file is too long (over {most} characters)"),
    "empty_file": ("ไฟล์ว่าง", "the file is empty"),
    "several_documents": ("หนึ่งไฟล์มีได้เรื่องเดียว ลบ “---” ออก", "one file holds one document; remove “---”"),
    "anchor": ("ไม่ใช้ & และ * ของ YAML ให้เขียนซ้ำตรงๆ", "anchors and aliases (& and *) are not used; write it out"),
    "tag": ("ไม่ใช้ป้ายชนิด “{tag}” ของ YAML", "YAML tags such as “{tag}” are not used"),
    "key_not_text": ("ชื่อหัวข้อต้องเป็นคำเดียวหรือข้อความ", "a key must be a text"),
    "duplicate_key": ("หัวข้อ “{key}” ซ้ำกับบรรทัด {first}", "the key “{key}” repeats line {first}"),
    "yes_no": (
        "“{text}” กำกวม เขียน true หรือ false ถ้าหมายถึงคำนี้จริงๆ ให้ใส่เครื่องหมายคำพูด",
        "“{text}” is ambiguous: write true or false, or put the word in quotes",
    ),
    "leading_zero": (
        "“{text}” ขึ้นต้นด้วยศูนย์ ถ้าเป็นหมายเลขให้ใส่เครื่องหมายคำพูด ถ้าเป็นจำนวนให้ตัดศูนย์ออก",
        "“{text}” starts with a zero: quote it if it is a code or phone number, else drop the zero",
    ),
    "sexagesimal": (
        "“{text}” บางโปรแกรมอ่านเป็นตัวเลขฐานหกสิบ ให้ใส่เครื่องหมายคำพูด",
        "“{text}” may be read as a base-60 number: put it in quotes",
    ),
    "odd_number": (
        "“{text}” ไม่ใช่ตัวเลขที่ใช้ได้ที่นี่ เขียนเลขอารบิกธรรมดา ไม่มี _ และไม่มีเครื่องหมายจุลภาค",
        "“{text}” is not a number usable here: plain digits, no underscore, no comma",
    ),
    # ------------------------------------------------------------ shapes and types
    "unknown_key": ("ไม่รู้จักหัวข้อ “{key}” (ใช้ได้: {known})", "unknown key “{key}” (known: {known})"),
    "missing_key": ("ขาดหัวข้อ “{key}”", "the key “{key}” is missing"),
    "want_mapping": ("“{what}” ต้องเป็นหัวข้อย่อย (ชื่อ: ค่า)", "“{what}” must be a mapping (key: value)"),
    "want_list": ("“{what}” ต้องเป็นรายการ (ขึ้นต้นด้วย - หรืออยู่ใน [ ])", "“{what}” must be a list"),
    "want_text": ("“{what}” ต้องเป็นข้อความ", "“{what}” must be a text"),
    "want_number": ("“{what}” ต้องเป็นตัวเลข แต่ได้ “{got}”", "“{what}” must be a number, not “{got}”"),
    "want_whole": ("“{what}” ต้องเป็นจำนวนเต็ม แต่ได้ “{got}”", "“{what}” must be a whole number, not “{got}”"),
    "want_boolean": ("“{what}” ต้องเป็น true หรือ false แต่ได้ “{got}”", "“{what}” must be true or false, not “{got}”"),
    "want_date": ("“{what}” ต้องเป็นวันที่แบบ 2026-11-22 แต่ได้ “{got}”", "“{what}” must be a date like 2026-11-22, not “{got}”"),
    "buddhist_year": (
        "“{got}” เป็นปี พ.ศ. ให้เขียนเป็น ค.ศ. ({meant})",
        "“{got}” is a Buddhist year; write the Common Era year ({meant})",
    ),
    "want_one_of": ("“{what}” เป็น “{got}” ไม่ได้ (ใช้ได้: {known})", "“{what}” cannot be “{got}” (known: {known})"),
    "want_pair": ("“{what}” ต้องเป็นตัวเลขสองตัว [ต่ำสุด, สูงสุด]", "“{what}” must be two numbers [lowest, highest]"),
    "pair_backwards": ("“{what}”: {low} มากกว่า {high} สลับกันหรือเปล่า", "“{what}”: {low} is above {high}; are they swapped?"),
    "out_of_bounds": ("“{what}” ต้องไม่ต่ำกว่า {low}", "“{what}” must not be below {low}"),
    "empty_list": ("“{what}” ว่างอยู่ ต้องมีอย่างน้อยหนึ่งรายการ", "“{what}” is empty; it needs at least one entry"),
    "repeated_entry": ("“{entry}” ซ้ำใน “{what}”", "“{entry}” is repeated in “{what}”"),
    "bare_wording": (
        "“{what}” เป็นข้อความที่คนอ่าน ต้องมีทั้งไทยและอังกฤษ: {{th: …, en: …}}",
        "people read “{what}”: it needs Thai and English, {{th: …, en: …}}",
    ),
    "no_wording": ("“{what}” ขาดข้อความภาษา {language}", "“{what}” has no wording in “{language}”"),
    "not_thai": ("“{what}” ช่อง th ไม่มีตัวอักษรไทยเลย", "“{what}”: the th wording has no Thai letter"),
    "number_not_said": (
        "ข้อความ text ภาษา {language} ไม่บอกจำนวน {number} ที่กฎนี้จ่าย",
        "the text in “{language}” leaves out {number}, which this rule pays",
    ),
    # ------------------------------------------------------------ vocabulary
    "unknown_fact": ("ไม่รู้จักข้อเท็จจริง “{got}”", "unknown fact “{got}”"),
    "wrong_owner": (
        "“{fact}” เป็นข้อเท็จจริงของ{owner_th} เขียนไว้ที่ {owner}",
        "“{fact}” belongs to the {owner}; write it there",
    ),
    "unit_missing": ("“{fact}” เป็นตัวเลข ต้องบอกหน่วย (unit)", "“{fact}” is a number and needs a unit"),
    "range_missing": (
        "“{fact}” เป็นตัวเลข ต้องบอกช่วงที่เป็นไปได้ (range)",
        "“{fact}” is a number and needs its range of sensible values",
    ),
    "choices_missing": ("“{fact}” ต้องบอกตัวเลือก (choices)", "“{fact}” needs its choices"),
    "key_not_for_type": ("“{key}” ใช้กับข้อเท็จจริงชนิด {type} ไม่ได้", "“{key}” is of no use for a {type} fact"),
    "bad_prior": ("prior ของ “{fact}” ไม่ถูก: {why_th}", "the prior of “{fact}” is wrong: {why}"),
    "fact_name_form": (
        "ชื่อ “{name}” ต้องเป็นตัวอังกฤษเล็ก ตัวเลข และ _",
        "the name “{name}” must be lower-case letters, digits and _",
    ),
    "fact_is_keyword": ("ชื่อ “{name}” เป็นคำของภาษากฎ ใช้เป็นชื่อข้อเท็จจริงไม่ได้", "“{name}” is a word of the rule language, not a fact's name"),
    "question_missing": ("“{fact}” ถามคนได้ ต้องมีคำถาม (question)", "“{fact}” can be asked and needs a question"),
    "bad_placeholder": (
        "“{what}”: ช่องเติมคำ {{{got}}} ไม่มี (ใช้ได้: {{who}} {{whose}})",
        "“{what}”: no such placeholder {{{got}}} (known: {{who}}, {{whose}})",
    ),
    # ------------------------------------------------------------ conditions
    "no_condition": ("ไม่มีเงื่อนไขในรายการนี้", "there is no condition in this entry"),
    "two_conditions": (
        "หนึ่งรายการมีเงื่อนไขเดียว แต่พบ {keys} ให้แยกเป็นข้อๆ ใต้ all: หรือ any:",
        "one entry holds one condition, not {keys}: list them under all: or any:",
    ),
    "operator_missing": ("“{fact}” ต้องบอกวิธีเทียบ เช่น {like}", "“{fact}” needs a comparison such as {like}"),
    "operator_wrong": (
        "“{op}” ใช้กับ “{fact}” ({type}) ไม่ได้ (ใช้ได้: {known})",
        "“{op}” does not fit “{fact}” (a {type}; known: {known})",
    ),
    "unit_wrong": (
        "“{fact}” นับเป็น{unit} ให้เขียนเป็นตัวเลขล้วน ไม่ใช่ “{got}”",
        "“{fact}” is counted in {unit}: write a bare number, not “{got}”",
    ),
    "limit_out_of_range": (
        "{limit} อยู่นอกช่วงที่เป็นไปได้ของ “{fact}” ({low}–{high} {unit}) หน่วยถูกไหม",
        "{limit} lies outside what “{fact}” can be ({low}–{high} {unit}); is the unit right?",
    ),
    "choice_unknown": ("“{fact}” ไม่มีตัวเลือก “{got}” (มี: {known})", "“{fact}” has no choice “{got}” (known: {known})"),
    "province_unknown": ("“{got}” ไม่ใช่ชื่อจังหวัดที่ใช้เป็นทางการ", "“{got}” is not the official name of a province"),
    "entitlement_unknown": ("ไม่มีสิทธิชื่อ “{got}” ในชุดกฎ", "there is no entitlement “{got}”"),
    "source_unknown": ("“{got}” ไม่อยู่ใน sources ของกฎนี้ (มี: {known})", "“{got}” is not among this rule's sources (known: {known})"),
    "lenient_forbidden": (
        "ใช้ lenient กับ “{fact}” ไม่ได้ ต้องรู้ก่อนจึงตอบได้",
        "lenient must not be used on “{fact}”: it has to be known",
    ),
    "lenient_empty": ("lenient ต้องอยู่กับเงื่อนไขที่ใช้ข้อเท็จจริง", "lenient belongs to a condition on a fact"),
    "never_true": ("เงื่อนไขนี้ไม่มีทางเป็นจริง: {why_th}", "this condition can never hold: {why}"),
    "always_true": ("เงื่อนไขนี้เป็นจริงเสมอ: {why_th}", "this condition always holds: {why}"),
    "no_effect": (
        "เงื่อนไขเรื่อง “{fact}” นี้ไม่มีผล เพราะเงื่อนไขอื่นบังคับอยู่แล้ว",
        "this condition on “{fact}” has no effect: others already decide it",
    ),
    "one_armed": ("“{key}” มีเงื่อนไขเดียว ไม่ต้องใช้ “{key}”", "“{key}” holds a single condition; write it without “{key}”"),
    "count_too_high": ("ต้องการ {n} ข้อ แต่มีให้เลือก {of} ข้อ", "{n} are needed but only {of} are listed"),
    "count_unbounded": ("count_members ต้องมี at_least หรือ at_most", "count_members needs at_least or at_most"),
    "never_asked": (
        "“{fact}” ไม่มีทางถูกถามหรือคำนวณได้ (ask: never) จะรู้ก็ต่อเมื่อคนเล่าเอง",
        "“{fact}” is never asked nor derived (ask: never): known only when volunteered",
    ),
    # ------------------------------------------------------------ amounts
    "no_payment_form": (
        "เขียนจำนวนได้แบบเดียวใน {known} แต่พบ {got}",
        "give the amount in exactly one of {known}, not {got}",
    ),
    "bands_order": ("แถวนี้เริ่มที่ {start} แต่แถวก่อนจบที่ {end}: ทับกัน", "this row starts at {start} but the one before ends at {end}: overlap"),
    "bands_gap": (
        "ค่า {low} ถึง {high} ไม่อยู่ในแถวใดเลย",
        "values {low} to {high} are in no row: a gap",
    ),
    "bands_open_inside": ("แถวที่ไม่มี to ต้องเป็นแถวสุดท้าย", "only the last row may be without “to”"),
    "bands_backwards": ("แถวนี้จบ ({end}) ก่อนเริ่ม ({start})", "this row ends ({end}) before it starts ({start})"),
    "bands_uncovered_top": (
        "ตารางจบที่ {end} แต่เงื่อนไขรับ “{fact}” มากกว่านั้นด้วย เพิ่มแถวท้ายที่ไม่มี to หรือเพิ่มเงื่อนไข at_most: {end}",
        "the table ends at {end} but the conditions admit a higher “{fact}”: leave the last row open or add at_most: {end}",
    ),
    "bands_uncovered_low": (
        "ตารางเริ่มที่ {start} แต่เงื่อนไขรับ “{fact}” ตั้งแต่ {low}",
        "the table starts at {start} but the conditions admit “{fact}” from {low}",
    ),
    "bands_unit": ("bands ต้องแบ่งตามตัวเลข แต่ “{fact}” เป็น {type}", "bands go by a number, but “{fact}” is a {type}"),
    "choose_last": (
        "ข้อสุดท้ายของ choose ต้องไม่มี if (กรณีที่เหลือ) และข้ออื่นต้องมี",
        "the last arm of choose has no “if” (all other cases) and every other arm has one",
    ),
    # ------------------------------------------------------------ the rule
    "id_is_not_file": ("id “{id}” ต้องตรงกับชื่อไฟล์", "the id “{id}” must equal the file's name"),
    "same_id": ("id “{id}” ซ้ำกับ {other}", "the id “{id}” is also used in {other}"),
    "same_keyword": (
        "คำเรียก “{word}” ใช้กับหลายสิทธิเกินไปแล้ว ({others}) ใช้คำที่เจาะจงกว่านี้",
        "the keyword “{word}” already calls up too many rights ({others}); use a more particular one",
    ),
    "no_source": ("ต้องมีแหล่งที่มา (sources) อย่างน้อยหนึ่งรายการ", "at least one source is required"),
    "no_example": ("ต้องมีตัวอย่าง (examples)", "examples are required"),
    "no_check_with": (
        "confidence ไม่ใช่ high ต้องบอกว่าให้ตรวจสอบกับใคร (check_with)",
        "confidence is not high: say whom to check with (check_with)",
    ),
    "source_unused": ("ไม่มีฉบับหรือเงื่อนไขใดอ้างถึงแหล่ง “{id}”", "no version or condition cites the source “{id}”"),
    "source_old": ("แหล่ง “{id}” ตรวจครั้งสุดท้าย {checked} เกินหนึ่งปีแล้ว", "the source “{id}” was last checked on {checked}, over a year ago"),
    "source_future": ("แหล่ง “{id}” มีวันตรวจในอนาคต ({checked})", "the source “{id}” was checked in the future ({checked})"),
    "version_backwards": ("ฉบับนี้จบ ({end}) ก่อนเริ่ม ({start})", "this version ends ({end}) before it starts ({start})"),
    "version_overlap": ("ฉบับนี้เริ่ม {start} แต่ฉบับก่อนจบ {end}: ทับกัน", "this version starts {start} but the one before ends {end}: overlap"),
    "version_gap": ("ฉบับนี้เริ่ม {start} แต่ฉบับก่อนจบ {end}: มีช่วงว่าง", "this version starts {start} but the one before ends {end}: gap"),
    "version_open": ("มีแต่ฉบับสุดท้ายที่เว้น to ได้", "only the last version may leave “to” empty"),
    "phone_form": (
        'หมายเลข “{got}” ต้องเป็นตัวเลขในเครื่องหมายคำพูด เช่น "1300"',
        'the phone number “{got}” must be digits in quotes, e.g. "1300"',
    ),
    "itself": ("“{what}” อ้างถึงกฎนี้เอง", "“{what}” names this rule itself"),
    "circle": ("get_first วนเป็นวง: {path}", "get_first goes in a circle: {path}"),
    # ------------------------------------------------------------ examples
    "member_unknown": ("“{ref}” ไม่ใช่ชื่อเรียกสมาชิกที่รู้จัก", "“{ref}” is not a known member ref"),
    "member_absent": ("ไม่มีสมาชิก “{ref}” ในครัวเรือนของตัวอย่างนี้", "there is no member “{ref}” in this example's household"),
    "value_wrong": ("ค่า “{got}” ใช้กับ “{fact}” ({type}) ไม่ได้", "the value “{got}” does not fit “{fact}” (a {type})"),
    "same_title": ("ชื่อตัวอย่าง “{title}” ซ้ำกัน", "the example's title “{title}” is repeated"),
    "example_kind_missing": (
        "ยังไม่มีตัวอย่างที่ตอบว่า {kind_th}",
        "no example has the answer {kind}",
    ),
    "limit_not_shown": (
        "ไม่มีตัวอย่างที่ “{fact}” เป็น {value} (อีกฝั่งของเส้นแบ่ง {limit})",
        "no example has “{fact}” at {value} (a side of the limit {limit})",
    ),
    "example_failed": (
        "ตัวอย่าง “{title}” ควรได้ {expected} แต่ได้ {got}{why_th}",
        "example “{title}” expects {expected} but got {got}{why}",
    ),
    "example_crashed": ("ตัวอย่าง “{title}” คำนวณไม่ได้: {why}", "example “{title}” cannot be computed: {why}"),
    # ------------------------------------------------------------ mutation
    "survivor": (
        "เปลี่ยนแล้วไม่มีตัวอย่างใดจับได้: {change_th} ควรเพิ่มตัวอย่าง: {add_th}",
        "no example notices: {change}. Add an example: {add}",
    ),
}
