"""From the chat to the desk: safe contact, hiding, the code word and the place reach the alert, and whoever has it hears of it."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "conversation"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from bot_process import event
from chat import world
from databases import KINDS, fresh_database
from test_casework_store import House

from bot.casework import clocks
from bot.casework.model import AlertState, Centre, Holder, Role, Tier
from bot.casework.moves import Refused
from bot.casework.record_types import BY_PERSON
from bot.casework.roster import Duty, covering, route
from bot.console.talk import bubbles
from bot.conversation import danger
from bot.conversation.talk import Talk
from bot.line.errands import Errands
from bot.line.rota import Rota
from bot.line.staffcards import rendered
from bot.line.turning import Desk, run_batch
from bot.line.webhook import arrivals
from bot.store import casework, duty, erasure, holding, inbox, nudges, outbox, safecontacts, talking
from bot.store.case_tables import case_record, page
from bot.store.casefiles import Registry
from bot.store.database import write
from bot.store.keys import Key
from bot.store.outbox import Settled
from bot.store.store import Store
from bot.store.tables import OutboxState

WIFE = "แฟนลงไม้ลงมืออีกแล้ว ตอนนี้ขังตัวเองอยู่ในห้องน้ำ"
REVEALING = ("ทำร้าย", "อันตราย", "191", "ความรุนแรง")


class Home(House):
    """As `House`, with the real talk: what a person writes and taps, and what staff see of it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)

        def taken(name: str, language: str) -> bytes:
            return rendered(danger.taken(world().words, name, language))

        neutral, again = world().words.say("danger.alt", "th"), rendered(danger.nobody_yet(world().words))
        self.registry = Registry(store.sealer, uuid.uuid4, store.channel, again, None, taken, neutral)
        errands = Errands(self.registry, lambda: world().words, "")
        self.desk = Desk(Talk(world()), store.sealer, "w", store.channel, uuid.uuid4, time.monotonic, errands=errands, rota=Rota())

    @property
    def chat(self) -> str:
        return self.store.sealer.hash("chat", "U1")

    def tap(self, data: str) -> list[str]:
        return self.happen(event("U1", "", at_ms=self.now, type="postback", postback={"data": data}, message=None))

    def happen(self, one: dict[str, Any]) -> list[str]:
        self.now += 1000
        with write(self.store.engine) as connection:
            inbox.take_in(connection, self.store.sealer, arrivals([one], self.store.sealer.hash, self.now))
        with write(self.store.engine) as connection:
            report = run_batch(connection, self.desk, self.now, 100)
        with write(self.store.engine) as connection:
            outbox.settle(connection, [Settled(call.uid, OutboxState.SENT, self.now) for call in report.sends])
        return [call.messages.decode() for call in report.sends]

    def say(self, text: str, user: str = "U1") -> list[str]:
        return self.happen(event(user, text, at_ms=self.now))

    def deliver_all(self) -> None:
        """A chat's messages go out one after the other."""
        while self.deliver():
            pass

    def alert(self, who: str = "ann") -> Any:
        return self.do(casework.queue, who)[0].alert

    def agreed(self) -> Any:
        return self.do(casework.alert_view, "ann", self.alert().uid).safe_contacts

    def seen(self, about: str) -> list[str]:
        return [one.what for one in self.look(lambda connection: casework.timeline(connection, about))]

    def rung(self, who: str) -> int:
        return len(self.look(lambda c: c.execute(select(page.c.id).where(page.c.staff == who)).all()))


@pytest.fixture(params=KINDS)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    with fresh_database(request.param, tmp_path) as url:
        store = Store(url, (Key("k", b"k" * 32),), tmp_path / "keys")
        yield Home(store)
        store.engine.dispose()


