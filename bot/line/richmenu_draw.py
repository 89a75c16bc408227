"""Draws the rich menu's picture from its page with a local Chromium: `python -m bot.line.richmenu_draw`.

Needs the package `playwright` (dev).

Belongs here: page → PNG under LINE's 1 MB. Does not: what the areas do (`knowledge/richmenu/menu.yaml`), sending it (`richmenu.py`).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from bot.line.richmenu import FOLDER, HEIGHT, IMAGE, WIDTH

_CHROMIUM = "/usr/bin/chromium"
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_COLOURS = 128


def draw(page_file: Path, chromium: str) -> bytes:
    """The page as a PNG of the menu's size, in few colours so that it stays small."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.resolve().as_uri())
        raw = page.screenshot()
        browser.close()
    return _small(raw)


def _small(raw: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(raw)) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    IMAGE.write_bytes(draw(FOLDER / "menu.html", sys.argv[1] if len(sys.argv) > 1 else _CHROMIUM))
