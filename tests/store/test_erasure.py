"""Erasure, taking back, retention: what goes, what a legal hold keeps and for how long, and what says so. Both databases, real turns."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Table, select, update
from sqlmodel import SQLModel

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "followup"))

from databases import KINDS, fresh_database
from family import tell
from street import Sent, Street, event

from bot.store import conversations, erasure, outcomes, retention
from bot.store.case_tables import case_file
from bot.store.data_tables import erasure_receipt
from bot.store.database import read, write
from bot.store.keys import Key
from bot.store.sealing import CannotOpen
from bot.store.store import Store
from bot.store.tables import AlertState, alert, audit, conversation, inbox, outbox

#: Tables with a `chat` in which a row may outlive "delete my data", and why.
KEPT = {
    "alert": "legal hold while open; without text and chat afterwards",
    "case_file": "the file of a protection case; the agency's rule for archives",
    "conversation": "only the address, and only while somebody is being helped",
    "holding": "while somebody is being helped",
    "inbox": "without text and owner, so that a repeated webhook is known",
    "lane": "a lock, nothing else; goes with the day's retention",
    "outbox": "what is on its way, blanked once it has arrived",
    "line_link": "the chat of a member of staff, or of a group of theirs",
}
DAY = 86_400_000


@pytest.fixture(params=KINDS)
def street(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Street]:
    with fresh_database(request.param, tmp_path) as url:
        made = Street(Store(url, (Key("k", b"k" * 32),), tmp_path / "keys"))
        yield made
        made.store.engine.dispose()


def texts(sent: list[Sent]) -> str:
    return "\n".join(text for one in sent for text in one.texts())


def erase(street: Street) -> str:
    street.say("ลบข้อมูลของฉัน")
    return texts(street.tap("erase yes"))


def rows(street: Street, table: Table, *where: Any) -> list[Any]:
    with read(street.store.engine) as connection:
        return list(connection.execute(select(table).where(*where)))


def alert_state(street: Street, state: AlertState) -> None:
    with write(street.store.engine) as connection:
        connection.execute(update(alert).values(state=state.value, closed_ms=street.ms))


def test_every_table_that_knows_a_chat_is_erased_or_says_why_not() -> None:
    with_chat = {table.name for table in SQLModel.metadata.sorted_tables if "chat" in table.c}
    erased = {table.name for table, _ in erasure.OF_A_TALK}
    assert with_chat - erased - set(KEPT) == set()
    assert not erased & set(KEPT)


def test_what_remains_after_an_erasure_tells_nothing_even_with_the_keys(street: Street) -> None:
    tell(street)
    street.say("ฉันชื่อสมหญิง ใจงาม โทร 081-234-5678")
    street.tap("nudge refused uc-gold-card-30-baht child2")
    street.say("เขาบอกว่าเอกสารไม่ครบ")
    chat = street.chat()
    erase(street)
    for table in SQLModel.metadata.sorted_tables:
        if "chat" in table.c:
            left = rows(street, table, table.c.chat == chat)
            assert table.name in ("lane", "outbox") or left == [], table.name
    assert all(not row.sealed for row in rows(street, outbox, outbox.c.chat == chat))
    assert opened(street) == []


def opened(street: Street) -> list[tuple[str, bytes]]:
    """Everything sealed that the keys still open, but for what belongs to staff and to the installation."""
    places = {"inbox": ("event_id", "inbox.sealed"), "outbox": ("uid", "outbox.sealed"), "outcome": ("uid", "outcome.sealed")}
    found = []
    for name, (row_id, place) in places.items():
        for row in rows(street, SQLModel.metadata.tables[name]):
            try:
                found.append((name, street.store.sealer.open(place, getattr(row, row_id), row.sealed or b"")))
            except CannotOpen:
                continue
    return found


def test_the_receipt_can_be_looked_up_and_names_nobody(street: Street) -> None:
    tell(street)
    said = erase(street)
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{8}", said)
    assert found
    with read(street.store.engine) as connection:
        receipt = erasure.find_receipt(connection, found.group().lower())
        assert erasure.find_receipt(connection, "AAAA-AAAAAAAA") is None
    assert receipt is not None
    assert receipt.at_ms == street.ms
    assert receipt.rows["conversation"] == 1
    assert street.chat() not in str(rows(street, erasure_receipt))


def test_a_receipt_says_the_same_to_everybody_whether_somebody_is_helped_or_not(street: Street) -> None:
    street.say("สวัสดี", "U1")
    street.say("ช่วยด้วย มันถือมีดจะฆ่าฉัน", "U2")
    said = []
    for user in ("U1", "U2"):
        street.say("ลบข้อมูลของฉัน", user)
        said.append(re.sub(r"[2-9A-Z]{4}-[2-9A-Z]{8}", "", texts(street.tap("erase yes", user))))
    assert said[0] == said[1]


def test_a_legal_hold_keeps_the_alert_and_the_way_to_the_person_until_it_is_over(street: Street) -> None:
    street.say("ช่วยด้วย มันถือมีดจะฆ่าฉัน")
    street.tap("go_on")
    erase(street)
    [held] = rows(street, alert)
    assert held.sealed
    assert held.chat == street.chat()
    with read(street.store.engine) as connection:
        assert conversations.address(connection, street.store.sealer, street.chat()) == "U1"
        assert conversations.load(connection, street.store.sealer, [street.chat()]) == {}
    alert_state(street, AlertState.RESOLVED)
    retention.run(street.store.engine, street.store.sealer, 365, 730, street.ms + 2 * DAY)
    assert rows(street, conversation) == []
    retention.run(street.store.engine, street.store.sealer, 365, 730, street.ms + 400 * DAY)
    [gone] = rows(street, alert)
    assert (gone.sealed, gone.chat) == (None, "")


def test_an_open_case_holds_and_a_closed_one_does_not(street: Street) -> None:
    street.say("สวัสดี")
    values = {
        "uid": "c",
        "number": "1",
        "chat": street.chat(),
        "centre": "1300",
        "owner": "s",
        "state": "active",
        "risk": 1,
        "kind": "none",
    }
    with write(street.store.engine) as connection:
        connection.execute(case_file.insert().values(**values, area="", opened_ms=1, closed_ms=0, version=1, sealed=b""))
    with read(street.store.engine) as connection:
        assert erasure.is_held(connection, street.chat())
    with write(street.store.engine) as connection:
        connection.execute(update(case_file).values(closed_ms=2))
        assert not erasure.is_held(connection, street.chat())


# ---------------------------------------------------------------- taking a message back
def unsend(street: Street, message: dict[str, Any]) -> None:
    one = event("U1", "", at_ms=street.ms, type="unsend", unsend={"messageId": message["message"]["id"]}, message=None)
    street.now += timedelta(seconds=1)
    street._happen(one)


def said(street: Street, text: str) -> dict[str, Any]:
    one = event("U1", text, at_ms=street.ms)
    street._happen(one)
    street.now += timedelta(seconds=10)
    return one


def test_a_message_taken_back_is_gone_from_what_came_what_was_answered_and_what_is_known(street: Street) -> None:
    said(street, "แม่อายุ 72")
    taken = said(street, "พ่ออายุ 80 ติดเตียง")
    said(street, "อยู่เชียงราย")
    unsend(street, taken)
    everything = str(opened(street)) + texts(street.say("ข้อมูลของฉัน"))
    assert "ติดเตียง" not in everything
    assert "80" not in re.sub(r"[0-9a-f]{8,}", "", texts(street.say("ข้อมูลของฉัน")))
    assert "72" in everything


def test_a_reason_taken_back_is_gone(street: Street) -> None:
    tell(street)
    street.tap("nudge refused uc-gold-card-30-baht child2")
    reason = said(street, "เขาบอกว่าเอกสารไม่ครบ")
    with read(street.store.engine) as connection:
        key = (street.chat(), "child2", "uc-gold-card-30-baht")
        assert outcomes.reason_of(connection, street.store.sealer, *key) == "เขาบอกว่าเอกสารไม่ครบ"
    unsend(street, reason)
    with read(street.store.engine) as connection:
        assert outcomes.reason_of(connection, street.store.sealer, *key) is None


def test_what_was_told_of_danger_and_taken_back_stays_until_the_person_is_safe(street: Street) -> None:
    cry = said(street, "ช่วยด้วย มันถือมีดจะฆ่าฉัน")
    unsend(street, cry)
    assert not any(row.sealed for row in rows(street, inbox, inbox.c.message_key.is_not(None)))
    assert rows(street, alert)[0].sealed
    alert_state(street, AlertState.RESOLVED)
    retention.run(street.store.engine, street.store.sealer, 365, 730, street.ms + DAY)
    assert rows(street, alert)[0].sealed is None


# ---------------------------------------------------------------- retention
def test_retention_runs_once_a_day_and_writes_what_went(street: Street) -> None:
    tell(street)
    later = street.ms + 800 * DAY
    done = retention.run(street.store.engine, street.store.sealer, 365, 730, later)
    assert done["conversation"] == 1
    assert done["nudge"] > 0
    assert retention.run(street.store.engine, street.store.sealer, 365, 730, later + 1) == {}
    assert retention.run(street.store.engine, street.store.sealer, 365, 730, later + DAY) != {}
    written = [orjson.loads(row.data) for row in rows(street, audit, audit.c.what == "retention")]
    assert [one.get("conversation") for one in written] == [1, None]
    assert opened(street) == []


def test_purging_happens_after_an_erasure_and_not_without(street: Street) -> None:
    street.say("สวัสดี")
    assert not retention.purge(street.store.engine)
    erase(street)
    assert retention.purge(street.store.engine)
    assert not retention.purge(street.store.engine)
