"""Other engines on the synthetic rules, in their own environment: one JSON command a line in, one JSON answer a line out.

Belongs here: OpenFisca's core and zen's decision graph behind `one`, `batch` and `answers`. Does not: our engine, ratios.
Run by `bench/engine_rows.py`, which takes turns with it, so that both are timed in the same minutes.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
import zen
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from bench.synthetic import FLAGS, NUMBERS, PROVINCES, SECTIONS, Node, as_dicts, make_people, make_rules

PERIOD = "2026-11"


# ---------------------------------------------------------------- OpenFisca
def openfisca_system(rules: list[Node]) -> TaxBenefitSystem:
    person = build_entity(key="person", plural="persons", label="", is_person=True)
    roles = [{"key": "member", "plural": "members", "label": ""}]
    system = TaxBenefitSystem([person, build_entity(key="household", plural="households", label="", roles=roles)])
    province = Enum("Province", {name: name for name in PROVINCES})
    section = Enum("Section", {name: name for name in SECTIONS})
    index = {member.name: member.index for kind in (province, section) for member in kind}

    def add(name: str, **other: Any) -> None:
        system.add_variable(type(name, (Variable,), {"entity": person, "definition_period": DateUnit.MONTH, "label": "", **other}))

    for name in NUMBERS:
        add(name, value_type=float if name == "income" else int, **({"default_value": 1} if name == "size" else {}))
    add("province", value_type=Enum, possible_values=province, default_value=province[PROVINCES[0]])
    add("section", value_type=Enum, possible_values=section, default_value=section["none"])
    for name in FLAGS:
        add(name, value_type=bool)
    for i, rule in enumerate(rules):
        add(f"e{i}", value_type=bool, formula=_method(formula(rule, index)))
    return system


def _method(decide: Any) -> Any:
    return lambda person, period, parameters: decide(person, period)


def formula(node: Node, index: dict[str, int]) -> Any:
    match node:
        case ("between", fact, low, high):
            return lambda p, t: (p(fact, t) >= low) & (p(fact, t) <= high)
        case ("in", fact, options):
            codes = np.array([index[option] for option in options])
            return lambda p, t: np.isin(np.asarray(p(fact, t)), codes)
        case ("ratio_lt", top, bottom, limit):
            return lambda p, t: p(top, t) / p(bottom, t) < limit
        case ("eq", fact, option):
            code = index[option]
            return lambda p, t: np.asarray(p(fact, t)) == code
        case ("flag", fact):
            return lambda p, t: p(fact, t)
        case ("not", child):
            inner = formula(child, index)
            return lambda p, t: ~inner(p, t)
    parts = [formula(child, index) for child in node[1]]
    join = np.logical_and if node[0] == "all" else np.logical_or

    def joined(p: Any, t: Any) -> Any:
        result = parts[0](p, t)
        for part in parts[1:]:
            result = join(result, part(p, t))
        return result

    return joined


class OpenFisca:
    def __init__(self, rules: list[Node]) -> None:
        self.system = openfisca_system(rules)
        self.names = [f"e{i}" for i in range(len(rules))]

    def one(self, person: dict[str, Any]) -> list[bool]:
        facts = {name: {PERIOD: value} for name, value in person.items()}
        situation = {"persons": {"x": facts}, "households": {"h": {"members": ["x"]}}}
        simulation = SimulationBuilder().build_from_entities(self.system, situation)
        return [bool(simulation.calculate(name, PERIOD)[0]) for name in self.names]

    def batch(self, columns: dict[str, Any]) -> list[Any]:
        simulation = SimulationBuilder().build_default_simulation(self.system, count=len(columns["age"]))
        for name, column in columns.items():
            simulation.set_input(name, PERIOD, column)
        return [simulation.calculate(name, PERIOD) for name in self.names]


# ---------------------------------------------------------------- zen
def zen_text(node: Node) -> str:
    match node:
        case ("between", fact, low, high):
            return f"({fact} >= {low} and {fact} <= {high})"
        case ("in", fact, options):
            return f"({fact} in [" + ", ".join(f'"{option}"' for option in options) + "])"
        case ("ratio_lt", top, bottom, limit):
            return f"({top} / {bottom} < {limit})"
        case ("eq", fact, option):
            return f'({fact} == "{option}")'
        case ("flag", fact):
            return f"({fact} == true)"
        case ("not", child):
            return f"not {zen_text(child)}"
    return "(" + {"all": " and ", "any": " or "}[node[0]].join(map(zen_text, node[1])) + ")"


class Zen:
    def __init__(self, rules: list[Node]) -> None:
        self.names = [f"e{i}" for i in range(len(rules))]
        spot = {"x": 0, "y": 0}
        expressions = [{"id": f"x{i}", "key": f"e{i}", "value": zen_text(rule)} for i, rule in enumerate(rules)]
        graph = {
            "nodes": [
                {"id": "i", "name": "in", "type": "inputNode", "position": spot},
                {"id": "e", "name": "rules", "type": "expressionNode", "position": spot, "content": {"expressions": expressions}},
                {"id": "o", "name": "out", "type": "outputNode", "position": spot},
            ],
            "edges": [
                {"id": "1", "sourceId": "i", "targetId": "e", "type": "edge"},
                {"id": "2", "sourceId": "e", "targetId": "o", "type": "edge"},
            ],
        }
        self.decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def one(self, person: dict[str, Any]) -> list[Any]:
        result = self.decision.evaluate(person)["result"]
        return [result[name] for name in self.names]


# ---------------------------------------------------------------- commands
class Bench:
    """Commands that `engine_rows.py` sends; every one answers with something that JSON can hold."""

    def __init__(self, persons: int, batch: int) -> None:
        rules = make_rules()
        self.columns = make_people(batch)
        self.people = as_dicts(self.columns, persons)
        self.engines: dict[str, Any] = {"openfisca": OpenFisca(rules), "zen": Zen(rules)}

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("openfisca-core", "zen-engine", "numpy")}

    def answers(self, engine: str, people: list[dict[str, Any]]) -> list[list[Any] | None]:
        """None where the engine raises."""
        return [self._answer(self.engines[engine].one, person) for person in people]

    @staticmethod
    def _answer(one: Any, person: dict[str, Any]) -> list[Any] | None:
        try:
            return [value if value is None else bool(value) for value in one(person)]
        except Exception:
            return None

    def one(self, engine: str, seconds: float) -> float:
        """Seconds for one person."""
        run, count, started = self.engines[engine].one, 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            run(self.people[count % len(self.people)])
            count += 1
        return (time.perf_counter() - started) / count

    def batch(self) -> float:
        """Seconds for everybody, OpenFisca."""
        started = time.perf_counter()
        self.engines["openfisca"].batch(self.columns)
        return time.perf_counter() - started


def main() -> None:
    bench = Bench(int(sys.argv[1]), int(sys.argv[2]))
    for line in sys.stdin:
        command = json.loads(line)
        result = getattr(bench, command.pop("do"))(**command)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
