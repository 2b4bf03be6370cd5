"""Fit the weights by which the pipeline ranks candidate spans and judges the best one.

The span weights make the right candidate of each question stand first: a softmax over its candidates, the log-likelihood of all
right ones, a Gaussian prior. The judgement weights are a logistic regression over the best candidate of every question; an
answerable question whose best candidate is wrong counts as ``answerable_share`` of a right one, because showing it is a smaller
fault than answering what the documents do not say. Every figure reported is out of fold, by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.calibrate import fit_platt
from eval.dataset import Question
from eval.errors import EvalError
from eval.measures.cmrc import cmrc_f1
from eval.measures.equality import same_answer
from eval.measures.refusal import auroc
from qa.calibration import Calibration
from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES, judgement_features

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

__all__ = [
    "FitReport",
    "Observed",
    "ablation",
    "cross_validate",
    "fit_calibration",
    "fit_weights",
    "observe",
    "out_of_fold",
    "write_fit",
]

FloatArray = npt.NDArray[np.float64]
FOLDS = 5
RIGHT_F1 = 0.8
PRIOR = 4.0
ANSWERABLE_SHARE = 0.6
JUDGEMENT_C = 0.05
REFUSED_ANSWERABLE = 0.08
"""Share of the questions that the answer threshold may refuse although their best span is right."""
_MIN_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Observed:
    """A development question: features (n, len(FEATURES)), texts and labels (n,) of its candidates; whether it has an answer."""

    id: str
    features: FloatArray
    texts: tuple[str, ...]
    right: FloatArray
    answerable: bool
    relevance: float


@dataclass(frozen=True, slots=True)
class FitReport:
    """Out-of-fold figures. ``best_right``: share of answerable questions whose best candidate is right; ``oracle``: that have a
    right candidate at all; ``auroc_answerable`` and ``auroc_right`` of the judgement; ``refused``: share of unanswerable
    questions refused where 8 % of the answerable ones are."""

    questions: int
    oracle: float
    best_right: float
    auroc_answerable: float
    auroc_right: float
    refused: float


def observe(
    pipeline: Pipeline, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> list[Observed]:
    """Collect and label the candidates of every question."""
    rows: list[Observed] = []
    for done, question in enumerate(questions, start=1):
        explanation = pipeline.explain(question.question)[1]
        candidates = explanation.candidates
        texts = tuple(c.text for c in candidates)
        features = np.stack([c.features for c in candidates]) if candidates else np.zeros((0, len(FEATURES)))
        right = np.array([_is_right(text, question) for text in texts], np.float64)
        answerable = question.kind != "none"
        rows.append(Observed(question.id, features, texts, right, answerable, explanation.relevance))
        if progress:
            progress(done, len(questions))
    return rows


def _is_right(text: str, question: Question) -> bool:
    """Whether a candidate answers the question; for a list, whether it holds or is one of the items."""
    if question.kind == "list":
        return len(text) > 1 and any(item in text or text in item for item in question.items)
    return any(
        cmrc_f1(text, [answer]) >= RIGHT_F1 or same_answer(text, answer) for answer in question.answers
    )


def _fit_span(rows: Sequence[Observed], used: npt.NDArray[np.bool_]) -> FloatArray:
    """Span weights (len(FEATURES),) on the features' own scale."""
    from scipy.optimize import minimize

    scale = np.concatenate([row.features for row in rows]).std(axis=0) + 1e-6
    data = [(row.features[:, used] / scale[used], row.right) for row in rows if row.right.any()]

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        total, gradient = PRIOR / 2 * float(weights @ weights), PRIOR * weights
        for features, right in data:
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            good = shares * right
            total -= float(np.log(good.sum() + 1e-12))
            gradient = gradient - (good / (good.sum() + 1e-12) - shares) @ features
        return total, gradient

    found = minimize(loss, np.zeros(int(used.sum())), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weights = np.zeros(len(FEATURES))
    weights[used] = found.x / scale[used]
    return weights


def _judged(rows: Sequence[Observed], span: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Judgement features (n, …), whether the best candidate is right (n,), whether there is an answer (n,)."""
    features, right, answerable = [], [], []
    for row in rows:
        if not len(row.texts):
            continue
        scores = row.features @ span
        features.append(judgement_features(row.features, scores, row.texts))
        right.append(row.right[int(np.argmax(scores))])
        answerable.append(float(row.answerable))
    return np.stack(features), np.array(right), np.array(answerable)


def _fit_judgement(
    features: FloatArray, right: FloatArray, answerable: FloatArray
) -> tuple[FloatArray, float]:
    """Judgement weights (len(JUDGEMENT_FEATURES),) and intercept, on the features' own scale."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    share = np.where(right > 0, 1.0, ANSWERABLE_SHARE * answerable)
    twice = np.concatenate([(features - mean) / scale] * 2)
    labels = np.repeat([1, 0], len(features))
    model = LogisticRegression(C=JUDGEMENT_C, max_iter=5000)
    model.fit(twice, labels, sample_weight=np.concatenate([share, 1 - share]) + 1e-9)
    weights = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - weights @ mean)


def fit_weights(rows: Sequence[Observed]) -> dict[str, dict[str, float]]:
    """Fit both scores on all rows; returns what ``SpanScorer.from_weights`` takes.

    Raises
    ------
    EvalError
        There are too few questions, or no right candidate, to fit anything.
    """
    if len(rows) < _MIN_QUESTIONS or not any(row.right.any() for row in rows):
        raise EvalError(
            f"{len(rows)} questions are too few to fit on, or none has a right candidate; {_MIN_QUESTIONS} are needed"
        )
    span = _fit_span(rows, np.ones(len(FEATURES), bool))
    judgement, intercept = _fit_judgement(*_judged(rows, span))
    return {
        "span": {name: round(float(w), 4) for name, w in zip(FEATURES, span, strict=True)},
        "judgement": {
            **{name: round(float(w), 4) for name, w in zip(JUDGEMENT_FEATURES, judgement, strict=True)},
            "intercept": round(intercept, 4),
        },
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """Out-of-fold judgements of all questions that have a candidate: log-odds (n,), best is right (n,), answerable (n,)."""

    scores: FloatArray
    right: FloatArray
    answerable: FloatArray


def out_of_fold(rows: Sequence[Observed], *, without: Sequence[str] = ()) -> Judged:
    """Judge each fifth of the questions with weights fitted on the other four; features ``without`` are left out."""
    used = np.array([name not in without for name in FEATURES])
    order = np.random.default_rng(0).permutation(len(rows))
    scores, right, answerable = [], [], []
    for fold in range(FOLDS):
        held = [rows[i] for i in order[fold::FOLDS]]
        others = [rows[i] for n, i in enumerate(order) if n % FOLDS != fold]
        span = _fit_span(others, used)
        weights, intercept = _fit_judgement(*_judged(others, span))
        features, is_right, has_answer = _judged(held, span)
        scores.append(features @ weights + intercept)
        right.append(is_right)
        answerable.append(has_answer)
    return Judged(np.concatenate(scores), np.concatenate(right), np.concatenate(answerable))


def cross_validate(rows: Sequence[Observed], *, without: Sequence[str] = ()) -> FitReport:
    """Out-of-fold figures of the weights that ``fit_weights`` would fit; features ``without`` are left out."""
    judged = out_of_fold(rows, without=without)
    has = judged.answerable > 0
    answerable = [row for row in rows if row.answerable]
    threshold = np.quantile(judged.scores[has], REFUSED_ANSWERABLE) if has.any() else 0.0
    return FitReport(
        questions=len(rows),
        oracle=float(np.mean([row.right.any() for row in answerable])),
        best_right=float(judged.right[has].sum() / max(1, len(answerable))),
        auroc_answerable=auroc(judged.scores, judged.answerable) or 0.0,
        auroc_right=auroc(judged.scores, judged.right) or 0.0,
        refused=float((judged.scores[~has] < threshold).mean()) if (~has).any() else 0.0,
    )


def fit_calibration(rows: Sequence[Observed], facts: dict[str, Any]) -> Calibration:
    """Calibration on out-of-fold judgements, so that it is not fooled by weights that saw the question.

    The answer threshold refuses 8 % of the questions whose best span is right: refusing a wrong one harms nobody. The
    relevance threshold is below 98 % of the answerable questions.
    """
    judged = out_of_fold(rows)
    slope, intercept = fit_platt(judged.scores.tolist(), judged.right.tolist())
    plain = Calibration(slope, intercept)
    confidence = np.array([plain.confidence(score) for score in judged.scores[judged.right > 0]])
    relevance = np.array([row.relevance for row in rows if row.answerable])
    figures = asdict(cross_validate(rows))
    return Calibration(
        round(slope, 4),
        round(intercept, 4),
        round(float(np.quantile(confidence, REFUSED_ANSWERABLE)), 4),
        round(float(np.quantile(relevance, 0.02)), 4),
        {**facts, "out_of_fold": {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}},
    )


def ablation(rows: Sequence[Observed], groups: dict[str, Sequence[str]]) -> dict[str, FitReport]:
    """Out-of-fold figures with each group of features left out."""
    return {name: cross_validate(rows, without=features) for name, features in groups.items()}


FEATURE_GROUPS: dict[str, Sequence[str]] = {
    "nothing": (),
    "the reader": ("reader_exact", "reader_mass", "reader_gap"),
    "retrieval scores": ("lexical", "dense", "rank"),
    "match of the sentence": ("clause_coverage", "sentence_coverage", "passage_coverage", "weakest_word"),
    "names": ("names_absent_sentence", "names_absent_passage", "quoted_absent", "absent_from_corpus"),
    "years and numbers": ("year_absent", "year_conflict", "number_absent", "ordinal_absent", "parallel"),
    "kind of answer": ("figure_kind", "name_kind", "kind_coverage", "unit", "head"),
    "shape of the span": ("echo", "length", "several", "cut_left", "cut_right"),
}
"""What the ablation leaves out, by what a person would call it."""


def write_fit(
    weights: dict[str, dict[str, float]], calibration: Calibration, kind: str, folder: Path
) -> None:
    """Put weights and calibration for a kind of reader into a models folder, beside those of the other kinds."""
    for name, value in (("span_scorers.json", weights), ("calibrations.json", calibration.to_dict())):
        path = folder / name
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        known[kind] = value
        path.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