# ---------------------------------------------------------------- safe contact
def test_what_the_person_agrees_on_stands_sealed_under_the_alert_and_binds_staff(home: Home) -> None:
    home.say(WIFE)
    for tap in ("contact now yes", "contact readers partner", "contact when evening", "contact word two", "contact call yes"):
        home.tap(tap)
    home.say("0812345678")
    home.tap("contact caller clinic")
    [agreed] = home.agreed()
    assert (agreed.by, agreed.channel, agreed.from_minute, agreed.until_minute) == (BY_PERSON, "line", 1020, 1200)
    assert (agreed.readers, agreed.phone, agreed.code_word, agreed.leave_message) == ("แฟน", "0812345678", "ซื้อไข่มาด้วยนะ", False)
    raw = home.look(lambda c: c.execute(select(case_record.c.sealed)).all())
    assert not [row for row in raw if b"0812345678" in row.sealed]
    assert "safe contact told" in home.seen(home.alert().uid)


def test_who_is_writing_now_may_be_answered_now_and_later_only_in_the_hours_agreed(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact now yes")
    hour = clocks.local(home.now).hour
    home.tap("contact when " + ("office" if hour >= 17 or hour < 8 else "late"))
    taken = home.take()
    home.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "สวัสดีค่ะ")
    home.now += 20 * clocks.MINUTE
    view = home.do(casework.alert_view, "ann", taken.uid)
    with pytest.raises(Refused, match="not safe now"):
        home.do(talking.reply_to_alert, "ann", taken.uid, view.alert.version, "ยังอยู่ไหมคะ")


def test_where_somebody_else_reads_the_phone_a_locked_screen_shows_no_word_of_staff(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact now yes")
    taken = home.take()
    home.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "หนีออกมาได้ไหมคะ")
    home.deliver_all()
    home.tap("contact readers partner")
    view = home.do(casework.alert_view, "ann", taken.uid)
    home.do(talking.reply_to_alert, "ann", taken.uid, view.alert.version, "ตำรวจกำลังไปค่ะ")
    [call] = home.deliver()
    [message] = orjson.loads(call.messages)
    assert "ตำรวจ" not in message["altText"]
    assert "ตำรวจกำลังไปค่ะ" in call.messages.decode()
    view = home.do(casework.alert_view, "ann", taken.uid)
    written = [one.text for one in bubbles(view.transcript, home.look(lambda c: holding.stretches(c, home.chat))) if one.who == "staff"]
    assert written == ["หนีออกมาได้ไหมคะ", "ตำรวจกำลังไปค่ะ"]


def test_after_hiding_nothing_is_sent_unasked_until_the_person_is_back(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact word two")
    home.say("ซ่อน")
    taken = home.take()
    assert home.deliver() == []
    with pytest.raises(Refused, match="not safe now"):
        home.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "อยู่ไหมคะ")
    home.say("ซื้อไข่มาด้วยนะ")
    home.tap("back_to_it take_up")
    view = home.do(casework.alert_view, "ann", taken.uid)
    home.do(talking.reply_to_alert, "ann", taken.uid, view.alert.version, "อยู่ค่ะ")
    assert len(home.deliver()) == 1


