"""Three fitted linear scores: which span is best, whether the documents answer at all, whether the best span is right. Weights are
data, not code.

The span weights were fitted so that the right span of a question stands first among its candidates (a softmax over them, the
log-likelihood of all right ones). The judgement decides on an answer or a refusal, the certainty becomes the confidence that is
shown: a question may have an answer beyond doubt while which words give it is doubtful. ``python -m eval fit`` fits all on
development questions and prints what each feature brings.
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

_JUDGED = (
    "reader_exact",
    "dense",
    "rank",
    "clause_coverage",
    "sentence_coverage",
    "passage_coverage",
    "weakest_word",
    "weakest_sentence",
    "focus_sentence",
    "focus_weakest",
    "name_missing",
    "binding_absent",
    "absent_from_corpus",
    "year_absent",
    "number_absent",
    "rival",
    "attribute_absent",
    "other_script",
)
"""Span features that say whether a question is met. With those of a span's shape and kind beside them, which the span score holds
already, a judgement fitted on hundreds of questions is worse on others."""

JUDGEMENT_FEATURES = (
    *_JUDGED,
    "span_score",
    "best_mass",
    "worst_violation",
    "violations",
    "lead",
    "share",
    "relevance",
)
"""What a question is judged by: features of the best span, then its span score; the highest reader mass among all candidates; the
worst of what the question demands and the span violates, and a third of the sum of all that, at most 1; how far it leads the best
span of other words, at most 1; its share of the softmax over all candidates; how much of the question the best passage covers."""

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
        "attribute_absent",
    )
)
"""1 where the question holds to something that stands nowhere around the span."""
_CONFLICTS = tuple(FEATURES.index(name) for name in ("rival", "year_conflict"))
_MASS = FEATURES.index("reader_mass")
_JUDGED_PLACES = tuple(FEATURES.index(name) for name in _JUDGED)
_SCALE = 5.0
"""Span scores are divided by this, to be about as large as the features."""


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
    """Ranks the candidate spans of a question, then judges the question and the best one: log-odds that the documents answer, and
    log-odds that the span is right."""

    span: LinearScore
    judgement: LinearScore
    certainty: LinearScore

    @classmethod
    def from_weights(cls, weights: Mapping[str, Mapping[str, float]]) -> SpanScorer:
        """Make a scorer from ``{"span": {…}, "judgement": {…}, "certainty": {…}}``."""
        return cls(
            LinearScore.named(weights["span"], FEATURES),
            LinearScore.named(weights["judgement"], JUDGEMENT_FEATURES),
            LinearScore.named(weights["certainty"], JUDGEMENT_FEATURES),
        )

    @classmethod
    def bundled(cls, kind: str) -> SpanScorer:
        """The scorer that ships for a kind of reader: ``neural`` or ``overlap``."""
        return cls.from_weights(json.loads(BUNDLED_SCORERS.read_text(encoding="utf-8"))[kind])


def judgement_features(
    features: FloatArray, scores: FloatArray, texts: Sequence[str], relevance: float
) -> FloatArray:
    """Features (len(JUDGEMENT_FEATURES),) of a question.

    ``features`` (n, len(FEATURES)), span ``scores`` (n,) and ``texts`` of its n ≥ 1 candidates in any order; ``relevance`` 0 … 1.
    """
    best = int(np.argmax(scores))
    top, said = float(scores[best]), texts[best]
    others = [
        score
        for score, text in zip(scores.tolist(), texts, strict=True)
        if text not in said and said not in text
    ]
    lead = min(1.0, (top - max(others)) / _SCALE) if others else 1.0
    share = 1 / float(np.exp(scores - top).sum())
    whole = (top / _SCALE, features[:, _MASS].max(), *_violations(features[best]), lead, share, relevance)
    return np.concatenate((features[best, list(_JUDGED_PLACES)], whole))


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
