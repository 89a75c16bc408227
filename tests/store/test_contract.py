"""The storage contract: one class, both databases."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, func, select, update
from sqlmodel import SQLModel

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from bot_process import event
from databases import KINDS, fresh_database
from echo_turns import EchoTurns

from bot.line.turning import Desk, Limits, Report, run_batch
from bot.line.webhook import arrivals
from bot.store import audit, conversations, erasure, inbox, outbox, retention, rotation
from bot.store.database import read, write
from bot.store.keys import Key
from bot.store.migrate import upgrade
from bot.store.outbox import Settled
from bot.store.pushing import push
from bot.store.store import Store
from bot.store.tables import AlertState, OutboxState, alert
from bot.store.tables import audit as audit_table
from bot.store.tables import conversation as conversation_table
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table
from bot.store.transcript import read_chat

OLD, NEW = Key("old", b"o" * 32), Key("new", b"n" * 32)
NOW = 1_800_000_000_000


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with fresh_database(request.param, tmp_path) as url:
        store = Store(url, (OLD,), tmp_path / "keys")
        yield store
        store.engine.dispose()


class Office:
    """Says things to the store and runs batches, at a time of the test's choosing."""

    def __init__(self, store: Store, worker: str = "w") -> None:
        self.store = store
        self.desk = Desk(EchoTurns(), store.sealer, worker, store.channel, uuid.uuid4, time.monotonic)
        self.now = NOW

    def say(self, *events: dict[str, Any]) -> None:
        with write(self.store.engine) as connection:
            inbox.take_in(connection, self.store.sealer, arrivals(events, self.store.sealer.hash, self.now))

    def turn(self, slots: int = 100) -> Report:
        with write(self.store.engine) as connection:
            return run_batch(connection, self.desk, self.now, slots)

    def settle(self, *settled: Settled) -> None:
        with write(self.store.engine) as connection:
            outbox.settle(connection, settled)

    def sent(self, report: Report) -> None:
        self.settle(*(Settled(call.uid, OutboxState.SENT, self.now) for call in report.sends))

    def claim(self, urgent: bool = False, slots: int = 100) -> list[outbox.Call]:
        with write(self.store.engine) as connection:
            return outbox.claim(connection, self.store.sealer, self.desk.worker, self.now, slots, urgent)

    def count(self, table: Any, *where: Any) -> int:
        with read(self.store.engine) as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def chat(self, user: str) -> str:
        return self.store.sealer.hash("chat", user)


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def texts(report: Report) -> list[str]:
    return [call.messages.decode() for call in report.sends]


def said(user: str, text: str, n: int = 0) -> dict[str, Any]:
    return event(user, text, at_ms=NOW + n)


