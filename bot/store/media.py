"""What citizens send besides words, sealed in pieces in the database: so it is erased, kept and backed up with everything else.

Belongs here: these rows. Does not: HTTP (`bot/line/fetching.py`), cleaning (`bot/line/cleaning.py`), who may see it (`bot/console`),
forgetting (`erasure.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, and_, delete, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import insert_new, is_postgres, read, write
from bot.store.media_tables import MediaState, media, media_part
from bot.store.sealing import CannotOpen, Sealer

PLACE, PART = "media.sealed", "media_part.sealed"
#: Bytes of a piece.
PIECE = 256 * 1024
#: Longer than one fetch may take.
LEASE_MS = 180_000


@dataclass(frozen=True, slots=True)
class Sent:
    """Something to be fetched. `elsewhere`: LINE does not keep its content, so nobody fetches it."""

    uid: str
    chat: str
    message_id: str
    kind: str
    file_name: str
    elsewhere: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Job:
    """Claimed: fetch the content of this message. `at_ms`: when it was sent."""

    uid: str
    kind: str
    message_id: str
    tries: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Item:
    """A medium as a page shows it."""

    uid: str
    kind: str
    state: MediaState
    problem: str
    type: str
    size: int
    file_name: str
    at_ms: int


def take_in(connection: Connection, sealer: Sealer, sent: Sequence[Sent], now_ms: int) -> None:
    """Note what is to be fetched; what is known already stays as it is."""
    insert_new(connection, media, [_row(sealer, one, now_ms) for one in sent])


def _row(sealer: Sealer, one: Sent, now_ms: int) -> dict[str, Any]:
    state = MediaState.FAILED if one.elsewhere else MediaState.WAITING
    return {
        "uid": one.uid,
        "chat": one.chat,
        "message_key": sealer.hash("message", one.message_id),
        "kind": one.kind,
        "type": "",
        "size": 0,
        "tries": 0,
        "at_ms": one.at_ms,
        "due_ms": now_ms,
        "lease_ms": 0,
        "sealed": sealer.seal(PLACE, one.uid, orjson.dumps([one.message_id, one.file_name])),
        "state": int(state),
        "problem": "elsewhere" if one.elsewhere else "",
    }


# Fetching


def claim(connection: Connection, sealer: Sealer, now_ms: int, slots: int) -> list[Job]:
    """Up to `slots` that are due, or whose worker died; what it had stored of them is dropped."""
    open_ = media.c.state < literal_column(str(int(MediaState.STORED)))
    due = or_(
        and_(media.c.state == MediaState.WAITING, media.c.due_ms <= now_ms),
        and_(media.c.state == MediaState.FETCHING, media.c.lease_ms < now_ms),
    )
    columns = (media.c.uid, media.c.kind, media.c.tries, media.c.at_ms, media.c.sealed)
    query = select(*columns).where(open_, due).order_by(media.c.due_ms, media.c.uid).limit(slots)
    rows = connection.execute(query.with_for_update(skip_locked=True) if is_postgres(connection) else query).all()
    jobs = []
    for row in rows:
        opened = _open(sealer, row.uid, row.sealed)
        taken = {"state": int(MediaState.FETCHING), "lease_ms": now_ms + LEASE_MS, "tries": row.tries + 1}
        given_up = {"state": int(MediaState.FAILED), "problem": "gone"}
        connection.execute(delete(media_part).where(media_part.c.media == row.uid))
        connection.execute(update(media).where(media.c.uid == row.uid).values(taken if opened else given_up))
        if opened:
            jobs.append(Job(row.uid, row.kind, opened[0], row.tries + 1, row.at_ms))
    return jobs


def add_piece(engine: Engine, sealer: Sealer, uid: str, n: int, data: bytes) -> bool:
    """Store the n-th piece. False: the medium was erased meanwhile."""
    id_ = f"{uid}/{n}"
    try:
        with write(engine) as connection:
            connection.execute(insert(media_part).values(id=id_, media=uid, n=n, sealed=sealer.seal(PART, id_, data)))
    except IntegrityError:
        return False
    return True


def settle(engine: Engine, uid: str, state: MediaState, *, problem: str = "", type_: str = "", size: int = 0, due_ms: int = 0) -> None:
    """What became of one attempt. Anything but STORED leaves no piece behind."""
    with write(engine) as connection:
        if state is not MediaState.STORED:
            connection.execute(delete(media_part).where(media_part.c.media == uid))
        values = {"state": int(state), "problem": problem, "type": type_, "size": size, "due_ms": due_ms}
        connection.execute(update(media).where(media.c.uid == uid).values(values))


# Reading


def of_chat(connection: Connection, sealer: Sealer, chat: str, since_ms: int) -> dict[str, Item]:
    """Media of a chat by LINE message id. The caller knows since when the chat may be read."""
    rows = connection.execute(select(media).where(media.c.chat == chat, media.c.at_ms >= since_ms))
    opened = ((row, _open(sealer, row.uid, row.sealed)) for row in rows)
    return {found[0]: _item(row, found[1]) for row, found in opened if found}


def find(connection: Connection, sealer: Sealer, chat: str, uid: str, since_ms: int) -> Item | None:
    """One medium of this chat; None for one of any other, or from before it may be read."""
    mine = (media.c.uid == uid, media.c.chat == chat, media.c.at_ms >= since_ms)
    row = connection.execute(select(media).where(*mine)).one_or_none() if chat else None
    opened = _open(sealer, row.uid, row.sealed) if row is not None else None
    return _item(row, opened[1]) if row is not None and opened else None


def _item(row: Any, file_name: str) -> Item:
    return Item(row.uid, row.kind, MediaState(row.state), row.problem, row.type, row.size, file_name, row.at_ms)


def _open(sealer: Sealer, uid: str, sealed: bytes) -> tuple[str, str] | None:
    try:
        message_id, file_name = orjson.loads(sealer.open(PLACE, uid, sealed))
    except CannotOpen:
        return None
    return message_id, file_name


def content(engine: Engine, sealer: Sealer, uid: str, first: int, last: int) -> Iterator[bytes]:
    """Bytes `first` to `last` (both included), piece by piece. Ends early if it is erased meanwhile."""
    for n in range(first // PIECE, last // PIECE + 1):
        id_ = f"{uid}/{n}"
        with read(engine) as connection:
            sealed = connection.scalar(select(media_part.c.sealed).where(media_part.c.id == id_))
        if sealed is None:
            return
        start = n * PIECE
        yield sealer.open(PART, id_, sealed)[max(0, first - start) : last - start + 1]