def test_a_tap_in_the_chat_is_no_leave_to_send_reminders(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact now yes")
    home.tap("contact when any")
    contact = home.look(lambda connection: nudges.contact(connection, home.store.sealer, home.chat, home.now + clocks.DAY))
    assert contact.alarmed


def test_how_to_be_reached_is_seen_in_the_case_and_goes_with_the_chat(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact readers partner")
    taken = home.take()
    case = home.do(casework.open_case, "ann", taken.uid, taken.version)
    assert [one.readers for one in home.do(casework.case_view, "ann", case.uid).safe_contacts] == ["แฟน"]


def test_safe_contact_is_forgotten_with_the_alert_it_belongs_to(home: Home) -> None:
    home.say(WIFE)
    home.tap("contact readers partner")
    taken = home.take()
    home.do(casework.engage, "ann", taken.uid, taken.version, "phone")
    home.do(casework.resolve, "ann", taken.uid, taken.version + 1, "answered")
    with write(home.store.engine) as connection:
        erasure.forget_chat(connection, home.chat)
        assert safecontacts.under(connection, home.registry, [taken.uid]) == []


# ---------------------------------------------------------------- what staff see and hear
def test_staff_see_that_the_person_hid_and_came_back_and_that_somebody_else_writes(home: Home) -> None:
    home.say(WIFE)
    uid = home.take().uid
    before = home.rung("ann")
    for words in ("ซ่อน", "กลับมาแล้ว", "เมียผมคุยอะไรกับคุณ", "ล้อเล่นค่ะ"):
        home.say(words)
    assert [what for what in home.seen(uid) if what.startswith("person: ")] == [
        "person: hid",
        "person: came back",
        "person: somebody else writes",
        "person: denied",
    ]
    assert home.rung("ann") == before + 4
    assert home.do(casework.alert_view, "ann", uid).alert.state is AlertState.ACKNOWLEDGED


def test_the_code_word_makes_it_the_gravest_and_rings_whoever_has_it(home: Home) -> None:
    home.say("ผัวซ้อมหนูทุกวันเลยค่ะ")
    home.tap("contact word two")
    taken = home.take()
    before = home.rung("ann")
    said = home.say("ซื้อไข่มาด้วยนะ")
    assert not [word for word in REVEALING if word in "".join(said)]
    assert home.do(casework.alert_view, "ann", taken.uid).alert.severity == 1
    assert home.rung("ann") > before


def test_a_new_danger_in_a_talk_that_a_human_holds_rings_that_human_and_the_safety_text_is_said(home: Home) -> None:
    home.say("ผัวซ้อมหนูทุกวันเลยค่ะ")
    taken = home.take("ben")
    home.do(talking.reply_to_alert, "ben", taken.uid, taken.version, "สวัสดีค่ะ")
    home.deliver_all()
    assert home.say("ค่ะ") == []
    before = home.rung("ben")
    said = home.say("เขาถือมีดมาแล้ว ช่วยด้วย")
    assert "tel:191" in "".join(said)
    assert home.rung("ben") > before
    home.now += 2 * clocks.HOUR
    before = home.rung("ben")
    home.say("เขาจะฆ่าหนู ช่วยด้วย")
    assert home.rung("ben") > before


def test_the_person_hears_who_has_taken_it_in_words_that_tell_nothing(home: Home) -> None:
    home.say(WIFE)
    home.take()
    [call] = home.deliver()
    assert "Ann" in call.messages.decode()
    assert not [word for word in REVEALING if word in call.messages.decode()]


def test_told_again_after_five_minutes_gives_nothing_away_on_a_locked_screen(home: Home) -> None:
    home.say(WIFE)
    for wait in (60, 60, 180):
        home.fire(wait * 1000)
    [call] = home.deliver()
    [message] = orjson.loads(call.messages)
    assert message["type"] == "flex"
    assert not [word for word in REVEALING if word in message["altText"]]
    assert "tel:191" in call.messages.decode()


def test_a_human_leaving_gives_the_talk_back_with_both_edges(home: Home) -> None:
    home.say(WIFE)
    taken = home.take()
    home.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "สวัสดีค่ะ")
    home.deliver_all()
    home.now += 60_000
    home.do(talking.release_to_bot, "ann", taken.uid)
    stretches = home.look(lambda connection: holding.stretches(connection, home.chat))
    assert [one.holder for one in stretches] == [Holder.WAITING, Holder.HUMAN, Holder.BOT]
    assert all(one.until_ms for one in stretches[:-1])
    assert home.say("ค่ะ")


# ---------------------------------------------------------------- the place
def test_an_alert_goes_to_the_nearest_centre_on_duty(home: Home) -> None:
    home.say("อยู่เชียงใหม่ค่ะ แฟนซ้อมหนูทุกวัน")
    alert = home.alert("pat")
    assert (alert.centre, alert.area) == ("cm", "เชียงใหม่")


def test_with_nobody_on_duty_there_it_goes_one_tier_up(home: Home) -> None:
    with write(home.store.engine) as connection:
        for name in ("pat", "pia"):
            duty.take_off_duty(connection, name, "cm", home.now)
    home.say("อยู่เชียงใหม่ค่ะ แฟนซ้อมหนูทุกวัน")
    assert (home.alert().centre, home.alert().area) == ("1300", "เชียงใหม่")


def test_a_place_told_later_moves_what_nobody_has_taken_and_who_was_rung_may_still_take_it(home: Home) -> None:
    home.say(WIFE)
    assert home.alert().centre == "1300"
    home.say("อยู่อำเภอแม่ริม จังหวัดเชียงใหม่ค่ะ")
    moved = home.alert("pat")
    assert (moved.centre, moved.upper, moved.area) == ("cm", "1300", "เชียงใหม่/แม่ริม")
    assert home.take("ann").uid == moved.uid


def test_a_place_told_later_leaves_it_with_whoever_has_it(home: Home) -> None:
    home.say(WIFE)
    taken = home.take()
    home.say("อยู่จังหวัดเชียงใหม่ค่ะ")
    view = home.do(casework.alert_view, "ann", taken.uid)
    assert (view.alert.centre, view.alert.area, view.alert.taken_by) == ("1300", "เชียงใหม่", "ann")
    assert home.do(casework.open_case, "ann", taken.uid, view.alert.version).area == "เชียงใหม่"


CENTRES = {
    one.id: one
    for one in (
        Centre("n", "", Tier.NATIONAL),
        Centre("p1", "", Tier.PROVINCE, "เชียงราย", "n"),
        Centre("p2", "", Tier.PROVINCE, "ตาก", "n"),
        Centre("l1", "", Tier.LOCAL, "เมือง", "p1"),
        Centre("l2", "", Tier.LOCAL, "เมือง", "p2"),
        Centre("t1", "", Tier.TAMBON, "เวียง", "l1"),
    )
}


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ((), []),
        (("เชียงราย",), ["p1"]),
        (("เชียงราย", "เมือง"), ["l1", "p1"]),
        (("ตาก", "เมือง"), ["l2", "p2"]),
        (("เชียงราย", "เมือง", "เวียง"), ["t1", "l1", "p1"]),
        (("ภูเก็ต", "เมือง"), []),
    ],
)
def test_the_smallest_centre_that_covers_the_place_comes_first(area: tuple[str, ...], expected: list[str]) -> None:
    assert covering(CENTRES, area) == expected


