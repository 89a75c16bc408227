"""What staff write to people, as a LINE message: plain, or covered, so that a locked screen shows a neutral line instead of the words.

Belongs here: making it and reading it back. Does not: when to send it (`talking.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def covered(text: str, alt: str) -> dict[str, Any]:
    """`alt`: what a notification shows. The words themselves are seen in the opened chat only."""
    words = {"type": "text", "text": text, "wrap": True, "size": "md"}
    body = {"type": "box", "layout": "vertical", "contents": [words]}
    return {"type": "flex", "altText": alt, "contents": {"type": "bubble", "size": "giga", "body": body}}


def words_of(messages: Sequence[Any]) -> str | None:
    """What a member of staff wrote; None for anything else: the bot's own texts carry choices, and its cards a title."""
    if len(messages) != 1 or not isinstance(messages[0], dict) or "quickReply" in messages[0]:
        return None
    one = messages[0]
    if one.get("type") == "text":
        return str(one.get("text", ""))
    bubble = one.get("contents")
    if one.get("type") != "flex" or not isinstance(bubble, dict) or set(bubble) != {"type", "size", "body"}:
        return None
    parts = bubble["body"].get("contents", [])
    return str(parts[0]["text"]) if len(parts) == 1 and parts[0].get("type") == "text" else None
