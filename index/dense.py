"""The vectors that passages are found by: of their own words and, less, of what stands above them. Stores and searches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.context import lines_above
from index.normalize import normalize
from index.types import Passage

if TYPE_CHECKING:
    from index.embedder import Embedder
    from index.vectors import FloatArray

__all__ = ["CONTEXT_WEIGHT", "DENSE_VERSION", "dense_vectors"]

DENSE_VERSION = 2
"""Changes whenever the same passages get other vectors from the same embedder."""
CONTEXT_WEIGHT = 0.3
"""Of the vector of title and headings, beside a passage's own; measured: model card of the embedder."""


def dense_vectors(
    embedder: Embedder, documents: Sequence[tuple[str, Sequence[Passage]]], *, context: bool
) -> FloatArray:
    """Vectors (n, dimension) float32, unit length, of the passages of documents, each with its title, one after the other.

    With ``context``, a passage's vector is that of its own text plus ``CONTEXT_WEIGHT`` times that of its document's title and its last
    two headings, as far as the text lacks them: what a question calls by name, a passage in the middle of a report often does
    not. Its text is not made longer, which would cost it words at its end where an embedder has a window. A text that has no vector gets
    none from its title either: it would be the title's best passage.
    """
    texts = [passage.text for _, passages in documents for passage in passages]
    vectors = embedder.encode_documents(texts)
    above = [text for title, passages in documents for text in _above(title, passages)] if context else []
    distinct = list(dict.fromkeys(filter(None, above)))
    if not distinct:
        return vectors
    from index.embedder import normalize_rows

    number = {text: row for row, text in enumerate(distinct)}
    places = np.array([number.get(text, -1) for text in above])
    mixed = (places >= 0) & vectors.any(axis=1)
    parts = embedder.encode_documents(distinct)[places[mixed]]
    vectors[mixed] = normalize_rows(vectors[mixed] + np.float32(CONTEXT_WEIGHT) * parts)
    return vectors


def _above(title: str, passages: Sequence[Passage]) -> list[str]:
    told = normalize(title).text.strip()
    return ["\n".join(lines_above(told, passage)) for passage in passages]
