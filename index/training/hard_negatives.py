"""Passages that share an anchor's words and are not its own, found by the lexical index: what a vector must learn to tell apart."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from index.lexical import LexicalWriter, TantivyLexicalIndex, term_fields
from index.normalize import fold
from index.tokens import lexical_terms, query_terms
from index.training.token_rows import IntArray

__all__ = ["lexical_negatives"]

_PLACES = 8


def lexical_negatives(
    pairs: IntArray,
    texts: Sequence[str],
    *,
    watch: Callable[[Iterable[int]], Iterable[int]] = lambda rows: rows,
) -> IntArray:
    """The best lexical hits of each pair's anchor among all passages of the pairs, its own ones left out.

    Parameters
    ----------
    pairs
        Numbers of anchor and passage in ``texts``: (n, 2).
    watch
        Gives the numbers of the pairs back one by one, to show how far the work is.

    Returns
    -------
    IntArray
        Numbers of passages, best first, -1 where there are no more: (n, 8).
    """
    own: defaultdict[int, set[int]] = defaultdict(set)
    for anchor, passage in pairs.tolist():
        own[anchor].add(passage)
    found = np.full((len(pairs), _PLACES), -1, np.int64)
    with tempfile.TemporaryDirectory(prefix="wenju-negatives-") as scratch:
        index = _built(np.unique(pairs[:, 1]).tolist(), texts, Path(scratch))
        for row in watch(range(len(pairs))):
            anchor = int(pairs[row, 0])
            hits = index.search(query_terms(fold(texts[anchor])), top_k=_PLACES + len(own[anchor]))
            others = [passage for passage, _ in hits if passage not in own[anchor]][:_PLACES]
            found[row, : len(others)] = others
    return found


def _built(passages: Iterable[int], texts: Sequence[str], folder: Path) -> TantivyLexicalIndex:
    writer = LexicalWriter(folder, create=True)
    for passage in passages:
        writer.add(passage, passage, term_fields(lexical_terms(fold(texts[passage]))))
    writer.commit()
    return TantivyLexicalIndex(folder)
