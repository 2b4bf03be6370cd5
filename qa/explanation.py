"""Why an answer came out as it did: the candidates that were weighed, and everything the decision saw. Data only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.types import Hit, Passage
from qa.question import Question
from qa.question_terms import QuestionTerms
from qa.span_features import Found

__all__ = ["Candidate", "Explanation"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that was weighed: search-text offsets in its passage, the reader's score, all features, the fitted score."""

    passage: Passage
    start: int
    end: int
    reader: float
    features: npt.NDArray[np.float64]
    score: float

    @property
    def text(self) -> str:
        """The span in search text."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an answer came out as it did: the query, its terms with weights, the lists, the candidates best first."""

    question: Question
    terms: QuestionTerms
    lists: dict[str, list[Hit]]
    found: tuple[Found, ...]
    candidates: tuple[Candidate, ...]
    judgement: float
    """Log-odds that the documents answer the question; minus infinity without a candidate."""
    certainty: float
    """Log-odds that the best candidate is right, before the calibration; minus infinity without one."""
    relevance: float
