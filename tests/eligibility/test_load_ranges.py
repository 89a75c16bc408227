"""“Never” and “always” are only said of conditions that no, or every, value really fits."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.eligibility import tree
from bot.eligibility.lint_ranges import WHOLE, Subject, covers, may, must
from bot.eligibility.tree import All, AnyOf, Condition, CountOf, Not, Notes, Place, Ref

HERE = Place("x", 1)
NUMBERS = range(0, 13)
AGE = Subject(Ref("age"), None, ((0, 12),), WHOLE)
THAI = Subject(Ref("thai"), None, frozenset((True, False)), WHOLE)

numeric = st.builds(
    lambda op, value: tree.Test(Ref("age"), op, value, Notes(), HERE),
    st.sampled_from(["at_least", "at_most", "over", "under", "is"]),
    st.integers(0, 12),
)
boolean = st.builds(lambda value: tree.Test(Ref("thai"), "is", value, Notes(), HERE), st.booleans())


def grown(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda of: All(of, Notes(), HERE)),
        several.map(lambda of: AnyOf(of, Notes(), HERE)),
        several.flatmap(lambda of: st.integers(1, len(of)).map(lambda n: CountOf(n, of, Notes(), HERE))),
        inner.map(lambda of: Not(of, Notes(), HERE)),
    )


conditions = st.recursive(st.one_of(numeric, boolean), grown, max_leaves=8)
COMPARE = {
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "over": lambda a, b: a > b,
    "under": lambda a, b: a < b,
    "is": lambda a, b: a == b,
}


def holds(node: Condition, facts: dict[str, float | bool]) -> bool:
    match node:
        case tree.Test(operand, op, value):
            return COMPARE[op](facts[operand.fact], value)
        case All(of):
            return all(holds(part, facts) for part in of)
        case AnyOf(of):
            return any(holds(part, facts) for part in of)
        case CountOf(n, of):
            return sum(holds(part, facts) for part in of) >= n
        case Not(inner):
            return not holds(inner, facts)
    raise AssertionError(node)


@settings(max_examples=300, deadline=None)
@given(conditions)
def test_no_condition_is_accused_wrongly(node: Condition) -> None:
    truths = [holds(node, {"age": age, "thai": thai}) for age, thai in itertools.product(NUMBERS, (True, False))]
    for about in (AGE, THAI):
        if not may(node, about):
            assert not any(truths)
        if covers(must(node, about), about.universe):
            assert all(truths)


@settings(max_examples=300, deadline=None)
@given(st.recursive(numeric, grown, max_leaves=6).filter(lambda node: "CountOf" not in repr(node)))
def test_over_a_single_fact_every_never_and_always_is_found(node: Condition) -> None:
    truths = [holds(node, {"age": age}) for age in NUMBERS]
    assert (not may(node, AGE)) == (not any(truths))
    assert covers(must(node, AGE), AGE.universe) == all(truths)
