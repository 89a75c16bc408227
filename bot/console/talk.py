"""A transcript as a page shows it: who said what, when, and what became of it.

Belongs here: words out of webhook events and LINE messages; nothing in them is trusted. Does not: HTML (the templates escape everything).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.casework.model import Holder, Holding
from bot.store.media import Item
from bot.store.staffwords import words_of
from bot.store.tables import OutboxState
from bot.store.transcript import Line

_MEDIA = ("image", "video", "audio", "file")
_LOST = frozenset({OutboxState.FAILED, OutboxState.DROPPED, OutboxState.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Bubble:
    """`who`: citizen | bot | staff. `what`: text, or a word the page has a sentence for (image, sticker, location, follow, …, erased).
    `state` and `uid`: of an outgoing message, empty otherwise. `lost`: words of staff that did not arrive and may go out again. `media`:
    what came with it; `place`: a link to a map."""

    at_ms: int
    who: str
    text: str
    what: str = "text"
    state: str = ""
    staff: str = ""
    media: Item | None = None
    place: str = ""
    uid: str = ""
    lost: bool = False


def bubbles(lines: Sequence[Line], stretches: Sequence[Holding]) -> list[Bubble]:
    """Oldest first; events without anything to show are left out."""
    made = (_bubble(line, stretches) for line in lines)
    return [one for one in made if one is not None]


def _bubble(line: Line, stretches: Sequence[Holding]) -> Bubble | None:
    if line.direction == "in":
        what, text = _came(line.content)
        return Bubble(line.at_ms, "citizen", text, what, media=line.media, place=_map(line.content)) if what else None
    human = next((one for one in stretches if _holds(one, line.at_ms)), None)
    state = line.state.name.lower() if line.state is not None else OutboxState.SENT.name.lower()
    if line.content is None:
        return Bubble(line.at_ms, "bot", "", "erased", state)
    text = "\n".join(part for message in line.content for part in _words(message))
    if human is not None and words_of(line.content) is not None:
        return Bubble(line.at_ms, "staff", text, state=state, staff=human.staff, uid=line.uid, lost=line.state in _LOST)
    return Bubble(line.at_ms, "bot", text, state=state)


def _holds(stretch: Holding, at_ms: int) -> bool:
    return stretch.holder is Holder.HUMAN and stretch.from_ms <= at_ms and (stretch.until_ms == 0 or at_ms < stretch.until_ms)


def _came(event: Any) -> tuple[str, str]:
    if not isinstance(event, dict):
        return "erased", ""
    kind = str(event.get("type", ""))
    if kind == "postback":
        postback = event.get("postback")
        shown = postback.get("displayText") if isinstance(postback, dict) else None
        return "tapped", str(shown or "")
    message = event.get("message")
    return _message(message) if isinstance(message, dict) else (kind if kind in ("follow", "unfollow", "unsend") else "", "")


def _message(message: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(message.get("type", ""))
    if kind == "text":
        return "text", str(message.get("text", ""))
    if kind == "sticker":
        words = message.get("keywords")
        return "sticker", ", ".join(map(str, words)) if isinstance(words, list) else str(message.get("text") or "")
    if kind == "location":
        parts = (message.get("title"), message.get("address"), f"{message.get('latitude')}, {message.get('longitude')}")
        return "location", " · ".join(str(part) for part in parts if part)
    return (kind, str(message.get("fileName") or "")) if kind in _MEDIA else ("other", "")


def _map(event: Any) -> str:
    """The address of a map that shows where the person is; nothing of what they wrote goes into it."""
    message = event.get("message") if isinstance(event, dict) else None
    if not isinstance(message, dict) or message.get("type") != "location":
        return ""
    try:
        latitude, longitude = float(message["latitude"]), float(message["longitude"])
    except (KeyError, TypeError, ValueError):
        return ""
    return f"https://www.google.com/maps/search/?api=1&query={latitude:.6f}%2C{longitude:.6f}"


def _words(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        return
    if message.get("type") == "text":
        yield str(message.get("text", ""))
    elif message.get("type") == "flex":
        yield from _deep(message.get("contents"))


def _deep(node: Any) -> Iterator[str]:
    """Texts and button labels of a card, in reading order."""
    if isinstance(node, list):
        for one in node:
            yield from _deep(one)
    elif isinstance(node, dict):
        if node.get("type") == "text" and node.get("text"):
            yield str(node["text"])
        action = node.get("action")
        if node.get("type") == "button" and isinstance(action, dict) and action.get("label"):
            yield f"[{action['label']}]"
        for key in ("header", "hero", "body", "footer", "contents"):
            yield from _deep(node.get(key))
