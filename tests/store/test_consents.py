"""Consents as rows: what holds, who is counted, what staff may read. Both databases, through real turns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "followup"))

from databases import KINDS, fresh_database
from family import tell
from street import Street

from bot.store import consents, outcomes
from bot.store.database import read
from bot.store.keys import Key
from bot.store.store import Store
from bot.store.transcript import read_chat


@pytest.fixture(params=KINDS)
def street(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Street]:
    with fresh_database(request.param, tmp_path) as url:
        made = Street(Store(url, (Key("k", b"k" * 32),), tmp_path / "keys"))
        yield made
        made.store.engine.dispose()


def readable(street: Street, user: str = "U1") -> str:
    with read(street.store.engine) as connection:
        return str([line.content for line in read_chat(connection, street.store.sealer, street.chat(user))])


def counted(street: Street) -> int:
    with read(street.store.engine) as connection:
        return sum(row.people for row in outcomes.funnel(connection, street.store.sealer))


def test_every_answer_stands_there_with_version_and_time(street: Street) -> None:
    tell(street)
    with read(street.store.engine) as connection:
        history = consents.history(connection, street.chat())
        assert consents.standing(connection, street.chat(), "reminders") == "yes"
    assert [(one.purpose, one.answer, one.version) for one in history] == [
        ("screening", "yes", "1"),
        ("reminders", "yes", "1"),
        ("statistics", "asked", "1"),
    ]
    assert {one.at_ms for one in history} == {street.ms}


def test_only_who_agreed_is_counted_and_no_longer_than_that(street: Street) -> None:
    tell(street)
    assert counted(street) == 0  # the question was put and not answered
    street.say("ได้ค่ะ")
    assert counted(street) > 0
    street.tap("consent no statistics")
    assert counted(street) == 0


def test_without_a_yes_nobody_is_written_to(street: Street) -> None:
    tell(street)
    street.tap("consent no reminders")
    street.pass_time(street.now.replace(year=2027))
    assert street.pushes == []


def test_staff_read_from_when_they_were_called_and_the_rest_only_after_a_yes(street: Street) -> None:
    street.say("แม่อายุ 72 ตาบอด")
    street.now = street.now.replace(hour=11)
    street.say("ขอคุยกับเจ้าหน้าที่")
    street.say("เรื่องบัตรค่ะ")
    assert "อายุ 72" not in readable(street)
    assert "เรื่องบัตร" in readable(street)
    street.tap("consent yes passing_on")
    assert "แม่อายุ 72" in readable(street)
    street.tap("consent no passing_on")
    assert "อายุ 72" not in readable(street)


def test_in_danger_staff_read_everything(street: Street) -> None:
    street.say("แม่อายุ 72 ตาบอด")
    street.now = street.now.replace(hour=11)
    street.say("ช่วยด้วย มันถือมีดจะฆ่าฉัน")
    assert "แม่อายุ 72" in readable(street)
