"""What a tap does: our choices as LINE actions.

Belongs here: one choice → one action, made safe for LINE's limits. Does not: where the button stands (`render.py`, `flex.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from bot.conversation.messages import Choice
from bot.line.limits_actions import DATA_UNITS, DISPLAY_CLUSTERS, URI_LENGTH, URI_SCHEMES
from bot.line.measure import clean, one_line, shorten, utf16

_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)
_URI_SAFE = "/?#[]@!$&'()*+,;=%:~-._"


def action(choice: Choice, label_clusters: int) -> dict[str, Any] | None:
    """The LINE action of a choice, or None if nothing sensible can be tapped (no words, a link that leads nowhere)."""
    words = one_line(choice.label) or one_line(choice.text)
    if not words:
        return None
    label = shorten(words, label_clusters)
    said = shorten(clean(choice.text) or words, DISPLAY_CLUSTERS)
    match choice.kind:
        case "link":
            return _link(label, choice.uri)
        case "location":
            return {"type": "location", "label": label}
        case "date" if _fits(choice.data):
            return {"type": "datetimepicker", "label": label, "data": choice.data, "mode": "date", **_span(choice.first, choice.last)}
        case "postback" if choice.quiet and _fits(choice.data):
            return {"type": "postback", "label": label, "data": choice.data}
        case "postback" if _fits(choice.data):
            return {"type": "postback", "label": label, "data": choice.data, "displayText": said}
    # `say`; also data LINE would refuse: cut data would mean something else, the words of the button still mean the same.
    return {"type": "message", "label": label, "text": said}


def _fits(data: str) -> bool:
    return bool(data) and utf16(data) <= DATA_UNITS and clean(data) == data


def _link(label: str, uri: str) -> dict[str, Any] | None:
    encoded = quote(clean(uri), safe=_URI_SAFE)
    return {"type": "uri", "label": label, "uri": encoded} if leads_somewhere(encoded) else None


def leads_somewhere(uri: str) -> bool:
    """Whether LINE opens this address: http, https, line or tel, with something behind the scheme."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme not in URI_SCHEMES or len(uri) > URI_LENGTH:
        return False
    return bool(parts.netloc) if parts.scheme in ("http", "https") else bool(parts.path or parts.netloc)


def _span(first: str, last: str) -> dict[str, str]:
    """The picker's limits; it opens on the latest day. Days LINE cannot show are left out, as are limits that exclude each other."""
    lo, hi = _day(first), _day(last)
    if lo and hi and lo >= hi:
        lo = None
    span = {"initial": hi or lo, "min": lo, "max": hi}
    return {key: day.isoformat() for key, day in span.items() if day}


def _day(iso: str) -> date | None:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return None
    return min(max(day, _EARLIEST), _LATEST)
