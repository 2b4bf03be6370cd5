"""Fit the weights by which the pipeline ranks candidate spans and judges the best one, and the thresholds of its answers.

Every figure reported is out of fold, by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.calibrate import fit_platt
from eval.dataset import Question
from eval.errors import EvalError
from eval.fit_scores import (
    Observed,
    fit_certainty,
    fit_judgement,
    fit_span,
    judged,
    judged_unseen,
    named,
)
from eval.measures.cmrc import cmrc_f1
from eval.measures.equality import same_answer
from eval.measures.refusal import auroc
from qa.calibration import Calibration, probability
from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

__all__ = [
    "LEAST_CONFIDENCE",
    "REFUSED_ANSWERABLE",
    "FitReport",
    "Observed",
    "ablation",
    "cross_validate",
    "fit_calibration",
    "fit_weights",
    "observe",
    "out_of_fold",
    "report",
    "write_fit",
]

FloatArray = npt.NDArray[np.float64]
FOLDS = 5
RIGHT_F1 = 0.8
REFUSED_ANSWERABLE = 0.03
"""Share of the answerable questions that the answer threshold may refuse, out of fold.

Questions that the features were not made for are refused more than twice as often; at most 8 % of those shall be."""
IRRELEVANT_ANSWERABLE = 0.01
"""Share of the answerable questions whose passages may count as irrelevant."""
LEAST_CONFIDENCE = 0.1
"""An answer that is wrong nine times in ten serves nobody: below this, passages are shown instead."""
_MIN_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class FitReport:
    """Out-of-fold figures. ``best_right``: share of answerable questions whose best candidate is right; ``oracle``: that have a
    right candidate at all; ``auroc_answerable`` of the judgement, ``auroc_right`` of the certainty; ``refused``: share of unanswerable
    questions refused where 3 % of the answerable ones are; ``correct``: share of all questions answered right or refused with
    reason there."""

    questions: int
    oracle: float
    best_right: float
    auroc_answerable: float
    auroc_right: float
    refused: float
    correct: float


def observe(
    pipeline: Pipeline,
    questions: Sequence[Question],
    progress: Callable[[int, int], None] | None = None,
    *,
    weight: float = 1.0,
    source: str = "",
) -> list[Observed]:
    """Collect and label the candidates of every question; each counts ``weight`` in a fit and is of the set ``source``."""
    rows: list[Observed] = []
    for done, question in enumerate(questions, start=1):
        explanation = pipeline.explain(question.question)[1]
        candidates = explanation.candidates
        texts = tuple(c.text for c in candidates)
        features = np.stack([c.features for c in candidates]) if candidates else np.zeros((0, len(FEATURES)))
        right = np.array([_is_right(text, question) for text in texts], np.float64)
        answerable = question.kind != "none"
        rows.append(
            Observed(question.id, features, texts, right, answerable, explanation.relevance, weight, source)
        )
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
    """Fit all scores on all rows; returns what ``SpanScorer.from_weights`` takes.

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
    seen = judged_unseen(rows, used)
    judgement, judged_from = fit_judgement(seen)
    certainty, certain_from = fit_certainty(seen)
    return {
        "span": named(FEATURES, fit_span(rows, used)),
        "judgement": named(JUDGEMENT_FEATURES, judgement, intercept=judged_from),
        "certainty": named(JUDGEMENT_FEATURES, certainty, intercept=certain_from),
    }


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Out-of-fold judgements and certainties, in log-odds, of all questions that have a candidate (n,), whether the best is right
    (n,), and their rows."""

    judgement: FloatArray
    certainty: FloatArray
    right: FloatArray
    rows: list[Observed]

    @property
    def answerable(self) -> npt.NDArray[np.bool_]:
        """Whether each question has an answer (n,)."""
        return np.array([row.answerable for row in self.rows], bool)

    def of(self, source: str) -> Verdicts:
        """Those of one set."""
        kept = np.array([row.source == source for row in self.rows], bool)
        rows = [row for row in self.rows if row.source == source]
        return Verdicts(self.judgement[kept], self.certainty[kept], self.right[kept], rows)


def out_of_fold(rows: Sequence[Observed], *, without: Sequence[str] = ()) -> Verdicts:
    """Judge each fifth of the questions with weights fitted on the other four; features ``without`` are left out."""
    used = np.array([name not in without for name in FEATURES])
    order = np.random.default_rng(0).permutation(len(rows))
    parts, seen_rows = [], []
    for fold in range(FOLDS):
        held = [_without(rows[i], used) for i in order[fold::FOLDS]]
        others = [_without(rows[i], used) for n, i in enumerate(order) if n % FOLDS != fold]
        known = judged_unseen(others, used)
        seen = judged(held, fit_span(others, used))
        scores = [
            seen.features @ weights + start for weights, start in (fit_judgement(known), fit_certainty(known))
        ]
        parts.append((*scores, seen.right))
        seen_rows += [row for row in held if len(row.texts)]
    judgement, certainty, right = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Verdicts(judgement, certainty, right, seen_rows)


def _without(row: Observed, used: npt.NDArray[np.bool_]) -> Observed:
    return row if used.all() else replace(row, features=row.features * used)


def cross_validate(rows: Sequence[Observed], *, without: Sequence[str] = (), source: str = "") -> FitReport:
    """Out-of-fold figures of the weights that ``fit_weights`` would fit, on the questions of one set; features ``without`` are left
    out."""
    return report(rows, out_of_fold(rows, without=without), source)


def report(rows: Sequence[Observed], verdicts: Verdicts, source: str = "") -> FitReport:
    """The figures of one set's questions."""
    found = verdicts.of(source)
    has, right = found.answerable, found.right > 0
    answerable = [row for row in rows if row.answerable and row.source == source]
    threshold = np.quantile(found.judgement[has], REFUSED_ANSWERABLE) if has.any() else 0.0
    refused = found.judgement < threshold
    return FitReport(
        questions=sum(row.source == source for row in rows),
        oracle=float(np.mean([row.right.any() for row in answerable])) if answerable else 0.0,
        best_right=float(right[has].sum() / max(1, len(answerable))),
        auroc_answerable=auroc(found.judgement, has.astype(np.float64)) or 0.0,
        auroc_right=auroc(found.certainty, right.astype(np.float64)) or 0.0,
        refused=float(refused[~has].mean()) if (~has).any() else 0.0,
        correct=float(((right & ~refused).sum() + (refused & ~has).sum()) / max(1, len(found.rows))),
    )


