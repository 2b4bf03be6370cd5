"""Lists that a text numbers or marks over several lines or sentences: 一、… 二、…, (一)… (二)…, 1. … 2. …, 一是…二是…, bullets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.numerals import parse_han

__all__ = ["Series", "find_series"]

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Series:
    """Items of a list, marks left out; ``text[lead[0]:lead[1]]`` is what stands before the first one. ``end``: of the last item's
    paragraph."""

    items: tuple[Range, ...]
    lead: Range
    end: int


_HAN = "[一二三四五六七八九十]{1,3}"
_BORDER = r"(?:(?<=[\n。;:!?])|^)[ \t]*"
_MARKS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), reach)
    for pattern, reach in (
        (rf"{_BORDER}(?:#{{1,6}} )?(?P<number>{_HAN})[、,.](?=\S)", 6_000),
        (rf"{_BORDER}(?:#{{1,6}} )?[(](?P<number>{_HAN})[)](?=\S)", 3_000),
        (r"^[ \t]*(?:#{1,6} )?(?P<number>\d{1,2})(?:[、)]|[.](?!\d)) ?(?=\S)", 3_000),
        (rf"{_BORDER}[(](?P<number>\d{{1,2}})[)] ?(?=\S)", 3_000),
        (rf"(?:(?<=[\n。;:!?,])|^)[ \t]*(?P<number>{_HAN})(?:是|要|则是)(?=\S)", 600),
        (rf"{_BORDER}第(?P<number>{_HAN})(?:[,、:]|是)(?=\S)", 1_500),
    )
)
_BULLET = re.compile(r"^[ \t]*(?P<mark>[-*+•·●◆■▪○])(?![-*+\d.|]) *(?=[^\s-])", re.MULTILINE)
_END = re.compile(r"[。;!?\n:]")
_COMMA = re.compile(r",")
_LONGEST_ITEM = 60
_LEAD = 160
_MOST_ITEMS = 60


def find_series(text: str) -> list[Series]:
    """All marked lists of a search text that have two items or more, in order of their first items.

    Examples
    --------
    >>> text = "下一步做好以下工作。\\n一、加强合作。加快对接。\\n二、加大投入。筹集资金。"
    >>> [text[start:end] for start, end in find_series(text)[0].items]
    ['加强合作', '加大投入']
    """
    found = [series for pattern, reach in _MARKS for series in _numbered(text, pattern, reach)]
    found += _bulleted(text)
    return sorted(found, key=lambda series: series.items[0])


def _numbered(text: str, pattern: re.Pattern[str], reach: int) -> Iterator[Series]:
    """Runs of marks that count up from one, none farther than ``reach`` characters from the one before it."""
    run: list[re.Match[str]] = []
    for match in pattern.finditer(text):
        number = int(match["number"]) if match["number"].isdecimal() else parse_han(match["number"])
        follows = run and number == len(run) + 1 and match.start() - run[-1].end() <= reach
        if not follows:
            yield from _series(text, run)
            run = []
        if follows or number == 1:
            run.append(match)
    yield from _series(text, run)


def _bulleted(text: str) -> Iterator[Series]:
    """Lines one below the other with the same mark."""
    run: list[re.Match[str]] = []
    for match in _BULLET.finditer(text):
        last = run[-1] if run else None
        if last and (match["mark"] != last["mark"] or text.count("\n", last.end(), match.start()) > 2):
            yield from _series(text, run)
            run = []
        run.append(match)
    yield from _series(text, run)


def _series(text: str, run: Sequence[re.Match[str]]) -> Iterator[Series]:
    if not 2 <= len(run) <= _MOST_ITEMS:
        return
    borders = [*(match.start() for match in run[1:]), len(text)]
    items = tuple(_item(text, match.end(), border) for match, border in zip(run, borders, strict=True))
    if any(start >= end for start, end in items):
        return
    first = run[0].start()
    end = text.find("\n", items[-1][1])
    yield Series(items, (max(0, first - _LEAD), first), end if end >= 0 else len(text))


def _item(text: str, start: int, border: int) -> Range:
    """The clause after a mark, up to its first stop or the next mark; of a very long one the part before its first comma."""
    stop = _END.search(text, start, border)
    end = stop.start() if stop else border
    if end - start > _LONGEST_ITEM and (comma := _COMMA.search(text, start, end)):
        end = comma.start()
    while end > start and text[end - 1] in " ,、":
        end -= 1
    return start, end
