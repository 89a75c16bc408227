"""A batch of turns in one transaction: claim lanes, run their events in order, store every effect, hand out what may be sent at once.

Belongs here: what becomes of each effect. Does not: the turn itself (`bot/conversation`), sending (`delivery.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeGuard
from uuid import UUID

from sqlalchemy import Connection

from bot import metrics
from bot.conversation.effects import (
    AreaTold,
    AskHuman,
    Audit,
    Consented,
    ContactTold,
    Effect,
    Forget,
    ForgetMessage,
    OwnCopy,
    RaiseAlert,
    Reply,
    TellStaff,
)
from bot.conversation.events import Event, Media, Unfollowed
from bot.conversation.messages import Message
from bot.line.answers import TOKEN_LIFE_MS, Answered, calls_of
from bot.line.copies import Copies
from bot.line.errands import Errand
from bot.line.happenings import Letter, read_letter
from bot.line.rota import Rota
from bot.store import alerts, audit, consents, conversations, erasure, holding, inbox, media, outbox, safecontacts
from bot.store.calling import desk_chat
from bot.store.casefiles import Registry
from bot.store.outbox import Call
from bot.store.sealing import Sealer
from bot.store.tables import InboxState

_log = logging.getLogger(__name__)
#: A redelivered event keeps its token, but never longer than 20 minutes after it happened.
_TOKEN_AGE_MS = 19 * 60_000
#: Messages of an answer that leave room for one more in the same call.
_ROOM = 3


class Turns(Protocol):
    """The conversation, as the shell sees it. `state` is opaque here."""

    def run(self, state: bytes | None, event: Event, now: datetime) -> tuple[bytes | None, tuple[Effect, ...]]: ...

    def fallback(self) -> tuple[Message, ...]:
        """What to say when a turn broke: safe in every case, with the emergency numbers."""
        ...


class Followup(Protocol):
    """What stays with people after the results (`followups.py`); everything in the transaction of the batch."""

    def take(self, connection: Connection, chat: str, effects: Sequence[Effect], now_ms: int) -> None: ...

    def chats_due(self, connection: Connection, chats: Sequence[str], now_ms: int) -> list[str]: ...

    def ride(self, connection: Connection, chat: str, state: bytes | None, now_ms: int) -> tuple[Message, ...]: ...


class AtDesk(Protocol):
    """What staff do in LINE as staff (`errands.py`); everything in the transaction of the batch."""

    registry: Registry

    def errand(self, connection: Connection, id_: int, chat: str, letter: Letter, until_ms: int, now_ms: int) -> Errand | None: ...

    def lock(self, connection: Connection, errands: Sequence[Errand]) -> None: ...

    def run(self, connection: Connection, errands: Sequence[Errand], now_ms: int) -> list[Call]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one batch may take. `budget_s`: turns stop then, the other lanes stay pending; meanwhile webhooks wait for their answer."""

    lanes: int = 16
    budget_s: float = 0.005


@dataclass(frozen=True, slots=True)
class Desk:
    """What a batch needs, made once per process."""

    turns: Turns
    sealer: Sealer
    worker: str
    channel: str
    chance: Callable[[], UUID]
    seconds: Callable[[], float]
    limits: Limits = Limits()
    followup: Followup | None = None
    errands: AtDesk | None = None
    copies: Copies | None = None
    rota: Rota | None = None

    @property
    def registry(self) -> Registry:
        return self.errands.registry if self.errands else Registry(self.sealer, self.chance, self.channel)


@dataclass(slots=True)
class Report:
    """What a batch did. `more`: lanes may be left; `waiting`: calls were stored but not handed out; `media`: something is to be fetched."""

    sends: list[Call] = field(default_factory=list)
    events: int = 0
    more: bool = False
    waiting: bool = False
    media: bool = False


@dataclass(slots=True)
class _Talk:
    """One chat in this batch."""

    chat: str
    state: bytes | None
    letters: list[tuple[Letter, int, tuple[Effect, ...]]] = field(default_factory=list)  # letter, token good until, effects
    marks: list[tuple[int, InboxState]] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)  # what was no talk but work of staff

    def effects(self) -> list[Effect]:
        return [effect for _, _, effects in self.letters for effect in effects]

    def told(self) -> list[tuple[Letter, Effect]]:
        """Each effect with the letter it came from."""
        return [(letter, effect) for letter, _, effects in self.letters for effect in effects]


