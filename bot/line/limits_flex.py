"""LINE's limits on flex containers. `limits.py` holds the rest and is the way in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from bot.line.limits_actions import FLEX_LABEL_CLUSTERS, Found, Problem, action, https

BUBBLE_BYTES, CAROUSEL_BYTES, BUBBLES = 30 * 1024, 50 * 1024, 12
_SIZES = frozenset(("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"))
_TEXT_SIZES = frozenset(("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"))
_SPACES = frozenset(("none", "xs", "sm", "md", "lg", "xl", "xxl"))
_LAYOUTS = frozenset(("horizontal", "vertical", "baseline"))
_WITHIN = {
    "baseline": frozenset(("icon", "text", "filler")),
    "horizontal": frozenset(("box", "button", "image", "text", "separator", "filler", "video")),
    "vertical": frozenset(("box", "button", "image", "text", "separator", "filler", "video")),
}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_PIXELS = re.compile(r"\d+(?:\.\d+)?(?:px|%)")
_COLOURED = ("color", "backgroundColor", "borderColor")
_SPACED = ("spacing", "margin", "paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd", "cornerRadius")
_DEPTH = 10  # boxes within boxes; LINE's own number is not published


def container(at: str, part: Any) -> Found:
    """Problems of a bubble or carousel at `at`."""
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "bubble":
        yield from _bubble(at, part)
    elif kind == "carousel":
        yield from _carousel(at, part)
    else:
        yield Problem(f"{at}.type", "must be bubble or carousel")


def _carousel(at: str, carousel: Mapping[str, Any]) -> Found:
    bubbles = carousel.get("contents") or []
    if not 1 <= len(bubbles) <= BUBBLES:
        yield Problem(f"{at}.contents", f"Size must be between 1 and {BUBBLES}")
    if len(orjson.dumps(carousel)) > CAROUSEL_BYTES:
        yield Problem(at, f"must be at most {CAROUSEL_BYTES} bytes")
    if len({bubble.get("size", "mega") for bubble in bubbles}) > 1:
        yield Problem(f"{at}.contents", "bubbles must have the same size")
    for i, bubble in enumerate(bubbles):
        yield from _bubble(f"{at}.contents[{i}]", bubble)


def _bubble(at: str, bubble: Mapping[str, Any]) -> Found:
    if bubble.get("type") != "bubble":
        yield Problem(f"{at}.type", "must be bubble")
    if bubble.get("size", "mega") not in _SIZES:
        yield Problem(f"{at}.size", "invalid size")
    if len(orjson.dumps(bubble)) > BUBBLE_BYTES:
        yield Problem(at, f"must be at most {BUBBLE_BYTES} bytes")
    blocks = [key for key in ("header", "hero", "body", "footer") if key in bubble]
    if not blocks:
        yield Problem(at, "must have a block")
    for key in blocks:
        if key != "hero" and bubble[key].get("type") != "box":
            yield Problem(f"{at}.{key}.type", "must be box")
        yield from _component(f"{at}.{key}", bubble[key], _WITHIN["vertical"], 0)
    if "action" in bubble:
        yield from action(f"{at}.action", bubble["action"], FLEX_LABEL_CLUSTERS)


def _component(at: str, part: Mapping[str, Any], allowed: frozenset[str], depth: int) -> Found:
    kind = part.get("type")
    if kind not in allowed:
        yield Problem(f"{at}.type", "not allowed here")
        return
    yield from _looks(at, part)
    if kind == "box":
        yield from _box(at, part, depth)
    elif kind == "text":
        yield from _text(at, part)
    elif kind in ("image", "icon"):
        yield from https(f"{at}.url", part.get("url"))
    if kind == "button" or "action" in part:
        yield from action(f"{at}.action", part.get("action"), FLEX_LABEL_CLUSTERS, label_needed=kind == "button")


def _box(at: str, box: Mapping[str, Any], depth: int) -> Found:
    layout = box.get("layout")
    if layout not in _LAYOUTS:
        yield Problem(f"{at}.layout", "must be horizontal, vertical or baseline")
        return
    if depth >= _DEPTH:
        yield Problem(at, "nested too deeply")
        return
    if not isinstance(box.get("contents"), list):
        yield Problem(f"{at}.contents", "must be specified")
        return
    for i, part in enumerate(box["contents"]):
        yield from _component(f"{at}.contents[{i}]", part, _WITHIN[str(layout)], depth + 1)


def _text(at: str, part: Mapping[str, Any]) -> Found:
    spans = part.get("contents") or []
    if not part.get("text") and not spans:
        yield Problem(f"{at}.text", "must be non-empty text")
    for i, span in enumerate(spans):
        if not span.get("text"):
            yield Problem(f"{at}.contents[{i}].text", "must be non-empty text")
    if part.get("size", "md") not in _TEXT_SIZES and not _PIXELS.fullmatch(str(part["size"])):
        yield Problem(f"{at}.size", "invalid size")


def _looks(at: str, part: Mapping[str, Any]) -> Found:
    for key in _COLOURED:
        if key in part and not _COLOUR.fullmatch(str(part[key])):
            yield Problem(f"{at}.{key}", "invalid color")
    for key in _SPACED:
        if key in part and part[key] not in _SPACES and not _PIXELS.fullmatch(str(part[key])):
            yield Problem(f"{at}.{key}", "invalid size")
