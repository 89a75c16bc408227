"""The rule base in use: read once, read again when a file changes, never lost to a bad edit.

Belongs here: noticing a change, the swap, what went wrong last time. Does not: reading (`load.py`), when to look (the caller's clock).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.eligibility.load import Loaded, contents_of, fingerprint_of, read_contents
from bot.eligibility.rule_errors import RuleError
from bot.eligibility.tree import RuleBase

Stamps = tuple[tuple[str, int, int], ...]
_NO_RULES = RuleBase({}, {}, "empty")


@dataclass(frozen=True, slots=True)
class State:
    """One consistent view. `errors` belong to the files as they are now, `base` to the last good ones."""

    base: RuleBase
    errors: tuple[RuleError, ...]
    warnings: tuple[RuleError, ...]
    tried: str  # fingerprint of the content last read, good or bad


def nothing() -> State:
    """No rules at all."""
    return State(_NO_RULES, (), (), "")


class RuleKeeper:
    """Keeps the last good rule base of a folder. Safe from any thread; no method raises.

    `state` is replaced as a whole, so a reader that takes it once never sees half an edit.
    """

    def __init__(self, folder: Path, provinces: Sequence[str], today: date | None = None) -> None:
        self._folder = folder
        self._provinces = tuple(provinces)
        self._stamps: Stamps | None = None
        self._lock = threading.Lock()
        self.state = State(_NO_RULES, (), (), "")
        self.refresh(today)

    @property
    def current(self) -> RuleBase:
        """The last good rule base; without rules while there has been none yet."""
        return self.state.base

    @property
    def errors(self) -> tuple[RuleError, ...]:
        """What is wrong with the files as they are now; empty when `current` is made of them."""
        return self.state.errors

    def refresh(self, today: date | None = None) -> bool:
        """Look at the files and take them over when they changed and are sound. True when `current` is another one now."""
        with self._lock:
            try:
                return self._refresh(today)
            except Exception as problem:  # a rule base in use must outlive whatever an edit does
                error = RuleError(self._folder.name, 1, f"อ่านกฎไม่ได้ ({problem})", f"the rules cannot be read ({problem})")
                self.state = State(self.state.base, (error,), self.state.warnings, self.state.tried)
                return False

    def _refresh(self, today: date | None) -> bool:
        stamps = _stamps(self._folder)
        if stamps == self._stamps:
            return False
        contents = contents_of(self._folder)
        tried = fingerprint_of(contents)
        changed = tried != self.state.tried and self._take(read_contents(contents, self._folder.name, self._provinces, today), tried)
        # Kept only now: files that change while they are read are read again next time.
        self._stamps = stamps
        return changed

    def _take(self, loaded: Loaded, tried: str) -> bool:
        good = self.state.base if loaded.errors else loaded.base
        self.state = State(good, loaded.errors, loaded.warnings, tried)
        return not loaded.errors


def _stamps(folder: Path) -> Stamps:
    """Name, time of change and size of every file; cheap enough to ask every second."""
    found = []
    for path in sorted(folder.rglob("*.yaml")):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path.relative_to(folder).as_posix(), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
