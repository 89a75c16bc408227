"""Staying with people: stores what turns told, writes what is due, and lets it ride along with answers.

Belongs here: the order of steps in a chat's transaction. Does not: what to plan and when (`bot/followup`), rows (`bot/store/nudges.py`),
sending (the deliverer).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

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
from bot.store import holding, inbox, nudge_batches, nudges, outbox, outcomes
from bot.store.database import read, write
from bot.store.nudge_batches import Decided, Known, Settlement, push_of
from bot.store.nudge_tables import NudgeState
from bot.store.nudges import BY_REPLY, moment
from bot.store.outbox import Call
from bot.store.store import Store

_log = logging.getLogger(__name__)
#: Chats in one transaction: turns never wait long for it.
_CHATS = 20
#: One look goes on for so long at most; the next goes on from there.
_LOOK_S = 8.0
#: Rest between two of them at least; after a long one as long as it took.
_BREATH_S = 0.005
#: The quota is counted anew after this time.
_COUNT_S = 2.0
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
        at = self._when(moment(coming[0]), contact, moment(now_ms)) if coming else None
        nudges.look_again(connection, chat, at, coming[1] if coming else Priority.CHECK_UP)

    # ------------------------------------------------------------ the hook
    def look(self) -> int:
        """Write what is due. Two schedulers may look at once, and either may die at any point. Returns the pushes written. Between its
        transactions it lets others write: conversations keep their times while very many reminders are due."""
        now_ms = self._clock_ms()
        with write(self._store.engine) as connection:
            outbox.drop_late(connection, now_ms)
        while self._follow(now_ms) == nudges.FOLLOWED:
            time.sleep(_BREATH_S)
        written, spent, counted = 0, None, 0.0
        end = time.monotonic() + _LOOK_S
        while (started := time.monotonic()) < end:
            with write(self._store.engine) as connection:
                if spent is None or started - counted > _COUNT_S:
                    spent, counted = self._spent(connection, now_ms), started
                seen, pushed = self._some(connection, spent, now_ms)
            written += pushed
            if seen < _CHATS:
                break
            time.sleep(max(_BREATH_S, time.monotonic() - started))
        self._measure(now_ms)
        return written

    def _follow(self, now_ms: int) -> int:
        with write(self._store.engine) as connection:
            return nudges.follow_pushes(connection, now_ms)

    def _spent(self, connection: Connection, now_ms: int) -> Spent:
        quota, today = nudges.quota(connection), thai_day(moment(now_ms))
        return Spent({priority: budget.left(quota, priority, today) for priority in Priority})

    def _measure(self, now_ms: int) -> None:
        """The forecast of the quota: what is planned until the end of the month against what is left."""
        with read(self._store.engine) as connection:
            metrics.NUDGES_SHORT.set(nudges.forecast(connection, now_ms) or 0)
        metrics.NUDGES_LOOKED.set(now_ms / 1000)

    def _some(self, connection: Connection, spent: Spent, now_ms: int) -> tuple[int, int]:
        """(chats looked at, pushes written)."""
        chats = nudges.claim(connection, now_ms, _CHATS)
        if not chats:
            return 0, 0
        held = holding.held_by_humans(connection, chats)
        known = nudge_batches.gather(connection, self._store.sealer, chats, now_ms)
        decided = [self._decide(one, one.chat in held, spent, now_ms) for one in known]
        nudge_batches.store(connection, self._store.sealer, decided, now_ms)
        pushed = sum(one.call is not None for one in decided)
        if pushed:
            inbox.announce(connection, self._store.channel)
            metrics.NUDGES.labels("push").inc(pushed)
        return len(chats), pushed

    def _decide(self, known: Known, held: bool, spent: Spent, now_ms: int) -> Decided:
        """What is told to this chat now, and when to look at it again."""
        now, contact = moment(now_ms), known.contact
        until, found = closes(contact, self._manners, now), bundle(known.due(now), now)
        if found is None or until is None:
            return self._scheduled(known, contact, None, (), now)
        if held or not spent.take(found.priority):
            return Decided(known, None, (), next_moment(contact, self._manners, now + _LATER), found.priority)
        rendered = batches(self._said(found, contact, known.state))
        if not rendered:
            return self._scheduled(known, contact, None, (Settlement(found.all, NudgeState.CANCELLED, "no such right any more"),), now)
        if known.to is None:
            unreached = self._scheduled(known, contact, None, (Settlement(found.all, NudgeState.UNREACHED, "blocked"),), now)
            return replace(unreached, unreached=True)
        call = push_of(str(self._chance()), known.chat, known.to, rendered[0], until, now_ms)
        told = Settlement(found.tell, NudgeState.WRITTEN, "written", call.uid)
        settled = (told, Settlement(found.overtaken, NudgeState.OVERTAKEN, "overtaken"))
        return self._scheduled(known, replace(contact, sent=(*contact.sent, now)), call, settled, now)

    def _scheduled(self, known: Known, contact: Contact, call: Call | None, settled: Sequence[Settlement], now: datetime) -> Decided:
        """`settled` is over; the rest of what is planned says when to look again."""
        over = {one.id for settlement in settled for one in settlement.nudges}
        coming = nudge_batches.coming(known.planned, over)
        at = self._when(coming[0], contact, now) if coming else None
        return Decided(known, call, settled, at, coming[1] if coming else Priority.CHECK_UP)

    def _when(self, due: datetime, contact: Contact, now: datetime) -> datetime | None:
        """When to look at a chat whose next nudge is due then."""
        if contact.alarmed:
            return now + _ALARM_SETTLED  # staff may have agreed a safe window by then, or found nothing
        return next_moment(contact, self._manners, max(now, due))
