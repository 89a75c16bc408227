"""What to do with a tap: answers, menu, pages. A tap is valid however late it comes; an unknown one just goes on.

Belongs here: postback data → step. Does not: making the data (`codes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.conversation import about, agreeing, alarmed, codes, following, said, steps, tapped_safety, wishes
from bot.conversation.effects import Effect, Reply
from bot.conversation.events import Tapped
from bot.conversation.learn import mention, put, remove
from bot.conversation.messages import Text
from bot.conversation.sense import makes_sense
from bot.conversation.state import Conversation
from bot.conversation.world import World, thai_day
from bot.eligibility.household import HOUSEHOLD, kind_of
from bot.eligibility.values import Value
from bot.eligibility.verdict import Question

Turned = tuple[Conversation, tuple[Effect, ...]]

#: Asking for a human and erasing stay everybody's right, whoever holds the phone.
_EVERYBODYS = frozenset({"human", "menu:human", "forget", "erase"})


def tapped(conversation: Conversation, tap: Tapped, world: World, now: datetime) -> Turned:
    code = codes.read(tap.data)
    if isinstance(code, codes.Command) and code.name in tapped_safety.COMMANDS:
        return tapped_safety.tapped(conversation, code, world, now)
    if conversation.safety.stranger and not (isinstance(code, codes.Command) and code.name in _EVERYBODYS):
        blank = Conversation(language=conversation.language, phase="screening", seen_at=now)
        return conversation, tuple(effect for effect in _tapped(blank, code, tap, world, now)[1] if isinstance(effect, Reply))
    calling = isinstance(code, codes.Command) and code.name in ("human", "menu:human")
    return _tapped(conversation if calling else alarmed.gone_on(conversation), code, tap, world, now)


def _tapped(conversation: Conversation, code: codes.Code, tap: Tapped, world: World, now: datetime) -> Turned:
    match code:
        case codes.Answer(fact, members, value):
            return _set(conversation, fact, dict.fromkeys(members, value), world, now)
        case codes.OnlyOne(fact, members, chosen):
            return _set(conversation, fact, {m: chosen in ("everybody", m) for m in members}, world, now)
        case codes.Picked(fact, members):
            return _pick(conversation, fact, members, dict(tap.params), world, now)
        case codes.Command(name, argument):
            return COMMANDS.get(name, _nothing)(conversation, argument, world, now)


def _set(conversation: Conversation, fact: str, values: Mapping[str, Value], world: World, now: datetime) -> Turned:
    sound = [(m, fact, v) for m, v in values.items() if makes_sense(world, m, fact, v)]
    learned, changes = put(conversation, sound, thai_day(now))
    calm = replace(learned, misses=0, unsure=())
    asked_now = conversation.asked is not None and conversation.asked.fact == fact
    # A tap on the open question needs no echo; a late tap on an old one does.
    return steps.go_on(calm, world, now, before="" if asked_now else steps.readback(world, calm, changes))


def _pick(
    conversation: Conversation, fact: str, members: tuple[str, ...], params: Mapping[str, str], world: World, now: datetime
) -> Turned:
    try:
        day = date.fromisoformat(params.get("date", "")[:10])
    except ValueError:
        return steps.go_on(conversation, world, now)
    return _set(conversation, fact, dict.fromkeys(members, day), world, now)


def _nothing(conversation: Conversation, _: str, world: World, now: datetime) -> Turned:
    return steps.go_on(conversation, world, now)


def _who(conversation: Conversation, ref: str, world: World, now: datetime) -> Turned:
    """Somebody was chosen to look at; a second child or grandchild gets a number of its own."""
    if kind_of(ref) not in world.words.people or ref == HOUSEHOLD:
        return steps.go_on(conversation, world, now)
    taken = [m for m in conversation.members if kind_of(m) == ref]
    name = f"{ref}{len(taken) + 1}" if ref in ("child", "grandchild") else ref
    return steps.go_on(mention(conversation, (name,)), world, now)


def _others(conversation: Conversation, _: str, world: World, now: datetime) -> Turned:
    text = world.words.say("talk.others", conversation.language)
    return conversation, (Reply((Text(text, steps.start_choices(world, conversation.language)),)),)


def _page(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    rule_id, _, member = argument.partition(" ")
    return about.show_page(conversation, rule_id, member or None, world, now)


def _check_mine(conversation: Conversation, rule_id: str, world: World, now: datetime) -> Turned:
    """ "Can I get this?": what this right still needs comes before everything else."""
    wanted = replace(conversation, entitlement=rule_id)
    question = steps.about_the_page(wanted, world, thai_day(now))
    if question is None:
        return steps.go_on(conversation, world, now)
    return steps.put_or_ask_first(wanted, world, question, thai_day(now))


def _fix(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    """A fact was chosen for correction: ask it again."""
    fact, _, member = argument.partition(" ")
    if fact not in world.base.facts or (member not in conversation.members and member != HOUSEHOLD):
        return steps.go_on(conversation, world, now)
    if not world.base.facts[fact].question:  # told, but never asked about: it can only be taken away
        gone = remove(conversation, member, fact)
        return steps.go_on(gone, world, now, before=world.words.say("correct.removed", gone.language))
    return steps.put_question(conversation, world, Question(fact, (member,), 0), thai_day(now))


def _sure(conversation: Conversation, argument: str, world: World, now: datetime) -> Turned:
    cleared = replace(conversation, unsure=())
    if argument != "yes":
        return steps.go_on(cleared, world, now)
    facts = [(member, fact, entry.value) for member, fact, entry in conversation.unsure]
    learned, changes = put(cleared, facts, thai_day(now))
    return steps.go_on(learned, world, now, before=steps.readback(world, learned, changes))


def _erase(conversation: Conversation, answer: str, world: World, now: datetime) -> Turned:
    if conversation.phase != "erasing":
        return wishes.forget(conversation, None, world, now)
    return wishes.erase(conversation, answer == "yes", world, now)


def _dont_know(conversation: Conversation, _: str, world: World, now: datetime) -> Turned:
    return said.gave_up(conversation, False, world, now)


def _wish(wish: Callable[..., Turned]) -> Callable[[Conversation, str, World, datetime], Turned]:
    return lambda conversation, _, world, now: wish(conversation, None, world, now)


COMMANDS: Mapping[str, Callable[[Conversation, str, World, datetime], Turned]] = {
    "who": _who,
    "others": _others,
    "page": _page,
    "check": _check_mine,
    "nudge": following.tapped,
    "each": lambda c, _, world, now: steps.ask_each(c, world, now),
    "fix": _fix,
    "sure": _sure,
    "consent": agreeing.tapped,
    "data": _wish(wishes.own_copy),
    "erase": _erase,
    "forget": _wish(wishes.forget),
    "dont_know": _dont_know,
    "skip": _wish(wishes.skip_question),
    "why": _wish(wishes.why),
    "back": _wish(wishes.go_back),
    "correct": _wish(wishes.correct),
    "results": _wish(wishes.show_results),
    "human": _wish(wishes.human),
    "restart": _wish(wishes.restart),
    "go_on": _wish(wishes.start),
    "menu:screen": _wish(wishes.start),
    "menu:results": _wish(wishes.show_results),
    "menu:ask": _wish(about.ask_which),
    "menu:restart": _wish(wishes.restart),
    "menu:data": _wish(wishes.my_data),
    "menu:human": _wish(wishes.human),
}
