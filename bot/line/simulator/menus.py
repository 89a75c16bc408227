"""Rich menu endpoints of the pretended LINE: create, upload, default, per person, aliases."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.line.limits_actions import action
from bot.line.measure import graphemes
from bot.line.simulator.api import Api, Refusal, answer, read
from bot.line.simulator.platform import Platform, RichMenu

_IMAGE_BYTES = 1024 * 1024
_AREAS, _BAR, _NAME, _LABEL = 20, 14, 300, 20


@dataclass(slots=True)
class Menus:
    api: Api

    @property
    def platform(self) -> Platform:
        return self.api.platform

    def routes(self) -> list[Route]:
        table = [
            ("POST", "/v2/bot/richmenu", self.create),
            ("POST", "/v2/bot/richmenu/validate", self.validate),
            ("GET", "/v2/bot/richmenu/list", self.list),
            ("POST", "/v2/bot/richmenu/alias", self.set_alias),
            ("GET", "/v2/bot/richmenu/alias/list", self.list_aliases),
            ("POST", "/v2/bot/richmenu/alias/{alias}", self.set_alias),
            ("GET", "/v2/bot/richmenu/alias/{alias}", self.get_alias),
            ("DELETE", "/v2/bot/richmenu/alias/{alias}", self.delete_alias),
            ("GET", "/v2/bot/richmenu/{menu}", self.get),
            ("DELETE", "/v2/bot/richmenu/{menu}", self.delete),
            ("POST", "/v2/bot/richmenu/{menu}/content", self.upload),
            ("GET", "/v2/bot/richmenu/{menu}/content", self.download),
            ("GET", "/v2/bot/user/all/richmenu", self.get_default),
            ("DELETE", "/v2/bot/user/all/richmenu", self.clear_default),
            ("POST", "/v2/bot/user/all/richmenu/{menu}", self.set_default),
            ("POST", "/v2/bot/user/{user}/richmenu/{menu}", self.link),
            ("DELETE", "/v2/bot/user/{user}/richmenu", self.unlink),
        ]
        return [Route(path, self.api.guarded(handler), methods=[method]) for method, path, handler in table]

    def _menu(self, id_: str) -> RichMenu:
        if id_ not in self.platform.menus:
            raise Refusal(404, "richmenu not found")
        return self.platform.menus[id_]

    def _drawn(self, id_: str) -> str:
        if not self._menu(id_).image:
            raise Refusal(400, "must upload richmenu image before applying it to user")
        return id_

    async def create(self, request: Request) -> Response:
        body = await read(request)
        _check(body)
        id_ = f"richmenu-{self.platform.chance.getrandbits(128):032x}"
        self.platform.menus[id_] = RichMenu(body)
        return answer({"richMenuId": id_})

    async def validate(self, request: Request) -> Response:
        _check(await read(request))
        return answer({})

    async def list(self, request: Request) -> Response:
        return answer({"richmenus": [{"richMenuId": id_, **menu.body} for id_, menu in self.platform.menus.items()]})

    async def get(self, request: Request) -> Response:
        id_ = request.path_params["menu"]
        return answer({"richMenuId": id_, **self._menu(id_).body})

    async def delete(self, request: Request) -> Response:
        id_ = request.path_params["menu"]
        self._menu(id_)
        del self.platform.menus[id_]
        if self.platform.default_menu == id_:
            self.platform.default_menu = ""
        self._tell_all()
        return answer({})

    async def upload(self, request: Request) -> Response:
        menu = self._menu(request.path_params["menu"])
        image = await request.body()
        if menu.image:
            raise Refusal(400, "An image has already been uploaded to the richmenu")
        if len(image) > _IMAGE_BYTES:
            raise Refusal(413, "The image must be at most 1 MB")
        if _size(image) != (menu.body["size"]["width"], menu.body["size"]["height"]):
            raise Refusal(400, "The image size does not match the rich menu")
        menu.image, menu.image_type = image, request.headers.get("content-type", "image/png")
        return answer({})

    async def download(self, request: Request) -> Response:
        menu = self._menu(request.path_params["menu"])
        if not menu.image:
            raise Refusal(404, "Not found")
        return Response(menu.image, media_type=menu.image_type)

    async def get_default(self, request: Request) -> Response:
        if not self.platform.default_menu:
            raise Refusal(404, "no default richmenu")
        return answer({"richMenuId": self.platform.default_menu})

    async def set_default(self, request: Request) -> Response:
        self.platform.default_menu = self._drawn(request.path_params["menu"])
        self._tell_all()
        return answer({})

    async def clear_default(self, request: Request) -> Response:
        self.platform.default_menu = ""
        self._tell_all()
        return answer({})

    async def link(self, request: Request) -> Response:
        return self._link(request.path_params["user"], self._drawn(request.path_params["menu"]))

    async def unlink(self, request: Request) -> Response:
        return self._link(request.path_params["user"], "")

    def _link(self, user: str, menu: str) -> Response:
        if user not in self.platform.chats:
            raise Refusal(400, "Failed to send messages")
        self.platform.chats[user].rich_menu = menu
        self.platform.chats[user].touch()
        return answer({})

    async def set_alias(self, request: Request) -> Response:
        body = await read(request)
        alias = request.path_params.get("alias") or str(body.get("richMenuAliasId"))
        if not re.fullmatch(r"[a-z0-9_-]{1,32}", alias):
            raise Refusal(400, "invalid richMenuAliasId")
        if "alias" not in request.path_params and alias in self.platform.aliases:
            raise Refusal(400, "conflict richmenu alias id")
        self.platform.aliases[alias] = self._drawn(str(body.get("richMenuId")))
        return answer({})

    async def get_alias(self, request: Request) -> Response:
        return answer({"richMenuAliasId": request.path_params["alias"], "richMenuId": self._alias(request)})

    async def delete_alias(self, request: Request) -> Response:
        self._alias(request)
        del self.platform.aliases[request.path_params["alias"]]
        return answer({})

    async def list_aliases(self, request: Request) -> Response:
        return answer({"aliases": [{"richMenuAliasId": alias, "richMenuId": menu} for alias, menu in self.platform.aliases.items()]})

    def _alias(self, request: Request) -> str:
        alias = request.path_params["alias"]
        if alias not in self.platform.aliases:
            raise Refusal(404, "richmenu alias not found")
        return self.platform.aliases[alias]

    def _tell_all(self) -> None:
        for chat in self.platform.chats.values():
            chat.touch()


def _size(image: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return opened.size
    except OSError:
        raise Refusal(400, "The image is not a JPEG or PNG") from None


def _check(body: dict[str, Any]) -> None:
    found = list(_problems(body))
    if found:
        raise Refusal(400, f"The request body has {len(found)} error(s)", [{"message": what, "property": at} for at, what in found])


def _problems(body: dict[str, Any]) -> Any:
    width, height = (int((body.get("size") or {}).get(key, 0)) for key in ("width", "height"))
    if not 800 <= width <= 2500 or height < 250 or width / height < 1.45:
        yield "size", "invalid size"
    for key, limit in (("name", _NAME), ("chatBarText", _BAR)):
        if not 1 <= graphemes(str(body.get(key, ""))) <= limit:
            yield key, f"Length must be between 1 and {limit}"
    areas = body.get("areas") or []
    if len(areas) > _AREAS:
        yield "areas", f"Size must be between 0 and {_AREAS}"
    for i, area in enumerate(areas):
        bounds = area.get("bounds") or {}
        right, bottom = int(bounds.get("x", 0)) + int(bounds.get("width", 0)), int(bounds.get("y", 0)) + int(bounds.get("height", 0))
        if right > width or bottom > height:
            yield f"areas[{i}].bounds", "must lie within the image"
        if (area.get("action") or {}).get("type") != "richmenuswitch":
            yield from action(f"areas[{i}].action", area.get("action"), _LABEL)
