"""The menu under the chat, set up at LINE: `rusitthi line setup`.

Belongs here: creating, uploading, making default, clearing away older ones of ours.
Does not: drawing (`richmenu_draw.py`), wording (`knowledge/richmenu/`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "knowledge" / "richmenu"
IMAGE = FOLDER / "menu.png"
WIDTH, HEIGHT = 2500, 1686
_COLUMNS, _ROWS = 3, 2
_OURS = "rusitthi-"
_PATIENCE = aiohttp.ClientTimeout(total=30)


class MenuRefused(Exception):
    """LINE said no; the message holds its status and words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    menu: str
    created: bool
    deleted: int


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach LINE: the two hosts and the channel access token."""

    session: aiohttp.ClientSession
    api_base: str
    data_base: str
    token: str

    async def call(
        self, method: str, path: str, body: Any = None, *, data_host: bool = False, kind: str = "application/json"
    ) -> dict[str, Any]:
        """LINE's answer. Raises MenuRefused for anything but 2xx, except 404 on a GET: an empty answer."""
        url = (self.data_base if data_host else self.api_base) + path
        data = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else None
        headers = {"authorization": f"Bearer {self.token}", "content-type": kind}
        async with self.session.request(method, url, data=data, headers=headers, timeout=_PATIENCE) as answer:
            text = await answer.read()
            if answer.status == 404 and method == "GET":
                return {}
            if not 200 <= answer.status < 300:
                raise MenuRefused(f"{method} {path}: {answer.status} {text.decode(errors='replace')[:300]}")
        return dict(orjson.loads(text)) if text else {}


def body(words: Mapping[str, Any]) -> dict[str, Any]:
    """The rich menu object of `menu.yaml`: six areas that cover the picture to the last pixel."""
    columns = [WIDTH * i // _COLUMNS for i in range(_COLUMNS + 1)]
    rows = [HEIGHT * i // _ROWS for i in range(_ROWS + 1)]
    places = [(x, y) for y in range(_ROWS) for x in range(_COLUMNS)]
    areas = [
        {"bounds": _bounds(columns[x], rows[y], columns[x + 1], rows[y + 1]), "action": _action(area)}
        for (x, y), area in zip(places, words["areas"], strict=True)
    ]
    return {"size": {"width": WIDTH, "height": HEIGHT}, "selected": True, "chatBarText": words["bar"], "areas": areas}


def _bounds(left: int, top: int, right: int, bottom: int) -> dict[str, int]:
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _action(area: Mapping[str, str]) -> dict[str, str]:
    shown = {"displayText": area["say"]} if area["say"] else {}
    return {"type": "postback", "label": area["label"], "data": area["data"], **shown}


def load() -> tuple[dict[str, Any], bytes]:
    """The menu object, named by a hash of itself and its picture, and the picture (PNG)."""
    image = IMAGE.read_bytes()
    menu = body(yaml.safe_load((FOLDER / "menu.yaml").read_text("utf-8")))
    mark = hashlib.sha256(orjson.dumps(menu, option=orjson.OPT_SORT_KEYS) + image).hexdigest()[:16]
    return {"name": f"{_OURS}{mark}", **menu}, image


async def setup(line: Line) -> Outcome:
    """Puts the menu of `knowledge/richmenu/` under every chat, deletes older ones of ours; idempotent. Raises MenuRefused."""
    menu, image = load()
    ours = [
        found for found in (await line.call("GET", "/v2/bot/richmenu/list")).get("richmenus", []) if str(found["name"]).startswith(_OURS)
    ]
    default = (await line.call("GET", "/v2/bot/user/all/richmenu")).get("richMenuId", "")
    # The default one surely has its picture; another of the same name may be left from a try that broke off, and is cleared away.
    current = next((found["richMenuId"] for found in ours if found["name"] == menu["name"] and found["richMenuId"] == default), "")
    created = current or await _create(line, menu, image)
    stale = [found["richMenuId"] for found in ours if found["richMenuId"] != created]
    for old in stale:
        await line.call("DELETE", f"/v2/bot/richmenu/{old}")
    return Outcome(created, not current, len(stale))


async def _create(line: Line, menu: dict[str, Any], image: bytes) -> str:
    id_ = str((await line.call("POST", "/v2/bot/richmenu", menu))["richMenuId"])
    await line.call("POST", f"/v2/bot/richmenu/{id_}/content", image, data_host=True, kind="image/png")
    await line.call("POST", f"/v2/bot/user/all/richmenu/{id_}")
    return id_
