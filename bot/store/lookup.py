"""Opening the sealer of an installation: the look-up key is made once, kept in the database wrapped by the encryption key, never changed.

So keys can be rotated without touching a single hash. Belongs here: that one row. Does not: sealing itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from sqlalchemy import Engine, select, update

from bot.store.database import insert_new, read, write
from bot.store.keys import KEY_BYTES, Key
from bot.store.sealing import CannotOpen, Sealer
from bot.store.tables import meta

_NAME = "lookup_key"
_PLACE = "meta.value"


def open_sealer(engine: Engine, keys: Sequence[Key]) -> Sealer:
    """The sealer of this database; makes the look-up key on first use. Raises CannotOpen if the ring lacks the key in use."""
    wrapping = Sealer(keys, b"")
    with read(engine) as connection:
        wrapped = connection.scalar(select(meta.c.value).where(meta.c.name == _NAME))
    if wrapped is None:
        wrapped = _make(engine, wrapping)
    try:
        lookup = wrapping.open(_PLACE, _NAME, wrapped)
    except CannotOpen as error:
        raise CannotOpen("the database was sealed with a key that is not in ENCRYPTION_KEYS; add it at the end of the list") from error
    if not wrapping.is_current(wrapped):
        with write(engine) as connection:
            connection.execute(update(meta).where(meta.c.name == _NAME).values(value=wrapping.seal(_PLACE, _NAME, lookup)))
    return Sealer(keys, lookup)


def _make(engine: Engine, wrapping: Sealer) -> bytes:
    with write(engine) as connection:
        insert_new(connection, meta, [{"name": _NAME, "value": wrapping.seal(_PLACE, _NAME, os.urandom(KEY_BYTES))}])
        return bytes(connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar_one())
