"""Floors for the readers on messages written without sight of them; well below what was measured, so that only a real loss breaks them."""

import pytest

from tests.fresh.evaluate import measured, rows, score_statements


@pytest.mark.parametrize(
    ("kind", "recall", "precision"),
    [("statements", 0.88, 0.95), ("answers", 0.93, 1.0), ("wishes", 0.90, 1.0)],
)
def test_fresh_messages_are_understood_at_least_this_well(kind: str, recall: float, precision: float) -> None:
    score = measured(kind)
    assert score.recall >= recall, "\n".join(score.misses)
    assert score.precision >= precision, "\n".join(score.misses)


def test_openings_of_other_people_are_read_at_least_this_well() -> None:
    """A harder set: understatement, dialects, several people and inferences in one breath. Half of it was learned from, half never read."""
    unread = score_statements(row for row in rows("openings.jsonl") if not row["learned"])
    assert unread.recall >= 0.58, "\n".join(unread.misses)
    assert unread.precision >= 0.88, "\n".join(unread.misses)
