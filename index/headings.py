"""Headings of a search text and the path of headings above any offset. Pure; reads marks and line shapes, no fonts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Heading", "find_headings", "heading_path"]

_MARKDOWN = re.compile(r"(#{1,6}) +(.+?)[ #]*$")
_PART = re.compile(r"第[一二三四五六七八九十百零〇\d]{1,5}[编篇部章]")
_SECTION = re.compile(r"第[一二三四五六七八九十百零〇\d]{1,5}节")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零〇\d]{1,5}条")
_NUMBERED = (
    re.compile(r"[一二三四五六七八九十]{1,3}[、,]"),
    re.compile(r"[(][一二三四五六七八九十]{1,3}[)]"),
    re.compile(r"\d{1,2}[.、](?!\d)"),
    re.compile(r"[(]\d{1,2}[)]"),
)
_CLAUSE_END = re.compile(r"[。;!?:]")
_SENTENCE = re.compile(r"[。;!?]|[:,、….”)】]$")
_LONGEST = 60
_PLAIN_LONGEST = 40
_PLAIN_LEVEL = 7
_NUMBERED_LEVEL = 11
_PART_LEVEL, _SECTION_LEVEL, _ARTICLE_LEVEL = 8, 9, 10


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its mark at ``text[start:end]``; a lower ``level`` stands further out. ``alone``: it fills its line."""

    start: int
    end: int
    level: int
    text: str
    alone: bool


def find_headings(text: str) -> list[Heading]:
    """Return the headings of a search text in order.

    Markdown marks, 第…章/节/条, 一、 (一) 1. (1), and short unpunctuated lines that stand above a paragraph count. The lead
    clause of a numbered paragraph (``一、鼓励产业协同发展。充分发挥…``) counts up to its first stop.

    Examples
    --------
    >>> [heading.text for heading in find_headings("# 工作综述\\n一、强化合作。加快对接。")]
    ['工作综述', '一、强化合作']
    """
    headings: list[Heading] = []
    start = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        found = _heading_of(line, following)
        if found is not None:
            level, offset, length = found
            end = offset + length
            alone = end >= len(line.rstrip("# "))
            headings.append(Heading(start, start + end, level, line[offset:end], alone))
        start += len(line) + 1
    return headings


def _heading_of(line: str, following: str) -> tuple[int, int, int] | None:
    """(level, offset in the line, length) of the heading a line is or begins with."""
    if not line or line[0] in "|>" or "\t" in line:
        return None
    if markdown := _MARKDOWN.match(line):
        return len(markdown[1]), markdown.start(2), len(markdown[2])
    for pattern, level in ((_PART, _PART_LEVEL), (_SECTION, _SECTION_LEVEL), (_ARTICLE, _ARTICLE_LEVEL)):
        if mark := pattern.match(line):
            return level, 0, mark.end() if level == _ARTICLE_LEVEL else min(len(line), _LONGEST)
    for depth, pattern in enumerate(_NUMBERED):
        if pattern.match(line):
            stop = _CLAUSE_END.search(line)
            length = stop.start() if stop else len(line)
            return (_NUMBERED_LEVEL + depth, 0, length) if length <= _LONGEST else None
    if 4 <= len(line) <= _PLAIN_LONGEST < len(following) and not _SENTENCE.search(line):
        return _PLAIN_LEVEL, 0, len(line)
    return None


def heading_path(headings: Sequence[Heading], offset: int) -> tuple[str, ...]:
    """Texts of the headings above the search ``offset``, outermost first.

    Headings that begin at the offset, and those on the lines right below them, count as above it.
    """
    path: list[Heading] = []
    count = bisect_right(headings, offset, key=lambda h: h.start)
    while 0 < count < len(headings) and headings[count - 1].start >= offset:
        above = headings[count - 1]
        if not above.alone or headings[count].start > above.end + 1:
            break
        count += 1
    for heading in headings[:count]:
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    return tuple(heading.text for heading in path)
