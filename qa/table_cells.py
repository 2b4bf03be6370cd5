"""Where a span is a cell of a table: does its column's head, and does its row, say what the question asks? Pure.

A table's rows are lines of cells with tabs or vertical bars between them; its first row is its head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

__all__ = ["Cell", "cell_of", "head_agreement", "row_agreement"]

_PART = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|[\u3400-\u9fff]+")
_UNIT = re.compile(r"[(]([^()]{1,8})[)]\s*$")
_RULE = re.compile(r"[\s|:=-]*")
"""A line under a head: ``|---|---|``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, with the rows of its table, head first: ``rows[row][column]``."""

    rows: tuple[tuple[str, ...], ...]
    row: int
    column: int

    @property
    def head(self) -> str:
        """The head of its column; empty where the head has fewer cells."""
        return self.rows[0][self.column] if self.column < len(self.rows[0]) else ""

    @property
    def unit(self) -> str:
        """The unit in brackets at the end of the column's head, or of the row's first cell; empty where there is none."""
        found = _UNIT.search(self.head) or _UNIT.search(self.rows[self.row][0])
        return found[1] if found else ""


def cell_of(text: str, start: int, end: int, head: str = "") -> Cell | None:
    """The cell that a span lies in; None outside a table, in its head, and where it takes up more than one cell.

    ``head`` is the first row of the table where the text begins in the middle of it.

    Examples
    --------
    >>> cell = cell_of("年份\\t产量(吨)\\n2023\\t72\\n2024\\t81", 14, 16)
    >>> cell.head, cell.unit, cell.rows[cell.row][0]
    ('产量(吨)', '吨', '2023')
    """
    low, high = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[low : high if high >= 0 else len(text)]
    if len(_cells(line)) < 2 or "\n" in text[start:end]:
        return None
    before, inside = text[low:start], text[start:end]
    mark = "\t" if "\t" in line else "|"
    if mark in inside:
        return None
    lines, number = _block(text, low)
    if head and number < len(lines) and _starts_block(text, lines):
        lines, number = (head, *lines), number + 1
    rows = tuple(_cells(one) for one in lines)
    column = before.strip().lstrip("|").count(mark) if mark == "|" else before.count(mark)
    if number == 0 or len(rows) < 2 or column >= len(rows[number]):
        return None
    return Cell(rows, number, column)


@lru_cache(maxsize=2048)
def _block(text: str, low: int) -> tuple[tuple[str, ...], int]:
    """The lines of the table around the line that begins at ``low``, and which of them that is."""
    lines: list[str] = []
    number = position = 0
    for line in text.split("\n"):
        row = len(_cells(line)) > 1 and not (position != low and _RULE.fullmatch(line))
        if row:
            if position == low:
                number = len(lines)
            lines.append(line)
        elif not _RULE.fullmatch(line) or not line.strip():
            if position > low:
                break
            lines = []
        position += len(line) + 1
    return tuple(lines), number


def _starts_block(text: str, lines: tuple[str, ...]) -> bool:
    """Whether the text begins with the table."""
    return bool(lines) and text.lstrip("\n").startswith(lines[0])


def _cells(line: str) -> tuple[str, ...]:
    if "\t" in line:
        return tuple(cell.strip() for cell in line.split("\t"))
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|")) if "|" in line else (line,)


def head_agreement(question: str, cell: Cell) -> float:
    """How much more of the head of its column the question names than of any other's, -1 to 1."""
    own = _named(question, cell.head)
    others = [
        _named(question, head) for column, head in enumerate(cell.rows[0]) if column not in (0, cell.column)
    ]
    return own - max(others, default=0.0)


def row_agreement(question: str, cell: Cell) -> float:
    """How much more of its row, that is of the cell of it that the question names best, the question names than of any other row, -1 to 1."""
    own, *others = (
        max((_named(question, text) for column, text in enumerate(row) if column != cell.column), default=0.0)
        for row in (
            cell.rows[cell.row],
            *(row for number, row in enumerate(cell.rows) if number not in (0, cell.row)),
        )
    )
    return own - max(others, default=0.0)


def _named(question: str, text: str) -> float:
    """Share of the pairs of characters, words and numbers of a cell that the question holds; 0 for an empty one."""
    units: list[str] = []
    for part in _PART.findall(_UNIT.sub("", text)):
        han = "\u3400" <= part[0] <= "\u9fff" and len(part) > 1
        units += ["".join(pair) for pair in pairwise(part)] if han else [part]
    if not units:
        return 0.0
    return sum(_holds(question, unit) for unit in units) / len(units)


def _holds(question: str, unit: str) -> bool:
    if not unit[0].isdigit():
        return unit.lower() in question.lower()
    return re.search(rf"(?<!\d){re.escape(unit)}(?!\d)", question) is not None
