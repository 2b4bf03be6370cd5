"""What a span costs beside its logits: how long it is, how many clauses it runs over, whether it ends inside a word. Pure.

A reader's start and end logits know nothing of each other: the best start of one answer and the best end of another make a
span with half a sentence between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.reader_encoding import LONE_SURROGATE
from qa.words import words_of

__all__ = ["SpanCosts"]

_CLAUSE_END = re.compile(r"(?<!\d),|,(?!\d)|[，。;；!?！？\n]")


@dataclass(frozen=True, slots=True)
class SpanCosts:
    """Logits that a span loses for each character, for each mark inside it that ends a clause, and for each of its ends that is inside a word."""

    character: float = 0.0
    clause: float = 0.0
    inside_word: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.character or self.clause or self.inside_word)

    def of(self, text: str, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """(n, 2) float: to be added to the start and end logits of the tokens at ``offsets`` (n, 2), characters of ``text``.

        Start of token i and end of token j together are minus the costs of the span i … j.
        """
        marks = np.zeros(len(text) + 1)
        marks[[match.end() for match in _CLAUSE_END.finditer(text)]] = 1
        marks = np.cumsum(marks)
        borders = np.zeros(len(text) + 1, bool)
        borders[[0, *(word.end for word in words_of(LONE_SURROGATE.sub("?", text)))]] = True
        added = self.character * offsets + self.clause * marks[offsets] - self.inside_word * ~borders[offsets]
        added[:, 1] -= 2 * (self.character * offsets[:, 1] + self.clause * marks[offsets[:, 1]])
        return added.astype(np.float32)
