"""What can happen in a chat, without LINE's wire format. `bot/line/webhook.py` makes these from webhook events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A text message. `mentioned`: in a group, the bot was addressed by name."""

    text: str
    message_id: str = ""
    quoted_id: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Tapped:
    """A postback; `params` holds the picked date (`date`), time or datetime if there is one."""

    data: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    latitude: float
    longitude: float
    address: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Sticker:
    keywords: tuple[str, ...] = ()
    text: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """An image, video, audio or file. `elsewhere`: its content is not kept by the messenger but by whoever sent it."""

    kind: str
    message_id: str = ""
    file_name: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    unblocked: bool = False


@dataclass(frozen=True, slots=True)
class Unfollowed:
    pass


@dataclass(frozen=True, slots=True)
class Unsent:
    message_id: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot was added to a group or room."""


@dataclass(frozen=True, slots=True)
class Other:
    """An event type this version does not know; never an error."""

    type: str


Happening = Said | Tapped | Located | Sticker | Media | Followed | Unfollowed | Unsent | Joined | Other


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who could answer a person in danger now, as the roster says. `everywhere`: somebody is on duty for the whole country; `areas`:
    provinces and districts whose own centre has somebody on duty. `back_at`: when the next duty begins, if none runs and one is planned."""

    everywhere: bool
    areas: frozenset[str] = frozenset()
    back_at: datetime | None = None

    def covers(self, area: tuple[str, ...]) -> bool:
        return self.everywhere or any(name in self.areas for name in area)


@dataclass(frozen=True, slots=True)
class Event:
    """One happening in one chat. `chat` is the keyed hash of the LINE id (never the id itself); `source` is user, group or room."""

    id: str
    chat: str
    source: str
    at: datetime
    happening: Happening
    addressed: bool = True  # False in a group unless the bot was mentioned
    on_duty: OnDuty | None = None  # None: not known
