"""Lists in running text: the items of the enumeration that holds a span. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

import rjieba

from qa.words import Word, words_of

__all__ = ["enumeration_items"]

_CLAUSE_START = re.compile(r"[。!?;\n:,(]")
_CLAUSE_END = re.compile(r"[。!?;\n:,)]")
_SEPARATOR = re.compile(r"、|(?<=[”》])(?=[“《])")
_CONJUNCTIONS = frozenset({"和", "及", "以及", "与", "或", "或者"})
_AND_SO_ON = re.compile(r"等(?!级|式|效|奖|次|功|候|待|于)")
_LEAD = re.compile(
    r"^含(?=[^、]{2,})|^.*(?:包括|包含|有|是|为|如|即|分别|围绕|以|从|在|对|向|涉及|赴|集|由|等)(?=[^、]{2,})"
)
_PAIRS = {"“": "”", "《": "》", "(": ")"}
_NOT_IN_ITEM = ("v", "p", "u", "c", "d", "r")
_ITEM_WORD = ("n", "j", "vn", "b", "eng", "l", "i", "a", "fig", "x", "m", "q", "vn", "s", "f")

Range = tuple[int, int]


def enumeration_items(text: str, start: int, end: int) -> list[Range]:
    """Character ranges of the items of the enumeration (a、b、c和d) around ``text[start:end]``; empty where there is none.

    Examples
    --------
    >>> text = "会议由太原、大同、阳泉和运城等市协办。"
    >>> [text[low:high] for low, high in enumeration_items(text, 6, 8)]
    ['太原', '大同', '阳泉', '运城']
    """
    low, high, quoted = _clause(text, start, end)
    pieces = _split(text, low, high, quoted)
    touching = [i for i, (a, b) in enumerate(pieces) if a < end and start < b]
    if len(pieces) < 2 or not touching:
        return _joined_pair(text, start, end, low, high)
    pieces[0] = _first_item(text, pieces, start)
    pieces[-1] = _last_item(text, pieces, end)
    return [(a, b) for a, b in pieces if a < b]


def _clause(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """Bounds of the clause around a span, and whether it is the inside of a quotation or bracket."""
    inside = _pair_around(text, start)
    if inside is not None and inside[1] >= end and "、" in text[slice(*inside)]:
        return *_stops(text, start, end, *inside), True
    return *_stops(text, start, end, 0, len(text)), False


def _stops(text: str, start: int, end: int, low: int, high: int) -> Range:
    first = low
    for match in _CLAUSE_START.finditer(text, low, start):
        closed_again = match.group() == "(" and text.find(")", match.end(), start) >= 0
        if _pair_around(text, match.start(), low) is None and not closed_again:
            first = match.end()
    for match in _CLAUSE_END.finditer(text, end, high):
        if _pair_around(text, match.start(), low) is None:
            return first, match.start()
    return first, high


def _pair_around(text: str, position: int, least: int = 0) -> Range | None:
    """Inside of the quotation or bracket that opened within 60 characters before ``position`` and holds it."""
    window = max(least, position - 60)
    for opener, closer in _PAIRS.items():
        opened = text.rfind(opener, window, position)
        if opened < 0 or text.rfind(closer, window, position) > opened:
            continue
        closed = text.find(closer, position)
        if 0 <= closed < position + 120:
            return opened + 1, closed
    return None


def _split(text: str, low: int, high: int, quoted: bool) -> list[Range]:
    pieces: list[Range] = []
    position = low
    if first := _SEPARATOR.search(text, low, high):
        high = next(
            (w.start for w in _words_within(text, first.end() + 1, high) if _AND_SO_ON.match(text, w.start)),
            high,
        )
    for match in _SEPARATOR.finditer(text, low, high):
        if _pair_around(text, match.start(), low if quoted else 0) is not None and not quoted:
            continue
        pieces.append((position, match.start()))
        position = match.end()
    if not pieces:
        return []
    for before, after in _conjunctions(text, position, high):
        if position < before and after < high:
            pieces.append((position, before))
            position = after
            break
    pieces.append((position, high))
    return [(a, b) for a, b in pieces if a < b]


def _usual_length(pieces: list[Range], without: int) -> float:
    return float(median([b - a for i, (a, b) in enumerate(pieces) if i != without]))


def _first_item(text: str, pieces: list[Range], start: int) -> Range:
    """The first piece without the words that lead up to the list."""
    low, high = pieces[0]
    if low < start < high:
        return start, high
    opener = text[pieces[-1][0]]
    if opener in _PAIRS and all(text[a] == opener for a, _ in pieces[1:]):
        low = max(low, text.find(opener, low, high))
        if text[low] == opener:
            return low, high
    if lead := _LEAD.match(text[low:high]):
        low += lead.end()
    usual = _usual_length(pieces, 0)
    for word in _words_within(text, low, high):
        if high - low <= 1.5 * usual + 1 or word.end >= high:
            break
        low = word.end
    return low, high


def _last_item(text: str, pieces: list[Range], end: int) -> Range:
    """The last piece without the words that follow the list."""
    low, high = pieces[-1]
    if low < end < high:
        return low, end
    closed = text.find(_PAIRS.get(text[low], "\n"), low, high)
    if closed > 0 and all(text[a] == text[low] for a, _ in pieces):
        return low, closed + 1
    usual = _usual_length(pieces, len(pieces) - 1)
    if high - low > 1.5 * usual + 1:
        for word in _words_within(text, low, high):
            if (
                word.start > low
                and word.start - low >= 0.5 * usual
                and word.tag.startswith(_NOT_IN_ITEM)
                and word.tag != "vn"
            ):
                return low, word.start
    return low, high


def _words_within(text: str, low: int, high: int) -> list[Word]:
    return [word for word in words_of(text) if low <= word.start and word.end <= high]


def _joined_pair(text: str, start: int, end: int, low: int, high: int) -> list[Range]:
    """Two things joined by 和 or 与, one of which the span touches; each side as far as its nouns go."""
    for before, after in _conjunctions(text, low, high):
        if after < start - 1 or before > end + 1:
            continue
        left = start if start < before else _noun_run(text, before, low, -1)
        right = end if end > after else _noun_run(text, after, high, 1)
        if left < before and right > after:
            return [(left, before), (after, right)]
    return []


def _conjunctions(text: str, low: int, high: int) -> Iterator[Range]:
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
