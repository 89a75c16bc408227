"""LINE of staff on the profile page: codes, unlinking, groups."""

from __future__ import annotations

import re

from client import Client
from desk import HERE, HOST, THERE, Desk, csrf_of
from sqlalchemy import insert

from bot.store import linelinks
from bot.store.database import write
from bot.store.tables import meta


def press(client: Client, path: str, **data: str) -> str:
    answer = client.post(f"/console/profile/line/{path}", data={"csrf": csrf_of(client), **data}, headers={"Origin": HOST})
    assert answer.status_code in (200, 303), answer.text
    return answer.text


def type_code(desk: Desk, id_: str, page: str, chat: str) -> bool:
    """What the bot does when the code on the page is typed in `chat`."""
    shown = re.search(r">(RS-[0-9A-Z]{4}-[0-9A-Z]{4})<", page)
    assert shown, page
    kind: linelinks.Kind = "group" if 'id="group-code"' in page else "staff"
    actor = desk.actor(id_)
    with write(desk.store.engine) as connection:
        code = linelinks.find_code(connection, desk.store.sealer, chat, linelinks.looks_like_code(shown.group(1)), kind, desk.now)
        return code is not None and linelinks.link(connection, desk.registry, actor, code, chat, "Ureal", desk.now)


def test_staff_link_and_unlink_their_own_line(desk: Desk) -> None:
    id_ = f"staff-{HERE}"
    client = desk.signed_in(id_)
    assert "ยังไม่ได้ผูก" in client.get("/console/profile").text
    assert type_code(desk, id_, press(client, "code"), "chat1")
    page = client.get("/console/profile").text
    assert "ผูกไว้แล้วตั้งแต่" in page
    assert "Ureal" not in page
    press(client, "unlink")
    assert "ยังไม่ได้ผูก" in client.get("/console/profile").text


def test_a_supervisor_registers_and_removes_groups_of_the_own_centre_only(desk: Desk) -> None:
    client = desk.signed_in(f"supervisor-{HERE}")
    assert type_code(desk, f"supervisor-{HERE}", press(client, "group-code"), "group1")
    other = desk.signed_in(f"supervisor-{THERE}")
    assert "group1" not in other.get("/console/profile").text
    press(other, "unlink-group", group="group1")
    assert "group1" in client.get("/console/profile").text
    press(client, "unlink-group", group="group1")
    assert "group1" not in client.get("/console/profile").text


def test_on_a_phone_the_code_is_one_tap_away(desk: Desk) -> None:
    client = desk.signed_in(f"staff-{HERE}")
    assert "line.me" not in press(client, "code")  # as long as LINE has not told who we are
    with write(desk.store.engine) as connection:
        connection.execute(insert(meta).values(name="basic_id", value=b"@012abcde"))
    assert re.search(r'href="https://line.me/R/oaMessage/%40012abcde/\?RS-[0-9A-Z]{4}-[0-9A-Z]{4}"', press(client, "code"))


def test_a_code_shown_yesterday_is_on_no_page(desk: Desk) -> None:
    client = desk.signed_in(f"staff-{HERE}")
    press(client, "code")
    assert "RS-" not in client.get("/console/profile").text
