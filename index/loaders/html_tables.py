"""Tables of a parsed HTML page: which hold data, and their rows as lines of cells separated by tabs. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["is_data_table", "table_rows"]

_TABLE = frozenset(["table"])
_PARAGRAPH = frozenset(["p"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_MAX_SPAN = 50
_MANY_PARAGRAPHS = 4
_SMALL_NUMBER = re.compile(r"\d{1,6}")


def is_data_table(table: Any) -> bool:
    """Whether a table holds data, and is not there to lay out the page: more than one column, no blocks inside cells."""
    if table.attrs.get("role") == "presentation" or _holds(table, _TABLE, 1):
        return False
    widest = 0
    for row in _own_rows(table):
        cells = _own_cells(row)
        widest = max(widest, len(cells))
        if any(_holds(cell, _HEADINGS, 1) or _holds(cell, _PARAGRAPH, _MANY_PARAGRAPHS) for cell in cells):
            return False
    return widest > 1


def _holds(node: Any, names: frozenset[str], count: int) -> bool:
    """Whether ``count`` elements of these names stand below ``node``.

    Stops at the last of them; the search of the parser's own tree walks to the end of the page first.
    """
    stack = list(reversed(node.contents))
    while stack:
        child = stack.pop()
        if getattr(child, "name", None) in names:
            count -= 1
            if count == 0:
                return True
        stack.extend(reversed(getattr(child, "contents", ())))
    return False


def table_rows(
    table: Any, cell_text: Callable[[Any], str], is_hidden: Callable[[Any], bool]
) -> Iterator[str]:
    """One line a row; a cell that spans rows is repeated in each, so that every line can be read alone."""
    for caption in _children(table, "caption"):
        if text := cell_text(caption):
            yield text
    spanning: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    for row in _own_rows(table):
        if is_hidden(row):
            continue
        cells: list[str] = []
        further: dict[int, tuple[int, str]] = {}
        own = iter(_own_cells(row))
        while True:
            if len(cells) in spanning:
                rows, text = spanning[len(cells)]
                if rows > 1:
                    further[len(cells)] = (rows - 1, text)
                cells.append(text)
                continue
            cell = next(own, None)
            if cell is None:
                break
            text = cell_text(cell)
            rows = _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if rows > 1:
                    further[len(cells)] = (rows - 1, text)
                cells.append(text)
                text = ""  # a cell that spans columns stands in the first
        spanning = further
        line = "\t".join(cells).rstrip("\t")
        if line.strip():
            yield line


def _children(node: Any, *names: str) -> list[Any]:
    return [child for child in node.contents if getattr(child, "name", None) in names]


def _own_rows(table: Any) -> Iterator[Any]:
    for child in _children(table, "tr", "thead", "tbody", "tfoot"):
        yield from [child] if child.name == "tr" else _children(child, "tr")


def _own_cells(row: Any) -> list[Any]:
    return _children(row, "td", "th")


def _span(cell: Any, attribute: str) -> int:
    value = str(cell.attrs.get(attribute, "1")).strip()
    return max(1, min(_MAX_SPAN, int(value))) if _SMALL_NUMBER.fullmatch(value) else 1
