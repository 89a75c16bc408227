"""Which LINE chats staff are called in: their own accounts, and groups of centres. Each is linked once, by a code from the console.

Belongs here: codes, links, addresses. Does not: reading what is typed in a chat (`bot/line/errands.py`), calling (`calling.py`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote

from sqlalchemy import Connection, and_, delete, insert, or_, select

from bot.casework import scope
from bot.casework.model import Role, Staff
from bot.casework.moves import Event, need
from bot.store.casefiles import Registry, tell
from bot.store.sealing import CannotOpen, Sealer
from bot.store.staff import too_many
from bot.store.staff_tables import line_link, link_code
from bot.store.tables import conversation, meta

ADDRESS = "line_link.address_sealed"
CODE_LIFE_MS = 10 * 60_000
_PREFIX = "RS"
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike
_LENGTH = 8
_TRIES, _TRIES_WITHIN_MS = 5, 3_600_000

Kind = Literal["staff", "group"]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that is good now. `staff`: who made it; `centre`: whose group it is to link."""

    hashed: str
    kind: str
    staff: str
    centre: str


@dataclass(frozen=True, slots=True)
class Link:
    """`chat`: keyed hash; `at_ms`: since when; `by`: whose code it was. `blocked`: as far as LINE told, the bot is blocked there."""

    chat: str
    kind: str
    staff: str
    centre: str
    by: str
    at_ms: int
    blocked: bool = False


# Codes


def make_code(connection: Connection, registry: Registry, actor: Staff, kind: Kind, now_ms: int) -> str:
    """A new code to be typed in LINE within ten minutes; an older one of the same person and kind is void. Raises Refused."""
    need(scope.may(actor, scope.Power.WORK) and (kind == "staff" or actor.role is Role.SUPERVISOR), "role")
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    connection.execute(
        delete(link_code).where(or_(link_code.c.until_ms < now_ms, and_(link_code.c.staff == actor.id, link_code.c.kind == kind)))
    )
    hashed = registry.sealer.hash("link code", _PREFIX + code)
    row = {"code": hashed, "kind": kind, "staff": actor.id, "centre": actor.centre, "until_ms": now_ms + CODE_LIFE_MS}
    connection.execute(insert(link_code).values(row))
    tell(connection, registry, actor, actor.id, (Event("LINE code made", {"kind": kind}),), now_ms)
    return f"{_PREFIX}-{code[:4]}-{code[4:]}"


def chat_link(connection: Connection, code: str) -> str:
    """A link that opens the chat with us, `code` typed already; empty while our LINE ID is not known."""
    found = connection.scalar(select(meta.c.value).where(meta.c.name == "basic_id"))
    return f"https://line.me/R/oaMessage/{quote(bytes(found).decode(), safe='')}/?{quote(code)}" if found else ""


def looks_like_code(text: str) -> str:
    """What was typed, in the form in which codes are kept; empty if it has not the shape of one."""
    if text.lstrip()[:1] not in ("R", "r"):  # nearly everything that is ever said
        return ""
    plain = "".join(sign for sign in text[:40].upper() if not sign.isspace() and sign != "-")
    fits = len(plain) == len(_PREFIX) + _LENGTH and plain.startswith(_PREFIX) and all(sign in _SIGNS for sign in plain[len(_PREFIX) :])
    return plain if fits else ""


def find_code(connection: Connection, sealer: Sealer, chat: str, plain: str, kind: Kind, now_ms: int) -> Code | None:
    """The code typed in `chat`, if it is good. Five tries an hour: after them a good code is as unknown as a wrong one."""
    if too_many(connection, sealer.hash("link try", chat), _TRIES, _TRIES_WITHIN_MS, now_ms):
        return None
    hashed = sealer.hash("link code", plain)
    row = connection.execute(
        select(link_code).where(link_code.c.code == hashed, link_code.c.kind == kind, link_code.c.until_ms > now_ms)
    ).one_or_none()
    return Code(row.code, row.kind, row.staff, row.centre) if row is not None else None


