"""A document as source text in HTML: marks on every hit, page breaks, the places that searching repaired. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.normalize import OffsetMap
from index.types import Document
from qa.web.markup import Mark, marked
from qa.web.strings import Language, text

__all__ = ["WINDOW", "repairs", "source_html", "window_around"]

WINDOW = 40_000
"""Characters of one window; longer documents are shown window by window."""
_LONGEST_REPAIR = 40


def window_around(source: str, offset: int, size: int = WINDOW) -> tuple[int, int]:
    """Return a range of whole lines of about ``size`` characters with ``offset`` in its first half.

    Examples
    --------
    >>> window_around("一行\\n二行\\n三行", 4, size=100)
    (0, 8)
    """
    offset = max(0, min(offset, len(source)))
    low = max(0, offset - size // 3)
    high = min(len(source), low + size)
    if low > 0:
        line = source.rfind("\n", max(0, low - size), low)
        low = line + 1 if line >= 0 else low
    if high < len(source):
        line = source.find("\n", high, high + size)
        high = line + 1 if line >= 0 else high
    return low, high


def repairs(
    document: Document, offsets: OffsetMap, search: str, language: Language, start: int, end: int
) -> list[Mark]:
    """Marks on the source characters in ``[start, end)`` that the ``search`` text leaves out or replaces."""
    low, high = offsets.to_search(start, end)
    marks: list[Mark] = []
    starts, ends = offsets.starts[low:high], offsets.ends[low:high]
    inside = (starts >= start) & (ends <= end) & (starts < ends)
    step = np.zeros(end - start + 1, np.int32)
    np.add.at(step, starts[inside] - start, 1)
    np.add.at(step, ends[inside] - start, -1)
    covered = np.cumsum(step[:-1]) > 0
    removed = text(language, "source.repair.removed")
    for first, last in _runs(~covered):
        marks.append(Mark(start + first, start + last, "removed", removed))
    replaced: list[tuple[int, int, str]] = []
    position = 0
    while position < high - low:
        source_start, source_end = int(starts[position]), int(ends[position])
        following = position + 1
        while following < high - low and int(starts[following]) == source_start:
            following += 1
        piece = search[low + position : low + following]
        original = document.text[source_start:source_end]
        if source_start >= start and source_end <= end and piece != original and original.strip():
            if (
                replaced and replaced[-1][1] == source_start
            ):  # neighbours are told together: 2023, not 2, 0, 2, 3
                first, _, before = replaced.pop()
                replaced.append((first, source_end, before + piece))
            else:
                replaced.append((source_start, source_end, piece))
        position = following
    for first, last, piece in replaced:
        shown = text(language, "source.repair.replaced", text=piece[:_LONGEST_REPAIR])
        marks.append(Mark(first, last, "replaced", shown))
    return marks


def _runs(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def source_html(
    document: Document, marks: Sequence[Mark], language: Language, start: int = 0, end: int | None = None
) -> str:
    """Return the lines of ``document.text[start:end]`` as ``<div class="wj-line" data-start=OFFSET>``.

    Every source character, line ends apart, is one character of the line's text or one ``wj-control`` element, so that
    a selection can be turned into offsets.
    """
    stop = len(document.text) if end is None else end
    breaks = {page.start: page.number for page in document.pages}
    ordered = sorted(
        (_from_its_first_line(mark, document.text, start) for mark in marks), key=lambda mark: mark.start
    )
    parts: list[str] = []
    position = start
    first = 0
    while position < stop:
        newline = document.text.find("\n", position, stop)
        line_end = stop if newline < 0 else newline
        while first < len(ordered) and ordered[first].end <= position:
            first += 1
        here = _touching(ordered, first, position, line_end)
        for low, high, number in _cut_at_pages(breaks, position, line_end):
            if number is not None:
                parts.append(
                    f'<div class="wj-page" role="separator">{text(language, "source.page", n=number)}</div>'
                )
            parts.append(_line(document.text, here, low, high, start))
        position = line_end + 1
    return "".join(parts)


def _touching(ordered: Sequence[Mark], first: int, low: int, high: int) -> list[Mark]:
    found: list[Mark] = []
    for mark in ordered[first:]:
        if mark.start > high:
            break
        if mark.end > low:
            found.append(mark)
    return found


def _cut_at_pages(breaks: dict[int, int], low: int, high: int) -> list[tuple[int, int, int | None]]:
    """The line in pieces that begin where a page does, each with the page's number."""
    inner = sorted(place for place in breaks if low <= place <= high and (place < high or low == high))
    if not inner:
        return [(low, high, None)]
    pieces: list[tuple[int, int, int | None]] = [(low, inner[0], None)] if inner[0] > low else []
    for place, following in zip(inner, [*inner[1:], high], strict=True):
        pieces.append((place, following, breaks[place]))
    return pieces


def _from_its_first_line(mark: Mark, source: str, start: int) -> Mark:
    """The mark without line breaks that it begins with, in what is shown from ``start`` on: they are no character of a line."""
    first = max(mark.start, start)
    while mark.anchor and first < mark.end and source[first] == "\n":
        first += 1
    return replace(mark, start=first) if max(mark.start, start) < first < mark.end else mark


def _line(source: str, marks: Sequence[Mark], low: int, high: int, shown_from: int) -> str:
    blank = " wj-blank" if not source[low:high].strip() else ""
    words = marked(source, marks, start=low, end=high, shown_from=shown_from)
    return f'<div class="wj-line{blank}" data-start="{low}">{words}</div>'


def _joined(marks: Sequence[Mark], line_end: int) -> bool:
    """Whether searching leaves out the line break at ``line_end``, which no character of the line shows."""
    return any(mark.name == "removed" and mark.start <= line_end < mark.end for mark in marks)
