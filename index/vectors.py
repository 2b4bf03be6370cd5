"""Where vectors are kept and searched: the protocol, the plain NumPy truth and FAISS.

Vectors are unit length, so the inner product is the cosine. Rows are the integer keys of passages; they never change meaning.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import IndexCorruptError

__all__ = ["ExactVectorStore", "FaissVectorStore", "VectorStore"]

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]

IVF_MINIMUM = 200_000
"""Rows from which an inverted file replaces the exhaustive scan: below it the scan answers in some milliseconds."""
IVF_RECALL = 0.98
_TRAINING_PER_LIST = 64  # faiss asks for 39 at least


@cache
def _faiss() -> Any:
    """The faiss module, imported when first needed; its type stubs do not know its keyword arguments.

    One thread a search: for one query at a time, more of them gain little on an idle machine and wait long on a busy one.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


class VectorStore(Protocol):
    """Vectors under integer rows, searched by inner product."""

    def __len__(self) -> int:
        """Number of vectors."""
        ...

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,)."""
        ...

    def remove(self, rows: RowArray) -> None:
        """Remove the vectors of these rows; unknown rows are ignored."""
        ...

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their inner products, best first; only among ``rows`` where given."""
        ...


class ExactVectorStore:
    """A matrix and a sort: the reference for every other store, fast enough for thousands."""

    def __init__(self, dimension: int) -> None:
        self._vectors: FloatArray = np.zeros((0, dimension), np.float32)
        self._rows: RowArray = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,)."""
        _check(rows, vectors, self._vectors.shape[1])
        self._rows = np.concatenate((self._rows, rows))
        self._vectors = np.concatenate((self._vectors, vectors))

    def remove(self, rows: RowArray) -> None:
        """Remove the vectors of these rows; unknown rows are ignored."""
        keep = ~np.isin(self._rows, rows)
        self._rows, self._vectors = self._rows[keep], self._vectors[keep]

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their inner products, best first; ties by row."""
        wanted = np.isin(self._rows, rows) if rows is not None else np.ones(len(self._rows), bool)
        scores = self._vectors[wanted] @ vector
        found = self._rows[wanted]
        order = np.lexsort((found, -scores))[: max(0, top_k)]
        return [(int(found[i]), float(scores[i])) for i in order]


