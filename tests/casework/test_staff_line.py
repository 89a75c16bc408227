"""Staff on LINE, on both databases: linking by code, neutral cards, taking from the card, groups that are a desk and no talk."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from linebot.v3.messaging import PushMessageRequest
from sqlalchemy import func, select, update

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from bot_process import event
from databases import KINDS, fresh_database
from echo_turns import EchoTurns
from test_casework_store import NOW, House

from bot.casework.model import UNTAKEN, AlertState
from bot.casework.moves import Refused
from bot.content import knowledge_folder
from bot.conversation.wording import load_wordings
from bot.line import staffcards
from bot.line.errands import Errands
from bot.line.limits import problems
from bot.line.outcomes import Answer, settle
from bot.line.simulator.driver import actions, words
from bot.line.turning import Desk, run_batch
from bot.line.webhook import arrivals
from bot.store import casework, erasure, inbox, linelinks, outbox, rotation
from bot.store import staff as sign_in
from bot.store.case_tables import staff as staff_table
from bot.store.casefiles import Registry
from bot.store.database import write
from bot.store.keys import Key
from bot.store.outbox import Settled
from bot.store.staff_tables import line_link
from bot.store.store import Store
from bot.store.tables import OutboxState
from bot.store.tables import audit as audit_table
from bot.store.transcript import read_chat

WORDS = load_wordings(knowledge_folder() / "messages")
ANN, BEN, SUE, PAT, CITIZEN, GROUP = "Uann", "Uben", "Usue", "Upat", "Ucitizen", "Cgroup"


class Station(House):
    """The house of the casework tests with staff on LINE. `sent`: every call that LINE took, in order."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)

        def card(alert: Any, now: int) -> bytes:
            if alert.state in UNTAKEN:
                return staffcards.rendered(staffcards.new_alert(WORDS, alert, now))
            return staffcards.rendered(staffcards.moved(WORDS, alert, staffcards.page_of("https://desk.example", alert.uid)))

        self.registry = Registry(store.sealer, uuid.uuid4, store.channel, b"[]", card)
        errands = Errands(self.registry, lambda: WORDS, "https://desk.example")
        self.desk = Desk(EchoTurns(), store.sealer, "w", store.channel, uuid.uuid4, time.monotonic, errands=errands)

    def post(self, *events: dict[str, Any]) -> list[outbox.Call]:
        """Webhook events in, one batch, what goes out at once: answers and cards."""
        with write(self.store.engine) as connection:
            inbox.take_in(connection, self.store.sealer, arrivals(list(events), self.store.sealer.hash, self.now))
        with write(self.store.engine) as connection:
            report = run_batch(connection, self.desk, self.now, 100)
        with write(self.store.engine) as connection:
            outbox.settle(connection, [Settled(call.uid, OutboxState.SENT, self.now) for call in report.sends])
        return report.sends + (self.deliver() if report.waiting else [])

    def write_in(self, user: str, text: str, group: str = "") -> list[outbox.Call]:
        source = {"type": "group", "groupId": group, "userId": user} if group else {"type": "user", "userId": user}
        return self.post(event(user, text, at_ms=self.now, source=source))

    def tap(self, user: str, card: outbox.Call, group: str = "") -> list[outbox.Call]:
        """Tap the first button of a card."""
        source = {"type": "group", "groupId": group, "userId": user} if group else {"type": "user", "userId": user}
        action = next(iter(actions(orjson.loads(card.messages))))
        changes = {"type": "postback", "postback": {"data": action["data"]}, "source": source, "message": None}
        return self.post({key: value for key, value in event(user, "", at_ms=self.now, **changes).items() if value is not None})

    def link(self, name: str, user: str) -> None:
        code = self.do(linelinks.make_code, name, kind="staff")
        assert "ผูก LINE" in text_of(self.write_in(user, code))

    def link_group(self, name: str = "sue", group: str = GROUP) -> None:
        code = self.do(linelinks.make_code, name, kind="group")
        assert "กลุ่มนี้" in text_of(self.write_in(BEN, code.lower().replace("-", " "), group))

    def state(self) -> AlertState:
        return self.look(lambda connection: connection.scalars(select(casework.alert_table.c.state)).one())

    def chat(self, user: str) -> str:
        return self.store.sealer.hash("chat", user)

    def audited(self, what: str) -> int:
        return self.look(lambda connection: connection.scalar(select(func.count()).where(audit_table.c.what == what))) or 0