def fit_calibration(rows: Sequence[Observed], facts: dict[str, Any]) -> Calibration:
    """Calibration on out-of-fold scores, so that it is not fooled by weights that saw the question.

    The answer threshold refuses 3 % of the answerable questions, with those whose passages count as irrelevant; the relevance
    threshold is below 99 % of them. Questions count by their weights.
    """
    found = out_of_fold(rows)
    weight = np.array([row.weight for row in found.rows])
    relevance = np.array([row.relevance for row in found.rows])
    slope, intercept = fit_platt(found.certainty, found.right, weight)
    has = found.answerable
    related = _quantile(relevance[has], IRRELEVANT_ANSWERABLE, weight[has], 0.0)
    judged = np.array([probability(score) for score in found.judgement[has]])
    judged[relevance[has] < related] = 0.0
    threshold = _quantile(judged, REFUSED_ANSWERABLE, weight[has], 1.0)
    figures = {
        source: asdict(report(rows, found, source)) for source in dict.fromkeys(r.source for r in rows)
    }
    shown = {
        source: {k: round(v, 4) if isinstance(v, float) else v for k, v in one.items()}
        for source, one in figures.items()
    }
    return Calibration(
        round(slope, 4),
        round(intercept, 4),
        round(threshold, 4),
        related_threshold=round(related, 4),
        fitted_on={
            **facts,
            "out_of_fold": shown.pop("", {}),
            **({"out_of_fold_beside": shown} if shown else {}),
        },
        confidence_threshold=LEAST_CONFIDENCE,
    )


def _quantile(values: FloatArray, share: float, weight: FloatArray, otherwise: float) -> float:
    """The lowest value with that share of the weight at or below it."""
    if not len(values):
        return otherwise
    return float(np.quantile(values, share, weights=weight, method="inverted_cdf"))


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
