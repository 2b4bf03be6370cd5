"""Question -> passages worth reading. The plug point for retrievers, and the hybrid one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from index.corpus_index import CorpusIndex
from index.types import Hit
from qa.fusion import score_fusion

__all__ = ["HybridRetriever", "Retriever", "RetrieverConfig"]


_LEAST_SHARE = 1e-3
"""Bigrams and characters may still agree where no word does: they decide between passages that the vectors find alike."""


class Retriever(Protocol):
    """Finds passages for a query, which is search text."""

    def retrieve(self, query: str, *, top_k: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Best passages first; only of these documents where given."""
        ...


@dataclass(frozen=True, slots=True)
class RetrieverConfig:
    """Query-time settings. ``depth`` is how far down each list is read before fusion.

    The lexical weight holds for a question whose words all occur in the corpus; it falls with the square of their share, by weight. A
    question in another language is so left to the vectors.
    """

    lexical_weight: float = 1.0
    dense_weight: float = 0.12
    depth: int = 50

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, got {self.depth}")


class HybridRetriever:
    """Lexical and dense lists fused by their normalised scores."""

    def __init__(self, corpus_index: CorpusIndex, config: RetrieverConfig | None = None) -> None:
        self._index = corpus_index
        self.config = config or RetrieverConfig()

    def lists(
        self, query: str, top_k: int | None = None, *, document_ids: Collection[str] | None = None
    ) -> dict[str, list[Hit]]:
        """The lists before and after fusion: ``lexical``, ``dense``, ``fused``."""
        depth = max(self.config.depth, top_k or 0)
        lexical = self._index.search_lexical(query, top_k=depth, document_ids=document_ids)
        dense = self._index.search_dense(query, top_k=depth, document_ids=document_ids)
        known = max(self._index.known_share(query), _LEAST_SHARE)
        weights = {"lexical": self.config.lexical_weight * known**2, "dense": self.config.dense_weight}
        fused = score_fusion({"lexical": lexical, "dense": dense}, weights)
        return {"lexical": lexical[:top_k], "dense": dense[:top_k], "fused": fused[:top_k]}

    def retrieve(self, query: str, *, top_k: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Best passages first; only of these documents where given."""
        return self.lists(query, top_k, document_ids=document_ids)["fused"]
