"""Do the citations of an answer hold? The right document, the very words, and the gold place.

Judged over the citations that carry the answer's spans. Where an answer cites nothing, every measure is 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from eval.occurrences import SourceSpan
from qa.types import Answer, Citation

__all__ = ["CitationScore", "citation_score", "overlap"]


@dataclass(frozen=True, slots=True)
class CitationScore:
    """The citations of one answer against the gold; all values between 0 and 1."""

    document: float
    """Share of the answer's spans cited from a gold document."""
    quote: float
    """Share of the citations whose quote equals ``document.text[start:end]``."""
    overlap: float
    """Mean over the spans of the best intersection over union, in characters, with a gold span."""
    hit: float
    """Share of the spans that share at least one character with a gold span."""


def overlap(span: SourceSpan, gold: Sequence[SourceSpan]) -> float:
    """Return the best intersection over union of ``span`` with a gold span, in characters; 0.0 without gold spans."""
    best = 0.0
    for start, end in gold:
        shared = min(span[1], end) - max(span[0], start)
        if shared > 0:
            best = max(best, shared / (max(span[1], end) - min(span[0], start)))
    return best


def citation_score(
    answer: Answer, gold_spans: Mapping[str, Sequence[SourceSpan]], texts: Mapping[str, str]
) -> CitationScore:
    """Score an answer's citations.

    Parameters
    ----------
    answer
        An answered question's answer.
    gold_spans
        The places of every accepted answer or item, by gold document.
    texts
        Source texts by document id; a cited document that is missing counts as a wrong quote.
    """
    cited = {citation.id: citation for citation in answer.citations}
    carried = [cited[span.citation] for span in answer.spans if span.citation in cited]
    if not answer.spans or not carried:
        return CitationScore(0.0, 0.0, 0.0, 0.0)
    overlaps = [overlap((c.start, c.end), gold_spans.get(c.document_id, ())) for c in carried]
    size = len(answer.spans)
    return CitationScore(
        document=_in_documents(carried, gold_spans.keys()) / size,
        quote=sum(texts.get(c.document_id, "")[c.start : c.end] == c.quote != "" for c in answer.citations)
        / len(answer.citations),
        overlap=sum(overlaps) / size,
        hit=sum(value > 0 for value in overlaps) / size,
    )


def _in_documents(citations: Sequence[Citation], documents: Collection[str]) -> int:
    return sum(citation.document_id in documents for citation in citations)
