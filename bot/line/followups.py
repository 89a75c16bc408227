"""Staying with people: stores what turns told, writes what is due, and lets it ride along with answers.

Belongs here: the order of steps in a chat's transaction. Does not: what to plan and when (`bot/followup`), rows (`bot/store/nudges.py`),
sending (the deliverer).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import Connection

from bot import metrics
from bot.conversation.effects import Effect, NudgeWish, Plan, Progress, RaiseAlert
from bot.conversation.messages import Message
from bot.conversation.state import load
from bot.conversation.world import World, thai_day
from bot.followup import budget, wording
from bot.followup.bundle import Bundle, bundle
from bot.followup.hours import Contact, Manners, closes, may_ride, next_moment
from bot.followup.nudge import Priority
from bot.followup.plan import ask_again, follow, plan
from bot.followup.progress import FINAL, Outcome, Step, advance
from bot.line.render import batches
from bot.store import conversations, holding, nudges, outbox, outcomes
from bot.store.database import read, write
from bot.store.nudge_tables import NudgeState
from bot.store.nudges import BY_REPLY, milliseconds, moment
from bot.store.pushing import push
from bot.store.store import Store

_log = logging.getLogger(__name__)
#: Chats in one transaction: turns never wait long for it.
_CHATS = 10
#: Transactions in one look; the next look goes on.
_MOST = 1_000
_LATER = timedelta(hours=6)  # no quota, or a human has the talk
_ALARM_SETTLED = timedelta(days=1)
_SNOOZE_DAYS = 7
_NOT_YET_DAYS = 10


@dataclass(frozen=True, slots=True)
class Spent:
    """What may still be pushed by priority in this look; None: any number."""

    left: dict[Priority, int | None]

    def take(self, priority: Priority) -> bool:
        """Count one push; False if there is none left for this priority."""
        if self.left[priority] == 0:
            return False
        for one, number in self.left.items():
            self.left[one] = None if number is None else max(0, number - 1)
        return True


class Followups:
    """`world`: the rules and words of the moment. `look` is the hook; the others run inside a turn's transaction."""

    def __init__(
        self, store: Store, world: Callable[[], World], manners: Manners, clock_ms: Callable[[], int], chance: Callable[[], UUID]
    ) -> None:
        self._store = store
        self._world = world
        self._manners = manners
        self._clock_ms = clock_ms
        self._chance = chance

    # ------------------------------------------------------------ in a turn's transaction
    def take(self, connection: Connection, chat: str, effects: Sequence[Effect], now_ms: int) -> None:
        """Store what a turn told about the follow-up."""
        mine = [effect for effect in effects if isinstance(effect, Plan | Progress | NudgeWish | RaiseAlert)]
        for effect in mine:
            if isinstance(effect, Plan):
                self._take_plan(connection, chat, effect, now_ms)
            elif isinstance(effect, Progress):
                self._take_progress(connection, chat, effect, now_ms)
            elif isinstance(effect, NudgeWish):
                nudges.wish(connection, chat, effect.wanted, now_ms)
            else:
                outbox.drop_late(connection, now_ms, chat)
        if mine:
            self._schedule(connection, chat, now_ms)

    def _take_plan(self, connection: Connection, chat: str, effect: Plan, now_ms: int) -> None:
        today = thai_day(moment(now_ms))
        yes = [one for one in effect.told if one.status in ("eligible", "officer")]
        started = [Outcome(one.entitlement, one.member, "told", today) for one in yes]
        outcomes.start(connection, self._store.sealer, chat, started, effect.province, now_ms)
        for one in effect.told:
            if one.status == "receiving":
                self._advance(connection, chat, one.member, one.entitlement, "received", now_ms)
        known = outcomes.load(connection, chat)
        about = {(one.member, one.entitlement) for one in yes} | {key for key, one in known.items() if one.step in ("applied", "approved")}
        if effect.remind or not effect.told:
            nudges.replan(connection, chat, plan(chat, effect.told, known, today), about, now_ms)

    def _take_progress(self, connection: Connection, chat: str, effect: Progress, now_ms: int) -> None:
        today = thai_day(moment(now_ms))
        member, entitlement = effect.member, effect.entitlement
        if effect.happened == "not_yet" or effect.happened == "later":
            one = outcomes.load(connection, chat).get((member, entitlement))
            days = _SNOOZE_DAYS if effect.happened == "later" else _NOT_YET_DAYS
            nudges.add(connection, ask_again(chat, one, today, days) if one else (), now_ms)
            return
        outcomes.start(connection, self._store.sealer, chat, [Outcome(entitlement, member, "told", today)], "", now_ms)
        now_at = self._advance(connection, chat, member, entitlement, effect.happened, now_ms)
        if effect.reason:
            outcomes.save_reason(connection, self._store.sealer, chat, member, entitlement, effect.reason, effect.message_id)
        if now_at and now_at.step not in FINAL:
            nudges.add(connection, follow(chat, now_at), now_ms)

    def _advance(self, connection: Connection, chat: str, member: str, entitlement: str, to: Step, now_ms: int) -> Outcome | None:
        """The new outcome; None if nothing changed."""
        one = outcomes.load(connection, chat).get((member, entitlement))
        then = advance(one, to, thai_day(moment(now_ms))) if one else None
        if then is None or then == one:
            return None
        outcomes.save(connection, chat, then, now_ms)
        nudges.happened(connection, chat, then, now_ms)
        return then

    def chats_due(self, connection: Connection, chats: Sequence[str], now_ms: int) -> list[str]:
        return nudges.chats_due(connection, chats, now_ms)

    def ride(self, connection: Connection, chat: str, state: bytes | None, now_ms: int) -> tuple[Message, ...]:
        """What is due, to be added to an answer; it counts as sent with the transaction. Empty if nothing is, or at a bad moment."""
        contact = nudges.contact(connection, self._store.sealer, chat, now_ms)
        found = bundle(nudges.due(connection, chat, now_ms), moment(now_ms))
        if found is None or not may_ride(contact, moment(now_ms)):
            return ()
        said = self._said(found, contact, state)
        self._settle(connection, found, NudgeState.SENT, BY_REPLY, now_ms)
        self._schedule(connection, chat, now_ms)
        metrics.NUDGES.labels("reply").inc()
        return said

    def _said(self, found: Bundle, contact: Contact, state: bytes | None) -> tuple[Message, ...]:
        talk = load(state) if state else None
        language = talk.language if talk else "th"
        if contact.window is not None:
            return wording.neutral(self._world(), language)
        return wording.messages(self._world(), found, language, tuple(talk.members) if talk else ())

    def _settle(self, connection: Connection, found: Bundle, state: NudgeState, by: str, now_ms: int) -> None:
        what = "with an answer" if by == BY_REPLY else "written"
        nudges.settle(connection, [one.id for one in found.tell], state, now_ms, what, by)
        nudges.settle(connection, [one.id for one in found.overtaken], NudgeState.OVERTAKEN, now_ms, "overtaken")

    def _schedule(self, connection: Connection, chat: str, now_ms: int, contact: Contact | None = None) -> None:
        """When to look at the chat next. `contact`: as it is now, if that is known already."""
        coming = nudges.next_due(connection, chat)
        contact = contact or nudges.contact(connection, self._store.sealer, chat, now_ms)
        at = next_moment(contact, self._manners, max(moment(now_ms), moment(coming[0]))) if coming else None
        if coming and contact.alarmed:
            at = moment(now_ms) + _ALARM_SETTLED  # staff may have agreed a safe window by then, or found nothing
        nudges.look_again(connection, chat, at, coming[1] if coming else Priority.CHECK_UP)

    # ------------------------------------------------------------ the hook
    def look(self) -> int:
        """Write what is due. Two schedulers may look at once, and either may die at any point. Returns the pushes written."""
        now_ms = self._clock_ms()
        with write(self._store.engine) as connection:
            outbox.drop_late(connection, now_ms)
            nudges.follow_pushes(connection, now_ms)
        written = 0
        for _ in range(_MOST):
            with write(self._store.engine) as connection:
                seen, pushed = self._some(connection, now_ms)
            written += pushed
            if seen < _CHATS:
                break
        self._measure(now_ms)
        return written

    def _measure(self, now_ms: int) -> None:
        """The forecast of the quota: what is planned until the end of the month against what is left."""
        with read(self._store.engine) as connection:
            metrics.NUDGES_SHORT.set(nudges.forecast(connection, now_ms) or 0)
        metrics.NUDGES_LOOKED.set(now_ms / 1000)

    def _some(self, connection: Connection, now_ms: int) -> tuple[int, int]:
        chats = nudges.claim(connection, now_ms, _CHATS)
        if not chats:
            return 0, 0
        quota, today = nudges.quota(connection), thai_day(moment(now_ms))
        spent = Spent({priority: budget.left(quota, priority, today) for priority in Priority})
        held = holding.held_by_humans(connection, chats)
        return len(chats), sum(self._one(connection, chat, chat in held, spent, now_ms) for chat in chats)

    def _one(self, connection: Connection, chat: str, held: bool, spent: Spent, now_ms: int) -> bool:
        """Whether a push was written for this chat; in every case it is known when to look again."""
        contact = nudges.contact(connection, self._store.sealer, chat, now_ms)
        until = closes(contact, self._manners, moment(now_ms))
        found = bundle(nudges.due(connection, chat, now_ms), moment(now_ms))
        if found is None or until is None:
            self._schedule(connection, chat, now_ms, contact)
            return False
        if held or not spent.take(found.priority):
            self._postpone(connection, chat, found, contact, now_ms)
            return False
        return self._write(connection, chat, found, contact, until, now_ms)

    def _postpone(self, connection: Connection, chat: str, found: Bundle, contact: Contact, now_ms: int) -> None:
        at = next_moment(contact, self._manners, moment(now_ms) + _LATER)
        nudges.look_again(connection, chat, at, found.priority)

    def _write(self, connection: Connection, chat: str, found: Bundle, contact: Contact, until: datetime, now_ms: int) -> bool:
        store, uid = self._store, str(self._chance())
        state = conversations.load(connection, store.sealer, [chat]).get(chat)
        rendered = batches(self._said(found, contact, state))
        if not rendered:
            nudges.settle(connection, [one.id for one in found.all], NudgeState.CANCELLED, now_ms, "no such right any more")
        elif push(connection, store.sealer, chat, uid, orjson.dumps(rendered[0]), now_ms, store.channel, until_ms=milliseconds(until)):
            self._settle(connection, found, NudgeState.WRITTEN, uid, now_ms)
            contact = replace(contact, sent=(*contact.sent, moment(now_ms)))
            metrics.NUDGES.labels("push").inc()
        else:
            nudges.settle(connection, [one.id for one in found.all], NudgeState.UNREACHED, now_ms, "blocked")
            nudges.mark_unreached(connection, chat, True)
        self._schedule(connection, chat, now_ms, contact)
        return bool(rendered)
