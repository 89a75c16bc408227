"""A bounded store for what was worked out once.

Belongs here: the store. Does not: what is worth keeping, and under which key; a key holds everything that the value rests on.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """At most `most` entries, those wanted lately among them: when half of it is full, the other half is dropped and begun anew.
    Owned by what its entries rest on, so that it goes with it. Safe between threads: each step on the two halves stands alone, and at worst
    something is worked out twice."""

    __slots__ = ("_half", "_new", "_old")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._new: dict[Hashable, V] = {}
        self._old: dict[Hashable, V] = {}

    def get(self, key: Hashable) -> V | None:
        found = self._new.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Hashable, value: V) -> V:
        if len(self._new) >= self._half:
            self._old, self._new = self._new, {}
        self._new[key] = value
        return value

    def clear(self) -> None:
        self._new, self._old = {}, {}

    def __len__(self) -> int:
        return len(self._new) + len(self._old)
