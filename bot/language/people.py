"""Who is spoken of: refs for the people of one conversation, and which of several children is meant.

Belongs here: numbering, labels (the youngest, the daughter), who was mentioned last. Does not: what is said of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

OUTSIDE = ("neighbour", "friend", "student", "patient")
NUMBERED = ("child", "grandchild")
MOST = 15
"""No family is read as having more children than this."""


@dataclass(slots=True)
class Cast:
    """`known`: refs of the conversation so far. `mentioned`: refs of this message, in order."""

    known: Sequence[str]
    mentioned: list[str] = field(default_factory=list)
    sexes: dict[str, str] = field(default_factory=dict)
    ages: dict[str, float] = field(default_factory=dict)

    def mention(self, ref: str) -> str:
        if ref not in self.mentioned:
            self.mentioned.append(ref)
        return ref

    def of_kind(self, kind: str) -> list[str]:
        """Known and mentioned refs of a numbered kind, by number."""
        refs = {ref for ref in (*self.known, *self.mentioned) if ref.rstrip("0123456789") == kind}
        return sorted(refs, key=lambda ref: int(ref[len(kind) :] or 1))

    def new(self, kind: str) -> str:
        """The first number that nobody has; the last one when all are taken."""
        taken = set(self.of_kind(kind))
        return self.mention(next((ref for n in range(1, MOST) if (ref := f"{kind}{n}") not in taken), f"{kind}{MOST}"))

    def one(self, kind: str, sex: str | None, label: str | None) -> str:
        """The child or grandchild meant by a word; a new one where nobody fits."""
        refs = self.of_kind(kind)
        if label and refs:
            return self.mention(self._labelled(kind, refs, label))
        if not refs:
            return self._noted(self.new(kind), sex)
        if sex is None:
            here = [ref for ref in self.mentioned if ref in refs]
            return self.mention(here[-1] if here else refs[0])
        for ref in refs:
            if self.sexes.get(ref) == sex:
                return self.mention(ref)
        free = [ref for ref in refs if ref not in self.sexes and (len(refs) > 1 or ref not in self.ages)]
        return self._noted(free[0] if free else self.new(kind), sex)

    def several(self, kind: str, count: int) -> list[str]:
        """`count` children in all: the known ones first."""
        for _ in range(min(count, MOST) - len(self.of_kind(kind))):
            self.new(kind)
        return [self.mention(ref) for ref in self.of_kind(kind)[:count]]

    def last_other(self) -> str | None:
        """Whom เขา or แก means: the person mentioned last, else the last one known."""
        others = [ref for ref in self.mentioned if ref != "self"] or [ref for ref in self.known if ref not in {"self", "household"}]
        return others[-1] if others else None

    def _noted(self, ref: str, sex: str | None) -> str:
        if sex:
            self.sexes[ref] = sex
        return self.mention(ref)

    def _labelled(self, kind: str, refs: list[str], label: str) -> str:
        aged = sorted((ref for ref in refs if ref in self.ages), key=lambda ref: self.ages[ref])
        if label in {"oldest", "youngest"} and len(aged) == len(refs) > 1:
            return aged[-1 if label == "oldest" else 0]
        place = {"oldest": 1, "middle": 2, "third": 3, "youngest": max(len(refs), 1)}[label]
        if label == "youngest" and len(refs) == 1 and refs[0] in self.mentioned:
            return f"{kind}2"
        return f"{kind}{place}"
