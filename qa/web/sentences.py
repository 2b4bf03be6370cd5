"""The sentence a quote stands in, and what that sentence says of the number of things in a list. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.numerals import parse_arabic, parse_han

__all__ = ["StatedCount", "sentence_around", "stated_count"]

_END = re.compile(r"[。！？；!?;]+[”’」』)）]*|\n\s*\n(?=[#\s]*[一二三四五六七八九十（(\d#])")
_LONGEST_SIDE = 110
_COUNTED = re.compile(
    r"(?P<number>\d{1,4}|[一二两三四五六七八九十百]{1,4})\s?(?P<unit>大类|方面|个?环节|个?部分|项|个|家|类|条|种|位|名|批|座|件|所|点|人|大)"
)
_ORDINAL = re.compile(r"第\s*$|[年月日.%:：]\s*$")


@dataclass(frozen=True, slots=True)
class StatedCount:
    """How many things the text says there are, in its own ``words`` (五项)."""

    number: int
    words: str


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


def stated_count(text: str, start: int, end: int) -> StatedCount | None:
    """Return the count that the text gives for the list at ``text[start:end]``: just before it, or just after (等五项).

    Examples
    --------
    >>> stated_count("抓好四项工作：甲、乙、丙、丁", 7, 14)
    StatedCount(number=4, words='四项')
    """
    before = text[max(0, start - 40) : start]
    after = text[end : end + 12]
    found = [m for m in _COUNTED.finditer(before) if not _ORDINAL.search(before[: m.start()])]
    closing = re.match(r"\s*等\s*", after)
    if closing and (match := _COUNTED.match(after, closing.end())):
        found.append(match)
    for match in reversed(found):
        number = _value(match["number"])
        if number is not None and number >= 2:
            return StatedCount(number, re.sub(r"\s", "", match[0]))
    return None


def _value(words: str) -> int | None:
    value = parse_arabic(words) if words.isdecimal() else parse_han(words)
    return None if value is None or value != int(value) else int(value)
