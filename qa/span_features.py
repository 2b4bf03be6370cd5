"""What speaks for a candidate span: the reader's scores, the match of its sentence, its kind. Every feature is around -1 … 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
import numpy.typing as npt

from qa.answer_kinds import agreement, span_kinds, unit_agreement
from qa.parallels import parallel_agreement
from qa.question import Question
from qa.question_match import PassageMatch, QuestionTerms, years_absent
from qa.word_spans import WordSpan, words_of

__all__ = ["FEATURES", "Found", "span_features"]

FEATURES = (
    "reader_exact",
    "reader_mass",
    "reader_gap",
    "lexical",
    "dense",
    "rank",
    "clause_coverage",
    "sentence_coverage",
    "passage_coverage",
    "weakest_word",
    "names_absent_sentence",
    "names_absent_passage",
    "absent_from_corpus",
    "year_absent",
    "year_conflict",
    "number_absent",
    "ordinal_absent",
    "quoted_absent",
    "figure_kind",
    "name_kind",
    "kind_coverage",
    "unit",
    "head",
    "parallel",
    "echo",
    "length",
    "several",
    "cut_left",
    "cut_right",
    "other_script",
)
"""Names of the features, in order."""

_CLAUSE = re.compile(r"[,。!?;、\n:]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FIGURE_KINDS = ("number", "percent", "date", "year", "phone", "email", "code")
_NOUN = ("n", "j", "vn", "b", "eng", "l", "i")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage found for a question and matched with it: share of the best lexical score, cosine, rank from 1."""

    match: PassageMatch
    lexical: float
    dense: float
    rank: int


def span_features(
    question: Question, terms: QuestionTerms, found: Found, span: WordSpan, best_mass: float
) -> npt.NDArray[np.float64]:
    """Features (len(FEATURES),) of a span. ``best_mass``: the highest mass among all candidates of the question."""
    match, text = found.match, found.match.passage.text
    start, end = span.start, span.end
    surface = text[start:end]
    low, high = match.sentence_of(start, end)
    sentence = text[low:high]
    weights = terms.weights / terms.weights.sum() if len(terms.words) else np.zeros(0)
    in_sentence = match.covered(terms, low, high)
    in_passage = np.maximum(match.covered(terms, 0, len(text)), match.held)
    clause = match.covered(terms, *_clause(text, start, end, low, high))
    sentence_coverage = float(in_sentence @ weights)
    kind = agreement(question, surface)
    year = match.year_before(end, low)
    around = f"{match.context}\n{text}".replace(",", "")
    return np.array(
        [
            span.exact / 10,
            span.mass / 10,
            (span.mass - best_mass) / 10,
            found.lexical,
            found.dense,
            1 / found.rank,
            float(clause @ weights),
            sentence_coverage,
            float(in_passage @ weights),
            _weakest(terms, in_passage),
            _names_absent(terms, in_sentence),
            _names_absent(terms, in_passage),
            terms.absent_share,
            years_absent(question, match, sentence),
            1.0 if question.years and year and year not in question.years else 0.0,
            _absent(question.numbers, sentence.replace(",", ""), around),
            _absent(question.ordinals, sentence, around),
            _absent(question.quoted, sentence, around),
            kind if question.kind in _FIGURE_KINDS else 0.0,
            kind if question.kind not in _FIGURE_KINDS else 0.0,
            kind * sentence_coverage,
            unit_agreement(question, surface),
            1.0 if question.head and surface.endswith(question.head) and surface != question.head else 0.0,
            parallel_agreement(question.text, text, start, end, low, high),
            _echo(surface, question.text),
            log1p(len(surface)) / 5,
            _several(question, surface),
            *_cuts(text, span),
            0.0 if _HAN.search(question.text) else 1.0,
        ]
    )


def _clause(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """Bounds of the clause, between commas, that holds the span."""
    first = max((m.end() for m in _CLAUSE.finditer(text, low, start)), default=low)
    following = _CLAUSE.search(text, end, high)
    return first, following.start() if following else high


def _weakest(terms: QuestionTerms, covered: npt.NDArray[np.float64]) -> float:
    """The heaviest loss of any single question word, against the heaviest word."""
    if not len(terms.words):
        return 0.0
    return float((terms.weights * (1 - covered)).max() / max(terms.weights.max(), 1e-9))


def _names_absent(terms: QuestionTerms, covered: npt.NDArray[np.float64]) -> float:
    """Share of the weight of the question's names that is not written there; meaning does not stand in for a name."""
    total = float(terms.weights[terms.names].sum())
    missing = float(terms.weights[terms.names & (covered < 1.0)].sum())
    return missing / total if total else 0.0


def _absent(wanted: Sequence[str] | frozenset[str], near: str, around: str) -> float:
    """Share of the wanted strings that are nowhere around; half a point for those that are, but not near."""
    if not wanted:
        return 0.0
    return sum(0.0 if want in near else 0.5 if want in around else 1.0 for want in wanted) / len(wanted)


def _echo(span: str, question: str) -> float:
    """Share of the span's character pairs that the question already has: an answer says something new."""
    if len(span) < 2:
        return 1.0 if span in question else 0.0
    pairs = [span[i : i + 2] for i in range(len(span) - 1)]
    return sum(pair in question for pair in pairs) / len(pairs)


def _several(question: Question, surface: str) -> float:
    """Whether the span lists several things: 1 where the question asks for several, -1 where it does not."""
    listed = "、" in re.sub(r"《[^》]*》|“[^”]*”|[(][^)]*[)]", "", surface)
    stacked = "," in surface and len(span_kinds(surface) & {"number", "percent", "date"}) > 0
    if not (listed or stacked):
        return 0.0
    return 1.0 if question.many else -1.0


def _cuts(text: str, span: WordSpan) -> tuple[float, float]:
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
