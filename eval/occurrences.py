"""Where a text stands in a document, whatever the spacing, width or script: the ground under every gold span.

Looks in the document's search text without white space, and gives back half-open source offsets. Numbers and Latin
words are found as wholes (``18`` is not in ``118`` or ``1.18``), unless they stand nowhere as wholes.
"""

from __future__ import annotations

import re

import numpy as np

from index.normalize import normalize

__all__ = ["SourceSpan", "TextFinder"]

SourceSpan = tuple[int, int]
"""Half-open character offsets in a document's source text."""


def _squeeze(text: str) -> tuple[str, list[int]]:
    """Lower-cased search characters that are not white space, and their places in the search text."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    lowered = (text[place].lower() for place in places)
    return "".join(
        low if len(low) == 1 else text[place] for low, place in zip(lowered, places, strict=True)
    ), places


class TextFinder:
    """Finds texts in one document.

    Examples
    --------
    >>> TextFinder("投资 1,200 万元，增长 18%").find("1,200万元")
    [(3, 11)]
    """

    def __init__(self, source_text: str) -> None:
        normalized = normalize(source_text)
        self._text, places = _squeeze(normalized.text)
        self._starts = normalized.offsets.starts[places] if places else np.empty(0, np.int32)
        self._ends = normalized.offsets.ends[places] if places else np.empty(0, np.int32)
        # A word border that white space made is lost in the squeezed text: remember it.
        self._follows_space = {
            number for number in range(1, len(places)) if places[number] != places[number - 1] + 1
        }

    def find(self, text: str) -> list[SourceSpan]:
        """Return every place where ``text`` stands, in order; nothing for an empty text."""
        wanted, _ = _squeeze(normalize(text).text)
        if not wanted:
            return []
        starts = [match.start() for match in re.finditer(f"(?={re.escape(wanted)})", self._text)]
        whole = [start for start in starts if self._is_whole(start, start + len(wanted))]
        return [
            (int(self._starts[start]), int(self._ends[start + len(wanted) - 1])) for start in whole or starts
        ]

    def _is_whole(self, start: int, end: int) -> bool:
        return not self._glued(start) and not self._glued(end)

    def _glued(self, border: int) -> bool:
        """Whether the characters on both sides of ``border`` belong to one number or Latin word."""
        if border in self._follows_space or not 0 < border < len(self._text):
            return False
        before, after = self._text[border - 1], self._text[border]
        if before in ".," and after.isdigit():
            return self._text[max(0, border - 2) : border - 1].isdigit()
        if after in ".," and before.isdigit():
            return self._text[border + 1 : border + 2].isdigit()
        if before.isdigit() or after.isdigit():
            return before.isdigit() and after.isdigit()
        return before.isascii() and after.isascii() and before.isalpha() and after.isalpha()
