"""Questions about one right: its page by name, and what is asked of it while it is on the screen.

Belongs here: which right is meant and which part of its page. Does not: the page itself (`pages.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation import codes, pages, steps
from bot.conversation.effects import Effect, Reply
from bot.conversation.messages import Cards, Choice, Text
from bot.conversation.results import sort_by_member
from bot.conversation.state import Conversation
from bot.conversation.wording import label
from bot.conversation.world import World, thai_day
from bot.language.details import read_detail
from bot.language.normal import normalise
from bot.language.reading import Reading
from bot.language.search import find_entitlements

Turned = tuple[Conversation, tuple[Effect, ...]]
#: Rights offered by tap; LINE shows at most 13 quick replies.
_MOST_OFFERED = 12


def about(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned:
    """One entitlement asked about by name; several with like names are offered; none found is said honestly."""
    found = find_entitlements(normalise(reading.text).text, world.index)
    if not found:
        return not_found(conversation, reading, world, now)
    if len(found) == 1:
        return show_page(conversation, found[0], None, world, now)
    language = conversation.language
    names = [(rule_id, label(world.base.rules[rule_id].name, language)) for rule_id in found]
    choices = tuple(Choice(name, data=codes.command("page", rule_id), text=name) for rule_id, name in names)
    return conversation, _say(world.words.say("about.which", language), choices)


def detail(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned | None:
    """ต้องเอาอะไรไปบ้าง, ไปที่ไหน: of the right whose page was opened last, else of which of those just told.

    None when it is no such question."""
    part = read_detail(normalise(reading.text).text.strip(), world.reader.details)
    if part is None:
        return None
    if conversation.entitlement in world.base.rules:
        state, effects = show_page(conversation, str(conversation.entitlement), None, world, now)
        return state, tuple(_only(effect, last=part == "how") for effect in effects)
    if not conversation.results_shown:
        return None
    found = sort_by_member(world, steps.verdicts_of(conversation, world, thai_day(now)), thai_day(now))
    told = [(v.entitlement, v.member) for entries in found.values() for group, v in entries if group != "receiving"][:_MOST_OFFERED]
    names = [(key, label(world.base.rules[key[0]].name, conversation.language)) for key in told]
    choices = tuple(Choice(name, data=codes.command("page", f"{rule} {ref}"), text=name) for (rule, ref), name in names)
    return (conversation, _say(world.words.say("about.of_which", conversation.language), choices)) if choices else None


def _only(effect: Effect, *, last: bool) -> Effect:
    """A page's second half (how to get it) with its choices, or its first half followed by the second's choices."""
    if not isinstance(effect, Reply) or len(effect.messages) < _HALVES:
        return effect
    what, how = effect.messages[0], effect.messages[-1]
    if last:
        return replace(effect, messages=(how,))
    assert isinstance(what, Cards)
    assert isinstance(how, Cards)
    return replace(effect, messages=(replace(what, choices=how.choices),))


_HALVES = 2


def not_found(conversation: Conversation, reading: Reading, world: World, now: datetime) -> Turned:
    asked_for = detail(conversation, reading, world, now)
    if asked_for:
        return asked_for
    text = world.words.say("about.not_found", conversation.language)
    return conversation, _say(text, steps.way_out(world, conversation))


def ask_which(conversation: Conversation, _: Reading | None, world: World, now: datetime) -> Turned:
    return conversation, _say(world.words.say("about.ask", conversation.language))


def show_page(conversation: Conversation, rule_id: str, member: str | None, world: World, now: datetime) -> Turned:
    """The page of one entitlement, for the member it fits best when none is named."""
    rule = world.base.rules.get(rule_id)
    if rule is None:
        return conversation, _say(world.words.say("about.not_found", conversation.language), steps.way_out(world, conversation))
    verdicts = list(steps.verdicts_of(conversation, world, thai_day(now), only={rule_id})) if conversation.members else []
    ranking = {"eligible": 0, "officer": 1, "unknown": 2, "ineligible": 3}
    verdicts.sort(key=lambda v: (v.member != member, not v.in_scope, ranking[v.status]))
    verdict = verdicts[0] if verdicts and (verdicts[0].in_scope or verdicts[0].member == member) else None
    messages = pages.page(world, conversation, rule, verdict, thai_day(now))
    return replace(conversation, entitlement=rule_id), (Reply(messages, keep=True),)


def _say(text: str, choices: tuple[Choice, ...] = ()) -> tuple[Effect, ...]:
    return (Reply((Text(text, choices),)),)
