"""Trust the best span, show related passages, or say that nothing bears on the question; every word is cited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qa.calibration import Calibration
from qa.citations import Citations, answer_text
from qa.enumerations import counted_items
from qa.explanation import Candidate, Explanation
from qa.question import Question
from qa.types import Answer, Span, Status

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex

__all__ = ["decide", "says_nothing_new"]

_CHOICE = re.compile(r"还是|或者?|\bor\b", re.IGNORECASE)
_ALTERNATIVE_LEAD = 3.0
"""A span this far behind the best one, a twentieth of its share, is no alternative worth showing."""


def decide(
    corpus_index: CorpusIndex,
    question: str,
    explanation: Explanation,
    calibration: Calibration,
    *,
    alternatives: int,
    related: int,
    timings: Mapping[str, float],
) -> Answer:
    """The answer that an explanation amounts to, with at most so many ``alternatives`` and ``related`` passages.

    A span is shown as the answer only where a passage bears on the question at all: a sure score on a passage that hardly speaks
    of it is chance.
    """
    candidates = explanation.candidates
    best = candidates[0] if candidates else None
    cite = Citations(corpus_index, explanation.certainty - best.score if best else 0.0)
    confidence = calibration.confidence(explanation.certainty) if best else 0.0
    relevant = explanation.relevance >= calibration.related_threshold
    spans: list[Span] = []
    others: list[Candidate] = []
    status: Status = "none"
    says_something = best is not None and not says_nothing_new(explanation.question.text, best.text)
    if (
        best is not None
        and relevant
        and says_something
        and calibration.trusts(explanation.judgement, confidence)
    ):
        status = "answered"
        ranges = _answer_ranges(explanation.question, best)
        spans = [cite.span(best.passage, low, high, best.score) for low, high in ranges]
        close = [c for c in candidates[1:] if c.score > best.score - _ALTERNATIVE_LEAD]
        others = _distinct(close, [s.text for s in spans])[:alternatives]
    elif explanation.found and relevant:
        status = "related"
        for one in explanation.found[:related]:
            cite.passage(one.match.passage)
        others = _distinct(candidates, [])[:alternatives]
    shown = tuple(cite.span(c.passage, c.start, c.end, c.score) for c in others)
    return Answer(
        question=question,
        status=status,
        answer=answer_text([s.text for s in spans]),
        confidence=round(confidence, 4),
        spans=tuple(spans),
        citations=tuple(cite.all),
        alternatives=shown,
        timings_ms=timings,
        index=corpus_index.fingerprint,
    )


def says_nothing_new(question: str, answer: str) -> bool:
    """Whether an answer only says what the question said, numbers and words in Latin letters whole (24 is not said by 2024); one of two
    things that it offers (甲还是乙) says more."""
    parts = re.findall(r"[^\W_]+", answer)
    said = r"[\W_]*".join(map(re.escape, parts))
    before = r"(?<![A-Za-z\d])(?<!\d[.,])" if parts and parts[0][0].isascii() else ""
    after = r"(?![A-Za-z\d])(?![.,]\d)" if parts and parts[-1][-1].isascii() else ""
    return re.search(f"{before}{said}{after}", question) is not None and _CHOICE.search(question) is None


def _answer_ranges(question: Question, best: Candidate) -> list[tuple[int, int]]:
    """The ranges to answer with: the items of an enumeration where several things are asked for, else the span."""
    if question.many:
        items = counted_items(best.passage.text, best.start, best.end, question.count)
        if len(items) > 1:
            return items
    return [(best.start, best.end)]


def _distinct(candidates: Sequence[Candidate], taken: Sequence[str]) -> list[Candidate]:
    """Candidates that say something else than those before them."""
    said = [_bare(text) for text in taken]
    chosen: list[Candidate] = []
    for candidate in candidates:
        bare = _bare(candidate.text)
        if bare and not any(bare in other or other in bare for other in said):
            said.append(bare)
            chosen.append(candidate)
    return chosen


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
