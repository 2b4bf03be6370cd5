"""More candidates: the whole name that a good one cuts, the single figure in a list of figures, whole lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.enumerations import enumerations
from qa.words import Word

__all__ = ["single_figures", "whole_lists", "whole_names"]

Range = tuple[int, int]
"""First and last word."""
_LONGEST_NAME = 6
_WIDENED = 6
"""So many of the best spans are widened to whole names."""
_NAME_TAGS = ("n", "j", "vn", "b", "l", "eng", "i", "m", "fig", "s")
_BODY = re.compile("(?:委员会|厅|局|部|集团|公司|中心|办公室|协会)$")


def whole_names(text: str, words: Sequence[Word], spans: Sequence[Range]) -> list[Range]:
    """Word ranges of the names that spans cut: each span with the nouns that touch it on its right, its left, on both sides."""
    found: list[Range] = []
    for left, right in spans[:_WIDENED]:
        first, last = left, right
        while last + 1 < len(words) and last - right < _LONGEST_NAME and _in_name(text, words, last + 1):
            last += 1
        while first > 0 and left - first < _LONGEST_NAME and _in_name(text, words, first - 1):
            first -= 1
        found += [(left, last), (first, right), (first, last)]
    return found


def _in_name(text: str, words: Sequence[Word], number: int) -> bool:
    """Whether a word can stand inside a name; 和 can between two nouns that end in a body's name (发展和改革委员会)."""
    word = words[number]
    if text[word.start : word.end] == "和":
        after = words[number + 1 : number + 4]
        return any(_BODY.search(text, w.start, w.end) for w in after)
    return word.tag.startswith(_NAME_TAGS) and word.tag != "nrfg"


def single_figures(words: Sequence[Word], spans: Sequence[Range]) -> list[Range]:
    """Word ranges of the figures that stand inside the spans: 8.26亿美元 of 8.26亿美元、12.84亿美元."""
    inside = sorted({n for left, right in spans for n in range(left, right + 1) if words[n].tag == "fig"})
    runs: list[Range] = []
    for number in inside:
        if runs and runs[-1][1] == number - 1 and words[number - 1].end == words[number].start:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def whole_lists(text: str, words: Sequence[Word]) -> list[Range]:
    """Word ranges of the enumerations of a text, from the first item to the last."""
    first, last = ({getattr(word, side): n for n, word in enumerate(words)} for side in ("start", "end"))
    found = [(items[0][0], items[-1][1]) for items in enumerations(text)]
    return [(first[low], last[high]) for low, high in found if low in first and high in last]
