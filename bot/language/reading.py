"""What was understood of one message. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.eligibility.values import Value


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact said about a member (or `household`). `span` is [start, end) in the original text, in code points.

    `sure` False: a hint that the bot reads back for confirmation before relying on it (ป.4 → about 10 years old).
    `corrects` True: replaces what was said before ("ไม่ใช่ 60 นะ 62").
    """

    member: str
    fact: str
    value: Value
    span: tuple[int, int]
    sure: bool = True
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that was just put, so that a bare "65" or "ใช่" has a meaning. `fact` may be asked of several members at once."""

    fact: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """`level`: none, check (ask gently) or raise (a human, now). Severity 1 (life in danger now) … 4; 0 with none."""

    level: Literal["none", "check", "raise"] = "none"
    severity: int = 0
    kind: str = "none"
    subject: Literal["self", "other", "unknown"] = "unknown"
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    statements: tuple[Statement, ...] = ()
    mentioned: tuple[str, ...] = ()  # members spoken of, also without a fact: "อยู่กับหลาน"
    named: bool = False  # a word for a person was said, the writer's own included
    intent: str = "unclear"
    entitlement: str | None = None  # when one is asked about by name
    alarm: Alarm = field(default_factory=Alarm)
    language: Literal["th", "en", "other"] = "th"
