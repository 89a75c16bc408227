"""What the person has agreed to, purpose by purpose, with the version of the words they were shown.

Four purposes (Personal Data Protection Act B.E. 2562, sections 19, 20 and 26): asking about health and other sensitive things, writing to
them unasked, letting staff read what was told before they were called, being counted. Words that were changed ask again: a version other
than the one agreed to counts as not asked. Nobody in danger is ever asked first, a child least of all.
Belongs here: reading and changing that, and the questions. Does not: hearing the answers (`agreeing.py`), what staff agree with people
(`bot/casework`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Literal, get_args

from bot.conversation import codes
from bot.conversation.effects import Consented
from bot.conversation.messages import Choice, Message, Text
from bot.conversation.state import Conversation, Given, as_household
from bot.conversation.wording import Wordings
from bot.conversation.world import World
from bot.eligibility.derive import person
from bot.eligibility.values import Interval

Purpose = Literal["screening", "reminders", "passing_on", "statistics"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
#: Whoever is younger is spoken to as a child (Child Protection Act B.E. 2546; the Convention on the Rights of the Child).
OF_AGE = 18
#: Below this only the people who care for the child can agree (Personal Data Protection Act, section 20).
MAY_AGREE = 10


def age_of(conversation: Conversation, member: str, today: date) -> float | None:
    """The greatest age the member can have, in years; None if nothing is known of it."""
    home = as_household(conversation)
    value = person(member, home, today, today).get("age_years") if member in conversation.members else None
    if isinstance(value, Interval):
        return value.hi if isinstance(value.hi, int | float) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_child(conversation: Conversation, today: date) -> bool:
    """Whether a child writes about itself."""
    age = age_of(conversation, "self", today)
    return age is not None and age < OF_AGE


def tells_of_a_child(conversation: Conversation, today: date) -> bool:
    ages = (age_of(conversation, ref, today) for ref in conversation.members if ref != "self")
    return any(age is not None and age < OF_AGE for age in ages)


def words_of(conversation: Conversation, purpose: Purpose, today: date) -> str:
    """The key of the words for this person: a child is asked in other words than a grown-up, and a young child through whoever cares."""
    age = age_of(conversation, "self", today) if purpose == "screening" else None
    if age is None or age >= OF_AGE:
        return f"consent.{purpose}"
    return "consent.screening_child" if age >= MAY_AGREE else "consent.screening_young"


def version_of(conversation: Conversation, words: Wordings, purpose: Purpose, today: date) -> str:
    return words.say(f"{words_of(conversation, purpose, today)}.version", "th")


def standing(conversation: Conversation, words: Wordings, purpose: Purpose, today: date) -> bool | None:
    """What holds now; None: not answered, or answered to other words."""
    given = conversation.consents.get(purpose)
    if given is None or given.version != version_of(conversation, words, purpose, today):
        return None
    return given.agreed


def give(
    conversation: Conversation, words: Wordings, purpose: Purpose, agreed: bool, now: datetime, today: date
) -> tuple[Conversation, Consented]:
    version = version_of(conversation, words, purpose, today)
    consents = {**conversation.consents, purpose: Given(agreed, version, now)}
    return replace(conversation, consents=consents, asking=None), Consented(purpose, agreed, version)


def may_ask(conversation: Conversation, today: date) -> bool:
    """Nobody who told of danger, and no child, is asked for more than the screening needs."""
    return conversation.alarmed_on is None and conversation.check is None and not is_child(conversation, today)


def nothing_private(conversation: Conversation, words: Wordings, today: date) -> bool:
    """Nothing sensitive is to be asked: they said no, or a child told of danger and must not be held up by questions."""
    if standing(conversation, words, "screening", today) is False:
        return True
    return conversation.alarmed_on is not None and is_child(conversation, today)


def may_remind(conversation: Conversation, words: Wordings, today: date) -> bool:
    """Whether what was told may be planned for. After an alarm staff agree on a safe way first; until then nothing is sent
    (`bot/followup/hours.py`), and their agreement is the consent."""
    wanted = standing(conversation, words, "reminders", today)
    return wanted is True or (wanted is None and conversation.alarmed_on is not None)


# ---------------------------------------------------------------- the questions
def ask(conversation: Conversation, purpose: Purpose, world: World, today: date) -> tuple[Conversation, str, tuple[Choice, ...]]:
    """(the conversation that awaits the answer, the question, its buttons); an empty question if it was answered or must not be put now."""
    if not may_ask(conversation, today) or standing(conversation, world.words, purpose, today) is not None:
        return conversation, "", ()
    key = words_of(conversation, purpose, today)
    question = world.words.say(f"{key}.ask", conversation.language)
    return replace(conversation, asking=purpose), question, _buttons(world, key, purpose, conversation.language)


def _buttons(world: World, key: str, purpose: Purpose, language: str) -> tuple[Choice, ...]:
    def one(answer: str) -> Choice:
        text = world.words.say(f"{key}.{answer}", language)
        return Choice(text, data=codes.command("consent", f"{answer} {purpose}"), text=text)

    return one("yes"), one("no")


def ask_below(
    conversation: Conversation, messages: tuple[Message, ...], purpose: Purpose, world: World, today: date
) -> tuple[Conversation, tuple[Message, ...]]:
    """The question under the last of `messages`, its buttons first."""
    last = messages[-1]
    if not isinstance(last, Text):
        return conversation, messages
    asking, question, buttons = ask(conversation, purpose, world, today)
    if not question:
        return conversation, messages
    return asking, (*messages[:-1], Text(f"{last.text}\n\n{question}", (*buttons, *last.choices)))
