"""Question files in, answer files out: jsonl, csv, xlsx and, for questions, txt. No answering."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from index.errors import WenjuError
from index.loaders.text import cell_delimiter
from qa.types import Answer

__all__ = [
    "ANSWER_COLUMNS",
    "QUESTION_SUFFIXES",
    "BatchFileError",
    "answer_row",
    "holds_answers",
    "read_question_rows",
    "read_questions",
    "storable",
    "write_table",
]

QUESTION_SUFFIXES = frozenset({".jsonl", ".csv", ".xlsx", ".txt"})
ANSWER_COLUMNS = (
    "question",
    "status",
    "answer",
    "confidence",
    "quote",
    "document",
    "title",
    "page",
    "start",
    "end",
    "passage",
    "error",
)
_QUESTION_HEADERS = ("question", "问题", "提问", "query", "問題")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINE_END = re.compile(r"\r\n|\r|\n")  # str.splitlines would also cut at U+2028, U+0085 and form feeds


class BatchFileError(WenjuError):
    """A question file cannot be read, or an answer file cannot be written."""


def read_questions(path: Path) -> list[str]:
    """``read_question_rows`` without what stands beside the questions."""
    return [question for question, _ in read_question_rows(path)]


def read_question_rows(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Questions of a file in order, each with what stands beside it in a table with a head, by column.

    A bad row becomes an empty question, so that the answers stay beside the questions. A column without a head, or with one that
    another has, is named by its number. txt: a line each, empty lines left out.
    jsonl: ``{"question": …}`` or a string a line. csv, xlsx: the column headed ``question`` or ``问题``, else the first. The cells of
    a csv may stand between semicolons or vertical bars too.

    Raises
    ------
    BatchFileError
        The file does not exist, is of another kind, or cannot be read at all.
    """
    suffix = path.suffix.lower()
    if suffix not in QUESTION_SUFFIXES:
        raise BatchFileError(
            f"{path.name}: questions are read from {', '.join(sorted(QUESTION_SUFFIXES))} files"
        )
    if not path.is_file():
        raise BatchFileError(f"{path} does not exist")
    try:
        if suffix == ".xlsx":
            return _from_rows(_xlsx_rows(path))
        text = _decode(path)
        if suffix == ".txt":
            return [(line.strip(), {}) for line in _LINE_END.split(text) if line.strip()]
        if suffix == ".jsonl":
            return [(_json_question(line), {}) for line in text.split("\n") if line.strip()]
        return _from_rows(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except (OSError, csv.Error) as error:
        raise BatchFileError(f"{path.name} cannot be read: {error}") from error


def _decode(path: Path) -> str:
    from index.errors import DocumentError
    from index.loaders import load_document

    try:
        return (
            load_document(path, document_id=path.name).text
            if path.suffix.lower() in (".txt", ".csv")
            else path.read_text(encoding="utf-8-sig")
        )
    except (DocumentError, UnicodeDecodeError) as error:
        raise BatchFileError(f"{path.name} cannot be read: {error}") from error


def _delimiter(text: str) -> str:
    """What parts the cells of a csv: a comma, unless another mark does in its first line too, and not only in the questions."""
    found = cell_delimiter(text)
    return found if found and found in _LINE_END.split(text.lstrip(), maxsplit=1)[0] else ","


def _json_question(line: str) -> str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    value = row.get("question", "") if isinstance(row, dict) else row
    return storable(value.strip()) if isinstance(value, str) else ""


def storable(text: str) -> str:
    """Text without halves of surrogate pairs, which no file in UTF-8 can hold; each becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # programs other than Excel often store a wrong size
            width = 0
            for row in sheet.iter_rows(values_only=True):
                cells = ["" if cell is None else str(cell) for cell in row]
                width = max(width, len(cells))
                yield cells + [""] * (width - len(cells))
        finally:
            workbook.close()
    except OSError:
        raise
    except Exception as error:
        # A broken workbook makes the parser raise nearly anything.
        raise BatchFileError(f"{path.name} is not a readable xlsx file") from error


def _from_rows(rows: Iterable[list[str]]) -> list[tuple[str, dict[str, str]]]:
    listed = [row for row in rows if any(cell.strip() for cell in row)]
    if not listed:
        return []
    header = [cell.strip().lower() for cell in listed[0]]
    column = next((header.index(name) for name in _QUESTION_HEADERS if name in header), None)
    if column is None:
        return [(row[0].strip(), {}) for row in listed]
    beside = _names([cell.strip() for cell in listed[0]], column)
    return [
        (
            row[column].strip() if column < len(row) else "",
            {name: row[place] for place, name in beside.items() if place < len(row)},
        )
        for row in listed[1:]
    ]


def _names(header: list[str], column: int) -> dict[int, str]:
    """Names for the columns beside that of the questions, by place; none that an answer has, and each once."""
    names: dict[int, str] = {}
    for place, name in enumerate(header):
        if place == column:
            continue
        if not name or name in ANSWER_COLUMNS or name in names.values():
            name = f"{name} (column {place + 1})".lstrip()
        names[place] = name
    return names


def holds_answers(path: Path) -> bool:
    """Whether a file is empty, or begins as the answers of a batch do: what may be written over."""
    if not path.stat().st_size:
        return True
    suffix = path.suffix.lower()
    try:
        if suffix == ".jsonl":
            with path.open(encoding="utf-8-sig") as file:
                row = json.loads(file.readline())
            return isinstance(row, dict) and "question" in row and bool({"status", "error"} & row.keys())
        if suffix == ".xlsx":
            head = next(_xlsx_rows(path), [])
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                head = next(csv.reader(file), [])
        return tuple(head[: len(ANSWER_COLUMNS)]) == ANSWER_COLUMNS
    except (OSError, ValueError, RecursionError, csv.Error, BatchFileError):
        return False


def answer_row(answer: Answer | None, question: str, error: str) -> dict[str, Any]:
    """One row of a spreadsheet of answers: the first citation beside the answer."""
    row: dict[str, Any] = dict.fromkeys(ANSWER_COLUMNS, "")
    row |= {"question": question, "error": error}
    if answer is None:
        return row | {"status": "error"}
    row |= {"status": answer.status, "answer": answer.answer, "confidence": answer.confidence}
    if answer.citations:
        first = answer.citations[0]
        quotes = [c.quote for c in answer.citations if c.id in {s.citation for s in answer.spans}] or [
            first.quote
        ]
        row |= {
            "quote": "\n".join(quotes),
            "document": first.document_id,
            "title": first.title,
            "page": first.page or "",
            "start": first.start,
            "end": first.end,
            "passage": first.passage.text,
        }
    return row


def write_table(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write answer rows as csv (UTF-8 with BOM, for spreadsheet programs) or xlsx; no cell is taken for a formula.

    Columns that some row has beside those of an answer stand behind them.
    """
    rows = list(rows)
    columns = tuple(dict.fromkeys((*ANSWER_COLUMNS, *(name for row in rows for name in row))))
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writerow({name: _unarmed(name) for name in columns})
            writer.writerows({k: _unarmed(v) for k, v in row.items()} for row in rows)
        return
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("answers")
    for values in (columns, *([row.get(name, "") for name in columns] for row in rows)):
        cells = []
        for value in values:
            cell = WriteOnlyCell(
                sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
            )
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    workbook.save(path)


def _unarmed(value: Any) -> Any:
    """A text that a spreadsheet program would run as a formula, made plain with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
