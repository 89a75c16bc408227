"""Pictures, voice, films and files of a talk, for those who may read its alert or case. Every look is an audit line.

Belongs here: who may have the bytes, and how a browser is to treat them. Does not: keeping them (`bot/store/media.py`).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from bot.casework.moves import Event
from bot.console.pages import READERS, Page, Visit
from bot.line.cleaning import OTHER, SHOWN
from bot.store import consents, media
from bot.store.casefiles import NotFound, load_alert, load_case, tell
from bot.store.media import Item
from bot.store.media_tables import MediaState

#: Whatever is in the file, it runs nothing and loads nothing.
_POLICY = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{1,12})?")


def show(visit: Visit) -> Response:
    """The content; a part of it if the browser asks for one (some play nothing otherwise)."""
    about = visit.of("uid")
    item = _item(visit, about)
    tell(visit.connection, visit.registry, visit.staff, about, (Event("media read", {"media": item.uid, "kind": item.kind}),), visit.now_ms)
    span = _span(visit.request.headers.get("range", ""), item.size)
    if span is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{item.size}"})
    first, last, partial = span
    store = visit.console.store
    headers = {
        "Content-Disposition": _disposition(item, bool(visit.request.query_params.get("save"))),
        "Content-Security-Policy": _POLICY,
        "Content-Length": str(last - first + 1),
        "Accept-Ranges": "bytes",
        **({"Content-Range": f"bytes {first}-{last}/{item.size}"} if partial else {}),
    }
    body = media.content(store.engine, store.sealer, item.uid, first, last)
    kind = item.type if item.type in SHOWN else OTHER
    return StreamingResponse(body, 206 if partial else 200, headers, media_type=kind)


def _item(visit: Visit, about: str) -> Item:
    """Found through the alert or case, as everything under one is. Raises NotFound."""
    try:
        chat = load_alert(visit.connection, visit.staff, about).chat
    except NotFound:
        chat = load_case(visit.connection, visit.registry, visit.staff, about, visit.now_ms).chat
    since = consents.readable_since(visit.connection, chat)
    found = media.find(visit.connection, visit.console.store.sealer, chat, visit.of("medium"), since)
    if found is None or found.state is not MediaState.STORED:
        raise NotFound(about)
    return found


def _span(asked: str, size: int) -> tuple[int, int, bool] | None:
    """(first, last byte, whether only a part was asked for). None: there is no such part."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None:
        return 0, size - 1, False
    first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    return (first, last, True) if first <= last else None


def _disposition(item: Item, save: bool) -> str:
    """Only what is a picture, sound or film by its own bytes is shown; everything else can be saved."""
    way = "inline" if item.type in SHOWN and not save else "attachment"
    name = "".join(sign for sign in item.file_name if sign.isprintable() and sign not in '/\\"') or f"{item.kind}{_END.get(item.type, '')}"
    return f"{way}; filename*=UTF-8''{quote(name, safe='')}"


_END = {"image/jpeg": ".jpg", "image/png": ".png", "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "video/mp4": ".mp4"}
PAGES = (Page("GET", "/console/media/{uid}/{medium}", READERS, show),)
