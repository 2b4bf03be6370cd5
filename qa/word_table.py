"""The table of word vectors that a word-aware reader sees: an embedder's own, or the reader's copy of it in eight bits.

A copy makes the reader complete by itself: the embedder can then be exchanged or adapted without touching what it reads.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ReaderError

__all__ = ["WordVectors", "copy_word_table"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

_STEPS = 127
_PIECE = 4096  # rows at a time: a float32 copy of a whole table would double the memory
_ROUNDED, _SCALES = "vectors", "scales"


class WordVectors:
    """A table of word vectors, in memory as it is in the file; rows 0 and 1 (padding, unknown) are zero.

    The file holds one matrix in half or single precision, or ``vectors`` (n, d) int8 and ``scales`` (n,) float32, whose
    product they are.
    """

    def __init__(self, path: Path) -> None:
        self._table, self._scales = _load(path)
        self._table[:2] = 0
        self._norms = np.empty(len(self._table), np.float32)
        total = squares = 0.0
        for start in range(0, len(self._table), _PIECE):
            rows = self._rows(np.arange(start, min(start + _PIECE, len(self._table))))
            self._norms[start : start + _PIECE] = np.linalg.norm(rows, axis=1)
            total += float(rows.sum(dtype=np.float64))
            squares += float(np.einsum("ij,ij->", rows, rows, dtype=np.float64))
        mean = total / self._table.size
        self._deviation = np.float32(np.sqrt(squares / self._table.size - mean * mean))
        self._norms.clip(1e-6, out=self._norms)

    def __len__(self) -> int:
        """Number of words."""
        return len(self._table)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._table.shape[1])

    def _rows(self, words: IntArray) -> FloatArray:
        vectors: FloatArray = self._table[words].astype(np.float32)
        if self._scales is not None:
            vectors *= self._scales[words][..., None]
        return vectors

    def scaled(self, words: IntArray) -> FloatArray:
        """Vectors divided by the standard deviation of the table: (*words.shape, dimension) float32."""
        vectors = self._rows(words)
        vectors /= self._deviation
        return vectors

    def unit(self, words: IntArray) -> FloatArray:
        """Unit vectors: (len(words), dimension) float32; zero for words 0 and 1."""
        vectors = self._rows(words)
        vectors /= self._norms[words][:, None]
        return vectors


def _load(path: Path) -> tuple[npt.NDArray[Any], FloatArray | None]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
        scales = tensors.pop(_SCALES, None)
        (table,) = tensors.values()
    except (OSError, ValueError, SafetensorError) as error:
        raise ReaderError(f"cannot read the word vectors in {path}: {error}") from error
    if table.ndim != 2 or (scales is not None and scales.shape != table.shape[:1]):
        raise ReaderError(f"{path} holds no table of vectors: its shape is {table.shape}")
    if scales is not None:
        return table.astype(np.int8, copy=False), scales.astype(np.float32, copy=False)
    return table if table.dtype == np.float16 else table.astype(np.float32), None


def copy_word_table(embedder: Path, folder: Path) -> None:
    """Write the words and vectors of the embedder in ``embedder`` into ``folder``, the vectors in eight bits.

    Each row is rounded to 255 steps of its own size, which changes a cosine by less than 0.01.

    Raises
    ------
    ReaderError
        The embedder's files are missing or damaged.
    """
    from safetensors.numpy import save_file

    table, scales = _load(embedder / "model.safetensors")
    if scales is None:
        scales = np.abs(table).max(axis=1).astype(np.float32) / _STEPS
        rounded = np.zeros(table.shape, np.int8)
        for start in range(0, len(table), _PIECE):
            part = slice(start, start + _PIECE)
            rows = table[part].astype(np.float32) / np.maximum(scales[part], 1e-12)[:, None]
            rounded[part] = np.rint(rows).astype(np.int8)
        table = rounded
    folder.mkdir(parents=True, exist_ok=True)
    save_file({_ROUNDED: table, _SCALES: scales}, folder / "model.safetensors")
    shutil.copyfile(embedder / "tokenizer.json", folder / "tokenizer.json")
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).chmod(0o644)  # safetensors makes files that only their owner may read
