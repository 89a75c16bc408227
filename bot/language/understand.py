"""One message → everything understood of it: danger, facts, wish, entitlement asked about, language.

Belongs here: putting the readers together. Does not: any reading itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.eligibility.memory import Memory
from bot.language.alarm import read_alarm
from bot.language.details import Details, load_details
from bot.language.intent import IntentPatterns, is_gibberish, load_intents, read_intent, read_language
from bot.language.normal import mask_private, normalise
from bot.language.reading import Alarm, Asked, Reading
from bot.language.search import Index, asks_about, find_entitlements
from bot.language.sexes import sexes
from bot.language.short import MOST, is_short
from bot.language.statements import told_by, walked


@dataclass(frozen=True, slots=True)
class Reader:
    """The patterns that readers need besides their own built-in data."""

    intents: IntentPatterns
    details: Details
    tellings: IntentPatterns
    known: Memory[Reading] = field(default_factory=lambda: Memory(MOST), compare=False)  # readings of short texts


def load_reader(knowledge: Path) -> Reader:
    words = knowledge / "words"
    intents, details, tellings = words / "intents.yaml", words / "details.yaml", words / "tellings.yaml"
    return Reader(load_intents(intents), load_details(details), load_intents(tellings))


def understand(
    text: str,
    *,
    reader: Reader,
    index: Index,
    today: date,
    asked: Asked | None = None,
    members: Sequence[str] = (),
    before: Sequence[str] = (),
    alarm: Alarm | None = None,
) -> Reading:
    """`before`: the person's bubbles of the last minutes. `alarm`: give it when it was read already."""
    if alarm is None or not is_short(text):
        return _understood(text, reader, index, today, asked, members, alarm or read_alarm(text, before=before))
    key = (text, index, today, asked, tuple(members), alarm)
    return reader.known.get(key) or reader.known.put(key, _understood(text, reader, index, today, asked, members, alarm))


def _understood(text: str, reader: Reader, index: Index, today: date, asked: Asked | None, members: Sequence[str], alarm: Alarm) -> Reading:
    masked = mask_private(text)
    readable = normalise(masked)
    normal = (readable if masked == text else normalise(text)).text.strip()
    walk = walked(readable, today=today, asked=asked, members=members)
    statements = (*told_by(walk), *sexes(walk))
    named = find_entitlements(normal, index)
    intent = read_intent(normal, reader.intents)
    if intent is None or (intent == "screen" and named and not statements):  # บัตรคนจนได้อะไรบ้าง asks about the card
        intent = _fallback_intent(normal, bool(statements), bool(named))
    return Reading(
        text=text,
        statements=statements,
        mentioned=tuple(walk.cast.mentioned),
        named=walk.named,
        intent=intent,
        entitlement=named[0] if named else None,
        alarm=alarm,
        language=read_language(normal) or "th",
    )


def _fallback_intent(normal: str, told: bool, named: bool) -> str:
    """`tell`: facts; `about`: asks about an entitlement; `ask`: asks something else; `gibberish`; `unclear`."""
    asking = asks_about(normal)
    if named and (asking or not told):
        return "about"
    if told:
        return "tell"
    if is_gibberish(normal):
        return "gibberish"
    return "ask" if asking else "unclear"
