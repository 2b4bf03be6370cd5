"""Source text -> search text, with the way back to every source character.

Pure. Folds width and script (``folding``), removes typographic spaces around Han characters and joins lines that a page or a
hard wrap broke in mid-sentence (``line_joins``). It does not correct spelling, change case or read layout beyond line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

import numpy as np

from index.folding import BLANK, CJK, HAN, fold_characters
from index.line_joins import joins_next_line
from index.offsets import OffsetMap

__all__ = ["CJK", "HAN", "NORMALIZE_VERSION", "Normalized", "OffsetMap", "fold", "normalize"]

NORMALIZE_VERSION = 2
"""Raised whenever the search text of any input changes; saved in the index."""

_UNITS = "%‰°"
_SPACE_RUN = re.compile(f"[{BLANK}\t\n]+")
_PAGE_NUMBER = re.compile(r"[-—–]\s*\d{1,4}\s*[-—–]|第\s?\d{1,4}\s?页")
_CJK_CHARACTER = re.compile(f"[{CJK}]")
_WIDEST_TYPOGRAPHIC_SPACE = 3
"""Longer runs of spaces set columns or fill-in fields apart; they stay one space."""
_LINE_END, _LINE_BEGIN = 2000, 200
"""Characters of two lines that decide whether they belong together."""

Edit = tuple[int, int, str]
"""``text[start:end]`` becomes the replacement, which is empty or one character."""


@dataclass(frozen=True, slots=True)
class Normalized:
    """Search text and its offset map."""

    text: str
    offsets: OffsetMap


def fold(text: str) -> str:
    """Fold a short text (a question, a name) as documents are; offsets are not kept."""
    return normalize(text).text


def normalize(text: str, *, join_lines: bool = True) -> Normalized:
    """Return the search text of ``text`` with its offset map.

    Line breaks inside a sentence are dropped; without ``join_lines`` every line stays one, as the rows of a table must. Tabs before
    the text of a row are empty cells and stay; those of an indented paragraph, a line without further tabs, do not.

    Examples
    --------
    >>> normalized = normalize("轉化煤炭 １２００ 万吨")
    >>> normalized.text
    '转化煤炭1200万吨'
    >>> normalized.offsets.to_source(4, 10)
    (5, 12)
    """
    folded, offsets = fold_characters(text)
    edits = list(_edits(folded, join_lines))
    return _apply(folded, offsets, edits) if edits else Normalized(folded, offsets)


def _apply(text: str, offsets: OffsetMap, edits: list[Edit]) -> Normalized:
    """Carry out edits that are in order and do not overlap."""
    pieces: list[str] = []
    position = 0
    for start, end, replacement in edits:
        pieces += (text[position:start], replacement)
        position = end
    pieces.append(text[position:])
    begins = np.array([edit[0] for edit in edits])
    finishes = np.array([edit[1] for edit in edits])
    replaced = np.array([bool(edit[2]) for edit in edits])
    depth = np.zeros(len(text) + 1, np.int8)
    depth[begins] += 1
    depth[finishes] -= 1
    keep = np.cumsum(depth[:-1], dtype=np.int8) == 0
    keep[begins[replaced]] = True
    ends = offsets.ends.copy()
    ends[begins[replaced]] = offsets.ends[finishes[replaced] - 1]
    return Normalized("".join(pieces), OffsetMap(offsets.starts[keep], ends[keep]))


def _edits(text: str, join_lines: bool) -> Iterator[Edit]:
    """Changes of white space in a folded text, in order, none overlapping another."""
    spaces: list[Edit] = []
    breaks: list[tuple[int, int]] = []
    text_start, text_end = 0, len(text)
    for match in _SPACE_RUN.finditer(text):
        start, end = match.span()
        run = match.group()
        if end == len(text):
            spaces.append((start, end, ""))
            text_end = start
        elif start == 0:
            text_start = end
        elif "\n" in run:
            breaks.append((start, end))
        elif (replacement := _space_between(text[start - 1], text[end], run)) != run:
            spaces.append((start, end, replacement))
    if text_start > 0:
        line_end = breaks[0][0] if breaks else text_end
        yield from _break_edit(text, 0, text_start, line_end, "", join_lines)
    position = 0
    for edit in merge(spaces, _break_edits(text, breaks, text_start, text_end, join_lines)):
        if edit[0] >= position:
            yield edit
            position = edit[1]


def _space_between(left: str, right: str, run: str) -> str:
    if "\t" in run:
        return _cell_marks(run)
    if left == "#":  # the space of a markdown heading
        return " "
    if len(run) <= _WIDEST_TYPOGRAPHIC_SPACE and (
        _is_cjk(left) or _is_cjk(right) or (left.isdigit() and right in _UNITS)
    ):
        return ""
    return " "


def _cell_marks(run: str) -> str:
    """White space that holds tabs, as it stands before a cell: empty cells stay, a padded tab is a tab."""
    return run if run.count("\t") == len(run) else "\t"


def _is_cjk(char: str) -> bool:
    return _CJK_CHARACTER.match(char) is not None


def _break_edits(
    text: str, breaks: list[tuple[int, int]], text_start: int, text_end: int, join_lines: bool
) -> Iterator[Edit]:
    """What becomes of each line break: kept as one, or dropped where it stands inside a sentence.

    A page number that stands alone between the two halves of a sentence goes with the break.
    """
    begins = [text_start, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), text_end]
    line, last = 0, len(breaks)
    while line < last:
        following = line + 1
        while following < last and _PAGE_NUMBER.fullmatch(text, begins[following], ends[following]):
            following += 1
        end, begin = ends[line], begins[following]
        left = text[max(begins[line], end - _LINE_END) : end]
        right = text[begin : min(ends[following], begin + _LINE_BEGIN)]
        if join_lines and joins_next_line(left, right):
            yield end, begin, _glue(left, right)
        else:
            for number in range(line, following):
                yield from _break_edit(text, *breaks[number], ends[number + 1], "\n", join_lines)
        line = following


def _break_edit(
    text: str, start: int, finish: int, line_end: int, mark: str, join_lines: bool
) -> Iterator[Edit]:
    """White space before a line that ends at ``line_end`` becomes ``mark``, and the empty cells that the line begins with if it is a row."""
    cells = text.rfind("\n", start, finish) + 1
    marks = text[cells:finish]
    if "\t" not in marks or (join_lines and text.find("\t", finish, line_end) < 0):
        cells, marks = finish, ""
    if text[start:cells] != mark:
        yield start, cells, mark
    if _cell_marks(marks) != marks:
        yield cells, finish, "\t"


def _glue(left: str, right: str) -> str:
    """What stands between two joined lines: a space between Latin words, nothing in Chinese and inside numbers."""
    before = left[-2:-1] if left[-1] in ",;:" else left[-1]
    if _is_cjk(left[-1]) or _is_cjk(right[0]) or (before and _is_cjk(before)):
        return ""
    return "" if before.isdigit() and right[0].isdigit() else " "
