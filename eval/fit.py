"""Fit the weights by which the pipeline ranks candidate spans and judges the best one, and the thresholds of its answers.

Every figure reported is out of fold, by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.calibrate import fit_platt
from eval.dataset import Question
from eval.errors import EvalError
from eval.fit_folds import REFUSED_ANSWERABLE, out_of_fold, report
from eval.fit_scores import Observed, fit_certainty, fit_judgement, fit_span, judged_unseen, named
from eval.measures.cmrc import cmrc_f1
from eval.measures.equality import same_answer
from qa.calibration import Calibration, probability
from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

__all__ = ["LEAST_CONFIDENCE", "Observed", "fit_calibration", "fit_weights", "observe", "write_fit"]

FloatArray = npt.NDArray[np.float64]
RIGHT_F1 = 0.8
IRRELEVANT_ANSWERABLE = 0.003
"""Share of the answerable questions whose passages may count as irrelevant."""
LEAST_CONFIDENCE = 0.05
"""An answer that is wrong nineteen times in twenty serves nobody: below this, passages are shown instead. At 0.1 it held back, out of fold, 12
answerable questions of the invented documents' dev part that the judgement let pass, and 4 unanswerable ones."""
_MIN_QUESTIONS = 20


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


def fit_calibration(rows: Sequence[Observed], facts: dict[str, Any]) -> Calibration:
    """Calibration on out-of-fold scores, so that it is not fooled by weights that saw the question.

    The answer threshold refuses 7 % of the answerable questions, with those whose passages count as irrelevant; the relevance
    threshold is below 99.7 % of them. Questions count by their weights.
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


def write_fit(
    weights: dict[str, dict[str, float]], calibration: Calibration, kind: str, folder: Path
) -> None:
    """Put weights and calibration for a kind of reader into a models folder, beside those of the other kinds."""
    for name, value in (("span_scorers.json", weights), ("calibrations.json", calibration.to_dict())):
        path = folder / name
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        known[kind] = value
        path.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
