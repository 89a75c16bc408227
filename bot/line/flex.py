"""Our cards as flex bubbles: large text for older eyes, contrast of at least 4.5, wide buttons whose words wrap instead of being cut.

Belongs here: the look of a card, and keeping bubbles and carousels under LINE's sizes.
Does not: quick replies, texts, batches (`render.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bot.conversation.messages import Card, Choice, Row
from bot.line.actions import action
from bot.line.limits_actions import FLEX_LABEL_CLUSTERS
from bot.line.limits_flex import BUBBLE_BYTES, BUBBLES, CAROUSEL_BYTES
from bot.line.measure import clean, one_line, pieces, shorten

BUBBLE_ROOM = BUBBLE_BYTES - 2 * 1024  # margin: LINE does not say how it counts
CAROUSEL_ROOM = CAROUSEL_BYTES - 2 * 1024
_ROW_UNITS = 2_000  # a longer row is told in several, so that any card can be divided
_TITLE_CLUSTERS, _BUTTON_CLUSTERS = 200, 100
_ROOM_BESIDE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Tone:
    """Colours of a card.

    `strong` carries white text and shows on white; `soft` is the ground of its second buttons, under `strong` text.
    """

    strong: str
    soft: str


TONES = {
    "plain": Tone("#34495A", "#E8EDF1"),
    "yes": Tone("#1A6B3C", "#E3F3E8"),
    "almost": Tone("#854A00", "#FFF0D9"),
    "officer": Tone("#1C4F91", "#E4EEFA"),
    "danger": Tone("#B0211B", "#FDE8E6"),
}
INK, GREY, WHITE = "#1F2933", "#56616B", "#FFFFFF"
WARNING = Tone("#6B3D00", "#FFF3D6")

Component = dict[str, Any]


def bubbles(card: Card) -> list[Component]:
    """The card as one bubble, or several when it is too big for one; the title stands on each. Empty if the card says nothing."""
    tone = TONES[card.tone]
    rows = [part for row in card.rows for part in _row(row, tone)]
    buttons = _buttons(card.buttons, tone)
    head = _head(card, tone)
    if not (head or rows or buttons):
        return []
    whole = _bubble(head, rows, buttons)
    if size(whole) <= BUBBLE_ROOM:
        return [whole]
    return list(_divided(head, rows, buttons))


def carousels(parts: Iterable[Component]) -> Iterator[Component]:
    """Bubbles in as many flex containers as LINE's limits ask for; one alone needs no carousel and is shown wider."""
    group: list[Component] = []
    used = 0
    for part in parts:
        weight = size(part) + 1
        if group and (len(group) == BUBBLES or used + weight > CAROUSEL_ROOM):
            yield _container(group)
            group, used = [], 0
        group.append(part)
        used += weight
    if group:
        yield _container(group)


def size(part: Any) -> int:
    """Bytes of the part as JSON in UTF-8."""
    return len(orjson.dumps(part))


def _container(group: list[Component]) -> Component:
    if len(group) == 1:
        return {**group[0], "size": "giga"}
    return {"type": "carousel", "contents": group}


def _bubble(head: Component | None, rows: list[Component], buttons: list[Component]) -> Component:
    bubble: Component = {"type": "bubble", "size": "mega"}
    if head:
        bubble["header"] = head
    if rows:
        bubble["body"] = {"type": "box", "layout": "vertical", "spacing": "md", "paddingAll": "18px", "contents": rows}
    if buttons:
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "paddingAll": "14px", "contents": buttons}
    return bubble


def _divided(head: Component | None, rows: list[Component], buttons: list[Component]) -> Iterator[Component]:
    """Rows first, buttons after them, in bubbles as full as may be."""
    room = BUBBLE_ROOM - size(head) - _ROOM_BESIDE_ROWS * 2
    taken: tuple[list[Component], list[Component]] = ([], [])
    used = 0
    for kind, part in [(0, row) for row in rows] + [(1, button) for button in buttons]:
        weight = size(part) + 1
        if used and used + weight > room:
            yield _bubble(head, *taken)
            taken, used = ([], []), 0
        taken[kind].append(part)
        used += weight
    yield _bubble(head, *taken)


def _text(words: str, size_: str = "lg", color: str = INK, **more: Any) -> Component:
    return {"type": "text", "text": words, "wrap": True, "size": size_, "color": color, **more}


def _head(card: Card, tone: Tone) -> Component | None:
    title, subtitle = shorten(one_line(card.title), _TITLE_CLUSTERS), shorten(one_line(card.subtitle), _TITLE_CLUSTERS)
    lines = [_text(title, "xl", WHITE, weight="bold")] if title else []
    if subtitle:
        lines.append(_text(subtitle, "md", WHITE))
    if not lines:
        return None
    return {
        "type": "box",
        "layout": "vertical",
        "spacing": "xs",
        "paddingAll": "16px",
        "backgroundColor": tone.strong,
        "contents": lines,
    }


def _row(row: Row, tone: Tone) -> Iterator[Component]:
    for number, words in enumerate(pieces(clean(row.text), _ROW_UNITS)):
        yield _styled(row.style if number == 0 or row.style != "bullet" else "body", words, tone)


def _styled(style: str, words: str, tone: Tone) -> Component:
    match style:
        case "heading":
            return _text(words, "lg", tone.strong, weight="bold")
        case "amount":
            return _text(words, "xxl", tone.strong, weight="bold")
        case "small":
            return _text(words, "sm", GREY)
        case "bullet":
            return _bullet(words, tone)
        case "warning":
            return _warning(words)
    return _text(words)


def _bullet(words: str, tone: Tone) -> Component:
    dot = _text("•", "lg", tone.strong, flex=0, weight="bold")
    return {"type": "box", "layout": "horizontal", "spacing": "md", "contents": [dot, _text(words, flex=1)]}


def _warning(words: str) -> Component:
    return {
        "type": "box",
        "layout": "vertical",
        "paddingAll": "12px",
        "cornerRadius": "8px",
        "backgroundColor": WARNING.soft,
        "contents": [_text(words, "md", WARNING.strong)],
    }


def _buttons(choices: Iterable[Choice], tone: Tone) -> list[Component]:
    """The first is the main thing to do and stands out. The map opens from quick replies only, so `render.py` moves it there."""
    made = [_button(choice, tone) for choice in choices if choice.kind != "location"]
    buttons = [button for button in made if button]
    return [_coloured(button, tone, main=number == 0) for number, button in enumerate(buttons)]


def _button(choice: Choice, tone: Tone) -> Component | None:
    done = action(choice, FLEX_LABEL_CLUSTERS)
    if done is None:
        return None
    words = shorten(one_line(choice.label) or one_line(choice.text), _BUTTON_CLUSTERS)
    return {"type": "box", "layout": "vertical", "action": done, "words": words}


def _coloured(button: Component, tone: Tone, *, main: bool) -> Component:
    """A box, not LINE's button component: that one cuts long words off, this one wraps them."""
    ground, ink = (tone.strong, WHITE) if main else (tone.soft, tone.strong)
    words = _text(button.pop("words"), "lg", ink, weight="bold", align="center")
    return {**button, "paddingAll": "14px", "cornerRadius": "10px", "backgroundColor": ground, "contents": [words]}