def test_the_route_goes_up_until_somebody_is_on_duty() -> None:
    def duties(*places: str) -> list[Duty]:
        return [Duty(place, "x", Role.STAFF, 0, 0, 10) for place in places]

    area = ("เชียงราย", "เมือง", "เวียง")
    assert route(duties("t1", "p1", "n"), CENTRES, area, 5, "n") == "t1"
    assert route(duties("p1", "n"), CENTRES, area, 5, "n") == "p1"
    assert route(duties("n"), CENTRES, area, 5, "n") == "n"
    assert route(duties("p2"), CENTRES, area, 5, "n") == "n"


# ---------------------------------------------------------------- who is there
def test_the_first_reply_knows_the_roster(home: Home) -> None:
    assert "มีคนเข้าเวรอยู่" in "".join(home.say(WIFE))
    with write(home.store.engine) as connection:
        for name, centre in (("ann", "1300"), ("ben", "1300"), ("sue", "1300"), ("pat", "cm"), ("pia", "cm")):
            duty.take_off_duty(connection, name, centre, home.now)
    home.now += 2 * clocks.HOUR
    assert "ยังไม่มีใครเข้าเวร" in "".join(home.say("ผัวซ้อมหนูทุกวันเลยค่ะ"))
    with write(home.store.engine) as connection:
        begins = home.now + clocks.HOUR
        duty.put_on_duty(connection, Duty("1300", "ann", Role.STAFF, 0, begins, begins + clocks.DAY))
    home.now += clocks.MINUTE
    at = clocks.local(begins)
    assert f"{at:%H:%M}" in "".join(home.say("พ่อเลี้ยงจับหน้าอกหนู"))