def text_of(calls: list[outbox.Call]) -> str:
    return "\n".join(words(message) for call in calls for message in orjson.loads(call.messages))


def cards(calls: list[outbox.Call]) -> list[outbox.Call]:
    return [call for call in calls if b'"staff:take:' in call.messages]


@pytest.fixture(params=KINDS)
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Station]:
    with fresh_database(request.param, tmp_path) as url:
        store = Store(url, (Key("k", b"k" * 32),), tmp_path / "keys")
        yield Station(store)
        store.engine.dispose()


class TestLinking:
    def test_the_code_of_the_profile_page_links_the_chat_it_is_typed_in(self, station: Station) -> None:
        station.link("ann", ANN)
        assert station.do(lambda connection, actor, now_ms: linelinks.mine(connection, actor), "ann")
        assert station.audited("LINE linked") == 1
        assert station.chain() is None

    def test_wrong_used_and_late_codes_are_answered_like_any_words(self, station: Station) -> None:
        code = station.do(linelinks.make_code, "ann", kind="staff")
        assert text_of(station.write_in(CITIZEN, "RS-2222-2222")) == "1:RS-2222-2222"
        station.write_in(ANN, code)
        assert text_of(station.write_in(CITIZEN, code)) == f"2:{code}"
        late = station.do(linelinks.make_code, "ben", kind="staff")
        station.now += linelinks.CODE_LIFE_MS + 1
        assert text_of(station.write_in(CITIZEN, late)) == f"3:{late}"
        assert station.audited("LINE linked") == 1

    def test_after_five_guesses_even_a_good_code_is_unknown_for_an_hour(self, station: Station) -> None:
        for n in range(5):
            station.write_in(CITIZEN, f"RS-2222-222{n + 2}")
        code = station.do(linelinks.make_code, "ann", kind="staff")
        assert text_of(station.write_in(CITIZEN, code)).endswith(code)
        station.now += 3_600_001
        code = station.do(linelinks.make_code, "ann", kind="staff")
        assert "ผูก LINE" in text_of(station.write_in(CITIZEN, code))

    def test_a_new_code_voids_the_one_before(self, station: Station) -> None:
        first = station.do(linelinks.make_code, "ann", kind="staff")
        station.do(linelinks.make_code, "ann", kind="staff")
        assert text_of(station.write_in(ANN, first)).endswith(first)

    def test_one_person_one_account(self, station: Station) -> None:
        station.link("ann", ANN)
        station.link("ann", BEN)
        station.link("ben", BEN)
        assert station.look(lambda connection: connection.execute(select(line_link.c.chat, line_link.c.staff)).all()) == [
            (station.chat(BEN), "ben")
        ]

    def test_only_those_who_work_link_and_only_supervisors_link_groups(self, station: Station) -> None:
        for who, kind in (("aud", "staff"), ("adm", "staff"), ("ann", "group")):
            with pytest.raises(Refused):
                station.do(linelinks.make_code, who, kind=kind)

    def test_the_profile_page_knows_of_an_account_that_blocks_the_bot(self, station: Station) -> None:
        station.link("ann", ANN)
        for kind, blocked in (("unfollow", True), ("follow", False)):
            station.post({key: value for key, value in event(ANN, "", type=kind).items() if key != "message"})
            link = station.do(lambda connection, actor, now_ms: linelinks.mine(connection, actor), "ann")
            assert link.blocked == blocked

    def test_unlinked_staff_get_no_card(self, station: Station) -> None:
        station.link("ann", ANN)
        station.do(linelinks.unlink_mine, "ann")
        assert cards(station.write_in(CITIZEN, "danger")) == []
        assert station.audited("LINE unlinked") == 1

    def test_linking_and_taking_stand_in_no_transcript(self, station: Station) -> None:
        station.write_in(ANN, "hello")
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        station.tap(ANN, card)
        lines = station.look(lambda connection: read_chat(connection, station.store.sealer, station.chat(ANN)))
        assert [line.direction for line in lines] == ["in", "out"]
        assert text_of(station.write_in(ANN, "go on")) == "2:go on"  # nothing in between was counted

    def test_links_survive_rotation_and_the_erasure_of_the_talk(self, station: Station) -> None:
        station.link("ann", ANN)
        with write(station.store.engine) as connection:
            erasure.forget_chat(connection, station.chat(ANN))
        new = Store(str(station.store.engine.url.render_as_string(False)), (Key("n", b"n" * 32), Key("k", b"k" * 32)), Path("unused"))
        while rotation.reseal(new.engine, new.sealer):
            pass
        with write(new.engine) as connection:
            assert linelinks.addresses(connection, new.sealer, ["ann"], [])[0][1] == ANN
        new.engine.dispose()


