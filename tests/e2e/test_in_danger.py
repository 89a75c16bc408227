"""Whole talks of people in danger, through the webhook of a real process and the pretended LINE, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from databases import KINDS, fresh_database
from town import Citizen, Town, town

from bot.line.simulator.driver import Phone, actions, words

pytestmark = pytest.mark.slow
NUMBERS = {"tel:191", "tel:1669", "tel:1300"}
REVEALING = ("อันตราย", "ทำร้าย", "191", "1669", "ส่งเรื่อง", "ปลอดภัย")


@pytest.fixture(scope="module", params=KINDS)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with fresh_database(request.param, folder) as database, town(folder, database) as made:
        yield made


def numbers(citizen: Citizen) -> set[str]:
    return {str(action.get("uri")) for action in actions(citizen.messages)} & NUMBERS


def seen(citizen: Citizen) -> str:
    """What stands on the screen and in a notification."""
    return repr(citizen.messages) + "".join(words(message) for message in citizen.messages)


async def test_locked_in_the_bathroom_she_agrees_on_a_word_hides_and_comes_back(here: Town) -> None:
    async with Phone.at(here.line, "หญิง") as phone:
        citizen = Citizen(phone)
        await citizen.say("แฟนลงไม้ลงมืออีกแล้ว ตอนนี้ขังตัวเองอยู่ในห้องน้ำ")
        assert numbers(citizen) == NUMBERS
        await citizen.tap("สะดวก")
        assert "จังหวัด" in await citizen.say("รออยู่ค่ะ") or numbers(citizen) == NUMBERS
        await citizen.post_back("contact word two")
        await citizen.say("ซ่อน")
        assert "เบี้ย" in citizen.text
        for asked in ("ข้อมูลของฉัน", "ใครส่งข้อความหาเบอร์นี้", "ดูผล"):
            await citizen.say(asked)
            assert not [word for word in REVEALING if word in seen(citizen)]
        await citizen.post_back("contact now yes")
        assert not [word for word in REVEALING if word in seen(citizen)]
        await citizen.say("ซื้อไข่มาด้วยนะคะ")
        assert not [word for word in REVEALING if word in seen(citizen)]
        await citizen.tap("คุยเรื่องเดิม")
        assert numbers(citizen) == NUMBERS


async def test_a_child_alone_is_asked_for_no_detail_and_no_telephone(here: Town) -> None:
    async with Phone.at(here.line, "น้อง") as phone:
        citizen = Citizen(phone)
        heard = await citizen.say("พ่อหนูกินเหล้าแล้วตีหนูกับน้อง หนูอยู่ ป.4")
        assert "หนูไม่ได้ทำอะไรผิด" in heard
        assert "1387" in heard
        for answer in ("สะดวก", "ขอข้าม", "คนในบ้าน", "ขอข้าม"):
            heard = await citizen.tap(answer)
            assert "เบอร์" not in heard.replace("เบอร์ฉุกเฉิน", "")
            assert numbers(citizen) == NUMBERS


async def test_a_teacher_is_told_what_happens_next_and_that_nobody_is_on_duty(here: Town) -> None:
    async with Phone.at(here.line, "ครู") as phone:
        citizen = Citizen(phone)
        heard = await citizen.say("เด็กในห้องมีรอยช้ำไม่ยอมกลับบ้าน")
        assert "ยังไม่มีใครเข้าเวร" in heard
        assert "1300" in heard
        assert "เจ้าหน้าที่อ่านเรื่องที่คุณบอก" in await citizen.say("แล้วต้องทำไงต่อคะ")
        assert numbers(citizen) == NUMBERS


async def test_words_nobody_here_reads_get_the_numbers_in_that_script(here: Town) -> None:
    async with Phone.at(here.line, "Aung") as phone:
        citizen = Citizen(phone)
        heard = await citizen.say("ကျွန်တော့်ကို ကူညီပါ အလုပ်ရှင်က ပတ်စပို့ သိမ်းထားတယ်")
        assert "အန္တရာယ်" in heard
        assert numbers(citizen) == NUMBERS
