"""The console over real HTTP messages on a fresh database: two centres with one account of every role, alerts and a case in each."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

import pyotp
from client import HOST, Client
from fastapi import FastAPI

from bot.casework.model import (
    Alert,
    Case,
    Centre,
    Role,
    Staff,
    Tier,
)
from bot.console.app import add_console
from bot.console.pages import Console
from bot.console.words import load_words
from bot.content import knowledge_folder
from bot.store import casework, duty, staff
from bot.store.casefiles import Registry
from bot.store.database import write
from bot.store.keys import Key
from bot.store.staff_tables import staff_login
from bot.store.store import Store

PASSWORD = "a long pass phrase"
HERE, THERE = "here", "there"
ROLES = (Role.STAFF, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)


@dataclass
class Desk:
    """`now` is the console's clock (ms)."""

    folder: Path
    database: str
    now: int = field(default_factory=lambda: int(time.time() * 1000))
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.database, (Key("k", b"k" * 32),), self.folder / "keys")
        self.registry = Registry(self.store.sealer, uuid4)
        words = load_words(knowledge_folder() / "messages")
        self.console = Console(self.store, self.registry, words, HOST, lambda: self.now)
        self.app = FastAPI()
        add_console(self.app, self.console)
        with write(self.store.engine) as connection:
            for centre in (HERE, THERE):
                duty.save_centre(connection, Centre(centre, centre, Tier.PROVINCE))
                for role in ROLES:
                    id_ = f"{role.value}-{centre}"
                    self.secrets[id_] = staff.enrol(connection, self.store.sealer, id_, id_, centre, role, id_, "")
            connection.execute(staff_login.update().values(password=_hashed()))

    def actor(self, id_: str) -> Staff:
        with write(self.store.engine) as connection:
            found = duty.load_staff(connection, self.store.sealer, id_, self.now)
        assert found is not None
        return found

    def alert(self, centre: str, taken: bool = False) -> Alert:
        actor = self.actor(f"staff-{centre}")
        with write(self.store.engine) as connection:
            made = casework.raise_by_staff(
                connection, self.registry, actor, "phone", 2, "violence_domestic", "self", f"secret of {centre}", self.now
            )
            return casework.acknowledge(connection, self.registry, actor, made.uid, made.version, self.now) if taken else made

    def case(self, centre: str) -> Case:
        alert = self.alert(centre, taken=True)
        actor = self.actor(f"staff-{centre}")
        with write(self.store.engine) as connection:
            return casework.open_case(
                connection, self.registry, actor, alert.uid, alert.version, self.now, "", f"secret summary of {centre}"
            )

    def client(self) -> Client:
        return Client(self.app)

    def code(self, id_: str) -> str:
        return pyotp.TOTP(self.secrets[id_]).at(self.now // 1000)

    def signed_in(self, id_: str) -> Client:
        """A session without the work of signing in (`test_sign_in.py` proves that); its forms carry the token of the session."""
        client = self.client()
        with write(self.store.engine) as connection:
            token = staff.start_session(connection, self.store.sealer, id_, self.now)
        client.cookies[self.console.session_cookie] = token
        client.headers["x-csrf"] = self.store.sealer.hash("csrf", token)
        return client


@cache
def _hashed() -> str:
    """One hash for all accounts of all desks: it takes a tenth of a second on purpose."""
    return staff.PasswordHasher().hash(PASSWORD)


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found, page[:300]
    return found.group(1)


def sign_in(client: Client, login: str, password: str, code: str) -> int:
    csrf = token_of(client.get("/console/sign-in").text)
    answer = client.post(
        "/console/sign-in", data={"csrf": csrf, "login": login, "password": password, "code": code}, headers={"Origin": HOST}
    )
    return answer.status_code


def csrf_of(client: Client) -> str:
    return token_of(client.get("/console/profile").text)
