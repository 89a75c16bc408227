"""What a tap sends back: short texts that say which fact of whom gets which value. They stay valid however late they are tapped.

Belongs here: making and reading postback data (at most 300 characters on LINE). Does not: labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.eligibility.values import Value, pack, unpack

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """Fact of these members has this value."""

    fact: str
    members: tuple[str, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """Of these members it is true of `chosen` (everybody, nobody or one)."""

    fact: str
    members: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A date was picked for the fact of these members."""

    fact: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Anything else: name and argument, e.g. `page old-age-allowance`."""

    name: str
    argument: str = ""


Code = Answer | OnlyOne | Picked | Command


def answer(fact: str, members: Sequence[str], value: Value) -> str:
    return _pack("a", fact, members, pack(value))


def only_one(fact: str, members: Sequence[str], chosen: str) -> str:
    return _pack("o", fact, members, chosen)


def picked(fact: str, members: Sequence[str]) -> str:
    return _pack("d", fact, members, None)


def command(name: str, argument: str = "") -> str:
    return f"{name} {argument}".strip()


def _pack(kind: str, fact: str, members: Sequence[str], rest: Any) -> str:
    data = orjson.dumps([kind, fact, " ".join(members), rest]).decode()
    if len(data) > LONGEST:
        raise ValueError(f"postback data for {fact} has {len(data)} characters, LINE allows {LONGEST}")
    return data


def read(data: str) -> Code:
    """The code in postback data; whatever cannot be read becomes a Command that nobody knows."""
    if not data.startswith("["):
        name, _, argument = data.partition(" ")
        return Command(name, argument)
    try:
        kind, fact, members, rest = orjson.loads(data)
        refs = tuple(str(members).split())
        match kind:
            case "a":
                return Answer(str(fact), refs, unpack(rest))
            case "o":
                return OnlyOne(str(fact), refs, str(rest))
            case "d":
                return Picked(str(fact), refs)
    except (ValueError, TypeError, KeyError):
        pass
    return Command("?")
