"""Tables of a parsed HTML page: which hold data, and their rows as lines of cells separated by tabs. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["is_data_table", "table_rows"]

_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_MAX_SPAN = 50
_MAX_PARAGRAPHS = 3
_SMALL_NUMBER = re.compile(r"\d{1,6}")


def is_data_table(table: Any) -> bool:
    """Whether a table holds data, and is not there to lay out the page: more than one column, no blocks inside cells."""
    if table.attrs.get("role") == "presentation" or table.find("table") is not None:
        return False
    widest = 0
    for row in _own_rows(table):
        cells = _own_cells(row)
        widest = max(widest, len(cells))
        if any(
            cell.find(_HEADINGS) is not None
            or len(cell.find_all("p", limit=_MAX_PARAGRAPHS + 1)) > _MAX_PARAGRAPHS
            for cell in cells
        ):
            return False
    return widest > 1


def table_rows(
    table: Any, cell_text: Callable[[Any], str], is_hidden: Callable[[Any], bool]
) -> Iterator[str]:
    """One line a row; a cell that spans rows is repeated in each, so that every line can be read alone."""
    caption = table.find("caption", recursive=False)
    if caption is not None and (text := cell_text(caption)):
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


def _own_rows(table: Any) -> Iterator[Any]:
    for child in table.children:
        if getattr(child, "name", None) == "tr":
            yield child
        elif getattr(child, "name", None) in ("thead", "tbody", "tfoot"):
            yield from (row for row in child.children if getattr(row, "name", None) == "tr")


def _own_cells(row: Any) -> list[Any]:
    return [cell for cell in row.children if getattr(cell, "name", None) in ("td", "th")]


def _span(cell: Any, attribute: str) -> int:
    value = str(cell.attrs.get(attribute, "1")).strip()
    return max(1, min(_MAX_SPAN, int(value))) if _SMALL_NUMBER.fullmatch(value) else 1
