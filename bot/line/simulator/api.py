"""The Messaging API as the bot sees it: messages, profiles, loading, quota, content, webhook endpoint. Rich menus: `menus.py`.

Belongs here: requests in, LINE's answers and refusals out. Does not: the state behind them (`platform.py`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.line import limits
from bot.line.simulator.platform import BOT_ID, Accepted, Chat, Platform
from bot.line.simulator.webhooks import Sender

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BODY_BYTES = 2 * 1024 * 1024
_RECIPIENTS = 500
Body = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An answer other than 2xx, with LINE's error body."""

    def __init__(self, status: int, message: str, details: list[dict[str, str]] | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body: Body = {"message": message, **({"details": details} if details else {})}


@dataclass(slots=True)
class Api:
    platform: Platform
    sender: Sender
    bearer: str
    validate: bool = True

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind the bearer token, with refusals turned into answers and every answer numbered."""

        async def answer(request: Request) -> Response:
            try:
                if request.headers.get("authorization") != self.bearer:
                    raise Refusal(401, "Authentication failed. Confirm that the access token in the authorization header is valid.")
                response = await handler(request)
            except Refusal as refusal:
                self.platform.refusals.append({"path": request.url.path, "status": refusal.status, **refusal.body})
                response = Response(orjson.dumps(refusal.body), refusal.status, refusal.headers, "application/json")
            self.platform.counts[f"{handler.__name__}_{response.status_code}"] += 1
            if "x-line-request-id" not in response.headers:
                response.headers["x-line-request-id"] = self.request_id()
            return response

        return answer

    def request_id(self) -> str:
        number = f"{self.platform.chance.getrandbits(128):032x}"
        return f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/v2/bot/message/reply", self.reply),
            ("POST", "/v2/bot/message/push", self.push),
            ("POST", "/v2/bot/message/multicast", self.multicast),
            ("POST", "/v2/bot/message/validate/{kind}", self.validate_only),
            ("GET", "/v2/bot/message/quota", self.quota),
            ("GET", "/v2/bot/message/quota/consumption", self.consumption),
            ("GET", "/v2/bot/message/{message}/content", self.content),
            ("GET", "/v2/bot/message/{message}/content/preview", self.content),
            ("GET", "/v2/bot/message/{message}/content/transcoding", self.transcoding),
            ("GET", "/v2/bot/info", self.info),
            ("GET", "/v2/bot/profile/{user}", self.profile),
            ("GET", "/v2/bot/group/{group}/summary", self.summary),
            ("GET", "/v2/bot/group/{group}/member/{user}", self.profile),
            ("POST", "/v2/bot/group/{group}/leave", self.leave),
            ("POST", "/v2/bot/chat/loading/start", self.loading),
            ("POST", "/v2/bot/chat/markAsRead", self.mark_as_read),
            ("PUT", "/v2/bot/channel/webhook/endpoint", self.set_endpoint),
            ("GET", "/v2/bot/channel/webhook/endpoint", self.get_endpoint),
            ("POST", "/v2/bot/channel/webhook/test", self.test_endpoint),
        ]
        return [Route(path, self.guarded(handler), methods=[method]) for method, path, handler in table]

    async def reply(self, request: Request) -> Response:
        if "x-line-retry-key" in request.headers:
            raise Refusal(400, "The retry key is not available for this endpoint")
        body = await read(request)
        messages = self._messages(body)
        chat = self.platform.use_token(str(body.get("replyToken")))
        if chat is None:
            raise Refusal(400, "Invalid reply token")
        return answer({"sentMessages": self.platform.deliver(chat, messages)})

    async def push(self, request: Request) -> Response:
        body = await read(request)
        key, repeated = self._retry_key(request)
        if repeated:
            return _conflict(repeated, {"sentMessages": repeated.sent})
        messages = self._messages(body)
        chat = self._chat(str(body.get("to", "")))
        self._afford(self.platform.recipients(chat))
        sent = self.platform.deliver(chat, messages)
        return self._accept(key, sent, {"sentMessages": sent})

    async def multicast(self, request: Request) -> Response:
        body = await read(request)
        key, repeated = self._retry_key(request)
        if repeated:
            return _conflict(repeated, {})
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= _RECIPIENTS:
            raise _invalid("to", f"Size must be between 1 and {_RECIPIENTS}")
        messages = self._messages(body)
        chats = [chat for chat in (self.platform.chats.get(str(id_)) for id_ in dict.fromkeys(to)) if chat and not chat.group]
        self._afford(sum(self.platform.recipients(chat) for chat in chats))
        for chat in chats:
            self.platform.deliver(chat, messages)
        return self._accept(key, [], {})

    async def validate_only(self, request: Request) -> Response:
        self._messages(await read(request), always=True)
        return answer({})

    def _messages(self, body: Body, *, always: bool = False) -> list[Body]:
        messages = body.get("messages")
        if not isinstance(messages, list):
            raise _invalid("messages", "May not be empty")
        if not 1 <= len(messages) <= limits.MESSAGES:
            raise _invalid("messages", f"Size must be between 1 and {limits.MESSAGES}")
        if self.validate or always:
            found = [(f"messages[{i}].{at}", what) for i, message in enumerate(messages) for at, what in limits.find(message)]
            if found:
                details = [{"message": what, "property": at} for at, what in found]
                raise Refusal(400, f"The request body has {len(found)} error(s)", details)
        return messages

    def _retry_key(self, request: Request) -> tuple[str, Accepted | None]:
        key = request.headers.get("x-line-retry-key", "")
        if key and not _UUID.fullmatch(key):
            raise Refusal(400, "Invalid retry key")
        return key, self.platform.accepted.get(key) if key else None

    def _accept(self, key: str, sent: list[dict[str, str]], body: Body) -> Response:
        request_id = self.request_id()
        if key:
            self.platform.remember(key, Accepted(request_id, sent))
        return answer(body, headers={"x-line-request-id": request_id})

    def _chat(self, to: str) -> Chat:
        if not re.fullmatch(r"[UCR][0-9a-f]{32}", to):
            raise Refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        chat = self.platform.chats.get(to)
        if chat is None:
            raise Refusal(400, "Failed to send messages")
        return chat

    def _afford(self, cost: int) -> None:
        if not self.platform.afford(cost):
            raise Refusal(429, "You have reached your monthly limit.")

    async def quota(self, request: Request) -> Response:
        limit = self.platform.monthly_limit
        return answer({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    async def consumption(self, request: Request) -> Response:
        return answer({"totalUsage": self.platform.usage})

    async def content(self, request: Request) -> Response:
        message = request.path_params["message"]
        found = self.platform.contents.get(message)
        if found is None:
            raise Refusal(404, "Not found")
        if self.platform.preparing.get(message, 0) > 0:
            self.platform.preparing[message] -= 1
            return answer({}, 202)
        return Response(found[1], media_type=found[0])

    async def transcoding(self, request: Request) -> Response:
        message = request.path_params["message"]
        ready = "processing" if self.platform.preparing.get(message, 0) > 0 else "succeeded"
        return answer({"status": ready if message in self.platform.contents else "failed"})

    async def info(self, request: Request) -> Response:
        return answer({"userId": BOT_ID, "basicId": "@rusitthi", "displayName": "รู้สิทธิ", "chatMode": "bot", "markAsReadMode": "manual"})

    async def profile(self, request: Request) -> Response:
        chat = self.platform.chats.get(request.path_params["user"])
        if chat is None or chat.blocked or chat.group:
            raise Refusal(404, "Not found")
        return answer({"userId": chat.id, "displayName": chat.name, "language": "th"})

    def _group(self, request: Request) -> Chat:
        chat = self.platform.chats.get(request.path_params["group"])
        if chat is None or not chat.group:
            raise Refusal(404, "Not found")
        return chat

    async def summary(self, request: Request) -> Response:
        chat = self._group(request)
        return answer({"groupId": chat.id, "groupName": chat.name})

    async def leave(self, request: Request) -> Response:
        self._group(request).blocked = True
        return answer({})

    async def loading(self, request: Request) -> Response:
        body = await read(request)
        seconds = body.get("loadingSeconds", 20)
        if seconds not in range(5, 61, 5):
            raise _invalid("loadingSeconds", "must be a multiple of 5 between 5 and 60")
        chat = self.platform.chats.get(str(body.get("chatId")))
        if chat is None or chat.group:
            raise _invalid("chatId", "must be a user ID")
        chat.loading_until = self.platform.clock() + seconds
        chat.touch()
        return answer({}, 202)

    async def mark_as_read(self, request: Request) -> Response:
        body = await read(request)
        known = self.platform.read_tokens.get(str(body.get("markAsReadToken")))
        if known is None:
            raise _invalid("markAsReadToken", "Invalid markAsReadToken")
        chat = self.platform.chats[known[0]]
        chat.read = max(chat.read, known[1])
        chat.touch()
        return answer({})

    async def set_endpoint(self, request: Request) -> Response:
        url = str((await read(request)).get("endpoint", ""))
        if not url.startswith(("http://", "https://")):
            raise _invalid("endpoint", "invalid uri")
        self.platform.webhook_url = url
        return answer({})

    async def get_endpoint(self, request: Request) -> Response:
        return answer({"endpoint": self.platform.webhook_url, "active": bool(self.platform.webhook_url)})

    async def test_endpoint(self, request: Request) -> Response:
        url = str((await read(request, empty={})).get("endpoint", ""))
        status = await self.sender.verify(url)
        good = 200 <= status < 300
        reason = "OK" if good else "REQUEST_TIMEOUT" if status == 0 else "ERROR_STATUS_CODE"
        stamp = int(self.platform.clock() * 1000)
        return answer({"success": good, "timestamp": stamp, "statusCode": status, "reason": reason, "detail": str(status)})


def answer(body: Body, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


async def read(request: Request, empty: Body | None = None, most: int = _BODY_BYTES) -> Body:
    """The JSON object of a request of at most `most` bytes. Raises Refusal 400 or 413; an empty body is `empty` if that is allowed."""
    raw = await request.body()
    if len(raw) > most:
        raise Refusal(413, "Payload Too Large")
    if not raw and empty is not None:
        return empty
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body could not be parsed as JSON")
    return body


def _invalid(at: str, what: str) -> Refusal:
    return Refusal(400, "The request body has 1 error(s)", [{"message": what, "property": at}])


def _conflict(accepted: Accepted, body: Mapping[str, Any]) -> Response:
    message = {"message": "The retry key is already accepted", **body}
    return answer(message, 409, {"x-line-accepted-request-id": accepted.request_id})
