"""Answers to questions for what a document says of itself: read where the index found it, cited at its place in the text.

It speaks only where the question names one document, or where there is but one; every number and title in the question must
be that document's own. Everything else is left to the reader.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

from index.normalize import normalize
from index.tokens import query_terms
from qa.citations import Citations, answer_text
from qa.document_facts import DocumentFacts
from qa.document_property import asked_property, property_places, speaks_of, without_property_words
from qa.explanation import Explanation
from qa.numerals import ungrouped
from qa.question import Question
from qa.types import Answer

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex

__all__ = ["document_answer"]

_CONFIDENCE = 0.9
"""Of a property that the index has read off the one document that the question names."""
_LOOKED_AT = 12
"""Documents, of the best passages, that a question may name."""
_LEAST_NAMED = 0.6
"""Share of what the question says besides that the document must bear."""
_LEAD = 0.15
"""So much more than any other document."""
_IN_TEXT = 0.6
"""What a word counts that only the body of the document has."""


def document_answer(
    corpus_index: CorpusIndex,
    facts: DocumentFacts,
    explanation: Explanation,
    answer: Answer,
    document_ids: Collection[str] | None,
) -> Answer | None:
    """``answer`` with the property of the document that the question asks for in its place; None where it asks for none."""
    question = explanation.question
    asked = asked_property(question.text)
    if asked is None:
        return None
    document_id = _document(corpus_index, facts, explanation, document_ids)
    if document_id is None:
        return None
    document = corpus_index.document(document_id)
    if not speaks_of(question.text, normalize(document.metadata.title).text):
        return None
    cite = Citations(corpus_index, 0.0)
    places = property_places(document.text, document.metadata, asked)
    spans = [cite.place(document_id, start, end) for start, end in places]
    cited = [span for span in spans if span is not None]
    if not cited or len(cited) < len(spans):
        return None
    return replace(
        answer,
        status="answered",
        answer=answer_text([span.text for span in cited]),
        confidence=_CONFIDENCE,
        spans=tuple(cited),
        citations=tuple(cite.all),
        alternatives=(),
    )


def _document(
    corpus_index: CorpusIndex,
    facts: DocumentFacts,
    explanation: Explanation,
    document_ids: Collection[str] | None,
) -> str | None:
    """The one document that the question is about."""
    hits = [hit.passage_id for hit in explanation.lists["fused"]]
    found = dict.fromkeys(passage.document_id for passage in corpus_index.passages(hits))
    nearest = list(found)[:_LOOKED_AT]
    rest = without_property_words(explanation.question.text)
    words = query_terms(rest, dictionary=corpus_index.config.dictionary).words
    weights = corpus_index.term_weights(words)
    if explanation.question.foreign:  # its other words are those of another language
        absent = log(1 + (len(corpus_index) + 0.5) / 0.5)
        weights = {word: weight for word, weight in weights.items() if weight < absent}
    if not weights or not nearest:
        return _only_document(corpus_index, document_ids)
    shares = {
        one: _share(weights, facts.head(one).lower(), facts.text(one))
        for one in nearest
        if _has_own(explanation.question, facts.head(one))
    }
    ordered = sorted(shares, key=lambda one: -shares[one])
    if not ordered or shares[ordered[0]] < _LEAST_NAMED:
        return None
    if len(ordered) > 1 and shares[ordered[0]] < shares[ordered[1]] + _LEAD:
        return None
    return ordered[0]


def _only_document(corpus_index: CorpusIndex, document_ids: Collection[str] | None) -> str | None:
    """The document that is asked where there is but one."""
    ids = [one.id for one in corpus_index.documents() if document_ids is None or one.id in document_ids]
    return ids[0] if len(ids) == 1 else None


def _share(weights: Mapping[str, float], head: str, text: str) -> float:
    """How much of the question's weight a document bears, in its head or, for less, in its body."""
    total = sum(weights.values())
    held = sum(
        weight * (1.0 if word in head else _IN_TEXT if word in text else 0.0)
        for word, weight in weights.items()
    )
    return held / total if total else 0.0


def _has_own(question: Question, head: str) -> bool:
    """Whether the titles, numbers and years that the question names are the document's own, not some it speaks of."""
    own = ungrouped(normalize(head).text)
    compact = "".join(own.split())
    titles = ["".join(title.split()) for title in question.quoted]
    named = all(title in compact for title in titles)
    return named and all(number in own for number in (*question.numbers, *question.years))
