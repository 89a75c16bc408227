"""The warm summary: what whoever takes a talk over should know, so that nobody has to tell it twice.

Made only of what stands there: the words of the person, the facts the conversation holds, sentences of the bot that promise something.
Nothing is guessed, so the same talk always gives the same summary. Belongs here: choosing and naming. Does not: HTML, who may read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.console.talk import Bubble
from bot.conversation.state import Conversation, Known, load
from bot.conversation.wording import fact_line, label, who
from bot.conversation.world import World
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.values import Unknown

#: Keys of knowledge/messages/{th,en}.yaml that promise something, and that the next human should keep or take back.
PROMISES = ("danger.told", "danger.unclear", "danger.place_noted", "human.noted", "nobody_yet")
_PLACES = ("province", "district", "subdistrict")
_LAST = 8  # words of the person that are shown


@dataclass(frozen=True, slots=True)
class Told:
    """What the person said about somebody. `ref`: of the member, or of the household."""

    ref: str
    who: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conversation holds, in words of one language. `place`: whether it is known where they are; `reminders`: rights they are
    reminded of."""

    told: tuple[Told, ...] = ()
    place: bool = False
    language: str = "th"
    reminders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """`said`: the last words of the person, oldest first; `before`: how many came before them. `promised`: what the bot promised."""

    known: Facts
    said: tuple[Bubble, ...]
    before: int
    promised: tuple[str, ...]
    place: bool


def brief(talk: Sequence[Bubble], known: Facts, promises: Mapping[str, Sequence[str]]) -> Brief:
    """`promises`: the sentences behind PROMISES, by language."""
    theirs = [one for one in talk if one.who == "citizen" and one.what in ("text", "tapped", "location", "sticker") and one.text]
    sentences = [sentence for language in promises.values() for sentence in language]
    bot = "\n".join(one.text for one in talk if one.who == "bot")
    promised = tuple(sentence.splitlines()[0] for sentence in sentences if sentence in bot)
    place = known.place or any(one.what == "location" for one in talk)
    return Brief(known, tuple(theirs[-_LAST:]), max(0, len(theirs) - _LAST), promised, place)


def promises_of(world: World) -> dict[str, tuple[str, ...]]:
    return {language: tuple(world.words.say(key, language).strip() for key in PROMISES) for language in ("th", "en")}


def facts_in(world: World, state: bytes | None, language: str) -> Facts:
    """What a stored talk holds, in words. A talk that cannot be read (erased, newer) says nothing."""
    try:
        talk = load(state) if state else None
    except (ValueError, KeyError):
        talk = None
    return _known(world, talk, language) if talk is not None else Facts()


def _known(world: World, talk: Conversation, language: str) -> Facts:
    refs = list(talk.members)
    told = [Told(ref, who(world.words, ref, language, members=refs), _lines(world, talk.members[ref], language)) for ref in refs]
    told.append(Told(HOUSEHOLD, "", _lines(world, talk.household, language)))
    everything = (talk.household, *talk.members.values())
    place = any(fact in facts and not isinstance(facts[fact].value, Unknown) for facts in everything for fact in _PLACES)
    names = dict.fromkeys(
        label(world.base.rules[entitlement].name, language) for entitlement, _ in talk.followed if entitlement in world.base.rules
    )
    return Facts(tuple(one for one in told if one.lines), place, talk.language, tuple(names))


def _lines(world: World, facts: Mapping[str, Known], language: str) -> tuple[str, ...]:
    known = ((world.base.facts[fact], entry.value) for fact, entry in facts.items() if fact in world.base.facts)
    return tuple(fact_line(world.words, fact, value, language) for fact, value in known if not isinstance(value, Unknown))
