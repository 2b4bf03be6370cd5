"""Two fitted linear scores: which span is best, and whether the best one is right. Weights are data, not code.

The span weights were fitted so that the right span of a question stands first among its candidates (a softmax over them, the
log-likelihood of all right ones); the judgement weights so that the best span's score is the log-odds of its being right.
``python -m eval fit`` fits both on development questions and prints what each feature brings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.span_features import FEATURES

__all__ = ["BUNDLED_SCORERS", "JUDGEMENT_FEATURES", "LinearScore", "SpanScorer", "judgement_features"]

BUNDLED_SCORERS = Path(__file__).parent / "models" / "span_scorers.json"
"""Fitted weights by kind of reader: ``{"neural": {"span": {"reader_exact": 3.1, …}, "judgement": {…}}, "overlap": {…}}``."""

JUDGED_OF_SPAN = (
    "rival",
    "name_missing",
    "document_absent",
    "weakest_sentence",
    "focus_weakest",
    "object",
    "nearness",
    "several",
    "head",
    "other_script",
)
"""Features of the best span by which it is judged. Few on purpose: with some fifty unanswerable questions to learn from, all
features together judge worse."""
JUDGEMENT_FEATURES = (*JUDGED_OF_SPAN, "span_score", "best_mass", "worst_violation", "violations")
"""Those, then: its span score, the highest reader mass among all candidates; the worst of what the question demands and the span
violates, and a third of the sum of all that, at most 1."""

FloatArray = npt.NDArray[np.float64]
_AGREEMENTS = tuple(FEATURES.index(name) for name in ("figure_kind", "name_kind", "measure", "unit", "label"))
"""Below zero where the span is not what the question asks for."""
_ABSENCES = tuple(
    FEATURES.index(name)
    for name in (
        "year_absent",
        "number_absent",
        "ordinal_absent",
        "quoted_absent",
        "binding_absent",
        "name_missing",
    )
)
"""1 where the question holds to something that stands nowhere around the span."""
_CONFLICTS = tuple(FEATURES.index(name) for name in ("rival", "year_conflict"))
_MASS = FEATURES.index("reader_mass")
_JUDGED = [FEATURES.index(name) for name in JUDGED_OF_SPAN]


@dataclass(frozen=True, slots=True)
class LinearScore:
    """``features @ weights + intercept``."""

    weights: FloatArray
    intercept: float

    def score(self, features: FloatArray) -> FloatArray:
        """Scores (n,) of rows with features (n, len(weights))."""
        scores: FloatArray = features @ self.weights + self.intercept
        return scores

    @classmethod
    def named(cls, weights: Mapping[str, float], names: Sequence[str]) -> LinearScore:
        """Make a score from weights by feature name and ``intercept``; a feature without a weight counts nothing."""
        unknown = set(weights) - {*names, "intercept"}
        if unknown:
            raise ValueError(f"unknown features: {', '.join(sorted(unknown))}")
        return cls(np.array([weights.get(name, 0.0) for name in names]), float(weights.get("intercept", 0.0)))


@dataclass(frozen=True, slots=True)
class SpanScorer:
    """Ranks the candidate spans of a question, then judges the best one."""

    span: LinearScore
    judgement: LinearScore

    @classmethod
    def from_weights(cls, weights: Mapping[str, Mapping[str, float]]) -> SpanScorer:
        """Make a scorer from ``{"span": {…}, "judgement": {…}}``."""
        return cls(
            LinearScore.named(weights["span"], FEATURES),
            LinearScore.named(weights["judgement"], JUDGEMENT_FEATURES),
        )

    @classmethod
    def bundled(cls, kind: str) -> SpanScorer:
        """The scorer that ships for a kind of reader: ``neural`` or ``overlap``."""
        return cls.from_weights(json.loads(BUNDLED_SCORERS.read_text(encoding="utf-8"))[kind])


def judgement_features(features: FloatArray, scores: FloatArray) -> FloatArray:
    """Features (len(JUDGEMENT_FEATURES),) of a question's best span.

    ``features`` (n, len(FEATURES)) and span ``scores`` (n,) of its n ≥ 1 candidates in any order.
    """
    best = int(np.argmax(scores))
    whole = (scores[best] / 5, features[:, _MASS].max(), *_violations(features[best]))
    return np.concatenate((features[best][_JUDGED], whole))


def _violations(features: FloatArray) -> tuple[float, float]:
    """The worst violation of a span, 0 … 1, and a third of the sum of all, at most 1."""
    found = np.concatenate(
        (
            np.maximum(0.0, -features[list(_AGREEMENTS)]),
            (features[list(_ABSENCES)] >= 1).astype(np.float64),
            features[list(_CONFLICTS)],
        )
    )
    return float(found.max()), min(1.0, float(found.sum()) / 3)
