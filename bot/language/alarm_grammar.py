"""The grammar reader of the alarm: who does what to whom.

Belongs here: frames (knowledge/alarm/frames.yaml) over tags, what negates or damps them, kind, subject and severity of what was found.
Does not: finding words (alarm_lexicon.py), the trained head (alarm_head.py), the combination of both (alarm.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Literal

from bot.eligibility.yaml_lines import load_yaml
from bot.language.alarm_lexicon import FOLDER, Packed, Tag, lexicon, tags

Subject = Literal["self", "other", "unknown"]

_ACTS = frozenset(
    {
        "hit",
        "beat",
        "passive",
        "strangle",
        "kill",
        "rape",
        "grope",
        "lock",
        "suicide",
        "seize",
        "abandon",
        "threat_word",
        "lure",
        "force",
        "touch_child",
        "stalk",
        "missing",
        "lost_days",
        "rage",
    }
)
_NEAR = 120
_FICTION_REACH = 40
_OTHERS = frozenset({"child", "elder", "disabled", "friend", "neighbour", "relative", "parent", "partner"})
_NEVER_DAMPED = frozenset({"help_bare", "escape", "covert"})


@dataclass(frozen=True, slots=True)
class Frame:
    id: str
    row: tuple[tuple[tuple[str, ...], int], ...]
    kind: str
    severity: int
    level: Literal["check", "raise"]
    block: frozenset[str]
    also: frozenset[str]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one frame found: `tags` are the words it stands on."""

    frame: str
    level: Literal["check", "raise"]
    kind: str
    severity: int
    subject: Subject
    tags: tuple[Tag, ...]


@cache
def frames() -> tuple[Frame, ...]:
    """The committed frames, read once. Raises OSError, YAMLError or KeyError when they cannot be read."""
    data = load_yaml((FOLDER / "frames.yaml").read_text("utf-8"))
    return tuple(_frame(raw, data["groups"]) for raw in data["frames"])


