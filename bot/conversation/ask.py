"""Putting a question: its words, and everything that can be tapped instead of typed.

Belongs here: one question → one message. Does not: choosing the question (`bot/eligibility/question.py`), reading the answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

from bot.conversation import codes
from bot.conversation.messages import Choice, Text
from bot.conversation.state import Conversation, as_household
from bot.conversation.wording import Wordings, ask_text, label, number_text, who
from bot.conversation.world import World
from bot.eligibility.derive import person
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.tree import Fact
from bot.eligibility.values import Interval, OneOf
from bot.eligibility.verdict import Question

#: LINE shows at most 13 quick replies; the last places belong to skip, why and the results.
MOST_CHOICES = 13
#: Message keys of the two buttons, by how the question is answered.
YES_NO = {"yes": ("button.yes", "button.no"), "have": ("button.have", "button.have_not")}
_OLDEST_EVENT = timedelta(days=3 * 365)


def question_text(world: World, conversation: Conversation, question: Question, today: date, *, before: str = "", after: str = "") -> Text:
    """The message that asks `question`; `before` and `after` are set above and below its words."""
    fact = world.base.facts[question.fact]
    possible = _possible(fact, question.members, conversation, today)
    key = (fact.name, question.members, conversation.language, tuple(conversation.members), today, bool(conversation.undo), possible)
    found = world.asked.get(key) or world.asked.put(key, _put(world, fact, question.members, conversation, today, possible))
    return Text("\n".join(part for part in (before, found.text, after) if part), found.choices)


def _put(world: World, fact: Fact, members: Sequence[str], conversation: Conversation, today: date, possible: frozenset[str]) -> Text:
    language, words = conversation.language, world.words
    body = ask_text(words, fact, members, language, tuple(conversation.members))
    answers = answer_choices(words, fact, members, conversation, today, possible)
    hint = "" if answers else words.say("ask.type_it", language)
    extras = _extras(words, fact, conversation)
    return Text("\n".join(part for part in (body, hint) if part), (*answers[: MOST_CHOICES - len(extras)], *extras))


def answer_choices(
    words: Wordings, fact: Fact, members: Sequence[str], conversation: Conversation, today: date, possible: frozenset[str]
) -> tuple[Choice, ...]:
    language = conversation.language
    match fact.type:
        case "boolean" if len(members) > 1:
            return _who_choices(words, fact, members, conversation)
        case "boolean":
            yes, no = (words.say(key, language) for key in YES_NO[fact.answers])
            return (
                Choice(yes, data=codes.answer(fact.name, members, True), text=yes),
                Choice(no, data=codes.answer(fact.name, members, False), text=no),
                _dont_know(words, language),
            )
        case "choice" if fact.yes and len(members) > 1:
            return _everybody_choices(words, fact, members, language)
        case "choice" if len(fact.choices) <= MOST_CHOICES - 3:
            options = tuple(
                Choice(label(text, language), data=codes.answer(fact.name, members, key), text=label(text, language))
                for key, text in fact.choices.items()
                if key in possible
            )
            return (*options, _dont_know(words, language))
        case "date":
            return (_date_choice(words, fact, members, language, today), _dont_know(words, language))
        case "number" | "money":
            return _number_choices(words, fact, members, language)
    if fact.topic == "place":
        return (Choice(words.say("button.share_place", language), kind="location"),)
    return ()


def _possible(fact: Fact, members: Sequence[str], conversation: Conversation, today: date) -> frozenset[str]:
    """The choices that are still open for one member: a child of two is not offered the sections for employees."""
    ref = members[0]
    if fact.type != "choice" or len(members) != 1 or ref not in conversation.members:
        return frozenset(fact.choices)
    value = person(ref, as_household(conversation, only=ref), today, today).get(fact.name)
    return value.options if isinstance(value, OneOf) else frozenset(fact.choices)


def _dont_know(words: Wordings, language: str) -> Choice:
    text = words.say("button.dont_know", language)
    return Choice(text, data=codes.command("dont_know"), text=text)


def _who_choices(words: Wordings, fact: Fact, members: Sequence[str], conversation: Conversation) -> tuple[Choice, ...]:
    language = conversation.language
    nobody, everybody = words.say("button.nobody", language), words.say("button.everybody", language)
    singles = [(who(words, ref, language, members=tuple(conversation.members)), ref) for ref in members if ref != HOUSEHOLD]
    named = tuple(Choice(name, data=codes.only_one(fact.name, members, ref), text=name) for name, ref in singles)
    return (
        Choice(nobody, data=codes.only_one(fact.name, members, "nobody"), text=nobody),
        *named[: MOST_CHOICES - 6],
        Choice(everybody, data=codes.only_one(fact.name, members, "everybody"), text=everybody),
        _dont_know(words, language),
    )


def _everybody_choices(words: Wordings, fact: Fact, members: Sequence[str], language: str) -> tuple[Choice, ...]:
    """One yes for the whole family; anything else goes person by person."""
    assert fact.yes is not None
    everybody, some = words.say("button.all_have", language), words.say("button.not_all", language)
    return (
        Choice(everybody, data=codes.answer(fact.name, members, fact.yes), text=everybody),
        Choice(some, data=codes.command("each", fact.name), text=some),
        _dont_know(words, language),
    )


def _date_choice(words: Wordings, fact: Fact, members: Sequence[str], language: str, today: date) -> Choice:
    past = fact.name != "birth_date"
    return Choice(
        words.say("button.pick_date", language),
        kind="date",
        data=codes.picked(fact.name, members),
        first=(today - _OLDEST_EVENT if past else date(1900, 1, 1)).isoformat(),
        last=today.isoformat(),
    )


def _number_choices(words: Wordings, fact: Fact, members: Sequence[str], language: str) -> tuple[Choice, ...]:
    steps = words.steps.get(fact.name)
    if not steps:
        return ()
    return (*(_step(words, fact, members, language, low, high) for low, high in _ranges(fact, steps)), _dont_know(words, language))


def _ranges(fact: Fact, steps: Sequence[float]) -> list[tuple[float, float | None]]:
    """People are counted one by one, money comes in ranges; the last range is open."""
    if fact.unit == "person":
        return [*((n, n) for n in steps), (steps[-1] + 1, None)]
    ranges: list[tuple[float, float | None]] = [(0, 0)] if steps[0] == 0 else [(0, steps[0])]
    ranges += [(low + 1, high) for low, high in itertools.pairwise(steps)]
    return [*ranges, (steps[-1] + 1, None)]


def _step(words: Wordings, fact: Fact, members: Sequence[str], language: str, low: float, high: float | None) -> Choice:
    if high is None:
        key = "button.more_than_people" if fact.unit == "person" else "button.more"
        text = words.say(key, language, value=number_text(low - 1))
    elif low == high:
        text = words.say("button.none", language) if high == 0 else number_text(high)
    elif low <= 1:
        text = words.say("button.at_most", language, value=number_text(high))
    else:
        text = words.say("button.between", language, low=number_text(low - 1), high=number_text(high))
    value = low if low == high else Interval(low, high)
    return Choice(text, data=codes.answer(fact.name, members, value), text=text)


def _extras(words: Wordings, fact: Fact, conversation: Conversation) -> tuple[Choice, ...]:
    language = conversation.language

    def tap(name: str, argument: str = "") -> Choice:
        text = words.say(f"button.{name}", language)
        return Choice(text, data=codes.command(name, argument), text=text)

    extras = [tap("skip"), tap("why", fact.name)]
    if conversation.undo:
        extras.append(tap("results"))
    return tuple(extras)
