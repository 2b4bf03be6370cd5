"""Fit the weights by which the pipeline ranks candidate spans and judges the best one, and the thresholds of its answers.

Every figure reported is out of fold, by question.
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
from eval.fit_scores import Observed, fit_judgement, fit_span, judged, judged_unseen, named
from eval.measures.cmrc import cmrc_f1
from eval.measures.equality import same_answer
from eval.measures.refusal import auroc
from qa.calibration import Calibration
from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

__all__ = [
    "REFUSED_ANSWERABLE",
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
REFUSED_ANSWERABLE = 0.05
"""Share of the answerable questions that the answer threshold may refuse, out of fold.

Questions that the features were not made for are refused more often; at most 8 % of those shall be."""
IRRELEVANT_ANSWERABLE = 0.01
"""Share of the answerable questions whose passages may count as irrelevant."""
_MIN_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class FitReport:
    """Out-of-fold figures. ``best_right``: share of answerable questions whose best candidate is right; ``oracle``: that have a
    right candidate at all; ``auroc_answerable`` and ``auroc_right`` of the judgement; ``refused``: share of unanswerable
    questions refused where 5 % of the answerable ones are; ``correct``: share of all questions answered right or refused with
    reason there."""

    questions: int
    oracle: float
    best_right: float
    auroc_answerable: float
    auroc_right: float
    refused: float
    correct: float


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
    used = np.ones(len(FEATURES), bool)
    judgement, intercept = fit_judgement(judged_unseen(rows, used))
    return {
        "span": named(FEATURES, fit_span(rows, used)),
        "judgement": named(JUDGEMENT_FEATURES, judgement, intercept=intercept),
    }


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Out-of-fold judgements of all questions that have a candidate: log-odds (n,), best is right (n,), answerable (n,),
    relevance (n,)."""

    scores: FloatArray
    right: FloatArray
    answerable: FloatArray
    relevance: FloatArray


def out_of_fold(rows: Sequence[Observed], *, without: Sequence[str] = ()) -> Verdicts:
    """Judge each fifth of the questions with weights fitted on the other four; features ``without`` are left out."""
    used = np.array([name not in without for name in FEATURES])
    order = np.random.default_rng(0).permutation(len(rows))
    parts = []
    for fold in range(FOLDS):
        held = [_without(rows[i], used) for i in order[fold::FOLDS]]
        others = [_without(rows[i], used) for n, i in enumerate(order) if n % FOLDS != fold]
        weights, intercept = fit_judgement(judged_unseen(others, used))
        seen = judged(held, fit_span(others, used))
        scores = seen.features @ weights + intercept
        parts.append((scores, seen.right, seen.answerable, seen.relevance))
    return Verdicts(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _without(row: Observed, used: npt.NDArray[np.bool_]) -> Observed:
    if used.all():
        return row
    return Observed(row.id, row.features * used, row.texts, row.right, row.answerable, row.relevance)


def cross_validate(rows: Sequence[Observed], *, without: Sequence[str] = ()) -> FitReport:
    """Out-of-fold figures of the weights that ``fit_weights`` would fit; features ``without`` are left out."""
    found = out_of_fold(rows, without=without)
    has = found.answerable > 0
    answerable = [row for row in rows if row.answerable]
    threshold = np.quantile(found.scores[has], REFUSED_ANSWERABLE) if has.any() else 0.0
    refused = found.scores < threshold
    given_right = (found.right > 0) & ~refused
    return FitReport(
        questions=len(rows),
        oracle=float(np.mean([row.right.any() for row in answerable])),
        best_right=float(found.right[has].sum() / max(1, len(answerable))),
        auroc_answerable=auroc(found.scores, found.answerable) or 0.0,
        auroc_right=auroc(found.scores, found.right) or 0.0,
        refused=float(refused[~has].mean()) if (~has).any() else 0.0,
        correct=float((given_right.sum() + (refused & ~has).sum()) / max(1, len(found.scores))),
    )


def fit_calibration(rows: Sequence[Observed], facts: dict[str, Any]) -> Calibration:
    """Calibration on out-of-fold judgements, so that it is not fooled by weights that saw the question.

    The answer threshold refuses 5 % of the answerable questions, with those whose passages count as irrelevant; the relevance
    threshold is below 99 % of them.
    """
    found = out_of_fold(rows)
    slope, intercept = fit_platt(found.scores.tolist(), found.right.tolist())
    plain = Calibration(slope, intercept)
    has = found.answerable > 0
    related = float(np.quantile(found.relevance[has], IRRELEVANT_ANSWERABLE)) if has.any() else 0.0
    confidence = np.array([plain.confidence(score) for score in found.scores[has]])
    confidence[found.relevance[has] < related] = 0.0
    threshold = float(np.quantile(confidence, REFUSED_ANSWERABLE)) if has.any() else 1.0
    figures = asdict(cross_validate(rows))
    return Calibration(
        round(slope, 4),
        round(intercept, 4),
        round(threshold, 4),
        round(related, 4),
        {**facts, "out_of_fold": {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}},
    )


def ablation(rows: Sequence[Observed], groups: dict[str, Sequence[str]]) -> dict[str, FitReport]:
    """Out-of-fold figures with each group of features left out."""
    return {name: cross_validate(rows, without=features) for name, features in groups.items()}


FEATURE_GROUPS: dict[str, Sequence[str]] = {
    "nothing": (),
    "the reader": ("reader_exact", "reader_mass", "reader_gap"),
    "retrieval scores": ("lexical", "dense", "rank"),
    "match of the sentence": (
        "clause_coverage", "sentence_coverage", "passage_coverage", "weakest_word", "weakest_sentence", "document_absent",
    ),
    "nearness": ("nearness",),
    "words of the property": ("focus_clause", "focus_sentence", "focus_weakest", "object"),
    "names": ("names_absent_sentence", "names_absent_passage", "quoted_absent", "absent_from_corpus", "name_missing"),
    "years and numbers": ("year_absent", "year_conflict", "number_absent", "ordinal_absent", "parallel"),
    "rival values": ("rival", "binding_absent"),
    "kind of answer": ("figure_kind", "name_kind", "kind_coverage", "unit", "measure", "head", "cue"),
    "labels": ("label",),
    "shape of the span": ("echo", "length", "several", "item_count", "cut_left", "cut_right"),
}  # fmt: skip
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
