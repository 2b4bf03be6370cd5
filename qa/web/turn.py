"""One exchange of the conversation as the browser keeps it: what was typed, what was asked, the answer, its scores.

The browser stores turns and sends them back to be drawn again, so everything in them is checked on the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.question_parts import Part
from qa.types import Answer

__all__ = ["CitationScores", "Turn"]


@dataclass(frozen=True, slots=True)
class CitationScores:
    """Why a passage was found: ranks count from 1, None where the list does not hold it; ``rank`` is that of the list that is read, ``terms``
    weigh heaviest first."""

    terms: tuple[tuple[str, float], ...] = ()
    lexical_rank: int | None = None
    dense_rank: int | None = None
    reader: float | None = None
    rank: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the scores JSON-ready."""
        return {
            "terms": [list(term) for term in self.terms],
            "lexical_rank": self.lexical_rank,
            "dense_rank": self.dense_rank,
            "reader": self.reader,
            "rank": self.rank,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CitationScores:
        """Rebuild from ``to_dict``'s form; ``ValueError`` or ``TypeError`` for any other."""
        return cls(
            tuple((str(word), float(weight)) for word, weight in data["terms"]),
            None if data["lexical_rank"] is None else int(data["lexical_rank"]),
            None if data["dense_rank"] is None else int(data["dense_rank"]),
            None if data["reader"] is None else float(data["reader"]),
            None if data.get("rank") is None else int(data["rank"]),  # older turns have none
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as ``typed``, the question ``answer`` answers in ``parts``, and where it was looked for."""

    typed: str
    answer: Answer
    parts: tuple[Part, ...] = ()
    scores: Mapping[int, CitationScores] = field(default_factory=dict)
    """By citation id."""
    scope: int = 0
    """Number of documents that were chosen; 0 for all."""

    def to_dict(self) -> dict[str, Any]:
        """Return the turn JSON-ready."""
        return {
            "typed": self.typed,
            "answer": self.answer.to_dict(),
            "parts": [part.to_dict() for part in self.parts],
            "scores": {str(i): scores.to_dict() for i, scores in self.scores.items()},
            "scope": self.scope,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Turn:
        """Rebuild a turn from ``to_dict``'s form.

        Raises
        ------
        ValueError
            The data are of another form.
        """
        try:
            answer = Answer.from_dict(data["answer"])
            _check(answer)
            return cls(
                str(data["typed"]),
                answer,
                tuple(Part.from_dict(part) for part in data["parts"]),
                {int(i): CitationScores.from_dict(scores) for i, scores in data["scores"].items()},
                int(data["scope"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a stored exchange: {type(error).__name__}: {error}") from None


def _check(answer: Answer) -> None:
    """Types of what ``Answer.from_dict`` takes over unseen."""
    if answer.status not in ("answered", "related", "none"):
        raise ValueError(f"unknown status {answer.status!r}")
    strings = [answer.question, answer.answer, answer.index]
    numbers: list[object] = [answer.confidence]
    whole: list[object] = []
    for citation in answer.citations:
        strings += [citation.document_id, citation.sha256, citation.title, citation.quote, *citation.heading]
        strings.append(citation.passage.text)
        whole += [citation.id, citation.start, citation.end, citation.passage.start, citation.passage.end]
        whole += [] if citation.page is None else [citation.page]
    for span in (*answer.spans, *answer.alternatives):
        strings.append(span.text)
        numbers.append(span.score)
        whole.append(span.citation)
    if not all(isinstance(text, str) for text in strings):
        raise ValueError("text expected")
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise ValueError("number expected")
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in whole):
        raise ValueError("whole number expected")
