"""Rule files for the loader's tests: the sound one that tests/bad_rules was made of, and folders to put them in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geothai

from bot.eligibility.load import Loaded, read_contents

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "tests" / "bad_rules" / "good.yaml").read_bytes()
FACTS = (ROOT / "rules" / "facts.yaml").read_bytes()
PROVINCES = tuple(province.name_th for province in geothai.provinces())
TODAY = date(2026, 11, 22)


def read(**files: bytes) -> Loaded:
    """A rule base of the real vocabulary and these rules in one area."""
    return read_contents({"facts.yaml": FACTS, **{f"older/{name}.yaml": text for name, text in files.items()}}, "rules", PROVINCES, TODAY)


def write(folder: Path, **files: bytes) -> Path:
    (folder / "older").mkdir(parents=True, exist_ok=True)
    (folder / "facts.yaml").write_bytes(FACTS)
    for name, text in files.items():
        (folder / "older" / f"{name}.yaml").write_bytes(text)
    return folder


def renamed(name: str) -> bytes:
    return GOOD.replace(b"id: good", f"id: {name}".encode()).replace("คำเรียกดี".encode(), name.encode())
