"""One's own data as a file: a link that is good once, everything in it, and nothing in it that tells of danger. Both databases."""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "followup"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from client import HOST, Answer, Client
from databases import KINDS, fresh_database
from family import tell
from street import Street, world

from bot.console.app import add_console
from bot.console.pages import Console
from bot.console.words import load_words
from bot.content import knowledge_folder
from bot.line.copies import LIFE_MINUTES, Copies
from bot.store.casefiles import Registry
from bot.store.data_tables import data_copy
from bot.store.database import read
from bot.store.keys import Key
from bot.store.store import Store
from bot.store.tables import audit


@dataclass
class Counter:
    """A street whose people can open links."""

    street: Street
    client: Client

    def link(self, user: str = "U1", words: str = "ขอไฟล์ข้อมูล") -> str:
        sent = self.street.say(words, user)
        found = re.search(rf"{HOST}(/data/[\w-]+)", json.dumps([one.messages for one in sent]))
        assert found, sent
        return found.group(1)

    def fetch(self, path: str, form: str = "json") -> Answer:
        return self.client.post(path, {"form": form}, {"Origin": HOST})

    def data(self, user: str = "U1") -> Any:
        answer = self.fetch(self.link(user))
        assert answer.status_code == 200
        return json.loads(answer.text)


@pytest.fixture(params=KINDS)
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counter]:
    with fresh_database(request.param, tmp_path) as url:
        street = Street(Store(url, (Key("k", b"k" * 32),), tmp_path / "keys"))
        copies = Copies(street.store.sealer, lambda: world().words, HOST, secrets.token_urlsafe)
        street.desk = type(street.desk)(**{name: getattr(street.desk, name) for name in street.desk.__slots__} | {"copies": copies})
        app = FastAPI()
        registry = Registry(street.store.sealer, street.desk.chance)
        words = load_words(knowledge_folder() / "messages")
        add_console(app, Console(street.store, registry, words, HOST, lambda: street.ms, world=world))
        yield Counter(street, Client(app))
        street.store.engine.dispose()


def test_everything_kept_stands_in_it_for_people_and_for_programs(counter: Counter) -> None:
    street = counter.street
    tell(street)
    street.say("ได้ค่ะ")
    street.tap("nudge refused uc-gold-card-30-baht child2")
    street.say("เขาบอกว่าเอกสารไม่ครบ")
    data = counter.data()
    facts = {(row["member"], row["fact"]) for row in data["facts"]}
    assert {("mother", "birth_date"), ("household", "province"), ("self", "nationality")} <= facts
    assert "child-support-grant" in {row["entitlement"] for row in data["reminders"]}
    assert "เขาบอกว่าเอกสารไม่ครบ" in {row["reason"] for row in data["progress"]}
    assert {"screening", "reminders", "statistics"} == {row["purpose"] for row in data["consents"]}
    assert any("เขาบอกว่าเอกสารไม่ครบ" in row["text"] for row in data["messages"])
    page = counter.fetch(counter.link(), "html").text
    for part in ("เชียงราย", "เขาบอกว่าเอกสารไม่ครบ", "ทักไปเตือน", "1300"):
        assert part in page
    assert "<script" not in page


@pytest.mark.parametrize("words", ["ขอไฟล์ข้อมูล", "ส่งไฟล์ข้อมูลของฉันมาหน่อย", "ดาวน์โหลดข้อมูล", "download my data", "ขอสำเนาข้อมูล"])
def test_it_is_asked_for_in_words_or_by_tap(counter: Counter, words: str) -> None:
    counter.street.say("แม่อายุ 72")
    assert counter.link(words=words)
    sent = counter.street.tap("data file")
    assert "/data/" in json.dumps([one.messages for one in sent])


def test_a_link_opens_once_and_looking_at_its_page_uses_nothing_up(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    path = counter.link()
    for _ in range(3):
        page = counter.client.get(path)
        assert page.status_code == 200
        assert "72" not in page.text
    first = counter.fetch(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-store"
    assert "attachment" in first.headers["content-disposition"]
    assert counter.fetch(path).status_code == 410
    assert counter.client.get(path).status_code == 410


def test_a_link_ends_soon_a_newer_one_ends_it_and_no_other_is_good(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    old, new = counter.link(), counter.link()
    assert counter.client.get(old).status_code == 410
    counter.street.now += timedelta(minutes=LIFE_MINUTES, seconds=1)
    assert counter.fetch(new).status_code == 410
    assert counter.fetch("/data/" + "A" * 43).status_code == 410


def test_the_token_lies_nowhere_in_plain_and_both_steps_are_audited(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    path = counter.link()
    with read(counter.street.store.engine) as connection:
        assert path.rpartition("/")[2] not in str(connection.execute(select(data_copy)).all())
    counter.fetch(path)
    with read(counter.street.store.engine) as connection:
        whats = connection.scalars(select(audit.c.what).where(audit.c.subject == counter.street.chat())).all()
    assert list(whats[-2:]) == ["own data asked for", "own data fetched"]


def test_a_form_on_another_page_cannot_fetch_it(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    path = counter.link()
    assert counter.client.post(path, {"form": "json"}, {"Origin": "https://evil.example"}).status_code == 403
    assert counter.fetch(path).status_code == 200


def test_erasing_ends_the_link(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    path = counter.link()
    counter.street.say("ลบข้อมูลของฉัน")
    counter.street.tap("erase yes")
    assert counter.fetch(path).status_code == 410


def test_nothing_in_it_tells_that_danger_was_told_of(counter: Counter) -> None:
    street = counter.street
    for user in ("U1", "U2"):
        street.say("แม่อายุ 72 อยู่เชียงราย", user)
    street.now += timedelta(hours=3)
    street.say("ช่วยด้วย มันถือมีดจะฆ่าฉัน", "U1")
    street.now += timedelta(hours=3)
    for user in ("U1", "U2"):
        street.say("อยากรู้เรื่องบัตรคนจน", user)
    told, plain = counter.data("U1"), counter.data("U2")
    whole = json.dumps(told, ensure_ascii=False)
    for word in ("มีด", "191", "1669", "ไม่ใช่ความผิดของคุณ", "alert", "case"):
        assert word not in whole
    assert told.keys() == plain.keys()
    assert told["note"] == plain["note"]
    assert [row["text"][17:] for row in told["messages"]] == [row["text"][17:] for row in plain["messages"]]


def test_a_chat_that_was_hidden_meanwhile_gives_nothing_away(counter: Counter) -> None:
    counter.street.say("แม่อายุ 72")
    path = counter.link()
    counter.street.tap("hide")
    assert counter.fetch(path).status_code == 410
    sent = counter.street.say("ขอไฟล์ข้อมูล")
    assert "/data/" not in json.dumps([one.messages for one in sent])