# Links


def link(connection: Connection, registry: Registry, actor: Staff, code: Code, chat: str, address: str, now_ms: int) -> bool:
    """Use up `code`: `chat` is now where `actor` (or the group of their centre) is called. False if it was used a moment ago.

    One account a person and one person an account: what was linked before to either is not any more."""
    if connection.execute(delete(link_code).where(link_code.c.code == code.hashed)).rowcount != 1:
        return False
    same = line_link.c.chat == chat
    connection.execute(delete(line_link).where(or_(same, line_link.c.staff == actor.id) if code.kind == "staff" else same))
    owner = {"staff": actor.id, "centre": ""} if code.kind == "staff" else {"staff": "", "centre": code.centre}
    row = {"chat": chat, "kind": code.kind, **owner, "by": actor.id, "at_ms": now_ms}
    connection.execute(insert(line_link).values(row | {"address_sealed": registry.sealer.seal(ADDRESS, chat, address.encode())}))
    tell(connection, registry, actor, owner["staff"] or owner["centre"], (Event("LINE linked", {"kind": code.kind}),), now_ms)
    return True


def unlink_mine(connection: Connection, registry: Registry, actor: Staff, now_ms: int) -> None:
    """`actor` is not called on LINE any more."""
    if connection.execute(delete(line_link).where(line_link.c.staff == actor.id)).rowcount:
        tell(connection, registry, actor, actor.id, (Event("LINE unlinked", {"kind": "staff"}),), now_ms)


def unlink_group(connection: Connection, registry: Registry, actor: Staff, chat: str, now_ms: int) -> None:
    """Only groups of the actor's own centre; any other is as if it were not there. Raises Refused."""
    need(actor.role in (Role.SUPERVISOR, Role.SYSTEM), "role")
    mine = (line_link.c.chat == chat, line_link.c.kind == "group")
    centre = connection.scalar(select(line_link.c.centre).where(*mine))
    if centre is not None and (centre == actor.centre or actor.role is Role.SYSTEM):
        connection.execute(delete(line_link).where(*mine))
        tell(connection, registry, actor, centre, (Event("LINE unlinked", {"kind": "group"}),), now_ms)


def link_of(connection: Connection, chat: str) -> Link | None:
    row = connection.execute(select(line_link).where(line_link.c.chat == chat)).one_or_none()
    return None if row is None else Link(row.chat, row.kind, row.staff, row.centre, row.by, row.at_ms)


def mine(connection: Connection, actor: Staff) -> Link | None:
    """The LINE account of `actor`."""
    chat = connection.scalar(select(line_link.c.chat).where(line_link.c.staff == actor.id))
    found = link_of(connection, chat) if chat else None
    if found is None:
        return None
    reachable = connection.scalar(select(conversation.c.reachable).where(conversation.c.chat == found.chat))
    return replace(found, blocked=reachable is False)


def groups(connection: Connection, centre: str) -> list[Link]:
    """Groups of a centre, oldest first."""
    rows = connection.execute(select(line_link).where(line_link.c.centre == centre).order_by(line_link.c.at_ms, line_link.c.chat))
    return [Link(row.chat, row.kind, row.staff, row.centre, row.by, row.at_ms) for row in rows]


def addresses(connection: Connection, sealer: Sealer, people: Collection[str], centres: Collection[str]) -> list[tuple[str, str]]:
    """(chat, LINE id) of the linked accounts of these staff and of the groups of these centres."""
    query = select(line_link.c.chat, line_link.c.address_sealed).where(
        or_(line_link.c.staff.in_(people), and_(line_link.c.kind == "group", line_link.c.centre.in_(centres)))
    )
    found = []
    for row in connection.execute(query.order_by(line_link.c.chat)):
        try:
            found.append((row.chat, sealer.open(ADDRESS, row.chat, row.address_sealed).decode()))
        except CannotOpen:
            continue
    return found
