"""How well a passage speaks of what a question asks: words found, words found by meaning, names and years missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import rjieba

from index.tokens import query_terms
from index.types import Passage
from qa.place_names import PLACE_NAMES
from qa.question import Question
from qa.words import SURNAMES, words_of
from qa.years import YEAR

__all__ = ["PassageMatch", "QuestionTerms", "WordVectors", "match_passage", "question_terms"]

FloatArray = npt.NDArray[np.float32]
WordVectors = Callable[[Sequence[str]], FloatArray]
"""Words -> unit vectors (n, dimension); a zero row for an unknown word."""

_NAME_TAGS = ("ns", "nr", "nt")
_NAME_SUFFIX = re.compile(
    r"(?:经开区|开发区|示范区|公司|集团|县|市|区|州|镇|村|乡|省|兵团|委员|团|师|农场|产业园|园区|牧业|农业|科技|物流|药业)$"
)
_NOT_NAMES = frozenset(
    {
        "本地",
        "当地",
        "全国",
        "全省",
        "全市",
        "国家级",
        "省级",
        "市级",
        "城市",
        "地区",
        "自治州",
        "自治区",
        "经开区",
        "开发区",
        "高新区",
        "示范区",
        "哪家",
        "哪个",
        "多少",
        "什么",
        "有限",
        "我国",
        "我省",
        "我市",
    }
)
_PLACES = frozenset(PLACE_NAMES)
_NO_NAME = re.compile("[的了是着过在]")
_SENTENCE = re.compile(r"[^。!?;\n]*[。!?;\n]?")
_NEAR = 10.0
"""Characters over which nearness falls to a third."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """Content words of a question: weights (inverse document frequency), which are names, unit vectors (n, dimension)."""

    words: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    names: npt.NDArray[np.bool_]
    vectors: FloatArray
    absent_share: float
    """Share of the weight that no passage of the corpus holds."""


def question_terms(
    text: str,
    weigh: Callable[[Sequence[str]], Mapping[str, float]],
    absent_weight: float,
    vectors: WordVectors,
    *,
    dictionary: str = "",
) -> QuestionTerms:
    """Read the content words off a question; ``weigh`` gives their weights, ``absent_weight`` that of an unknown word.

    ``dictionary`` is the index's user dictionary: its words are words here too.
    """
    words = _longest(query_terms(text, dictionary=dictionary).words)
    weights = weigh(words)
    values = np.array([weights[w] for w in words], np.float64)
    named = _names(text)
    names = np.array(
        [any(w in name for name in named) or (w.isascii() and any(c.isdigit() for c in w)) for w in words],
        bool,
    )
    total = float(values.sum())
    absent = float(values[values >= absent_weight].sum()) / total if total else 0.0
    return QuestionTerms(
        tuple(words), values, names, vectors(words) if words else np.zeros((0, 1), np.float32), absent
    )


def _names(text: str) -> set[str]:
    """Words of a question that name one thing: by jieba's tags, before a name's suffix, letters with digits."""
    tagged = rjieba.tag(text)
    found = {word for word, tag in tagged if tag.startswith(_NAME_TAGS) and _is_name(word, tag)}
    for (word, tag), (following, _) in pairwise(tagged):
        if _NAME_SUFFIX.match(following) and tag[0] in "njixbz" and len(word) > 1 and word not in _NOT_NAMES:
            found.add(word)
    found |= {word for word, _ in tagged if word in _PLACES}
    found |= {
        word
        for word, _ in tagged
        if word.isascii() and any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    }
    return {word.lower() for word in found if not _NO_NAME.search(word)}


def _is_name(word: str, tag: str) -> bool:
    """Whether jieba's tag is to be believed: it guesses many a verb with its object (养羊) to be a person."""
    if word in _NOT_NAMES:
        return False
    return tag != "nr" or word[0] in SURNAMES or "·" in word or len(word) > 3


def _longest(words: Sequence[str]) -> list[str]:
    """Words without those that search mode cut out of a longer one beside them."""
    return [w for w in words if not any(w != other and w in other for other in words)]


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
        written = np.array([word in text for word in terms.words], bool)
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
        held=np.array([word in around for word in terms.words], bool),
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