class TestStore:
    def test_migrations_make_the_tables_of_the_models(self, store: Store) -> None:
        with read(store.engine) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            ours = [difference for difference in compare_metadata(context, SQLModel.metadata) if "alembic_version" not in str(difference)]
        assert ours == []

    def test_migrating_twice_changes_nothing(self, store: Store) -> None:
        upgrade(store.engine)
        upgrade(store.engine)

    def test_event_is_stored_once(self, office: Office) -> None:
        one = said("U1", "hello")
        office.say(one, one)
        office.say(one)
        assert office.count(inbox_table) == 1

    def test_turn_stores_state_answer_and_mark_together(self, office: Office) -> None:
        office.say(said("U1", "a"))
        first = office.turn()
        office.sent(first)
        office.say(said("U1", "b"))
        assert texts(office.turn()) == ['[{"type":"text","text":"2:b"}]']
        assert office.turn().events == 0

    def test_nothing_readable_lies_in_the_database(self, office: Office) -> None:
        office.say(said("U-somebody", "danger ช่วยด้วย"), said("U-somebody", "human"))
        office.turn()
        with read(office.store.engine) as connection:
            everything = b""
            for table in SQLModel.metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    everything += b"".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
        for secret in ("U-somebody", "ช่วยด้วย", "token-"):
            assert secret.encode() not in everything

    def test_second_message_waits_until_the_first_is_settled(self, office: Office) -> None:
        office.say(said("U1", "keep 1"), said("U1", "keep 2", 1))
        report = office.turn()
        assert len(report.sends) == 1
        assert report.waiting
        assert office.claim() == []
        office.sent(report)
        assert [call.messages.decode() for call in office.claim()] == ['[{"type":"text","text":"2:keep 2"}]']

    def test_ordinary_replies_of_a_burst_give_way_to_the_last(self, office: Office) -> None:
        events = [said("U1", text, n) for n, text in enumerate(("a", "b", "c"))]
        office.say(*events)
        report = office.turn()
        assert texts(report) == ['[{"type":"text","text":"3:c"}]']
        assert report.sends[0].token == events[2]["replyToken"]

    def test_danger_overtakes_and_is_never_blocked_by_ordinary_messages(self, office: Office) -> None:
        office.say(said("U1", "keep a"))
        office.turn()  # under way, not settled
        office.say(said("U1", "danger now", 1), said("U2", "b", 2))
        report = office.turn(slots=0)
        assert [call.urgent for call in report.sends] == [True]
        assert office.count(alert, alert.c.severity == 1) == 1

    def test_broken_turn_is_answered_safely_and_parked(self, office: Office) -> None:
        office.say(said("U1", "break"), said("U1", "after", 1))
        report = office.turn()
        assert "fallback 191" in texts(report)[0]
        with write(office.store.engine) as connection:
            assert inbox.count_failed(connection) == 1
            assert inbox.retry_failed(connection) == 1

    def test_dead_worker_s_calls_come_back_in_doubt(self, office: Office) -> None:
        office.say(said("U1", "a"))
        office.turn()
        office.now += outbox.LEASE_MS - 1
        with write(office.store.engine) as connection:
            assert outbox.recover(connection, office.now) == 0
            assert outbox.recover(connection, office.now + 2) == 1
        office.now += 2
        [call] = office.claim()
        assert call.doubt

    def test_two_claims_never_share_a_call(self, office: Office) -> None:
        office.say(*(said(f"U{n}", "x") for n in range(10)))
        office.turn(slots=0)
        first, second = office.claim(slots=6), office.claim(slots=6)
        assert (len(first), len(second)) == (6, 4)
        assert not {call.uid for call in first} & {call.uid for call in second}

    def test_forgetting_removes_words_and_keeps_the_open_alert(self, office: Office) -> None:
        office.say(said("U1", "danger x"), said("U1", "human", 1), said("U2", "stays"))
        office.sent(office.turn())
        office.say(said("U1", "forget", 2))
        report = office.turn()
        chat = office.chat("U1")
        office.sent(report)
        assert "forgotten" in str([call.messages for call in report.sends] + [call.messages for call in office.claim()])
        office.settle(*(Settled(call.uid, OutboxState.SENT, NOW) for call in report.sends))
        assert office.count(conversation_table, conversation_table.c.chat == chat, conversation_table.c.sealed.is_not(None)) == 0
        with read(office.store.engine) as connection:  # somebody in danger can still be reached
            assert conversations.address(connection, office.store.sealer, chat) == "U1"
        assert office.count(inbox_table, inbox_table.c.chat == chat, inbox_table.c.sealed != b"") == 0
        assert office.count(alert, alert.c.kind == "none", alert.c.state == AlertState.RAISED.value) == 0
        assert office.count(alert, alert.c.chat == chat, alert.c.sealed.is_not(None)) == 1
        assert office.count(conversation_table, conversation_table.c.sealed.is_not(None)) == 1

    def test_receipt_is_blanked_once_delivered(self, office: Office) -> None:
        office.say(said("U1", "forget"))
        report = office.turn()
        office.sent(report)
        assert office.count(outbox_table, outbox_table.c.sealed == b"") == 1

    def test_closed_alert_loses_its_text_when_forgotten(self, office: Office) -> None:
        office.say(said("U1", "danger x"))
        office.turn()
        with write(office.store.engine) as connection:
            connection.execute(update(alert).values(state=AlertState.RESOLVED.value))
            erasure.forget_chat(connection, office.chat("U1"))
        assert office.count(alert, alert.c.sealed.is_(None)) == 1

    def test_message_taken_back_is_blanked(self, office: Office) -> None:
        first = said("U1", "secret")
        office.say(first)
        office.turn()
        office.say(event("U1", "", type="unsend", unsend={"messageId": first["message"]["id"]}, message=None))
        office.turn()
        assert office.count(inbox_table, inbox_table.c.sealed == b"") == 1

    def test_audit_chain_tells_of_any_change(self, office: Office) -> None:
        office.say(*(said(f"U{n}", "danger") for n in range(4)))
        office.turn()
        with read(office.store.engine) as connection:
            assert audit.first_broken(connection, office.store.sealer) is None
        with write(office.store.engine) as connection:
            connection.execute(update(audit_table).where(audit_table.c.seq == 2).values(what="nothing"))
            assert audit.first_broken(connection, office.store.sealer) == 2
            connection.execute(delete(audit_table).where(audit_table.c.seq >= 2))
            assert audit.first_broken(connection, office.store.sealer) == 2

    def test_keys_rotate_without_losing_anybody(self, office: Office, tmp_path: Path) -> None:
        office.say(said("U1", "a"))
        office.sent(office.turn())
        url = office.store.engine.url.render_as_string(hide_password=False)
        both = Store(url, (NEW, OLD), tmp_path / "keys")
        assert both.sealer.hash("chat", "U1") == office.chat("U1")
        while rotation.reseal(both.engine, both.sealer, 2):
            pass
        after = Store(url, (NEW,), tmp_path / "keys")
        with read(after.engine) as connection:
            assert conversations.load(connection, after.sealer, [office.chat("U1")]) == {office.chat("U1"): b"1"}
            assert conversations.address(connection, after.sealer, office.chat("U1")) == "U1"
        both.engine.dispose()
        after.engine.dispose()

    def test_retention_drops_what_is_old_and_nothing_pending(self, office: Office) -> None:
        office.say(said("U1", "old"))
        office.sent(office.turn())
        office.say(said("U1", "pending"))
        retention.expire(office.store.engine, NOW + 1, NOW + 1)
        assert office.count(inbox_table) == 1
        assert office.count(outbox_table) == 0

    def test_pushes_keep_the_order_of_their_chat(self, office: Office) -> None:
        office.say(said("U1", "a"))
        report = office.turn()
        with write(office.store.engine) as connection:
            for text in ("one", "two"):
                body = b'[{"type":"text","text":"%s"}]' % text.encode()
                assert push(connection, office.store.sealer, office.chat("U1"), str(uuid.uuid4()), body, NOW)
            assert not push(connection, office.store.sealer, office.chat("U-unknown"), str(uuid.uuid4()), b"[]", NOW)
        assert office.claim() == []
        office.sent(report)
        [first] = office.claim()
        assert (first.to, b"one" in first.messages) == ("U1", True)

    def test_transcript_shows_both_sides_and_blanks_what_was_erased(self, office: Office) -> None:
        office.say(said("U1", "hello"))
        office.sent(office.turn())
        with read(office.store.engine) as connection:
            lines = read_chat(connection, office.store.sealer, office.chat("U1"))
        assert [line.direction for line in lines] == ["in", "out"]
        assert lines[0].content["message"]["text"] == "hello"
        assert lines[1].content == [{"type": "text", "text": "1:hello"}]
        with write(office.store.engine) as connection:
            erasure.forget_chat(connection, office.chat("U1"))
            assert [line.content for line in read_chat(connection, office.store.sealer, office.chat("U1"))] == []


@pytest.mark.postgres
def test_workers_on_postgres_take_different_lanes(tmp_path: Path) -> None:
    with fresh_database("postgres", tmp_path) as url:
        store = Store(url, (OLD,), tmp_path / "keys")
        one, two = Office(store, "one"), Office(store, "two")
        one.say(*(said(f"U{n}", "x") for n in range(40)))
        with write(store.engine) as connection:
            first = run_batch(connection, one.desk, NOW, 100)
            second = two.turn()
        lanes = Limits().lanes
        assert (first.events, second.events) == (lanes, min(lanes, 40 - lanes))
        store.engine.dispose()
