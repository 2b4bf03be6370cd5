"""Does the confidence know when the answer is wrong? Refusal, ranking and calibration of confidences.

All functions take one entry a question: ``confidence`` in [0, 1] and ``correct`` (1 where the best span is right; at a
question without an answer every span is wrong). Equal confidences are one group: a threshold cannot part them, and
inside a group the expected order counts, so no value depends on the order of the questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "CurvePoint",
    "ReliabilityBin",
    "area_under_risk_coverage",
    "auroc",
    "coverage_at_accuracy",
    "expected_calibration_error",
    "reliability",
    "risk_coverage",
    "roc",
]

FloatArray = npt.NDArray[np.float64]
Numbers = Sequence[float] | FloatArray


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Answering every question with at least ``confidence``: the share answered and the share of those that is wrong."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Questions whose confidence falls in one bin: their number, mean confidence and share right."""

    count: int
    confidence: float
    accuracy: float


def auroc(scores: Numbers, labels: Numbers) -> float | None:
    """Return the probability that a positive outranks a negative, ties counting half; None without both kinds."""
    values, positive = np.asarray(scores, float), np.asarray(labels, float) > 0.5
    pairs = int(positive.sum()) * int((~positive).sum())
    if pairs == 0:
        return None
    _, rank_of = np.unique(values, return_inverse=True)
    positives = np.bincount(rank_of, weights=positive)
    negatives = np.bincount(rank_of, weights=~positive)
    below = np.cumsum(negatives) - negatives
    wins = float((positives * (below + negatives / 2)).sum())
    return wins / pairs


def roc(scores: Numbers, labels: Numbers) -> list[tuple[float, float]]:
    """Return the ROC curve from (0, 0) to (1, 1): share of negatives and of positives from each score on."""
    values, positive = np.asarray(scores, float), np.asarray(labels, float) > 0.5
    if positive.all() or not positive.any():
        return []
    _, rank_of = np.unique(-values, return_inverse=True)
    hits = np.cumsum(np.bincount(rank_of, weights=positive)) / positive.sum()
    alarms = np.cumsum(np.bincount(rank_of, weights=~positive)) / (~positive).sum()
    return [(0.0, 0.0), *zip(alarms.tolist(), hits.tolist(), strict=True)]


def _groups(confidence: Numbers, correct: Numbers) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distinct confidences, highest first, with the number of questions and of errors at each."""
    values, rank_of = np.unique(-np.asarray(confidence, float), return_inverse=True)
    sizes = np.bincount(rank_of).astype(np.float64)
    errors = np.bincount(rank_of, weights=1.0 - np.asarray(correct, float))
    return np.asarray(-values, np.float64), sizes, errors.astype(np.float64)


def risk_coverage(confidence: Numbers, correct: Numbers) -> list[CurvePoint]:
    """Return the risk–coverage curve, one point per distinct confidence, from the strictest threshold on."""
    if len(confidence) == 0:
        return []
    values, sizes, errors = _groups(confidence, correct)
    answered, wrong = np.cumsum(sizes), np.cumsum(errors)
    return [
        CurvePoint(float(value), float(count / answered[-1]), float(miss / count))
        for value, count, miss in zip(values, answered, wrong, strict=True)
    ]


def area_under_risk_coverage(confidence: Numbers, correct: Numbers) -> float | None:
    """Return the mean risk over coverages 1/n, 2/n … n/n (AURC; lower is better); None without questions."""
    if len(confidence) == 0:
        return None
    _, sizes, errors = _groups(confidence, correct)
    wrong = np.cumsum(np.repeat(errors / sizes, sizes.astype(int)))
    return float((wrong / np.arange(1, len(wrong) + 1)).mean())


def coverage_at_accuracy(confidence: Numbers, correct: Numbers, accuracy: float) -> float | None:
    """Return the largest coverage that some threshold gives with at least ``accuracy``; 0.0 where none does."""
    if len(confidence) == 0:
        return None
    _, sizes, errors = _groups(confidence, correct)
    answered, wrong = np.cumsum(sizes), np.cumsum(errors)
    good = answered[1 - wrong / answered >= accuracy - 1e-12]
    return float(good[-1] / answered[-1]) if len(good) else 0.0


def reliability(confidence: Numbers, correct: Numbers, *, bins: int = 10) -> list[ReliabilityBin]:
    """Sort the questions into ``bins`` equal intervals of confidence; empty bins are left out."""
    values, right = np.asarray(confidence, float), np.asarray(correct, float)
    bin_of = np.minimum((values * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(int(inside.sum()), float(values[inside].mean()), float(right[inside].mean()))
        for inside in (bin_of == number for number in range(bins))
        if inside.any()
    ]


def expected_calibration_error(confidence: Numbers, correct: Numbers, *, bins: int = 10) -> float | None:
    """Return the mean gap between confidence and share right over the bins, weighted by size; None without questions."""
    if len(confidence) == 0:
        return None
    found = reliability(confidence, correct, bins=bins)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in found) / len(confidence)
