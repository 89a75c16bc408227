"""What came out of a screening, sorted for people: surely, an official decides, almost, and by whom it is.

Belongs here: grouping verdicts and making the summary cards. Does not: one entitlement's page (`pages.py`), deciding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from bot.conversation import codes
from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.conversation.state import Conversation
from bot.conversation.wording import date_text, label, number_text, who
from bot.conversation.world import World
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.tree import Rule
from bot.eligibility.verdict import Money, Verdict

Group = Literal["surely", "probably", "officer", "open", "almost", "receiving"]
ORDER: tuple[Group, ...] = ("surely", "probably", "open", "officer", "almost", "receiving")
#: An open verdict is told when a yes is at least this likely …
LIKELY = 0.5
#: … and only the best few of each person: it is a hint to go on, not a result.
MOST_OPEN = 4
#: A change further away than this is no help today.
SOON = timedelta(days=400)
#: Entitlements on one card, so that it stays readable on a small phone; buttons are what people tap.
ON_A_CARD = 6
#: Letters of an amount's sentence in a summary: about two lines on a small phone.
BRIEF = 80
#: LINE shows at most twelve bubbles side by side.
MOST_CARDS = 10


def group_of(verdict: Verdict, rule: Rule, today: date) -> Group | None:
    """Where a verdict is told; None: it is not told unless asked about."""
    if verdict.receiving:
        return "receiving"
    if not verdict.in_scope or rule.sensitive:
        return None
    if verdict.status == "eligible":
        sure = rule.confidence == "high" and not verdict.assumed and all(r.certainty == "found" for r in verdict.because)
        return "surely" if sure else "probably"
    if verdict.status == "officer":
        return "officer"
    if verdict.status == "ineligible" and (verdict.first_get or _turns_soon(verdict, today)):
        return "almost"
    return None


def _closed(verdict: Verdict, today: date) -> bool:
    """A no that neither time nor another right will turn."""
    return verdict.status == "ineligible" and not verdict.receiving and not verdict.first_get and not _turns_soon(verdict, today)


def _turns_soon(verdict: Verdict, today: date) -> bool:
    return verdict.changes_on is not None and verdict.changes_to in ("eligible", "officer") and verdict.changes_on - today <= SOON


Sorted = dict[str, list[tuple[Group, Verdict]]]
Chances = Mapping[tuple[str, str], float]


def sort_by_member(world: World, verdicts: Iterable[Verdict], today: date, chances: Chances | None = None) -> Sorted:
    """Member → what to tell about them, best first; entitlements that another received one replaces are left out.

    `chances`: of open verdicts, (entitlement, member) → 0..1; without them none is told."""
    found: Sorted = {}
    replaced = {(v.member, r) for v in verdicts if v.receiving for r in world.base.rules[v.entitlement].replaces}
    out_of_reach = {(v.member, v.entitlement) for v in verdicts if _closed(v, today)}
    for verdict in verdicts:
        group = group_of(verdict, world.base.rules[verdict.entitlement], today)
        if group == "almost" and any((verdict.member, first) in out_of_reach for first in verdict.first_get):
            continue  # "get the card first" helps nobody who cannot get the card
        if group and (verdict.member, verdict.entitlement) not in replaced:
            found.setdefault(verdict.member, []).append((group, verdict))
    for member, likely in _likely(world, verdicts, chances or {}, replaced).items():
        found.setdefault(member, []).extend(("open", verdict) for verdict in likely)
    for member, entries in found.items():
        told = {verdict.entitlement for _, verdict in entries}
        found[member] = entries = [entry for entry in entries if world.base.rules[entry[1].entitlement].same_as not in told]
        entries.sort(key=lambda entry: (ORDER.index(entry[0]), -_worth(entry[1])))
    return found


def _likely(world: World, verdicts: Iterable[Verdict], chances: Chances, replaced: Collection[tuple[str, str]]) -> dict[str, list[Verdict]]:
    """Open verdicts that will most likely be a yes, for each person the most helpful ones."""
    found: dict[str, list[tuple[int, float, Verdict]]] = {}
    for verdict in verdicts:
        chance = chances.get((verdict.entitlement, verdict.member), 0.0)
        hidden = verdict.receiving or not verdict.in_scope or world.base.rules[verdict.entitlement].sensitive
        if verdict.status == "unknown" and not hidden and chance >= LIKELY and (verdict.member, verdict.entitlement) not in replaced:
            found.setdefault(verdict.member, []).append((help_rank(world, verdict), -chance, verdict))
    best = {member: sorted(entries, key=lambda entry: entry[:2])[:MOST_OPEN] for member, entries in found.items()}
    return {member: [verdict for *_, verdict in entries] for member, entries in best.items()}


def help_rank(world: World, verdict: Verdict) -> int:
    """Money and what opens the door to it before goods and services, insurance, loans and discounts last."""
    kind = world.base.rules[verdict.entitlement].versions[-1].amount.kind
    return {"cash": 0, "status": 1, "goods": 1, "service": 2}.get(kind, 3)


_MONTHS = {"month": 12.0, "year": 1.0, "quarter": 4.0, "day": 250.0, "school_term": 2.0}


def _worth(verdict: Verdict) -> float:
    """Roughly what it brings in a year, for the order within a group only."""
    money = verdict.amount
    if money is None or money.kind == "loan":
        return 0.0
    return float(money.high or money.low or 0) * _MONTHS.get(money.period or "", 1.0)


def results(
    world: World, conversation: Conversation, verdicts: Sequence[Verdict], today: date, *, final: bool, chances: Chances | None = None
) -> tuple[Message, ...]:
    """The summary: a line, a card for each member, and where to go from there."""
    language = conversation.language
    say = world.words.say
    told_of = {ref for ref, facts in conversation.members.items() if facts} | {HOUSEHOLD}
    found = sort_by_member(world, verdicts, today, {key: chance for key, chance in (chances or {}).items() if key[1] in told_of})
    choices = (*_private_choices(world, verdicts, language), *_next_choices(world, conversation, final=final))
    still_open = "" if final else _open_line(world, verdicts, language)
    if not found:
        return (Text("\n".join(part for part in (say("results.none", language), still_open) if part), choices),)
    refs = [ref for ref in (*conversation.members, HOUSEHOLD) if ref in found] or list(found)
    cards = [card for ref in refs for card in _member_cards(world, conversation, ref, found[ref], today)]
    ending = (say("results.next", language), say("results.check", language), still_open)
    return (
        Text(say("results.heading" if final else "results.so_far", language)),
        Cards(tuple(cards[:MOST_CARDS]), alt=say("results.alt", language)),
        Text("\n".join(part for part in ending if part), choices),
    )


def _open_line(world: World, verdicts: Iterable[Verdict], language: str) -> str:
    """That more can come of more answers."""
    open_ones = {v.entitlement for v in verdicts if v.status == "unknown" and v.in_scope and not world.base.rules[v.entitlement].sensitive}
    return world.words.say("results.still_open", language) if open_ones else ""


def _private_choices(world: World, verdicts: Iterable[Verdict], language: str) -> tuple[Choice, ...]:
    """A right that others should not see on the screen is offered behind a neutral word, and only to who spoke of it."""
    text = world.words.say("button.private", language)
    hits = [v for v in verdicts if v.status in ("eligible", "officer") and world.base.rules[v.entitlement].sensitive and not v.receiving]
    return tuple(Choice(text, data=codes.command("page", f"{v.entitlement} {v.member}"), text=text) for v in hits[:1])


def _member_cards(world: World, conversation: Conversation, ref: str, entries: list[tuple[Group, Verdict]], today: date) -> list[Card]:
    parts = [entries[i : i + ON_A_CARD] for i in range(0, len(entries), ON_A_CARD)]
    return [_card(world, conversation, ref, part, today, first=i == 0) for i, part in enumerate(parts)]


def title_of(world: World, conversation: Conversation, ref: str, *, first: bool = True) -> str:
    language = conversation.language
    say = world.words.say
    if not first:
        return say("results.more_title", language, who=who(world.words, ref, language, members=tuple(conversation.members)))
    if ref in ("self", HOUSEHOLD):
        return say(f"results.title_{ref}", language)
    return say("results.title", language, who=who(world.words, ref, language, members=tuple(conversation.members)))


def _card(
    world: World, conversation: Conversation, ref: str, entries: Sequence[tuple[Group, Verdict]], today: date, *, first: bool
) -> Card:
    language = conversation.language
    rows: list[Row] = []
    buttons: list[Choice] = []
    told: Group | None = None
    waits = [short_of(world, verdict, language) if group == "almost" else () for group, verdict in entries]
    for n, (group, verdict) in enumerate(entries):
        if group != told:
            rows.append(Row(world.words.say(f"results.{group}", language), "heading"))
            told = group
        rows += entry_rows(world, verdict, group, language)
        if group == "open":
            rows.append(Row(_still_unknown(world, verdict, language), "small"))
        if n + 1 == len(entries) or waits[n + 1] != waits[n]:  # several that wait for the same card tell it once
            rows += [Row(text, "small") for text in waits[n]]
        name = label(world.base.rules[verdict.entitlement].name, language)
        buttons.append(Choice(name, data=codes.command("page", f"{verdict.entitlement} {ref}"), text=name))
    return Card(title_of(world, conversation, ref, first=first), tuple(rows), tuple(buttons), tone=_tone(entries[0][0]))


def _tone(group: Group) -> Literal["yes", "officer", "almost", "plain"]:
    tones: dict[Group, Literal["yes", "officer", "almost", "plain"]] = {
        "surely": "yes",
        "probably": "yes",
        "officer": "officer",
        "open": "plain",
        "almost": "almost",
        "receiving": "plain",
    }
    return tones[group]


def entry_rows(world: World, verdict: Verdict, group: Group, language: str) -> list[Row]:
    """Name and how much."""
    rule = world.base.rules[verdict.entitlement]
    rows = [Row(label(rule.name, language), "bullet")]
    if group in ("surely", "probably", "officer") and verdict.amount:
        rows.append(Row(_brief(money_text(world, verdict.amount, language)), "small"))
    return rows


def _still_unknown(world: World, verdict: Verdict, language: str) -> str:
    """What an open verdict waits for, by the names of the facts."""
    names = dict.fromkeys(label(world.base.facts[need.fact].label, language) for need in verdict.missing if need.fact in world.base.facts)
    return world.words.say("results.unknown_yet", language, facts=", ".join(list(names)[:MOST_NAMED]))


#: Facts named under an open verdict.
MOST_NAMED = 3


def _brief(text: str) -> str:
    """The beginning of a long sentence; its page tells the whole."""
    if len(text) <= BRIEF:
        return text
    return f"{text[:BRIEF].rpartition(' ')[0] or text[:BRIEF]} …"


def short_of(world: World, verdict: Verdict, language: str) -> tuple[str, ...]:
    """What an "almost" waits for, in a summary: the right to get first, else the reasons and the day."""
    firsts = [world.base.rules[first] for first in verdict.first_get if first in world.base.rules]
    if firsts:
        return tuple(world.words.say("results.first_get", language, entitlement=label(rule.name, language)) for rule in firsts)
    return tuple(what_is_missing(world, verdict, language))


def what_is_missing(world: World, verdict: Verdict, language: str) -> list[str]:
    """For a no that can turn: what to get first, from which day, and the reason itself."""
    say = world.words.say
    texts = [label(r.text, language) for r in verdict.because]
    for first in verdict.first_get:
        rule = world.base.rules.get(first)
        if rule:
            texts.append(say("results.first_get", language, entitlement=label(rule.name, language)))
    if verdict.changes_on and verdict.changes_to in ("eligible", "officer"):
        key = "results.changes_on" if verdict.changes_exact else "results.changes_about"
        texts.append(say(key, language, date=date_text(world.words, verdict.changes_on, language)))
    return texts


def money_text(world: World, money: Money, language: str) -> str:
    """The exact sum where it is known for this person, otherwise the author's own sentence."""
    period = world.words.texts[language].get(f"period.{money.period}", "")
    if money.low is not None and money.low == money.high and money.unit == "baht" and money.low > 0 and period:
        return world.words.say("value.money", language, value=number_text(money.low), period=period).strip()
    return label(money.text, language)


def _next_choices(world: World, conversation: Conversation, *, final: bool) -> tuple[Choice, ...]:
    language = conversation.language

    def tap(button: str, command: str) -> Choice:
        text = world.words.say(f"button.{button}", language)
        return Choice(text, data=command, text=text)

    on = () if final else (tap("go_on", "go_on"),)
    return (
        *on,
        tap("others", "others"),
        tap("correct", "correct"),
        tap("human", "human"),
        Choice(world.words.say("button.call", language, number="1300"), kind="link", uri="tel:1300"),
        tap("restart", "restart"),
    )
