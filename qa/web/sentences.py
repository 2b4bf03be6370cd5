"""The sentence a quote stands in. Pure."""

from __future__ import annotations

import re

__all__ = ["sentence_around"]

_END = re.compile(r"[。！？；!?;]+[”’」』)）]*|\n\s*\n(?=[#\s]*[一二三四五六七八九十（(\d#])")
_LONGEST_SIDE = 110


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of the sentence that holds ``text[start:end]``, at most 110 characters to either side.

    Examples
    --------
    >>> text = "今年开工。每年转化煤炭1200万吨。明年完工。"
    >>> low, high = sentence_around(text, 11, 17)
    >>> text[low:high]
    '每年转化煤炭1200万吨。'
    """
    low, high = 0, len(text)
    for match in _END.finditer(text):
        if match.end() <= start:
            low = match.end()
        elif match.start() >= end:
            high = match.end() if match[0].strip() else match.start()
            break
    while low < start and text[low].isspace():
        low += 1
    low, high = max(low, start - _LONGEST_SIDE), min(high, end + _LONGEST_SIDE)
    while high > end and text[high - 1].isspace():
        high -= 1
    return low, high
