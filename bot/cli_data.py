"""`rusitthi export | erase | receipt | breach`: what the law asks of whoever keeps people's data.

Belongs here: arguments and printing. Does not: who may (`bot/casework/exports.py`), what is counted (`bot/store/breach.py`).
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bot.casework.clocks import THAILAND
from bot.casework.moves import Refused
from bot.cli_keys import open_store
from bot.console.words import Words, load_words
from bot.content import knowledge_folder
from bot.conversation.turn import RECEIPT_LENGTH, RECEIPT_SIGNS
from bot.store import audit, breach, duty, erasure, exports
from bot.store.casefiles import NotFound, Registry
from bot.store.database import read, write


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _clock(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, THAILAND):%Y-%m-%d %H:%M}"


def write_export(environ: Mapping[str, str], uid: str, to: Path) -> int:
    """The file of an approved export, once, in the name of who asked for it."""
    if to.exists():
        print(f"{to}: is there already", file=sys.stderr)
        return 1
    store = open_store(environ)
    try:
        with write(store.engine) as connection:
            actor = duty.load_staff(connection, store.sealer, exports.asked_by(connection, uid), _now_ms())
            if actor is None:
                raise NotFound(uid)
            registry = Registry(store.sealer, uuid4, store.channel)
            version = exports.load(connection, registry, actor, uid).version
            body = exports.write(connection, registry, actor, uid, version, _now_ms())
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
    except NotFound:
        print("There is no such export. It is asked for and approved by a second person in the console: /console/exports", file=sys.stderr)
        return 1
    except Refused:
        print("It is not approved by a second person, was written already, or its approval is older than 7 days.", file=sys.stderr)
        return 1
    finally:
        store.engine.dispose()
    print(f"{to}: written, for its reader only. It is not written a second time.")
    return 0


def erase(environ: Mapping[str, str], user_id: str) -> int:
    """Everything kept about the chat of this LINE id, as if the person had asked for it in the chat; prints the receipt's number.

    For people who ask by letter or at the counter. What a legal hold keeps stays until the matter is over."""
    if not user_id.startswith("U") or not user_id.isalnum():
        print("A LINE user id begins with U and has letters and digits only. Nothing was erased.", file=sys.stderr)
        return 1
    store = open_store(environ)
    number = "".join(secrets.choice(RECEIPT_SIGNS) for _ in range(RECEIPT_LENGTH))
    try:
        with write(store.engine) as connection:
            chat = store.sealer.hash("chat", user_id)
            rows = erasure.forget_chat(connection, chat)
            erasure.write_receipt(connection, number, rows, _now_ms())
            audit.append(connection, store.sealer, [audit.Entry("command line", erasure.FORGOTTEN, chat)], _now_ms())
    finally:
        store.engine.dispose()
    print(f"{'Erased' if any(rows.values()) else 'Nothing was kept of this id'}. Receipt: {number}")
    return 0


def look_up_receipt(environ: Mapping[str, str], number: str) -> int:
    store = open_store(environ)
    with read(store.engine) as connection:
        found = erasure.find_receipt(connection, number)
    store.engine.dispose()
    if found is None:
        print("There is no receipt of this number.", file=sys.stderr)
        return 1
    print(f"Erased on {_clock(found.at_ms)} (Thai time): {', '.join(f'{count} {name}' for name, count in found.rows.items())}")
    return 0


def moment_ms(text: str) -> int:
    """A day or a moment in Thai time. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=THAILAND)).timestamp() * 1000)


def tell_breach(environ: Mapping[str, str], wanted: breach.Wanted, known_ms: int, people: Path | None) -> int:
    """Prints who was touched, the clock, and drafts of both notices; `people`: where to put the keyed hashes of those to be told."""
    store, words = open_store(environ), load_words(knowledge_folder() / "messages")
    try:
        with write(store.engine) as connection:
            found = breach.touched(connection, wanted)
            data = {"from_ms": wanted.from_ms, "until_ms": wanted.until_ms, "key": wanted.key, "centre": wanted.centre}
            entry = audit.Entry("system:breach", "breach counted", "", {**data, "people": len(found.people)})
            audit.append(connection, store.sealer, [entry], _now_ms())
    finally:
        store.engine.dispose()
    if people is not None:
        with os.fdopen(os.open(people, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.writelines(f"{chat}\n" for chat in found.people)
    print(_told(words, "en", wanted, found, known_ms))
    print()
    print(_told(words, "th", wanted, found, known_ms))
    return 0


def _told(words: Words, language: str, wanted: breach.Wanted, found: breach.Touched, known_ms: int) -> str:
    kinds = ", ".join(f"{words.say(language, f'breach.kind_{name}')} {count:,}" for name, count in found.rows.items() if count) or "-"
    fill = {
        "people": f"{len(found.people):,}",
        "kinds": kinds,
        "start": _clock(wanted.from_ms),
        "end": _clock(wanted.until_ms),
        "known": _clock(known_ms),
        "deadline": _clock(breach.deadline_ms(known_ms)),
    }
    return "\n\n".join(words.say(language, f"breach.{part}", **fill) for part in ("summary", "regulator", "people"))
