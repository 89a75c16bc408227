"""What people wish of the bot besides being asked: why, skip, back, correct, results, a human, erase, ask about one right, talk.

Belongs here: one function for each wish. Does not: reading which wish it is (bot/language/intent.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.conversation import agreeing, codes, consents, hiding, steps
from bot.conversation.about import about, detail, not_found
from bot.conversation.effects import AskHuman, Effect, Forget, OwnCopy, Plan, Reply
from bot.conversation.learn import skip, undo
from bot.conversation.messages import Choice, Text
from bot.conversation.state import Conversation, area_of, changed, known
from bot.conversation.wording import date_text, fact_line, label, number_text, who
from bot.conversation.world import BANGKOK, World, thai_day
from bot.eligibility.look import rules_that_see
from bot.eligibility.verdict import Question
from bot.language.answers import read_yes_no
from bot.language.reading import Reading

Turned = tuple[Conversation, tuple[Effect, ...]]
#: Facts offered for correction at once; LINE shows at most 13 quick replies.
_MOST_CORRECTIONS = 12
#: After this many messages in a row that were not understood, a human is offered.
_PATIENCE = 2
_MOST_NAMED = 6


def _reply(text: str, choices: tuple[Choice, ...] = (), *, keep: bool = False) -> tuple[Effect, ...]:
    return (Reply((Text(text, choices),), keep=keep),)


def _tap(world: World, language: str, button: str, command: str) -> Choice:
    text = world.words.say(f"button.{button}", language)
    return Choice(text, data=command, text=text)


# ---------------------------------------------------------------- during the questions
def why(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    """Why the open question is asked: which entitlements hang on it, and what the vocabulary says about it."""
    language = conversation.language
    asked = conversation.asked
    fact = world.base.facts.get(asked.fact) if asked else None
    if asked is None or fact is None:
        return conversation, _reply(world.words.say("why.general", language), steps.way_out(world, conversation))
    today = thai_day(now)
    about_it = steps.verdicts_of(conversation, world, today, only=rules_that_see(world.base, fact.name, today))
    open_ones = [v for v in about_it if any(n.fact == fact.name for n in v.missing)]
    names = list(dict.fromkeys(label(world.base.rules[v.entitlement].name, language) for v in open_ones if v.in_scope))[:_MOST_NAMED]
    help_text = label(fact.help, language)
    key = "why.fact" if names else "why.general"
    text = world.words.say(key, language, entitlements=", ".join(names), help=help_text)
    return again(conversation, world, now, before=text)


def again(conversation: Conversation, world: World, now: datetime, *, before: str = "") -> Turned:
    """The open question once more, or the next step when none is open."""
    asked = conversation.asked
    if asked is None or asked.fact not in world.base.facts:
        return steps.go_on(conversation, world, now, before=before)
    question = Question(asked.fact, asked.members, 0)
    before = steps.welcome_back(conversation, world, now) + before
    return steps.put_question(conversation, world, question, thai_day(now), before=before.strip())


def skip_question(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    asked = conversation.asked
    if asked is None:
        return steps.go_on(conversation, world, now)
    if asked.fact == steps.CONSENT:
        return agreeing.answered(conversation, "screening", False, world, now)
    return steps.go_on(skip(conversation, asked), world, now, before=world.words.say("ask.skipped", conversation.language))


def go_back(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    former = undo(conversation)
    if former is None:
        return again(conversation, world, now, before=world.words.say("back.nothing", conversation.language))
    return again(former, world, now, before=world.words.say("back.done", conversation.language))


def correct(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    """A list of what is known, to tap the one that is wrong."""
    language = conversation.language
    known_to_all = hiding.for_anybody(conversation, world) if conversation.safety.hidden else conversation
    facts = [(m, f) for m, f in steps.correctable(known_to_all) if f in world.base.facts][-_MOST_CORRECTIONS:]
    if not facts:
        return conversation, _reply(world.words.say("correct.nothing", language), steps.start_choices(world, language))
    members = tuple(conversation.members)
    choices = []
    for member, fact in facts:
        value = known(conversation, member, fact)
        assert value is not None
        name = who(world.words, member, language, members=members)
        text = f"{name}: {fact_line(world.words, world.base.facts[fact], value, language)}"
        choices.append(Choice(text, data=codes.command("fix", f"{fact} {member}"), text=text))
    return conversation, _reply(world.words.say("correct.which", language), tuple(choices))


def show_results(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    if conversation.safety.hidden:
        effects = show_results(hiding.for_anybody(conversation, world), None, world, now)[1]
        return conversation, tuple(effect for effect in effects if isinstance(effect, Reply))
    if not conversation.members:
        text = world.words.say("results.nothing_known", conversation.language)
        return conversation, _reply(text, steps.start_choices(world, conversation.language))
    final = steps.choose(conversation, world, thai_day(now))[0] is None
    return steps.finish(conversation, world, thai_day(now), final=final)


# ---------------------------------------------------------------- people, data, language
def human(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    text = world.words.say("human.noted", conversation.language)
    call = Choice(world.words.say("button.call", conversation.language, number="1300"), kind="link", uri="tel:1300")
    on = _tap(world, conversation.language, "go_on", "go_on")
    # Staff are called at once, whatever is answered: the question is only about what was told before.
    asking, question, buttons = consents.ask(conversation, "passing_on", world, thai_day(now))
    below = f"{text}\n\n{question}".strip()
    return asking, (AskHuman(conversation.topic or "", area_of(conversation)), *_reply(below, (*buttons, call, on), keep=True))


def restart(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    """Forget the facts, keep the language and what concerns safety."""
    fresh = Conversation(
        language=conversation.language,
        phase="screening",
        bubbles=conversation.bubbles,
        check=conversation.check,
        alarmed_on=conversation.alarmed_on,
        safety=conversation.safety,
        seen_at=conversation.seen_at,
        consents=conversation.consents,
    )
    text = "\n".join((world.words.say("restart.done", fresh.language), world.words.say("greeting.start", fresh.language)))
    return fresh, (Plan(()), *_reply(text, steps.start_choices(world, fresh.language)))


def forget(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    language = conversation.language
    choices = (_tap(world, language, "erase", "erase yes"), _tap(world, language, "keep", "erase no"))
    return replace(conversation, phase="erasing"), _reply(world.words.say("erase.confirm", language), choices)


def read_erase_answer(reading: Reading) -> bool | None:
    """Whether the text confirms or takes back the wish to erase; None when it speaks of something else."""
    settled = {"forget": True, "cancel": False}
    return settled.get(reading.intent, read_yes_no(reading.text))


def erase(conversation: Conversation, confirmed: bool, world: World, now: datetime) -> Turned:
    if not confirmed:
        kept = replace(conversation, phase="screening")
        return again(kept, world, now, before=world.words.say("erase.kept", kept.language))
    fresh = Conversation(language=conversation.language)
    return fresh, (Forget(),)  # its receipt: `receipt`


def receipt(language: str, number: str, world: World, now: datetime) -> Reply:
    """That everything is erased: a number that staff can look up without knowing whose it is, and the time. The same words for
    everybody, so that nobody learns from them whether somebody is being helped."""
    local = now.astimezone(BANGKOK)
    day = date_text(world.words, local.date(), language)
    text = world.words.say("erase.done", language, number=f"{number[:4]}-{number[4:]}", date=day, time=f"{local:%H:%M}")
    return Reply((Text(text),), keep=True)


def my_data(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    """What is kept, in plain words; from here it can be corrected, sent as a file, taken back and erased. The same to whoever asks: what
    stands with staff is shown to nobody here, and nobody hears whether there is any."""
    language = conversation.language
    if conversation.safety.hidden:
        return conversation, my_data(hiding.for_anybody(conversation, world), None, world, now)[1]
    agreed = agreeing.lines(conversation, world, thai_day(now))
    lines = "\n".join(part for part in (steps.everything_known(world, conversation), _noted(world, conversation), *agreed) if part)
    if not lines:
        nothing = "\n\n".join(world.words.say(key, language) for key in ("data.nothing", "data.elsewhere"))
        return conversation, _reply(nothing, steps.way_out(world, conversation))
    ending = (world.words.say(key, language) for key in ("data.footer", "data.elsewhere"))
    text = "\n\n".join((world.words.say("data.heading", language), lines, *ending))
    choices = (
        _tap(world, language, "correct", "correct"),
        _tap(world, language, "as_file", "data file"),
        _tap(world, language, "consents", "consent list"),
        _tap(world, language, "erase", "forget"),
        _tap(world, language, "go_on", "go_on"),
    )
    return conversation, _reply(text, choices, keep=True)


def own_copy(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    if conversation.safety.hidden:
        return conversation, _reply(world.words.say("data.elsewhere", conversation.language), steps.way_out(world, conversation))
    return conversation, (OwnCopy(conversation.language),)


def _noted(world: World, conversation: Conversation) -> str:
    """The rights that reminders are about."""
    rules = world.base.rules
    names = dict.fromkeys(label(rules[e].name, conversation.language) for e, _ in conversation.followed if e in rules)
    return world.words.say("nudge.data", conversation.language, names=", ".join(names)) if names else ""


def in_english(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return again(replace(conversation, language="en"), world, now, before=world.words.say("talk.language_en", "en"))


def in_thai(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return again(replace(conversation, language="th"), world, now, before=world.words.say("talk.language_th", "th"))


# ---------------------------------------------------------------- talk
def help_(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return conversation, _reply(world.words.say("help.text", conversation.language), steps.way_out(world, conversation), keep=True)


def start(conversation: Conversation, reading: Reading | None, world: World, now: datetime) -> Turned:
    if conversation.phase == "new":
        return steps.greet(conversation, world, now)
    told = any(conversation.members.values()) or bool(conversation.household)
    if told and conversation.members and reading is not None and reading.intent == "screen":
        return show_results(conversation, reading, world, now)  # "มีสิทธิอะไรบ้าง" in the middle of the questions
    return again(conversation, world, now)


def thanks(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return conversation, _reply(world.words.say("talk.thanks", conversation.language), steps.way_out(world, conversation))


def rude(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return conversation, _reply(world.words.say("talk.rude", conversation.language), steps.way_out(world, conversation))


def unclear(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned:
    """Not understood: greet somebody new, otherwise say so, put the question again, and offer a human before patience ends."""
    if conversation.phase == "new":
        return steps.greet(conversation, world, now)
    asked_for = detail(conversation, reading, world, now)
    if asked_for:
        return asked_for
    state = changed(conversation, misses=conversation.misses + 1)
    if state.misses > _PATIENCE:
        return state, _reply(world.words.say("talk.unclear_again", state.language), steps.way_out(world, state))
    return again(state, world, now, before=_out_of_range(state, reading, world) or world.words.say("talk.unclear", state.language))


def _out_of_range(conversation: Conversation, reading: Reading, world: World) -> str:
    """What to say to a number that cannot be the answer to the open question; empty when it is not that."""
    fact = world.base.facts.get(conversation.asked.fact) if conversation.asked else None
    if fact is None or fact.range is None or not any(letter.isdigit() for letter in reading.text):
        return ""
    low, high = (number_text(end) for end in fact.range)
    return world.words.say("ask.invalid_number", conversation.language, low=low, high=high)


WISHES: Mapping[str, Callable[..., Turned]] = {
    "why": why,
    "skip": skip_question,
    "back": go_back,
    "correct": correct,
    "results": show_results,
    "about": about,
    "ask": not_found,
    "human": human,
    "restart": restart,
    "forget": forget,
    "my_data": my_data,
    "own_copy": own_copy,
    "consents": agreeing.listed,
    "language_en": in_english,
    "language_th": in_thai,
    "help": help_,
    "screen": start,
    "go_on": start,
    "cancel": start,
    "greeting": start,
    "thanks": thanks,
    "rude": rude,
    "gibberish": unclear,
    "unclear": unclear,
}
