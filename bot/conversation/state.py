"""Where a talk stands: what is known of whom, what was just asked, what was offered.

Belongs here: the conversation as a frozen value and its stored form. Does not: deciding what to say (`turn.py`), keys or tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from bot.conversation import safety as safety_form
from bot.conversation.events import OnDuty
from bot.conversation.safety import NOTHING_TOLD, Safety
from bot.eligibility.household import HOUSEHOLD, Household
from bot.eligibility.values import Value, pack, unpack
from bot.language.reading import Asked

#: Raised when the stored form changes; `load` refuses what it does not know instead of guessing.
FORMAT = 1
#: How many answers can be taken back one by one.
UNDO_DEPTH = 12
#: How many bubbles just before a message may belong to the same cry for help, and for how long.
BUBBLES_KEPT = 4

Phase = Literal["new", "screening", "done", "erasing", "safety_check", "asking_about", "correcting"]


class Known(NamedTuple):
    """A fact with the day it was said: ages and months go on by themselves from that day. `by` is the id of the message, so that taking the
    message back takes the fact back."""

    value: Value
    on: date
    by: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """What one answer replaced: (member, fact, former value or None)."""

    changes: tuple[tuple[str, str, Known | None], ...]
    added_members: tuple[str, ...]
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text of the person, kept a few minutes so that a cry for help over several bubbles is read as one."""

    at: datetime
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a question about consent: to which words, and when."""

    agreed: bool
    version: str
    at: datetime


@dataclass(frozen=True)  # without slots: a turn makes several, see `changed`
class Conversation:
    language: Literal["th", "en"] = "th"
    phase: Phase = "new"
    members: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)  # in the order they came up; HOUSEHOLD apart
    household: Mapping[str, Known] = field(default_factory=dict)
    complete: bool = False  # the person said that nobody else lives there
    asked: Asked | None = None
    topic: str | None = None  # topic of the last question, so that questions stay together
    skipped: frozenset[tuple[str, str]] = frozenset()  # (member, fact) put aside by "skip"
    consents: Mapping[str, Given] = field(default_factory=dict)  # by purpose (`consents.py`)
    asking: str | None = None  # purpose whose question awaits a yes or no, beside `asked`
    unsure: tuple[tuple[str, str, Known], ...] = ()  # facts that were only hinted at and await a yes
    undo: tuple[Undo, ...] = ()
    bubbles: tuple[Bubble, ...] = ()  # last texts of the person, newest last, for the alarm only
    check: str | None = None  # kind of the danger that was gently asked about
    alarmed_on: datetime | None = None
    misses: int = 0  # messages in a row that were not understood
    results_shown: bool = False
    entitlement: str | None = None  # page that is open, for "why" and "what documents"
    seen_at: datetime | None = None  # when the person last did anything
    followed: tuple[tuple[str, str], ...] = ()  # (entitlement, member) that reminders are about, best first
    refusal: tuple[str, str] | None = None  # (entitlement, member) that was refused: the next words may be the reason
    safety: Safety = NOTHING_TOLD  # how somebody in danger is talked to
    on_duty: OnDuty | None = None  # who could answer now; of this turn only, never stored
    alone: bool = True  # False in a group; of this turn only, never stored


if TYPE_CHECKING:
    changed = replace
else:

    def changed(conversation: Conversation, **new: Any) -> Conversation:
        """`dataclasses.replace` for a conversation, ten times as fast: its many fields are copied at once."""
        made = object.__new__(Conversation)
        made.__dict__.update(conversation.__dict__, **new)
        return made


def remember_bubble(conversation: Conversation, bubble: Bubble, since: datetime) -> Conversation:
    """With one bubble more; those before `since` are forgotten."""
    recent = [one for one in conversation.bubbles if one.at >= since]
    return changed(conversation, bubbles=(*recent, bubble)[-BUBBLES_KEPT:])


def facts_of(conversation: Conversation, member: str) -> Mapping[str, Known]:
    return conversation.household if member == HOUSEHOLD else conversation.members.get(member, {})


def known(conversation: Conversation, member: str, fact: str) -> Value | None:
    entry = facts_of(conversation, member).get(fact)
    return entry.value if entry else None


def area_of(conversation: Conversation) -> tuple[str, ...]:
    """Province, district, subdistrict of the household, as far as they are known."""
    found: list[str] = []
    for fact in ("province", "district", "subdistrict"):
        value = known(conversation, HOUSEHOLD, fact)
        if not isinstance(value, str):
            break
        found.append(value)
    return tuple(found)


def as_household(conversation: Conversation, only: str | None = None) -> Household:
    """The talk's facts in the form the rules are asked with. `only`: the one member wanted."""
    wanted = {ref: facts for ref, facts in conversation.members.items() if only in (None, ref)}
    members = {ref: {fact: entry.value for fact, entry in facts.items()} for ref, facts in wanted.items()}
    said_on = {(ref, fact): entry.on for ref, facts in wanted.items() for fact, entry in facts.items()}
    return Household(
        facts={fact: entry.value for fact, entry in conversation.household.items()},
        members=members or {"self": {}},
        complete=conversation.complete,
        said_on=said_on,
    )


