"""LINE's limits on messages, as one table of numbers and a validator.

Belongs here: message kinds, quick replies, templates. Does not: taps (`limits_actions.py`), flex containers (`limits_flex.py`),
making messages fit (`render.py`). The simulator refuses by it, tests hold rendering against it, and delivery can ask before it sends.
The numbers are those of LINE's Messaging API reference of 2026-08.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.line.limits_actions import Found, Problem, action, https, length
from bot.line.limits_flex import container
from bot.line.measure import graphemes

MESSAGES = 5
TEXT_UNITS, ALT_UNITS = 5_000, 1_500
QUICK_REPLIES, QUICK_LABEL_CLUSTERS, TEMPLATE_LABEL_CLUSTERS = 13, 20, 20
EMOJIS, SENDER_NAME, PLACE = 20, 20, 100


def problems(message: Mapping[str, Any]) -> list[str]:
    """Everything for which LINE would refuse this message, each as `property: what is wrong`; empty if it would be taken."""
    return [f"{at}: {what}" for at, what in find(message)]


def find(message: Mapping[str, Any]) -> Found:
    check = _KINDS.get(str(message.get("type")))
    if check is None:
        yield Problem("type", "invalid message type")
        return
    yield from check(message)
    yield from _common(message)


def _common(message: Mapping[str, Any]) -> Found:
    if "quickReply" in message:
        yield from _quick_reply(message["quickReply"])
    yield from length("sender.name", (message.get("sender") or {}).get("name"), SENDER_NAME, graphemes, least=0)


def _quick_reply(quick: Mapping[str, Any]) -> Found:
    items = quick.get("items") or []
    if not 1 <= len(items) <= QUICK_REPLIES:
        yield Problem("quickReply.items", f"Size must be between 1 and {QUICK_REPLIES}")
    for i, item in enumerate(items):
        at = f"quickReply.items[{i}]"
        if item.get("type", "action") != "action":
            yield Problem(f"{at}.type", "must be action")
        yield from action(f"{at}.action", item.get("action"), QUICK_LABEL_CLUSTERS, label_needed=True, quick=True)


def _text(message: Mapping[str, Any]) -> Found:
    yield from length("text", message.get("text"), TEXT_UNITS)
    emojis = message.get("emojis") or []
    if len(emojis) > EMOJIS:
        yield Problem("emojis", f"Size must be between 0 and {EMOJIS}")


def _text_v2(message: Mapping[str, Any]) -> Found:
    yield from length("text", message.get("text"), TEXT_UNITS)
    if len(message.get("substitution") or {}) > 100:
        yield Problem("substitution", "Size must be between 0 and 100")


def _sticker(message: Mapping[str, Any]) -> Found:
    for key in ("packageId", "stickerId"):
        yield from length(key, message.get(key), 20)


def _media(*keys: str) -> Callable[[Mapping[str, Any]], Found]:
    def check(message: Mapping[str, Any]) -> Found:
        for key in keys:
            yield from https(key, message.get(key))

    return check


def _audio(message: Mapping[str, Any]) -> Found:
    yield from https("originalContentUrl", message.get("originalContentUrl"))
    if not isinstance(message.get("duration"), int):
        yield Problem("duration", "must be milliseconds")


def _location(message: Mapping[str, Any]) -> Found:
    for key in ("title", "address"):
        yield from length(key, message.get(key), PLACE, graphemes)
    for key, bound in (("latitude", 90), ("longitude", 180)):
        value = message.get(key)
        if not isinstance(value, int | float) or not -bound <= value <= bound:
            yield Problem(key, "must be decimal degrees")


def _flex(message: Mapping[str, Any]) -> Found:
    yield from length("altText", message.get("altText"), ALT_UNITS)
    yield from container("contents", message.get("contents"))


def _imagemap(message: Mapping[str, Any]) -> Found:
    yield from https("baseUrl", message.get("baseUrl"))
    yield from length("altText", message.get("altText"), ALT_UNITS)
    if len(message.get("actions") or []) > 50:
        yield Problem("actions", "Size must be between 0 and 50")


def _template(message: Mapping[str, Any]) -> Found:
    yield from length("altText", message.get("altText"), ALT_UNITS)
    template = message.get("template") or {}
    shape = _TEMPLATES.get(str(template.get("type")))
    if shape is None:
        yield Problem("template.type", "invalid template type")
    elif shape.columns:
        yield from _columns(template.get("columns") or [], shape)
    else:
        yield from _column("template", template, shape)


class _Shape(NamedTuple):
    """What a template may hold; `plain` and `headed` are the lengths of its text without and with a title or picture."""

    plain: int
    headed: int
    actions: int
    columns: int = 0
    label: int = TEMPLATE_LABEL_CLUSTERS


_TEMPLATES = {
    "buttons": _Shape(160, 60, 4),
    "confirm": _Shape(240, 240, 2),
    "carousel": _Shape(120, 60, 3, columns=10),
    "image_carousel": _Shape(0, 0, 1, columns=10, label=12),
}


def _columns(columns: Sequence[Mapping[str, Any]], shape: _Shape) -> Found:
    if not 1 <= len(columns) <= shape.columns:
        yield Problem("template.columns", f"Size must be between 1 and {shape.columns}")
    if len({len(column.get("actions") or []) for column in columns}) > 1:
        yield Problem("template.columns", "must have the same number of actions")
    for i, column in enumerate(columns):
        yield from _column(f"template.columns[{i}]", column, shape)


def _column(at: str, column: Mapping[str, Any], shape: _Shape) -> Found:
    if shape.plain:
        headed = bool(column.get("title") or column.get("thumbnailImageUrl"))
        yield from length(f"{at}.title", column.get("title"), 40, graphemes, least=0)
        yield from length(f"{at}.text", column.get("text"), shape.headed if headed else shape.plain, graphemes)
    else:
        yield from https(f"{at}.imageUrl", column.get("imageUrl"))
    done = [column.get("action")] if not shape.plain else list(column.get("actions") or [])
    if not 1 <= len(done) <= shape.actions:
        yield Problem(f"{at}.actions", f"Size must be between 1 and {shape.actions}")
    for i, one in enumerate(done):
        yield from action(f"{at}.actions[{i}]", one, shape.label, label_needed=bool(shape.plain))


_KINDS: dict[str, Callable[[Mapping[str, Any]], Found]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _media("originalContentUrl", "previewImageUrl"),
    "video": _media("originalContentUrl", "previewImageUrl"),
    "audio": _audio,
    "location": _location,
    "imagemap": _imagemap,
    "template": _template,
    "flex": _flex,
}
