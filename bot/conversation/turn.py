"""One thing happens in a chat; out come the conversation as it then stands and what is to be done.

`turn` is pure: same arguments, same result. Belongs here: dispatch by what happened, and danger before everything. The answers themselves:
`said.py` (texts), `tapped.py` (buttons), `steps.py` (what comes next).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from bot.conversation import alarmed, contact, said, steps, tapped, wishes
from bot.conversation import danger as words_of_danger
from bot.conversation.effects import Audit, Effect, Forget, ForgetMessage, RaiseAlert, Reply, TellStaff
from bot.conversation.events import Event, Followed, Joined, Located, Media, Other, Said, Sticker, Tapped, Unfollowed, Unsent
from bot.conversation.learn import forget_message
from bot.conversation.messages import Text
from bot.conversation.state import Conversation, area_of, changed
from bot.conversation.world import World

Turned = tuple[Conversation, tuple[Effect, ...]]
#: Signs that nobody mixes up when reading a number out on the phone.
RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RECEIPT_LENGTH = 12


def turn(conversation: Conversation | None, event: Event, world: World, now: datetime) -> Turned:
    """`conversation` None: the first thing that ever happened in this chat. `now` needs a time zone.

    In a group the bot stays silent unless it is addressed.
    """
    current = conversation or Conversation()
    if event.source != "user" and not event.addressed:
        return current, ()
    result, effects = _dispatch(changed(current, on_duty=event.on_duty, alone=event.source == "user"), event, world, now)
    if any(isinstance(effect, Forget) for effect in effects):
        effects = tuple(done for effect in effects for done in _with_receipt(effect, event, result.language, world, now))
    return changed(result, seen_at=now, on_duty=None, alone=True), effects


def _with_receipt(effect: Effect, event: Event, language: str, world: World, now: datetime) -> tuple[Effect, ...]:
    """An erasure is numbered by what asked for it: the same event makes the same number, and nobody can guess one."""
    if not isinstance(effect, Forget):
        return (effect,)
    digest = hashlib.sha256(f"receipt\0{event.id}\0{event.chat}".encode()).digest()
    number = "".join(RECEIPT_SIGNS[byte % len(RECEIPT_SIGNS)] for byte in digest[:RECEIPT_LENGTH])
    return Forget(number), wishes.receipt(language, number, world, now)


def _dispatch(conversation: Conversation, event: Event, world: World, now: datetime) -> Turned:
    match event.happening:
        case Said() as message:
            return said.said(conversation, message, world, now)
        case Tapped() as tap:
            return tapped.tapped(conversation, tap, world, now)
        case Located() as place:
            return _located(conversation, place, world, now)
        case Sticker() as sticker:
            return _sticker(conversation, sticker, world, now)
        case Media():
            return _media(conversation, world, now)
        case Followed():
            return steps.greet(conversation, world, now)
        case Unsent(message_id):
            told = (TellStaff("took back"),) if conversation.alarmed_on else ()
            return forget_message(conversation, message_id), (ForgetMessage(message_id), *told)
        case Unfollowed():
            told = (TellStaff("left", ring=True),) if conversation.alarmed_on else ()
            return conversation, (Audit("unfollowed", {}), *told)
        case Joined() | Other():
            return conversation, ()


def _sticker(conversation: Conversation, sticker: Sticker, world: World, now: datetime) -> Turned:
    """A sticker can be a cry for help or an answer; else it is a smile."""
    text = " ".join((sticker.text, *sticker.keywords)).strip()
    if text and conversation.safety.hidden:
        return said.said(conversation, Said(text, sticker.message_id), world, now)
    if text:
        danger = said.danger(conversation, Said(text, sticker.message_id), world, now)
        if danger:
            return danger
    if conversation.safety.talking and alarmed.in_it(conversation, now):
        return alarmed.sign(conversation, world, now)
    key = "talk.sticker" if conversation.asked else "talk.sticker_start"
    return steps.go_on(conversation, world, now, before=world.words.say(key, conversation.language))


def _media(conversation: Conversation, world: World, now: datetime) -> Turned:
    """A picture or voice: we cannot read it, a human can. Just after an alarm one is asked to, and the person hears so."""
    if alarmed.in_it(conversation, now):
        kind = conversation.check or conversation.safety.kind
        alert = RaiseAlert(3, kind, "unknown", "check", ("media sent after an alarm",), "", area_of(conversation))
        if not conversation.safety.hidden:
            return conversation, (alert, Reply(words_of_danger.media_noted(world.words, conversation.language), keep=True, urgent=True))
        return conversation, (alert, Reply((_media_text(conversation, world),), keep=True))
    return conversation, (Reply((_media_text(conversation, world),), keep=True),)


def _media_text(conversation: Conversation, world: World) -> Text:
    return Text(world.words.say("talk.media", conversation.language), steps.way_out(world, conversation))


def _located(conversation: Conversation, place: Located, world: World, now: datetime) -> Turned:
    """A shared location names the province and district; just after an alarm it is told to the people who help."""
    moved, replies = steps.take_place(conversation, place, world, now)
    if not alarmed.in_it(conversation, now):
        return moved, replies
    where = f"{place.address} ({place.latitude:.5f}, {place.longitude:.5f})"
    alert = RaiseAlert(
        1, conversation.safety.kind, "unknown", "raise", ("location shared after an alarm",), where, area_of(moved) or area_of(conversation)
    )
    if conversation.safety.hidden:
        return moved, (alert, *replies)
    known = changed(moved, asked=conversation.asked, phase=conversation.phase)
    messages = words_of_danger.place_noted(world.words, known.language)
    if known.safety.talking:
        known, question = contact.ask(known, world, now)
        messages = (*messages, question)
    return known, (alert, Reply(messages, keep=True, urgent=True))
