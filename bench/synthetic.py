"""The 40 synthetic rules and the people they are run on: the same for every engine.

Belongs here: rules as plain tuples, people as columns and as dicts. Does not: any engine. Needs numpy alone, so that the other engines'
own environment can import it.

A rule is a tree of ("all", [...]), ("any", [...]), ("not", node) and the leaves ("between", fact, low, high), ("in", fact, [choices]),
("ratio_lt", top, bottom, limit), ("eq", fact, choice), ("flag", fact).
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

PROVINCES = [f"p{i:02d}" for i in range(77)]
SECTIONS = ["s33", "s39", "s40", "gov", "none"]
SECTION_SHARES = [0.3, 0.05, 0.2, 0.1, 0.35]
FLAG_SHARES = {
    "disabled": 0.06,
    "pregnant": 0.03,
    "child_u6": 0.15,
    "farmer": 0.25,
    "card": 0.3,
    "student": 0.2,
    "veteran": 0.02,
    "carer": 0.1,
    "debt": 0.4,
    "renter": 0.25,
}
FLAGS = list(FLAG_SHARES)
NUMBERS = ["age", "income", "size"]
FACTS = [*NUMBERS, "province", "section", *FLAGS]

Node = tuple[Any, ...]


def make_rules(seed: int = 7, n: int = 40) -> list[Node]:
    """Entitlements of about five conditions: an age band, provinces, income per head, an insured section, three flags."""
    chance = random.Random(seed)
    return [_rule(i, chance) for i in range(n)]


def _rule(i: int, chance: random.Random) -> Node:
    low = chance.choice([0, 0, 7, 15, 18, 20, 35, 60, 60])
    high = low + chance.choice([15, 25, 45, 80, 120])
    conditions: list[Node] = [("between", "age", low, high)]
    conditions.append(("in", "province", sorted(chance.sample(PROVINCES, chance.choice([12, 40, 60, 70, 76])))))
    conditions.append(("ratio_lt", "income", "size", chance.choice([3000, 5000, 8333, 12000, 20000])))
    section = ("eq", "section", chance.choice(SECTIONS))
    conditions.append(("not", section) if chance.random() < 0.75 else section)
    one, two, three = (("flag", flag) for flag in chance.sample(FLAGS, 3))
    uninsured = ("not", ("in", "section", ["gov", "s33"]))
    if i % 3:
        conditions.append(("any", [one, ("not", two), ("all", [three, uninsured])]))
    else:
        conditions.append(("any", [one, two, ("between", "age", 60, 120)]))
    if i % 4 == 0:
        conditions.append(("not", three))
    chance.shuffle(conditions)
    return ("all", conditions)


def make_people(n: int, seed: int = 1) -> dict[str, Any]:
    """Columns of `n` people with every fact known; choices are numbers into PROVINCES and SECTIONS."""
    chance = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "age": chance.integers(0, 95, n),
        "income": np.round(chance.lognormal(9.6, 0.8, n), 0),
        "size": chance.integers(1, 8, n),
        "province": chance.integers(0, 77, n),
        "section": chance.choice(5, n, p=SECTION_SHARES),
    }
    for flag, share in FLAG_SHARES.items():
        columns[flag] = chance.random(n) < share
    return columns


def as_dicts(columns: dict[str, Any], n: int) -> list[dict[str, Any]]:
    """The first `n` people one by one."""
    return [
        {
            "age": int(columns["age"][i]),
            "income": float(columns["income"][i]),
            "size": int(columns["size"][i]),
            "province": PROVINCES[columns["province"][i]],
            "section": SECTIONS[columns["section"][i]],
            **{flag: bool(columns[flag][i]) for flag in FLAGS},
        }
        for i in range(n)
    ]


def partly_known(people: list[dict[str, Any]], missing: float, seed: int = 11) -> list[dict[str, Any]]:
    """The same people with each fact missing with the given probability."""
    chance = random.Random(seed)
    return [{fact: value for fact, value in person.items() if chance.random() > missing} for person in people]