class TestCards:
    def test_the_card_leaves_with_the_answer_and_gives_nothing_away(self, station: Station) -> None:
        station.link("ann", ANN)
        calls = station.write_in(CITIZEN, "danger he has a knife")
        [card] = cards(calls)
        assert (card.to, card.urgent) == (ANN, True)
        whole = orjson.loads(card.messages)
        shown = words(whole[0]) + whole[0]["altText"]
        assert "ระดับ 1" in shown
        for secret in ("knife", "danger", "violence", "ทำร้าย", "อันตราย", CITIZEN):
            assert secret not in card.messages.decode()

    def test_line_takes_every_card_of_ours(self, station: Station) -> None:
        alert = station.danger()
        made = [
            *(staffcards.new_alert(WORDS, alert, NOW + n * 60_000) for n in (0, 90)),
            staffcards.moved(WORDS, alert, staffcards.page_of("https://desk.example", alert.uid)),
            staffcards.taken(WORDS, "ใจดี", "https://desk.example/console/alert/1"),
            staffcards.taken_before(WORDS, "ใจดี"),
            staffcards.taken_before(WORDS, ""),
            staffcards.not_theirs(WORDS),
            staffcards.not_linked(WORDS),
            staffcards.linked(WORDS, "ใจดี"),
            staffcards.group_linked(WORDS, "ศูนย์"),
        ]
        for messages in made:
            body = orjson.loads(staffcards.rendered(messages))
            assert [problem for message in body for problem in problems(message)] == []
            assert PushMessageRequest.from_dict({"to": "U1", "messages": body}).to_dict()["messages"] == body

    def test_each_rung_calls_the_next_people_and_the_tier_above(self, station: Station) -> None:
        for name, user in (("ann", ANN), ("ben", BEN), ("sue", SUE), ("pat", PAT)):
            station.link(name, user)
        assert [card.to for card in cards(station.write_in(CITIZEN, "danger"))] == [ANN]
        reached = []
        for wait in (60_000, 60_000, 180_000):
            station.fire(wait)
            reached.append({call.to for call in cards(station.deliver())})
        assert reached == [{BEN}, {SUE}, {ANN, BEN, SUE}]  # 1300 is the top: nobody is above it

    def test_danger_is_pushed_again_when_the_quota_is_spent_and_a_wish_to_talk_is_not(self, station: Station) -> None:
        station.link("ann", ANN)
        [danger] = cards(station.write_in(CITIZEN, "danger"))
        [wish] = cards(station.write_in("Uother", "human"))
        spent = Answer(429, message="You have reached your monthly limit.")
        assert settle(danger, "push", spent, NOW, 0.5).state is OutboxState.WAITING
        assert settle(wish, "push", spent, NOW, 0.5).state is OutboxState.DROPPED

    def test_who_has_it_hears_of_more_but_not_of_every_line_and_not_at_the_page(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        station.tap(ANN, card)
        heard = []
        for wait in (121_000, 5_000, 121_000):
            station.now += wait
            heard.append([call.to for call in station.write_in(CITIZEN, "danger again") if "มีข้อความใหม่" in text_of([call])])
        assert heard == [[ANN], [], [ANN]]
        station.now += 121_000
        alert = station.do(casework.queue, "ann")[0].alert
        with write(station.store.engine) as connection:
            sign_in.note_presence(connection, alert.uid, "ann", False, station.now)
        assert "มีข้อความใหม่" not in text_of(station.write_in(CITIZEN, "danger again"))

    def test_reports_by_phone_call_staff_too(self, station: Station) -> None:
        station.link("ann", ANN)
        station.do(casework.raise_by_staff, "ben", "phone", 1, "violence_child", "other", "a child is hurt")
        [card] = cards(station.deliver())
        assert card.to == ANN
        assert "child" not in card.messages.decode()

    def test_staff_in_the_middle_of_their_own_talk_are_called_all_the_same(self, station: Station) -> None:
        """The card waits behind nothing: an answer on its way to the same phone does not hold it up."""
        station.link("ann", ANN)
        with write(station.store.engine) as connection:
            inbox.take_in(connection, station.store.sealer, arrivals([event(ANN, "hi", at_ms=NOW)], station.store.sealer.hash, NOW))
            run_batch(connection, station.desk, NOW, 100)  # its answer is being sent
        assert [card.to for card in cards(station.write_in(CITIZEN, "danger"))] == [ANN]


class TestTaking:
    def test_a_tap_takes_it_as_the_console_does_and_shows_the_way_there(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        [said] = station.tap(ANN, card)
        assert "Ann รับเรื่องนี้แล้ว" in text_of([said])
        assert b"https://desk.example/console/alert/" in said.messages
        assert station.state() == AlertState.ACKNOWLEDGED
        assert station.audited("alert acknowledged") == 1
        assert station.fire(60_000) == []
        assert station.chain() is None

    def test_who_comes_second_is_told_kindly_who_was_first(self, station: Station) -> None:
        station.link("ann", ANN)
        station.link("ben", BEN)
        [first] = cards(station.write_in(CITIZEN, "danger"))
        station.fire(60_000)
        [second] = cards(station.deliver())
        station.tap(ANN, first)  # older than the rung: still the same alert, and nobody has it
        assert "Ann รับแล้ว" in text_of(station.tap(BEN, second))
        taken = station.do(casework.queue, "ann")[0].alert
        assert taken.taken_by == "ann"
        assert station.audited("alert acknowledged") == 1

    def test_of_two_who_tap_at_the_same_moment_one_gets_it(self, station: Station) -> None:
        """Each tap is a batch of its own worker, as on two hosts."""
        station.link("ann", ANN)
        station.link("ben", BEN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        with ThreadPoolExecutor(2) as pool:
            said = [text_of(calls) for calls in pool.map(lambda user: station.tap(user, card), (ANN, BEN))]
        assert sorted("รับเรื่องนี้แล้ว" in one for one in said) == [False, True]
        assert sorted("ขอบคุณที่ช่วยกัน" in one for one in said) == [False, True]
        assert station.audited("alert acknowledged") == 1
        assert station.chain() is None

    def test_a_card_taken_in_the_console_meanwhile(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        station.take("sue")
        assert "Sue รับแล้ว" in text_of(station.tap(ANN, card))

    def test_a_card_of_a_matter_that_is_over_says_only_that(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        taken = station.take("ann")
        spoken = station.do(casework.engage, "ann", taken.uid, taken.version, "phone")
        station.do(casework.resolve, "ann", spoken.uid, spoken.version, "answered")
        assert "มีเจ้าหน้าที่รับแล้ว" in text_of(station.tap(ANN, card))

    def test_tapping_twice_is_no_harm(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        assert text_of(station.tap(ANN, card)) == text_of(station.tap(ANN, card))
        assert station.audited("alert acknowledged") == 1

    def test_another_centre_and_a_citizen_learn_nothing_from_a_card(self, station: Station) -> None:
        station.link("ann", ANN)
        station.link("pat", PAT)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        assert "ไม่พบเรื่องนี้" in text_of(station.tap(PAT, card))
        assert text_of(station.tap("Ustranger", card)) == "Tapped"  # the talk's own answer to an unknown tap
        assert station.state() == AlertState.RAISED

    def test_somebody_switched_off_takes_nothing(self, station: Station) -> None:
        station.link("ann", ANN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        with write(station.store.engine) as connection:
            connection.execute(update(staff_table).where(staff_table.c.id == "ann").values(active=False))
        station.tap(ANN, card)
        assert station.state() == AlertState.RAISED


class TestGroup:
    def test_the_group_gets_the_card_and_any_linked_colleague_takes_it_there(self, station: Station) -> None:
        station.link_group()
        station.link("ben", BEN)
        [card] = cards(station.write_in(CITIZEN, "danger"))
        assert card.to == GROUP
        [said] = station.tap(BEN, card, GROUP)
        assert "Ben รับเรื่องนี้แล้ว" in text_of([said])
        assert (said.to, bool(said.token)) == (GROUP, True)

    def test_the_group_of_the_upper_tier_hears_of_it_when_that_tier_may_take_it(self, station: Station) -> None:
        station.link_group()
        station.link("sue", SUE)
        station.do(casework.raise_by_staff, "pat", "walk_in", 1, "violence_child", "other", "hurt")
        reached = [{call.to for call in cards(station.deliver())}]
        for wait in (60_000, 60_000, 180_000):
            station.fire(wait)
            reached.append({call.to for call in cards(station.deliver())})
        assert [GROUP in one for one in reached] == [False, False, False, True]
        assert SUE in reached[3]

    def test_who_is_not_linked_is_told_how_and_takes_nothing(self, station: Station) -> None:
        station.link_group()
        [card] = cards(station.write_in(CITIZEN, "danger"))
        assert "ยังไม่ได้ผูก" in text_of(station.tap(ANN, card, GROUP))
        assert station.state() == AlertState.RAISED

    def test_the_bot_hears_and_keeps_nothing_else_in_a_linked_group(self, station: Station) -> None:
        station.link_group()
        assert station.write_in(ANN, "danger in our own words", GROUP) == []
        assert station.do(casework.queue, "ann") == []
        assert station.look(lambda connection: read_chat(connection, station.store.sealer, station.chat(GROUP))) == []

    def test_a_group_the_bot_was_put_out_of_is_not_called_any_more(self, station: Station) -> None:
        station.link_group()
        source = {"type": "group", "groupId": GROUP}
        station.post({key: value for key, value in event(ANN, "", type="leave", source=source).items() if key != "message"})
        assert cards(station.write_in(CITIZEN, "danger")) == []

    def test_a_group_code_links_no_account_and_an_account_code_no_group(self, station: Station) -> None:
        group, own = station.do(linelinks.make_code, "sue", kind="group"), station.do(linelinks.make_code, "sue", kind="staff")
        station.write_in(SUE, group)
        station.write_in(SUE, own, GROUP)
        assert station.audited("LINE linked") == 0

    def test_only_a_supervisor_of_the_centre_unlinks_its_group(self, station: Station) -> None:
        station.link_group()
        station.do(linelinks.unlink_group, "pia", chat=station.chat(GROUP))
        assert station.do(lambda connection, actor, now_ms: len(linelinks.groups(connection, actor.centre)), "sue") == 1
        station.do(linelinks.unlink_group, "sue", chat=station.chat(GROUP))
        assert station.do(lambda connection, actor, now_ms: len(linelinks.groups(connection, actor.centre)), "sue") == 0
