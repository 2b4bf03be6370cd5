"""Candidate spans of all passages on one scale: a linear score whose weights were fitted on development questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.span_features import FEATURES

__all__ = ["BUNDLED_SCORERS", "SpanScorer"]

BUNDLED_SCORERS = Path(__file__).parent / "models" / "span_scorers.json"
"""Fitted weights by kind of reader: ``{"neural": {"reader": 3.1, …, "intercept": -1.2}, "overlap": {…}}``."""


@dataclass(frozen=True, slots=True)
class SpanScorer:
    """Log-odds that a span answers the question: ``features @ weights + intercept``."""

    weights: npt.NDArray[np.float64]
    intercept: float

    def score(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Scores (n,) of spans with features (n, len(FEATURES))."""
        scores: npt.NDArray[np.float64] = features @ self.weights + self.intercept
        return scores

    @classmethod
    def from_weights(cls, named: Mapping[str, float]) -> SpanScorer:
        """Make a scorer from weights by feature name and ``intercept``; a feature without a weight counts nothing."""
        unknown = set(named) - {*FEATURES, "intercept"}
        if unknown:
            raise ValueError(f"unknown features: {', '.join(sorted(unknown))}")
        return cls(np.array([named.get(name, 0.0) for name in FEATURES]), float(named.get("intercept", 0.0)))

    @classmethod
    def bundled(cls, kind: str) -> SpanScorer:
        """The scorer that ships for a kind of reader: ``neural`` or ``overlap``."""
        return cls.from_weights(json.loads(BUNDLED_SCORERS.read_text(encoding="utf-8"))[kind])
