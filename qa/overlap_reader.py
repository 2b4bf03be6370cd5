"""A reader without a model: the reference in tests and the fallback where no weights are at hand. Pure, no dependencies.

It proposes what can be told apart by its form (figures, titles, names in quotation marks, runs between punctuation and
function words) and prefers what stands in a sentence that shares characters with the question and is of the kind asked for.
It does not understand the question.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.figures import find_figures
from qa.question import AnswerKind, analyse_question
from qa.spans import best_apart, snap_span
from qa.types import SpanCandidate

__all__ = ["OverlapReader"]

_HAN = "\u3400-\u9fff"
_TERMS = re.compile(f"[{_HAN}]|[A-Za-z]+|\\d+(?:\\.\\d+)?")
_ASKING = re.compile(
    "什么时[候间]|为什么|多少|什么|怎么样?|怎样|如何|哪[些里儿个几年天]?|几|谁|何[时地人]|是否|请问|吗|呢|"
    r"\b(?:what|which|who|whom|whose|when|where|how|many|much|is|are|was|were|did|does|do|the|of|in|a|an)\b",
    re.IGNORECASE,
)
_EMPTY_CHARACTERS = frozenset("的了是在和与及对中为有被把将其这那之于上下个年月日")
_SENTENCE = re.compile("[^。！？；!?;｡\n]+")
_CLAUSE = re.compile("[^，,、：:。！？；!?;｡\n()（）]+")
_NAMED = re.compile(
    "《[^《》\n]{1,60}》|“[^“”\n]{1,40}”|「[^「」\n]{1,40}」|[A-Z][A-Za-z0-9.&-]*(?: [A-Z][A-Za-z0-9.&-]*)*"
)
_FUNCTION_WORDS = "的|了|是|在|和|与|及|对|为|被|把|将|从|向|由|以|等|并|而|于|到|让|使|给|也|都|就|又|还|其"
_RUN = re.compile(f"(?:(?!{_FUNCTION_WORDS})[{_HAN}·A-Za-z]){{2,16}}")
_NEAR = 18  # characters either side of a candidate that count as its neighbourhood
_FIGURE_KINDS: dict[AnswerKind, frozenset[str]] = {
    "number": frozenset({"amount", "number", "percent", "fraction", "ratio", "ordinal"}),
    "percent": frozenset({"percent", "fraction"}),
    "date": frozenset({"date", "year", "time"}),
    "year": frozenset({"year", "date"}),
}
_REVISION = "overlap 1"


@dataclass(frozen=True, slots=True)
class _Proposal:
    start: int
    end: int
    kind: str
    """A kind of figure, ``name``, ``run`` or ``clause``."""


class OverlapReader:
    """Spans by shared characters and by the kind that the question asks for; scores are about 0 to 8."""

    name = "overlap"
    fingerprint = hashlib.sha256(_REVISION.encode()).hexdigest()[:16]

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        """For each passage its best spans, best first, none overlapping."""
        terms = _terms_of(question)
        kind = analyse_question(question).kind
        return [best_apart(_candidates(passage, terms, kind), top_k) for passage in passages]


def _terms_of(question: str) -> dict[str, float]:
    """Characters, words and pairs of neighbours of a question with their weights; the asking words left out."""
    terms: dict[str, float] = {}
    for stretch in _ASKING.split(question.lower()):
        units = _TERMS.findall(stretch)
        for unit in units:
            if unit not in _EMPTY_CHARACTERS:
                terms[unit] = 0.5 if len(unit) == 1 else 1.0
        for first, second in pairwise(units):
            if len(first) == len(second) == 1:
                terms[first + second] = 1.0
    return terms


def _candidates(passage: str, terms: dict[str, float], kind: AnswerKind) -> Iterator[SpanCandidate]:
    total = sum(terms.values())
    if not total:
        return
    folded = passage.lower()
    if len(folded) != len(passage):  # a letter whose lower case is longer: offsets would shift
        folded = passage
    for sentence in _SENTENCE.finditer(passage):
        low, high = sentence.span()
        shared = _share(folded[low:high], terms, total)
        if not shared:
            continue
        for proposal in _proposals(passage, low, high):
            near = folded[max(low, proposal.start - _NEAR) : min(high, proposal.end + _NEAR)]
            inside = _share(folded[proposal.start : proposal.end], terms, total)
            score = 4 * shared + 2 * _share(near, terms, total) - 4 * inside + _agreement(proposal, kind)
            yield SpanCandidate(proposal.start, proposal.end, score)


def _share(text: str, terms: dict[str, float], total: float) -> float:
    """Part of the question's weight whose terms occur in the text, 0 to 1."""
    return sum(weight for term, weight in terms.items() if term in text) / total


def _proposals(passage: str, low: int, high: int) -> list[_Proposal]:
    found: dict[tuple[int, int], _Proposal] = {}

    def add(start: int, end: int, kind: str) -> None:
        start, end = snap_span(passage, start, end)
        if start < end:
            found.setdefault((start, end), _Proposal(start, end, kind))

    for figure in find_figures(passage):
        if low <= figure.start and figure.end <= high:
            found[figure.start, figure.end] = _Proposal(figure.start, figure.end, figure.kind)
    for pattern, kind in ((_NAMED, "name"), (_RUN, "run"), (_CLAUSE, "clause")):
        for match in pattern.finditer(passage, low, high):
            add(*match.span(), kind)
    return list(found.values())


def _agreement(proposal: _Proposal, kind: AnswerKind) -> float:
    """How well the form of a span fits the kind of answer asked for."""
    wanted = _FIGURE_KINDS.get(kind)
    is_figure = proposal.kind not in ("name", "run", "clause")
    if wanted is not None:
        return 2.0 if proposal.kind in wanted else 0.0 if is_figure else -2.0
    if is_figure:
        return -1.0
    if kind in ("list", "reason"):
        return 0.5 if proposal.kind == "clause" else 0.0
    length = proposal.end - proposal.start
    return {"name": 1.0, "run": 0.5, "clause": 0.0}[proposal.kind] - max(0, length - 12) / 20
