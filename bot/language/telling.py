"""What a short text tells of something applied for (applied, approved, received, refused, given up, not yet, later), or of reminders.

Only asked where there is something to tell of; patterns are data (knowledge/words/tellings.yaml).
Belongs here: reading. Does not: which right is meant, what follows.
"""

from __future__ import annotations

import re
from typing import Literal, cast

from bot.language.intent import IntentPatterns, read_intent

Telling = Literal["stop", "start", "later", "gave_up", "not_yet", "refused", "received", "approved", "applied"]

#: Asked, supposed, or long ago: nothing that happened now.
_NOT_TOLD = re.compile(
    r"ไหม|มั้ย|มั๊ย|หรือยัง|รึยัง|หรือเปล่า|รึเปล่า|เมื่อไหร่|เมื่อไร|ตอนไหน|วันไหน|ยังไง|อย่างไร|ทำไง|เท่าไหร่|เท่าไร|กี่|ที่ไหน|ตรงไหน|"
    r"ทำไม|อะไร(?!เลย)|ถ้า|หาก|สมมติ|เคย|คนข้างบ้าน|เพื่อนบ้าน|\?|\b(how|when|where|what|why|if|can|could|should|would|will|did you|do i|does)\b"
)


def read_telling(normal: str, patterns: IntentPatterns) -> Telling | None:
    """`normal`: the normalised text."""
    told = cast("Telling | None", read_intent(normal, patterns))
    if told in (None, "stop"):
        return told
    return None if _NOT_TOLD.search(normal) else told
