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

JUDGEMENT_FEATURES = (*FEATURES, "span_score", "lead", "share", "best_mass", "best_coverage")
"""Features of the best span, then: its span score, its lead over the next different one, its share of the softmax,
the highest reader mass and the highest passage coverage among all candidates."""

FloatArray = npt.NDArray[np.float64]
_MASS, _COVERAGE = FEATURES.index("reader_mass"), FEATURES.index("passage_coverage")


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


def judgement_features(features: FloatArray, scores: FloatArray, texts: Sequence[str]) -> FloatArray:
    """Features (len(JUDGEMENT_FEATURES),) of a question's best span.

    ``features`` (n, len(FEATURES)), span ``scores`` (n,) and ``texts`` of its n ≥ 1 candidates in any order.
    """
    best = int(np.argmax(scores))
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    same = np.array([text in texts[best] or texts[best] in text for text in texts])
    others = scores[~same]
    lead = float(scores[best] - others.max()) if len(others) else 5.0
    whole = [
        scores[best] / 5,
        min(lead, 5.0) / 5,
        shares[same].sum(),
        features[:, _MASS].max(),
        features[:, _COVERAGE].max(),
    ]
    return np.concatenate((features[best], whole))
