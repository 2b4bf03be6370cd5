"""What a span costs beside its logits: how long it is, whether it begins or ends inside a word. Pure.

A reader's start and end logits know nothing of each other: the best start of one answer and the best end of another make a
span with half a sentence between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.reader_encoding import LONE_SURROGATE
from qa.words import words_of

__all__ = ["SpanCosts"]


@dataclass(frozen=True, slots=True)
class SpanCosts:
    """Logits that a span loses for each token (a Han character, a digit, a piece of a word), and for each of its ends that is inside a word."""

    token: float = 0.0
    inside_word: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.token or self.inside_word)

    def of(self, text: str, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """(n, 2) float: to be added to the start and end logits of the tokens at ``offsets`` (n, 2), characters of ``text``.

        Start of token i and end of token j together are minus the costs of the span i … j.
        """
        borders = np.zeros(len(text) + 1, bool)
        borders[[0, *(word.end for word in words_of(LONE_SURROGATE.sub("?", text)))]] = True
        before = np.arange(len(offsets))[:, None] + (
            0,
            1,
        )  # tokens before a start, and before what follows an end
        added = self.token * before * (1, -1) - self.inside_word * ~borders[offsets]
        return added.astype(np.float32)
