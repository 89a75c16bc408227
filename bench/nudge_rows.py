"""Very many reminders due at once, a LINE that limits calls, and people who write meanwhile.

    python -m bench.nudge_rows [how many]

Belongs here: planning them into a database, the run, the rows. Does not: the load, processes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import uvloop
from sqlalchemy import insert

from bench.bots import KEYS, Bot, leave_first_core, start_nudging
from bench.load import Load, Seen, StandIn, quantile
from bench.report import Row, judged
from bench.talks import talk
from bot.conversation.state import Conversation, dump
from bot.followup.plan import follow
from bot.followup.progress import Outcome
from bot.store import conversations, nudges
from bot.store.database import write
from bot.store.keys import parse_keys
from bot.store.nudge_tables import nudge_contact
from bot.store.store import Store
from bot.store.tables import lane

REMINDERS = 100_000
LINE_ALLOWS = 2_000  # calls a second
INCOMING_RATE, QUIET_S = 20.0, 5.0
RIGHT = "old-age-allowance"
_AT_ONCE = 1_000
_LONGEST_S = 900.0


@dataclass
class Run:
    planned_s: float
    took_s: float = 0.0
    quiet: Seen = field(default_factory=Seen)
    busy: Seen = field(default_factory=Seen)
    memory: list[float] = field(default_factory=list)


async def rows(reminders: int = REMINDERS) -> list[Row]:
    cores = os.sched_getaffinity(0)
    leave_first_core()
    stand_in = StandIn()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connector = aiohttp.TCPConnector(limit=2000)
        async with stand_in.serving() as line, aiohttp.ClientSession(connector=connector, trust_env=False) as session:
            run = Run(_plan(f"sqlite:///{folder}/nudging.db", folder, reminders))
            bot = await start_nudging(session, line, folder)
            try:
                await _measure(stand_in, bot, Load(stand_in, session, bot.url, talk), run, reminders)
            finally:
                bot.stop()
                os.sched_setaffinity(0, cores)
    return _rows(stand_in, run, reminders)


def _plan(url: str, folder: Path, reminders: int) -> float:
    """Seconds that planning took: people who learned of a right three days ago, each with all that follows from it, the first one due."""
    store = Store(url, parse_keys(KEYS), folder / "keys")
    started = time.perf_counter()
    for chats in _chunks(store, reminders):
        now = datetime.now(UTC)
        now_ms = nudges.milliseconds(now)
        told = (now - timedelta(days=3)).date()
        state = dump(Conversation())
        with write(store.engine) as connection:
            connection.execute(insert(lane), [{"chat": chat} for chat, _ in chats])
            saved = [conversations.Saved(chat, "user", user, state) for chat, user in chats]
            conversations.save(connection, store.sealer, saved, now_ms)
            for chat, _ in chats:
                nudges.add(connection, follow(chat, Outcome(RIGHT, "self", "told", told)), now_ms)
            due = {"next_ms": now_ms, "urgency": 2, "stopped": False, "unreached": False}
            connection.execute(insert(nudge_contact), [{"chat": chat, **due} for chat, _ in chats])
    store.engine.dispose()
    return time.perf_counter() - started


def _chunks(store: Store, reminders: int) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, reminders, _AT_ONCE):
        users = (f"U{n + 10**9:032x}" for n in range(start, min(start + _AT_ONCE, reminders)))
        yield [(store.sealer.hash("chat", user), user) for user in users]


async def _measure(stand_in: StandIn, bot: Bot, load: Load, run: Run, reminders: int) -> None:
    """The first look comes some seconds after the start: what is measured before is the quiet."""
    run.quiet = await load.opened(INCOMING_RATE, QUIET_S)
    stand_in.most = LINE_ALLOWS
    started = time.perf_counter()
    while stand_in.pushed.total() < reminders and time.perf_counter() - started < _LONGEST_S:
        seen = await load.opened(INCOMING_RATE, 2.0)
        for field_ in ("acks", "turns"):
            getattr(run.busy, field_).extend(getattr(seen, field_))
        run.busy.lost += seen.lost
        run.busy.refused += seen.refused
        run.memory.append(bot.rss_mb())
    run.took_s = time.perf_counter() - started
    await asyncio.sleep(3.0)  # a duplicate would come now


def _rows(stand_in: StandIn, run: Run, reminders: int) -> list[Row]:
    theirs = {user: n for user, n in stand_in.pushed.items() if int(user[1:], 16) >= 10**9}
    twice = sum(n - 1 for n in theirs.values())
    half = len(run.memory) // 2
    early, late = max(run.memory[: half or 1], default=0.0), max(run.memory[half:], default=0.0)
    times = f"turn p50 {quantile(run.busy.turns, 0.5):.0f} ms, p95 {quantile(run.busy.turns, 0.95):.0f} ms"
    calm = f"without reminders p50 {quantile(run.quiet.turns, 0.5):.0f} ms, p95 {quantile(run.quiet.turns, 0.95):.0f} ms"
    kept = quantile(run.busy.turns, 0.95) < 1000 and not run.busy.lost and not run.busy.refused
    return [
        Row(f"{reminders:,} reminders planned and stored", f"{run.planned_s:.0f} s, {3 * reminders / run.planned_s:,.0f} reminders/s"),
        Row(
            "– the due ones sent, LINE allowing 2,000 calls a second",
            f"{len(theirs):,} in {run.took_s:.0f} s, {len(theirs) / run.took_s:,.0f}/s; {stand_in.limited:,} answered with 429",
            f"{twice} twice, {reminders - len(theirs)} missing",
            judged(not twice and len(theirs) == reminders, "each once"),
        ),
        Row("– memory (RSS), first half and second half", f"{early:.0f} MB, {late:.0f} MB", "", judged(late < early * 1.1 + 10, "flat")),
        Row(f"– people who write meanwhile ({INCOMING_RATE:.0f} a second)", times, calm, judged(kept, "p95 < 1 s, none lost")),
    ]


if __name__ == "__main__":
    for row in uvloop.run(rows(int(sys.argv[1]) if len(sys.argv) > 1 else REMINDERS)):
        print(row.what, "|", row.measured, "|", row.ratio, "|", row.goal)
