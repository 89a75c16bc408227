"""Sealing, keys and settings."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings, SettingsProblem
from bot.store.keys import Key, KeyProblem, load_or_create, new_key, parse_keys
from bot.store.sealing import CannotOpen, Sealer

ONE, TWO = Key("one", b"1" * 32), Key("two", b"2" * 32)
SEALER = Sealer((ONE,), b"lookup")


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_was_sealed_opens_at_its_place(plain: bytes, row: str) -> None:
    row = row.encode("utf-8", "ignore").decode()
    assert SEALER.open("t.c", row, SEALER.seal("t.c", row, plain)) == plain


@pytest.mark.parametrize(("place", "row"), [("t.other", "1"), ("t.c", "2")])
def test_value_moved_elsewhere_does_not_open(place: str, row: str) -> None:
    with pytest.raises(CannotOpen):
        SEALER.open(place, row, SEALER.seal("t.c", "1", b"secret"))


def test_any_changed_byte_is_noticed() -> None:
    sealed = SEALER.seal("t.c", "1", b"secret")
    for n in range(len(sealed)):
        with pytest.raises(CannotOpen):
            SEALER.open("t.c", "1", sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :])


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01\x03one", b"\x01\xff"])
def test_cut_value_does_not_open(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        SEALER.open("t.c", "1", sealed)


def test_first_key_seals_and_every_key_opens() -> None:
    both = Sealer((TWO, ONE), b"lookup")
    old = SEALER.seal("t.c", "1", b"x")
    assert both.open("t.c", "1", old) == b"x"
    assert (both.is_current(old), both.is_current(both.seal("t.c", "1", b"x"))) == (False, True)
    with pytest.raises(CannotOpen):
        SEALER.open("t.c", "1", both.seal("t.c", "1", b"x"))


def test_hashes_depend_on_kind_and_key() -> None:
    other = Sealer((ONE,), b"another")
    assert len({SEALER.hash("chat", "U1"), SEALER.hash("message", "U1"), SEALER.hash("chat", "U2"), other.hash("chat", "U1")}) == 4


@pytest.mark.parametrize(
    "text", ["", "x", "a:!!", "a:" + base64.b64encode(b"short").decode(), "A B:" + "A" * 44, f"{new_key('a', b'1' * 32)},a:x"]
)
def test_unusable_key_ring_is_refused_without_repeating_keys(text: str) -> None:
    with pytest.raises(KeyProblem) as caught:
        parse_keys(text)
    assert "1111" not in str(caught.value)


def test_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "x.keys"
    assert load_or_create(path) == load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_all_problems_of_the_settings_are_told_at_once() -> None:
    environ = {"PORT": "seventy", "LINE_API_BASE": "ftp://x", "DATABASE_URL": "postgresql://h/d", "LINE_CHANNEL_SECRET": " "}
    with pytest.raises(SettingsProblem) as caught:
        Settings.from_env(environ)
    named = {problem.partition(":")[0] for problem in caught.value.problems}
    assert named == {"PORT", "LINE_API_BASE", "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "ENCRYPTION_KEYS"}


def test_settings_never_show_secrets() -> None:
    settings = Settings.from_env(
        {"LINE_CHANNEL_SECRET": "s3cret", "LINE_CHANNEL_ACCESS_TOKEN": "t0ken", "ENCRYPTION_KEYS": new_key("a", b"1" * 32)}
    )
    assert not {"s3cret", "t0ken", "1111"} & set(repr(settings).split("'"))
    assert "s3cret" not in repr(settings)
    assert settings.database_url == "sqlite:///var/rusitthi.db"
    assert settings.key_file == Path("var/rusitthi.db.keys")
