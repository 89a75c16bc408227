"""What is remembered of texts never changes what is read of them."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language import alarm
from bot.language.alarm import read_alarm
from bot.language.alarm_grammar import _can_mean_danger, frames
from bot.language.alarm_head import _places, _read_places, head, tidy
from bot.language.alarm_lexicon import _line, _together, lexicon, lines, pack
from bot.language.normal import normalise
from bot.language.short import LONGEST, is_short

DATA = Path(__file__).parents[2] / "knowledge" / "training" / "alarm_ideas_ordinary.txt"
TEXTS = [line for line in DATA.read_text("utf-8").splitlines() if line and not line.startswith("#")][:300]
TEXTS += [
    "ผัวตีหนู",
    "ช่วย",
    "ด้วย",
    "help",
    "me",
    "i want to",
    "die",
    "ไม่อยากอยู่แล้ว",
    "ตี",
    "ห",
    "",
    " ",
    "๕",
    "5",
    "แม่",
    "อยากตาย",
    "lost",
    "2 days",
]
letters = st.text(st.sampled_from("ตีหนูผัวช่วด้ยไม่กา อเแ52a'-\nhelpm.ๆ"), max_size=12)
bubbles = st.lists(st.one_of(st.sampled_from(TEXTS), letters), min_size=1, max_size=5)


@given(bubbles)
@settings(max_examples=300, deadline=None)
def test_lines_read_one_by_one_give_what_the_whole_gives(texts: list[str]) -> None:
    normal = "\n".join(normalise(text).text for text in texts)
    whole = _line(pack(normal), lexicon())
    exact, guessed = _together(lines(normal, lexicon()))
    assert sorted(exact) == sorted(whole.exact)
    assert sorted(guessed) == sorted(whole.guessed)
    assert tuple(map(tuple, _places(normal, head()))) == _read_places(tidy(normal), head())


def test_an_alarm_is_the_same_whatever_was_read_before() -> None:
    chance = random.Random(5)
    talks = [[chance.choice(TEXTS) for _ in range(4)] for _ in range(60)]
    first = [read_alarm(last, before=before) for *before, last in talks]
    fresh = []
    for *before, last in reversed(talks):
        lexicon().known.clear()
        head().known.clear()
        head().seams.clear()
        alarm._KNOWN.clear()
        fresh.append(read_alarm(last, before=before))
    assert first == fresh[::-1]


def test_the_sieve_lets_through_whatever_a_frame_could_be_made_of() -> None:
    for frame in frames():
        for names in product(*(group for group, _ in frame.row)):
            assert _can_mean_danger(frozenset([*names, *sorted(frame.also)[:1]]))


def test_what_could_be_a_telephone_or_an_id_and_what_is_long_is_not_kept() -> None:
    assert is_short("ไม่มีค่ะ")
    assert is_short("เดือนละ 3000")
    assert not is_short("081-234-5678")
    assert not is_short("1 2345 67890 12 3")
    assert not is_short("ก" * (LONGEST + 1))
