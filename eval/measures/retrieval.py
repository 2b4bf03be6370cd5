"""Success@k, R@k, RR@10 and nDCG@10 of ranked lists, by ``ir_measures`` (TREC definitions), per question.

Relevance is binary: a *document* is relevant where the gold names it, a *passage* where it holds an accepted answer (or
an item of a list) inside a gold document. A list is a ranking: scores are not compared across lists, and equal scores keep their
order. A document stands where its first passage stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = ["CUTOFFS", "MEASURES", "first_places", "retrieval_scores"]

CUTOFFS = (1, 3, 5, 10)
MEASURES = (*(f"{name}@{k}" for name in ("Success", "R") for k in CUTOFFS), "RR@10", "nDCG@10")


def first_places(ids: Sequence[str]) -> list[str]:
    """Return the ids in order of first appearance."""
    return list(dict.fromkeys(ids))


def retrieval_scores(
    rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Collection[str]]
) -> dict[str, dict[str, float]]:
    """Return every measure for every question that has relevant ids: ``{question_id: {"nDCG@10": 0.63, …}}``.

    Parameters
    ----------
    rankings
        Ids found for each question, best first; a question that is missing found nothing.
    relevant
        Relevant ids for each question; questions without any are left out.
    """
    import ir_measures

    qrels = {question: dict.fromkeys(ids, 1) for question, ids in relevant.items() if ids}
    run = {
        question: {
            found: float(-place) for place, found in enumerate(first_places(rankings.get(question, ())))
        }
        for question in qrels
    }
    scores = {question: dict.fromkeys(MEASURES, 0.0) for question in qrels}
    if not qrels:
        return scores
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    for metric in ir_measures.iter_calc(measures, qrels, run):
        scores[metric.query_id][str(metric.measure)] = float(metric.value)
    return scores
