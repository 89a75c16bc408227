"""What a file is, and pictures without place, time, device, thumbnails, comments or anything hidden behind them."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))


from pictures import jpeg, png

from bot.line.cleaning import JPEG, OTHER, PNG, VIDEO, VOICE, clean, type_of

SECRETS = (b"GPS13.75N", b"thumbnail", b"a comment", b"<x:xmpmeta", b"PK\x03\x04 hidden", b"<script>")


def test_a_photograph_keeps_its_picture_and_its_side_up_and_loses_the_rest() -> None:
    cleaned = clean(JPEG, jpeg(turned=6))
    assert cleaned is not None
    assert [secret for secret in SECRETS if secret in cleaned] == []
    assert cleaned.startswith(b"\xff\xd8\xff\xe1")
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in cleaned
    assert cleaned.endswith(b"\x12\xff\x00\x34\xff\xd9")  # the coded picture, to its end and no further
    assert clean(JPEG, cleaned) == cleaned


def test_an_upright_photograph_keeps_no_note_of_the_camera_at_all() -> None:
    cleaned = clean(JPEG, jpeg(turned=1))
    assert cleaned is not None
    assert b"Exif" not in cleaned


def test_a_drawing_keeps_its_picture_only() -> None:
    cleaned = clean(PNG, png())
    assert cleaned is not None
    assert [secret for secret in SECRETS if secret in cleaned] == []
    assert cleaned.endswith(b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")))
    assert clean(PNG, cleaned) == cleaned


@pytest.mark.parametrize(
    "broken",
    [
        jpeg()[:40],
        jpeg().replace(b"\xff\xd9", b""),
        jpeg(size=(30_000, 30_000)),
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x01",
        b"\xff\xd8\xff",
    ],
)
def test_a_photograph_that_cannot_be_followed_to_its_end_is_not_shown(broken: bytes) -> None:
    assert clean(JPEG, broken) is None


@pytest.mark.parametrize("broken", [png()[:-20], png(size=(30_000, 30_000)), png().replace(b"IDAT", b"IDAX"), png()[:8]])
def test_a_drawing_that_cannot_be_followed_to_its_end_is_not_shown(broken: bytes) -> None:
    assert clean(PNG, broken) is None


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_break_the_cleaning(noise: bytes, at: int) -> None:
    for type_, whole in ((JPEG, jpeg()), (PNG, png())):
        made = clean(type_, whole[:at] + noise + whole[at + len(noise) :])
        assert made is None or len(made) <= len(whole) + len(noise) + 40


@pytest.mark.parametrize(
    ("head", "kind", "type_"),
    [
        (jpeg()[:16], "file", JPEG),
        (png()[:16], "image", PNG),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", "audio", VOICE),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x00\x00", "video", VIDEO),
        (b"\x00\x00\x00\x20ftypheic\x00\x00\x00\x00", "image", OTHER),
        (b"<svg onload=alert(1)>", "image", OTHER),
        (b"<html><script>", "image", OTHER),
        (b"GIF89a", "image", OTHER),
        (b"%PDF-1.7", "file", OTHER),
        (b"", "image", OTHER),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, kind: str, type_: str) -> None:
    assert type_of(head, kind) == type_


def test_a_real_picture_of_ours_comes_through() -> None:
    for path in Path("knowledge").rglob("*.png"):
        assert clean(PNG, path.read_bytes()) is not None
