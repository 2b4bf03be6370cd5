"""Fit what turns a span's certainty into a confidence, and the thresholds from which an answer is given.

The questions of a tuning set are asked with every threshold off, so that each gives its best span, its certainty and the judgement.
A logistic curve (Platt 1999, with his smoothed targets and a slope that never falls) is fitted on whether the span is
right; at a question without an answer every span is wrong. The threshold of the judgement is the one with the highest gain, of
what the threshold of the confidence lets pass:

    right answers + due refusals - ``wrong_cost`` x wrong answers

or, where an accuracy is asked for, a threshold of the confidence is set: the lowest one that reaches it. Every figure reported is out of fold: the questions of a fold are
judged with a curve and a threshold that were fitted on the other folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.dataset import Question
from eval.errors import EvalError
from eval.measures.refusal import area_under_risk_coverage, auroc, expected_calibration_error
from eval.run_folder import RunFolder
from eval.statistics import Estimate, bootstrap_means, bootstrap_statistic
from qa.calibration import CALIBRATION_NAME, Calibration, probability

if TYPE_CHECKING:
    from qa.pipeline import Pipeline
    from qa.types import Answer

__all__ = [
    "Fit",
    "Observation",
    "calibrate",
    "cross_validate",
    "fit_calibration",
    "fit_platt",
    "fit_threshold",
    "observe",
    "starting_calibration",
]

FloatArray = npt.NDArray[np.float64]
FOLDS = 5
MIN_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Observation:
    """One tuning question: the best span's certainty (None: no span at all), whether it is right, whether an answer exists, and the
    judgement that one does, in log-odds."""

    id: str
    score: float | None
    correct: bool
    answerable: bool
    judgement: float = -inf


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration fitted on all questions, and its cross-validated figures."""

    calibration: Calibration
    figures: dict[str, Estimate]


def starting_calibration(index_dir: Path, kind: str) -> Calibration:
    """Return what a fit for a kind of reader starts from: the index's own calibration, or the bundled one where there is none or
    it cannot be used.

    The threshold of the confidence is the bundled one: another was fitted for an accuracy, with a curve that is fitted anew.
    """
    bundled, own = Calibration.bundled(kind), index_dir / CALIBRATION_NAME
    try:
        before = Calibration.load(own) if own.is_file() else bundled
    except ValueError:
        return bundled
    return replace(before, confidence_threshold=bundled.confidence_threshold)


def observe(pipeline: Pipeline, questions: Sequence[Question]) -> list[Observation]:
    """Ask the questions with every threshold off and judge each best span."""
    from eval.run import run_gold
    from qa.pipeline import Explanation, Pipeline

    seen: dict[str, tuple[float | None, float]] = {}

    class Remembering(Pipeline):
        def explain(self, question: str, **options: Any) -> tuple[Answer, Explanation]:
            answer, why = super().explain(question, **options)
            seen[question] = (why.certainty if why.candidates else None, why.judgement)
            return answer, why

    everything = Calibration(1.0, 0.0, answer_threshold=0.0, related_threshold=0.0)
    asking = Remembering(
        pipeline.index,
        pipeline.reader,
        config=pipeline.config,
        scorer=pipeline.scorer,
        calibration=everything,
    )
    with TemporaryDirectory(prefix="calibrate-") as folder:
        out = Path(folder) / "run"
        run_gold(asking, questions, out, settings={})
        rows = {row["id"]: row for row in RunFolder(out).rows()}
    observations = []
    for question in questions:
        score, judgement = seen[question.question]
        right = bool(rows[question.id]["measures"]["guess_correct"])
        observations.append(Observation(question.id, score, right, question.kind != "none", judgement))
    return observations


