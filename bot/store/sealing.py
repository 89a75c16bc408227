"""Sealing of personal data: AES-256-GCM bound to its place, and keyed hashes to look it up.

A sealed value is `1 | length of key id | key id | nonce | ciphertext`. Its place (`table.column:row`) is authenticated, so a value copied
into another row or column does not open. Belongs here: sealing and look-up hashes. Does not: where keys come from (`keys.py`, `lookup.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.keys import Key

_FORMAT = 1
_NONCE = 12
_HASH_HEX = 40  # 160 bits: no two LINE ids will ever share one


class CannotOpen(Exception):
    """The value was sealed for another place, by a key that is gone, or was changed."""


class Sealer:
    """Seals with the first key, opens with any. `lookup` keys the hashes; it outlives rotations."""

    def __init__(self, keys: Sequence[Key], lookup: bytes) -> None:
        self._ciphers = {key.id.encode(): AESGCM(key.secret) for key in keys}
        self._cipher = self._ciphers[keys[0].id.encode()]
        self.head = self.head_of(keys[0].id)
        self._lookup = lookup

    @staticmethod
    def head_of(key: str) -> bytes:
        """How everything begins that the key of this name sealed."""
        return bytes((_FORMAT, len(key))) + key.encode()

    def seal(self, place: str, row: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return self.head + nonce + self._cipher.encrypt(nonce, plain, f"{place}:{row}".encode())

    def open(self, place: str, row: str, sealed: bytes) -> bytes:
        """The plain value. Raises CannotOpen."""
        end = 2 + sealed[1] if len(sealed) > 2 else 0
        cipher = self._ciphers.get(sealed[2:end])
        if cipher is None or sealed[0] != _FORMAT:
            raise CannotOpen(f"{place}: sealed by a key that is not in the ring")
        nonce, body = sealed[end : end + _NONCE], sealed[end + _NONCE :]
        try:
            return cipher.decrypt(nonce, body, f"{place}:{row}".encode())
        except (InvalidTag, ValueError):
            raise CannotOpen(f"{place}: changed, or sealed for another row") from None

    def is_current(self, sealed: bytes) -> bool:
        """Sealed by the key that seals now (rotation has nothing to do)."""
        return sealed.startswith(self.head)

    def hash(self, kind: str, value: str) -> str:
        """Keyed hash for look-ups, different for every kind."""
        return hmac.digest(self._lookup, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), "sha256").hex()[:_HASH_HEX]

    def chain(self, before: str, entry: bytes) -> str:
        """The next link of the audit chain: whoever lacks the key cannot make one."""
        return hmac.new(self._lookup, b"audit\0" + before.encode() + b"\0" + entry, hashlib.sha256).hexdigest()