def _frame(raw: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> Frame:
    def names(parts: Iterable[str]) -> frozenset[str]:
        return frozenset(name for part in parts for one in part.split("|") for name in groups.get(one, (one,)))

    parts = raw["row"].split()
    gaps = [0, *(int(gap) for gap in parts[1::2])]
    # Sorted, so that every process chooses the same of two words that fit equally well.
    row = tuple((tuple(sorted(names([part]))), gap) for part, gap in zip(parts[0::2], gaps, strict=True))
    return Frame(
        raw["id"],
        row,
        raw["kind"],
        raw["severity"],
        raw["level"],
        names(raw.get("block", ())),
        names(raw.get("also", ())),
        names(raw.get("unless", ())),
    )


@cache
def _by_first() -> Mapping[str, tuple[int, ...]]:
    """For each class of words the numbers of the frames whose row begins with it; the others need not be looked at."""
    found: dict[str, list[int]] = {}
    for number, frame in enumerate(frames()):
        for name in frame.row[0][0]:
            found.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _likely(by_class: Mapping[str, list[Tag]]) -> list[Frame]:
    """The frames, in order, of which at least the first word stands in the message."""
    first, every = _by_first(), frames()
    return [every[number] for number in sorted({number for name in by_class for number in first.get(name, ())})]


@lru_cache(4096)
def _can_mean_danger(names: frozenset[str]) -> bool:
    """Whether a frame, or a bare cry, could be made of words of these classes."""
    return "help_bare" in names or any(
        not any(names.isdisjoint(group) for group, _ in frame.row) and (not frame.also or not names.isdisjoint(frame.also))
        for frame in frames()
    )


def read_grammar(normal: str) -> tuple[Finding, ...]:
    """Everything the frames find in one text in normal form, the gravest first."""
    tagged, packed = tags(normal, lexicon(), _can_mean_danger)
    if not tagged or packed is None:
        return ()
    found = _without_denied(tagged, packed)
    by_class: dict[str, list[Tag]] = {}
    for tag in found:
        by_class.setdefault(tag.name, []).append(tag)
    findings = [_settled(frame, match, found, by_class) for frame in _likely(by_class) for match in _matches(frame, by_class)]
    findings += _cry(packed, by_class)
    kept = [kept for finding in findings if (kept := _damped(finding, by_class))]
    return tuple(sorted(kept, key=lambda f: (f.level != "raise", f.severity, f.frame)))


def _matches(frame: Frame, by_class: Mapping[str, list[Tag]]) -> Iterator[tuple[Tag, ...]]:
    present = by_class.keys()
    if any(present.isdisjoint(names) for names, _ in frame.row):
        return
    if frame.also and present.isdisjoint(frame.also):
        return
    if frame.unless and not present.isdisjoint(frame.unless):
        return
    match = _row(frame, by_class)
    if match and (not frame.also or _near(match, frame.also, by_class)):
        yield match


def _near(match: tuple[Tag, ...], names: frozenset[str], by_class: Mapping[str, list[Tag]]) -> bool:
    """Whether one of the classes stands about as far off as the next sentence; farther away it belongs to another matter."""
    start, end = match[0].start - _NEAR, match[-1].end + _NEAR
    return any(start <= tag.start <= end for name in names for tag in by_class.get(name, ()))


def _row(frame: Frame, by_class: Mapping[str, list[Tag]]) -> tuple[Tag, ...] | None:
    """The first place where the row stands. Paths are kept per last word, so the work stays bounded."""
    first, _ = frame.row[0]
    paths: dict[Tag, tuple[Tag, ...]] = {tag: (tag,) for name in first for tag in by_class.get(name, ())}
    for names, gap in frame.row[1:]:
        follow: dict[Tag, tuple[Tag, ...]] = {}
        for last, path in paths.items():
            for name in names:
                for tag in by_class.get(name, ()):
                    if last.end <= tag.start <= last.end + gap:
                        follow.setdefault(tag, (*path, tag))
        paths = follow
    free = (path for path in paths.values() if not _blocked(path, frame.block, by_class))
    return min(free, key=lambda path: path[0].start, default=None)


def _blocked(path: tuple[Tag, ...], block: frozenset[str], by_class: Mapping[str, list[Tag]]) -> bool:
    """A blocking word between the first and the last word of the row, or (of things) just behind it."""
    start, end = path[0].start, path[-1].end
    return any(start <= tag.start < end and tag not in path for name in block for tag in by_class.get(name, ())) or any(
        end <= tag.start <= end + 6 for name in block - {"give"} for tag in by_class.get(name, ())
    )


def _without_denied(found: list[Tag], packed: Packed) -> list[Tag]:
    """Without acts right behind a no: "ไม่เคยตี", "ไม่ได้ขู่"."""
    denials = {tag.end for tag in found if tag.name == "neg"}
    return [tag for tag in found if tag.name not in _ACTS or not _denied(tag, denials, packed) or _only_less(tag, packed)]


def _only_less(tag: Tag, packed: Packed) -> bool:
    """ไม่ได้ตีทุกวัน says how often, not that it never happens."""
    return packed.text.startswith(("ทุก", "บ่อย", "ตลอด", "แรง", "แค่", "หนัก"), tag.end)


def _denied(tag: Tag, denials: set[int], packed: Packed) -> bool:
    if tag.start in denials:
        return True
    before = packed.text[max(0, tag.start - 4) : tag.start]
    return any(before.endswith(word) and tag.start - len(word) in denials for word in ("โดน", "ถูก", "คิด", "จะ", "อยาก", "คิดจะ"))


def _cry(packed: Packed, by_class: Mapping[str, list[Tag]]) -> list[Finding]:
    """A bare cry for help is a danger until somebody has asked; with a task beside it ("ช่วยด้วยค่ะ กรอกไม่เป็น") it is a question."""
    cries = by_class.get("help_bare", [])
    if not cries or not by_class.keys().isdisjoint({"task", "need"}):
        return []
    longest = max(tag.end - tag.start for tag in cries)
    said = len(packed.text) - longest
    if said > 14 and longest <= len("help"):
        return []
    if said <= 14:
        return [Finding("cry", "raise", "violence_domestic", 1, "unknown", (cries[0],))]
    return [Finding("cry-in-talk", "check", "violence_domestic", 2, "unknown", (cries[0],))]


def _settled(frame: Frame, match: tuple[Tag, ...], found: list[Tag], by_class: Mapping[str, list[Tag]]) -> Finding:
    subject = _subject(frame.kind, match, found)
    kind = _violence(match, subject, by_class) if frame.kind == "violence" else frame.kind
    return Finding(frame.id, frame.level, kind, _severity(frame, kind, by_class), subject, match)


def _subject(kind: str, match: tuple[Tag, ...], found: list[Tag]) -> Subject:
    """Who suffers: the last person of the row, else the person named just before it, else (Thai leaves it out) the writer."""
    people = [tag for tag in match[1:] if tag.name in _OTHERS or tag.name == "self"]
    if people:
        return _self_or_other(people[-1], found)
    first = match[0]
    before = [
        tag for tag in found if tag.end <= first.start and first.start - tag.end <= 12 and (tag.name in _OTHERS or tag.name == "self")
    ]
    if before and (first.name in {"passive", "suicide", "injury", "no_food", "missing"} or kind == "suicide_selfharm"):
        return _self_or_other(before[-1], found)
    if kind in {"missing_person", "neglect_abandonment", "child_labour", "elder_abuse"} or first.name in {
        "neighbour",
        "friend",
        "child",
        "elder",
        "disabled",
    }:
        return "other"
    return "self"


def _self_or_other(tag: Tag, found: list[Tag]) -> Subject:
    return "self" if any(t.name == "self" and t.start == tag.start and t.end == tag.end for t in found) else "other"


_BY_VICTIM = (("disabled", "disability_abuse"), ("elder", "elder_abuse"), ("child", "violence_child"))


def _violence(match: tuple[Tag, ...], subject: Subject, by_class: Mapping[str, list[Tag]]) -> str:
    """Whose suffering it is names the kind: a child's, an older or disabled person's, else a partner's or relative's."""
    suffering = {tag.name for tag in match[1:]} | (
        {match[0].name} if len(match) < 3 and match[0].name in {"child", "elder", "disabled"} else set()
    )
    if match[0].name == "child" and suffering & {"parent", "elder"}:
        return "elder_abuse"
    for name, kind in _BY_VICTIM:
        if name in suffering:
            return kind
    if subject == "other":
        for name, kind in _BY_VICTIM:
            if name in by_class and "partner" not in by_class:
                return kind
    if subject == "self" and "partner" not in by_class and not by_class.keys().isdisjoint({"parent", "teacher"}):
        return "violence_child"
    return "violence_domestic"


def kinds_by_victim(normal: str) -> frozenset[str]:
    """The kinds that the weak people of a text speak for; none where a partner is named, whose violence has a kind of its own."""
    tagged, _ = tags(normal, lexicon(), lambda names: not names.isdisjoint(name for name, _ in _BY_VICTIM))
    present = {tag.name for tag in tagged}
    return frozenset() if "partner" in present else frozenset(kind for name, kind in _BY_VICTIM if name in present)


def _severity(frame: Frame, kind: str, by_class: Mapping[str, list[Tag]]) -> int:
    present = by_class.keys()
    severity = frame.severity
    if frame.level == "raise" and (
        present & {"bleed_now", "strangle", "chase"} or (kind == "suicide_selfharm" and present & {"means", "goodbye", "now"})
    ):
        return 1
    if severity == 2 and "now" in present and (present & {"weapon", "kill", "lock", "rage", "escape", "covert", "help_bare"}):
        return 1
    if kind.startswith("violence") and present & {"weapon"} and severity == 2:
        return 1
    if present & {"long_past"} and not present & {"recent", "now", "weapon"} and kind != "suicide_selfharm":
        return max(severity, 3)
    return severity


def _damped(finding: Finding, by_class: Mapping[str, list[Tag]]) -> Finding | None:
    """Films, news, games, homework and questions about the law are no report unless the writer stands in them; old, settled matters are
    asked about gently."""
    present = by_class.keys()
    if not present.isdisjoint(_NEVER_DAMPED):
        return finding
    start = finding.tags[0].start
    fiction = any(start - _FICTION_REACH <= t.start <= finding.tags[-1].end + 25 for t in by_class.get("media", ()))
    about = not present.isdisjoint({"study", "law_question", "hypothetical"})
    anchored = any(tag.name == "self" for tag in finding.tags) or not present.isdisjoint({"now", "fear", "injury", "secret"})
    if (fiction or about) and not anchored:
        return None if finding.level == "check" or not _personal(finding) else replace(finding, level="check")
    own = {tag.name for tag in finding.tags}
    if (fiction or about) and not present.isdisjoint({"study", "media"}) and not (own & {"self"} and own & {"partner", "parent"}):
        return replace(finding, level="check")
    if not present.isdisjoint({"resolved", "settle"}) and present.isdisjoint(
        {"weapon", "fear"} if "long_past" in present else {"now", "weapon", "fear", "recent"}
    ):
        return replace(finding, level="check", severity=max(finding.severity, 3))
    return finding


def _personal(finding: Finding) -> bool:
    return any(tag.name in {"self", "partner", "parent", "child", "relative"} for tag in finding.tags)
