"""The door for phones (the chat page and `driver.py`): what a person does, and what stands in the chat.

Belongs here: `/_sim/…`. Does not: anything LINE has (`api.py`, `menus.py`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.line.simulator.api import Refusal, answer, read
from bot.line.simulator.faults import Faults, parse
from bot.line.simulator.platform import BOT_ID, Chat, Platform
from bot.line.simulator.webhooks import Sender

_LONGEST_WAIT = 25.0
_FILE_BYTES = 50 * 1024 * 1024
_TYPES = {"image": "image/png", "audio": "audio/mp4", "video": "video/mp4", "file": "application/octet-stream"}


@dataclass(slots=True)
class People:
    platform: Platform
    sender: Sender
    faults: Faults

    def routes(self) -> list[Route]:
        table = [
            ("GET", "/_sim/people", self.list),
            ("POST", "/_sim/people", self.add),
            ("POST", "/_sim/chats/{chat}/do", self.do),
            ("GET", "/_sim/chats/{chat}", self.news),
            ("GET", "/_sim/menus/{menu}", self.menu_image),
            ("GET", "/_sim/contents/{message}", self.picture),
            ("GET", "/_sim/faults", self.get_faults),
            ("PUT", "/_sim/faults", self.set_faults),
            ("GET", "/_sim/stats", self.stats),
            ("POST", "/_sim/quota", self.set_quota),
        ]
        return [Route(path, _tolerant(handler), methods=[method]) for method, path, handler in table]

    async def list(self, request: Request) -> Response:
        chats = [{"id": chat.id, "name": chat.name, "group": chat.group, "members": chat.members} for chat in self.platform.chats.values()]
        return answer({"people": chats})

    async def add(self, request: Request) -> Response:
        body = await read(request)
        name = str(body.get("name", "")).strip()
        if not name:
            raise Refusal(400, "name is missing")
        chat = self.platform.group(name, body["members"]) if body.get("members") else self.platform.person(name)
        return answer({"id": chat.id, "name": chat.name})

    def _chat(self, request: Request) -> Chat:
        chat = self.platform.chats.get(request.path_params["chat"])
        if chat is None:
            raise Refusal(404, "no such chat")
        return chat

    async def do(self, request: Request) -> Response:
        """One act of a person: `what` and its parts; `user` in a group. Answers the bot's HTTP status and the message id, if any."""
        chat, body = self._chat(request), await read(request, most=2 * _FILE_BYTES)
        act = getattr(self, f"_do_{body.get('what')}", None)
        if act is None:
            raise Refusal(400, "unknown act")
        event = act(chat, str(body.get("user") or (chat.members[0] if chat.members else chat.id)), body)
        status = min([await self.sender.send(event) for _ in range(2 if body.get("duplicate") else 1)])
        return answer({"status": status, "message": (event.get("message") or {}).get("id", ""), "event": event["webhookEventId"]})

    def _message(
        self, chat: Chat, user: str, body: dict[str, Any], message: dict[str, Any], shown: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        read_token, quote = f"r{self.platform.chance.getrandbits(96):024x}", f"q{self.platform.chance.getrandbits(64):016x}"
        full = {"id": self.platform.next_id(), "markAsReadToken": read_token, "quoteToken": quote, **message}
        self._show(chat, user, {**(shown or message), "id": full["id"]})
        self.platform.read_tokens[read_token] = (chat.id, chat.seq)
        return self.sender.event(chat, user, "message", standby=bool(body.get("standby")), message=full)

    def _show(self, chat: Chat, user: str, message: dict[str, Any]) -> None:
        name = self.platform.chats[user].name if user in self.platform.chats else ""
        chat.put({"kind": "message", "from": "user", "name": name, "at": self.platform.clock(), "message": message})

    def _do_say(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        text = str(body["text"])
        message: dict[str, Any] = {"type": "text", "text": text}
        if body.get("mention"):
            text = f"@รู้สิทธิ {text}"
            mentionee = {"index": 0, "length": len("@รู้สิทธิ"), "type": "user", "userId": BOT_ID, "isSelf": True}
            message = {"type": "text", "text": text, "mention": {"mentionees": [mentionee]}}
        return self._message(chat, user, body, message)

    def _do_tap(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("show"):
            self._show(chat, user, {"type": "text", "text": str(body["show"]), "id": self.platform.next_id()})
        postback = {"data": str(body["data"]), **({"params": body["params"]} if body.get("params") else {})}
        return self.sender.event(chat, user, "postback", standby=bool(body.get("standby")), postback=postback)

    def _do_location(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        place: dict[str, Any] = {key: body[key] for key in ("title", "address", "latitude", "longitude") if key in body}
        return self._message(chat, user, body, {"type": "location", **place})

    def _do_sticker(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        sticker: dict[str, Any] = {"type": "sticker", "packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}
        sticker["keywords"] = [str(word) for word in body.get("keywords", [])]
        return self._message(chat, user, body, sticker, {**sticker, "face": str(body.get("face", "🙂"))})

    def _do_media(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        """`kind`: image | audio | video | file. `preparing`: how often its content is not ready yet; `lost`: it never is."""
        kind = str(body.get("kind", "image"))
        if kind not in _TYPES:
            raise Refusal(400, "unknown kind")
        try:
            content = base64.b64decode(str(body.get("base64", "")), validate=True)
        except binascii.Error:
            raise Refusal(400, "base64 is not valid") from None
        if len(content) > _FILE_BYTES:
            raise Refusal(413, "file too large")
        message: dict[str, Any] = {"type": kind, "contentProvider": {"type": "line"}}
        if kind == "file":
            message = {"type": "file", "fileName": str(body.get("name") or "file"), "fileSize": len(content)}
        event = self._message(chat, user, body, message)
        id_ = event["message"]["id"]
        self.platform.preparing[id_] = int(body.get("preparing", 0))
        if not body.get("lost"):
            self.platform.contents[id_] = (str(body.get("type") or _TYPES[kind]), content)
        return event

    def _do_unsend(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        if not self.platform.unsend(chat, str(body.get("message"))):
            raise Refusal(404, "no such message")
        return self.sender.event(chat, user, "unsend", reply=False, unsend={"messageId": str(body["message"])})

    def _do_follow(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        again, chat.blocked = chat.blocked, False
        chat.touch()
        return self.sender.event(chat, user, "follow", follow={"isUnblocked": again})

    def _do_block(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        chat.blocked = True
        chat.touch()
        return self.sender.event(chat, user, "unfollow", reply=False)

    def _do_join(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.sender.event(chat, user, "join")

    def _do_raw(self, chat: Chat, user: str, body: dict[str, Any]) -> dict[str, Any]:
        """Any event at all, as a future LINE may send it."""
        return self.sender.event(chat, user, str(body.get("type", "unheardOf"))) | dict(body.get("event") or {})

    async def news(self, request: Request) -> Response:
        """What is new in the chat after `after`; waits up to `wait` seconds for it."""
        chat = self._chat(request)
        after, wait = int(request.query_params.get("after", "0")), min(float(request.query_params.get("wait", "0")), _LONGEST_WAIT)
        known = request.query_params.get("state", "")
        changed = chat.changed
        if chat.seq <= after and wait > 0 and known == self._state_mark(chat):
            try:
                async with asyncio.timeout(wait):
                    await changed.wait()
            except TimeoutError:
                pass
        return answer({"items": [item for item in chat.items if item["seq"] > after], "seq": chat.seq, **self._state(chat)})

    def _state(self, chat: Chat) -> dict[str, Any]:
        menu = self._menu_of(chat)
        body = self.platform.menus[menu].body if menu else None
        loading = max(0.0, chat.loading_until - self.platform.clock())
        shown = {"id": menu, "size": body["size"], "chatBarText": body["chatBarText"], "areas": body["areas"]} if body else None
        return {"blocked": chat.blocked, "loading": loading, "read": chat.read, "menu": shown, "state": self._state_mark(chat)}

    def _state_mark(self, chat: Chat) -> str:
        return f"{int(chat.blocked)}-{chat.loading_until:.3f}-{chat.read}-{self._menu_of(chat)}"

    def _menu_of(self, chat: Chat) -> str:
        if chat.group:
            return ""
        menu = chat.rich_menu or self.platform.default_menu
        return menu if menu in self.platform.menus else ""

    async def menu_image(self, request: Request) -> Response:
        menu = self.platform.menus.get(request.path_params["menu"])
        if menu is None or not menu.image:
            raise Refusal(404, "no such menu")
        return Response(menu.image, media_type=menu.image_type)

    async def picture(self, request: Request) -> Response:
        found = self.platform.contents.get(request.path_params["message"])
        if found is None or not found[0].startswith(("image/", "audio/", "video/")) or "svg" in found[0]:
            raise Refusal(404, "no such content")
        return Response(found[1], media_type=found[0])

    async def get_faults(self, request: Request) -> Response:
        return answer({"faults": [asdict(rule) for rule in self.faults.rules]})

    async def set_faults(self, request: Request) -> Response:
        try:
            self.faults.rules = parse((await read(request)).get("faults", []))
        except (TypeError, ValueError) as problem:
            raise Refusal(400, str(problem)) from None
        return await self.get_faults(request)

    async def stats(self, request: Request) -> Response:
        counts = dict(sorted(self.platform.counts.items()))
        return answer({"counts": counts, "usage": self.platform.usage, "refusals": list(self.platform.refusals)})

    async def set_quota(self, request: Request) -> Response:
        body = await read(request)
        self.platform.monthly_limit, self.platform.usage = body.get("limit"), int(body.get("used", self.platform.usage))
        return answer({"limit": self.platform.monthly_limit, "used": self.platform.usage})


def _tolerant(handler: Any) -> Any:
    async def respond(request: Request) -> Response:
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except Refusal as refusal:
            return answer(refusal.body, refusal.status)
        except (KeyError, ValueError) as problem:
            return answer({"message": f"not understood: {problem}"}, 400)

    return respond
