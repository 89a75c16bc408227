"""The warm summary: only what was said, known and promised; the same talk gives the same words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.console.brief import Brief, Facts, brief, facts_in, promises_of
from bot.console.talk import Bubble
from bot.content import load_world, sound_base
from bot.conversation.events import Event, Said
from bot.conversation.talk import Talk
from bot.conversation.world import World

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
SAID = ("หนูอายุ 34 อยู่เชียงราย มีลูก 3 ขวบ", "แฟนตบหน้าหนู ตอนนี้เขาถือมีดอยู่หน้าห้อง")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(sound_base()[0])


def told(world: World, *texts: str) -> bytes | None:
    talk, state = Talk(world), None
    for n, text in enumerate(texts):
        state, _ = talk.run(state, Event(f"e{n}", "chat", "user", NOW, Said(text)), NOW)
    return state


def summed_up(world: World, language: str = "th", answers: str = "") -> Brief:
    talk = [Bubble(n, "citizen", text) for n, text in enumerate(SAID)]
    talk.append(Bubble(9, "bot", answers or world.words.say("danger.told", "th")))
    return brief(talk, facts_in(world, told(world, *SAID), language), promises_of(world))


def test_it_holds_who_what_was_said_and_what_the_bot_promised(world: World) -> None:
    made = summed_up(world)
    known = {one.ref: " ".join(one.lines) for one in made.known.told}
    assert "34" in known["self"]
    assert any("3" in lines for ref, lines in known.items() if ref.startswith("child"))
    assert made.place
    assert [one.text for one in made.said] == list(SAID)
    assert made.promised == (world.words.say("danger.told", "th").splitlines()[0],)


def test_same_talk_gives_the_same_summary_and_nothing_is_promised_that_was_not_said(world: World) -> None:
    assert summed_up(world) == summed_up(world)
    assert summed_up(world, answers="สวัสดีค่ะ").promised == ()


def test_talk_that_cannot_be_read_says_nothing(world: World) -> None:
    assert facts_in(world, None, "th") == Facts()
    assert facts_in(world, b'{"format": 999}', "th") == Facts()


def test_of_a_long_talk_the_last_words_are_shown_and_the_others_counted() -> None:
    talk = [Bubble(n, "citizen", f"word {n}") for n in range(30)]
    made = brief(talk, Facts(), {})
    assert (made.before, made.said[-1].text, len(made.said)) == (22, "word 29", 8)
