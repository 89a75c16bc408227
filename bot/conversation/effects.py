"""What a turn wants done. The shell commits the new conversation and all effects of a turn in one database transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

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
    area: tuple[str, ...] = ()  # province, district, subdistrict, as far as known


@dataclass(frozen=True, slots=True)
class AskHuman:
    """The person wants to talk to a human about something that is not danger."""

    topic: str
    area: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaTold:
    """Where the person is became known after an alarm: the nearest centre on duty gets what nobody has taken yet."""

    area: tuple[str, ...]


#: What staff must see in the open alert and case, beside what was written.
Seen = Literal["hid", "came back", "code word", "denied", "safe said", "somebody else writes", "not safe to write", "took back", "left"]


@dataclass(frozen=True, slots=True)
class TellStaff:
    """Something that changes how to help. `ring`: whoever has taken it is called again."""

    what: Seen
    ring: bool = False


@dataclass(frozen=True, slots=True)
class ContactTold:
    """What the person agreed on how to be reached. `changes`: fields of the casework's safe contact, sealed by the store."""

    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase everything kept about this chat now. `number`: of the receipt."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """The person wants everything kept about them as a file: answer with a link to it."""

    language: str


@dataclass(frozen=True, slots=True)
class ForgetMessage:
    """The person took a message back: remove its text everywhere."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Something worth a line in the audit log; `data` holds no citizen text and no names."""

    what: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An entitlement that was shown in final results. `almost`: not yet, but its day is known. `changes_on`: the day on which the status
    becomes `changes_to` or the amount another."""

    entitlement: str
    member: str
    status: Literal["eligible", "officer", "almost", "receiving"]
    deadline: date | None = None
    changes_on: date | None = None
    changes_to: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Final results were shown: stay with these until the help has arrived. Best first; none that others should not see on the screen.
    `remind`: they agreed to be written to; without it how far they come is kept, and nothing is planned."""

    told: tuple[Told, ...]
    province: str = ""
    remind: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """The person told how far they came with something that was followed. `not_yet`, `later`: ask again another day.
    `reason`: in their words, encrypted at rest by the store; told by the message `message_id`."""

    entitlement: str
    member: str
    happened: Literal["applied", "approved", "received", "refused", "gave_up", "not_yet", "later"]
    reason: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Consented:
    """An answer to a question about consent (`consents.py`). `agreed` None: the question was put. `version`: of the words shown."""

    purpose: str
    agreed: bool | None
    version: str


@dataclass(frozen=True, slots=True)
class NudgeWish:
    """Whether the person wants to be written to at all."""

    wanted: bool


Effect = (
    Reply
    | RaiseAlert
    | AskHuman
    | AreaTold
    | TellStaff
    | ContactTold
    | Forget
    | OwnCopy
    | ForgetMessage
    | Audit
    | Plan
    | Progress
    | Consented
    | NudgeWish
)
