"""Where a span is a cell of a table: does its column's head, and does its row, say what the question asks? Pure.

A table's rows are lines of cells with tabs or vertical bars between them; its first row is its head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.units import UNIT

__all__ = ["Cell", "TableView", "is_row", "says_number"]

_PART = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|[\u3400-\u9fff]+")
_IN_BRACKETS = re.compile(r"[(](?:单位[::]?)?([^()\d][^()]{0,7})[)]$")
_SCALED = re.compile(r"[十百千万亿]{0,2}")
_RULE = re.compile(r"[\s|:=-]+")
"""A line under a head: ``|---|---|``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: how much more of its column's head, and of its row, the question names than of any other, -1 to 1 each, and its unit."""

    head: float
    row: float
    unit: str
    """Where the span ends its cell: the unit in brackets in the head of its column or the first cell of its row."""


@dataclass(frozen=True, slots=True)
class _Row:
    start: int
    cells: tuple[tuple[int, int, str], ...]
    """Where each begins and ends in the text, and what it says."""


def is_row(line: str) -> bool:
    """Whether a line is a row of a table: two cells or more.

    Examples
    --------
    >>> is_row("沅溪县\\t72"), is_row("| 甲 | 乙 |"), is_row("一句话"), is_row("|---|---|")
    (True, True, False, False)
    """
    if "\t" not in line and "|" not in line:
        return False
    return len(_cells(line, 0)) > 1 and not _RULE.fullmatch(line)


class TableView:
    """The tables of a passage against one question. ``head`` is the first row of a table that began before the passage."""

    def __init__(self, question: str, text: str, head: str = "") -> None:
        self._question = question.lower()
        self._tables = list(_tables(text, head)) if "\t" in text or "|" in text else []
        self._shares: dict[str, float] = {}

    def cell(self, start: int, end: int) -> Cell | None:
        """The cell that a span lies in; None outside a table, in its head, in a row that has not as many cells as the head, and where
        the span takes up more than one cell.

        Examples
        --------
        >>> TableView("2024年产量?", "年份\\t产量(吨)\\n2023\\t72\\n2024\\t81").cell(22, 24)
        Cell(head=1.0, row=1.0, unit='吨')
        """
        for table in self._tables:
            for number, row in enumerate(table):
                column = next(
                    (n for n, (low, high, _) in enumerate(row.cells) if low <= start and end <= high), None
                )
                if column is not None:
                    whole = number and len(row.cells) == len(table[0].cells)
                    return self._held(table, number, column, end) if whole else None
        return None

    def _held(self, table: Sequence[_Row], number: int, column: int, end: int) -> Cell:
        heads = [text for _, _, text in table[0].cells]
        others = [self._named(text) for place, text in enumerate(heads) if place not in (0, column)]
        rows = [
            max(
                (self._named(text) for place, (_, _, text) in enumerate(row.cells) if place != column),
                default=0.0,
            )
            for row in table
        ]
        unit = ""
        if end == table[number].cells[column][1]:
            unit = _unit(heads[column]) or (_unit(table[number].cells[0][2]) if column else "")
        return Cell(
            head=self._named(heads[column]) - max(others, default=0.0),
            row=rows[number]
            - max((n for place, n in enumerate(rows) if place not in (0, number)), default=0.0),
            unit=unit,
        )

    def _named(self, text: str) -> float:
        """Share of the pairs of characters, the words and the numbers of a cell that the question holds; 0 for an empty one."""
        if text not in self._shares:
            parts: list[str] = []
            for part in _PART.findall(_IN_BRACKETS.sub("", text)):
                han = "\u3400" <= part[0] <= "\u9fff" and len(part) > 1
                parts += ["".join(pair) for pair in pairwise(part)] if han else [part.lower()]
            found = sum(_says(self._question, part) for part in parts)
            self._shares[text] = found / len(parts) if parts else 0.0
        return self._shares[text]


def says_number(text: str, number: str) -> bool:
    """Whether a text has a number that is no part of a longer one.

    Examples
    --------
    >>> says_number("20条", "20"), says_number("2024年", "20"), says_number("3.20", "20")
    (True, False, False)
    """
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?![.,]?\d)", text) is not None


def _says(question: str, part: str) -> bool:
    if part[0].isdigit():
        return says_number(question, part)
    if part[0].isascii():
        return re.search(rf"(?<![a-z]){part}(?![a-z])", question) is not None
    return part in question


def _unit(text: str) -> str:
    """The unit at the end of a head, which is written in brackets; empty where these hold anything else."""
    found = _IN_BRACKETS.search(text)
    unit = found[1].strip() if found else ""
    bare = unit[_SCALED.match(unit).end() :] if unit else ""  # type: ignore[union-attr]  # matches anything
    return unit if bare and UNIT.fullmatch(bare) else ""


def _tables(text: str, head: str) -> list[list[_Row]]:
    tables: list[list[_Row]] = []
    rows: list[_Row] = (
        [_Row(-1, tuple((-1, -1, cell) for _, _, cell in _cells(head, 0)))] if is_row(head) else []
    )
    position = 0
    for line in text.split("\n"):
        if is_row(line):
            rows.append(_Row(position, _cells(line, position)))
        elif line.strip() and not _RULE.fullmatch(line):  # an empty line, and that under a head, end no table
            tables.append(rows)
            rows = []
        position += len(line) + 1
    return [table for table in (*tables, rows) if len(table) > 1]


def _cells(line: str, position: int) -> tuple[tuple[int, int, str], ...]:
    mark = "\t" if "\t" in line else "|"
    low, high = 0, len(line)
    if mark == "|":
        low += len(line) - len(line.lstrip())
        high = len(line.rstrip())
        low += line[low:high].startswith("|")
        high -= line[low:high].endswith("|")
    cells: list[tuple[int, int, str]] = []
    for piece in line[low:high].split(mark):
        said = piece.strip()
        start = position + low + len(piece) - len(piece.lstrip())
        cells.append((start, start + len(said), said))
        low += len(piece) + 1
    return tuple(cells)
