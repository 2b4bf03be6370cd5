"""The vectors that passages are found by: of their own words and, less, of what stands above them. Stores and searches nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.normalize import CJK, normalize
from index.types import Passage

if TYPE_CHECKING:
    from index.embedder import Embedder
    from index.vectors import FloatArray

__all__ = ["CONTEXT_WEIGHT", "DENSE_VERSION", "dense_vectors"]

DENSE_VERSION = 2
"""Changes whenever the same passages get other vectors from the same embedder."""
CONTEXT_WEIGHT = 0.3
"""Of the vector of title and headings, beside a passage's own; measured: model card of the embedder."""
_HEADINGS = 2  # the innermost
_PART_CHARS = 60
_WORDS = re.compile(rf"[{CJK}]|\s")
"""A title that has neither is a file's name that stood in for one (000_a7473, scan0012): it says nothing."""


def dense_vectors(
    embedder: Embedder, documents: Sequence[tuple[str, Sequence[Passage]]], *, context: bool
) -> FloatArray:
    """Vectors (n, dimension) float32, unit length, of the passages of documents, each with its title, one after the other.

    With ``context``, a passage's vector is that of its own text plus ``CONTEXT_WEIGHT`` times that of its document's title and its last
    two headings, as far as the text lacks them: what a question calls by name, a passage in the middle of a report often does
    not. Its text is not made longer, which would cost it words at its end where an embedder has a window, nor do passages under
    one long title become alike.
    """
    texts = [passage.text for _, passages in documents for passage in passages]
    own = embedder.encode_documents(texts)
    if not context or not texts:
        return own
    above = [
        text for title, passages in documents for text in _above(normalize(title).text.strip(), passages)
    ]
    distinct = list(dict.fromkeys(filter(None, above)))
    if not distinct:
        return own
    places = {text: row for row, text in enumerate(distinct)}
    rows = np.array([places.get(text, -1) for text in above])
    mixed = own.copy()
    mixed[rows >= 0] += np.float32(CONTEXT_WEIGHT) * embedder.encode_documents(distinct)[rows[rows >= 0]]
    lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
    mixed /= np.where(lengths > 0, lengths, 1)
    return mixed


def _above(title: str, passages: Sequence[Passage]) -> list[str]:
    """For each passage the title and the headings that it lacks, a line each."""
    found = []
    for passage in passages:
        parts = (part.strip()[:_PART_CHARS] for part in (title, *passage.heading[-_HEADINGS:]))
        told = (part for part in parts if _WORDS.search(part) and part not in passage.text)
        found.append("\n".join(dict.fromkeys(told)))
    return found
