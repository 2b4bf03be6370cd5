"""Judged questions as a table for people: CSV for Excel (with a byte order mark) or XLSX."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from eval.errors import EvalError
from eval.judge import Row
from eval.report_tables import failures
from eval.run_folder import RunFolder

__all__ = ["export_rows", "table_of"]

_FIGURE = re.compile(r"[+-]\d[\d.,]*\s*[%‰\w]*")

_HEADER = (
    "id",
    "kind of failure",
    "question",
    "expected",
    "status",
    "answer or best span",
    "confidence",
    "f1",
    "gold documents",
    "cited documents",
    "tags",
)


def table_of(rows: Sequence[Row], *, everything: bool = False) -> list[list[str | float]]:
    """Return the rows that are not right (or all) as a table, header first."""
    kind_of = {row["id"]: kind for kind, inside in failures(rows).items() for row in inside}
    return [
        list(_HEADER),
        *(
            [
                row["id"],
                kind_of.get(row["id"], "right"),
                row["question"],
                "、".join(row["expected"]) if row["kind"] == "list" else " / ".join(row["expected"]),
                row["status"],
                row["answer"] or row["guess"],
                row["confidence"],
                round(row["measures"]["f1"], 4),
                ", ".join(row["documents"]),
                ", ".join(row["cited"]),
                ", ".join(row["tags"]),
            ]
            for row in rows
            if everything or row["id"] in kind_of
        ),
    ]


def export_rows(run_dir: Path, out: Path, *, everything: bool = False) -> int:
    """Write the failures of a run (or all its rows) to ``out`` and return their number.

    Raises
    ------
    EvalError
        Where the run is not finished, or ``out`` ends neither in ``.csv`` nor in ``.xlsx``.
    """
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise EvalError(f"{out.name}: choose a name that ends in .csv or .xlsx")
    table = table_of(RunFolder(run_dir).rows(), everything=everything)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() == ".csv":
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([_inert(cell) for cell in row] for row in table)
    else:
        _write_xlsx(table, out)
    return len(table) - 1


def _inert(cell: str | float) -> str | float:
    """Keep a spreadsheet from running a text as a formula; a figure such as ``-5.2%`` stays as it is."""
    if isinstance(cell, str) and cell[:1] in ("=", "@", "+", "-", "\t", "\r") and not _FIGURE.fullmatch(cell):
        return "'" + cell
    return cell


def _write_xlsx(table: Sequence[Sequence[str | float]], out: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "rows"
    for number, row in enumerate(table, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"  # a text that begins with = stays a text
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            else:
                cell.value = value
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate((10, 24, 44, 32, 10, 44, 11, 8, 26, 26, 20), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    workbook.save(out)
