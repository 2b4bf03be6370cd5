"""Pieces of the features of a span, each a small measurement of texts and covered words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa.answer_kinds import span_kinds
from qa.enumerations import counted_items
from qa.place_names import PROVINCES
from qa.question import Question
from qa.question_terms import QuestionTerms
from qa.word_spans import WordSpan
from qa.words import words_of

__all__ = [
    "absent",
    "clause_bounds",
    "cuts",
    "deputy",
    "echo",
    "has_head",
    "item_count",
    "name_missing",
    "names_absent",
    "not_in_document",
    "several",
    "weakest",
]

_PROVINCES = PROVINCES | {f"{name}省" for name in PROVINCES}
_CLAUSE = re.compile(r"[,。!?;、\n:]")
_DEPUTY = re.compile(r"副([\u4e00-\u9fff]{1,4})\Z")
_NOUN = ("n", "j", "vn", "b", "eng", "l", "i")


def has_head(question: Question, surface: str) -> bool:
    """Whether the span ends with the noun that the question asks for, and says more than that noun."""
    return bool(question.head) and surface.endswith(question.head) and surface != question.head


def item_count(question: Question, text: str, start: int, end: int) -> float:
    """1 where the list around the span has as many items as the question asks for, -0.5 where it has not, else 0."""
    if not question.count:
        return 0.0
    return 1.0 if len(counted_items(text, start, end, question.count)) == question.count else -0.5


def deputy(question: str, text: str, start: int) -> float:
    """1 where the span is the deputy (副厅长) of whom the question asks for (厅长)."""
    match = _DEPUTY.search(text, max(0, start - 5), start)
    return 1.0 if match and match[1] in question and "副" not in question else 0.0


def clause_bounds(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """Bounds of the clause, between commas, that holds the span."""
    first = max((m.end() for m in _CLAUSE.finditer(text, low, start)), default=low)
    following = _CLAUSE.search(text, end, high)
    return first, following.start() if following else high


def weakest(terms: QuestionTerms, covered: npt.NDArray[np.float64]) -> float:
    """The heaviest loss of any single question word, against the heaviest word."""
    if not len(terms.words):
        return 0.0
    return float((terms.weights * (1 - covered)).max() / max(terms.weights.max(), 1e-9))


def name_missing(terms: QuestionTerms, covered: npt.NDArray[np.float64], lead: str, document: str) -> float:
    """1 where a name of the question stands nowhere in the document, 0.6 where only the passage and what is above it lack it,
    0.3 where it stands right before the passage. A province is understood where the document names it."""
    missing = [
        0.3 if word in lead else (0.2 if word in _PROVINCES else 0.6) if word in document else 1.0
        for word, name, cover in zip(terms.words, terms.names, covered, strict=True)
        if name and cover < 1.0 and not word.isdecimal()  # years and numbers are looked at for themselves
    ]
    return max(missing, default=0.0)


def not_in_document(terms: QuestionTerms, covered: npt.NDArray[np.float64], document: str) -> float:
    """Share of the question's weight that neither the passage covers nor the document writes anywhere."""
    if not len(terms.words):
        return 0.0
    missing = np.array([word not in document for word in terms.words], bool)
    return float((terms.weights * (1 - covered))[missing].sum() / max(terms.weights.sum(), 1e-9))


def names_absent(terms: QuestionTerms, covered: npt.NDArray[np.float64]) -> float:
    """Share of the weight of the question's names that is not written there; meaning does not stand in for a name."""
    total = float(terms.weights[terms.names].sum())
    missing = float(terms.weights[terms.names & (covered < 1.0)].sum())
    return missing / total if total else 0.0


def absent(wanted: Sequence[str] | frozenset[str], near: str, around: str) -> float:
    """Share of the wanted strings that are nowhere around; half a point for those that are, but not near."""
    if not wanted:
        return 0.0
    return sum(0.0 if want in near else 0.5 if want in around else 1.0 for want in wanted) / len(wanted)


def echo(span: str, question: str) -> float:
    """Share of the span's character pairs that the question already has: an answer says something new."""
    if len(span) < 2:
        return 1.0 if span in question else 0.0
    pairs = [span[i : i + 2] for i in range(len(span) - 1)]
    return sum(pair in question for pair in pairs) / len(pairs)


def several(question: Question, surface: str) -> float:
    """Whether the span lists several things: 1 where the question asks for several, -1 where it does not."""
    listed = "、" in re.sub(r"《[^》]*》|“[^”]*”|[(][^)]*[)]", "", surface)
    stacked = "," in surface and len(span_kinds(surface) & {"number", "percent", "date"}) > 0
    if not (listed or stacked):
        return 0.0
    return 1.0 if question.many else -1.0


def cuts(text: str, span: WordSpan) -> tuple[float, float]:
    """Whether a noun touches the span outside its left, and its right, border: the span cuts a name in two."""
    words = words_of(text)
    first, last = words[span.first], words[span.last]
    left = right = 0.0
    if span.first > 0 and first.tag.startswith(_NOUN) and words[span.first - 1].tag.startswith(_NOUN):
        left = 1.0
    if (
        span.last + 1 < len(words)
        and last.tag.startswith((*_NOUN, "fig"))
        and words[span.last + 1].tag.startswith(_NOUN)
    ):
        right = 1.0
    return left, right
