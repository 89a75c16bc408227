"""Asking for consent, hearing the answer, and taking it back, one purpose at a time.

Belongs here: these questions and what follows from the answers. Does not: what holds (`consents.py`), the words (knowledge/messages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.conversation import codes, steps
from bot.conversation.consents import PURPOSES, Purpose, ask, give, standing, version_of, words_of
from bot.conversation.effects import Consented, Effect, NudgeWish, Reply
from bot.conversation.followed import plan
from bot.conversation.learn import remember
from bot.conversation.messages import Choice, Text
from bot.conversation.state import Conversation, Known
from bot.conversation.wording import date_text
from bot.conversation.world import World, thai_day
from bot.language.answers import read_refusal, read_yes_no
from bot.language.normal import normalise
from bot.language.reading import Asked, Reading

Turned = tuple[Conversation, tuple[Effect, ...]]


def purpose_of(word: str) -> Purpose | None:
    return next((one for one in PURPOSES if one == word), None)


# ---------------------------------------------------------------- hearing the answer
def open_question(conversation: Conversation) -> Purpose | None:
    """The purpose that was asked about last and not answered yet."""
    if conversation.asked and conversation.asked.fact == steps.CONSENT:
        return "screening"
    return purpose_of(conversation.asking or "")


def heard(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned | None:
    """The turn if the text answers the open question about consent."""
    purpose = open_question(conversation)
    agreed = read(reading.text, conversation, purpose, world, thai_day(now)) if purpose else None
    return answered(conversation, purpose, agreed, world, now) if purpose and agreed is not None else None


def read(text: str, conversation: Conversation, purpose: Purpose, world: World, today: date) -> bool | None:
    """A yes or no in words, those of the buttons too; rather not saying is a no."""
    plain, key = normalise(text).text.strip(), words_of(conversation, purpose, today)
    for button, agreed in (("no", False), ("yes", True)):
        if plain.startswith(normalise(world.words.say(f"{key}.{button}", conversation.language)).text.strip()):
            return agreed
    answer = read_yes_no(text)
    return False if answer is None and read_refusal(text) else answer


def tapped(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    """`consent yes|no [purpose]`, `consent list`."""
    answer, _, about = argument.partition(" ")
    purpose = purpose_of(about or "screening")
    if answer == "list":
        return listed(conversation, None, world, now)
    if purpose is None or answer not in ("yes", "no"):
        return steps.go_on(conversation, world, now)
    return answered(conversation, purpose, answer == "yes", world, now)


def answered(conversation: Conversation, purpose: Purpose, agreed: bool, world: World, now: datetime) -> Turned:
    today = thai_day(now)
    asked = open_question(conversation) == purpose
    taken_back = not agreed and standing(conversation, world.words, purpose, today) is True
    state, given = give(conversation, world.words, purpose, agreed, now, today)
    if purpose == "reminders":
        return _reminders(state, given, agreed, world, now, asked)
    if taken_back:
        return _taken_back(state, given, purpose, world)
    if purpose == "screening":
        return _screening(state, given, agreed, world, now, asked)
    text = world.words.say(f"consent.{purpose}.{'thanks' if agreed else 'refused'}", state.language)
    return state, (given, Reply((Text(text, steps.way_out(world, state)),), keep=True))


def _screening(state: Conversation, given: Consented, agreed: bool, world: World, now: datetime, asked: bool) -> Turned:
    state = replace(remember(state, Asked(steps.CONSENT, ("self",))), asked=None) if asked else state
    before = "" if agreed else world.words.say("ask.consent_no", state.language)
    further, effects = steps.go_on(state, world, now, before=before)
    return further, (given, *effects)


def _reminders(state: Conversation, given: Consented, agreed: bool, world: World, now: datetime, asked: bool) -> Turned:
    """What was told is planned for now; after the question under the results comes, once, whether they may be counted."""
    first = "consent.reminders.thanks" if asked else "nudge.started"
    text = world.words.say(first if agreed else "nudge.stopped", state.language)
    effects: tuple[Effect, ...] = (given, NudgeWish(agreed))
    if agreed and state.results_shown:
        _, wanted = plan(state, world, steps.verdicts_of(state, world, thai_day(now)), thai_day(now))
        effects = (*effects, replace(wanted, remind=True))
    again = world.words.say("nudge.button_start", state.language)
    choices = () if agreed else (Choice(again, data="nudge start", text=again),)
    asking, question, more = ask(state, "statistics", world, thai_day(now)) if asked else (state, "", ())
    if not question:
        return state, (*effects, Reply((Text(text, choices),), keep=True))
    shown = Consented("statistics", None, version_of(state, world.words, "statistics", thai_day(now)))
    return asking, (*effects, shown, Reply((Text(text), Text(question, (*more, *choices))), keep=True))


def _taken_back(state: Conversation, given: Consented, purpose: Purpose, world: World) -> Turned:
    """Nothing that was agreed to goes on; sensitive things that were told are removed with the yes to them."""
    if purpose == "screening":
        state = without_private(state, world)
    text = world.words.say(f"consent.{purpose}.taken_back", state.language)
    return state, (given, Reply((Text(text, steps.way_out(world, state)),), keep=True))


def without_private(conversation: Conversation, world: World) -> Conversation:
    """No fact about health or other sensitive matters, and no way back to one."""
    private = {fact.name for fact in world.base.facts.values() if steps.is_private(fact)}

    def kept(facts: Mapping[str, Known]) -> dict[str, Known]:
        return {name: value for name, value in facts.items() if name not in private}

    return replace(
        conversation,
        members={ref: kept(facts) for ref, facts in conversation.members.items()},
        household=kept(conversation.household),
        unsure=tuple(one for one in conversation.unsure if one[1] not in private),
        undo=(),
        asked=None if conversation.asked and conversation.asked.fact in private else conversation.asked,
    )


# ---------------------------------------------------------------- looking back
def lines(conversation: Conversation, world: World, today: date) -> Sequence[str]:
    """What was agreed to or refused and when, a line each."""
    found = []
    for purpose in PURPOSES:
        given = conversation.consents.get(purpose)
        if given is not None:
            name = world.words.say(f"consent.{purpose}.name", conversation.language)
            key = "consent.agreed" if given.agreed else "consent.declined"
            day = date_text(world.words, thai_day(given.at), conversation.language)
            found.append(world.words.say(key, conversation.language, name=name, date=day, version=given.version))
    return found


def listed(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    """Everything that was agreed to, each with a button that takes it back, or gives it after all."""
    language, today = conversation.language, thai_day(now)
    told = "\n".join(lines(conversation, world, today))
    choices = []
    for purpose in PURPOSES:
        if purpose in conversation.consents:
            agreed = standing(conversation, world.words, purpose, today) is True
            text = world.words.say(f"consent.{purpose}.{'take_back' if agreed else 'yes'}", language)
            choices.append(Choice(text, data=codes.command("consent", f"{'no' if agreed else 'yes'} {purpose}"), text=text))
    heading = world.words.say("consent.heading" if told else "consent.nothing", language)
    text = "\n".join(part for part in (heading, told) if part)
    return conversation, (Reply((Text(text, (*choices, *steps.way_out(world, conversation))),), keep=True),)
