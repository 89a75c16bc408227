"""Our messages as LINE message objects: plain dicts, ready for orjson.

Belongs here: which LINE message a message becomes, quick replies, batches of five. Does not: the look of cards (`flex.py`), taps
(`actions.py`), sending (`delivery.py`). Whatever comes in, LINE takes what goes out: one refused message would lose all five.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.conversation.messages import Cards, Choice, Message, Text
from bot.line.actions import action
from bot.line.flex import bubbles, carousels
from bot.line.limits import ALT_UNITS, MESSAGES, QUICK_LABEL_CLUSTERS, QUICK_REPLIES, TEXT_UNITS
from bot.line.measure import clean, one_line, pieces, shorten_units

_SPEECHLESS = "…"  # LINE asks for some text where we have none to say


def render(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """LINE message objects, in order; may be more than five (see `batches`).

    LINE shows quick replies of the last message only, so all stand there: a later message's first, 13 at most.
    Messages without a word are left out.
    """
    rendered = [made for message in messages for made in _render_one(message)]
    items = _quick_replies(messages)
    if items:
        rendered = rendered or [{"type": "text", "text": _SPEECHLESS}]
        rendered[-1] = {**rendered[-1], "quickReply": {"items": items}}
    return rendered


def batches(messages: Sequence[Message]) -> list[list[dict[str, Any]]]:
    """`render`, in calls of at most five messages."""
    rendered = render(messages)
    return [rendered[i : i + MESSAGES] for i in range(0, len(rendered), MESSAGES)]


def _render_one(message: Message) -> Iterable[dict[str, Any]]:
    if isinstance(message, Text):
        return _texts(message.text)
    return _flexes(message)


def _texts(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": part} for part in pieces(clean(text), TEXT_UNITS)]


def _flexes(message: Cards) -> list[dict[str, Any]]:
    made = list(carousels(bubble for card in message.cards for bubble in bubbles(card)))
    if not made:
        return _texts(message.alt)
    alt = shorten_units(one_line(message.alt), ALT_UNITS) or _SPEECHLESS
    return [{"type": "flex", "altText": alt, "contents": contents} for contents in made]


def _quick_replies(messages: Sequence[Message]) -> list[dict[str, Any]]:
    choices = dict.fromkeys(choice for message in reversed(messages) for choice in _offered(message))
    made = (action(choice, QUICK_LABEL_CLUSTERS) for choice in choices)
    return [{"type": "action", "action": done} for done in made if done][:QUICK_REPLIES]


def _offered(message: Message) -> tuple[Choice, ...]:
    if isinstance(message, Text):
        return message.choices
    return message.choices + tuple(button for card in message.cards for button in card.buttons if button.kind == "location")
