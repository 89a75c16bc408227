"""Understanding one message of 400 characters: everything that is read of it, danger included.

Belongs here: long messages and their timing. Does not: whether it was understood rightly (tests/language).
"""

from __future__ import annotations

import random
import time
from datetime import date
from statistics import median

from bench.load import quantile
from bench.report import Row, judged
from bench.talks import ANSWERS, OPENINGS, WISHES
from bot.content import load_world
from bot.conversation.world import World
from bot.language.understand import understand

LENGTH, MESSAGES, ROUNDS = 400, 200, 3
TODAY = date(2026, 11, 22)


def rows() -> list[Row]:
    world = load_world()
    texts = [_message(random.Random(seed)) for seed in range(MESSAGES)]
    for text in texts[:20]:
        _read(world, text)
    long = [median(_timed(world, text) for _ in range(ROUNDS)) for text in texts]
    short = [median(_timed(world, text) for _ in range(ROUNDS)) for text in OPENINGS + ANSWERS + WISHES]
    return [
        Row(
            f"message of {LENGTH} characters",
            f"p50 {quantile(long, 0.5):.1f} ms, p99 {quantile(long, 0.99):.1f} ms",
            "",
            judged(quantile(long, 0.99) < 5, "p99 < 5 ms"),
        ),
        Row("message as people send them (2 to 80 characters)", f"p50 {quantile(short, 0.5):.1f} ms, p99 {quantile(short, 0.99):.1f} ms"),
    ]


def _message(chance: random.Random) -> str:
    said = ""
    while len(said) < LENGTH:
        said += chance.choice(OPENINGS + ANSWERS + WISHES) + chance.choice((" ", "\n", " แล้วก็ ", " "))
    return said[:LENGTH]


def _timed(world: World, text: str) -> float:
    started = time.perf_counter()
    _read(world, text)
    return time.perf_counter() - started


def _read(world: World, text: str) -> None:
    understand(text, reader=world.reader, index=world.index, today=TODAY)
