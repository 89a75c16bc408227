"""The drill: back up while it is served, lose everything, restore, and go on."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.store import conversations
from bot.store.backup import BackupProblem, backup, restore
from bot.store.conversations import Saved
from bot.store.database import read, write
from bot.store.keys import Key
from bot.store.store import Store
from bot.store.tables import lane

KEY = Key("k", b"k" * 32)


def opened(folder: Path) -> Store:
    return Store(url(folder), (KEY,), folder / "keys")


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/bot.db"


def tell(store: Store, who: str) -> None:
    with write(store.engine) as connection:
        conversations.save(connection, store.sealer, [Saved(who, "user", f"U-{who}", b"said")], 1)


def known(store: Store) -> set[str]:
    with read(store.engine) as connection:
        return {who for who in ("before", "after") if conversations.load(connection, store.sealer, [who]) == {who: b"said"}}


def test_drill_backs_up_a_served_database_and_brings_everybody_back(tmp_path: Path) -> None:
    store, copy = opened(tmp_path), tmp_path / "copy.db"
    tell(store, "before")
    with store.engine.connect() as open_turn, open_turn.begin():
        open_turn.execute(insert(lane).values(chat="under way"))  # a turn that is not committed is no part of it
        assert backup(url(tmp_path), copy) > 0
    tell(store, "after")
    store.engine.dispose()
    aside = restore(url(tmp_path), copy)
    again = opened(tmp_path)
    assert known(again) == {"before"}
    with read(again.engine) as connection:
        assert connection.scalars(select(lane.c.chat)).all() == []
    again.engine.dispose()
    assert aside is not None
    (tmp_path / "old").mkdir()
    aside.rename(tmp_path / "old" / "bot.db")
    former = opened(tmp_path / "old")
    assert known(former) == {"before", "after"}
    former.engine.dispose()


def test_a_lost_database_comes_back(tmp_path: Path) -> None:
    store, copy = opened(tmp_path), tmp_path / "copy.db"
    tell(store, "before")
    backup(url(tmp_path), copy)
    store.engine.dispose()
    for file in tmp_path.glob("bot.db*"):
        file.unlink()
    assert restore(url(tmp_path), copy) is None
    again = opened(tmp_path)
    assert known(again) == {"before"}
    again.engine.dispose()


def test_a_copy_is_for_its_owner_only_and_tells_nothing(tmp_path: Path) -> None:
    store, copy = opened(tmp_path), tmp_path / "copy.db"
    tell(store, "before")
    backup(url(tmp_path), copy)
    store.engine.dispose()
    assert copy.stat().st_mode & 0o077 == 0
    assert b"U-before" not in copy.read_bytes()
    assert b"said" not in copy.read_bytes()


def test_what_is_damaged_strange_or_served_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    store, copy = opened(tmp_path), tmp_path / "copy.db"
    tell(store, "before")
    backup(url(tmp_path), copy)
    with pytest.raises(BackupProblem, match="already"):
        backup(url(tmp_path), copy)
    store.engine.dispose()
    torn, strange = tmp_path / "torn.db", tmp_path / "strange.db"
    torn.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    sqlite3.connect(strange).close()
    for file in (torn, strange, tmp_path / "missing.db"):
        with pytest.raises(BackupProblem):
            restore(url(tmp_path), file)
    with (tmp_path / "bot.db.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupProblem, match="stop the bot"):
            restore(url(tmp_path), copy)
    again = opened(tmp_path)
    assert known(again) == {"before"}
    again.engine.dispose()


def test_postgres_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupProblem, match="pg_dump"):
        backup("postgresql://somebody:secret@host/database", tmp_path / "copy")
