"""Many lists of numbers of unequal length as two arrays: the pieces of each text, and the texts of each document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["IntArray", "Ragged", "TokenRows", "take_ranges"]

_CHUNK = 512

IntArray = npt.NDArray[np.int64]

Ragged = tuple[npt.NDArray[np.int32], IntArray]
"""Pieces of rows one after another, and the length of each row."""


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Rows of piece numbers: row i is ``values[starts[i]:starts[i + 1]]``."""

    values: npt.NDArray[np.int32]
    starts: IntArray

    @classmethod
    def encode(cls, texts: Iterable[str], tokenizer: Tokenizer) -> TokenRows:
        """Tokenise once, so that training spends its time on learning."""
        values: list[npt.NDArray[np.int32]] = []
        lengths: list[int] = []
        stream = iter(texts)
        while chunk := list(islice(stream, _CHUNK)):
            for encoding in tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
                ids = np.array(encoding.ids, np.int32)
                values.append(ids)
                lengths.append(len(ids))
        flat = np.concatenate(values) if values else np.zeros(0, np.int32)
        return cls(flat, np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.starts) - 1

    def lengths(self) -> IntArray:
        """Length of each row."""
        return np.diff(self.starts)


def take_ranges(values: npt.NDArray[np.int32], starts: IntArray, lengths: IntArray) -> Ragged:
    """``values[start:start + length]`` of each range, one after another, and the lengths."""
    before = np.cumsum(lengths) - lengths
    index = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths)
    return values[index], lengths
