"""How somebody in danger wants to be talked to: what was asked and agreed, whether the matter is hidden, who seems to hold the phone.

Belongs here: these values, their stored form, and the digest of a code word. Does not: asking (`contact.py`), hiding (`hiding.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.language.normal import normalise

_POLITE = re.compile(r"(?:ค่ะ|คะ|ครับ|คับ|จ้า|จ้ะ|นะ|please)+$")
#: As many cries for help are remembered by the id of their message.
CRIES_KEPT = 20
#: A code word is heard only in a short message; a story that contains it is a story.
LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Safety:
    """`talking`: the talk is about the danger until they turn to something else. `kind`, `severity`, `other`: of the last alarm; `other`:
    they spoke of somebody else. `asking`: the safe-contact question that is open; `put`: those that were put already. `hidden`: nothing
    more is said of it; `stranger`: somebody else seems to hold the phone. `channel`: as agreed. `word`: digest of the code word.
    `cries`: ids of the messages that told of it."""

    talking: bool = False
    kind: str = "none"
    severity: int = 0
    other: bool = False
    asking: str = ""
    put: tuple[str, ...] = ()
    hidden: bool = False
    stranger: bool = False
    channel: str = "line"
    word: str = ""
    cries: tuple[str, ...] = ()


NOTHING_TOLD = Safety()


def dump(safety: Safety) -> dict[str, Any] | None:
    return None if safety == NOTHING_TOLD else asdict(safety)


def load(raw: Mapping[str, Any] | None) -> Safety:
    return replace(NOTHING_TOLD, **{**raw, "put": tuple(raw["put"]), "cries": tuple(raw["cries"])}) if raw else NOTHING_TOLD


def digest(text: str) -> str:
    """Of a code word as it is typed: spaces, capitals and polite endings of writing do not matter."""
    plain = "".join(letter for letter in normalise(text).text.casefold() if letter.isalnum() or "ก" <= letter <= "๎")
    plain = _POLITE.sub("", plain)
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16, person=b"code word").hexdigest() if plain else ""
