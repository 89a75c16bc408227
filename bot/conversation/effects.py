"""What a turn wants done. The shell commits the new conversation and all effects of a turn in one database transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversation.messages import Message


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer in this chat. `keep`: must be sent even if a newer message of the same burst already has its own reply
    (safety texts, receipts); other replies of a burst give way to the last one. `urgent`: danger; goes before everything else and is never
    dropped."""

    messages: tuple[Message, ...]
    keep: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """A human must look. `severity` 1 (life in danger now) … 4; `kind` and `subject` are the words of design.md."""

    severity: int
    kind: str
    subject: str
    level: str  # check | raise
    why: tuple[str, ...]  # which reader said so and by which pattern; no citizen text
    text: str  # what was said, encrypted at rest by the store


@dataclass(frozen=True, slots=True)
class AskHuman:
    """The person wants to talk to a human about something that is not danger."""

    topic: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase everything kept about this chat now."""


@dataclass(frozen=True, slots=True)
class ForgetMessage:
    """The person took a message back: remove its text everywhere."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Something worth a line in the audit log; `data` holds no citizen text and no names."""

    what: str
    data: Mapping[str, Any]


Effect = Reply | RaiseAlert | AskHuman | Forget | ForgetMessage | Audit
