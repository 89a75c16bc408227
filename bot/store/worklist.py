"""Whom to call next and why: people the reminders do not reach, were refused, are about to miss a window, or do not answer.

Nobody stands here whom a call could bring into danger: whoever told of danger is reached through their case only, by those who may see it.
Belongs here: finding them, what was tried. Does not: what may follow what (`bot/followup/progress.py`), pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from bot.casework.model import Alert, Centre, Holder, Staff, Tier
from bot.casework.moves import Event, need
from bot.casework.roster import above
from bot.casework.scope import sees_case
from bot.followup.hours import Window
from bot.language.places import province_names
from bot.store import alerts as raising
from bot.store import casework, consents, holding, nudges, outcomes
from bot.store.case_tables import case_file
from bot.store.casefiles import Registry, open_case_row, tell
from bot.store.nudge_tables import NudgeState, nudge, nudge_contact, outcome
from bot.store.outcomes import Stand
from bot.store.tables import audit as audit_table

#: Why somebody is to be called, most pressing first.
REASONS = ("closing", "refused", "unreached", "silent")
#: So many reminders about the same thing without an answer are enough.
ASKED = 2
CLOSING = timedelta(days=14)
TRIED = "call tried"
RECORDED = "outcome recorded"
_OPEN = ("told", "applied", "approved", "refused")
_MOST = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One person (chat) to call. `stands`: what to ask about. `until`: the last day of the window that closes. `tries`: when it was tried
    without success since the last step. `reachable`: not blocked on LINE, as far as is known."""

    chat: str
    why: str
    stands: tuple[Stand, ...]
    until: date | None = None
    tries: tuple[int, ...] = ()
    reachable: bool = True

    @property
    def code(self) -> str:
        """What colleagues call this entry: tells nothing about the person."""
        return self.chat[:6].upper()


@dataclass(frozen=True, slots=True)
class ThroughCase:
    """`window`: when a neutral line on LINE is agreed to be safe; None: never, or not agreed yet."""

    why: str
    case: str
    number: str
    window: Window | None


@dataclass(frozen=True, slots=True)
class Worklist:
    """`through_case`: people who told of danger, as far as the actor sees their case."""

    calls: tuple[Call, ...]
    through_case: tuple[ThroughCase, ...] = ()


def provinces_of(actor: Staff, centres: Mapping[str, Centre]) -> frozenset[str] | None:
    """Where the people live whom this centre follows up: its province; None: the whole country."""
    known = frozenset(province_names())
    for place in (actor.centre, *above(centres, actor.centre)):
        centre = centres.get(place)
        if centre is not None and centre.tier is Tier.NATIONAL:
            return None if place == actor.centre else frozenset()
        if centre is not None and centre.area in known:
            return frozenset({centre.area})
    return frozenset()


def worklist(
    connection: Connection, registry: Registry, actor: Staff, provinces: Collection[str] | None, today: date, now_ms: int
) -> Worklist:
    """In order: windows that close first, then refusals, people not reached, silence; long untried before just tried."""
    here = outcomes.of_provinces(registry.sealer, provinces)
    open_ = select(outcome.c.chat).distinct().where(here, outcome.c.step.in_(_OPEN), consents.not_refused(outcome.c.chat, "reminders"))
    chats = list(connection.scalars(open_))
    reasons = _reasons(connection, chats, today)
    wanted = sorted(reasons, key=lambda chat: (REASONS.index(reasons[chat][0]), chat))[:_MOST]
    calls, danger = [], []
    stands = _by_chat(outcomes.stands(connection, wanted))
    for chat in wanted:
        if nudges.in_danger(connection, registry.sealer, chat):
            window = nudges.contact(connection, registry.sealer, chat, now_ms).window
            seen = _cases(connection, registry, actor, chat, now_ms)
            danger += [ThroughCase(reasons[chat][0], uid, number, window) for uid, number in seen]
            continue
        why, until = reasons[chat]
        open_stands = tuple(one for one in stands[chat] if one.outcome.step in _OPEN)
        tries = _tries(connection, [one.uid for one in open_stands])
        calls.append(Call(chat, why, open_stands, until, tries, nudges.reachable(connection, chat)))
    calls.sort(key=lambda call: (max(call.tries, default=0), REASONS.index(call.why), call.until or date.max, call.chat))
    return Worklist(tuple(calls), tuple(dict.fromkeys(danger)))


def _by_chat(found: Iterable[Stand]) -> Mapping[str, list[Stand]]:
    grouped: dict[str, list[Stand]] = defaultdict(list)
    for one in found:
        grouped[one.chat].append(one)
    return grouped


