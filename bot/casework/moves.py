"""What a move gives back and why it may be refused.

Belongs here: the shape shared by all transitions. Does not: any particular transition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from bot.casework.model import (
    Role,
    Staff,
    Timer,
    TimerKind,
)


class Refused(Exception):
    """The move is not allowed. `why` is a word the console has a sentence for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Stale(Exception):
    """Somebody else changed it first. `theirs` is the version now, `mine` the one the change was made on."""

    def __init__(self, theirs: int, mine: int) -> None:
        super().__init__(f"version {theirs}, not {mine}")
        self.theirs = theirs
        self.mine = mine


@dataclass(frozen=True, slots=True)
class Event:
    """A line for the audit log and the timeline; no texts and no names."""

    what: str
    data: Mapping[str, Any] = field(default_factory=dict)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """The new object, what to write down, and the timers of this object to set and to cancel (cancelling comes first)."""

    new: T
    events: tuple[Event, ...] = ()
    set: tuple[Timer, ...] = ()
    cancel: frozenset[TimerKind] = frozenset()


class _Stateful(Protocol):
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> Any: ...


S = TypeVar("S", bound=_Stateful)


def step(thing: S, to: Any, moves: Mapping[Any, frozenset[Any]], version: int, **changes: Any) -> S:
    """`thing` in state `to`. Raises Stale, or Refused("state") if no such move exists."""
    check_version(thing.version, version)
    if to not in moves[thing.state]:
        raise Refused("state")
    return replace(thing, state=to, version=version + 1, **changes)  # type: ignore[type-var]


def check_version(theirs: int, mine: int) -> None:
    if theirs != mine:
        raise Stale(theirs, mine)


def need_human(actor: Staff) -> None:
    """Only somebody with a name closes, opens and takes."""
    need_role(actor, Role.STAFF, Role.SUPERVISOR)


def need_role(actor: Staff, *roles: Role) -> None:
    if actor.role not in roles:
        raise Refused("role")


def need(condition: bool, why: str) -> None:
    if not condition:
        raise Refused(why)
