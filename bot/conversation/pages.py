"""The page of one entitlement: what, why, what to bring, where and when to go, where the information comes from.

Belongs here: one rule and one verdict → cards. Does not: the summary (`results.py`).
"""

from __future__ import annotations

from datetime import date

from bot.conversation import codes
from bot.conversation.messages import Card, Cards, Choice, Message, Row
from bot.conversation.results import money_text, what_is_missing
from bot.conversation.state import Conversation
from bot.conversation.wording import Wordings, date_text, fact_line, join_names, label, who
from bot.conversation.world import World
from bot.eligibility.tree import Rule
from bot.eligibility.values import Unknown
from bot.eligibility.verdict import Verdict

#: Lines of a list on a card; more would not be read on a phone.
MOST_ROWS = 9
_TONES = {"eligible": "yes", "officer": "officer", "ineligible": "almost", "unknown": "plain"}


def page(world: World, conversation: Conversation, rule: Rule, verdict: Verdict | None, today: date) -> tuple[Message, ...]:
    """Two cards, one below the other: what and why; how to get it. Without a verdict it is general information."""
    language = conversation.language
    alt = world.words.say("page.alt", language)
    what = Cards((_what_card(world, conversation, rule, verdict),), alt=alt)
    how = Cards((_how_card(world, rule, verdict, language, today),), alt=alt, choices=_choices(world, conversation, rule, verdict))
    return (what, how)


def _what_card(world: World, conversation: Conversation, rule: Rule, verdict: Verdict | None) -> Card:
    language = conversation.language
    say = world.words.say
    rows: list[Row] = []
    if verdict is not None:
        name = who(world.words, verdict.member, language, members=tuple(conversation.members))
        status = "receiving" if verdict.receiving else verdict.status
        rows.append(Row(say(f"page.status_{status}", language, who=name), "heading"))
    rows += [
        Row(label(rule.summary, language)),
        Row(say("page.amount", language), "heading"),
        Row(_amount(world, rule, verdict, language), "amount"),
    ]
    rows += _why_rows(world, verdict, language)
    if rule.check_with:
        rows.append(Row(label(rule.check_with, language), "warning"))
    rows += [Row(_source_line(world.words, rule, language), "small")]
    tone = _TONES[verdict.status] if verdict else "plain"
    return Card(label(rule.name, language), tuple(rows), (), tone=tone, subtitle=label(rule.agency, language))  # type: ignore[arg-type]


def _amount(world: World, rule: Rule, verdict: Verdict | None, language: str) -> str:
    if verdict and verdict.amount:
        return money_text(world, verdict.amount, language)
    return label(rule.versions[-1].amount.text, language)


def _why_rows(world: World, verdict: Verdict | None, language: str) -> list[Row]:
    """The reasons that decided; for a no also what would change it; for an open one what is not known."""
    if verdict is None:
        return []
    say = world.words.say
    yes = verdict.status in ("eligible", "officer")
    texts = [label(r.text, language) for r in verdict.because] if yes else what_is_missing(world, verdict, language)
    rows = [Row(say("page.why" if yes else "page.why_not", language), "heading")] if texts else []
    rows += [Row(text, "bullet") for text in texts[:MOST_ROWS]]
    if verdict.assumed:
        reasons = join_names(world.words, [label(r.text, language) for r in verdict.assumed], language)
        rows.append(Row(say("page.assumed", language, reasons=reasons), "small"))
    if verdict.missing:
        names = [label(world.base.facts[need.fact].label, language) for need in verdict.missing if need.fact in world.base.facts]
        rows.append(Row(say("results.missing", language, facts=", ".join(dict.fromkeys(names))), "small"))
    return rows


def _how_card(world: World, rule: Rule, verdict: Verdict | None, language: str, today: date) -> Card:
    say = world.words.say

    def listed(heading: str, texts: list[str], style: str = "bullet") -> list[Row]:
        shown = [Row(text, style) for text in texts[:MOST_ROWS] if text]  # type: ignore[arg-type]
        return [Row(say(heading, language), "heading"), *shown] if shown else []

    rows = listed("page.steps", [f"{i}. {label(step, language)}" for i, step in enumerate(rule.steps, 1)], "body")
    rows += listed("page.documents", [label(text, language) for text in rule.documents])
    rows += listed("page.where", [label(rule.where, language)], "body")
    rows += listed("page.when", [label(rule.when, language)], "body")
    if verdict and verdict.deadline and verdict.deadline >= today:
        rows.append(Row(say("page.deadline", language, date=date_text(world.words, verdict.deadline, language)), "warning"))
    rows += listed("page.hints", [label(text, language) for text in rule.ways_in])
    calls = tuple(Choice(say("button.call", language, number=n), kind="link", uri=f"tel:{_digits(n)}") for n in rule.phone[:3])
    return Card(say("page.how_title", language, name=label(rule.name, language)), tuple(rows), calls, tone="plain")


def _digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit() or c == "+")


def _source_line(words: Wordings, rule: Rule, language: str) -> str:
    source = rule.sources[0]
    return words.say("page.source", language, title=source.title, date=date_text(words, source.checked, language))


def _choices(world: World, conversation: Conversation, rule: Rule, verdict: Verdict | None) -> tuple[Choice, ...]:
    language = conversation.language

    def tap(button: str, command: str) -> Choice:
        text = world.words.say(f"button.{button}", language)
        return Choice(text, data=command, text=text)

    check = world.words.say("about.check_mine", language)
    first = (Choice(check, data=codes.command("check", rule.id), text=check),) if verdict is None or verdict.status == "unknown" else ()
    before = (
        tuple(_page_of(world, name, verdict.member, language) for name in verdict.first_get if name in world.base.rules) if verdict else ()
    )
    back = (tap("back_to_results", "results"),) if conversation.results_shown else ()
    on = (tap("go_on", "go_on"),) if conversation.asked else ()
    return (*first, *before, *back, *on, tap("human", "human"), tap("others", "others"))


def _page_of(world: World, rule_id: str, member: str, language: str) -> Choice:
    """A tap to the page of a right that must be got first."""
    name = label(world.base.rules[rule_id].name, language)
    return Choice(name, data=codes.command("page", f"{rule_id} {member}"), text=name)


def known_lines(world: World, conversation: Conversation) -> list[str]:
    """Everything that is known, a line for each member, as it is read back."""
    language = conversation.language
    members = tuple(conversation.members)
    groups = [*((ref, conversation.members[ref]) for ref in members), ("household", conversation.household)]
    lines = []
    for ref, facts in groups:
        told = [
            fact_line(world.words, world.base.facts[f], k.value, language) for f, k in facts.items() if _worth_telling(world, f, k.value)
        ]
        if told:
            lines.append(
                world.words.say("readback.member", language, who=who(world.words, ref, language, members=members), facts=", ".join(told))
            )
    return lines


def _worth_telling(world: World, fact: str, value: object) -> bool:
    return fact in world.base.facts and not isinstance(value, Unknown)
