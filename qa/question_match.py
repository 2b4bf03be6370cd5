"""How well a passage speaks of what a question asks: words found, words found by meaning, names and years missing. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.types import Passage
from qa.question import Question
from qa.question_terms import QuestionTerms, WordVectors
from qa.words import words_of
from qa.years import YEAR

__all__ = ["PassageMatch", "match_passage", "years_absent"]

FloatArray = npt.NDArray[np.float32]

_SENTENCE = re.compile(r"[^。!?;\n]*[。!?;\n]?")
_NEAR = 10.0
"""Characters over which nearness falls to a third."""


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """A passage against a question.

    ``similarity`` (question words, passage words): cosine of their vectors, 1 for the same word; ``word_starts`` (passage
    words,): where each stands; ``sentences``: bounds in order; ``year_at``: the year last named at or before each sentence's
    parts.
    """

    passage: Passage
    context: str
    similarity: FloatArray
    held: npt.NDArray[np.bool_]
    """(question words,): written in the passage or in the text above it."""
    word_starts: npt.NDArray[np.int64]
    sentences: tuple[tuple[int, int], ...]
    years: tuple[tuple[int, str], ...]
    _coverage: dict[tuple[int, int], npt.NDArray[np.float64]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What ``covered`` found, by range: many spans share a sentence and a clause."""

    def sentence_of(self, start: int, end: int) -> tuple[int, int]:
        """Bounds of the sentence, or sentences, that hold ``[start, end)``."""
        low = max((a for a, _ in self.sentences if a <= start), default=0)
        high = min((b for _, b in self.sentences if b >= end), default=len(self.passage.text))
        return low, high

    def covered(self, terms: QuestionTerms, low: int, high: int) -> npt.NDArray[np.float64]:
        """For each question word how well ``[low, high)`` of the passage holds it, 0 … 1 (n,).

        A match is made for one question; ``terms`` are always those it was made with.
        """
        if (known := self._coverage.get((low, high))) is not None:
            return known
        inside = (self.word_starts >= low) & (self.word_starts < high)
        text = self.passage.text[low:high].lower()
        best = self.similarity[:, inside].max(axis=1) if inside.any() else np.zeros(len(terms.words))
        written = terms.written_in(text)
        coverage = np.where(written, 1.0, np.clip(best, 0.0, 0.95)).astype(np.float64)
        coverage.flags.writeable = False
        self._coverage[low, high] = coverage
        return coverage

    def near(
        self, terms: QuestionTerms, start: int, end: int, low: int, high: int
    ) -> npt.NDArray[np.float64]:
        """For each question word how well a word of the sentence ``[low, high)`` matches it, less the farther it stands from
        ``[start, end)`` (n,)."""
        first, last = np.searchsorted(self.word_starts, (low, high))
        starts = self.word_starts[first:last]
        if not len(starts) or not len(terms.words):
            return np.zeros(len(terms.words))
        outside = (starts < start) | (starts >= end)
        distance = np.where(starts < start, start - starts, starts - end)
        decay = np.where(outside, np.exp(-np.maximum(distance - 2, 0) / _NEAR), 0.0)
        best: npt.NDArray[np.float64] = (np.clip(self.similarity[:, first:last], 0, 1) * decay).max(axis=1)
        return best

    def year_before(self, position: int, sentence_start: int) -> str:
        """The last year named in the sentence before ``position``; empty where none is. It governs a span that ends there."""
        named = ""
        for at, year in self.years:
            if sentence_start <= at < position:
                named = year
        return named


def match_passage(terms: QuestionTerms, passage: Passage, context: str, vectors: WordVectors) -> PassageMatch:
    """Compare a passage with a question, once for all its candidate spans."""
    text = passage.text
    words = [
        (w.start, text[w.start : w.end].lower())
        for w in words_of(text)
        if not w.tag.startswith(("x", "u", "p", "c", "w"))
    ]
    distinct = list(dict.fromkeys(word for _, word in words))
    columns = {word: column for column, word in enumerate(distinct)}
    similarity = (
        terms.vectors @ vectors(distinct).T
        if distinct and len(terms.words)
        else np.zeros((len(terms.words), len(distinct)), np.float32)
    )
    order = [columns[word] for _, word in words]
    around = f"{context}\n{text}".lower()
    return PassageMatch(
        passage=passage,
        context=context,
        similarity=np.ascontiguousarray(similarity[:, order], np.float32),
        held=terms.written_in(around),
        word_starts=np.array([start for start, _ in words], np.int64),
        sentences=tuple(m.span() for m in _SENTENCE.finditer(text) if m.end() > m.start()),
        years=tuple((m.start(), m[1]) for m in YEAR.finditer(text)),
    )


def years_absent(question: Question, match: PassageMatch, sentence: str, lead: str = "") -> float:
    """Share of the question's years that the sentence lacks; half where the passage or the text above it has the year."""
    if not question.years:
        return 0.0
    around = f"{match.context}\n{lead}\n{match.passage.text}"
    missing = [0.0 if year in sentence else 0.5 if year in around else 1.0 for year in question.years]
    return sum(missing) / len(missing)
