"""Question -> passages worth reading. The plug point for retrievers, and the hybrid one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from index.corpus_index import CorpusIndex
from index.types import Hit
from qa.document_facts import DocumentFacts
from qa.fusion import score_fusion
from qa.gloss import is_foreign
from qa.passage_ranking import PassageRanker, RankingWeights
from qa.question_terms import WordVectors
from qa.translated_ranking import translated_shares
from qa.word_vectors import CachedWordVectors

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
    """Query-time settings. ``depth`` is how far down each list is read before fusion, ``foreign_depth`` for a question in Latin letters.

    The lexical weight holds for a question whose words all occur in the corpus; it falls with the square of their share, by weight. A
    question in another language is so left to the vectors, and what they find is ordered anew: to a fused score,
    divided by the best, ``translated_weight`` times the share of the question's words is added that a passage, its title and headings
    say in Chinese. The first ``ranked`` of the list are then put in order by how well they speak of what is asked (``PassageRanker``);
    with 0 none.
    """

    lexical_weight: float = 1.0
    dense_weight: float = 0.3
    depth: int = 50
    translated_weight: float = 1.0
    foreign_depth: int = 100
    ranked: int = 20
    ranking: RankingWeights = field(default_factory=RankingWeights.bundled)

    def __post_init__(self) -> None:
        if min(self.depth, self.foreign_depth) < 1:
            raise ValueError(f"depths must be at least 1, got {self.depth} and {self.foreign_depth}")
        if self.ranked < 0:
            raise ValueError(f"ranked must be 0 or more, got {self.ranked}")


class HybridRetriever:
    """Lexical and dense lists fused by their normalised scores, the first of them ranked anew. ``vectors`` are of words."""

    def __init__(
        self,
        corpus_index: CorpusIndex,
        config: RetrieverConfig | None = None,
        *,
        facts: DocumentFacts | None = None,
        vectors: WordVectors | None = None,
    ) -> None:
        self._index = corpus_index
        self._facts = facts or DocumentFacts(corpus_index)
        self._vectors = vectors
        self.config = config or RetrieverConfig()

    @cached_property
    def ranker(self) -> PassageRanker:
        """What puts the first passages in order."""
        vectors = self._vectors or CachedWordVectors.beside(self._index.embedder)
        return PassageRanker(self._index, self._facts, vectors)

    def lists(
        self, query: str, top_k: int | None = None, *, document_ids: Collection[str] | None = None
    ) -> dict[str, list[Hit]]:
        """The lists before and after fusion: ``lexical``, ``dense``, ``fused``, the last with its first passages ranked."""
        with self._index.pinned():  # lists and titles of one state
            foreign = is_foreign(query)
            depth = max(self.config.depth, self.config.foreign_depth if foreign else 0, top_k or 0)
            lexical = self._index.search_lexical(query, top_k=depth, document_ids=document_ids)
            dense = self._index.search_dense(query, top_k=depth, document_ids=document_ids)
            known = max(self._index.known_share(query), _LEAST_SHARE)
            weights = {"lexical": self.config.lexical_weight * known**2, "dense": self.config.dense_weight}
            fused = score_fusion({"lexical": lexical, "dense": dense}, weights)
            if foreign and self.config.translated_weight:
                fused = self._by_translation(query, fused)
            if self.config.ranked:
                fused = self.ranker.rank(
                    query, fused, dense, weights=self.config.ranking, depth=self.config.ranked
                )
            return {"lexical": lexical[:top_k], "dense": dense[:top_k], "fused": fused[:top_k]}

    def _by_translation(self, query: str, hits: list[Hit]) -> list[Hit]:
        """The hits with the share of the question's words that each says in Chinese added to their scores, best first; what stands above a
        passage counts as said by it."""
        best = max((hit.score for hit in hits), default=0.0)
        passages = self._index.passages(hit.passage_id for hit in hits)
        texts = {p.id: "\n".join((*self._facts.lines_above(p), p.text)) for p in passages}
        shares = translated_shares(query, [texts.get(hit.passage_id, "") for hit in hits])
        if best <= 0 or not any(shares):
            return hits
        again = [
            Hit(hit.passage_id, hit.score / best + self.config.translated_weight * share)
            for hit, share in zip(hits, shares, strict=True)
        ]
        return sorted(again, key=lambda hit: (-hit.score, hit.passage_id))

    def retrieve(self, query: str, *, top_k: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Best passages first; only of these documents where given."""
        return self.lists(query, top_k, document_ids=document_ids)["fused"]
