"""Two things joined by 和 or 与, and the words that join. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import rjieba

from qa.words import words_of

__all__ = ["conjunctions", "joined_pair"]

_CONJUNCTIONS = frozenset({"和", "及", "以及", "与", "或", "或者"})
_ITEM_WORD = ("n", "j", "vn", "b", "eng", "l", "i", "a", "fig", "x", "m", "q", "vn", "s", "f")

Range = tuple[int, int]


def joined_pair(text: str, start: int, end: int, low: int, high: int) -> list[Range]:
    """Two things joined by 和 or 与, one of which the span touches; each side as far as its nouns go."""
    for before, after in conjunctions(text, low, high):
        if after < start - 1 or before > end + 1:
            continue
        left = start if start < before else _noun_run(text, before, low, -1)
        right = end if end > after else _noun_run(text, after, high, 1)
        if left < before and right > after:
            return [(left, before), (after, right)]
    return []


def conjunctions(text: str, low: int, high: int) -> Iterator[Range]:
    """Words that join two things; 和 in 呼和浩特 is none.

    Words of the dictionary only: guessing unknown ones makes 及丙 of 乙及丙.
    """
    position = low
    for word in rjieba.cut(text[low:high], hmm=False) if low < high else []:
        if word in _CONJUNCTIONS:
            yield position, position + len(word)
        position += len(word)


def _noun_run(text: str, border: int, limit: int, step: int) -> int:
    """How far words that can belong to a name reach from ``border`` to the left (-1) or right (1)."""
    words = words_of(text)
    reached = border
    ordered = words if step > 0 else tuple(reversed(words))
    for word in ordered:
        near, far = (word.start, word.end) if step > 0 else (word.end, word.start)
        if near != reached:
            continue
        if (far - limit) * step > 0 or not word.tag.startswith(_ITEM_WORD) or text[word.start] in ",。;:、!?":
            break
        reached = far
    return reached
