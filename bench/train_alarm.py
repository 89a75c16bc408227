"""Train the head of the alarm and write knowledge/alarm/head.npz.

Run: python -m bench.train_alarm [--negatives FILE] (ordinary messages, one a line; they weigh on the weights and are kept nowhere)
Prints recall and false alarms cross-validated by idea before it writes. The limits are read off held-out scores, never off training rows.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bench.alarm_rows import FOLDER as TRAINING
from bot.language.alarm_head import FOLDER, SIZES, pieces, tidy
from bot.language.normal import normalise

FOLDS = 5
KEPT = 30_000
HARDNESS = 20.0
FALSE_RAISES, FALSE_CHECKS = 0.0004, 0.015
LOOKALIKE_RAISES = 0.008


def grams(text: str) -> list[str]:
    """The same n-grams as at run time; the text has been tidied."""
    return [text[i : i + size] for size in SIZES for i in range(len(text) - size + 1)]


def vectoriser() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=grams, sublinear_tf=True, min_df=4, dtype=np.float32)


def classifier() -> LogisticRegression:
    return LogisticRegression(C=HARDNESS, max_iter=400, class_weight={0: 1.0, 1: 2.0}, solver="liblinear")


def greatest(model: LogisticRegression, words: TfidfVectorizer, texts: list[str]) -> np.ndarray[Any, Any]:
    """The danger of each text: that of its gravest piece, as at run time."""
    parts = [(row, text[a:b]) for row, text in enumerate(texts) for a, b in pieces(text)]
    outcome = model.decision_function(words.transform([part for _, part in parts]))
    result = np.full(len(texts), -np.inf)
    np.maximum.at(result, [row for row, _ in parts], outcome)
    return result


def held_out(texts: list[str], labels: np.ndarray[Any, Any], groups: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    scores = np.zeros(len(texts))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=3).split(texts, labels, groups):
        words = vectoriser()
        model = classifier().fit(words.fit_transform([texts[i] for i in train]), labels[train])
        scores[test] = greatest(model, words, [texts[i] for i in test])
    return scores


def limits(scores: np.ndarray[Any, Any], sources: np.ndarray[Any, Any]) -> tuple[float, float]:
    ordinary = np.isin(sources, ["ordinary", "extra"])
    raise_at = max(np.quantile(scores[ordinary], 1 - FALSE_RAISES), np.quantile(scores[sources == "lookalike"], 1 - LOOKALIKE_RAISES))
    return float(raise_at), float(min(np.quantile(scores[ordinary], 1 - FALSE_CHECKS), raise_at))


def report(scores: np.ndarray[Any, Any], sources: np.ndarray[Any, Any], raise_at: float, check_at: float) -> None:
    for source in sorted(set(sources)):
        part = scores[sources == source]
        print(f"{source}: {len(part)} rows, raise {np.mean(part > raise_at):.4f}, check or raise {np.mean(part > check_at):.4f}")


def write(texts: list[str], rows: list[dict[str, Any]], labels: np.ndarray[Any, Any], found: tuple[float, float]) -> None:
    words = vectoriser()
    features = words.fit_transform(texts)
    danger = classifier().fit(features, labels)
    grave = [i for i, row in enumerate(rows) if row["kind"] != "none"]
    kinds = LogisticRegression(C=HARDNESS, max_iter=300).fit(features[grave], [rows[i]["kind"] for i in grave])
    subject = LogisticRegression(C=HARDNESS, max_iter=300).fit(features[grave], [rows[i]["subject"] == "other" for i in grave])
    weights = np.vstack([danger.coef_, kinds.coef_, subject.coef_]).T
    bias = np.concatenate([danger.intercept_, kinds.intercept_, subject.intercept_])
    terms = words.get_feature_names_out()
    best = np.sort(np.argsort(-(np.abs(weights[:, 0]) * 3 + np.abs(weights[:, 1:]).max(axis=1)))[:KEPT])
    kept = weights[best]
    scale = np.abs(kept).max(axis=0) / 127
    np.savez_compressed(
        FOLDER / "head.npz",
        terms=np.array("\n".join(terms[best])),
        idf=words.idf_[best].astype(np.float16),
        weights=np.round(kept / scale).astype(np.int8),
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
    report(scores, sources, *found)
    print("limits", found)
    write(texts, rows, labels, found)


if __name__ == "__main__":
    main()
