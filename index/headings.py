"""Headings of a search text and the path of headings above each passage. Pure; reads marks and line shapes, no fonts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Heading", "find_headings", "heading_paths"]

_MARKDOWN = re.compile(r"(#{1,6}) +(?=[^ #])")
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
    """A heading with its mark at ``text[start:end]``; a lower ``level`` stands further out.

    ``line`` counts from 0; ``alone``: the heading fills its line.
    """

    start: int
    end: int
    level: int
    text: str
    line: int
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
            headings.append(Heading(start, start + end, level, line[offset:end], number, alone))
        start += len(line) + 1
    return headings


def _heading_of(line: str, following: str) -> tuple[int, int, int] | None:
    """(level, offset in the line, length) of the heading a line is or begins with."""
    if not line or line[0] in "|>" or "\t" in line:
        return None
    if markdown := _MARKDOWN.match(line):
        return len(markdown[1]), markdown.end(), len(line.rstrip(" #")) - markdown.end()
    for pattern, level in ((_PART, _PART_LEVEL), (_SECTION, _SECTION_LEVEL)):
        if pattern.match(line):
            return (level, 0, len(line)) if len(line) <= _LONGEST and not _SENTENCE.search(line) else None
    if article := _ARTICLE.match(line):
        return _ARTICLE_LEVEL, 0, article.end()
    for depth, pattern in enumerate(_NUMBERED):
        if pattern.match(line):
            stop = _CLAUSE_END.search(line)
            length = stop.start() if stop else len(line)
            return (_NUMBERED_LEVEL + depth, 0, length) if length <= _LONGEST else None
    if 4 <= len(line) <= _PLAIN_LONGEST < len(following) and not _SENTENCE.search(line):
        return _PLAIN_LEVEL, 0, len(line)
    return None


def heading_paths(headings: Sequence[Heading], offsets: Iterable[int]) -> Iterator[tuple[str, ...]]:
    """Yield for each search offset, in rising order, the texts of the headings above it, outermost first.

    A heading that begins at the offset counts as above it, and so do its sub-headings on the lines right below.
    """
    path: list[Heading] = []
    count = 0
    for offset in offsets:
        while count < len(headings) and headings[count].start <= offset:
            _enter(path, headings[count])
            count += 1
        below = list(path)
        if path and path[-1].start == offset:
            following = count
            while following < len(headings) and _stands_right_below(headings[following], below[-1]):
                below.append(headings[following])
                following += 1
        yield tuple(heading.text for heading in below)


def _stands_right_below(heading: Heading, above: Heading) -> bool:
    return above.alone and heading.line == above.line + 1 and heading.level > above.level


def _enter(path: list[Heading], heading: Heading) -> None:
    """Move the path below a heading: it ends the headings of its own level and of those further in."""
    while path and path[-1].level >= heading.level:
        path.pop()
    path.append(heading)
