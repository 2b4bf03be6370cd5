"""Where vectors are kept and searched: the protocol, the plain NumPy truth and FAISS.

Vectors are unit length, so the inner product is the cosine. Rows are the integer keys of passages; they never change meaning. A row
may have several vectors, and scores what the best of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import IndexCorruptError
from index.inverted_file import build_inverted_file, faiss_module, list_count

__all__ = ["ExactVectorStore", "FaissVectorStore", "VectorStore"]

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]

IVF_MINIMUM = 200_000
"""Vectors from which an inverted file replaces the exhaustive scan: below it the scan answers in some milliseconds."""
_LOOK_FURTHER = 4
"""So many times as many vectors as rows are looked at, and again so many times as many where these are of too few rows."""
_ORDINAL_BITS = 8
"""A vector's id in FAISS is its row, and behind it in so many bits its number among the vectors of the row."""


class VectorStore(Protocol):
    """Vectors under integer rows, searched by inner product."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,): all of a row, 256 at most, in one call."""
        ...

    def remove(self, rows: RowArray) -> None:
        """Remove all vectors of these rows; unknown rows are ignored."""
        ...

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with the inner product of their best vector, best first; only among ``rows`` where given."""
        ...


class ExactVectorStore:
    """A matrix and a sort: the reference for every other store, fast enough for thousands."""

    def __init__(self, dimension: int) -> None:
        self._vectors: FloatArray = np.zeros((0, dimension), np.float32)
        self._rows: RowArray = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(np.unique(self._rows))

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,): all of a row in one call."""
        _check(rows, vectors, self._vectors.shape[1])
        self._rows = np.concatenate((self._rows, rows))
        self._vectors = np.concatenate((self._vectors, vectors))

    def remove(self, rows: RowArray) -> None:
        """Remove all vectors of these rows; unknown rows are ignored."""
        keep = ~np.isin(self._rows, rows)
        self._rows, self._vectors = self._rows[keep], self._vectors[keep]

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with the inner product of their best vector, best first; ties by row."""
        wanted = np.isin(self._rows, rows) if rows is not None else np.ones(len(self._rows), bool)
        scores = self._vectors[wanted] @ vector
        found = self._rows[wanted]
        order = np.lexsort((found, -scores))
        return _best_of_rows(found[order], scores[order], top_k)


class FaissVectorStore:
    """FAISS: an exhaustive scan of half-precision vectors while small, an inverted file with 8-bit codes once large.

    The inverted file looks into a sixteenth of its lists, or as many more as find 98 % of what a scan of all of them finds in the top 10,
    measured on a sample of the stored vectors when the file is built.
    """

    def __init__(self, dimension: int, *, ivf_minimum: int = IVF_MINIMUM) -> None:
        faiss = faiss_module()
        self.dimension = dimension
        self._ivf_minimum = ivf_minimum
        flat = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._faiss_index: Any = faiss.IndexIDMap2(flat)
        self._sorted_ids: RowArray | None = None
        self._row_count: int | None = None

    def __len__(self) -> int:
        if self._row_count is None:
            self._row_count = int(np.count_nonzero(self._stored_ids() % 2**_ORDINAL_BITS == 0))
        return self._row_count

    @property
    def vector_count(self) -> int:
        """Number of vectors."""
        return int(self._faiss_index.ntotal)

    @property
    def kind(self) -> str:
        """``flat`` (exhaustive) or ``ivf`` (approximate)."""
        return "ivf" if self._inverted_file() is not None else "flat"

    def add(self, rows: RowArray, vectors: FloatArray) -> None:
        """Add vectors (n, dimension) under new rows (n,): all of a row in one call.

        Raises
        ------
        ValueError
            The shapes do not fit, or a row has more than 256 vectors.
        """
        _check(rows, vectors, self.dimension)
        if not len(rows):
            return
        ordinals = _ordinals(rows)
        if ordinals.max() >> _ORDINAL_BITS:
            raise ValueError(f"a row can have {2**_ORDINAL_BITS} vectors, got {ordinals.max() + 1}")
        self._faiss_index.add_with_ids(
            np.ascontiguousarray(vectors, np.float32), (rows.astype(np.int64) << _ORDINAL_BITS) | ordinals
        )
        self._sorted_ids = self._row_count = None

    def remove(self, rows: RowArray) -> None:
        """Remove all vectors of these rows; unknown rows are ignored."""
        ids = self._ids_of(rows)
        if len(ids):
            self._faiss_index.remove_ids(ids)
            self._sorted_ids = self._row_count = None

    def search(
        self, vector: FloatArray, *, top_k: int, rows: RowArray | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with the inner product of their best vector, best first."""
        ids = None if rows is None else self._ids_of(rows)
        most = self.vector_count if ids is None else len(ids)
        wanted = min(top_k * _LOOK_FURTHER, most)
        while wanted > 0:
            scores, found = self._nearest(vector, wanted, ids)
            best = _best_of_rows(found >> _ORDINAL_BITS, scores, top_k)
            if len(best) == top_k or wanted == most or len(found) < wanted:
                return best
            wanted = min(wanted * _LOOK_FURTHER, most)  # a few rows have taken many places
        return []

    def _nearest(self, vector: FloatArray, count: int, ids: RowArray | None) -> tuple[FloatArray, RowArray]:
        """Scores and ids of the nearest vectors, best first."""
        faiss = faiss_module()
        parameters = None
        if ids is not None:
            selector = faiss.IDSelectorBatch(ids)
            inverted = self._inverted_file()
            parameters = (
                faiss.SearchParameters(sel=selector)
                if inverted is None
                else faiss.SearchParametersIVF(sel=selector, nprobe=inverted.nlist)
            )
        scores, found = self._faiss_index.search(
            vector.reshape(1, -1).astype(np.float32), count, params=parameters
        )
        there = found[0] >= 0
        return scores[0][there], found[0][there]

    def rows(self) -> RowArray:
        """All rows, in order."""
        return np.unique(self._ids() >> _ORDINAL_BITS)

    def _ids(self) -> RowArray:
        """Ids of all vectors, sorted; read once."""
        if self._sorted_ids is None:
            self._sorted_ids = np.sort(self._stored_ids())
        return self._sorted_ids

    def _ids_of(self, rows: RowArray) -> RowArray:
        """Ids of the vectors of these rows."""
        ids = self._ids()
        return np.ascontiguousarray(ids[np.isin(ids >> _ORDINAL_BITS, rows)])

    def _stored_ids(self) -> RowArray:
        """Ids of all vectors as they are stored."""
        faiss, inverted = faiss_module(), self._inverted_file()
        if inverted is None:
            found: RowArray = faiss.vector_to_array(self._faiss_index.id_map)
            return found
        lists = [
            (inverted.invlists.get_ids(i), inverted.invlists.list_size(i)) for i in range(inverted.nlist)
        ]
        parts = [faiss.rev_swig_ptr(ids, size).copy() for ids, size in lists if size]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def optimize(self) -> None:
        """Move to an inverted file once there are enough vectors, or rebuild one that has doubled since it was trained."""
        if self.vector_count < self._ivf_minimum:
            return
        inverted = self._inverted_file()
        lists = list_count(self.vector_count)
        if inverted is None or lists >= 2 * inverted.nlist:
            ids = self._stored_ids()
            with self._reconstruction(ids) as vectors_at:
                built, self._quantizer = build_inverted_file(self.dimension, ids, vectors_at, lists=lists)
            self._faiss_index, self._sorted_ids = built, None

    def save(self, path: Path) -> None:
        """Write the store to one file; ``OSError`` where that cannot be done."""
        try:
            faiss_module().write_index(self._faiss_index, str(path))
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
        faiss = faiss_module()
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
        return self._faiss_index if isinstance(self._faiss_index, faiss_module().IndexIVF) else None

    @contextmanager
    def _reconstruction(self, ids: RowArray) -> Iterator[Callable[[RowArray], FloatArray]]:
        """A function from places in ``ids``, which are all as they are stored, to their vectors (n, dimension)."""
        inverted = self._inverted_file()
        if inverted is None:
            flat = self._faiss_index.index
            yield lambda places: flat.reconstruct_batch(np.ascontiguousarray(places, np.int64))
            return
        direct_map = faiss_module().DirectMap
        inverted.set_direct_map_type(direct_map.Hashtable)
        try:
            yield lambda places: inverted.reconstruct_batch(np.ascontiguousarray(ids[places]))
        finally:
            inverted.set_direct_map_type(direct_map.NoMap)


def _best_of_rows(rows: RowArray, scores: FloatArray, top_k: int) -> list[tuple[int, float]]:
    """The first ``top_k`` rows that differ, with the score each has first."""
    best: dict[int, float] = {}
    for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
        if len(best) >= top_k:
            break
        best.setdefault(row, score)
    return list(best.items())


def _ordinals(rows: RowArray) -> RowArray:
    """For each place how many places before it have the same row."""
    order = np.argsort(rows, kind="stable")
    ordered = np.asarray(rows)[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ordinals = np.empty(len(ordered), np.int64)
    ordinals[order] = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
    return ordinals


def _check(rows: Sequence[int] | RowArray, vectors: FloatArray, dimension: int) -> None:
    if vectors.ndim != 2 or vectors.shape[1] != dimension or len(rows) != len(vectors):
        raise ValueError(
            f"expected {len(rows)} vectors of dimension {dimension}, got an array of shape {vectors.shape}"
        )
