"""Staying with somebody after the results: what people tell of it, by tap or in words.

Belongs here: the answers to "I applied", "the money came", "refused", "remind me later", "stop".
Does not: what is followed (`followed.py`), when to write (`bot/followup`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, get_args

from bot.conversation import agreeing, codes, steps
from bot.conversation.effects import Effect, Progress, Reply
from bot.conversation.learn import learn
from bot.conversation.messages import Choice, Text
from bot.conversation.state import Conversation
from bot.conversation.wording import label, who
from bot.conversation.world import World, thai_day
from bot.eligibility.household import HOUSEHOLD
from bot.language.normal import normalise
from bot.language.reading import Reading
from bot.language.search import find_entitlements
from bot.language.telling import read_telling

Turned = tuple[Conversation, tuple[Effect, ...]]
Happened = Literal["applied", "approved", "received", "refused", "gave_up", "not_yet", "later"]

_ANSWERS: Mapping[str, str] = {
    "applied": "nudge.did_applied",
    "approved": "nudge.did_approved",
    "received": "nudge.did_received",
    "refused": "nudge.did_refused",
    "gave_up": "nudge.did_gave_up",
    "not_yet": "nudge.did_not_yet",
    "later": "nudge.did_later",
}
_MOST_CHOICES = 12
_LONGEST_REASON = 500


# ---------------------------------------------------------------- in words
def heard(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned | None:
    """The turn if the text tells of something followed, or wishes about reminders; None if it is about something else."""
    told = read_telling(normalise(reading.text).text.strip(), world.reader.tellings)
    if told == "stop" or told == "start":
        return wish(conversation, told == "start", world, now)
    if conversation.refusal and told in (None, "refused", "not_yet") and _is_a_reason(reading):
        return _reason(conversation, reading.text, world)
    if told is None or not conversation.followed or conversation.asked is not None:
        return None
    if told == "not_yet" and reading.statements:
        return None  # "ยังไม่มีบัตรคนพิการ" is a fact
    known = learn(conversation, [s for s in reading.statements if s.sure], thai_day(now))[0]
    return _which(known, told, _named(known, reading, world), world, now)


def _is_a_reason(reading: Reading) -> bool:
    """Words about the refusal that was just told, and no wish of another kind."""
    return reading.intent in ("unclear", "ask") and not reading.statements


def _named(conversation: Conversation, reading: Reading, world: World) -> tuple[tuple[str, str], ...]:
    """Those followed that the text names; all of them when it names none."""
    found = find_entitlements(normalise(reading.text).text, world.index)
    hits = tuple(key for key in conversation.followed if key[0] in found)
    mine = tuple(key for key in hits or conversation.followed if key[1] in reading.mentioned)
    return mine or hits or conversation.followed


def _which(conversation: Conversation, happened: Happened, candidates: Sequence[tuple[str, str]], world: World, now: datetime) -> Turned:
    if len(candidates) == 1:
        return happened_to(conversation, happened, *candidates[0], world, now)
    language = conversation.language
    choices = []
    for entitlement, member in candidates[:_MOST_CHOICES]:
        if entitlement in world.base.rules:
            name = title(world, conversation, entitlement, member)
            choices.append(Choice(name, data=codes.command("nudge", f"{happened} {entitlement} {member}"), text=name))
    return conversation, (Reply((Text(world.words.say("nudge.which", language), tuple(choices)),)),)


def _reason(conversation: Conversation, text: str, world: World) -> Turned:
    """Why it was refused, in the person's own words; a human can look at it."""
    assert conversation.refusal is not None
    entitlement, member = conversation.refusal
    done = replace(conversation, refusal=None)
    reply = Reply((Text(world.words.say("nudge.reason_noted", done.language), steps.way_out(world, done)),), keep=True)
    by = conversation.bubbles[-1].by if conversation.bubbles else ""
    return done, (Progress(entitlement, member, "refused", text[:_LONGEST_REASON], by), reply)


# ---------------------------------------------------------------- by tap
def tapped(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    """`nudge …` postbacks: stop, start, or `<happened> <entitlement> <member>`."""
    name, _, about = argument.partition(" ")
    entitlement, _, member = about.partition(" ")
    if name in ("stop", "start"):
        return wish(conversation, name == "start", world, now)
    happened = next((one for one in get_args(Happened) if one == name), None)
    if happened is None or entitlement not in world.base.rules or not member:
        return steps.go_on(conversation, world, now)
    return happened_to(conversation, happened, entitlement, member, world, now)


def wish(conversation: Conversation, wanted: bool, world: World, now: datetime) -> Turned:
    """To be written to, or not any more: that is their consent, given or taken back."""
    return agreeing.answered(conversation, "reminders", wanted, world, now)


def happened_to(conversation: Conversation, happened: Happened, entitlement: str, member: str, world: World, now: datetime) -> Turned:
    key = (entitlement, member)
    over = happened in ("received", "gave_up")
    followed = tuple(k for k in conversation.followed if k != key) + (() if over else (key,))
    state = replace(conversation, followed=followed, refusal=key if happened == "refused" else None, entitlement=entitlement)
    text = world.words.say(_ANSWERS[happened], state.language)
    message = Text(text, _choices(world, state, happened, entitlement, member))
    return state, (Progress(entitlement, member, happened), Reply((message,), keep=True))


def _choices(world: World, conversation: Conversation, happened: Happened, entitlement: str, member: str) -> tuple[Choice, ...]:
    if happened not in ("not_yet", "refused"):
        return ()
    language = conversation.language
    page = world.words.say("nudge.button_page", language)
    human = world.words.say("button.human", language)
    choices = [Choice(page, data=codes.command("page", f"{entitlement} {member}"), text=page), Choice(human, data="human", text=human)]
    if happened == "not_yet":
        given = world.words.say("nudge.button_gave_up", language)
        choices.append(Choice(given, data=codes.command("nudge", f"gave_up {entitlement} {member}"), text=given))
    return tuple(choices)


def title(world: World, conversation: Conversation, entitlement: str, member: str) -> str:
    """The right, and whose: "เบี้ยผู้สูงอายุ (แม่)"."""
    language = conversation.language
    name = label(world.base.rules[entitlement].name, language)
    if member in ("self", HOUSEHOLD):
        return name
    return f"{name} ({who(world.words, member, language, members=tuple(conversation.members))})"
