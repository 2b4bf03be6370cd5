"""Fit the weights by which the retriever puts the first passages of its list in order. Every figure reported is out of fold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eval.dataset import Question
from eval.errors import EvalError
from eval.fit_scores import fit_first, named
from eval.gold_context import GoldBook
from qa.gloss import is_foreign
from qa.passage_ranking import RANKING_FEATURES, RankingWeights

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

__all__ = [
    "Ranked",
    "fit_ranking",
    "known_ranking",
    "observe_ranking",
    "places_before_and_after",
    "write_ranking",
]

FloatArray = npt.NDArray[np.float64]
_FOLDS = 5
_PRIOR = 1.0
_LEAST = 20
_NOWHERE = 10**6


@dataclass(frozen=True, slots=True)
class Ranked:
    """A question with the first passages of its fused list, in its order: features (n, len(RANKING_FEATURES)), whether each holds an answer
    (n,), whether the question is not in Chinese, the set it comes from."""

    features: FloatArray
    right: FloatArray
    foreign: bool
    source: str


def observe_ranking(
    pipeline: Pipeline,
    questions: Sequence[Question],
    *,
    depth: int,
    source: str = "",
) -> list[Ranked]:
    """The first ``depth`` passages for every question that has an answer in the index, in the order that the pipeline's retriever gives:
    it is to rank none."""
    book = GoldBook(pipeline.index)
    retriever = pipeline.retriever
    rows: list[Ranked] = []
    for question in questions:
        relevant = set(book.relevant_passages(question)) if question.kind != "none" else set()
        if relevant:
            asked = pipeline.search_text(question.question)
            lists = retriever.lists(asked)
            first = lists["fused"][:depth]
            features = retriever.ranker.features(asked, first, lists["dense"])
            if len(features):
                right = np.array([float(hit.passage_id in relevant) for hit in first])
                rows.append(Ranked(features, right, is_foreign(asked), source))
    return rows


def fit_ranking(rows: Sequence[Ranked]) -> dict[str, dict[str, float]]:
    """Weights as ``RankingWeights.from_dict`` takes them, for the scripts with 20 questions or more: a passage with an answer is to stand
    first, by a softmax over the passages of a question. No weight is below zero, and every set counts as much as any other.

    Raises
    ------
    EvalError
        No script has so many questions whose passage was found.
    """
    kinds = {"same": _found(rows, foreign=False), "foreign": _found(rows, foreign=True)}
    fitted = {k: named(RANKING_FEATURES, _weights(some)) for k, some in kinds.items() if len(some) >= _LEAST}
    if not fitted:
        most = max(map(len, kinds.values()))
        raise EvalError(
            f"{most} questions whose passage is found among others are too few to fit on; {_LEAST} are needed"
        )
    return fitted


def _found(rows: Sequence[Ranked], *, foreign: bool) -> list[Ranked]:
    """Those that say what stands before what."""
    return [row for row in rows if row.foreign is foreign and row.right.any() and not row.right.all()]


def _weights(found: Sequence[Ranked]) -> FloatArray:
    sizes = Counter(row.source for row in found)
    data = [(r.features, r.right, len(found) / len(sizes) / sizes[r.source]) for r in found]
    return fit_first(data, [(0.0, None)] * len(RANKING_FEATURES), prior=_PRIOR)


def places_before_and_after(
    rows: Sequence[Ranked], cutoffs: Sequence[int] = (1, 3, 5)
) -> dict[str, dict[str, list[float]]]:
    """For each set and script the shares of questions with a right passage among the first so many: ``{"seeds, same": {"before": […],
    "after": […], "questions": [n]}}``. What comes after is by weights that did not see the question."""
    figures: dict[str, dict[str, list[float]]] = {}
    for foreign in (False, True):
        some = [row for row in rows if row.foreign is foreign]
        if len(_found(some, foreign=foreign)) < _LEAST:
            continue
        scores: list[FloatArray] = [np.zeros(0)] * len(some)
        for fold in range(_FOLDS):
            others = [row for n, row in enumerate(some) if n % _FOLDS != fold]
            weights = _weights(_found(others, foreign=foreign))
            for number in range(fold, len(some), _FOLDS):
                scores[number] = some[number].features @ weights
        for source in dict.fromkeys(row.source for row in some):
            of_set = [n for n, row in enumerate(some) if row.source == source]
            before = np.array([_place(some[n].right) for n in of_set])
            after = np.array([_place(some[n].right[np.argsort(-scores[n], kind="stable")]) for n in of_set])
            figures[f"{source}, {'foreign' if foreign else 'same'}"] = {
                "questions": [float(len(of_set))],
                "before": [float((before < cutoff).mean()) for cutoff in cutoffs],
                "after": [float((after < cutoff).mean()) for cutoff in cutoffs],
            }
    return figures


def _place(right: FloatArray) -> int:
    return int(np.argmax(right)) if right.any() else _NOWHERE


def known_ranking(path: Path) -> dict[str, dict[str, float]]:
    """Weights that a file holds; none where there is no file.

    Raises
    ------
    EvalError
        It holds something else, which is not to be written over.
    """
    try:
        known: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))
        RankingWeights.from_dict(known)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise EvalError(f"--out: {path} holds no weights of a ranking: name another file") from error
    return known


def write_ranking(weights: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Write what ``RankingWeights.from_dict`` takes; weights in the file for a script that has no new ones stay."""
    path.write_text(json.dumps({**known_ranking(path), **weights}, indent=1) + "\n", encoding="utf-8")
