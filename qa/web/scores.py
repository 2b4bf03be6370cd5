"""Why each cited passage was found: its ranks in the lists, the words it shares with the question, its best span's score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.tokens import query_terms
from qa.types import Answer
from qa.web.turn import CitationScores

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex
    from index.types import Hit, Passage
    from qa.pipeline import Explanation

__all__ = ["citation_scores"]


def citation_scores(
    answer: Answer, explanation: Explanation, corpus_index: CorpusIndex
) -> dict[int, CitationScores]:
    """Return the scores of every citation by its id; a citation whose passage is gone has none."""
    weights = corpus_index.term_weights(dict.fromkeys(query_terms(explanation.question.text).words))
    ranks = {name: _ranks(hits) for name, hits in explanation.lists.items()}
    places = {
        (passage.document_id, passage.source_start): passage
        for document_id in dict.fromkeys(c.document_id for c in answer.citations)
        for passage in corpus_index.passages_of(document_id)
    }
    found: dict[int, CitationScores] = {}
    for citation in answer.citations:
        passage = places.get((citation.document_id, citation.passage.start))
        if passage is None:
            continue
        held = set(query_terms(passage.text).words)
        shared = sorted(
            ((t, round(w, 2)) for t, w in weights.items() if t in held), key=lambda pair: -pair[1]
        )
        found[citation.id] = CitationScores(
            tuple(shared),
            ranks.get("lexical", {}).get(passage.id),
            ranks.get("dense", {}).get(passage.id),
            _reader_score(explanation, passage),
            ranks.get("fused", {}).get(passage.id),
        )
    return found


def _ranks(hits: list[Hit]) -> dict[str, int]:
    return {hit.passage_id: rank for rank, hit in enumerate(hits, start=1)}


def _reader_score(explanation: Explanation, passage: Passage) -> float | None:
    scores = [c.reader for c in explanation.candidates if c.passage.id == passage.id]
    return round(float(max(scores)), 2) if scores else None
