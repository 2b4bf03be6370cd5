"""What crosses module borders when a question is answered. ``Answer.to_dict`` is the JSON contract of every interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Answer", "Citation", "CitedPassage", "Span", "SpanCandidate", "Status", "TokenScores"]

Status = Literal["answered", "related", "none"]
"""``answered``: a span is trusted; ``related``: only related passages; ``none``: nothing relevant."""


@dataclass(frozen=True, slots=True)
class SpanCandidate:
    """A span a reader proposes: half-open character offsets in the passage it was given.

    ``score`` is comparable across passages of one question: start + end logit minus the no-answer logit for neural
    readers. Higher is better.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class TokenScores:
    """What a neural reader says of every token of a passage, for one question.

    ``offsets`` (n, 2) int: characters of the passage, half-open, in order; ``starts`` and ``ends`` (n,) float: start and end
    logit minus the no-answer logit, the best over all windows. ``starts[i] + ends[j]`` is the score of the span i … j.
    """

    offsets: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """An answer span: the document's own words, the id of the citation that holds them, the reader's score."""

    text: str
    citation: int
    score: float


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """The passage around a quote: ``start``/``end`` are source offsets, ``text`` the source text between them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: ``document.text[start:end] == quote``, always."""

    id: int
    document_id: str
    sha256: str
    title: str
    page: int | None
    heading: tuple[str, ...]
    start: int
    end: int
    quote: str
    passage: CitedPassage


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question. ``confidence`` is the calibrated probability that ``answer`` is right."""

    question: str
    status: Status
    answer: str
    confidence: float
    spans: tuple[Span, ...] = ()
    citations: tuple[Citation, ...] = ()
    alternatives: tuple[Span, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    index: str = ""
    """Fingerprint of the index that answered."""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready dicts and lists."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """Rebuild an answer from ``to_dict``'s form (unknown keys are ignored)."""
        citations = tuple(
            Citation(**{**c, "heading": tuple(c["heading"]), "passage": CitedPassage(**c["passage"])})
            for c in data["citations"]
        )
        return cls(
            question=data["question"],
            status=data["status"],
            answer=data["answer"],
            confidence=data["confidence"],
            spans=tuple(Span(**s) for s in data["spans"]),
            citations=citations,
            alternatives=tuple(Span(**s) for s in data["alternatives"]),
            timings_ms=dict(data["timings_ms"]),
            index=data["index"],
        )