class FaissVectorStore:
    """FAISS: an exhaustive scan while small, an inverted file with 8-bit codes once large.

    ``nprobe`` of the inverted file is the smallest that finds 98 % of what the exhaustive scan finds in the top 10, measured
    on a sample of the stored vectors when the file is built.
    """

    def __init__(self, dimension: int, *, ivf_minimum: int = IVF_MINIMUM) -> None:
        faiss = _faiss()
        self.dimension = dimension
        self._ivf_minimum = ivf_minimum
        self._faiss_index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._faiss_index.ntotal)

    @property
    def kind(self) -> str:
        """``flat`` (exhaustive) or ``ivf`` (approximate)."""
        return "ivf" if self._inverted_file() is not None else "flat"

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,)."""
        _check(rows, vectors, self.dimension)
        if len(rows):
            self._faiss_index.add_with_ids(
                np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(rows, np.int64)
            )

    def remove(self, rows: RowArray) -> None:
        """Remove the vectors of these rows; unknown rows are ignored."""
        if len(rows):
            self._faiss_index.remove_ids(np.ascontiguousarray(rows, np.int64))

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their inner products, best first."""
        faiss = _faiss()
        k = min(top_k, len(self))
        if k < 1 or (rows is not None and not len(rows)):
            return []
        parameters = None
        if rows is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(rows, np.int64))
            inverted = self._inverted_file()
            parameters = (
                faiss.SearchParameters(sel=selector)
                if inverted is None
                else faiss.SearchParametersIVF(sel=selector, nprobe=inverted.nlist)
            )
        scores, found = self._faiss_index.search(
            vector.reshape(1, -1).astype(np.float32), k, params=parameters
        )
        return [(int(row), float(score)) for row, score in zip(found[0], scores[0], strict=True) if row >= 0]

    def rows(self) -> RowArray:
        """Rows of all vectors, in no order."""
        faiss, inverted = _faiss(), self._inverted_file()
        if inverted is None:
            found: RowArray = faiss.vector_to_array(self._faiss_index.id_map)
            return found
        lists = [
            (inverted.invlists.get_ids(i), inverted.invlists.list_size(i)) for i in range(inverted.nlist)
        ]
        return np.concatenate([faiss.rev_swig_ptr(ids, size).copy() for ids, size in lists if size])

    def optimize(self) -> None:
        """Move to an inverted file once there are enough vectors, or rebuild one that has doubled since it was trained."""
        if len(self) < self._ivf_minimum:
            return
        inverted = self._inverted_file()
        lists = _list_count(len(self))
        if inverted is None or lists >= 2 * inverted.nlist:
            self._build_inverted_file(lists)

    def save(self, path: Path) -> None:
        """Write the store to one file; ``OSError`` where that cannot be done."""
        try:
            _faiss().write_index(self._faiss_index, str(path))
        except RuntimeError as error:
            raise OSError(f"the vector file {path.name} cannot be written (is the disk full?)") from error

    @classmethod
    def load(cls, path: Path, *, writable: bool = False, ivf_minimum: int = IVF_MINIMUM) -> FaissVectorStore:
        """Read a store that ``save`` wrote; the lists of an inverted file are mapped, not read, unless ``writable``.

        Raises
        ------
        IndexCorruptError
            FAISS cannot read the file.
        """
        faiss = _faiss()
        try:
            flags = 0 if writable else faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY
            faiss_index = faiss.read_index(str(path), flags)
        except RuntimeError as error:
            raise IndexCorruptError(f"the vector file {path.name} cannot be read") from error
        store = cls(int(faiss_index.d), ivf_minimum=ivf_minimum)
        store._faiss_index = faiss_index
        return store

    def _inverted_file(self) -> Any:
        """The inverted file, or None while the store is a flat scan."""
        return self._faiss_index if isinstance(self._faiss_index, _faiss().IndexIVF) else None

    def _build_inverted_file(self, lists: int) -> None:
        faiss = _faiss()
        rows, vectors = self._all_vectors()
        self._quantizer = faiss.IndexFlatIP(self.dimension)  # the inverted file only borrows it
        inverted = faiss.IndexIVFScalarQuantizer(
            self._quantizer, self.dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        generator = np.random.default_rng(0)
        sample = np.sort(
            generator.choice(len(rows), min(len(rows), lists * _TRAINING_PER_LIST), replace=False)
        )
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        try:
            inverted.train(vectors[sample])
            inverted.add_with_ids(vectors, rows)
            self._choose_probes(inverted, generator.permutation(vectors[sample])[:200], rows, vectors)
        finally:
            faiss.omp_set_num_threads(1)
        self._faiss_index = inverted

    def _all_vectors(self) -> tuple[RowArray, FloatArray]:
        """Rows (n,) and vectors (n, dimension) of the whole store."""
        inverted, rows = self._inverted_file(), self.rows()
        if inverted is None:
            return rows, self._faiss_index.index.reconstruct_n(0, len(self))
        direct_map = _faiss().DirectMap
        inverted.set_direct_map_type(direct_map.Hashtable)
        vectors = inverted.reconstruct_batch(rows)
        inverted.set_direct_map_type(direct_map.NoMap)
        return rows, vectors

    @staticmethod
    def _choose_probes(inverted: Any, queries: FloatArray, rows: RowArray, vectors: FloatArray) -> None:
        faiss = _faiss()
        truth = rows[faiss.knn(queries, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)[1]]
        inverted.nprobe = 1
        while inverted.nprobe < inverted.nlist:
            found = inverted.search(queries, 10)[1]
            recall = np.mean(
                [len(np.intersect1d(a, b)) / truth.shape[1] for a, b in zip(found, truth, strict=True)]
            )
            if recall >= IVF_RECALL:
                return
            inverted.nprobe = min(inverted.nlist, inverted.nprobe * 2)


def _list_count(vectors: int) -> int:
    return int(2 ** np.round(np.log2(4 * np.sqrt(vectors))))


def _check(rows: Sequence[int] | RowArray, vectors: FloatArray, dimension: int) -> None:
    if vectors.ndim != 2 or vectors.shape[1] != dimension or len(rows) != len(vectors):
        raise ValueError(
            f"expected {len(rows)} vectors of dimension {dimension}, got an array of shape {vectors.shape}"
        )
