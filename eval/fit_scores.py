"""The fits behind the pipeline's scores: which span is best, whether the documents answer, and whether the best span is right.

Most features can only speak for a span, or only against it. A fit turns some of these signs round, by chance or because development
questions are alike (that a word of the question stands nowhere then speaks for an answer), so they are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES, judgement_features

__all__ = [
    "Judged",
    "Observed",
    "fit_certainty",
    "fit_first",
    "fit_judgement",
    "fit_span",
    "judged",
    "judged_unseen",
]

FloatArray = npt.NDArray[np.float64]
PRIOR = 4.0
ANSWERABLE_SHARE = 0.7
JUDGEMENT_C = 0.1
_INNER_FOLDS = 4
_FOR = frozenset(
    """
    reader_exact reader_mass reader_gap dense rank clause_coverage sentence_coverage passage_coverage figure_kind name_kind
    kind_coverage unit head parallel measure focus_clause focus_sentence focus_weakest label nearness cue item_count object
    span_score best_mass lead share relevance cell_head cell_row
    """.split()  # noqa: SIM905
)
"""Features that can only speak for a span."""
_AGAINST = frozenset(
    """
    weakest_word names_absent_sentence names_absent_passage absent_from_corpus year_absent year_conflict number_absent
    ordinal_absent quoted_absent cut_left cut_right rival binding_absent weakest_sentence document_absent name_missing attribute_absent
    worst_violation violations
    """.split()  # noqa: SIM905
)
"""Features that can only speak against it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A development question: features (n, len(FEATURES)), texts and labels (n,) of its candidates; whether it has an answer; how
    much it counts in a fit, and the set it comes from."""

    id: str
    features: FloatArray
    texts: tuple[str, ...]
    right: FloatArray
    answerable: bool
    relevance: float
    weight: float = 1.0
    source: str = ""


def _bounds(names: Sequence[str]) -> list[tuple[float | None, float | None]]:
    return [(0.0 if name in _FOR else None, 0.0 if name in _AGAINST else None) for name in names]


def _minimised(loss: Any, bounds: Sequence[tuple[float | None, float | None]]) -> FloatArray:
    from scipy.optimize import minimize

    start = np.zeros(len(bounds))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    weights: FloatArray = found.x
    return weights


def fit_span(rows: Sequence[Observed], used: npt.NDArray[np.bool_]) -> FloatArray:
    """Span weights (len(FEATURES),) on the features' own scale.

    They make the right candidate of each question stand first: a softmax over its candidates, the log-likelihood of all right
    ones, a Gaussian prior.
    """
    scale = np.concatenate([row.features for row in rows]).std(axis=0) + 1e-6
    data = [(row.features[:, used] / scale[used], row.right, row.weight) for row in rows if row.right.any()]
    names = [name for name, kept in zip(FEATURES, used, strict=True) if kept]
    weights = np.zeros(len(FEATURES))
    weights[used] = fit_first(data, _bounds(names)) / scale[used]
    return weights


def fit_first(
    data: Sequence[tuple[FloatArray, FloatArray, float]],
    bounds: Sequence[tuple[float | None, float | None]],
    *,
    prior: float = PRIOR,
) -> FloatArray:
    """Weights (k,) that make the right one of each group stand first, within bounds (k,): a softmax over the group, the log-likelihood of
    all right ones, a Gaussian prior. ``data`` has features (n, k), labels (n,) and the weight of each group."""

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        total, gradient = prior / 2 * float(weights @ weights), prior * weights
        for features, right, weight in data:
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            good = shares * right
            total -= weight * float(np.log(good.sum() + 1e-12))
            gradient = gradient - weight * ((good / (good.sum() + 1e-12) - shares) @ features)
        return total, gradient

    return _minimised(loss, bounds)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged of questions that have a candidate: features (n, len(JUDGEMENT_FEATURES)), whether the best candidate is right
    (n,), whether there is an answer (n,), how much the question counts (n,)."""

    features: FloatArray
    right: FloatArray
    answerable: FloatArray
    weight: FloatArray


def judged(rows: Sequence[Observed], span: FloatArray) -> Judged:
    """What is judged of questions whose candidates are ranked by these span weights."""
    features, right, seen = [], [], [row for row in rows if len(row.texts)]
    for row in seen:
        scores = row.features @ span
        features.append(judgement_features(row.features, scores, row.texts, row.relevance))
        right.append(row.right[int(np.argmax(scores))])
    return Judged(
        np.stack(features) if features else np.zeros((0, len(JUDGEMENT_FEATURES))),
        np.array(right),
        np.array([float(row.answerable) for row in seen]),
        np.array([row.weight for row in seen]),
    )


def judged_unseen(rows: Sequence[Observed], used: npt.NDArray[np.bool_]) -> Judged:
    """What is judged of each question when its candidates are ranked by weights that did not see the question.

    A span score that was fitted on its own question looks surer than one will be on a new question.
    """
    parts = []
    for fold in range(_INNER_FOLDS):
        others = [row for n, row in enumerate(rows) if n % _INNER_FOLDS != fold]
        parts.append(judged(rows[fold::_INNER_FOLDS], fit_span(others, used)))
    return Judged(
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("features", "right", "answerable", "weight")
        )
    )


def fit_judgement(seen: Judged) -> tuple[FloatArray, float]:
    """Judgement weights (len(JUDGEMENT_FEATURES),) and intercept, on the features' own scale.

    An answerable question whose best candidate is wrong counts as ``ANSWERABLE_SHARE`` of a right one, because showing it is
    a smaller fault than answering what the documents do not say.
    """
    return _logistic(seen, np.where(seen.right > 0, 1.0, ANSWERABLE_SHARE * seen.answerable))


def fit_certainty(seen: Judged) -> tuple[FloatArray, float]:
    """Certainty weights (len(JUDGEMENT_FEATURES),) and intercept: whether the best candidate is right."""
    return _logistic(seen, (seen.right > 0).astype(np.float64))


def _logistic(seen: Judged, target: FloatArray) -> tuple[FloatArray, float]:
    """Logistic regression on targets (n,) between 0 and 1, a Gaussian prior on the weights of standardised features."""
    mean, scale = seen.features.mean(axis=0), seen.features.std(axis=0) + 1e-6
    rows = (seen.features - mean) / scale

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        weights, scores = theta[:-1], rows @ theta[:-1] + theta[-1]
        excess = seen.weight * (1 / (1 + np.exp(-scores)) - target)
        entropy = seen.weight @ (np.logaddexp(0, scores) - target * scores)
        total = float(entropy + weights @ weights / (2 * JUDGEMENT_C))
        return total, np.append(rows.T @ excess + weights / JUDGEMENT_C, excess.sum())

    found = _minimised(loss, [*_bounds(JUDGEMENT_FEATURES), (None, None)])
    weights = found[:-1] / scale
    return weights, float(found[-1] - weights @ mean)


def named(names: Sequence[str], weights: FloatArray, **more: float) -> dict[str, float]:
    """Weights by name, rounded as they are saved."""
    pairs = {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
    return {**pairs, **{name: round(value, 4) for name, value in more.items()}}
