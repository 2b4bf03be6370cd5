"""Exchanges as a browser keeps them, made from real documents: answers of every shape without asking for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.types import Document
from qa.types import Answer, Citation, CitedPassage, Span, Status
from qa.web.turn import CitationScores, Turn


def kept_turn(
    document: Document,
    question: str,
    quotes: Sequence[str],
    *,
    alternatives: Sequence[str] = (),
    status: Status = "answered",
    confidence: float = 0.9,
    heading: tuple[str, ...] = (),
) -> Turn:
    """An answer whose spans are ``quotes``, each found in ``document`` after the one before it."""
    citations: list[Citation] = []
    passage = CitedPassage(0, len(document.text), document.text)
    position = 0
    for quote in (*quotes, *alternatives):
        start = document.text.find(quote, position)
        start = document.text.index(quote) if start < 0 else start
        position = start + len(quote)
        page = next((p.number for p in document.pages if p.start <= start < p.end), None)
        title = document.metadata.title or document.id
        citations.append(
            Citation(len(citations) + 1, document.id, document.sha256, title, page, heading, start, position, quote, passage)
        )  # fmt: skip
    spans = [Span(citation.quote, citation.id, 1.0) for citation in citations]
    told, others = (spans[: len(quotes)], spans[len(quotes) :]) if status == "answered" else ([], spans)
    answer = Answer(
        question, status, "、".join(s.text for s in told), confidence, tuple(told), tuple(citations), tuple(others), {"total": 9.0}
    )  # fmt: skip
    scores = {c.id: CitationScores((("产量", 3.5), ("万吨", 1.25)), 1, None, -0.5) for c in citations}
    return Turn(question, answer, (), scores)


def keep(page: Any, *turns: Turn) -> None:
    """Let the browser find these exchanges when it loads the page again."""
    stored = [{"id": str(i), "turn": turn.to_dict()} for i, turn in enumerate(turns)]
    page.evaluate("kept => localStorage.setItem('wenju::turns', JSON.stringify(kept))", stored)
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
