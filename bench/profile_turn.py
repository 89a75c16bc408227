"""Where the time of a turn goes, without a server: python -m bench.profile_turn [talks] [--own]

Prints the median and p99 of a turn's CPU time, the mean by kind of message, and the costliest functions.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import statistics
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice

from bench.talks import OPENINGS, WISHES, talk
from bot.content import load_world
from bot.conversation.events import Event, Said
from bot.conversation.talk import Talk

TURNS = 8
WARM = 200  # talks before anything is counted: a bot that runs has seen people
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def run(talks: Talk, first: int, count: int) -> dict[str, list[float]]:
    """CPU seconds of each turn by kind of message, over `count` talks of `TURNS` messages."""
    took: dict[str, list[float]] = defaultdict(list)
    for user in range(first, first + count):
        state: bytes | None = None
        for text in islice(talk(user), TURNS):
            started = time.process_time()
            state, _ = talks.run(state, Event(f"{user}", "", "user", NOW, Said(text)), NOW)
            took[_kind(text)].append(time.process_time() - started)
    return took


def _kind(text: str) -> str:
    return "opening" if text in OPENINGS else "wish" if text in WISHES else "answer"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    talks = Talk(load_world())
    run(talks, 0, WARM)
    gc.collect()
    gc.freeze()  # as the running bot does
    took = run(talks, 10_000, count)
    every = sorted(one for times in took.values() for one in times)
    median, p99 = every[len(every) // 2] * 1e3, every[int(len(every) * 0.99)] * 1e3
    print(f"turn: mean {statistics.mean(every) * 1e3:.2f} ms, median {median:.2f}, p99 {p99:.2f}")
    for kind, times in took.items():
        print(f"  {kind}: {len(times)} turns, mean {statistics.mean(times) * 1e3:.2f} ms")
    profile = cProfile.Profile()
    profile.runcall(run, talks, 20_000, count)
    stats = pstats.Stats(profile)
    _print_rooms(stats)
    stats.sort_stats("tottime" if "--own" in sys.argv else "cumulative").print_stats(45)


def _print_rooms(stats: pstats.Stats) -> None:
    """Own time by room; what a room calls in libraries stands under `libraries`."""
    own: dict[str, float] = defaultdict(float)
    for (file, _, _), found in stats.stats.items():  # type: ignore[attr-defined]
        room = file.partition("/bot/")[2].partition("/")[0] if "/bot/" in file else "libraries"
        own[room] += found[2]
    for room, seconds in sorted(own.items(), key=lambda item: -item[1]):
        print(f"  {room}: {seconds / sum(own.values()):.0%} of own time")


if __name__ == "__main__":
    main()
