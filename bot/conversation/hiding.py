"""When somebody comes near, takes the phone, or was never the person: the subject changes at once and stays changed.

While hidden, nothing that was told is mentioned: no question about it, no old button, no list of what is known beyond the ordinary.
Staff see everything, also that it was hidden. It ends with the code word (or, where none was chosen, with the words that stand for one),
or with a new cry for help. Belongs here: hiding, coming back, denials, and whoever else writes. Does not: the ordinary talk shown instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import agreeing, codes, contact, danger, pages, safety
from bot.conversation.effects import ContactTold, Effect, RaiseAlert, Reply, TellStaff
from bot.conversation.messages import Choice, Message, Text
from bot.conversation.state import Conversation, area_of, changed
from bot.conversation.wording import label
from bot.conversation.world import World, thai_day
from bot.language.intent import SHORT, has_intent
from bot.language.normal import normalise

Turned = tuple[Conversation, tuple[Effect, ...]]

#: Shown instead: an ordinary right, long enough to push everything else off the screen.
_HARMLESS = "old-age-allowance"
_OFFERED = ("old-age-allowance", "child-support-grant", "disability-allowance")
#: So long after an alarm a denial is about it.
_DENIED_WITHIN = timedelta(days=1)
#: What `asking` holds while it is asked whether to take the matter up again.
_BACK = "back"


def said(conversation: Conversation, text: str, world: World, now: datetime) -> Turned | None:
    """The turn for the few words that are about the talk itself: the code word, hiding, coming back, taking back, who wrote."""
    plain = normalise(text).text.strip()
    if len(plain) > SHORT:
        return None
    state = conversation.safety
    if state.word and safety.digest(text) == state.word:
        return _code_word(conversation, world)
    patterns = world.reader.intents
    if has_intent(plain, patterns, "hide"):
        return hide(conversation, world, now)
    if state.hidden and not state.word and has_intent(plain, patterns, "back_again"):
        return _may_come_back(conversation, world, (TellStaff("came back", ring=True),))
    if has_intent(plain, patterns, "who_wrote"):
        return somebody_else(conversation, world)
    if _alarmed(conversation, now) and not conversation.check and has_intent(plain, patterns, "denial"):
        return _denied(conversation, world)
    return None


def _alarmed(conversation: Conversation, now: datetime) -> bool:
    return conversation.alarmed_on is not None and now - conversation.alarmed_on < _DENIED_WITHIN


# ---------------------------------------------------------------- away from it
def hide(conversation: Conversation, world: World, now: datetime) -> Turned:
    """Something harmless, at once. Nothing is sent unasked until the person is back."""
    away = replace(conversation.safety, hidden=True, talking=False, asking="")
    hidden = changed(conversation, safety=away, check=None, bubbles=())
    told: tuple[Effect, ...] = (TellStaff("hid", ring=True), ContactTold({"channel": "none"})) if conversation.alarmed_on else ()
    return hidden, (*told, Reply(harmless(hidden, world, now), keep=True))


def harmless(conversation: Conversation, world: World, now: datetime) -> tuple[Message, ...]:
    rules, language = world.base.rules, conversation.language
    names = [(one, label(rules[one].name, language)) for one in _OFFERED if one in rules]
    choices = tuple(Choice(name, data=codes.command("page", one), text=name) for one, name in names)
    ending = Text(world.words.say("hide.subject", language), choices)
    if _HARMLESS not in rules:
        return (ending,)
    blank = Conversation(language=language)
    return (*pages.page(world, blank, rules[_HARMLESS], None, thai_day(now)), ending)


def for_anybody(conversation: Conversation, world: World) -> Conversation:
    """What may be shown to whoever holds the phone: nothing sensitive, and nothing that was told along with a cry for help."""
    told = conversation.safety.cries
    shown = agreeing.without_private(conversation, world)
    return replace(
        shown,
        members={ref: {f: k for f, k in facts.items() if not k.by or k.by not in told} for ref, facts in shown.members.items()},
        household={f: k for f, k in shown.household.items() if not k.by or k.by not in told},
        safety=replace(conversation.safety, hidden=False),
        alarmed_on=None,
        followed=(),
    )


def somebody_else(conversation: Conversation, world: World) -> Turned:
    """ "Who wrote to you?" gets the same answer from everybody, whether somebody is being helped or not."""
    reply = Reply((Text(world.words.say("hide.who_wrote", conversation.language)),), keep=True)
    if conversation.alarmed_on is None:
        return conversation, (reply,)
    away = replace(conversation.safety, hidden=True, stranger=True, talking=False, asking="")
    told = (TellStaff("somebody else writes", ring=True), ContactTold({"channel": "none"}))
    return changed(conversation, safety=away, check=None, bubbles=()), (*told, reply)


def _denied(conversation: Conversation, world: World) -> Turned:
    """Taking back under pressure is common: nothing is closed by it, and nobody is asked why."""
    text = world.words.say("hide.denied", conversation.language)
    if conversation.safety.hidden:
        return conversation, (TellStaff("denied", ring=True), Reply((Text(text),), keep=True))
    quiet = changed(conversation, safety=replace(conversation.safety, talking=False, asking=""), bubbles=())
    message = danger.in_talk(world.words, text, "none", conversation.language)
    return quiet, (TellStaff("denied", ring=True), Reply((message,), keep=True))


# ---------------------------------------------------------------- and back
def _code_word(conversation: Conversation, world: World) -> Turned:
    """It is the person, and they need help now. The answer says nothing: somebody may be looking."""
    kind = conversation.safety.kind
    alert = RaiseAlert(1, kind, "self", "raise", ("code word",), "", area_of(conversation))
    return _may_come_back(conversation, world, (alert, TellStaff("code word", ring=True)))


def _may_come_back(conversation: Conversation, world: World, effects: tuple[Effect, ...]) -> Turned:
    language = conversation.language
    choices = tuple(
        Choice(world.words.say(f"hide.{one}", language), data=codes.command("back_to_it", one), quiet=True)
        for one in ("take_up", "leave_it")
    )
    asking = changed(conversation, safety=replace(conversation.safety, asking=_BACK))
    return asking, (*effects, Reply((Text(world.words.say("hide.bland", language), choices),), keep=True))


def come_back(conversation: Conversation, answer: str, world: World, now: datetime) -> Turned:
    """Only right after the code word; an old button of it shows nothing."""
    if conversation.safety.asking != _BACK or answer != "take_up":
        settled = changed(conversation, safety=replace(conversation.safety, asking=""))
        return settled, (Reply((Text(world.words.say("hide.nothing", conversation.language)),), keep=True),)
    open_ = lifted(conversation)
    asking, question = contact.ask(open_, world, now, before=world.words.say("hide.back", open_.language), step="now")
    return asking, (TellStaff("came back"), ContactTold({"channel": "line"}), Reply((question,), keep=True, urgent=True))


def lifted(conversation: Conversation) -> Conversation:
    return changed(conversation, safety=replace(conversation.safety, hidden=False, stranger=False, talking=True, asking="", channel="line"))
