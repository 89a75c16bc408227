"""School grades: ป.4, ม.3, ปวช.1, ประถม 5.

Belongs here: a found grade → student_level. Does not: finding it (scan.py).
"""

from __future__ import annotations

import re

_LETTERS = {"ป": "p", "ม": "m", "ประถม": "p", "มัธยม": "m", "ประถมศึกษาปีที่": "p", "มัธยมศึกษาปีที่": "m"}
_WHOLE = {"ปวช": "pvc", "ปวส": "pvs", "อ": "kindergarten"}


def level(found: re.Match[str]) -> str | None:
    """The choice of student_level, e.g. p4."""
    if found[1]:  # ปวช without a year
        return _WHOLE[found[1]]
    stage, number = (found[2], found[3]) if found[2] else (found[4], found[5])
    if stage in _WHOLE:
        return _WHOLE[stage] if int(number) <= 3 else None
    return f"{_LETTERS[stage]}{number}"
