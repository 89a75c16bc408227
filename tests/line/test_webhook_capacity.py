"""Overload: what cannot be stored soon is refused at once, so that LINE sends it again."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bot_process import event
from echo_turns import EchoTurns

from bot.line.cycle import Capacity, Cycle
from bot.line.turning import Desk
from bot.line.webhook import arrivals
from bot.store.inbox import Arrived
from bot.store.keys import Key
from bot.store.store import Store
from bot.store.writer import StoreRefused, open_writer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/t.db", (Key("k", b"k" * 32),), tmp_path / "keys")
    yield store
    store.engine.dispose()


def cycle_of(store: Store, capacity: Capacity) -> Cycle:
    desk = Desk(EchoTurns(), store.sealer, "w", store.channel, uuid.uuid4, time.monotonic)
    return Cycle(open_writer(store.engine), desk, lambda: 1, capacity)


def arrived(store: Store) -> list[Arrived]:
    return arrivals([event("U1", "x")], store.sealer.hash, 1)


async def test_event_beyond_what_is_being_stored_is_refused(store: Store) -> None:
    cycle = cycle_of(store, Capacity(storing=1))
    first = asyncio.create_task(cycle.accept(arrived(store)))
    await asyncio.sleep(0)
    with pytest.raises(StoreRefused):
        await cycle.accept(arrived(store))
    first.cancel()


async def test_event_is_refused_while_too_many_wait_for_their_turn(store: Store) -> None:
    cycle = cycle_of(store, Capacity(pending=5))
    cycle.pending = 6
    with pytest.raises(StoreRefused):
        await cycle.accept(arrived(store))


async def test_event_is_refused_while_stopping(store: Store) -> None:
    cycle = cycle_of(store, Capacity())
    await cycle.close()
    with pytest.raises(StoreRefused):
        await cycle.accept(arrived(store))
