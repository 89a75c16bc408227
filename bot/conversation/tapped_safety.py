"""Taps about danger: the gentle question, the red area of the menu, safe contact, hiding. While hidden they show nothing.

Belongs here: postback data of a talk about danger → step. Does not: all other taps (`tapped.py`), the steps themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.conversation import alarmed, contact, danger, hiding, said
from bot.conversation.codes import Command
from bot.conversation.effects import Effect, RaiseAlert, Reply, TellStaff
from bot.conversation.messages import Text
from bot.conversation.state import Conversation, area_of, changed
from bot.conversation.world import World
from bot.language.reading import Alarm

Turned = tuple[Conversation, tuple[Effect, ...]]


def tapped(conversation: Conversation, code: Command, world: World, now: datetime) -> Turned:
    """`code` is one of `COMMANDS`. Old buttons stand in the chat for ever, and anybody who holds the phone can tap them."""
    if conversation.safety.hidden and code.name not in ("hide", "back_to_it"):
        return _hidden(conversation, code, world)
    return COMMANDS[code.name](conversation, code.argument, world, now)


def _hidden(conversation: Conversation, code: Command, world: World) -> Turned:
    """Staff hear of it; the chat says nothing. The red area of the menu is there for everybody: it gives the numbers and no more."""
    language, area, kind = conversation.language, area_of(conversation), conversation.safety.kind
    if code.name == "menu:help":
        alert = RaiseAlert(2, kind, "unknown", "check", ("menu: urgent help, while hidden",), "", area)
        return conversation, (alert, Reply(danger.plain_numbers(world.words, language), keep=True, urgent=True))
    nothing = Reply((Text(world.words.say("hide.nothing", language)),), keep=True)
    if code.name in ("check:danger", "check:unclear"):
        severity = 2 if code.name == "check:danger" else 3
        return conversation, (RaiseAlert(severity, kind, "unknown", "raise", ("old button, while hidden",), "", area), nothing)
    return conversation, (*((TellStaff("safe said"),) if code.name == "check:safe" else ()), nothing)


def _checked(answer: str) -> Callable[[Conversation, str, World, datetime], Turned]:
    """The gentle question was answered with a tap; answered twice, danger still counts."""

    def settle(conversation: Conversation, _: str, world: World, now: datetime) -> Turned:
        known = conversation if conversation.check else changed(conversation, check="none")
        return said.settle(known, answer, "", world, now)

    return settle


def _need_help(conversation: Conversation, _: str, world: World, now: datetime) -> Turned:
    """The red area of the menu: the numbers at once, and a human is asked for."""
    alarm = Alarm("check", 3, "none", "unknown", ("menu: urgent help",))
    alert = RaiseAlert(alarm.severity, alarm.kind, alarm.subject, alarm.level, alarm.why, "", area_of(conversation))
    state, reply = alarmed.answer(conversation, alarm, world, now)
    return state, (alert, reply)


def _contact(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    if argument == "now no":
        hidden, effects = hiding.hide(conversation, world, now)
        return hidden, (TellStaff("not safe to write"), *effects)
    return contact.answered(conversation, argument, world, now) or contact.go_on(conversation, world, now)


COMMANDS: Mapping[str, Callable[[Conversation, str, World, datetime], Turned]] = {
    "check:danger": _checked("danger"),
    "check:safe": _checked("safe"),
    "check:unclear": _checked("unclear"),
    "menu:help": _need_help,
    "contact": _contact,
    "hide": lambda conversation, _, world, now: hiding.hide(conversation, world, now),
    "back_to_it": hiding.come_back,
}
