"""Everything kept about one person, for that person: as sections of plain lines, and as data for another program.

Whoever holds the phone may be somebody else: nothing in it tells that danger was told of or that a case exists. Messages of such hours and
whatever was said with staff are left out, and every copy says that something may be missing and where to ask for it.
Belongs here: gathering and leaving out. Does not: HTML, the link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, not_, select

from bot.casework.model import AlertState, Holder
from bot.console.talk import bubbles
from bot.conversation.agreeing import lines as consent_lines
from bot.conversation.state import Conversation, facts_of, load
from bot.conversation.wording import date_text, fact_line, label, who
from bot.conversation.world import BANGKOK, World, thai_day
from bot.eligibility.household import HOUSEHOLD
from bot.followup.nudge import Nudge
from bot.store import consents, conversations, holding, nudges, outcomes
from bot.store.nudge_tables import NudgeState
from bot.store.sealing import Sealer
from bot.store.tables import alert
from bot.store.transcript import Line, read_own

#: What was said before a cry for help and after it belongs to it.
_BEFORE_MS = 10 * 60_000
_AFTER_MS = 60 * 60_000


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """`sections` for people, `data` for programs; the same things in both."""

    language: str
    sections: list[Section] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def gather(connection: Connection, sealer: Sealer, world: World, chat: str, now_ms: int) -> OwnCopy | None:
    """None: the chat was hidden since the link was made, and shows nothing to anybody."""
    state = conversations.load(connection, sealer, [chat]).get(chat)
    talk = load(state) if state else Conversation()
    if talk.safety.hidden:
        return None
    language, today = talk.language, thai_day(nudges.moment(now_ms))
    say = world.words.say
    parts = {
        "facts": _facts(talk, world),
        "reminders": _reminders(connection, talk, world, chat),
        "progress": _progress(connection, sealer, talk, world, chat),
        "consents": [_row(line) for line in consent_lines(talk, world, today)],
        "messages": _messages(connection, sealer, chat),
    }
    sections = [Section(say(f"data.part_{name}", language), [row["text"] for row in rows]) for name, rows in parts.items()]
    answered = [
        {"purpose": one.purpose, "answer": one.answer, "version": one.version, "at_ms": one.at_ms}
        for one in consents.history(connection, chat)
    ]
    return OwnCopy(language, sections, {"made_at_ms": now_ms, **parts, "consents": answered, "note": say("data.note", language)})


def _row(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, **more}


def _facts(talk: Conversation, world: World) -> list[dict[str, Any]]:
    refs, language = (*talk.members, HOUSEHOLD), talk.language
    rows = []
    for ref in refs:
        name = who(world.words, ref, language, members=tuple(talk.members))
        for fact, known in facts_of(talk, ref).items():
            if fact in world.base.facts:
                line = fact_line(world.words, world.base.facts[fact], known.value, language)
                rows.append(_row(f"{name}: {line}", member=ref, fact=fact, said_on=known.on.isoformat()))
    return rows


def _right(world: World, talk: Conversation, entitlement: str, member: str) -> str:
    rule = world.base.rules.get(entitlement)
    name = label(rule.name, talk.language) if rule else entitlement
    return f"{name} ({who(world.words, member, talk.language, members=tuple(talk.members))})"


def _reminders(connection: Connection, talk: Conversation, world: World, chat: str) -> list[dict[str, Any]]:
    def row(one: Nudge, state: NudgeState) -> dict[str, Any]:
        day = thai_day(one.due)
        text = f"{date_text(world.words, day, talk.language)}: {_right(world, talk, one.entitlement, one.member)}"
        return _row(text, entitlement=one.entitlement, member=one.member, kind=one.kind, due=day.isoformat(), state=state.name.lower())

    return [row(one, state) for one, state, _ in nudges.history(connection, chat)]


def _progress(connection: Connection, sealer: Sealer, talk: Conversation, world: World, chat: str) -> list[dict[str, Any]]:
    rows = []
    for (member, entitlement), one in outcomes.load(connection, chat).items():
        reason = outcomes.reason_of(connection, sealer, chat, member, entitlement) or ""
        step = world.words.say(f"data.step_{one.step}", talk.language)
        text = f"{_right(world, talk, entitlement, member)}: {step} {date_text(world.words, one.on, talk.language)} {reason}".strip()
        rows.append(_row(text, entitlement=entitlement, member=member, step=one.step, on=one.on.isoformat(), reason=reason))
    return rows


# ---------------------------------------------------------------- messages
def _messages(connection: Connection, sealer: Sealer, chat: str) -> list[dict[str, Any]]:
    hidden = _hidden(connection, chat)
    lines = [line for line in read_own(connection, sealer, chat) if not _within(hidden, line)]
    shown = [one for one in bubbles(lines, ()) if one.text]
    return [_row(f"{_clock(one.at_ms)} {'→' if one.who == 'citizen' else '←'} {one.text}", by=one.who, at_ms=one.at_ms) for one in shown]


def _clock(at_ms: int) -> str:
    return f"{nudges.moment(at_ms).astimezone(BANGKOK):%Y-%m-%d %H:%M}"


def _hidden(connection: Connection, chat: str) -> list[tuple[int, int]]:
    """Spans of time whose messages stay out: around every alarm that staff did not find to be nothing, and after one whenever a human held
    the talk."""
    asked = and_(alert.c.kind == "none", alert.c.severity == 4)
    nothing = and_(alert.c.level == "check", alert.c.state == AlertState.RESOLVED.value)
    told = connection.scalars(select(alert.c.at_ms).where(alert.c.chat == chat, not_(asked), not_(nothing))).all()
    spans = [(at - _BEFORE_MS, at + _AFTER_MS) for at in told]
    if told:
        stretches = holding.stretches(connection, chat)
        spans += [(one.from_ms, one.until_ms or 1 << 62) for one in stretches if one.holder is Holder.HUMAN]
    return spans


def _within(spans: Iterable[tuple[int, int]], line: Line) -> bool:
    return any(start <= line.at_ms <= end for start, end in spans)
