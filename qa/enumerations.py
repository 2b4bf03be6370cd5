"""Lists in running text: the items of the enumeration that holds a span. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

from qa.joined_pairs import conjunctions, joined_pair
from qa.numerals import parse_han
from qa.words import Word, words_of

__all__ = ["counted_items", "enumeration_items", "enumerations"]

_CLAUSE_START = re.compile(r"[。!?;\n:,(]")
_CLAUSE_END = re.compile(r"[。!?;\n:,)]")
_SEPARATOR = re.compile(r"、|(?<=[”》])(?=[“《])")
_AND_SO_ON = re.compile(r"等(?!级|式|效|奖|次|功|候|待|于)")
_LEAD = re.compile(
    r"^含(?=[^、]{2,})|^.*(?:包括|包含|有|是|为|如|即|分别|围绕|以|从|在|对|向|涉及|赴|集|由|等)(?=[^、]{2,})"
)
_SUMMED_UP = re.compile(r"([两二三四五六七八九十]{1,3})[个大种类项家条座方位名所]")
"""How many items there were, right after the last one: 酿酒五大产业集群."""
_QUOTATION = re.compile("“[^“”]+”")
_PAIRS = {"“": "”", "《": "》", "(": ")"}
_NOT_IN_ITEM = ("v", "p", "u", "c", "d", "r")
_LEADING = ("r", "d", "p", "c", "u")
"""Words that lead up to a list."""
_DOING = ("v", "ad")
"""Words that lead up to it where most of its other items begin with no such word (做守护者、推动者, but 交易、分拣)."""

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
    items = _items(text, _split(text, low, high, quoted), (start, end))
    return items or joined_pair(text, start, end, low, high)


def _items(text: str, pieces: list[Range], span: Range) -> list[Range]:
    """The pieces between separators without what leads up to the first and follows the last; empty where the span touches none, and
    where no two are left.

    A border of the span inside the first or last piece is one of the list.
    """
    start, end = span
    if len(pieces) < 2 or not any(a < end and start < b for a, b in pieces):
        return []
    pieces[0] = _first_item(text, pieces, start)
    pieces[-1] = _last_item(text, pieces, end)
    items = [(a, b) for a, b in pieces if a < b]
    return items if len(items) > 1 else []


def counted_items(text: str, start: int, end: int, count: int) -> list[Range]:
    """``enumeration_items``, or ``count`` neighbouring quotations in them where there are other things beside (试验和“甲”“乙”“丙”三种
    示范); ``count`` 0 where the question does not say how many."""
    items = enumeration_items(text, start, end)
    if count and items and len(items) != count:
        runs = re.compile(rf"(?<!”)(?<!”[、和])(?:“[^“”]+”[、和]?){{{count}}}(?!“)")
        if run := runs.search(text, items[0][0], min(len(text), items[-1][1] + 1)):
            return [quote.span() for quote in _QUOTATION.finditer(text, *run.span())]
    return items


def enumerations(text: str) -> list[list[Range]]:
    """The items of every enumeration in a text that has a 、 or neighbouring quotations, in order.

    Examples
    --------
    >>> text = "太原、阳泉等市协办。产煤、发电。"
    >>> [[text[low:high] for low, high in items] for items in enumerations(text)]
    [['太原', '阳泉'], ['产煤', '发电']]
    """
    found: list[list[Range]] = []
    position = 0
    while match := _SEPARATOR.search(text, position):
        low, high, quoted = _clause(text, match.start(), match.end())
        items = _items(text, _split(text, low, high, quoted), (low, high))
        if len(items) > 1 and items[-1][1] > match.end():
            found.append(items)
        position = max(match.end(), items[-1][1] if items else 0, match.start() + 1)
    return found


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
    for before, after in conjunctions(text, position, high):
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
        low = start
    else:
        opener = text[pieces[-1][0]]
        if opener in _PAIRS and all(text[a] == opener for a, _ in pieces[1:]):
            low = max(low, text.find(opener, low, high))
            if text[low] == opener:
                return low, high
        lead = _LEAD.match(text[low:high])
        if lead and any(word.start == low + lead.end() for word in _words_within(text, low, high)):
            low += lead.end()
        usual = _usual_length(pieces, 0)
        for word in _words_within(text, low, high):
            if high - low <= 1.5 * usual + 1 or word.end >= high:
                break
            low = word.end
    return _without_doing(text, pieces, low), high


def _without_doing(text: str, pieces: list[Range], low: int) -> int:
    """Where the first piece begins without the clauses before it, and without words that lead up to the list (我省, 努力打造)."""
    high = pieces[0][1]
    clauses = (
        m for m in _CLAUSE_START.finditer(text, low, high) if _pair_around(text, m.start(), low) is None
    )
    low = max((clause.end() for clause in clauses), default=low)
    firsts = [words[0].tag for a, b in pieces[1:] if (words := _words_within(text, a, b))]
    doing = sum(tag.startswith(_DOING) and tag != "vn" for tag in firsts)
    leading = _LEADING if 2 * doing >= len(firsts) else (*_LEADING, *_DOING)
    for word, following in pairwise(_words_within(text, low, high)):
        if word.start != low or word.tag == "vn" or not word.tag.startswith(leading):
            break
        if any(text[a:b].endswith(text[following.start : high]) for a, b in pieces[1:]):
            break  # 叩门招商、以商招商
        low = following.start
    return low


def _last_item(text: str, pieces: list[Range], end: int) -> Range:
    """The last piece without the words that follow the list."""
    low, high = pieces[-1]
    closed = text.find(_PAIRS.get(text[low], "\n"), low, high)
    if closed > 0 and all(text[a] == text[low] for a, _ in pieces):
        return low, closed + 1
    if low < end < high:
        high = end
    for summed in _SUMMED_UP.finditer(text, low + 1, high):
        if parse_han(summed[1].replace("两", "二")) == len(pieces):
            return low, summed.start()
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
