"""Per-question rows -> the figures of a run, each with its 95 % interval. Pure; reads no index and asks nothing.

A figure's name says its view: ``em`` is over all questions, ``answered/em`` over those that were answered,
``guess/em`` over the questions that have an answer, whatever was trusted. ``passage/fused/nDCG@10`` is a retrieval
figure. Figures in ``LOWER_IS_BETTER`` are costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.judge import Row
from eval.measures.refusal import (
    area_under_risk_coverage,
    auroc,
    coverage_at_accuracy,
    expected_calibration_error,
    reliability,
    risk_coverage,
    roc,
)
from eval.measures.retrieval import MEASURES
from eval.statistics import Estimate, bootstrap_means, bootstrap_statistic

__all__ = ["LOWER_IS_BETTER", "curves", "figures", "groups", "latencies"]

LOWER_IS_BETTER = frozenset({"area_under_risk_coverage", "expected_calibration_error"})
ACCURACIES = (80, 90, 95)
LISTS = ("lexical", "dense", "fused")
_MAX_POINTS = 200

_Pick = Callable[[Row], float | None]


def _measure(name: str) -> _Pick:
    return lambda row: row["measures"].get(name)


def _answered(row: Row) -> bool:
    return bool(row["status"] == "answered")


def _within(condition: Callable[[Row], bool], pick: _Pick) -> _Pick:
    return lambda row: pick(row) if condition(row) else None


def _mean_figures() -> dict[str, _Pick]:
    """Every figure that is a mean over questions, in the report's order."""
    found: dict[str, _Pick] = {name: _measure(name) for name in ("em", "f1", "correct")}
    found |= {f"answered/{name}": _within(_answered, _measure(name)) for name in ("em", "f1", "correct")}
    answerable = {"em": "guess_em", "f1": "guess_f1", "correct": "guess_correct"}
    found |= {
        f"guess/{short}": _within(lambda row: row["kind"] != "none", _measure(name))
        for short, name in answerable.items()
    }
    found |= {name: _measure(name) for name in ("figure", "list_recall", "list_precision", "list_count")}
    found["answered_share"] = lambda row: float(_answered(row))
    found["refusal_precision"] = _within(
        lambda row: not _answered(row), lambda row: float(row["kind"] == "none")
    )
    found["refusal_recall"] = _within(
        lambda row: row["kind"] == "none", lambda row: float(not _answered(row))
    )
    found |= {
        f"citation_{name}": _measure(f"citation_{name}") for name in ("document", "quote", "overlap", "hit")
    }
    found |= {
        name: _measure(name)
        for unit in ("passage", "document")
        for ranked in LISTS
        for name in (f"{unit}/{ranked}/{measure}" for measure in MEASURES)
    }
    return found


def _confidences(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    return [row["confidence"] for row in rows], [row["measures"]["guess_correct"] for row in rows]


def figures(rows: Sequence[Row]) -> dict[str, Estimate]:
    """Return every figure that applies to these rows, with its interval."""
    picks = _mean_figures()
    estimates = bootstrap_means([[pick(row) for row in rows] for pick in picks.values()])
    found = dict(zip(picks, estimates, strict=True))
    confidence, correct = _confidences(rows)
    answerable = [float(row["kind"] != "none") for row in rows]
    found["auroc"] = bootstrap_statistic(auroc, confidence, correct)
    found["auroc_answerable"] = bootstrap_statistic(auroc, confidence, answerable)
    found["area_under_risk_coverage"] = bootstrap_statistic(area_under_risk_coverage, confidence, correct)
    for percent in ACCURACIES:

        def coverage(scores: Any, labels: Any, accuracy: float = percent / 100) -> float | None:
            return coverage_at_accuracy(scores, labels, accuracy)

        found[f"coverage_at_{percent}"] = bootstrap_statistic(coverage, confidence, correct)
    found["expected_calibration_error"] = bootstrap_statistic(expected_calibration_error, confidence, correct)
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def groups(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Return ``em``, ``f1``, ``correct`` and ``answered_share`` by tag, by gold document and by question word, largest first."""
    keys: dict[str, Callable[[Row], Iterable[str]]] = {
        "tag": lambda row: row["tags"],
        "document": lambda row: row["documents"],
        "question word": lambda row: [row["question_word"]],
    }
    picks = {
        name: pick
        for name, pick in _mean_figures().items()
        if name in ("em", "f1", "correct", "answered_share")
    }
    found: dict[str, dict[str, dict[str, Estimate]]] = {}
    for kind, key in keys.items():
        members: dict[str, list[Row]] = {}
        for row in rows:
            for name in key(row):
                members.setdefault(name, []).append(row)
        found[kind] = {}
        for name, inside in sorted(members.items(), key=lambda item: (-len(item[1]), item[0])):
            estimates = bootstrap_means([[pick(row) for row in inside] for pick in picks.values()])
            found[kind][name] = {p: e for p, e in zip(picks, estimates, strict=True) if e is not None}
    return found


def latencies(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return p50, p95, p99 and the mean of every stage, in milliseconds."""
    stages: dict[str, list[float]] = {}
    for row in rows:
        for stage, milliseconds in row["timings_ms"].items():
            stages.setdefault(stage, []).append(milliseconds)
    return {
        stage: {
            **{f"p{percent}": round(float(np.percentile(values, percent)), 2) for percent in (50, 95, 99)},
            "mean": round(float(np.mean(values)), 2),
        }
        for stage, values in stages.items()
    }


def curves(rows: Sequence[Row]) -> dict[str, list[dict[str, float]]]:
    """Return the points of the risk–coverage curve, the two ROC curves and the reliability diagram."""
    confidence, correct = _confidences(rows)
    answerable = [float(row["kind"] != "none") for row in rows]
    found = {
        "risk_coverage": [asdict(point) for point in risk_coverage(confidence, correct)],
        "reliability": [asdict(one) for one in reliability(confidence, correct)],
    }
    for name, labels in (("roc_right", correct), ("roc_answerable", answerable)):
        found[name] = [{"negatives": x, "positives": y} for x, y in roc(confidence, labels)]
    return {name: _thinned(points) for name, points in found.items()}


def _thinned(points: list[dict[str, float]]) -> list[dict[str, float]]:
    """At most ``_MAX_POINTS`` points and the last one, evenly chosen."""
    step = max(1, -(-len(points) // _MAX_POINTS))
    return [*points[::step], *points[-1:]] if (len(points) - 1) % step else points[::step]
