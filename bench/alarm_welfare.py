"""Ordinary welfare talk for the training set: hand-written clauses joined in many voices.

Belongs here: reading knowledge/training/alarm_welfare.txt, joining its clauses, leaving out what together would be a danger.
Does not: danger, look-alikes, figures of speech (alarm_rows.py).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[1] / "knowledge" / "training" / "alarm_welfare.txt"
POOLS = 25
"""Clauses of one pool are joined with each other only, so that cross-validation never meets a clause it was trained on."""
_STORIES, _DRESSINGS = 340, 4
_CALM = {"kind": "none", "severity": 0, "subject": "unknown", "source": "welfare", "style": "plain"}
_WHOLE = ("answer", "wish", "question", "complaint", "english")
_SLOTS = {
    "kin": [
        "แม่",
        "พ่อ",
        "ยาย",
        "ตา",
        "ปู่",
        "ย่า",
        "ป้า",
        "ลุง",
        "น้า",
        "อา",
        "พี่สาว",
        "พี่ชาย",
        "น้องชาย",
        "น้องสาว",
        "ลูกชาย",
        "ลูกสาว",
        "หลาน",
        "สามี",
        "เมีย",
        "แฟน",
        "ผัว",
        "แม่เฒ่า",
        "อุ๊ย",
        "ทวด",
    ],
    "age": [str(age) for age in range(31, 96)],
    "young": [str(age) for age in range(2, 10)],
    "grade": ["ป.1", "ป.2", "ป.3", "ป.4", "ป.5", "ป.6", "ม.1", "ม.2", "ม.3", "ม.4", "ม.5", "ม.6", "อนุบาล"],
    "name": ["ฟ้า", "แนน", "บีม", "ต้น", "มะลิ", "ออย", "ก้อย", "บอย"],
    "place": [
        "เชียงราย",
        "พะเยา",
        "ร้อยเอ็ด",
        "สมุทรปราการ",
        "ระยอง",
        "กรุงเทพ",
        "สุรินทร์",
        "นครศรี",
        "อำเภอเมือง",
        "ตำบลบ้านใหม่",
        "หมู่",
        "4",
        "ปัตตานี",
        "น่าน",
        "อุดร",
        "ชลบุรี",
        "ภูเก็ต",
    ],
    "work": ["กรีดยาง", "รับจ้าง", "ทำนา", "ขายของ", "ก่อสร้าง", "โรงงาน", "เย็บผ้า", "ขับวิน", "ส่งของ", "แม่บ้าน", "เก็บขวด", "ทำไร่", "ขายหมูปิ้ง"],
    "money": ["250", "300", "สามร้อย", "แสนห้า", "หมื่น", "ห้าพัน", "2000"],
    "sick": ["ป่วย", "ติดเตียง", "ตาบอด", "หูหนวก", "พิการ", "ออทิสติก", "อัมพาต", "ความจำเสื่อม", "เดินไม่ได้", "มะเร็ง", "เบาหวาน", "ชรามากแล้ว"],
}
_SLOT = re.compile(r"\{([a-z]+)\}")
_ORDERS = (
    "kin",
    "kin",
    "kin kin",
    "kin kin kin",
    "kin ask",
    "kin money ask",
    "kin home",
    "hardship kin",
    "kin hardship ask",
    "who kin kin",
    "who hardship",
    "who hardship ask",
    "who home",
    "who home ask",
    "who money ask",
    "who hardship money",
    "who hardship home money",
    "who hardship home money ask",
    "hardship",
    "hardship ask",
    "hardship money",
    "home ask",
    "home money",
    "money ask",
    "money",
    "who who hardship",
    "hardship hardship money ask",
    "who hardship who hardship ask",
)
_OPENINGS = (
    "", "", "", "", "สวัสดีค่ะ ", "สวัสดีครับ ", "หวัดดีจ้า ", "แอด ", "พี่คะ ", "คือ", "คือว่า ", "ขอถามหน่อย ", "สอบถามค่ะ ", "รบกวนหน่อยครับ ",
    "ขอโทษนะคะ ", "เรียนเจ้าหน้าที่ ", "ลูกเอ๊ย ", "หลานเอ้ย ", "ตอนนี้", "ตอนนี้ ", "เมื่อก่อน ", "หนู", "ผม", "เรา", "ดิฉัน ", "ยาย", "กู", "ข้อย",
    "อสม.ค่ะ ", "หนูเป็นครู ", "ถามแทนเพื่อนบ้าน ", "ป้าขอถาม ", "hello ",
)  # fmt: skip
_ENDINGS = (
    "", "", "", "", " ค่ะ", "ค่ะ", "ครับ", " ครับ", "คับ", " จ้า", "จ้ะ", "นะคะ", " นะครับ", "อ่ะ", "อะ", "ฮะ", " เด้อ", "เจ้า", " จ้า ขอบคุณ", "...",
    " ๆ",
    " 😢", " 🙏", "!!", "คร้าบ", "ค่า", "งับ", " ขอบคุณค่ะ", "แล้ว", "เลย",
)  # fmt: skip
_SEPARATORS = (" ", " ", " ", "", ", ", " แล้วก็ ", "\n", " คือ", " ตอนนี้")
_YOUNG_OR_LEFT = re.compile(r"อายุ 1[3-7]|1[0-7] ปี|ม\.\d|ป\.\d|นักเรียน|ทิ้ง|มีเมียใหม่|รับผิดชอบ|ส่งเสีย|ไม่มีพ่อ|แยกทาง|เรียน")
_HUNGER = re.compile(r"ข้าว|มาม่า|นมลูก")
_NOBODY = re.compile(r"ติดเตียง|คนเดียว|ลำพัง|ไม่มี(ใคร|ลูกหลาน|ญาติ|คน)|ผู้เดียว|ไม่(ค่อย)?มาหา|เดินไม่ได้|ทิ้ง")
_SPENT = re.compile(r"ไม่ไหวแล้ว|ไม่รู้จะทำยังไงแล้ว|ไม่มีใครช่วย|ท้อ|ร้องไห้|ซึมเศร้า|ไบโพลาร์")


def sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("== "):
            name = line[3:]
        elif line and not line.startswith("#"):
            found.setdefault(name, []).append(line)
    return found


def welfare(seed: int = 11) -> Iterator[dict[str, Any]]:
    """Rows of source 'welfare'; `idea` names the pool."""
    chance = random.Random(seed)
    written = sections()
    for pool in range(POOLS):
        clauses = {name: lines[pool::POOLS] for name, lines in written.items()}
        texts = [*_stories(clauses, chance), *_wholes(clauses, chance)]
        for text in dict.fromkeys(texts):
            yield {
                "text": text,
                "kind": "none",
                "severity": 0,
                "subject": "unknown",
                "source": "welfare",
                "style": "plain",
                "idea": f"w{pool}",
            }


def _stories(clauses: dict[str, list[str]], chance: random.Random) -> Iterator[str]:
    for _ in range(_STORIES):
        parts = [chance.choice(clauses[name]) for name in chance.choice(_ORDERS).split()]
        told = chance.choice(_SEPARATORS).join(parts)
        said = _spoken(told, chance)
        if len(set(parts)) == len(parts) and not together_grave(said):
            yield said


def _wholes(clauses: dict[str, list[str]], chance: random.Random) -> Iterator[str]:
    for name in _WHOLE:
        for line in clauses[name]:
            yield line
            for _ in range(_DRESSINGS):
                yield _spoken(line, chance)


def _spoken(text: str, chance: random.Random) -> str:
    text = _filled(text, chance)
    text = chance.choice(_OPENINGS) + text + chance.choice(_ENDINGS)
    return text.replace(" ", "") if chance.random() < 0.12 else text


def _filled(text: str, chance: random.Random) -> str:
    return _SLOT.sub(lambda match: chance.choice(_SLOTS[match.group(1)]), text)


def together_grave(text: str) -> bool:
    """Each clause is ordinary, all together are not: a pregnant schoolgirl, a helpless person without food, despair upon despair."""
    pregnant = "ท้อง" in text or "ครรภ์" in text or "คลอด" in text
    return bool(
        (pregnant and _YOUNG_OR_LEFT.search(text)) or (_HUNGER.search(text) and _NOBODY.search(text)) or len(_SPENT.findall(text)) > 1
    )


def calm(chance: random.Random) -> list[str]:
    """Hardship and questions to put around a danger: the head must learn the act, not the misery."""
    written = sections()
    told = [line for name in ("who", "hardship", "home", "money", "ask", "question") for line in written[name]]
    told += [_filled(line, chance) for line in written["kin"]]
    return chance.sample(told, len(told))
