"""The vectors that passages are found by: of their sentences, of the whole, and of what stands above them. Stores and searches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.context import lines_above
from index.normalize import normalize
from index.sentence_parts import sentence_parts, text_size
from index.types import Passage

if TYPE_CHECKING:
    from index.embedder import Embedder
    from index.vectors import FloatArray

__all__ = ["CONTEXT_WEIGHT", "DENSE_VERSION", "SENTENCE_CONTEXT_WEIGHT", "WHOLE_WEIGHT", "dense_vectors"]

DENSE_VERSION = 3
"""Changes whenever the same passages get other vectors from the same embedder."""
CONTEXT_WEIGHT = 0.3
"""Of the vector of title and headings, beside that of a whole passage; this and the following measured: model card of the embedder."""
WHOLE_WEIGHT = 0.5
"""Of the vector of the passage, beside that of a sentence."""
SENTENCE_CONTEXT_WEIGHT = 0.4
"""Of the vector of title and headings, beside that of a sentence."""


def dense_vectors(
    embedder: Embedder,
    documents: Sequence[tuple[str, Sequence[Passage]]],
    *,
    context: bool = True,
    sentences: bool = False,
) -> list[FloatArray]:
    """Vectors (k, dimension) float32, unit length, of each passage of documents, each with its title, one after the other.

    A passage has one vector; with ``sentences``, one for each of its sentences, short ones joined, and as many as that: the mean of
    a passage's words says little of any one of them. To a sentence's vector a part of the passage's is added, which is the mean of its
    sentences, weighted by their sizes.

    With ``context``, a part of the vector of the document's title and the last two headings is added, as far as the passage lacks them:
    what a question calls by name, a passage in the middle of a report often does not. No text is made longer, which would cost it
    words at its end where an embedder has a window. A text that has no vector gets none from its title either: it would be the
    title's best passage.
    """
    passages = [passage for _, some in documents for passage in some]
    parts = [sentence_parts(passage.text) if sentences else [passage.text] for passage in passages]
    texts = [text for some in parts for text in some]
    ends = np.cumsum([len(some) for some in parts], dtype=np.int64)
    vectors = np.split(embedder.encode_documents(texts), ends[:-1]) if passages else []
    if sentences:
        vectors = [_with_whole(own, some) for own, some in zip(vectors, parts, strict=True)]
    if not context:
        return vectors
    above = [text for title, some in documents for text in _above(title, some)]
    distinct = list(dict.fromkeys(filter(None, above)))
    encoded = dict(zip(distinct, embedder.encode_documents(distinct), strict=True)) if distinct else {}
    weight = SENTENCE_CONTEXT_WEIGHT if sentences else CONTEXT_WEIGHT
    return [
        _mixed(own, encoded[text], weight) if text in encoded else own
        for own, text in zip(vectors, above, strict=True)
    ]


def _with_whole(vectors: FloatArray, parts: Sequence[str]) -> FloatArray:
    """The vectors of a passage's parts that have one, each with a share of their mean; of a passage without any, one of zeros."""
    known = vectors.any(axis=1)
    if not known.any():
        return vectors[:1]
    vectors = vectors[known]
    if len(vectors) == 1:
        return vectors
    sizes = np.array([text_size(part) for part in parts], np.float32)[known]
    mean = sizes @ vectors
    return _mixed(vectors, mean / np.linalg.norm(mean), WHOLE_WEIGHT)


def _mixed(vectors: FloatArray, other: FloatArray, weight: float) -> FloatArray:
    """``vectors`` with a part of ``other`` added, unit length again; those of zeros stay so."""
    from index.embedder import normalize_rows

    added = np.where(vectors.any(axis=1, keepdims=True), np.float32(weight) * other, np.float32(0))
    return normalize_rows(vectors + added)


def _above(title: str, passages: Sequence[Passage]) -> list[str]:
    told = normalize(title).text.strip()
    return ["\n".join(lines_above(told, passage)) for passage in passages]
