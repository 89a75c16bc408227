"""Readings of short texts, kept: people answer with the same few words (ใช่ค่ะ, ไม่มี, 3 คน).

Belongs here: which texts are short enough to be anybody's, and a bounded store for pure functions of them. Does not: reading.
What is kept stays in the memory of the process and names nobody: no long text, none with the digits of a telephone or an id. Of longer
texts only what follows from them may be kept, under their `mark`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Concatenate, ParamSpec, TypeVar

LONGEST = 24
"""Characters; longer texts tell somebody's own story and hardly ever come again."""
MOST = 4096
"""Texts kept for one reading."""
_SALT = os.urandom(16)
_NUMBERS = re.compile(r"(?:\d\D{0,2}){6}")

P = ParamSpec("P")
R = TypeVar("R")


def is_short(text: str) -> bool:
    """Whether it may be kept."""
    return len(text) <= LONGEST and not _NUMBERS.search(text)


def kept(read: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """`read`, a pure function of a text and hashable arguments, remembering results for short texts. They are shared: change none."""
    known = lru_cache(MOST)(read)

    @wraps(read)
    def reading(text: str, /, *rest: P.args, **named: P.kwargs) -> R:
        return known(text, *rest, **named) if is_short(text) else read(text, *rest, **named)  # type: ignore[arg-type]

    return reading


def mark(text: str) -> str | bytes:
    """A key for what follows from a text of any length; from that of one which may not be kept the text cannot be had back."""
    if is_short(text):
        return text
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=_SALT).digest()
