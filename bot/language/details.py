"""Questions about a right that is being shown: what to bring, where to go, how much. Patterns are data: knowledge/words/details.yaml.

Belongs here: which part of a page is asked for. Does not: which right is meant, the page itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

from bot.eligibility.yaml_lines import load_yaml

#: Words around the question that name no other matter.
_AROUND = (
    r"(?:แล้ว|ต้อง|ควร|ก็|ถ้า|จะ|อันนี้|เรื่องนี้|สิทธินี้|ตัวนี้|เงินนี้|นี้|นี่|ผม|หนู|เรา|ฉัน|ดิฉัน|แม่|พ่อ|ยาย|ตา|ป้า|ลุง|ลูก|ขอถาม|ถามหน่อย|อยากรู้ว่า|อยากถาม|ว่า|"
    r"ให้|ไป|มา|บ้าง|มั่ง|ดี|ได้|ไหม|มั้ย|กัน|เอง|เค้า|เขา|ค่ะ|คะ|ค่า|ครับ|คับ|จ้า|จ้ะ|จ๊ะ|นะ|น่ะ|หน่อย|เลย|ล่ะ|อะ|อ่ะ|เจ้า|เด้อ|please|i|we|it|this|\s|[.!?…~🙏])*"
)
Part = Literal["how", "what", "why"]
Details = Mapping[Part, re.Pattern[str]]
#: Longer messages tell a story in which the same words stand for something else.
SHORT = 60


def load_details(path: Path) -> Details:
    """Raises ValueError for an unknown part, re.error for a pattern that is none."""
    raw: Mapping[str, list[str]] = load_yaml(path.read_text(encoding="utf-8"))
    unknown = set(raw) - {"how", "what", "why"}
    if unknown:
        raise ValueError(f"{path}: unknown part {sorted(unknown)[0]!r}; use how, what, why")
    return {
        cast(Part, part): re.compile(_AROUND + "(?:" + "|".join(f"(?:{p})" for p in patterns) + ")" + _AROUND)
        for part, patterns in raw.items()
    }


def read_detail(text: str, details: Details) -> Part | None:
    """The part of a page that a short normalised text asks for."""
    if len(text) > SHORT:
        return None
    return next((part for part, pattern in details.items() if pattern.fullmatch(text)), None)
