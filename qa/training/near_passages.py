"""Passages that share a question's words and hold none of its answers: to train and to measure "no answer" with.

BM25 over the passages of one collection, through the product's own lexical index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from index.lexical import LexicalWriter, TantivyLexicalIndex, term_fields
from index.tokens import lexical_terms, query_terms

__all__ = ["NearPassages"]

_DEPTH = 12
_RARE_SHARE = 0.02  # of the passages: a word in fewer of them says what a question is about
_LEAST_SHARED = 0.3  # of the question's bigrams
_ENOUGH_RARE = 3
_STEP = 20  # characters between windows that are compared


class NearPassages:
    """An index of texts in memory and a temporary folder; ``find`` is the same every time for the same texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(dict.fromkeys(texts))
        folder = Path(mkdtemp(prefix="wenju-near-"))
        finalize(self, rmtree, folder, ignore_errors=True)
        self._passages_with: Counter[str] = Counter()
        writer = LexicalWriter(folder, create=True)
        for row, text in enumerate(self.texts):
            terms = lexical_terms(text)
            self._passages_with.update(set(terms.words))
            writer.add(row, row, term_fields(terms))
        writer.commit()
        self._index = TantivyLexicalIndex(folder)

    def find(self, question: str, own: str, answers: Sequence[str]) -> Iterator[str]:
        """Near texts that hold no answer and are not the question's own, the nearest first.

        The text must lack a rare word that the question shares with its own passage, or share several rare words: a
        question that names nothing in particular (何时立案?) has another answer in the next passage, and is left out.
        """
        terms = query_terms(question)
        bigrams = set(terms.bigrams)
        rare = [word for word in terms.words if len(word) > 1 and word in own and self._is_rare(word)]
        if not bigrams or not rare:
            return
        for row, _ in self._index.search(terms, top_k=_DEPTH):
            text = self.texts[row]
            shared = sum(pair in text for pair in bigrams) / len(bigrams)
            if shared < _LEAST_SHARED or _holds(text, answers) or _same_text(text, own):
                continue
            missing = [word for word in rare if word not in text]
            if missing or len(rare) >= _ENOUGH_RARE:
                yield text

    def _is_rare(self, word: str) -> bool:
        return self._passages_with[word.lower()] <= max(3, _RARE_SHARE * len(self.texts))

    @staticmethod
    def window(text: str, question: str, size: int) -> str:
        """The part of at most ``size`` characters that shares most bigrams with the question, from a sentence's start."""
        if len(text) <= size:
            return text
        bigrams = set(query_terms(question).bigrams)
        starts = range(0, len(text) - size + _STEP, _STEP)
        best = max(starts, key=lambda at: (sum(pair in text[at : at + size] for pair in bigrams), -at))
        sentence = max(text.rfind(mark, max(0, best - 80), best) for mark in "。;!?\n")
        best = sentence + 1 if sentence >= 0 else best
        return text[best : best + size]


def _holds(text: str, answers: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(answer.lower().strip("。,;“”《》 ") in lowered for answer in answers)


def _same_text(text: str, own: str) -> bool:
    """Whether one is a part of the other, or both begin alike."""
    return text in own or own in text or text[:40] == own[:40]
