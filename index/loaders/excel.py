"""Excel (.xlsx) -> text: each sheet a heading with its name, each row a line of cells separated by tabs, shown as in Excel.

Reads the values stored with formulas and computes none. Hidden sheets are left out, empty rows are dropped.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterable
from typing import Any

from index.loaders.archive import check_office_archive
from index.loaders.extraction import Extraction
from index.loaders.number_format import show_value

__all__ = ["read_excel"]

MAX_CHARS = 20_000_000

# openpyxl warns of every extension it does not know; the warning filter belongs to the process, so one thread at a time.
_openpyxl_lock = threading.Lock()


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
        for sheet in workbook.worksheets:
            if sheet.sheet_state != "visible":
                notes.append(f"sheet {sheet.title!r} is hidden and was left out")
                continue
            # Programs other than Excel often store a wrong size of the sheet.
            sheet.reset_dimensions()
            heading = "# " + " ".join(str(sheet.title).split())
            rows, used, complete = _read_rows(sheet.iter_rows(), left - len(heading))
            if rows:
                lines += [*([""] if lines else []), heading, *rows]
                left -= used + len(heading)
            if not complete:
                notes.append(
                    f"only the first {max_chars:,} characters were read (up to sheet {sheet.title!r})"
                )
                break
    finally:
        workbook.close()
    return Extraction("\n".join(lines), notes=tuple(notes))


def _read_rows(rows: Iterable[Iterable[Any]], max_chars: int) -> tuple[list[str], int, bool]:
    """Lines of a sheet, their characters, and whether they are all of it."""
    lines: list[str] = []
    used = 0
    for row in rows:
        cells = [
            show_value(cell.value, cell.number_format or "") if cell.value is not None else "" for cell in row
        ]
        line = "\t".join(cells).rstrip("\t")
        if not line.strip():
            continue
        used += len(line) + 1
        if used > max_chars:
            return lines, used, False
        lines.append(line)
    return lines, used, True