# ---------------------------------------------------------------- stored form
def dump(conversation: Conversation) -> bytes:
    c = conversation
    return orjson.dumps(
        {
            "format": FORMAT,
            "language": c.language,
            "phase": c.phase,
            "members": {ref: _facts_out(facts) for ref, facts in c.members.items()},
            "household": _facts_out(c.household),
            "complete": c.complete,
            "asked": _asked_out(c.asked),
            "topic": c.topic,
            "skipped": sorted(c.skipped),
            "consents": {purpose: [one.agreed, one.version, one.at] for purpose, one in c.consents.items()},
            "asking": c.asking,
            "unsure": [[m, f, _known_out(entry)] for m, f, entry in c.unsure],
            "undo": [_undo_out(u) for u in c.undo],
            "bubbles": [[b.at, b.text, b.by] for b in c.bubbles],
            "check": c.check,
            "alarmed_on": c.alarmed_on,
            "misses": c.misses,
            "results_shown": c.results_shown,
            "entitlement": c.entitlement,
            "seen_at": c.seen_at,
            "followed": c.followed,
            "refusal": c.refusal,
            "safety": safety_form.dump(c.safety),
        }
    )


def load(data: bytes) -> Conversation:
    """Raises ValueError when the stored form is of a newer version than this program."""
    raw = orjson.loads(data)
    if raw.get("format") != FORMAT:
        raise ValueError(f"conversation stored in format {raw.get('format')!r}, this program reads {FORMAT}")
    return Conversation(
        language=raw["language"],
        phase=raw["phase"],
        members={ref: _facts_in(facts) for ref, facts in raw["members"].items()},
        household=_facts_in(raw["household"]),
        complete=raw["complete"],
        asked=_asked_in(raw["asked"]),
        topic=raw["topic"],
        skipped=frozenset((m, f) for m, f in raw["skipped"]),
        consents={purpose: _given_in(one) for purpose, one in raw.get("consents", {}).items()},
        asking=raw.get("asking"),
        unsure=tuple((m, f, _known_in(entry)) for m, f, entry in raw["unsure"]),
        undo=tuple(_undo_in(u) for u in raw["undo"]),
        bubbles=tuple(Bubble(datetime.fromisoformat(at), text, by) for at, text, by in raw["bubbles"]),
        check=raw["check"],
        alarmed_on=_moment(raw["alarmed_on"]),
        misses=raw["misses"],
        results_shown=raw["results_shown"],
        entitlement=raw["entitlement"],
        seen_at=_moment(raw["seen_at"]),
        followed=tuple((e, m) for e, m in raw.get("followed", ())),
        refusal=_pair(raw.get("refusal")),
        safety=safety_form.load(raw.get("safety")),
    )


def _given_in(raw: list[Any]) -> Given:
    return Given(raw[0], raw[1], datetime.fromisoformat(raw[2]))


def _pair(raw: list[str] | None) -> tuple[str, str] | None:
    return (raw[0], raw[1]) if raw else None


def _moment(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None


def _known_out(entry: Known) -> list[Any]:
    return [pack(entry.value), entry.on, entry.by]


def _known_in(raw: list[Any]) -> Known:
    return Known(unpack(raw[0]), _day(raw[1]), raw[2])


@lru_cache(1024)
def _day(raw: str) -> date:
    return date.fromisoformat(raw)


def _facts_out(facts: Mapping[str, Known]) -> dict[str, list[Any]]:
    return {fact: _known_out(entry) for fact, entry in facts.items()}


def _facts_in(raw: Mapping[str, list[Any]]) -> dict[str, Known]:
    return {fact: _known_in(entry) for fact, entry in raw.items()}


def _asked_out(asked: Asked | None) -> list[Any] | None:
    return [asked.fact, asked.members] if asked else None


def _asked_in(raw: list[Any] | None) -> Asked | None:
    return Asked(raw[0], tuple(raw[1])) if raw else None


def _undo_out(undo: Undo) -> list[Any]:
    changes = [[m, f, _known_out(was) if was else None] for m, f, was in undo.changes]
    return [changes, undo.added_members, _asked_out(undo.asked)]


def _undo_in(raw: list[Any]) -> Undo:
    changes = tuple((m, f, _known_in(was) if was else None) for m, f, was in raw[0])
    return Undo(changes, tuple(raw[1]), _asked_in(raw[2]))
