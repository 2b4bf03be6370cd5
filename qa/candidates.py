"""The candidate spans of the passages that were found, weighed by the fitted span score; how much the passages bear on the question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa.explanation import Candidate
from qa.question import Question
from qa.question_terms import QuestionTerms
from qa.reader import AboveReader, Reader, TokenReader
from qa.span_features import Found, PassageFeatures
from qa.span_scorer import LinearScore
from qa.spans import snap_span
from qa.word_spans import WordSpan, candidate_spans
from qa.words import words_of

__all__ = ["proposed_spans", "relevance_of", "says_nothing", "weighed_candidates"]


def weighed_candidates(
    scorer: LinearScore,
    asked: Question,
    terms: QuestionTerms,
    found: Sequence[Found],
    spans: Sequence[Sequence[WordSpan]],
) -> list[Candidate]:
    """The spans proposed of each passage as candidates, best first; a place that two passages share is weighed once."""
    best = max((span.mass for listed in spans for span in listed), default=0.0)
    places: dict[tuple[str, int, int], tuple[Found, WordSpan]] = {}
    for one, listed in zip(found, spans, strict=True):
        passage = one.match.passage
        for span in listed:
            key = (passage.document_id, passage.start + span.start, passage.start + span.end)
            places.setdefault(key, (one, span))
    if not places:
        return []
    views = {id(one): PassageFeatures(asked, terms, one) for one in found}
    features = np.stack([views[id(one)].row(span, best) for one, span in places.values()])
    scores = scorer.score(features)
    candidates = [
        Candidate(one.match.passage, span.start, span.end, span.mass, row, float(score))
        for (one, span), row, score in zip(places.values(), features, scores, strict=True)
    ]
    return sorted(candidates, key=lambda c: -c.score)


def proposed_spans(
    reader: Reader, asked: Question, found: Sequence[Found], *, top_k: int
) -> list[list[WordSpan]]:
    """Candidate spans of each passage, ``top_k`` and those made of them: from token scores where the reader gives them, else its own."""
    if not found:
        return []
    texts = [one.match.passage.text for one in found]
    if isinstance(reader, TokenReader):
        if isinstance(reader, AboveReader) and reader.reads_above:
            scores = reader.token_scores(asked.text, texts, above=[one.above for one in found])
        else:
            scores = reader.token_scores(asked.text, texts)
        return [
            candidate_spans(text, one, top_k=top_k, widened=True, lists=asked.many)
            for text, one in zip(texts, scores, strict=True)
        ]
    proposed = reader.read(asked.text, texts, top_k=top_k)
    snapped_spans: list[list[WordSpan]] = []
    for text, listed in zip(texts, proposed, strict=True):
        snapped = [(*snap_span(text, span.start, span.end), span.score) for span in listed]
        snapped_spans.append(
            [_on_words(text, low, high, score) for low, high, score in snapped if low < high]
        )
    return snapped_spans


def says_nothing(spans: Sequence[Sequence[WordSpan]]) -> bool:
    """Whether the reader holds that none of the passages answers: no span scores above no answer at all, whose score is 0."""
    return all(span.exact <= 0 for listed in spans for span in listed)


def _on_words(text: str, start: int, end: int, score: float) -> WordSpan:
    """A reader's own span with the numbers of its first and last word."""
    touching = [n for n, word in enumerate(words_of(text)) if word.start < end and start < word.end] or [0]
    return WordSpan(start, end, touching[0], touching[-1], score, score)


def relevance_of(
    asked: Question, terms: QuestionTerms, found: Sequence[Found], *, nearest: float = 0.0
) -> float:
    """How much of the question the best passage covers, by the weight of its words, those of like meaning counted in part.

    A question in another script shares no words with the passages: there twice the cosine stands in, of the passages that were read or of
    the ``nearest`` one of all. A question in Japanese shares some, and is held to the larger of both.
    """
    if not found or not len(terms.words):
        return 0.0
    near = min(1.0, 2 * max(nearest, *(one.dense for one in found)))
    if asked.foreign:
        return near
    weights = terms.weights / terms.weights.sum()
    covered = max(
        float(weights @ np.maximum(one.match.covered(terms, 0, len(one.match.passage.text)), one.match.held))
        for one in found
    )
    return max(covered, near) if asked.japanese else covered
