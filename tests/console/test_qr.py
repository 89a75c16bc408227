"""The code a phone scans: the same squares as another encoder draws (digests made once with the package `qrcode`), for every mask."""

from __future__ import annotations

import hashlib

import pytest

from bot.console.qr import TooLong, path_of, squares

TEXT = "otpauth://totp/RuSitthi:somsri?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=RuSitthi"


@pytest.mark.parametrize(
    ("text", "width", "digest"),
    [
        ("x", 21, "0440a11376144001"),
        (TEXT, 37, "29a075e0a95f4c5a"),
        (TEXT + "&" + "a" * 100, 49, "788a9d0c6ca89288"),
        ("ก" * 120, 65, "ad5c5bd7921a0548"),
    ],
)
def test_every_mask_is_drawn_as_others_draw_it(text: str, width: int, digest: str) -> None:
    drawn = [squares(text, mask) for mask in range(8)]
    assert {len(grid) for grid in drawn} == {width}
    bits = "".join("1" if dark else "0" for grid in drawn for row in grid for dark in row)
    assert hashlib.sha256(bits.encode()).hexdigest()[:16] == digest


def test_the_mask_that_is_chosen_is_one_of_them_and_has_a_quiet_border() -> None:
    grid = squares(TEXT)
    assert grid in [squares(TEXT, mask) for mask in range(8)]
    width, path = path_of(TEXT)
    assert width == len(grid) + 8
    assert path.count("M") == sum(map(sum, grid))
    assert path.startswith("M4,4h1")


def test_more_than_fits_is_refused() -> None:
    with pytest.raises(TooLong):
        squares("x" * 426)
