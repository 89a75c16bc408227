"""What is remembered from other talks never changes an answer: a turn of a long-lived bot is that of one just started."""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from chat import NOW, world

from bot.conversation.effects import Effect, Reply
from bot.conversation.events import Event, Happening, Said, Tapped
from bot.conversation.talk import Talk
from bot.eligibility import derive, plan
from bot.language import alarm, answers
from bot.language.alarm_head import head
from bot.language.alarm_lexicon import lexicon

OPENINGS = [
    "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย",
    "ท้อง 5 เดือนค่ะ อายุ 22 แฟนทำงานรับจ้าง รายได้รวมเดือนละแปดพัน",
    "ตกงานมาสองเดือน เดิมทำโรงงาน ประกันสังคม ม.33 มีลูก 4 ขวบ กับ 9 ขวบ",
    "ลูกชาย 16 เรียน ปวช. พ่อแม่แยกทาง อยู่กับยาย",
    "ป้าอายุ 63 อยู่คนเดียว วันละร้อยกว่าบาท",
    "มีสิทธิอะไรบ้างคะ",
]
REST = ["ใช่ค่ะ", "ไม่มี", "3 คน", "ไม่รู้", "68", "ข้าม", "ทำไมถึงถาม", "ขอดูผลเลยค่ะ", "ไม่ใช่ 68 นะ 70", "ลูกสาวพิการ", "ย้อนกลับ", "ผัวตีหนู", "บัตรทอง"]


def forget() -> None:
    """As if the process had just begun."""
    plan._compiled.clear()
    world().reader.known.clear()
    world().asked.clear()
    answers._KNOWN.clear()
    head().known.clear()
    head().seams.clear()
    alarm._KNOWN.clear()
    lexicon().known.clear()
    derive._alone.cache_clear()


def happening(effects: tuple[Effect, ...], chance: random.Random, first: bool) -> Happening:
    taps = [choice.data for one in effects if isinstance(one, Reply) for m in one.messages for choice in getattr(m, "choices", ())]
    if first or not any(taps) or chance.random() < 0.6:
        return Said(chance.choice(OPENINGS if first else REST), f"m{chance.random()}")
    return Tapped(chance.choice([data for data in taps if data]))


@pytest.mark.parametrize("seed", range(4))
def test_a_turn_is_the_same_in_a_process_that_has_seen_many_talks_and_in_a_fresh_one(seed: int) -> None:
    talks, chance = Talk(world()), random.Random(seed)
    taken = []
    for number in range(12):
        state: bytes | None = None
        effects: tuple[Effect, ...] = ()
        now = NOW + timedelta(days=chance.choice((0, 0, 1, 40, 200)))
        for turn in range(7):
            now += timedelta(minutes=chance.choice((1, 1, 5, 2000)))
            event = Event(f"{number}-{turn}", "", "user", now, happening(effects, chance, turn == 0))
            before = state
            state, effects = talks.run(state, event, now)
            taken.append((before, event, now, state, effects))
    for before, event, now, state, effects in chance.sample(taken, 12):
        forget()
        assert talks.run(before, event, now) == (state, effects)
