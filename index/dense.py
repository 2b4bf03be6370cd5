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
    import numpy.typing as npt

    from index.embedder import Embedder
    from index.vectors import FloatArray

    IntArray = npt.NDArray[np.int64]

__all__ = [
    "CONTEXT_WEIGHT",
    "DENSE_VERSION",
    "SENTENCES_SINCE",
    "SENTENCE_CONTEXT_WEIGHT",
    "WHOLE_WEIGHT",
    "dense_vectors",
]

DENSE_VERSION = 3
"""Changes whenever the same passages get other vectors from the same embedder."""
SENTENCES_SINCE = 3
"""The version from which an index says whether sentences have vectors of their own."""
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
    from index.embedder import normalize_rows

    passages = [passage for _, some in documents for passage in some]
    if not passages:
        return []
    parts = [sentence_parts(passage.text) if sentences else [passage.text] for passage in passages]
    texts = [text for some in parts for text in some]
    owners = np.repeat(np.arange(len(passages)), [len(some) for some in parts])
    vectors = embedder.encode_documents(texts)
    if sentences:
        vectors, owners = _with_whole(
            vectors, owners, np.array([text_size(text) for text in texts], np.float32)
        )
    if context:
        above = [text for title, some in documents for text in _above(title, some)]
        distinct = list(dict.fromkeys(filter(None, above)))
        if distinct:
            number = {text: row for row, text in enumerate(distinct)}
            places = np.array([number.get(text, -1) for text in above])[owners]
            mixed = (places >= 0) & vectors.any(axis=1)
            others = embedder.encode_documents(distinct)[places[mixed]]
            weight = SENTENCE_CONTEXT_WEIGHT if sentences else CONTEXT_WEIGHT
            vectors[mixed] = normalize_rows(vectors[mixed] + np.float32(weight) * others)
    return np.split(vectors, np.flatnonzero(np.diff(owners)) + 1)


def _with_whole(vectors: FloatArray, owners: IntArray, sizes: FloatArray) -> tuple[FloatArray, IntArray]:
    """Vectors of parts, each with a share of the mean of its passage's parts, and the passages they are of, in order.

    A part without a vector is left out, but for one of a passage that has no other.
    """
    from index.embedder import normalize_rows

    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    known = vectors.any(axis=1)
    counts = np.add.reduceat(known.astype(np.int64), starts)[owners]
    means = normalize_rows(np.add.reduceat(vectors * sizes[:, None], starts))
    several = known & (counts > 1)
    vectors[several] = normalize_rows(vectors[several] + np.float32(WHOLE_WEIGHT) * means[owners[several]])
    first = np.zeros(len(owners), bool)
    first[starts] = True
    kept = known | (first & (counts == 0))
    return vectors[kept], owners[kept]


def _above(title: str, passages: Sequence[Passage]) -> list[str]:
    told = normalize(title).text.strip()
    return ["\n".join(lines_above(told, passage)) for passage in passages]