def fit_platt(
    scores: Sequence[float] | FloatArray,
    correct: Sequence[float] | FloatArray,
    weights: FloatArray | None = None,
) -> tuple[float, float]:
    """Return slope and intercept of the logistic curve of ``correct`` over ``scores`` (n,); the slope is at least 0.

    ``weights`` (n,): how much each counts, 1 where None.
    """
    x, label = np.asarray(scores, float), np.asarray(correct, float)
    counts = np.ones(len(x)) if weights is None else weights
    right, wrong = counts @ label, counts @ (1 - label)
    target = np.where(label > 0.5, (right + 1) / (right + 2), 1 / (wrong + 2))
    middle, spread = float(x.mean()), float(x.std()) or 1.0
    design = np.stack(((x - middle) / spread, np.ones_like(x)), axis=1)
    curve = np.zeros(2)
    for _ in range(100):  # Newton's method on a convex function
        probability = 1 / (1 + np.exp(-np.clip(design @ curve, -30, 30)))
        gradient = design.T @ (counts * (probability - target))
        spread_of = counts * probability * (1 - probability)
        curvature = design.T @ (design * spread_of[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        curve -= np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            break
    if curve[0] < 0:
        mean = float(counts @ target / counts.sum())
        return 0.0, float(np.log(mean / (1 - mean)))
    return float(curve[0] / spread), float(curve[1] - curve[0] * middle / spread)


def fit_threshold(
    confidences: Sequence[float],
    observations: Sequence[Observation],
    *,
    wrong_cost: float = 0.5,
    accuracy: float | None = None,
) -> float:
    """Return the confidence from which answering pays, halfway between the two confidences it parts.

    Where no threshold reaches ``accuracy``, nothing is answered (1.0).
    """
    order = sorted(zip(confidences, observations, strict=True), key=lambda pair: -pair[0])
    due = sum(not one.answerable for one in observations)
    gain = best_gain = float(due)
    best, right = 1.0, 0
    for place, (confidence, one) in enumerate(order, start=1):
        right += one.correct
        gain += 1.0 if one.correct else -wrong_cost - (not one.answerable)
        below = order[place][0] if place < len(order) else 0.0
        if below == confidence:
            continue  # equal confidences cannot be parted
        if accuracy is not None:
            if right / place >= accuracy:
                best = (confidence + below) / 2
        elif gain > best_gain:
            best_gain, best = gain, (confidence + below) / 2
    return best


def fit_calibration(
    observations: Sequence[Observation],
    before: Calibration,
    *,
    wrong_cost: float = 0.5,
    accuracy: float | None = None,
) -> Calibration:
    """Fit curve and threshold on all observations; what is not fitted comes from ``before``.

    The threshold is that of the judgement, of what the confidence lets pass; where an ``accuracy`` is asked for, that of the
    confidence, of what the judgement lets pass.
    """
    scored = [one for one in observations if one.score is not None]
    slope, intercept = fit_platt([one.score or 0.0 for one in scored], [float(one.correct) for one in scored])
    fitted = replace(before, slope=slope, intercept=intercept)
    if accuracy is None:
        open_to_all = replace(fitted, answer_threshold=0.0)
        judged = [
            probability(one.judgement) if open_to_all.trusts(one.judgement, confidence) else 0.0
            for confidence, one in zip(_confidences(observations, fitted), observations, strict=True)
        ]
        return replace(
            fitted, answer_threshold=round(fit_threshold(judged, observations, wrong_cost=wrong_cost), 4)
        )
    fitted = replace(fitted, confidence_threshold=0.0)
    confidences = [
        confidence if fitted.trusts(one.judgement, confidence) else 0.0
        for confidence, one in zip(_confidences(observations, fitted), observations, strict=True)
    ]
    return replace(
        fitted, confidence_threshold=round(fit_threshold(confidences, observations, accuracy=accuracy), 4)
    )


def _confidences(observations: Sequence[Observation], calibration: Calibration) -> list[float]:
    return [0.0 if one.score is None else calibration.confidence(one.score) for one in observations]


def cross_validate(
    observations: Sequence[Observation],
    before: Calibration,
    *,
    folds: int = FOLDS,
    wrong_cost: float = 0.5,
    accuracy: float | None = None,
) -> dict[str, Estimate]:
    """Return out-of-fold figures: questions are dealt to the folds in turn, right, wrong and unanswerable ones each alike."""
    dealt = sorted(observations, key=lambda one: (one.answerable, one.correct, one.id))
    confidence: list[float] = []
    held_out: list[Observation] = []
    answered: list[bool] = []
    for fold in range(folds):
        rest = [one for place, one in enumerate(dealt) if place % folds != fold]
        fitted = fit_calibration(rest, before, wrong_cost=wrong_cost, accuracy=accuracy)
        inside = dealt[fold::folds]
        values = _confidences(inside, fitted)
        held_out += inside
        confidence += values
        answered += [fitted.trusts(one.judgement, value) for one, value in zip(inside, values, strict=True)]
    right = [float(one.correct) for one in held_out]
    handled = [
        float(one.correct if given else not one.answerable)
        for one, given in zip(held_out, answered, strict=True)
    ]
    pairs = list(zip(held_out, answered, strict=True))
    means: dict[str, list[float | None]] = {
        "correct": [*handled],
        "answered_share": [float(given) for given in answered],
        "answered/correct": [float(one.correct) if given else None for one, given in pairs],
        "refusal_recall": [None if one.answerable else float(not given) for one, given in pairs],
        "refusal_precision": [None if given else float(not one.answerable) for one, given in pairs],
    }
    estimates = dict(zip(means, bootstrap_means(list(means.values())), strict=True))
    estimates["auroc"] = bootstrap_statistic(auroc, confidence, right)
    estimates["area_under_risk_coverage"] = bootstrap_statistic(area_under_risk_coverage, confidence, right)
    estimates["expected_calibration_error"] = bootstrap_statistic(
        expected_calibration_error, confidence, right
    )
    return {name: estimate for name, estimate in estimates.items() if estimate is not None}


def calibrate(
    observations: Sequence[Observation],
    before: Calibration,
    *,
    folds: int = FOLDS,
    wrong_cost: float = 0.5,
    accuracy: float | None = None,
    facts: dict[str, Any] | None = None,
) -> Fit:
    """Fit on all observations and say, by cross-validation, how good the fit is.

    Raises
    ------
    EvalError
        Where there are too few questions, or all best spans are right, or all wrong.
    """
    if len(observations) < max(MIN_QUESTIONS, folds):
        raise EvalError(f"a calibration needs at least {MIN_QUESTIONS} questions, got {len(observations)}")
    right = sum(one.correct for one in observations)
    if not folds <= right <= len(observations) - folds:
        raise EvalError(
            f"a calibration needs right and wrong spans, got {right} right of {len(observations)}"
        )
    options = {"wrong_cost": wrong_cost, "accuracy": accuracy}
    figures = cross_validate(observations, before, folds=folds, wrong_cost=wrong_cost, accuracy=accuracy)
    fitted = fit_calibration(observations, before, wrong_cost=wrong_cost, accuracy=accuracy)
    fitted_on = {
        "date": date.today().isoformat(),
        "questions": len(observations),
        "folds": folds,
        **{name: value for name, value in options.items() if value is not None},
        **(facts or {}),
        "out_of_fold": {name: round(estimate.value, 4) for name, estimate in figures.items()},
    }
    return Fit(replace(fitted, fitted_on=fitted_on), figures)
