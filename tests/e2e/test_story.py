"""The whole story with a real process: told, asked, answered, shown, erased. On SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from databases import KINDS, fresh_database
from town import Citizen, Town, metric, town

from bot.line.simulator.driver import NoReply, Phone, actions, words

pytestmark = pytest.mark.slow
STORY = "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย"
#: What is tapped when it is offered; otherwise the first of the denials, otherwise skip.
ANSWERS = ("มีครบทุกคน", "บัตรทอง (30 บาท)", "ตอบได้", "2")
DENIALS = ("ไม่มีใคร", "ไม่ใช่", "ไม่มี", "ขอข้าม")


@pytest.fixture(scope="module", params=KINDS)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with fresh_database(request.param, folder) as database, town(folder, database) as made:
        yield made


async def answer_everything(citizen: Citizen) -> int:
    """Taps until the summary stands there; how many questions it took."""
    for count in range(40):
        if "สรุปได้แบบนี้" in citizen.text:
            return count
        tapped = next(label for label in (*ANSWERS, *DENIALS) if label in citizen.labels)
        await citizen.tap(tapped)
    raise AssertionError("still asking after forty answers")


async def test_from_the_first_words_to_the_page_and_to_being_forgotten(here: Town) -> None:
    async with Phone.at(here.line, "ยายคำแปง") as phone:
        citizen = Citizen(phone)
        await phone.follow()
        hello = await citizen.hear()
        assert "ความลับ" in hello
        heard = await citizen.say(STORY)
        assert "อายุ 72 ปี" in heard
        assert await answer_everything(citizen) <= 20
        assert {"สิทธิของแม่", "สิทธิของหลาน"} <= set(citizen.text.splitlines())
        page = await citizen.post_back("page disability-id-card mother")
        for part in ("บัตรประจำตัวคนพิการ", "เตรียมอะไรไป", "ไปที่ไหน", "ที่มา:"):
            assert part in page
        assert "ลบแล้วเรียกคืนไม่ได้" in await citizen.say("ลบข้อมูลของฉัน")
        assert "ลบข้อมูลของคุณจากระบบแล้ว" in await citizen.tap("ลบทั้งหมด")
        assert "ไม่ได้เก็บ" in await citizen.say("ข้อมูลของฉัน")
    assert not leaks(here, phone.chat)


def leaks(here: Town, line_id: str) -> list[str]:
    """Plain words, the person's name or LINE id in the database's own bytes or in the log."""
    secrets = ("แม่อายุ", "เชียงราย", "ตาบอด", "สามพันกว่า", "ยายคำแปง", line_id, "age_years")
    raw = bytes_of(here) + here.log().encode()
    return [word for word in secrets if word.encode() in raw or word.encode().hex().encode() in raw]


def bytes_of(here: Town) -> bytes:
    if here.database.startswith("sqlite"):
        return b"".join(path.read_bytes() for path in sorted(here.folder.glob("test.db*")))
    with psycopg.connect(here.database) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()]
        rows = [str(connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()) for name in names]
    return "".join(rows).encode()


async def test_while_the_talk_goes_on_nothing_stands_in_plain_text(here: Town) -> None:
    async with Phone.at(here.line, "ยายคำแปง") as phone:
        citizen = Citizen(phone)
        await citizen.say(STORY)
        assert len(bytes_of(here)) > 1000
        assert not leaks(here, phone.chat)


async def test_danger_is_answered_with_numbers_to_tap(here: Town) -> None:
    async with Phone.at(here.line, "ฟ้าใส") as phone:
        citizen = Citizen(phone)
        await citizen.say(STORY)
        await citizen.say("แฟนลงไม้ลงมือ ตอนนี้ขังตัวเองอยู่ในห้องน้ำ")
        uris = {action.get("uri") for action in actions(citizen.messages)}
        assert {"tel:191", "tel:1669", "tel:1300"} <= uris
        assert "สิทธิ" not in " ".join(message.get("altText", "") for message in citizen.messages)
        await citizen.post_back("go_on")
        assert citizen.labels


async def test_a_webhook_sent_twice_is_answered_once(here: Town) -> None:
    async with Phone.at(here.line, "แดงน้อย") as phone:
        await phone.say("สวัสดีค่ะ", duplicate=True)
        first = await phone.wait_reply(20)
        with pytest.raises(NoReply):
            await phone.wait_reply(1.5)
        assert len(first) <= 2


async def test_ten_messages_at_once_are_all_heard_and_danger_among_them_keeps_its_reply(here: Town) -> None:
    async with Phone.at(here.line, "คนพิมพ์เร็ว") as phone:
        texts = ["สวัสดีค่ะ", "แม่อายุ 72", "ตาบอด", "พี่ชายตีแม่ทุกวัน", "อยู่เชียงราย", "มีหลานสองขวบ", "ไม่มีเงินเลย", "ช่วยดูสิทธิให้หน่อย", "ค่ะ", "ดูผล"]
        assert set(await asyncio.gather(*(phone.say(text) for text in texts))) <= {200, 0}
        said = ""
        while True:
            try:
                said += "\n".join(words(message) for message in await phone.wait_reply(4))
            except NoReply:
                break
        assert "191" in said
        citizen = Citizen(phone)
        told = await citizen.say("ข้อมูลของฉัน")
        assert "อายุ 72 ปี" in told
        assert "เชียงราย" in told
    assert await metric(here.bot, 'rusitthi_turns_total{outcome="failed"}') == 0


async def test_a_message_taken_back_is_gone_from_the_database_too(here: Town) -> None:
    async with Phone.at(here.line, "คนเปลี่ยนใจ") as phone:
        citizen = Citizen(phone)
        await citizen.say("แม่อายุ 72")
        await citizen.say("พ่ออายุ 80 ติดเตียง")
        assert await phone.unsend() == 200
        told = await citizen.say("ข้อมูลของฉัน")
        assert "80" not in told
        assert "72" in told


async def test_after_a_restart_the_talk_goes_on(here: Town) -> None:
    async with Phone.at(here.line, "คนใจเย็น") as phone:
        await Citizen(phone).say(STORY)
        seen = phone.seen
    assert here.stop() in (0, -signal.SIGTERM)  # ended in order, by the signal
    here.start()
    async with Phone.at(here.line, "คนใจเย็น") as phone:
        phone.seen = seen
        assert "อายุ 72 ปี" in await Citizen(phone).say("ข้อมูลของฉัน")
