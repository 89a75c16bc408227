"""The drill: back up while it is served, lose everything, restore, and go on."""

from __future__ import annotations

import fcntl
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "followup"))

from databases import KINDS, fresh_database
from street import Street

from bot.store import conversations, pgtools
from bot.store.backup import BackupProblem, backup, restore, restore_and_forget
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


# ---------------------------------------------------------------- both kinds
@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as made:
        yield made


def test_whoever_was_erased_after_the_backup_stays_erased(address: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    street = Street(Store(address, (KEY,), tmp_path / "keys"))
    for user in ("U1", "U2"):
        street.say("แม่อายุ 72", user)
    assert backup(address, copy) > 0
    street.say("ลบข้อมูลของฉัน", "U1")
    street.tap("erase yes", "U1")
    street.say("พ่ออายุ 80", "U2")
    street.store.engine.dispose()
    assert restore_and_forget(address, copy).forgotten == 1
    again = Store(address, (KEY,), tmp_path / "keys")
    with read(again.engine) as connection:
        states = conversations.load(connection, again.sealer, [street.chat("U1"), street.chat("U2")])
    again.engine.dispose()
    assert list(states) == [street.chat("U2")]
    assert b'"father"' not in states[street.chat("U2")]


@pytest.mark.postgres
def test_the_drill_on_postgres(tmp_path: Path) -> None:
    copy = tmp_path / "copy.dump"
    with fresh_database("postgres", tmp_path) as address:
        store = Store(address, (KEY,), tmp_path / "keys")
        tell(store, "before")
        assert backup(address, copy) > 0
        assert copy.stat().st_mode & 0o077 == 0
        tell(store, "after")
        aside = restore(address, copy)
        store.engine.dispose()
        again = Store(address, (KEY,), tmp_path / "keys")
        assert known(again) == {"before"}
        tell(again, "later")  # the tables are whole: keys count on
        assert aside is not None
        restore(address, aside)
        assert known(again) == {"before", "after"}
        again.engine.dispose()
        with pytest.raises(BackupProblem, match="already"):
            backup(address, copy)
        (tmp_path / "torn").write_bytes(copy.read_bytes()[:2000])
        with pytest.raises(BackupProblem):
            restore(address, tmp_path / "torn")


@pytest.mark.postgres
def test_a_served_postgres_is_not_restored_over(tmp_path: Path) -> None:
    with fresh_database("postgres", tmp_path) as address:
        store = Store(address, (KEY,), tmp_path / "keys")
        backup(address, tmp_path / "copy")
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'LISTEN "{store.channel}"')  # what a running bot does
            with pytest.raises(BackupProblem, match="stop every bot"):
                restore(address, tmp_path / "copy")
        store.engine.dispose()


@pytest.mark.postgres
def test_tools_that_are_missing_or_too_old_are_named_and_no_password_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_database("postgres", tmp_path) as address:
        Store(address, (KEY,), tmp_path / "keys").engine.dispose()
        secret = address.replace("root@", "root:s3cret-word@")
        tools = tmp_path / "tools"
        tools.mkdir()
        monkeypatch.setenv("PATH", str(tools))
        with pytest.raises(BackupProblem, match="pg_dump is not installed") as missing:
            backup(secret, tmp_path / "copy")
        old = tools / "pg_dump"
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n", encoding="utf-8")
        old.chmod(0o755)
        with pytest.raises(BackupProblem, match="version 9") as too_old:
            backup(secret, tmp_path / "copy")
        assert "s3cret" not in str(missing.value) + str(too_old.value)
        assert pgtools.target_of(secret).password == "s3cret-word"
        assert "s3cret" not in pgtools.target_of(secret).address
