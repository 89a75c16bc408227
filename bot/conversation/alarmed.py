"""The talk after a first reply to danger: whatever comes is received with care, and benefits wait until the person wants them.

Belongs here: opening that talk, what is said in it, when it ends. Does not: the safe-contact questions (`contact.py`), hiding
(`hiding.py`), reading the alarm (bot/language).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import contact, danger
from bot.conversation.effects import AreaTold, Effect, RaiseAlert, Reply
from bot.conversation.learn import learn
from bot.conversation.messages import Choice, Message, Text
from bot.conversation.state import Conversation, area_of, changed
from bot.conversation.world import World, thai_day
from bot.language.intent import has_intent
from bot.language.normal import normalise
from bot.language.reading import Alarm, Reading

Turned = tuple[Conversation, tuple[Effect, ...]]

#: How long after an alarm the person is still treated as in it (short answers, location).
ALARM_STAYS = timedelta(hours=1)
#: Wishes with which a person turns to something else.
_ELSEWHERE = frozenset(
    {
        "go_on",
        "screen",
        "results",
        "restart",
        "forget",
        "my_data",
        "consents",
        "language_en",
        "language_th",
        "about",
        "human",
        "correct",
        "help",
    }
)
#: Scripts this bot cannot read, by their first and last letter: what is said then stands in all languages of those who may use them.
SCRIPTS = (("my", "က", "႟"), ("km", "ក", "៿"), ("lo", "຀", "໿"), ("zh", "一", "鿿"))


def open_talk(conversation: Conversation, alarm: Alarm, now: datetime) -> Conversation:
    """What was told is with the staff; what comes next is read by itself, so that the talk can go on."""
    before = conversation.safety
    other = alarm.subject == "other" or (alarm.subject == "unknown" and before.other)
    graver = min(alarm.severity, before.severity or alarm.severity)
    state = replace(
        before,
        talking=True,
        hidden=False,
        stranger=False,
        kind=alarm.kind if alarm.kind != "none" else before.kind,
        severity=graver,
        other=other,
    )
    return changed(conversation, check=None, alarmed_on=now, bubbles=(), safety=state)


def answer(before: Conversation, alarm: Alarm, world: World, now: datetime) -> tuple[Conversation, Reply]:
    """The first reply, and under it the first question; to another cry about the same a short one. `before`: as it stood."""
    state = open_talk(before, alarm, now)
    words, language = world.words, state.language
    if _the_same(before, alarm, now):
        messages = danger.again(words, alarm.kind, language)
    else:
        messages = danger.first_reply(words, alarm, language, state.on_duty, area_of(state))
    if not state.alone:  # nobody is asked in front of others how to be reached
        return gone_on(state), Reply(messages, keep=True, urgent=True)
    if "now" in state.safety.put:
        return state, Reply(messages, keep=True, urgent=True)
    asking, question = contact.ask(state, world, now, numbers=False)
    return asking, Reply((*messages, question), keep=True, urgent=True)


def _the_same(before: Conversation, alarm: Alarm, now: datetime) -> bool:
    state = before.safety
    return in_it(before, now) and state.talking and state.kind == alarm.kind and 0 < state.severity <= alarm.severity


def in_it(conversation: Conversation, now: datetime) -> bool:
    return conversation.alarmed_on is not None and now - conversation.alarmed_on < ALARM_STAYS


def heard(conversation: Conversation, reading: Reading, message_id: str, world: World, now: datetime) -> Turned | None:
    """The turn for a text in this talk; None when the person turned to something else, or the hour is over."""
    if not conversation.safety.talking or not in_it(conversation, now):
        return None
    answered = contact.said(conversation, reading, world, now)
    if answered:
        return answered
    if has_intent(normalise(reading.text).text.strip(), world.reader.intents, "watched"):
        return contact.put_down(conversation, world)
    if reading.intent in _ELSEWHERE and not (reading.intent in ("about", "help") and reading.entitlement is None):
        return None
    learned, _ = learn(conversation, [s for s in reading.statements if s.sure], thai_day(now), message_id)
    area = area_of(learned)
    told: tuple[Effect, ...] = (AreaTold(area),) if area != area_of(conversation) else ()
    if reading.intent in ("ask", "about", "help", "why"):
        return _what_next(learned, told, world)
    before = world.words.say("danger.heard", learned.language)
    asking, message = contact.ask(learned, world, now, before=before)
    return asking, (*told, Reply((message,), keep=True))


def sign(conversation: Conversation, world: World, now: datetime) -> Turned:
    """A sticker in this talk: somebody is there and may not be able to write."""
    asking, message = contact.ask(conversation, world, now, before=world.words.say("danger.sign", conversation.language))
    return asking, (Reply((message,), keep=True),)


def _what_next(conversation: Conversation, told: tuple[Effect, ...], world: World) -> Turned:
    """ "What do I do now?": who does what next, and what they can do meanwhile."""
    state, words, language = conversation.safety, world.words, conversation.language
    key = "danger.next_other" if state.other else "danger.next"
    parts = (words.say(key, language), danger.who_answers(words, language, conversation.on_duty, area_of(conversation)))
    message = danger.in_talk(words, "\n".join(parts), state.kind, language)
    return conversation, (*told, Reply((message,), keep=True))


def gone_on(conversation: Conversation) -> Conversation:
    """The person turned to something else."""
    return (
        changed(conversation, safety=replace(conversation.safety, talking=False, asking=""))
        if conversation.safety.talking
        else conversation
    )


# ---------------------------------------------------------------- words nobody here can read
def unread(conversation: Conversation, text: str, world: World) -> Turned:
    """A language this bot cannot read may hide a cry for help: the numbers, one tap for help, and a human looks."""
    alert = RaiseAlert(3, "none", "unknown", "check", ("language not read",), text, area_of(conversation))
    return conversation, (alert, Reply(_in_their_script(text, world, conversation.language), keep=True, urgent=True))


def _in_their_script(text: str, world: World, language: str) -> tuple[Message, ...]:
    script = next((name for name, first, last in SCRIPTS if any(first <= letter <= last for letter in text)), "other")
    words = world.words
    own = (Text(words.say(f"foreign.{script}", language)),) if script != "other" else ()
    need = words.say(f"foreign.{script}_help", language)
    choices = (Choice(need, data="menu:help", text=need), *danger.call_choices(words, "none", language))
    return (*own, Text(words.say("talk.other_language", language), choices))
