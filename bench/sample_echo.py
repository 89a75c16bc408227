"""What the official SDK's FastAPI sample does, for comparison: parse, reply with the same text, then answer the webhook.

Differs from the published sample in one thing: its client is made in the lifespan, because made at import it does not start any more.
Runs in .venv-bench.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration, ReplyMessageRequest, TextMessage
from linebot.v3.webhook import WebhookParser
from linebot.v3.webhooks import MessageEvent, TextMessageContent

parser = WebhookParser(os.environ["LINE_CHANNEL_SECRET"])
line: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    settings = Configuration(access_token=os.environ["LINE_CHANNEL_ACCESS_TOKEN"], host=os.environ["LINE_API_BASE"])
    async with AsyncApiClient(settings) as client:
        line["api"] = AsyncMessagingApi(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> str:
    return "OK"


@app.post("/callback")
async def callback(request: Request) -> str:
    body = (await request.body()).decode()
    try:
        events = parser.parse(body, request.headers["X-Line-Signature"])
    except InvalidSignatureError:
        raise HTTPException(status_code=400, detail="Invalid signature") from None
    for event in events:
        if isinstance(event, MessageEvent) and isinstance(event.message, TextMessageContent):
            answer = ReplyMessageRequest(reply_token=event.reply_token, messages=[TextMessage(text=event.message.text)])
            await line["api"].reply_message(answer)
    return "OK"
