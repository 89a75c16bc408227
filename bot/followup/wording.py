"""What a nudge says: neutral where others can see it, plain in the chat, nothing at all after an alarm.

Belongs here: bundle → messages. Does not: the sentences (knowledge/messages), which nudges (`bundle.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation import codes
from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.conversation.wording import date_text, label, who
from bot.conversation.world import World
from bot.eligibility.household import HOUSEHOLD
from bot.followup.bundle import Bundle
from bot.followup.nudge import Kind, Nudge

_SENTENCE: Mapping[Kind, str] = {
    "prepare": "nudge.prepare",
    "apply": "nudge.apply",
    "applied": "nudge.applied",
    "approved": "nudge.approved",
    "received": "nudge.received",
    "refused": "nudge.refused",
    "opens": "nudge.opens",
    "changes": "nudge.changes",
    "ends": "nudge.ends",
}
#: Answers to tap under each kind, as `nudge <what> <entitlement> <member>`.
_ANSWERS: Mapping[Kind, tuple[str, ...]] = {
    "prepare": ("applied", "later"),
    "apply": ("applied", "not_yet", "gave_up"),
    "applied": ("applied", "not_yet", "gave_up"),
    "approved": ("approved", "not_yet", "refused"),
    "received": ("received", "not_yet", "refused"),
    "refused": ("applied", "gave_up"),
    "opens": ("later",),
    "changes": (),
    "ends": (),
}
_LABELS: Mapping[str, str] = {
    "applied": "nudge.button_applied",
    "approved": "nudge.button_approved",
    "received": "nudge.button_received",
    "refused": "nudge.button_refused",
    "not_yet": "nudge.button_not_yet",
    "gave_up": "nudge.button_gave_up",
    "later": "nudge.button_later",
}


def neutral(world: World, language: str) -> tuple[Message, ...]:
    """For somebody who once told of danger: no name of a right, nothing to tap that tells more."""
    return (Text(world.words.say("nudge.neutral", language)),)


def messages(world: World, bundle: Bundle, language: str, members: Sequence[str]) -> tuple[Message, ...]:
    """One carousel, a card for each right; the notification shows a neutral line only. `members`: refs of the household, for numbering.

    Empty when none of its rights is in the rule base any more.
    """
    known = [nudge for nudge in bundle.tell if nudge.entitlement in world.base.rules]
    cards = tuple(_card(world, nudge, language, members) for nudge in known)
    if not cards:
        return ()
    more = world.words.say("nudge.more", language, n=bundle.more)
    last = (Card(world.words.say("nudge.heading", language), (Row(more),), (_button(world, "button.results", "results", language),)),)
    stop = _button(world, "nudge.button_stop", "nudge stop", language)
    shown = cards + (last if bundle.more else ())
    return (Cards(shown, alt=world.words.say("nudge.alt", language), choices=(stop,)),)


def _card(world: World, nudge: Nudge, language: str, members: Sequence[str]) -> Card:
    day = date_text(world.words, nudge.on, language) if nudge.on else ""
    text = world.words.say(_SENTENCE[nudge.kind], language, date=day)
    about = f"{nudge.entitlement} {nudge.member}"
    buttons = [_button(world, _LABELS[what], codes.command("nudge", f"{what} {about}"), language) for what in _ANSWERS[nudge.kind]]
    if nudge.kind == "ends":
        buttons.append(_button(world, "button.results", "results", language))
    elif nudge.kind == "refused":
        buttons.append(_button(world, "button.human", "human", language))
    buttons.append(_button(world, "nudge.button_page", codes.command("page", about), language))
    return Card(
        world.words.say("nudge.heading", language), (Row(_title(world, nudge, language, members), "heading"), Row(text)), tuple(buttons)
    )


def _title(world: World, nudge: Nudge, language: str, members: Sequence[str]) -> str:
    name = label(world.base.rules[nudge.entitlement].name, language)
    if nudge.member in ("self", HOUSEHOLD):
        return name
    return f"{name} ({who(world.words, nudge.member, language, members=members)})"


def _button(world: World, key: str, data: str, language: str) -> Choice:
    text = world.words.say(key, language)
    return Choice(text, data=data, text=text)
