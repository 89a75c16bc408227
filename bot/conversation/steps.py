"""What comes next: greet, read back, ask the one question that settles most, or tell the results.

Belongs here: the course of a screening. Does not: reading texts, single wishes (`wishes.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.conversation import ask, codes, consents, pages
from bot.conversation.effects import Effect, Reply
from bot.conversation.events import Located
from bot.conversation.followed import plan
from bot.conversation.learn import Change, put
from bot.conversation.messages import Choice, Message, Text
from bot.conversation.results import results
from bot.conversation.state import Conversation, Known, as_household, changed, known
from bot.conversation.wording import fact_line, who
from bot.conversation.world import World, thai_day
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.likely import likelihoods
from bot.eligibility.question import ask_next
from bot.eligibility.screen import screen
from bot.eligibility.tree import Fact
from bot.eligibility.values import OneOf, Unknown
from bot.eligibility.verdict import Need, Question, Verdict
from bot.language.nearest import locate
from bot.language.reading import Asked

Turned = tuple[Conversation, tuple[Effect, ...]]

#: Away for longer than this, a person is welcomed back before the open question is put again.
AWAY = timedelta(hours=20)
#: Nobody wants to hear of ten questions to come before the first answers are in.
_BEFORE_COUNTING = 2
_NEARLY = 2
#: Topics that are asked about only after a yes (health data, Personal Data Protection Act B.E. 2562 section 26).
PRIVATE_TOPICS = frozenset({"health"})
#: What `asked` holds while that yes is awaited; no fact of the vocabulary.
CONSENT = "consent"
_STARTS = ("self", "mother", "father", "child", "grandchild", "grandmother", "spouse")


# ---------------------------------------------------------------- greeting
def start_choices(world: World, language: str) -> tuple[Choice, ...]:
    texts = [(ref, world.words.say(f"start.{ref}", language)) for ref in _STARTS]
    return tuple(Choice(text, data=codes.command("who", ref), text=text) for ref, text in texts)


def greet(conversation: Conversation, world: World, now: datetime) -> Turned:
    """Purpose and privacy, then an invitation to tell or tap. Somebody known is welcomed back instead."""
    language = conversation.language
    if conversation.phase != "new":
        return go_on(conversation, world, now, before=world.words.say("greeting.again", language))
    hello = Text(world.words.say("greeting.hello", language))
    start = Text(world.words.say("greeting.start", language), start_choices(world, language))
    return replace(conversation, phase="screening"), (Reply((hello, start)),)


def way_out(world: World, conversation: Conversation) -> tuple[Choice, ...]:
    """Taps that always help: a human, the open question, the start."""
    language = conversation.language

    def tap(button: str, command: str) -> Choice:
        text = world.words.say(f"button.{button}", language)
        return Choice(text, data=command, text=text)

    on = tap("go_on", "go_on") if conversation.asked else tap("screen", "menu:screen")
    return (on, tap("human", "human"), Choice(world.words.say("button.call", language, number="1300"), kind="link", uri="tel:1300"))


# ---------------------------------------------------------------- reading back
def readback(world: World, conversation: Conversation, changes: Sequence[Change], *, corrected: bool = False) -> str:
    """What was understood, in one line for each person."""
    language = conversation.language
    told = [c for c in changes if not isinstance(c[2], Unknown) and c[1] in world.base.facts]
    if not told:
        return world.words.say("readback.noted", language)
    members = tuple(conversation.members)
    lines = []
    for ref in dict.fromkeys(member for member, _, _ in told):
        facts = ", ".join(fact_line(world.words, world.base.facts[f], v, language) for m, f, v in told if m == ref)
        lines.append(world.words.say("readback.member", language, who=who(world.words, ref, language, members=members), facts=facts))
    heard = world.words.say("readback.fixed" if corrected else "readback.heard", language, facts=" · ".join(lines))
    mourning = any(fact == "died_date" or (fact == "died" and value is True) for _, fact, value in told)
    return f"{world.words.say('talk.deceased', language)}\n{heard}" if mourning else heard


# ---------------------------------------------------------------- the next step
def verdicts_of(conversation: Conversation, world: World, today: date, *, only: Collection[str] | None = None) -> tuple[Verdict, ...]:
    """`only`: ids of the rules wanted."""
    return screen(world.base, as_household(conversation), today, only=only, templates=world.reason_templates)


def go_on(conversation: Conversation, world: World, now: datetime, *, before: str = "") -> Turned:
    """The next message of a screening, with `before` above it: confirm a hint, ask, or show what came out."""
    today = thai_day(now)
    before = welcome_back(conversation, world, now) + before
    first = conversation.phase == "new"
    state = replace(conversation, phase="screening") if first else conversation
    if first and conversation.members:
        before = f"{before}\n{world.words.say('greeting.privacy', state.language)}".strip()
    if not state.members:
        return _invite(state, world, before)
    if state.unsure:
        return _confirm(state, world, before)
    question, left = choose(state, world, today)
    if question is None:
        return finish(state, world, today, before=before, final=True)
    return put_or_ask_first(state, world, question, today, before=before, left=left)


def welcome_back(conversation: Conversation, world: World, now: datetime) -> str:
    if conversation.seen_at is None or now - conversation.seen_at < AWAY or conversation.phase == "new":
        return ""
    return world.words.say("greeting.back", conversation.language) + "\n"


def _invite(conversation: Conversation, world: World, before: str) -> Turned:
    language = conversation.language
    hello = world.words.say("greeting.hello", language) if conversation.seen_at is None else ""
    text = "\n".join(part for part in (before, hello, world.words.say("greeting.start", language)) if part)
    return replace(conversation, asked=None), (Reply((Text(text, start_choices(world, language)),)),)


def _confirm(conversation: Conversation, world: World, before: str) -> Turned:
    """Hints are never relied on before a yes."""
    language = conversation.language
    members = tuple(conversation.members)
    unsure = [entry for entry in conversation.unsure if entry[1] in world.base.facts]
    facts = " · ".join(
        world.words.say(
            "readback.member",
            language,
            who=who(world.words, ref, language, members=members),
            facts=", ".join(fact_line(world.words, world.base.facts[f], k.value, language) for m, f, k in unsure if m == ref),
        )
        for ref in dict.fromkeys(member for member, _, _ in unsure)
    )
    yes, no = world.words.say("button.yes", language), world.words.say("button.no", language)
    text = "\n".join(part for part in (before, world.words.say("readback.unsure", language, facts=facts)) if part)
    choices = (Choice(yes, data="sure yes", text=yes), Choice(no, data="sure no", text=no))
    return conversation, (Reply((Text(text, choices),)),)


def choose(conversation: Conversation, world: World, today: date) -> tuple[Question | None, int]:
    """The question that settles most and how many are left; when nothing else is worth asking, what the page last opened still needs."""
    best, left = ask_next(
        world.base,
        as_household(conversation),
        today,
        skip=_put_aside(conversation, world, today),
        topic=conversation.topic,
        consent=not consents.nothing_private(conversation, world.words, today),
    )
    return best or about_the_page(conversation, world, today), left


def about_the_page(conversation: Conversation, world: World, today: date) -> Question | None:
    """A question for the right whose page was opened last; None when it is settled or nothing more can be asked."""
    if conversation.entitlement is None or not conversation.members:
        return None
    aside = _put_aside(conversation, world, today)
    verdicts = verdicts_of(conversation, world, today, only={conversation.entitlement})
    needs = (need for v in verdicts if v.status == "unknown" and v.in_scope for need in v.missing)
    open_ones = (n for n in needs if n not in aside and known(conversation, n.member, n.fact) is None)
    found = next((n for n in open_ones if world.base.facts[n.fact].ask != "never"), None)
    return Question(found.fact, (found.member,), 1) if found else None


def put_or_ask_first(
    conversation: Conversation, world: World, question: Question, today: date, *, before: str = "", left: int | None = None
) -> Turned:
    """The question, or first whether private things may be asked at all."""
    if _needs_consent(conversation, world, question, today):
        return _ask_consent(conversation, world, before, today)
    return put_question(conversation, world, question, today, before=before, left=left)


def _put_aside(conversation: Conversation, world: World, today: date) -> frozenset[Need]:
    """Questions not to ask: skipped ones, and private topics after a no."""
    skipped = {Need(member, fact) for member, fact in conversation.skipped}
    if consents.nothing_private(conversation, world.words, today):
        private = [f.name for f in world.base.facts.values() if is_private(f)]
        skipped |= {Need(ref, fact) for ref in (*conversation.members, HOUSEHOLD) for fact in private}
    return frozenset(skipped)


def is_private(fact: Fact) -> bool:
    """Whether it is asked about only after a yes."""
    return fact.sensitive or fact.topic in PRIVATE_TOPICS


def _needs_consent(conversation: Conversation, world: World, question: Question, today: date) -> bool:
    fact = world.base.facts[question.fact]
    return is_private(fact) and consents.standing(conversation, world.words, "screening", today) is None


def _ask_consent(conversation: Conversation, world: World, before: str, today: date) -> Turned:
    language, key = conversation.language, consents.words_of(conversation, "screening", today)
    yes, no = (world.words.say(f"{key}.{answer}", language) for answer in ("yes", "no"))
    choices = (Choice(yes, data="consent yes", text=yes), Choice(no, data="consent no", text=no))
    of_child = world.words.say("consent.of_a_child", language) if consents.tells_of_a_child(conversation, today) else ""
    text = "\n".join(part for part in (before, world.words.say(f"{key}.ask", language), of_child) if part)
    return replace(conversation, asked=Asked(CONSENT, ("self",))), (Reply((Text(text, choices),)),)


def put_question(
    conversation: Conversation, world: World, question: Question, today: date, *, before: str = "", left: int | None = None
) -> Turned:
    """`left`: how many questions there are still, this one included, where it is known."""
    fact = world.base.facts[question.fact]
    state = changed(conversation, asked=Asked(question.fact, question.members), topic=fact.topic, phase="screening")
    after = _progress(state, world, left)
    message = ask.question_text(world, state, question, today, after=after)
    lead = (Text(before),) if before else ()
    return state, (Reply((*lead, message)),)


def ask_each(conversation: Conversation, world: World, now: datetime) -> Turned:
    """Not everybody: the open question again, for the first of its people. One person alone: which of the other choices it is."""
    asked = conversation.asked
    open_ones = [ref for ref in asked.members if known(conversation, ref, asked.fact) is None] if asked else []
    if asked is None or not open_ones:
        return go_on(conversation, world, now)
    today = thai_day(now)
    question = Question(asked.fact, (open_ones[0],), 0)
    if len(asked.members) > 1:
        return put_question(conversation, world, question, today)
    fact = world.base.facts[asked.fact]
    state, _ = put(conversation, [(open_ones[0], fact.name, OneOf(frozenset(fact.choices) - {fact.yes or ""}))], today)
    return put_question(state, world, question, today, before=world.words.say("ask.which_then", state.language))


def _progress(conversation: Conversation, world: World, left: int | None) -> str:
    """From the third question on people are told how many are left."""
    if left is None or len(conversation.undo) < _BEFORE_COUNTING:
        return ""
    key = "ask.nearly" if left <= _NEARLY else "ask.remaining"
    return world.words.say(key, conversation.language, n=left)


def finish(conversation: Conversation, world: World, today: date, *, before: str = "", final: bool) -> Turned:
    """The summary; the open question stays open when there is one."""
    state = replace(
        conversation, results_shown=True, phase="done" if final else conversation.phase, asked=None if final else conversation.asked
    )
    verdicts = verdicts_of(state, world, today)
    messages: tuple[Message, ...] = results(
        world, state, verdicts, today, final=final, chances=likelihoods(world.base, as_household(state), today)
    )
    if before:
        messages = (Text(before), *messages)
    if not final:
        return state, (Reply(messages, keep=True),)
    followed, to_follow = plan(state, world, verdicts, today)
    to_follow = replace(to_follow, remind=consents.may_remind(state, world.words, today))
    if any(one.status != "receiving" for one in to_follow.told):
        followed, messages = consents.ask_below(followed, messages, "reminders", world, today)
    return followed, (Reply(messages, keep=True), to_follow)


# ---------------------------------------------------------------- places
def take_place(conversation: Conversation, place: Located, world: World, now: datetime) -> Turned:
    """A shared location: by its address it is known, by its coordinates alone the province is only guessed and confirmed."""
    language = conversation.language
    spot = locate(place.latitude, place.longitude, place.address)
    today = thai_day(now)
    if spot is None:
        return conversation, (Reply((Text(world.words.say("ask.place_unknown", language)),)),)
    if not spot.sure:
        guess = (HOUSEHOLD, "province", Known(spot.province, today, place.message_id))
        return go_on(replace(conversation, unsure=(guess,)), world, now)
    facts = [(HOUSEHOLD, "province", spot.province)] + ([(HOUSEHOLD, "district", spot.district)] if spot.district else [])
    learned, changes = put(conversation, facts, today, place.message_id)
    return go_on(learned, world, now, before=readback(world, learned, changes))


# ---------------------------------------------------------------- what is known
def correctable(conversation: Conversation) -> list[tuple[str, str]]:
    """(member, fact) that were said, newest member last, for "correct"."""
    facts = [(ref, fact) for ref, known_facts in conversation.members.items() for fact in known_facts]
    return [*facts, *((HOUSEHOLD, fact) for fact in conversation.household)]


def everything_known(world: World, conversation: Conversation) -> str:
    return "\n".join(pages.known_lines(world, conversation))
