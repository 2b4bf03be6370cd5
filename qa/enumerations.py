"""Lists in running text: the items of the enumeration that holds a span. Pure."""

from __future__ import annotations

import re

__all__ = ["enumeration_items"]

_CLAUSE_START = re.compile(r"[。!?;\n:,(]")
_CLAUSE_END = re.compile(r"[。!?;\n:,)]")
_SEPARATOR = re.compile(r"、|(?<=[”》])(?=[“《])")
_LAST = re.compile(r"和|及|以及|与|或")
_TAIL = re.compile(r"等(?:[一二三四五六七八九十两\d]+[个项家类种大]|[^、]{0,12})?$")
_LEAD = re.compile(r"^.*(?:包括|包含|有|是|为|如|即|分别|围绕|以|从|在|对|向|涉及|赴|由|等)(?=[^、]{2,})")
_QUOTE_PAIRS = (("“", "”"), ("《", "》"), ("(", ")"))


def enumeration_items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Character ranges of the items of the enumeration (a、b、c和d) around ``text[start:end]``; empty where there is none.

    Examples
    --------
    >>> text = "会议在太原、大同、阳泉和运城举行。"
    >>> [text[low:high] for low, high in enumeration_items(text, 5, 7)]
    ['太原', '大同', '阳泉', '运城举行']
    """
    low, high = _clause(text, start, end)
    pieces = _split(text, low, high)
    if len(pieces) < 2:
        return []
    touching = [i for i, (a, b) in enumerate(pieces) if a < end and start < b]
    if not touching:
        return []
    first = pieces[0][0]
    if first < start <= pieces[0][1]:
        pieces[0] = (start, pieces[0][1])
    elif lead := _LEAD.match(text[pieces[0][0] : pieces[0][1]]):
        pieces[0] = (pieces[0][0] + lead.end(), pieces[0][1])
    last_start, last_end = pieces[-1]
    if last_start < end < last_end:
        pieces[-1] = (last_start, end)
    elif tail := _TAIL.search(text[last_start:last_end]):
        pieces[-1] = (last_start, last_start + tail.start())
    return [(a, b) for a, b in pieces if a < b]


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    low = 0
    for match in _CLAUSE_START.finditer(text, 0, start):
        if not _inside_pair(text, match.start()):
            low = match.end()
    for match in _CLAUSE_END.finditer(text, end):
        if not _inside_pair(text, match.start()):
            return low, match.start()
    return low, len(text)


def _inside_pair(text: str, position: int) -> bool:
    window = text[max(0, position - 60) : position]
    return any(window.rfind(opener) > window.rfind(closer) for opener, closer in _QUOTE_PAIRS)


def _split(text: str, low: int, high: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    position = low
    for match in _SEPARATOR.finditer(text, low, high):
        if _inside_pair(text, match.start()):
            continue
        pieces.append((position, match.start()))
        position = match.end()
    pieces.append((position, high))
    if len(pieces) < 2:
        return pieces
    a, b = pieces[-1]
    if conjunction := _LAST.search(text, a + 1, b):
        pieces[-1:] = [(a, conjunction.start()), (conjunction.end(), b)]
    return [(x, y) for x, y in pieces if x < y]
