"""Taking in what was said: facts into the conversation, with the way back.

Belongs here: merging, undoing, forgetting one message. Does not: reading text, asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.conversation.state import UNDO_DEPTH, Conversation, Known, Undo, changed, facts_of, known
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.values import Some, Unknown, Value
from bot.language.reading import Asked, Statement

Change = tuple[str, str, Value]


def learn(
    conversation: Conversation, statements: Sequence[Statement], today: date, by: str = ""
) -> tuple[Conversation, tuple[Change, ...]]:
    """Adds what the statements say; returns also what is new (member, fact, value). Unsure ones wait in `unsure` for a yes."""
    sure = [s for s in statements if s.sure]
    doubtful = tuple((s.member, s.fact, Known(s.value, today, by)) for s in statements if not s.sure and _adds(conversation, s))
    learned, changes = put(conversation, [(s.member, s.fact, s.value) for s in sure], today, by)
    return (replace(learned, unsure=doubtful) if doubtful else learned), changes


def _adds(conversation: Conversation, statement: Statement) -> bool:
    return known(conversation, statement.member, statement.fact) is None


def put(conversation: Conversation, facts: Iterable[Change], today: date, by: str = "") -> tuple[Conversation, tuple[Change, ...]]:
    """Sets facts, remembers what they replaced, and tells which of them say something new."""
    former: list[tuple[str, str, Known | None]] = []
    changes: list[Change] = []
    added: list[str] = []
    members = {**conversation.members, HOUSEHOLD: conversation.household}
    for member, fact, said in facts:
        known_of = members.get(member, {})
        was = known_of.get(fact)
        value = _joined(was.value if was else None, said)
        if member not in members:
            added.append(member)
        members[member] = _with(known_of, fact, Known(value, today, by))
        former.append((member, fact, was))
        if was is None or was.value != value:
            changes.append((member, fact, value))
    if not former:
        return conversation, ()
    undo = Undo(tuple(former), tuple(added), conversation.asked)
    household = members.pop(HOUSEHOLD)
    return changed(conversation, household=household, members=members, undo=(*conversation.undo, undo)[-UNDO_DEPTH:]), tuple(changes)


def _joined(was: Value | None, said: Value) -> Value:
    """What is received adds up over a talk; everything else is replaced by what was said later."""
    if isinstance(was, Some) and isinstance(said, Some):
        includes = (was.includes - said.excludes) | said.includes
        return Some(includes, (was.excludes - said.includes) | said.excludes)
    return said


def _with(known_of: Mapping[str, Known], fact: str, entry: Known | None) -> dict[str, Known]:
    """`known_of` with one fact set, or (None) without it; what was set last stands last."""
    facts = {name: known for name, known in known_of.items() if name != fact}
    if entry is not None:
        facts[fact] = entry
    return facts


def _set(conversation: Conversation, member: str, fact: str, entry: Known | None) -> Conversation:
    facts = _with(facts_of(conversation, member), fact, entry)
    if member == HOUSEHOLD:
        return replace(conversation, household=facts)
    return replace(conversation, members={**conversation.members, member: facts})


def remove(conversation: Conversation, member: str, fact: str) -> Conversation:
    """One fact taken away for good."""
    return replace(_set(conversation, member, fact, None), undo=())


def mention(conversation: Conversation, members: Iterable[str]) -> Conversation:
    """Members spoken of count as people of this talk even before anything is known of them."""
    new: dict[str, dict[str, Known]] = {ref: {} for ref in members if ref != HOUSEHOLD and ref not in conversation.members}
    return replace(conversation, members={**conversation.members, **new}) if new else conversation


def give_up(conversation: Conversation, asked: Asked, why: Unknown, today: date) -> Conversation:
    """The person does not know or would rather not say: never ask this again by itself."""
    facts = [(member, asked.fact, why) for member in asked.members if known(conversation, member, asked.fact) is None]
    return put(conversation, facts, today)[0]


def skip(conversation: Conversation, asked: Asked) -> Conversation:
    """Put a question aside; other answers may settle what it was for."""
    aside = conversation.skipped | {(member, asked.fact) for member in asked.members}
    return replace(remember(conversation, asked), skipped=aside)


def remember(conversation: Conversation, asked: Asked) -> Conversation:
    """A step that set no fact, so that "back" leads to its question again."""
    return replace(conversation, undo=(*conversation.undo, Undo((), (), asked))[-UNDO_DEPTH:])


def undo(conversation: Conversation) -> Conversation | None:
    """The conversation before the last answer, or None when there is nothing to take back."""
    if not conversation.undo:
        return None
    last = conversation.undo[-1]
    current = conversation
    for member, fact, was in reversed(last.changes):
        current = _set(current, member, fact, was)
    members = {ref: facts for ref, facts in current.members.items() if ref not in last.added_members}
    open_again = {(member, last.asked.fact) for member in last.asked.members} if last.asked else set()
    return replace(
        current, members=members, undo=conversation.undo[:-1], asked=last.asked, unsure=(), skipped=conversation.skipped - open_again
    )


def forget_message(conversation: Conversation, message_id: str) -> Conversation:
    """Everything that a message said, gone: its text, its facts, and the way back to them."""

    def kept(facts: object) -> dict[str, Known]:
        assert isinstance(facts, dict)
        return {fact: entry for fact, entry in facts.items() if entry.by != message_id}

    return replace(
        conversation,
        household=kept(dict(conversation.household)),
        members={ref: kept(dict(facts)) for ref, facts in conversation.members.items()},
        bubbles=tuple(b for b in conversation.bubbles if b.by != message_id),
        unsure=tuple(u for u in conversation.unsure if u[2].by != message_id),
        undo=(),
    )
