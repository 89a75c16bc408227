"""What the bot says, without a word of LINE in it: texts, choices and cards. `bot/line/render.py` turns it into LINE messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap. `say` sends `text` as if typed; `postback` sends `data` (and shows `text`); `date` opens a date picker that posts
    `data` back with the day; `location` opens the map; `link` opens `uri` (tel: or https:). `quiet`: a postback that leaves no line in the
    chat."""

    label: str
    kind: Literal["say", "postback", "date", "location", "link"] = "postback"
    text: str = ""
    data: str = ""
    uri: str = ""
    first: str = ""  # date: earliest, ISO
    last: str = ""  # date: latest, ISO
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a card. `heading` bold; `bullet` with a dot; `amount` large; `small` grey; `warning` amber."""

    text: str
    style: Literal["body", "heading", "bullet", "amount", "small", "warning"] = "body"


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    rows: tuple[Row, ...] = ()
    buttons: tuple[Choice, ...] = ()
    tone: Literal["plain", "yes", "almost", "officer", "danger"] = "plain"
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """One bubble or a carousel. `alt` is what a notification or an old phone shows: it makes sense alone and gives nothing away."""

    cards: tuple[Card, ...]
    alt: str
    choices: tuple[Choice, ...] = ()


Message = Text | Cards
