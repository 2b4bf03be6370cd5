"""Several ranked lists become one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from index.types import Hit

__all__ = ["reciprocal_rank_fusion", "score_fusion"]


def reciprocal_rank_fusion(
    lists: Mapping[str, Sequence[Hit]], weights: Mapping[str, float], *, k: int = 60
) -> list[Hit]:
    """Weighted reciprocal rank fusion, ranks counted from 1; best first, ties by passage id.

    Cormack, Clarke and Büttcher, *Reciprocal Rank Fusion outperforms Condorcet* (SIGIR 2009): Σ weight / (k + rank).

    Examples
    --------
    >>> lists = {"lexical": [Hit("a", 9.0), Hit("b", 5.0)], "dense": [Hit("b", 0.8)]}
    >>> [hit.passage_id for hit in reciprocal_rank_fusion(lists, {"lexical": 1.0, "dense": 1.0})]
    ['b', 'a']
    """
    scores: defaultdict[str, float] = defaultdict(float)
    for name, hits in lists.items():
        for rank, hit in enumerate(hits, start=1):
            scores[hit.passage_id] += weights[name] / (k + rank)
    return _ranked(scores)


def score_fusion(lists: Mapping[str, Sequence[Hit]], weights: Mapping[str, float]) -> list[Hit]:
    """Weighted sum of each list's scores divided by its best; a passage that a list lacks gets the least score of that list.

    A list whose best score is not positive says nothing, and a score below zero counts as zero: to be listed low is never
    worse than not to be listed.

    Examples
    --------
    >>> lists = {"lexical": [Hit("a", 8.0), Hit("b", 4.0)], "dense": [Hit("b", 0.5)]}
    >>> score_fusion(lists, {"lexical": 1.0, "dense": 0.5})
    [Hit(passage_id='a', score=1.5), Hit(passage_id='b', score=1.0)]
    """
    scores: defaultdict[str, float] = defaultdict(float)
    everyone = {hit.passage_id for hits in lists.values() for hit in hits}
    for name, hits in lists.items():
        if not hits or hits[0].score <= 0:
            continue
        best, least = hits[0].score, max(0.0, hits[-1].score)
        given = {hit.passage_id: max(0.0, hit.score) for hit in hits}
        for passage_id in everyone:
            scores[passage_id] += weights[name] * given.get(passage_id, least) / best
    return _ranked(scores)


def _ranked(scores: Mapping[str, float]) -> list[Hit]:
    return [Hit(i, score) for i, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
