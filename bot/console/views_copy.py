"""The page behind the link to one's own data. Opening it uses nothing up (a preview may do that); the button does.

Belongs here: these two pages. Does not: what stands in the file (`owncopy.py`), making links (`bot/line/copies.py`).
"""

from __future__ import annotations

import orjson
from starlette.responses import Response

from bot.console.owncopy import gather
from bot.console.pages import ANYBODY, Page, Visit
from bot.store import audit, copies
from bot.store.audit import Entry
from bot.store.casefiles import NotFound


def copy_page(visit: Visit) -> Response:
    if not copies.is_good(visit.connection, visit.console.store.sealer, visit.of("token"), visit.now_ms):
        return visit.show("copy.html", 410, good=False)
    return visit.show("copy.html", good=True)


def fetch(visit: Visit) -> Response:
    """The file itself, once."""
    if visit.console.world is None:
        raise NotFound("no copies here")
    sealer = visit.console.store.sealer
    chat = copies.take(visit.connection, sealer, visit.of("token"), visit.now_ms)
    if chat is None:
        return visit.show("copy.html", 410, good=False)
    world = visit.console.world()
    copy = gather(visit.connection, sealer, world, chat, visit.now_ms)
    if copy is None:
        return visit.show("copy.html", 410, good=False)
    audit.append(visit.connection, sealer, [Entry("chat", "own data fetched", chat)], visit.now_ms)
    if visit.text("form", 10) == "json":
        return _file(orjson.dumps(copy.data, option=orjson.OPT_INDENT_2), "json", "application/json")
    say = world.words.say
    page = visit.console.templates.get_template("own_data.html").render(
        language=copy.language,
        title=say("data.file_title", copy.language),
        note=say("data.note", copy.language),
        empty=say("data.part_empty", copy.language),
        sections=copy.sections,
    )
    return _file(page.encode(), "html", "text/html; charset=utf-8")


def _file(body: bytes, suffix: str, media: str) -> Response:
    return Response(body, media_type=media, headers={"Content-Disposition": f'attachment; filename="my-data.{suffix}"'})


PAGES = (
    Page("GET", "/data/{token}", ANYBODY, copy_page),
    Page("POST", "/data/{token}", ANYBODY, fetch),
)
