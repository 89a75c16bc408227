"""Our bot beside the SDK's sample under the same load: full durable turns, early refusal, a slow LINE.

Belongs here: what is run for how long, and the rows. Does not: load, processes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from bench.bots import Bot, leave_first_core, start_ours, start_sample, start_shell
from bench.load import Load, Seen, StandIn, quantile
from bench.report import Goal, Row, factor, judged
from bench.talks import talk

IN_FLIGHT, ROUNDS, SECONDS = 16, 4, 3.0
STEADY_RATE, STEADY_S = 200.0, 6.0
FLOOD_RATE, FLOOD_S = 1500.0, 2.5
SLOW_LINE_S, SLOW_IN_FLIGHT, SLOW_ROUNDS = 0.06, 64, 3


@dataclass
class Side:
    """One bot with its load and what was measured of it."""

    bot: Bot
    load: Load
    rounds: list[Seen]
    cpu_ms: list[float]
    slow: list[Seen]


async def rows(python: Path) -> list[Row]:
    """`python`: of the environment that holds the SDK's sample."""
    cores = os.sched_getaffinity(0)
    leave_first_core()
    stand_in = StandIn()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connector = aiohttp.TCPConnector(limit=4000)
        async with stand_in.serving() as line, aiohttp.ClientSession(connector=connector, trust_env=False) as session:
            bots: list[Bot] = []
            try:
                bots.append(await start_sample(session, line, folder, python))
                bots.append(await start_shell(session, line, folder))
                bots.append(await start_ours(session, line, folder))
                sides = [Side(bot, Load(stand_in, session, bot.url, talk), [], [], []) for bot in bots]
                return await _measure(stand_in, sides)
            finally:
                for bot in bots:
                    bot.stop()
                os.sched_setaffinity(0, cores)


async def _measure(stand_in: StandIn, sides: Sequence[Side]) -> list[Row]:
    sample, shell, ours = sides
    for side in sides:
        await side.load.closed(IN_FLIGHT, 1.5)
    for _ in range(ROUNDS):
        for side in sides:
            await _round(side)
    half = median(seen.rate for seen in ours.rounds) / 2
    steady = [(STEADY_RATE, await ours.load.opened(STEADY_RATE, STEADY_S)), (half, await ours.load.opened(half, STEADY_S))]
    stand_in.delay_s = SLOW_LINE_S
    for _ in range(SLOW_ROUNDS):
        for side in sides:
            side.slow.append(await side.load.closed(SLOW_IN_FLIGHT, SECONDS))
    stand_in.delay_s = 0.0
    memory = [side.bot.rss_mb() for side in sides]
    return [
        *_rates(sample, shell, ours),
        *(_steady(rate, seen) for rate, seen in steady),
        *_slow(sample, ours),
        await _overload(ours),
        *_process(sides, memory),
    ]


async def _round(side: Side) -> None:
    before = side.bot.cpu_s()
    seen = await side.load.closed(IN_FLIGHT, SECONDS)
    side.rounds.append(seen)
    side.cpu_ms.append((side.bot.cpu_s() - before) / max(1, len(seen.turns)) * 1000)


def _pace(rounds: Sequence[Seen]) -> list[float]:
    """Seconds a turn takes of a round."""
    return [1 / max(seen.rate, 1e-9) for seen in rounds]


def _rates(sample: Side, shell: Side, ours: Side) -> list[Row]:
    ratio = factor(_pace(sample.rounds), _pace(ours.rounds), Goal(1.0, aim=1.5))
    lost = sum(seen.lost + seen.refused for side in (sample, shell, ours) for seen in side.rounds)
    return [
        Row("full durable turns, 16 in flight: ours", _told(ours), *ratio),
        Row("– the SDK's sample (echo, nothing kept)", _told(sample)),
        Row("– our shell alone (durable, empty turn)", _told(shell), factor(_pace(sample.rounds), _pace(shell.rounds), Goal(1.0))[0]),
        Row("– lost or refused in all rounds", str(lost), "", judged(lost == 0, "0")),
    ]


def _told(side: Side) -> str:
    turns = [one for seen in side.rounds for one in seen.turns]
    rate = median(seen.rate for seen in side.rounds)
    spread = f"turn p50 {quantile(turns, 0.5):.0f} ms, p99 {quantile(turns, 0.99):.0f} ms"
    return f"{rate:,.0f} turns/s, {median(side.cpu_ms):.2f} ms CPU a turn, {spread}"


def _steady(rate: float, seen: Seen) -> Row:
    """The goal is for 200 a second; the other row tells what it is like below what the machine can do at all."""
    acks = f"p50 {quantile(seen.acks, 0.5):.1f} ms, p99 {quantile(seen.acks, 0.99):.1f} ms"
    turns = f"turn p50 {quantile(seen.turns, 0.5):.0f} ms, {seen.refused} refused, {seen.lost} lost"
    reached = quantile(seen.acks, 0.99) < 20 and not seen.refused
    goal = judged(reached, "p99 < 20 ms") if rate == STEADY_RATE else ""
    return Row(f"{rate:.0f} messages a second, open loop: time to the webhook's 200", acks, turns, goal)


def _slow(sample: Side, ours: Side) -> list[Row]:
    told = f"{median(seen.rate for seen in ours.slow):,.0f} turns/s against {median(seen.rate for seen in sample.slow):,.0f}"
    return [Row("LINE answers after 60 ms, 64 in flight", told, *factor(_pace(sample.slow), _pace(ours.slow), Goal(5.0)))]


async def _overload(ours: Side) -> Row:
    """More than it may keep waiting: it must refuse, answer all that it took, and then be as before."""
    flood = await ours.load.opened(FLOOD_RATE, FLOOD_S)
    after = await ours.load.closed(4, 1.5)
    told = f"{flood.refused} refused with 503, {len(flood.turns)} taken and answered, {flood.lost} lost"
    good = flood.refused and not flood.lost and not after.lost and not after.refused
    again = f"right after it {after.refused} refused, {after.lost} lost, turn p50 {quantile(after.turns, 0.5):.0f} ms"
    return Row(
        f"overload: {FLOOD_RATE * FLOOD_S:,.0f} messages within seconds", told, again, judged(bool(good), "503, recovers, nothing lost")
    )


def _process(sides: Sequence[Side], memory: Sequence[float]) -> list[Row]:
    sample, _, ours = sides
    start = ours.bot.started_s
    return [
        Row(
            "start of the process to a good /healthz", f"{start:.1f} s", f"sample {sample.bot.started_s:.1f} s", judged(start < 3, "< 3 s")
        ),
        Row("memory (RSS) after the load", f"{memory[2]:.0f} MB", f"sample {memory[0]:.0f} MB", judged(memory[2] < 300, "< 300 MB")),
    ]
