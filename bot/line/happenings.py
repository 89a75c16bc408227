"""What a webhook event says: LINE's JSON → `bot/conversation/events.py`.

Properties, types and values may come that nobody knows today; whatever is strange in one event makes that event `Other`, never an error.
Belongs here: reading one event. Does not: HTTP and signatures (`webhook.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.conversation.events import (
    Event,
    Followed,
    Happening,
    Joined,
    Located,
    Media,
    OnDuty,
    Other,
    Said,
    Sticker,
    Tapped,
    Unfollowed,
    Unsent,
)

_SOURCES = {"user": "userId", "group": "groupId", "room": "roomId"}
_MEDIA = frozenset({"image", "video", "audio", "file"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A webhook event, read: what happened, and how to answer it. `token` is empty where LINE gave none.
    `by`: LINE id of who did it, in a group too; empty where LINE does not tell."""

    event: Event
    to: str
    token: str
    by: str = ""


def source_of(raw: Mapping[str, Any]) -> tuple[str, str] | None:
    """(kind, LINE id) of the chat; None if the event has no chat."""
    source = raw.get("source")
    if not isinstance(source, dict):
        return None
    kind = source.get("type")
    if not isinstance(kind, str):
        return None
    id_ = source.get(_SOURCES.get(kind, ""))
    return (kind, id_) if isinstance(id_, str) and id_ else None


def message_id_of(raw: Mapping[str, Any]) -> str:
    """Id of the message in the event, or empty."""
    message = raw.get("message")
    id_ = message.get("id") if isinstance(message, dict) else None
    return id_ if isinstance(id_, str) else ""


def read_letter(body: bytes, chat: str, event_id: str, at_ms: int, on_duty: OnDuty | None = None) -> Letter:
    """The letter in a stored event. `body` is empty for one that was taken back before its turn."""
    raw: dict[str, Any] = orjson.loads(body) if body else {}
    kind, to = source_of(raw) or ("user", "")
    happening = _happening(raw)
    addressed = kind == "user" or not isinstance(happening, Said) or _mentions_bot(raw)
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    token, by = raw.get("replyToken"), (raw.get("source") or {}).get("userId")
    event = Event(event_id, chat, kind, at, happening, addressed, on_duty)
    return Letter(event, to, token if isinstance(token, str) else "", by if isinstance(by, str) else "")


def _happening(raw: Mapping[str, Any]) -> Happening:
    type_ = raw.get("type")
    if not isinstance(type_, str):
        return Other("")
    read = _READERS.get(type_)
    try:
        return read(raw) if read else Other(type_)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Other(type_)


def _message(raw: Mapping[str, Any]) -> Happening:
    message = raw["message"]
    type_, id_ = str(message["type"]), str(message.get("id", ""))
    if type_ == "text":
        return Said(_string(message["text"]), id_, str(message.get("quotedMessageId", "")), raw["type"] == "messageEdited")
    if type_ == "location":
        place = " ".join(str(message[key]) for key in ("title", "address") if message.get(key))
        return Located(float(message["latitude"]), float(message["longitude"]), place, id_)
    if type_ == "sticker":
        return Sticker(tuple(str(word) for word in message.get("keywords") or ()), str(message.get("text") or ""), id_)
    return _media(message, type_, id_) if type_ in _MEDIA else Other(f"message:{type_}")


def _media(message: Mapping[str, Any], kind: str, id_: str) -> Media:
    provider = message.get("contentProvider")
    elsewhere = isinstance(provider, dict) and provider.get("type", "line") != "line"
    return Media(kind, id_, str(message.get("fileName") or "")[:200], elsewhere)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _postback(raw: Mapping[str, Any]) -> Happening:
    postback = raw["postback"]
    params = postback.get("params") or {}
    return Tapped(_string(postback["data"]), tuple((str(key), str(value)) for key, value in params.items()))


def _mentions_bot(raw: Mapping[str, Any]) -> bool:
    message = raw.get("message")
    mention = message.get("mention") if isinstance(message, dict) else None
    mentionees = mention.get("mentionees") if isinstance(mention, dict) else None
    return isinstance(mentionees, list) and any(isinstance(one, dict) and one.get("isSelf") is True for one in mentionees)


_READERS: dict[str, Callable[[Mapping[str, Any]], Happening]] = {
    "message": _message,
    "messageEdited": _message,
    "postback": _postback,
    "follow": lambda raw: Followed(bool((raw.get("follow") or {}).get("isUnblocked", False))),
    "unfollow": lambda raw: Unfollowed(),
    "unsend": lambda raw: Unsent(_string(raw["unsend"]["messageId"])),
    "join": lambda raw: Joined(),
}
