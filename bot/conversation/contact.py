"""Safe contact: after the first reply, one tap each, never in the way of help: may we write here, where are you, who reads this phone,
when, a code word, may somebody call.

What is agreed goes to staff (`ContactTold`) and is kept by everything that writes unasked. Belongs here: the questions and their answers.
Does not: what may be sent when (`bot/casework/contact.py`), hiding (`hiding.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.conversation import codes, danger, safety
from bot.conversation.consents import is_child
from bot.conversation.effects import ContactTold, Effect, Reply, TellStaff
from bot.conversation.messages import Choice, Message
from bot.conversation.state import Conversation, changed, known
from bot.conversation.world import World, thai_day
from bot.eligibility.household import HOUSEHOLD
from bot.language.answers import read_refusal, read_yes_no
from bot.language.normal import normalise
from bot.language.reading import Reading

Turned = tuple[Conversation, tuple[Effect, ...]]

#: Asked in this order. `number` follows a yes to `call`, the rest of the call follows the number.
_SELF = ("now", "where", "readers", "when", "word", "call")
_CHILD = ("now", "where", "readers", "word")
_OTHER = ("now", "where", "call")
_OF_A_CALL = ("caller", "leave")
_LONGEST_CHOSEN = 30
_WORDS = ("one", "two", "three", "four")
_PHONE = re.compile(r"(?:\+?66|0)\d{8,9}")


@dataclass(frozen=True, slots=True)
class _Window:
    """Minutes of the day in Thailand."""

    weekdays: tuple[int, ...]
    from_minute: int
    until_minute: int


_EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
_WINDOWS: Mapping[str, _Window] = {
    "any": _Window(_EVERY_DAY, 0, 1440),
    "office": _Window((0, 1, 2, 3, 4), 9 * 60, 16 * 60),
    "evening": _Window(_EVERY_DAY, 17 * 60, 20 * 60),
    "late": _Window(_EVERY_DAY, 20 * 60, 23 * 60),
}
#: Step → answers offered, as parts of message keys.
OFFERED: Mapping[str, tuple[str, ...]] = {
    "now": ("yes", "no", "later"),
    "readers": ("nobody", "partner", "family", "others"),
    "when": tuple(_WINDOWS),
    "word": _WORDS,
    "call": ("yes", "no"),
    "caller": ("woman", "friend", "clinic", "anybody"),
    "leave": ("no", "yes"),
}


# ---------------------------------------------------------------- asking
def next_step(conversation: Conversation, now: datetime) -> str:
    """The question to put next; empty when all was asked that helps."""
    state = conversation.safety
    steps: tuple[str, ...] = _OTHER if state.other else _CHILD if _speaks_as_child(conversation, now) else _SELF
    for step in steps:
        if step not in state.put and not (step == "where" and known(conversation, HOUSEHOLD, "province") is not None):
            return step
    if "number" in state.put:
        return next((step for step in _OF_A_CALL if step not in state.put), "")
    return ""


def _speaks_as_child(conversation: Conversation, now: datetime) -> bool:
    return conversation.safety.kind in ("violence_child", "child_labour") or is_child(conversation, thai_day(now))


def ask(
    conversation: Conversation, world: World, now: datetime, *, before: str = "", step: str = "", numbers: bool = True
) -> tuple[Conversation, Message]:
    """The next question under `before`, or that nothing more is asked. `numbers`: no card with them stands above."""
    step = step or next_step(conversation, now)
    state = conversation.safety
    words, language = world.words, conversation.language
    question = words.say(_question(step, state.other), language)
    asking = replace(
        conversation, safety=replace(state, asking=step, put=(*state.put, step) if step and step not in state.put else state.put)
    )
    text = "\n".join(part for part in (before, question) if part)
    return asking, danger.in_talk(words, text, state.kind, language, _choices(world, step, language), numbers=numbers)


def _question(step: str, other: bool) -> str:
    """Key of the question; who tells of somebody else is asked in other words."""
    if not step:
        return "contact.done"
    return "contact.now.ask_other" if step == "now" and other else f"contact.{step}.ask"


def _choices(world: World, step: str, language: str) -> tuple[Choice, ...]:
    """Taps leave no line in the chat."""
    if not step:
        return ()
    offered = [
        Choice(world.words.say(f"contact.{step}.{one}", language), data=codes.command("contact", f"{step} {one}"), quiet=True)
        for one in OFFERED.get(step, ())
    ]
    if step == "where":
        offered.append(Choice(world.words.say("button.share_place", language), kind="location"))
    if step == "readers":
        offered.append(Choice(world.words.say("contact.guide_button", language), data="contact guide", quiet=True))
    if step != "now":
        offered.append(Choice(world.words.say("button.skip", language), data=codes.command("contact", f"{step} skip"), quiet=True))
    return tuple(offered)


# ---------------------------------------------------------------- answers
def answered(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned | None:
    """A tap: `<step> <answer>`, valid however late; None for one that means nothing. `now no` is for `hiding.py`."""
    step, _, answer = argument.partition(" ")
    if step == "guide":
        return go_on(conversation, world, now, "contact.guide")
    if answer == "skip" and (step in OFFERED or step in ("where", "number")):
        return go_on(conversation, world, now)
    if answer not in OFFERED.get(step, ()):
        return None
    if step == "now":
        return _now(conversation, answer, world, now)
    if step == "word":
        return chose_word(conversation, world.words.say(f"contact.word.{answer}", conversation.language), world, now)
    if step == "call":
        return _call(conversation, answer == "yes", world, now)
    changes = _changes(world, step, answer)
    note = "contact.guide" if step == "readers" and answer != "nobody" else "contact.noted"
    return go_on(conversation, world, now, note, changes)


def _changes(world: World, step: str, answer: str) -> dict[str, Any]:
    if step == "when":
        window = _WINDOWS[answer]
        return {"weekdays": window.weekdays, "from_minute": window.from_minute, "until_minute": window.until_minute}
    if step == "leave":
        return {"leave_message": answer == "yes"}
    return {"readers" if step == "readers" else "call_us": world.words.say(f"contact.{step}.{answer}", "th")}


def _now(conversation: Conversation, answer: str, world: World, now: datetime) -> Turned:
    if answer == "yes":
        open_ = changed(conversation, safety=replace(conversation.safety, channel="line"))
        return go_on(open_, world, now, "contact.noted", {"channel": "line"})
    later = changed(conversation, safety=replace(conversation.safety, channel="none", asking=""))
    return later, (ContactTold({"channel": "none"}), _bland("contact.later", later, world))


def put_down(conversation: Conversation, world: World) -> Turned:
    """Somebody stands beside them, or a single figure was all they could type."""
    away = changed(conversation, safety=replace(conversation.safety, channel="none", asking=""), bubbles=())
    told = (TellStaff("not safe to write", ring=True), ContactTold({"channel": "none"}))
    return away, (*told, _bland("contact.put_down", away, world))


def _bland(key: str, conversation: Conversation, world: World) -> Reply:
    text, kind, language = world.words.say(key, conversation.language), conversation.safety.kind, conversation.language
    return Reply((danger.in_talk(world.words, text, kind, language),), keep=True)


def _call(conversation: Conversation, wanted: bool, world: World, now: datetime) -> Turned:
    if not wanted:
        return go_on(conversation, world, now, "contact.noted")
    asking, message = ask(conversation, world, now, step="number")
    return asking, (Reply((message,), keep=True),)


def chose_word(conversation: Conversation, word: str, world: World, now: datetime) -> Turned:
    """The word is never repeated: who reads the chat must not learn it."""
    mark = safety.digest(word)
    if not mark or len(word) > safety.LONGEST_WORD:
        return go_on(conversation, world, now)
    known_by = changed(conversation, safety=replace(conversation.safety, word=mark))
    return go_on(known_by, world, now, "contact.word_kept", {"code_word": word.strip()})


def go_on(conversation: Conversation, world: World, now: datetime, note: str = "", changes: Mapping[str, Any] | None = None) -> Turned:
    """The next question, after `note` (a key), with what was just agreed."""
    before = world.words.say(note, conversation.language) if note else ""
    asking, message = ask(conversation, world, now, before=before)
    told = (ContactTold(changes),) if changes else ()
    return asking, (*told, Reply((message,), keep=True))


# ---------------------------------------------------------------- in words
def said(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned | None:
    """The turn if the text answers the open question; None if it says something else. Places are read with the facts (`alarmed.py`)."""
    step, text = conversation.safety.asking, reading.text
    if step == "number":
        found = _PHONE.search(re.sub(r"[\s.-]", "", normalise(text).text))
        return go_on(conversation, world, now, "contact.noted", {"phone": found.group()}) if found else None
    answer = _typed(step, text, world, conversation.language)
    if answer:
        return answered(conversation, f"{step} {answer}", world, now)
    if step == "word" and _may_be_a_word(reading):
        return chose_word(conversation, text, world, now)
    return None


def _may_be_a_word(reading: Reading) -> bool:
    """Short, and nothing that people write for any other reason: it must not call for help by accident."""
    text = reading.text.strip()
    ordinary = reading.intent not in ("unclear", "gibberish", "ask") or bool(reading.statements)
    return (
        not ordinary and 4 <= len(text) <= _LONGEST_CHOSEN and not text.isdigit() and read_yes_no(text) is None and not read_refusal(text)
    )


def _typed(step: str, text: str, world: World, language: str) -> str:
    """The answer that was typed instead of tapped; empty for none."""
    plain = normalise(text).text.strip()
    for one in (*OFFERED.get(step, ()), "skip"):
        label = world.words.say("button.skip" if one == "skip" else f"contact.{step}.{one}", language) if step else ""
        if label and plain.startswith(normalise(label).text.strip()):
            return one
    if step in ("now", "call", "leave"):
        answer = read_yes_no(text)
        return "" if answer is None else "yes" if answer else "no"
    return ""
