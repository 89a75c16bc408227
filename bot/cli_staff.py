"""`rusitthi staff add`: a new account for the console.

Belongs here: asking for a password, printing the secret. Does not: how accounts are kept (`bot/store/staff.py`).
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from bot.casework.model import Role
from bot.settings import Settings
from bot.store import duty, staff
from bot.store.database import write
from bot.store.store import Store


def add_staff(environ: Mapping[str, str], name: str, login: str, role: str, centre: str) -> int:
    """Returns the exit code. The password is asked for (or read from standard input when that is no terminal)."""
    password = getpass.getpass("Password / รหัสผ่าน: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < staff.MIN_PASSWORD:
        print(f"The password must have at least {staff.MIN_PASSWORD} characters.", file=sys.stderr)
        return 1
    settings = Settings.from_env(environ)
    store = Store(settings.database_url, settings.encryption_keys, settings.key_file)
    try:
        with write(store.engine) as connection:
            if centre not in duty.centres(connection):
                print(f"There is no centre {centre!r}. Known: {', '.join(duty.centres(connection))}", file=sys.stderr)
                return 1
            secret = staff.enrol(connection, store.sealer, str(uuid4()), login, centre, Role(role), name, password)
    except IntegrityError:
        print(f"There is an account {login!r} already.", file=sys.stderr)
        return 1
    print(f"Added {name} ({role}, centre {centre}). Sign in as: {login}")
    print(f"Secret for the authenticator app (shown once): {secret}")
    print(staff.totp_uri(secret, login))
    return 0
