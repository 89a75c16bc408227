"""`rusitthi keys`: a new encryption key, and sealing everything again with the first one of the ring, while the bot runs.

Belongs here: arguments and what is printed. Does not: sealing (`bot/store/rotation.py`). The steps of a rotation: docs/operations.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from bot.settings import Settings
from bot.store import rotation
from bot.store.keys import KEY_BYTES, new_key, parse_keys
from bot.store.store import Store

CHANNEL_NOT_NEEDED = {"LINE_CHANNEL_SECRET": "-", "LINE_CHANNEL_ACCESS_TOKEN": "-"}


def open_store(environ: Mapping[str, str]) -> Store:
    """The database of this installation, for commands that need no LINE channel."""
    settings = Settings.from_env({**CHANNEL_NOT_NEEDED, **environ})
    return Store(settings.database_url, settings.encryption_keys, settings.key_file)


def make_key(name: str) -> int:
    """Prints a fresh key in the form ENCRYPTION_KEYS takes."""
    made = new_key(name, os.urandom(KEY_BYTES))
    parse_keys(made)  # a bad name is refused here, not at the next start
    print(made)
    return 0


def reseal(environ: Mapping[str, str]) -> int:
    """Until nothing is left that an older key sealed."""
    store, total = open_store(environ), 0
    try:
        while count := rotation.reseal(store.engine, store.sealer):
            total += count
            print(f"{total:,} values sealed again", file=sys.stderr)
    finally:
        store.engine.dispose()
    print(f"Everything is sealed by the first key ({total:,} values were not). Once every process runs with it, older keys can go.")
    return 0
