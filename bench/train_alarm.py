"""Train the head of the alarm and write knowledge/alarm/head.npz.

Run: python -m bench.train_alarm [--negatives FILE] (ordinary messages, one a line; they weigh on the weights and are kept nowhere)
Prints recall and false alarms cross-validated by idea before it writes. The limits are read off held-out scores, never off training rows.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bench.alarm_rows import FOLDER as TRAINING
from bot.language.alarm_head import BITS, hashes, pieces, tidy
from bot.language.alarm_lexicon import FOLDER
from bot.language.normal import normalise

FOLDS = 5
KEPT = 45_000
SEEN_AT_LEAST = 3
HARDNESS = 20.0
UNKNOWN_SHARE = 0.25
"""How much of the rarest n-gram's weight one counts for that was never seen: new words pull nowhere, but make the text longer."""
WELFARE_CHECKS, WELFARE_RAISES = 0.014, 0.0005
CHATTER_RAISES, LOOKALIKE_RAISES, LOOKALIKE_CHECKS = 0.0008, 0.015, 0.08
WELFARE_LIKELY, LOOKALIKE_LIKELY = 0.02, 0.12
FRESH_RAISES, FRESH_CHECKS = 0.6, 0.4
"""People write more differently than the clauses training holds out: on messages of fresh voices calm scores lie about so much higher."""
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Words:
    """The n-grams training has seen. `idf` by hash; `unknown`: the weight of any other."""

    known: Array
    idf: Array
    unknown: float

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """The same numbers as at run time: every n-gram counts as often as it stands, the length of the text divided out."""
        rows = [np.concatenate(hashes(text)) for text in texts]
        numbers = np.concatenate(rows)
        ends = np.cumsum([0, *map(len, rows)])
        weights = np.where(self.known[numbers], self.idf[numbers], self.unknown)
        squares = np.concatenate([[0.0], np.cumsum(weights**2)])
        lengths = np.sqrt(np.maximum(squares[ends[1:]] - squares[ends[:-1]], 1e-9))
        values = np.where(self.known[numbers], weights, 0) / np.repeat(lengths, np.diff(ends))
        matrix = csr_matrix((values, numbers.astype(np.int64), ends), shape=(len(texts), 1 << BITS))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix


def learn(texts: Sequence[str]) -> Words:
    counts = np.zeros(1 << BITS)
    for text in texts:
        counts[np.unique(np.concatenate(hashes(text)))] += 1
    idf = np.log((1 + len(texts)) / (1 + counts)) + 1
    return Words(counts >= SEEN_AT_LEAST, idf, UNKNOWN_SHARE * (math.log(len(texts)) + 1))


def classifier() -> LogisticRegression:
    return LogisticRegression(C=HARDNESS, max_iter=300, class_weight={0: 1.0, 1: 2.0}, solver="liblinear")


def greatest(model: LogisticRegression, words: Words, texts: list[str]) -> Array:
    """The danger of each text: that of its gravest piece, as at run time."""
    parts = [(row, text[a:b]) for row, text in enumerate(texts) for a, b in pieces(len(text))]
    outcome = model.decision_function(words.transform([part for _, part in parts]))
    result = np.full(len(texts), -np.inf)
    np.maximum.at(result, [row for row, _ in parts], outcome)
    return result


def held_out(texts: list[str], labels: Array, groups: Array) -> Array:
    scores = np.zeros(len(texts))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=3).split(texts, labels, groups):
        words = learn([texts[i] for i in train])
        model = classifier().fit(words.transform([texts[i] for i in train]), labels[train])
        scores[test] = greatest(model, words, [texts[i] for i in test])
    return scores


def limits(scores: Array, sources: Array) -> tuple[float, float, float]:
    """Where the head alone raises, where it alone asks, and where it agrees with a hint of the grammar."""

    def at(source: str, share: float) -> float:
        return float(np.quantile(scores[sources == source], 1 - share))

    extra = at("extra", CHATTER_RAISES) if "extra" in sources else -math.inf
    raise_at = max(extra, at("welfare", WELFARE_RAISES), at("lookalike", LOOKALIKE_RAISES)) + FRESH_RAISES
    check_at = min(raise_at, max(at("welfare", WELFARE_CHECKS), at("lookalike", LOOKALIKE_CHECKS)) + FRESH_CHECKS)
    likely_at = max(at("welfare", WELFARE_LIKELY), at("lookalike", LOOKALIKE_LIKELY))
    return raise_at, check_at, likely_at


def report(scores: Array, sources: Array, raise_at: float, check_at: float) -> None:
    for source in sorted(set(sources)):
        part = scores[sources == source]
        print(f"{source}: {len(part)} rows, raise {np.mean(part > raise_at):.4f}, check or raise {np.mean(part > check_at):.4f}")


def write(texts: list[str], rows: list[dict[str, Any]], labels: Array, found: tuple[float, float, float]) -> None:
    words = learn(texts)
    features = words.transform(texts)
    danger = classifier().fit(features, labels)
    grave = [i for i, row in enumerate(rows) if row["kind"] != "none"]
    kinds = LogisticRegression(C=HARDNESS, max_iter=200, class_weight="balanced").fit(features[grave], [rows[i]["kind"] for i in grave])
    subject = LogisticRegression(C=HARDNESS, max_iter=200).fit(features[grave], [rows[i]["subject"] == "other" for i in grave])
    weights = np.vstack([danger.coef_, kinds.coef_, subject.coef_]).T
    bias = np.concatenate([danger.intercept_, kinds.intercept_, subject.intercept_])
    worth = (np.abs(weights[:, 0]) * 3 + np.abs(weights[:, 1:]).max(axis=1)) * words.known
    best = np.sort(np.argsort(-worth)[: min(KEPT, int(words.known.sum()))])
    kept = weights[best]
    scale = np.abs(kept).max(axis=0) / 127
    np.savez_compressed(
        FOLDER / "head.npz",
        hashes=best.astype(np.uint32),
        idf=np.concatenate([[words.unknown, 0.0], words.idf[best]]).astype(np.float16),
        weights=np.vstack([np.zeros((2, kept.shape[1])), np.round(kept / scale)]).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
        kinds=np.array("\n".join(kinds.classes_)),
        limits=np.array(found, dtype=np.float32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--negatives", type=Path)
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in (TRAINING / "alarm.jsonl").read_text("utf-8").splitlines()]
    if chosen.negatives:
        extra = chosen.negatives.read_text("utf-8").splitlines()
        rows += [
            {"text": line[:400], "kind": "none", "source": "extra", "idea": f"extra{n}"} for n, line in enumerate(extra) if line.strip()
        ]
    texts = [tidy(normalise(row["text"]).text) for row in rows]
    labels = np.array([int(row["kind"] != "none") for row in rows])
    sources = np.array([row["source"] for row in rows])
    scores = held_out(texts, labels, np.array([str(row["idea"]) for row in rows]))
    found = limits(scores, sources)
    report(scores, sources, found[0], found[1])
    print("limits", found)
    write(texts, rows, labels, found)


if __name__ == "__main__":
    main()
