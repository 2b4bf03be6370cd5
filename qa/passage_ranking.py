"""The passages found, put in order by how well they speak of what a question asks: word by word, by meaning.

A vector of a whole sentence, and a sum over shared words, both blur which of ten passages on one subject is meant. Here every word of
the question looks for its nearest word in a passage (Khattab and Zaharia, *ColBERT: Efficient and Effective Passage Search via
Contextualized Late Interaction over BERT*, SIGIR 2020), by the static vectors that are at hand, and counts by how rare it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.corpus_index import CorpusIndex
from index.tokens import lexical_terms, query_terms
from index.types import Hit, Passage
from qa.document_facts import TABLE_CHARS, DocumentFacts
from qa.gloss import is_foreign
from qa.question_terms import QuestionTerms, WordVectors, terms_in
from qa.table_cells import says_number

__all__ = ["BUNDLED_RANKING", "RANKING_FEATURES", "PassageRanker", "RankingWeights"]

BUNDLED_RANKING = Path(__file__).parent / "models" / "passage_ranking.json"
RANKING_FEATURES = ("fused", "dense", "bigrams", "words", "sentence", "numbers")
"""What a passage is ranked by, each 0 … 1: its score in the fused list, and its cosine, divided by the best; the shares of the question,
by weight, that it tells: Han bigrams, words by their nearest word in it, the same in its best sentence; and the share of its numbers.
What stands above a passage counts as told by each of its sentences, if it is written there."""

FloatArray = npt.NDArray[np.float64]
_SENTENCE_END = re.compile(r"(?<=[。!?;\n])|(?<=\. )")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NEAREST = 0.95
"""The most that a word counts which is not written in the passage."""


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """Weights of ``RANKING_FEATURES``, for a question in Chinese and for any other (``qa.gloss.is_foreign``)."""

    same: tuple[float, ...]
    foreign: tuple[float, ...]

    @classmethod
    def from_dict(cls, weights: Mapping[str, Mapping[str, float]]) -> RankingWeights:
        """From ``{"same": {"fused": 0.5, …}, "foreign": {…}}``; a feature that is not named counts nothing."""
        same, foreign = (
            tuple(weights.get(kind, {}).get(name, 0.0) for name in RANKING_FEATURES)
            for kind in ("same", "foreign")
        )
        return cls(same, foreign)

    @staticmethod
    @cache
    def bundled() -> RankingWeights:
        """The fitted weights that ship (``python -m eval fit-ranking``)."""
        return RankingWeights.from_dict(json.loads(BUNDLED_RANKING.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class _Parts:
    """A passage in lower case, without thousands separators, as the words of a question are: its text, its sentences, their words, and where
    each sentence's words begin among them."""

    text: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    starts: tuple[int, ...]