def run_batch(connection: Connection, desk: Desk, now_ms: int, slots: int) -> Report:
    """Run what is pending. `slots`: how many calls may be sent at once (urgent ones always may)."""
    claimed = inbox.claim(connection, desk.sealer, desk.limits.lanes)
    if not claimed:
        return Report()
    states = conversations.load(connection, desk.sealer, list(claimed))
    end = desk.seconds() + desk.limits.budget_s
    talks = []
    for chat, events in claimed.items():
        talks.append(_run_lane(connection, desk, chat, states.get(chat), events, now_ms))
        if desk.seconds() > end:
            break
    report = _store(connection, desk, talks, now_ms, slots)
    report.more = len(talks) < len(claimed) or len(claimed) >= desk.limits.lanes
    return report


def _run_lane(connection: Connection, desk: Desk, chat: str, state: bytes | None, events: Sequence[inbox.Pending], now_ms: int) -> _Talk:
    talk = _Talk(chat, state)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    on_duty = desk.rota.now(connection, now_ms) if desk.rota else None
    for pending in events:
        if pending.raw is None:
            talk.marks.append((pending.id, InboxState.FAILED))
            continue
        letter = read_letter(pending.raw, chat, pending.event_id, pending.at_ms, on_duty)
        until = min(pending.received_ms + TOKEN_LIFE_MS, pending.at_ms + _TOKEN_AGE_MS)
        errand = desk.errands.errand(connection, pending.id, chat, letter, until, now_ms) if desk.errands else None
        if errand is not None:
            talk.errands.append(errand)
            talk.marks.append((pending.id, InboxState.DONE))
            continue
        effects, outcome = _run_one(desk, talk, letter, now)
        talk.letters.append((letter, until, effects))
        talk.marks.append((pending.id, outcome))
        metrics.TURN.observe(max(0, now_ms - pending.received_ms) / 1000)
    return talk


def _run_one(desk: Desk, talk: _Talk, letter: Letter, now: datetime) -> tuple[tuple[Effect, ...], InboxState]:
    try:
        talk.state, effects = desk.turns.run(talk.state, letter.event, now)
    except Exception:
        _log.exception("a turn broke")
        return (Reply(desk.turns.fallback(), keep=True),), InboxState.FAILED
    return effects, InboxState.DONE


def _store(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int, slots: int) -> Report:
    errands = [errand for talk in talks for errand in talk.errands]
    if desk.errands and errands:
        desk.errands.lock(connection, errands)
    held = holding.held_by_humans(connection, [talk.chat for talk in talks])
    _add_copies(connection, desk, talks, now_ms)
    _add_reminders(connection, desk, [talk for talk in talks if talk.chat not in held], now_ms)
    calls = [call for talk in talks for call in _calls(desk, talk, now_ms, talk.chat in held)]
    inbox.mark(connection, (mark for talk in talks for mark in talk.marks))
    sent = _take_media(connection, desk, talks, now_ms)
    _erase(connection, desk, talks, now_ms)
    kept = [talk for talk in talks if talk.letters and not (talk.state is None and _forgets(talk))]
    conversations.save(connection, desk.sealer, (_saved(talk) for talk in kept), now_ms)
    report = _answer(connection, desk, talks, calls, now_ms, slots)
    report.media = sent
    report.waiting |= _raise(connection, desk, talks, now_ms)
    _follow(connection, desk, talks, now_ms)
    _run_errands(connection, desk, errands, report, now_ms)
    _count(talks, report)
    return report


