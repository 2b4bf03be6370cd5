"""FAISS once an index is large: vectors in lists about centres, of which a search looks into some. Kept apart from where they are stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["build_inverted_file", "faiss_module", "list_count"]

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]

IVF_RECALL = 0.98
_LEAST_PROBED = 1 / 16
"""Share of the lists: questions lie farther from the vectors than these from each other. Of 200 questions of DRCD, over 525,000 vectors, it finds
98 % of what all lists hold among the first ten, where stored vectors as questions would need 1 / 500."""
_TRAINING_PER_LIST = 40  # faiss asks for 39 at least
_TRAINING_ROUNDS = 10
_AT_ONCE = 50_000


@cache
def faiss_module() -> Any:
    """The faiss module, imported when first needed; its type stubs do not know its keyword arguments.

    One thread a search: for one query at a time, more of them gain little on an idle machine and wait long on a busy one.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


def list_count(vectors: int) -> int:
    """Lists for so many vectors: the power of two next to two and a half times their root."""
    return int(2 ** np.round(np.log2(2.5 * np.sqrt(vectors))))


def build_inverted_file(
    dimension: int, ids: RowArray, vectors_at: Callable[[RowArray], FloatArray], *, lists: int
) -> tuple[Any, Any]:
    """An inverted file with 8-bit codes of the vectors with these ids (n,), and its quantizer, which it only borrows.

    Parameters
    ----------
    vectors_at
        From places in ``ids`` (m,) to their vectors (m, dimension). They are asked for some at a time: a float copy of all would be the
        largest thing in memory.
    """
    faiss = faiss_module()
    quantizer = faiss.IndexFlatIP(dimension)
    inverted = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    inverted.cp.niter = _TRAINING_ROUNDS
    generator = np.random.default_rng(0)
    sample = np.sort(generator.choice(len(ids), min(len(ids), lists * _TRAINING_PER_LIST), replace=False))
    training = vectors_at(sample)
    queries = generator.permutation(training)[:200]
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        inverted.train(training)
        for start in range(0, len(ids), _AT_ONCE):
            some = np.arange(start, min(start + _AT_ONCE, len(ids)))
            inverted.add_with_ids(vectors_at(some), ids[some])
        _choose_probes(inverted, queries)
    finally:
        faiss.omp_set_num_threads(1)
    return inverted, quantizer


def _choose_probes(inverted: Any, queries: FloatArray, *, count: int = 10) -> None:
    """The least power of two, from a sixteenth of the lists, that finds 98 % of what a scan of all of them, with the same codes, finds."""
    inverted.nprobe = inverted.nlist
    truth = inverted.search(queries, count)[1]
    inverted.nprobe = max(1, int(inverted.nlist * _LEAST_PROBED))
    while inverted.nprobe < inverted.nlist:
        found = inverted.search(queries, count)[1]
        recall = np.mean([len(np.intersect1d(a, b)) / count for a, b in zip(found, truth, strict=True)])
        if recall >= IVF_RECALL:
            return
        inverted.nprobe = min(inverted.nlist, inverted.nprobe * 2)
