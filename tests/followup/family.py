"""A family of five in Chiang Rai, told by taps: the person who writes, her mother nearly 60, her father nearly 70, two small children."""

from __future__ import annotations

from collections.abc import Mapping

from street import Street, event, world

from bot.conversation import codes
from bot.conversation.state import Conversation, load
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.values import Some, Value
from bot.store import conversations
from bot.store.database import read

_FACTS: tuple[tuple[str, tuple[str, ...], Value], ...] = (
    ("nationality", ("self", "mother", "father", "child1", "child2"), "thai"),
    ("birth_date", ("self",), "1991-04-02"),
    ("birth_date", ("mother",), "1967-06-15"),
    ("birth_date", ("father",), "1957-09-20"),
    ("birth_date", ("child1",), "2021-08-10"),
    ("birth_date", ("child2",), "2026-03-05"),
    ("province", (HOUSEHOLD,), "เชียงราย"),
    ("household_size", (HOUSEHOLD,), 5),
    ("household_income_month", (HOUSEHOLD,), 12_000),
    ("has_pension", ("mother", "father"), False),
    ("insured", ("self", "mother", "father", "child1", "child2"), "gold_card"),
    ("lives_with_parents", ("child1", "child2"), True),
    ("receives", ("father",), Some(frozenset({"old-age-allowance"}))),
    ("receives", ("child1",), Some(frozenset({"child-support-grant"}))),
)
_MORE: Mapping[str, Value] = {
    "income_per_head_year": 30_000,
    "income_month": 6_000,
    "household_income_year": 150_000,
    "income_year": 60_000,
}


def conversation(street: Street, user: str = "U1") -> Conversation:
    chat = street.chat(user)
    with read(street.store.engine) as connection:
        return load(conversations.load(connection, street.store.sealer, [chat])[chat])


def tell(street: Street, user: str = "U1") -> None:
    """Tell the facts, skip what else is asked, until the results are shown."""
    for who in ("self", "mother", "father", "child", "child"):
        street.tap(f"who {who}", user)
    for fact, members, value in _FACTS:
        if fact == "birth_date":
            street._happen(_picked(street, user, members, str(value)))
        else:
            street.tap(codes.answer(fact, members, value), user)
    for _ in range(80):
        talk = conversation(street, user)
        if talk.phase == "done":
            street.tap("consent yes reminders", user)
            return
        street.tap(_answer(talk), user)
    raise AssertionError("the screening does not end")


def _answer(talk: Conversation) -> str:
    """What is asked besides: no to every yes-or-no question, skipped otherwise."""
    asked = talk.asked
    if asked is None or asked.fact not in world().base.facts:
        return "consent yes"
    if asked.fact in _MORE:
        return codes.answer(asked.fact, asked.members, _MORE[asked.fact])
    return codes.answer(asked.fact, asked.members, False) if world().base.facts[asked.fact].type == "boolean" else "skip"


def _picked(street: Street, user: str, members: tuple[str, ...], day: str) -> dict[str, object]:
    data = codes.picked("birth_date", members)
    return event(user, "", at_ms=street.ms, type="postback", postback={"data": data, "params": {"date": day}}, message=None)
