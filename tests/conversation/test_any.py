"""Whatever happens in a chat, in whatever order: no turn breaks, the state can be stored, and LINE takes every reply."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from chat import NOW, world

from bot.conversation.effects import Effect, OwnCopy, RaiseAlert, Reply
from bot.conversation.events import Event, Followed, Happening, Joined, Located, Media, Other, Said, Sticker, Tapped, Unfollowed, Unsent
from bot.conversation.messages import Cards, Choice, Text
from bot.conversation.state import Conversation, dump, load
from bot.conversation.talk import Talk
from bot.conversation.turn import turn
from bot.line.limits import MESSAGES, problems
from bot.line.render import batches

PHRASES = [
    "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย", "ลูกสามคน 2 ขวบ 5 ขวบ 9 ขวบ", "ไม่ใช่ 60 นะ 62", "72", "ไม่มี", "มีแต่แม่",
    "ใช่ค่ะ", "ไม่รู้", "ไม่อยากบอก", "ขอข้าม", "ทำไม", "ย้อนกลับ", "แก้ข้อมูล", "ดูผล", "เริ่มใหม่", "ลบข้อมูลของฉัน", "ลบเลย", "ยกเลิก", "ข้อมูลของฉัน",
    "เจ้าหน้าที่", "help", "english please", "ภาษาไทย", "my mother is 72 and blind", "เบี้ยคนแก่ต้องทำยังไง", "เงินช่วยค่าเน็ตขอยังไง", "ควย", "ขอบคุณค่ะ",
    "สวัสดี", "ฟหกด", "ผัวซ้อมหนู", "อยากตาย", "ปลอดภัยดีค่ะ", "ไม่ปลอดภัย", "ท้องได้ 5 เดือน", "ตกงานเมื่อเดือนที่แล้ว", "เดือนละ 9000", "กทม", "ม.33",
    "พ่อเพิ่งเสีย", "ทุกคน", "บางคนไม่มี", "๖๕ ปี", "10/11/2569", "我需要帮助", "แม่มี ผมไม่มี", "9" * 400, "ก" * 3000, "1100101234567", "0812345678",
]  # fmt: skip
LETTERS = st.characters(codec="utf-8") | st.sampled_from("กขคงจชซดตถทนบปผพมยรลวสหอฮะาิีึืุูเแโใไ่้๊๋็์ำๆฯ๐๑๒๓1234567890 \n​‮😊👍🏽👨‍👩‍👧{}[]%\\\"'<>")
TEXTS = st.sampled_from(PHRASES) | st.text(LETTERS, max_size=60) | st.lists(st.sampled_from(PHRASES), min_size=2, max_size=3).map(" ".join)
FACTS = st.sampled_from(
    ["age_years", "pregnant", "nationality", "province", "lost_job_date", "receives", "household_size", "hiv", "nothing", "consent"]
)
REFS = st.sampled_from(["self", "mother", "child1", "child12", "household", "dragon", "", "self mother"])
VALUES = st.sampled_from(["true", "null", "-1", "1e9", '"x"', '["i",1,2]', "[]", "{}", '{"i":[1,null]}', '"thai"', '["o","a"]'])
CODES = st.builds(lambda kind, fact, ref, value: f'["{kind}","{fact}","{ref}",{value}]', st.sampled_from("aodz"), FACTS, REFS, VALUES)
COMMANDS = """
who others page check check:danger check:safe check:unclear each fix sure consent erase forget dont_know skip why back correct results human
restart go_on menu:screen menu:results menu:ask menu:restart menu:data menu:human menu:help nonsense
"""
WORDS = st.sampled_from(COMMANDS.split())
ARGUMENTS = st.sampled_from(
    ["", "yes", "no", "self", "mother", "child", "age_years self", "province household", "old-age-allowance mother", "x y z", "nationality"]
)
TAPS = st.builds(
    Tapped,
    CODES | st.builds("{} {}".format, WORDS, ARGUMENTS) | st.text(LETTERS, max_size=30),
    st.sampled_from([(), (("date", "2026-01-05"),), (("date", "x"),)]),
)
QUIET = [Followed(), Followed(True), Unfollowed(), Joined(), Other("x"), Media("image", "m"), Sticker()]
PLACES = st.sampled_from(["", "อำเภอเมืองเชียงราย จังหวัดเชียงราย", "nowhere"])
OTHERS = st.one_of(
    st.sampled_from([*QUIET, Sticker(("cry",), "ช่วยด้วย", "s")]),
    st.builds(Located, st.floats(-90, 90), st.floats(-180, 180), PLACES, st.just("l")),
)
#: A number taps the choice at that place of the last answer (as far as there is one), and "unsend" takes back an earlier text.
STEPS = st.one_of(
    TEXTS, TEXTS, st.integers(0, 30), st.integers(0, 30), TAPS, OTHERS, st.builds(Unsent, st.integers(0, 9).map("m{}".format))
)
SEQUENCES = st.lists(st.tuples(STEPS, st.sampled_from([1, 1, 1, 700, 90_000, 40_000_000]), st.booleans()), min_size=1, max_size=9)
THOROUGH = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
HOLE = re.compile(r"\{\w*\}")


def choices_of(effects: tuple[Effect, ...]) -> list[Choice]:
    messages = [m for effect in effects if isinstance(effect, Reply) for m in effect.messages]
    cards = [button for m in messages if isinstance(m, Cards) for card in m.cards for button in card.buttons]
    return [choice for m in messages for choice in m.choices] + cards


def happening_of(step: object, last: tuple[Effect, ...], n: int) -> Happening:
    if isinstance(step, str):
        return Said(step, f"m{n}", edited=n % 7 == 6)
    if isinstance(step, int):
        offered = [c for c in choices_of(last) if c.kind != "link"]
        if not offered:
            return Tapped("go_on")
        choice = offered[step % len(offered)]
        return (
            Located(19.9, 99.8, "", f"m{n}")
            if choice.kind == "location"
            else Tapped(choice.data, (("date", choice.last),) if choice.last else ())
        )
    return step  # type: ignore[return-value]


def play(sequence: list[tuple[object, int, bool]], group: bool) -> list[tuple[Event, Conversation, tuple[Effect, ...]]]:
    """Every turn with what came before it already checked to be storable."""
    state: Conversation | None = None
    last: tuple[Effect, ...] = ()
    now, played = NOW, []
    for n, (step, seconds, addressed) in enumerate(sequence):
        now += timedelta(seconds=seconds)
        event = Event(f"e{n}", "chat", "group" if group else "user", now, happening_of(step, last, n), addressed or not group)
        state, effects = turn(state, event, world(), now)
        assert load(dump(state)) == state
        assert turn(played[-1][1] if played else None, event, world(), now) == (state, effects), "the same again gives something else"
        played.append((event, state, effects))
        last = effects or last
    return played


def written(effects: tuple[Effect, ...]) -> list[str]:
    messages = [m for effect in effects if isinstance(effect, Reply) for m in effect.messages]
    texts = [m.text for m in messages if isinstance(m, Text)]
    for m in messages:
        if isinstance(m, Cards):
            texts += [m.alt, *(text for card in m.cards for text in (card.title, card.subtitle, *(row.text for row in card.rows)))]
    return texts + [choice.label for choice in choices_of(effects)]


@THOROUGH
@given(SEQUENCES)
def test_no_turn_breaks_and_line_takes_every_reply(sequence: list[tuple[object, int, bool]]) -> None:
    for event, _, effects in play(sequence, group=False):
        replies = [effect for effect in effects if isinstance(effect, Reply)]
        for reply in replies:
            made = batches(reply.messages)
            assert made, event
            assert [p for batch in made for message in batch for p in problems(message)] == []
            assert len(made) <= 2, f"{sum(map(len, made))} messages at once"
            assert all(len(batch) <= MESSAGES for batch in made)
        if isinstance(event.happening, Said | Tapped | Located | Sticker | Media | Followed):
            assert replies or any(isinstance(effect, OwnCopy) for effect in effects), event  # the link to one's data is made by the shell
        for text in written(effects):
            assert not HOLE.search(text) or "{" in str(event.happening), text


@THOROUGH
@given(SEQUENCES)
def test_no_alert_without_the_emergency_numbers_unless_the_person_hides(sequence: list[tuple[object, int, bool]]) -> None:
    for event, after, effects in play(sequence, group=False):
        if any(isinstance(effect, RaiseAlert) for effect in effects) and not after.safety.hidden:
            assert any(isinstance(effect, Reply) and effect.urgent for effect in effects), event
            assert {"tel:191", "tel:1669", "tel:1300"} <= {choice.uri for choice in choices_of(effects)}, event


@settings(THOROUGH, max_examples=40)
@given(SEQUENCES)
def test_in_a_group_only_who_addresses_the_bot_is_answered(sequence: list[tuple[object, int, bool]]) -> None:
    for event, _, effects in play(sequence, group=True):
        assert event.addressed or not effects


@settings(THOROUGH, max_examples=40)
@given(SEQUENCES)
def test_the_stored_form_replays_to_the_same_talk(sequence: list[tuple[object, int, bool]]) -> None:
    """From bytes to bytes, as the running bot does it."""
    talk, state = Talk(world()), None
    for event, after, effects in play(sequence, group=False):
        state, made = talk.run(state, event, event.at)
        assert made == effects
        if state is None:
            return  # forgotten: the pure state starts again where the stored one ends
        assert load(state) == after
