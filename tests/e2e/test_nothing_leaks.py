"""Seed names, numbers, words and LINE ids through every door of a running bot, then look for them wherever a thief would: the bytes of
the database, its backup, the log of the process, the metrics page, every address that was called. On SQLite and PostgreSQL. After an
erasure even the keys bring nothing back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pyotp
import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from databases import KINDS, fresh_database
from town import Citizen, Town, clean_environment, rusitthi, town

from bot.line.simulator.driver import Phone
from bot.store import pgtools, retention
from bot.store.database import read
from bot.store.keys import parse_keys
from bot.store.sealing import CannotOpen
from bot.store.store import Store

pytestmark = pytest.mark.slow
KEYS = "test:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
PASSWORD = "a long pass phrase of staff"
#: What is said, typed into forms or shown on a phone; each must be found nowhere.
CITIZEN = ("คำแปงสีดา", "081-555-0147", "0815550147", "นกแก้วสีม่วง", "ตาบอด", "เอกสารไม่ครบนะยาย")
STAFF = ("มานะเปี่ยมสุข", "ปลาทูตัวใหญ่", "บ้านเลขที่ 77/4 ซอยลำดวน", "089-111-2233")
URL = re.compile(r"https?://[^\s\"'<>]+")


@pytest.fixture(scope="module", params=KINDS)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with fresh_database(request.param, folder) as database, town(folder, database) as made:
        yield made


class Browser:
    """Fills in forms as a person would, and remembers every address it called: what an access log would hold."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base
        self.called: list[str] = []

    async def get(self, path: str) -> str:
        async with self.session.get(self.base + path) as answer:
            self.called += [str(one.url) for one in (*answer.history, answer)]
            assert answer.status == 200, path
            return await answer.text()

    async def post(self, path: str, **fields: str) -> str:
        async with self.session.post(self.base + path, data=fields, headers={"Origin": self.base}) as answer:
            self.called += [str(one.url) for one in (*answer.history, answer)]
            assert answer.status == 200, (path, answer.status)
            return await answer.text()

    async def form(self, page: str, path: str, **fields: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', await self.get(page))
        assert found
        return await self.post(path, csrf=found.group(1), **fields)


async def seed(here: Town) -> tuple[str, list[str]]:
    """(LINE id of the person, addresses called)."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session, Phone.at(here.line, CITIZEN[0]) as phone:
        citizen = Citizen(phone)
        await citizen.say("แม่อายุ 72 ตาบอด อยู่เชียงราย")
        await citizen.say(f"ฉันชื่อ {CITIZEN[0]} โทร {CITIZEN[1]} หรือ {CITIZEN[2]} รหัสลับ {CITIZEN[3]}")
        await citizen.post_back("nudge refused old-age-allowance mother")
        await citizen.say(CITIZEN[5])
        await citizen.say("ขอคุยกับเจ้าหน้าที่")
        browser = Browser(session, here.bot)
        await file_of(citizen, browser)
        await browser.post("/report", what=f"ตบตีกันที่ {STAFF[2]}", where=STAFF[2], reach=STAFF[3])
        await sign_in(here, browser)
        told = {"source": "phone", "severity": "2", "kind": "violence_domestic", "subject": "other"}
        page = await browser.form("/console/intake", "/console/intake", **told, text=f"{STAFF[1]} {STAFF[3]} {STAFF[2]}")
        assert STAFF[1] in page
        for path in ("/console", "/console/cases", "/healthz"):
            await browser.get(path)
        return phone.chat, browser.called


async def sign_in(here: Town, browser: Browser) -> None:
    """As a member of staff whose account is new."""
    who = ("staff", "add", STAFF[0], "--login", "officer")
    added = rusitthi(*who, given=PASSWORD + "\n", folder=here.folder, **env(here))
    secret = re.search(r"shown once\): (\S+)", added.stdout.decode())
    assert secret, added.stderr
    code = pyotp.TOTP(secret.group(1)).now()
    await browser.form("/console/sign-in", "/console/sign-in", login="officer", password=PASSWORD, code=code)


async def file_of(citizen: Citizen, browser: Browser) -> None:
    """The person fetches their own data."""
    await citizen.say("ขอไฟล์ข้อมูล")
    [link] = {url for url in URL.findall(json.dumps(citizen.messages)) if "/data/" in url}
    data = await browser.post(link.removeprefix(browser.base), form="json")
    assert CITIZEN[3] in data


def env(here: Town) -> dict[str, str]:
    return {
        "LINE_CHANNEL_SECRET": "-",
        "LINE_CHANNEL_ACCESS_TOKEN": "-",
        "DATABASE_URL": here.database,
        "ENCRYPTION_KEYS": KEYS,
    }


def haystack(here: Town, name: str) -> dict[str, bytes]:
    """Everything that could be stolen, by where it lies."""
    copy = here.folder / name
    made = rusitthi("backup", str(copy), folder=here.folder, **env(here))
    assert made.returncode == 0, made.stderr
    found = {"backup": copy.read_bytes(), "log": here.log().encode(), "output of commands": made.stdout + made.stderr}
    if here.database.startswith("sqlite"):
        found |= {path.name: path.read_bytes() for path in sorted(here.folder.glob("test.db*"))}
    else:
        found["pg_dump"] = dumped(here)
    return found


def dumped(here: Town) -> bytes:
    target = pgtools.target_of(here.database)
    tool = shutil.which("pg_dump")
    assert tool
    command = [tool, f"--dbname={target.address}", f"--schema={target.schema}"]
    return subprocess.run(command, capture_output=True, check=True, env=clean_environment(PGPASSWORD=target.password)).stdout


def hits(words: tuple[str, ...], places: dict[str, bytes]) -> list[tuple[str, str]]:
    """(where, word): as it is, written as hex, as JSON escapes, as percent escapes."""
    found = []
    for word in words:
        plain = word.encode()
        forms = {plain, plain.hex().encode(), json.dumps(word)[1:-1].encode(), "".join(f"%{byte:02X}" for byte in plain).encode()}
        found += [(place, word) for place, raw in places.items() if any(form in raw for form in forms)]
    return found


async def test_a_thief_finds_nothing_and_after_an_erasure_the_keys_open_nothing(here: Town) -> None:
    line_id, called = await seed(here)
    secrets = (*CITIZEN, *STAFF, line_id, PASSWORD)
    async with aiohttp.ClientSession() as session, session.get(f"{here.bot}/metrics") as answer:
        metrics = await answer.read()
    places = haystack(here, "before.backup") | {"metrics": metrics, "addresses": "\n".join(called).encode()}
    assert hits(secrets, places) == []
    # The search itself works: what may be there is found.
    assert {place for place, _ in hits(("rusitthi_webhooks", "/data/", "alembic_version"), places)} >= {"metrics", "addresses"}

    sealed = ciphertexts(here, line_id)
    assert len(sealed) > 10
    async with Phone.at(here.line, CITIZEN[0]) as phone:
        await phone.say("ลบข้อมูลของฉัน")
        await phone.tap("erase yes")
    wait_until_erased(here, line_id)
    here.stop()
    store = opened(here)
    retention.purge(store.engine)
    store.engine.dispose()
    after = haystack(here, "after.backup")
    assert [place for place, raw in after.items() for one in sealed if one in raw or one.hex().encode() in raw] == []
    assert hits(CITIZEN, {"opened with the keys": b"\n".join(everything_opened(here))}) == []


def opened(here: Town) -> Store:
    return Store(here.database, parse_keys(KEYS), here.folder / "unused")


def wait_until_erased(here: Town, line_id: str) -> None:
    for _ in range(100):
        if not ciphertexts(here, line_id, "conversation"):
            return
        time.sleep(0.1)
    raise AssertionError("the talk was not erased")


#: (table, column the seal is bound to, sealed column, its place).
SEALED = (
    ("inbox", "event_id", "sealed", "inbox.sealed"),
    ("outbox", "uid", "sealed", "outbox.sealed"),
    ("conversation", "chat", "sealed", "conversation.sealed"),
    ("conversation", "chat", "address_sealed", "conversation.address_sealed"),
    ("outcome", "uid", "sealed", "outcome.sealed"),
    ("alert", "uid", "sealed", "alert.sealed"),
)


def ciphertexts(here: Town, line_id: str, *tables: str) -> list[bytes]:
    """Everything sealed about one chat."""
    store, found = opened(here), []
    chat = store.sealer.hash("chat", line_id)
    with read(store.engine) as connection:
        for name, _, column, _ in SEALED:
            if not tables or name in tables:
                table = SQLModel.metadata.tables[name]
                rows = connection.scalars(select(table.c[column]).where(table.c.chat == chat)).all()
                found += [bytes(one) for one in rows if one]
    store.engine.dispose()
    return found


def everything_opened(here: Town) -> list[bytes]:
    """Whatever the keys still open in the whole database."""
    store, found = opened(here), []
    with read(store.engine) as connection:
        for name, row, column, place in SEALED:
            table = SQLModel.metadata.tables[name]
            for id_, sealed in connection.execute(select(table.c[row], table.c[column])):
                try:
                    found.append(store.sealer.open(place, id_, bytes(sealed or b"")))
                except CannotOpen:
                    continue
    store.engine.dispose()
    return found