class PassageRanker:
    """Orders the first passages of a fused list. Safe to share between threads."""

    def __init__(self, corpus_index: CorpusIndex, facts: DocumentFacts, vectors: WordVectors) -> None:
        self._index, self._facts, self._vectors = corpus_index, facts, vectors

    def rank(
        self, query: str, fused: Sequence[Hit], dense: Sequence[Hit], *, weights: RankingWeights, depth: int
    ) -> list[Hit]:
        """The fused list with its first ``depth`` hits in order of their weighted features, which become their scores; those behind keep
        their order, with a score that is no higher."""
        features = self.features(query, fused[:depth], dense)
        if not len(features):
            return list(fused)
        chosen = weights.foreign if is_foreign(query) else weights.same
        scores = features @ np.array(chosen)
        order = np.argsort(-scores, kind="stable")
        first = [Hit(fused[place].passage_id, float(scores[place])) for place in order]
        share = chosen[RANKING_FEATURES.index("fused")] / fused[0].score
        rest = [Hit(hit.passage_id, min(first[-1].score, share * hit.score)) for hit in fused[depth:]]
        return first + rest

    def features(self, query: str, hits: Sequence[Hit], dense: Sequence[Hit]) -> FloatArray:
        """(n, len(RANKING_FEATURES)) of the hits, the first ones of a fused list; no row where that list or the question says nothing."""
        terms = terms_in(self._index, query, self._vectors)
        passages = {p.id: p for p in self._index.passages(hit.passage_id for hit in hits)}
        if not hits or not terms.words or hits[0].score <= 0 or len(passages) < len(hits):
            return np.zeros((0, len(RANKING_FEATURES)))
        parts = [_parts(passages[hit.passage_id].text, self._index.config.dictionary) for hit in hits]
        above = [self._above(passages[hit.passage_id]) for hit in hits]
        words, sentence = self._told(terms, parts, above)
        cosines = {hit.passage_id: max(0.0, hit.score) for hit in dense}
        best, least = max(cosines.values(), default=0.0) or 1.0, min(cosines.values(), default=0.0)
        asked = query_terms(query, dictionary=self._index.config.dictionary)
        numbers = [word for word in asked.words if word[0].isdigit()]
        texts = [f"{over}\n{part.text}" for over, part in zip(above, parts, strict=True)]
        return np.column_stack(
            [
                [hit.score / hits[0].score for hit in hits],
                [cosines.get(hit.passage_id, least) / best for hit in hits],
                self._bigrams(asked.bigrams, texts),
                words,
                sentence,
                [sum(says_number(text, n) for n in numbers) / max(1, len(numbers)) for text in texts],
            ]
        )

    def _above(self, passage: Passage) -> str:
        """What stands above a passage, in lower case: its document's head, its headings, and the first row of its table, which takes long to
        find deep in a document."""
        near = passage.source_start < TABLE_CHARS
        table = self._facts.table_head(passage) if near else ""
        lines = (self._facts.head(passage.document_id), *passage.heading, table)
        return _THOUSANDS.sub("", "\n".join(lines).lower())

    def _bigrams(self, bigrams: Sequence[str], texts: Sequence[str]) -> list[float]:
        weights = self._index.term_weights(bigrams, field="bigrams")
        total = sum(weights.values()) or 1.0
        return [sum(weight for pair, weight in weights.items() if pair in text) / total for text in texts]

    def _told(
        self, terms: QuestionTerms, parts: Sequence[_Parts], above: Sequence[str]
    ) -> tuple[FloatArray, FloatArray]:
        """The share of the question's words that each passage tells (n,), and that its best sentence tells (n,)."""
        places = {word: n for n, word in enumerate(dict.fromkeys(w for part in parts for w in part.words))}
        nearest = np.clip(terms.vectors @ self._vectors(list(places)).T, 0.0, _NEAREST)
        weights = terms.weights / (terms.weights.sum() or 1.0)
        words, sentence = np.zeros(len(parts)), np.zeros(len(parts))
        for number, (part, over) in enumerate(zip(parts, above, strict=True)):
            over_it = terms.written_in(over)
            written = np.stack([terms.written_in(one) for one in part.sentences], axis=1) | over_it[:, None]
            columns = nearest[:, [places[word] for word in part.words]]
            told = np.where(written, 1.0, np.maximum.reduceat(columns, part.starts, axis=1))
            # a form of a word may run over the end of a sentence
            whole = np.where(terms.written_in(part.text), 1.0, told.max(axis=1))
            words[number], sentence[number] = weights @ whole, (weights @ told).max()
        return words, sentence


@lru_cache(maxsize=1024)
def _parts(text: str, dictionary: str) -> _Parts:
    """Cut a passage; a sentence without words is joined to the one before it."""
    lowered = _THOUSANDS.sub("", text.lower())
    sentences: list[str] = []
    words: list[str] = []
    starts: list[int] = []
    for sentence in _SENTENCE_END.split(lowered):
        found = list(dict.fromkeys(lexical_terms(sentence, dictionary=dictionary).words))
        if found:
            starts.append(len(words))
            sentences.append(sentence)
            words += found
        elif sentences:
            sentences[-1] += sentence
    if not words:
        return _Parts(lowered, (lowered,), ("",), (0,))
    return _Parts(lowered, tuple(sentences), tuple(words), tuple(starts))