def _add_copies(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> None:
    """A wish for one's own data becomes a link to it; not in a group, where others would read along."""
    for talk in talks:
        for n, (letter, until, effects) in enumerate(talk.letters):
            wish = next((effect for effect in effects if isinstance(effect, OwnCopy)), None)
            if wish and desk.copies and letter.event.source == "user":
                said = Reply(desk.copies.offer(connection, talk.chat, wish.language, now_ms), keep=True)
                talk.letters[n] = (letter, until, (*effects, said))


def _take_media(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> bool:
    """Note what was sent besides words, to be fetched after the commit. Only of people by themselves: a group's pictures are not for us."""
    sent = [
        media.Sent(str(desk.chance()), talk.chat, what.message_id, what.kind, what.file_name, what.elsewhere, _ms(letter))
        for talk in talks
        for letter, _, _ in talk.letters
        if isinstance(what := letter.event.happening, Media) and what.message_id and letter.event.source == "user"
    ]
    if sent:
        media.take_in(connection, desk.sealer, sent, now_ms)
    return bool(sent)


def _ms(letter: Letter) -> int:
    return int(letter.event.at.timestamp() * 1000)


def _add_reminders(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> None:
    """What is due rides along with a calm answer that is free and has room for it, behind everything else."""
    calm = {talk.chat: talk for talk in talks if talk.letters and _has_room(talk, now_ms)}
    if desk.followup is None or not calm:
        return
    for chat in desk.followup.chats_due(connection, list(calm), now_ms):
        letter, until, effects = calm[chat].letters[-1]
        said = desk.followup.ride(connection, chat, calm[chat].state, now_ms)
        if said:
            calm[chat].letters[-1] = (letter, until, (*effects, Reply(said, keep=True)))


def _has_room(talk: _Talk, now_ms: int) -> bool:
    """The last event of the burst has a living token, was answered in at most three messages, and nothing weighs more."""
    letter, until, effects = talk.letters[-1]
    replies = [effect for effect in effects if isinstance(effect, Reply)]
    heavy = any(_heavy(effect) for effect in talk.effects())
    return bool(letter.token) and until > now_ms and not heavy and 0 < sum(len(reply.messages) for reply in replies) <= _ROOM


def _heavy(effect: Effect) -> bool:
    """Something happened that no reminder may stand beside."""
    return effect.urgent if isinstance(effect, Reply) else not isinstance(effect, Audit | Consented)


def _follow(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> None:
    """Only for people by themselves: what is planned for somebody is nothing for a group."""
    for talk in talks:
        if desk.followup and talk.letters and talk.letters[-1][0].event.source == "user" and not _forgets(talk):
            desk.followup.take(connection, talk.chat, talk.effects(), now_ms)


def _forgets(talk: _Talk) -> bool:
    return any(isinstance(effect, Forget) for effect in talk.effects())


def _erase(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> None:
    for talk in talks:
        for effect in talk.effects():
            if isinstance(effect, Forget):
                rows = erasure.forget_chat(connection, talk.chat)
                erasure.write_receipt(connection, effect.number or str(desk.chance()), rows, now_ms)
            elif isinstance(effect, ForgetMessage):
                erasure.forget_message(connection, desk.sealer, talk.chat, effect.message_id)


def _saved(talk: _Talk) -> conversations.Saved:
    last = talk.letters[-1][0]
    return conversations.Saved(talk.chat, last.event.source, last.to, talk.state, not isinstance(last.event.happening, Unfollowed))


def _calls(desk: Desk, talk: _Talk, now_ms: int, held: bool) -> list[Call]:
    try:
        return calls_of(_answered(talk, held), talk.chat, desk.chance, now_ms)
    except Exception:
        _log.exception("an answer could not be rendered")
        talk.marks = [(id_, InboxState.FAILED) for id_, _ in talk.marks]
        letter, until, _ = talk.letters[-1]
        return calls_of(
            [Answered(letter.to, letter.token, until, (Reply(desk.turns.fallback(), keep=True),))], talk.chat, desk.chance, now_ms
        )


def _answer(connection: Connection, desk: Desk, talks: Sequence[_Talk], calls: Sequence[Call], now_ms: int, slots: int) -> Report:
    if not calls:
        return Report()
    busy_urgent, busy = outbox.busy_chats(connection, sorted({call.chat for call in calls}))
    placed, report = [], Report()
    for call in calls:
        free = call.chat not in (busy_urgent if call.urgent else busy) and (call.urgent or len(report.sends) < slots)
        placed.append((call, free))
        busy.add(call.chat)
        if call.urgent:
            busy_urgent.add(call.chat)
        if free:
            report.sends.append(call)
    report.waiting = len(calls) > len(report.sends)
    report.sends.sort(key=lambda call: not call.urgent)
    outbox.add(connection, desk.sealer, placed, desk.worker, now_ms, frozenset(talk.chat for talk in talks if _forgets(talk)))
    return report


def _answered(talk: _Talk, held: bool) -> list[Answered]:
    """What the turns said. While a human holds the talk the bot is silent, but for danger and for the receipt of an erasure."""
    silent = held and not _forgets(talk)
    return [
        Answered(letter.to, letter.token, until, tuple(effect for effect in effects if _spoken(effect, silent)))
        for letter, until, effects in talk.letters
    ]


def _spoken(effect: Effect, silent: bool) -> TypeGuard[Reply | Forget]:
    return isinstance(effect, Forget) or (isinstance(effect, Reply) and (effect.urgent or not silent))


def _run_errands(connection: Connection, desk: Desk, errands: Sequence[Errand], report: Report, now_ms: int) -> None:
    """Last, because it writes to the audit chain. What staff did is no part of anybody's talk."""
    if not desk.errands or not errands:
        return
    calls = desk.errands.run(connection, errands, now_ms)
    outbox.add(connection, desk.sealer, [(call, True) for call in calls], desk.worker, now_ms)
    report.sends += calls
    for chat in {errand.chat for errand in errands}:
        inbox.set_aside(connection, [errand.id for errand in errands if errand.chat == chat], desk_chat(chat))


def _raise(connection: Connection, desk: Desk, talks: Sequence[_Talk], now_ms: int) -> bool:
    """Whether somebody may have been called, whose card waits to be sent."""
    raised, entries, messages = [], [], {}
    beside: list[tuple[str, AreaTold | ContactTold | TellStaff]] = []
    for talk in talks:
        for letter, effect in talk.told():
            uid = str(desk.chance()) if isinstance(effect, RaiseAlert | AskHuman) else ""
            if isinstance(effect, RaiseAlert):
                raised.append((uid, talk.chat, effect))
                messages[uid] = getattr(letter.event.happening, "message_id", "")
                data = {"alert": uid, "severity": effect.severity, "kind": effect.kind, "level": effect.level}
                entries.append(audit.Entry("chat", "alert raised", talk.chat, data))
            elif isinstance(effect, AskHuman):
                raised.append((uid, talk.chat, alerts.asked_for_human(effect.topic, effect.area)))
                entries.append(audit.Entry("chat", "human asked for", talk.chat, {"alert": uid}))
            elif isinstance(effect, OwnCopy):
                entries.append(audit.Entry("chat", "own data asked for", talk.chat))
            elif isinstance(effect, Forget):
                entries.append(audit.Entry("chat", erasure.FORGOTTEN, talk.chat))
            elif isinstance(effect, ForgetMessage):
                entries.append(audit.Entry("chat", "message taken back", talk.chat))
            elif isinstance(effect, Consented):
                consents.record(connection, talk.chat, effect.purpose, effect.agreed, effect.version, now_ms)
                data = {"purpose": effect.purpose, "agreed": effect.agreed, "version": effect.version}
                entries.append(audit.Entry("chat", "consent", talk.chat, data))
            elif isinstance(effect, Audit):
                entries.append(audit.Entry("chat", effect.what, talk.chat, effect.data))
            elif isinstance(effect, AreaTold | ContactTold | TellStaff):
                beside.append((talk.chat, effect))
    alerts.raise_alerts(connection, desk.registry, raised, now_ms)
    for uid, message_id in messages.items():
        if message_id:
            alerts.came_with(connection, desk.sealer, uid, message_id)
    for chat, effect in beside:
        entries += safecontacts.beside(connection, desk.registry, chat, effect, now_ms)
    audit.append(connection, desk.sealer, entries, now_ms)
    return bool(raised or beside)


def _count(talks: Sequence[_Talk], report: Report) -> None:
    states = [state for talk in talks for _, state in talk.marks]
    report.events = len(states)
    failed = states.count(InboxState.FAILED)
    if failed:
        metrics.TURNS.labels("failed").inc(failed)
    metrics.TURNS.labels("done").inc(len(states) - failed)
