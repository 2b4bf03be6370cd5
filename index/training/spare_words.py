"""Which Han words a table of vectors misses least when they are gone: their parts then stand for them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.folding import HAN

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["parts_of", "spare_words"]

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


def parts_of(word: str, scores: Mapping[str, float]) -> list[str]:
    """The likeliest pieces that a word falls into when it is none itself; empty where it falls into none.

    Examples
    --------
    >>> parts_of("精神家园", {"精神家园": -1, "精神": -2, "家园": -3, "家": -4, "园": -4})
    ['精神', '家园']
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        ways = [
            (best[start][0] + scores[word[start:end]], start)
            for start in range(end)
            if word[start:end] in scores and (start or end < len(word))
        ]
        best.append(max(ways, default=(float("-inf"), 0)))
    if best[-1][0] == float("-inf"):
        return []
    parts: list[str] = []
    end = len(word)
    while end:
        start = best[end][1]
        parts.append(word[start:end])
        end = start
    return parts[::-1]