def _reasons(connection: Connection, chats: Sequence[str], today: date) -> dict[str, tuple[str, date | None]]:
    """Chat → the most pressing reason, with the day on which a window closes."""
    found: dict[str, tuple[str, date | None]] = dict.fromkeys(_silent(connection, chats), ("silent", None))
    unreached = select(nudge_contact.c.chat).where(nudge_contact.c.chat.in_(chats), nudge_contact.c.unreached)
    found |= dict.fromkeys(connection.scalars(unreached), ("unreached", None))
    refused = select(outcome.c.chat).where(outcome.c.chat.in_(chats), outcome.c.step == "refused")
    found |= dict.fromkeys(connection.scalars(refused), ("refused", None))
    ends = select(nudge.c.chat, func.min(nudge.c.on_day)).join(
        outcome, (outcome.c.chat == nudge.c.chat) & (outcome.c.member == nudge.c.member) & (outcome.c.entitlement == nudge.c.entitlement)
    )
    soon = (nudge.c.on_day >= today.isoformat(), nudge.c.on_day <= (today + CLOSING).isoformat())
    ends = ends.where(nudge.c.chat.in_(chats), nudge.c.kind == "apply", *soon, outcome.c.step == "told").group_by(nudge.c.chat)
    return found | {chat: ("closing", date.fromisoformat(day)) for chat, day in connection.execute(ends)}


def _silent(connection: Connection, chats: Sequence[str]) -> list[str]:
    """Asked ASKED times about the same thing, still at the step of then, and nothing more is planned."""
    sent = (NudgeState.SENT, NudgeState.UNREACHED)
    asked = select(nudge.c.chat).join(
        outcome, (outcome.c.chat == nudge.c.chat) & (outcome.c.member == nudge.c.member) & (outcome.c.entitlement == nudge.c.entitlement)
    )
    asked = asked.where(nudge.c.chat.in_(chats), nudge.c.state.in_([int(state) for state in sent]), outcome.c.step.in_(_OPEN))
    asked = asked.group_by(nudge.c.chat, nudge.c.member, nudge.c.entitlement).having(func.count() >= ASKED)
    planned = select(nudge.c.chat).where(nudge.c.state == int(NudgeState.PLANNED), nudge.c.kind.in_(("applied", "approved", "received")))
    return list(connection.scalars(asked.where(nudge.c.chat.not_in(planned))))


def _cases(connection: Connection, registry: Registry, actor: Staff, chat: str, now_ms: int) -> list[tuple[str, str]]:
    """(uid, number) of the chat's cases that the actor sees."""
    rows = connection.execute(select(case_file.c.uid, case_file.c.sealed).where(case_file.c.chat == chat))
    return [(case.uid, case.number) for case in (open_case_row(registry, row) for row in rows) if sees_case(actor, case, now_ms)]


def _tries(connection: Connection, uids: Sequence[str]) -> tuple[int, ...]:
    """When a call was tried since something was last recorded."""
    query = select(audit_table.c.what, audit_table.c.at_ms).where(audit_table.c.subject.in_(uids)).order_by(audit_table.c.seq)
    tries: list[int] = []
    for row in connection.execute(query.where(audit_table.c.what.in_((TRIED, RECORDED)))):
        tries = [*tries, row.at_ms] if row.what == TRIED else []
    return tuple(tries)


def callable_stand(connection: Connection, registry: Registry, provinces: Collection[str] | None, uid: str) -> Stand | None:
    """The outcome, if its person may stand on a call list of that place."""
    query = select(outcome.c.uid).where(outcome.c.uid == uid, outcomes.of_provinces(registry.sealer, provinces))
    found = outcomes.stand(connection, uid) if connection.scalar(query) else None
    return None if found is None or nudges.in_danger(connection, registry.sealer, found.chat) else found


def start_talk(connection: Connection, registry: Registry, actor: Staff, stand: Stand, now_ms: int) -> Alert:
    """`actor` writes to the person on LINE: the talk is theirs from now on, as if the person had asked for a human."""
    need(nudges.reachable(connection, stand.chat), "unreachable")
    one = Alert(registry.uid(), stand.chat, actor.centre, 4, raising.NO_DANGER, "self", now_ms, level="check")
    raising.insert_alert(connection, registry.sealer, one, ("staff",), "")
    holding.hand_over(connection, stand.chat, Holder.WAITING, "", now_ms)
    tell(connection, registry, actor, one.uid, (Event("alert raised", {"severity": 4, "kind": one.kind, "source": "worklist"}),), now_ms)
    return casework.acknowledge(connection, registry, actor, one.uid, one.version, now_ms)


def note(connection: Connection, registry: Registry, actor: Staff, what: str, uid: str, step: str, now_ms: int) -> None:
    """Write down that a call was tried, or what was recorded."""
    tell(connection, registry, actor, uid, (Event(what, {"step": step} if step else {}),), now_ms)
