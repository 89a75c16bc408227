"""Encryption keys: reading the key ring, and making one for a first local run.

Belongs here: the text form `id:base64,id:base64`. Does not: sealing (`sealing.py`), reading the environment (`bot/settings.py`).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

KEY_BYTES = 32
_ID = re.compile(r"[a-z0-9_-]{1,16}")


class KeyProblem(ValueError):
    """A key ring that cannot be used; the message says why and never repeats a key."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: bytes = field(repr=False)


def parse_keys(text: str) -> tuple[Key, ...]:
    """The ring in `text`: the first key seals, every key opens. Raises KeyProblem."""
    keys = tuple(_parse_key(part.strip(), n) for n, part in enumerate(text.split(","), 1) if part.strip())
    if not keys:
        raise KeyProblem("no key given; expected id:base64key[,id:base64key…]")
    if len({key.id for key in keys}) < len(keys):
        raise KeyProblem("two keys have the same id")
    return keys


def _parse_key(part: str, n: int) -> Key:
    id_, _, encoded = part.partition(":")
    if not _ID.fullmatch(id_):
        raise KeyProblem(f"key {n}: an id of 1-16 letters a-z, digits, - or _ must stand before the colon")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyProblem(f"key {n} ({id_}): not base64") from None
    if len(secret) != KEY_BYTES:
        raise KeyProblem(f"key {n} ({id_}): {len(secret)} bytes, expected {KEY_BYTES}")
    return Key(id_, secret)


def new_key(id_: str, secret: bytes) -> str:
    """The text form of one key."""
    return f"{id_}:{base64.b64encode(secret).decode()}"


def load_or_create(path: Path) -> tuple[Key, ...]:
    """The key ring in a file only its owner can read; made on first use. For one machine: elsewhere ENCRYPTION_KEYS is set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return parse_keys(path.read_text("ascii"))
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(new_key("local", os.urandom(KEY_BYTES)) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return parse_keys(path.read_text("ascii"))
