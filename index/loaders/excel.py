"""Excel (.xlsx) -> text: each sheet a heading with its name, each row a line of cells separated by tabs, shown as in Excel.

Reads the values stored with formulas and computes none. Hidden sheets are left out, empty rows are dropped. A cell merged over
rows is repeated in each that holds more, so that every line can be read alone.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from index.loaders.archive import check_office_archive
from index.loaders.extraction import Extraction
from index.loaders.number_format import show_value

__all__ = ["read_excel"]

MAX_CHARS = 20_000_000
_MAX_MERGED_ROWS = 1000

# openpyxl warns of every extension it does not know; the warning filter belongs to the process, so one thread at a time.
_openpyxl_lock = threading.Lock()


@dataclass(slots=True)
class _Marks:
    """What openpyxl does not tell of a sheet that it reads row by row."""

    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Cells merged over rows, by the row they begin in: column counted from 0, and last row."""
    unstored: int = 0
    """Formulas without a value."""


def read_excel(data: bytes, *, max_chars: int = MAX_CHARS) -> Extraction:
    """Read the visible sheets of a workbook, up to ``max_chars`` characters."""
    check_office_archive(data)
    with _openpyxl_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read_workbook(data, max_chars)


def _read_workbook(data: bytes, max_chars: int) -> Extraction:
    import openpyxl

    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        lines: list[str] = []
        notes: list[str] = []
        left = max_chars
        unstored = 0
        for sheet in workbook.worksheets:
            if sheet.sheet_state != "visible":
                notes.append(f"sheet {sheet.title!r} is hidden and was left out")
                continue
            # Programs other than Excel often store a wrong size of the sheet.
            sheet.reset_dimensions()
            heading = "# " + " ".join(str(sheet.title).split())
            marks = _read_marks(workbook._archive, sheet._worksheet_path)
            unstored += marks.unstored
            rows, used, complete = _read_rows(_shown(sheet.iter_rows(), marks), left - len(heading))
            if rows:
                lines += [*([""] if lines else []), heading, *rows]
                left -= used + len(heading)
            if not complete:
                notes.append(
                    f"only the first {max_chars:,} characters were read (up to sheet {sheet.title!r})"
                )
                break
        if unstored:
            formulas = "1 formula has" if unstored == 1 else f"{unstored} formulas have"
            notes.append(f"{formulas} no stored value: open and save the file in Excel")
    finally:
        workbook.close()
    return Extraction("\n".join(lines), notes=tuple(notes))


def _read_marks(archive: Any, member: str) -> _Marks:
    """Marks of a sheet; none where its XML is missing or broken, of which openpyxl itself complains."""
    from lxml import etree
    from openpyxl.utils.cell import range_boundaries
    from openpyxl.xml.constants import SHEET_MAIN_NS

    row, formula, merge, value = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "f", "mergeCell", "v"))
    marks = _Marks()
    computed: list[Any] = []
    try:
        with archive.open(member) as stream:
            for _, element in etree.iterparse(stream, tag=(row, formula, merge), resolve_entities=False):
                if element.tag == formula:
                    computed.append(element.getparent())
                elif element.tag == row:
                    # A text that is empty is a value too.
                    marks.unstored += sum(
                        not cell.findtext(value) and (cell.get("t") != "str" or cell.find(value) is None)
                        for cell in computed
                    )
                    computed.clear()
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                else:
                    column, first, _, last = range_boundaries(element.get("ref"))
                    if last > first:
                        marks.merged.setdefault(first, []).append(
                            (column - 1, min(last, first + _MAX_MERGED_ROWS - 1))
                        )
    except (KeyError, etree.LxmlError):
        return _Marks()
    return marks


def _shown(rows: Iterable[Iterable[Any]], marks: _Marks) -> Iterator[list[str]]:
    """Cells of each row as Excel shows them, with those merged from above where the row holds anything else."""
    above: dict[int, tuple[int, str]] = {}  # column -> last row, text
    for number, row in enumerate(rows, start=1):
        cells = [
            show_value(cell.value, cell.number_format or "") if cell.value is not None else "" for cell in row
        ]
        if above:
            above = {column: (last, text) for column, (last, text) in above.items() if number <= last}
        if any(cells):
            for column, (_, text) in above.items():
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] or text
        for column, last in marks.merged.get(number, ()):
            if column < len(cells):
                above[column] = (last, cells[column])
        yield cells


def _read_rows(rows: Iterable[list[str]], max_chars: int) -> tuple[list[str], int, bool]:
    """Lines of a sheet, their characters, and whether they are all of it."""
    lines: list[str] = []
    used = 0
    for cells in rows:
        line = "\t".join(cells).rstrip("\t")
        if not line.strip():
            continue
        used += len(line) + 1
        if used > max_chars:
            return lines, used, False
        lines.append(line)
    return lines, used, True
