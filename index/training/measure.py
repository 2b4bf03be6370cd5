"""How many of the right passages are among the first k by the vector alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.embedder import Embedder

__all__ = ["passage_ranks", "recall"]

_CHUNK = 256


def passage_ranks(
    embedder: Embedder,
    questions: Sequence[str],
    right: Sequence[int],
    passages: Sequence[str],
    *,
    instead: Sequence[str] | None = None,
) -> npt.NDArray[np.int64]:
    """Rank of each question's right passage, 1 the best; passages as near as the right one count before it.

    Parameters
    ----------
    right
        Position of each question's passage in ``passages``.
    instead
        For each question a text that stands for its passage, such as the passage without the sentence that is asked for.
    """
    documents = embedder.encode_documents(passages)
    ranks = np.zeros(len(questions), np.int64)
    for start in range(0, len(questions), _CHUNK):
        some = questions[start : start + _CHUNK]
        rows, wanted = np.arange(len(some)), np.asarray(right[start : start + _CHUNK], np.int64)
        asked = np.stack([embedder.encode_query(question) for question in some])
        scores = asked @ documents.T
        if instead is not None:
            own = embedder.encode_documents(instead[start : start + _CHUNK])
            scores[rows, wanted] = (asked * own).sum(axis=1)
        ranks[start : start + len(some)] = (scores >= scores[rows, wanted][:, None]).sum(axis=1)
    return ranks


def recall(ranks: npt.NDArray[np.int64], k: int) -> float:
    """Share of the questions whose passage is among the first ``k``; 0 without questions."""
    return float((ranks <= k).mean()) if len(ranks) else 0.0
