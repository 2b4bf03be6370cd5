"""Which Han words a table of vectors misses least when they are gone: their parts then stand for them. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.folding import HAN
from index.training.unigram_pieces import parts_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["spare_words"]

_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")
_LONG = 4  # characters: two words in one


def spare_words(
    tokenizer: Tokenizer, table: npt.NDArray[np.float32], counts: npt.NDArray[np.int64]
) -> list[str]:
    """Han pieces of two characters or more that are made of others, those first that can best be spared: of four characters and more, then
    by how often the texts have them times the squared distance of their vector from the sum of their parts'.

    ``counts`` (pieces,) is how often each is found.
    """
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    rows = {piece: row for row, (piece, _) in enumerate(vocabulary)}
    scores = dict(vocabulary)
    ranked = []
    for piece, row in rows.items():
        if not _HAN_WORD.fullmatch(piece) or not (parts := parts_of(piece, scores)):
            continue
        missed = float(((table[row] - table[[rows[part] for part in parts]].sum(axis=0)) ** 2).sum())
        ranked.append((len(piece) < _LONG, float(counts[row]) * missed, piece))
    return [piece for *_, piece in sorted(ranked)]
