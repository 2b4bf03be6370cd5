"""What fitted scores are worth on questions that they have not seen: each fold judged by weights fitted on the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eval.fit_scores import (
    Observed,
    fit_certainty,
    fit_judgement,
    fit_span,
    judged,
    judged_unseen,
)
from eval.measures.refusal import auroc
from qa.span_features import FEATURES

__all__ = [
    "FEATURE_GROUPS",
    "REFUSED_ANSWERABLE",
    "FitReport",
    "Verdicts",
    "ablation",
    "cross_validate",
    "out_of_fold",
    "report",
]

FloatArray = npt.NDArray[np.float64]
FOLDS = 5
REFUSED_ANSWERABLE = 0.07
"""Share of the answerable questions that the answer threshold may refuse, out of fold, all sets together by their weights. It was the least, in
hundredths, at which 85 % of the unanswerable development questions on the seeds were refused; with the reader of today that would be 5 %, where fewer
questions are answered right or refused with reason, on every set."""


@dataclass(frozen=True, slots=True)
class FitReport:
    """Out-of-fold figures. ``best_right``: share of answerable questions whose best candidate is right; ``oracle``: that have a
    right candidate at all; ``auroc_answerable`` of the judgement, ``auroc_right`` of the certainty; ``refused``: share of unanswerable
    questions refused where 7 % of the answerable ones with a candidate are; ``correct``: share of all questions answered right or
    refused with reason there. A question without a candidate is refused."""

    questions: int
    oracle: float
    best_right: float
    auroc_answerable: float
    auroc_right: float
    refused: float
    correct: float


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
    asked = [row for row in rows if row.source == source]
    answerable = [row for row in asked if row.answerable]
    threshold = np.quantile(found.judgement[has], REFUSED_ANSWERABLE) if has.any() else 0.0
    refused = found.judgement < threshold
    with_reason = int((refused & ~has).sum()) + sum(not (row.answerable or row.texts) for row in asked)
    return FitReport(
        questions=len(asked),
        oracle=float(np.mean([row.right.any() for row in answerable])) if answerable else 0.0,
        best_right=float(right[has].sum() / max(1, len(answerable))),
        auroc_answerable=auroc(found.judgement, has.astype(np.float64)) or 0.0,
        auroc_right=auroc(found.certainty, right.astype(np.float64)) or 0.0,
        refused=with_reason / max(1, len(asked) - len(answerable)),
        correct=float(((right & ~refused).sum() + with_reason) / max(1, len(asked))),
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
    "words of the property": ("focus_clause", "focus_sentence", "focus_weakest", "object", "attribute_absent"),
    "names": ("names_absent_sentence", "names_absent_passage", "quoted_absent", "absent_from_corpus", "name_missing"),
    "years and numbers": ("year_absent", "year_conflict", "number_absent", "ordinal_absent", "parallel"),
    "rival values": ("rival", "binding_absent"),
    "kind of answer": ("figure_kind", "name_kind", "kind_coverage", "unit", "measure", "head", "cue"),
    "labels and tables": ("label", "cell_head", "cell_row"),
    "shape of the span": ("echo", "length", "several", "item_count", "cut_left", "cut_right"),
}  # fmt: skip
"""What the ablation leaves out, by what a person would call it."""
