"""Many questions from a file, many answers to a file: resumable, and one bad row does not stop the rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from index.errors import WenjuError
from qa.tables import BatchFileError, answer_row, holds_answers, read_question_rows, write_table
from qa.types import Answer

__all__ = ["BatchReport", "run_batch"]


class Asks(Protocol):
    """What ``run_batch`` needs of a pipeline."""

    def ask(self, question: str) -> Answer:
        """Answer a question."""
        ...


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch did: rows in all, taken over from an interrupted run, and in error."""

    questions: int
    resumed: int
    failed: int


def run_batch(
    pipeline: Asks,
    questions_path: Path,
    out_path: Path,
    *,
    fingerprint: str,
    progress: Callable[[int, int], None] | None = None,
) -> BatchReport:
    """Answer every question of a file into ``out_path`` (jsonl, csv or xlsx), in order.

    Answers go line by line to ``OUT.part`` while the work goes on; a later call with the same questions and index takes
    over what is there. The finished file replaces ``out_path`` in one step; a table of answers keeps the other columns of a
    table of questions.

    Raises
    ------
    BatchFileError
        A file cannot be read or written, or has a suffix of another kind; ``out_path`` is there and holds something else than answers.
    """
    _check_out(questions_path, out_path)
    asked = read_question_rows(questions_path)
    questions = [question for question, _ in asked]
    part = out_path.with_name(out_path.name + ".part")
    key = hashlib.sha256(json.dumps([questions, fingerprint]).encode()).hexdigest()
    with _write_errors(part):
        rows = _resume(part, key, questions)
        resumed = len(rows)
        with part.open("a", encoding="utf-8") as file:
            if not resumed:
                file.truncate(0)
                file.write(json.dumps({"batch": key}) + "\n")
            for done, question in enumerate(questions[resumed:], start=resumed + 1):
                rows.append(_answer(pipeline, question, done))
                file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
                file.flush()
                if progress:
                    progress(done, len(questions))
    _write(out_path, rows, [beside for _, beside in asked])
    part.unlink()
    return BatchReport(len(questions), resumed, sum("error" in row for row in rows))


def _check_out(questions_path: Path, out_path: Path) -> None:
    """Refuse before any work what could not be written after it, or would overwrite the questions."""
    if out_path.suffix.lower() not in (".jsonl", ".csv", ".xlsx"):
        raise BatchFileError(f"{out_path.name}: answers are written to .jsonl, .csv or .xlsx files")
    if not out_path.parent.is_dir():
        raise BatchFileError(f"the folder {out_path.parent} does not exist")
    if out_path.is_dir():
        raise BatchFileError(f"{out_path} is a folder")
    if out_path.exists() and questions_path.exists() and out_path.samefile(questions_path):
        raise BatchFileError(f"{out_path.name} holds the questions; choose another file for the answers")
    if out_path.exists() and not holds_answers(out_path):
        raise BatchFileError(
            f"{out_path} is there already and holds no answers; name another file, or take this one away"
        )


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BatchFileError(f"{path.name} cannot be written: {error.strerror or error}") from error


def _answer(pipeline: Asks, question: str, number: int) -> dict[str, Any]:
    if not question:
        return {"question": question, "error": f"row {number} holds no question"}
    try:
        return pipeline.ask(question).to_dict()
    except Exception as error:
        # Whatever goes wrong with one question, the others are answered; the row says what it was.
        name = type(error).__name__
        message = " ".join(str(error).split())
        known = isinstance(error, WenjuError) and message
        return {"question": question, "error": message if known else f"{name}: {message}".rstrip(": ")}


def _resume(part: Path, key: str, questions: list[str]) -> list[dict[str, Any]]:
    """Rows of an interrupted run over the same questions and index, in order.

    The file is cut after the last of them: a half-written or foreign line, and all that follows it, is asked again.
    """
    if not part.is_file():
        return []
    header, *lines = part.read_bytes().split(b"\n")[:-1] or [b""]
    if _row(header) != {"batch": key}:
        return []
    rows: list[dict[str, Any]] = []
    size = len(header) + 1
    for line, question in zip(lines, questions, strict=False):
        row = _row(line)
        if row is None or row.get("question") != question or not {"status", "error"} & row.keys():
            break
        rows.append(row)
        size += len(line) + 1
    with part.open("r+b") as file:
        file.truncate(size)
    return rows


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _write(out_path: Path, rows: list[dict[str, Any]], beside: list[dict[str, str]]) -> None:
    fresh = out_path.with_name(f".{out_path.stem}.new{out_path.suffix}")
    try:
        if out_path.suffix.lower() == ".jsonl":
            fresh.write_text(
                "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
            )
        else:
            write_table(fresh, (_table_row(row) | own for row, own in zip(rows, beside, strict=True)))
        fresh.replace(out_path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise BatchFileError(
            f"{out_path.name} cannot be written: {error.strerror or error}; the answers are kept in {out_path.name}.part"
        ) from error


def _table_row(row: dict[str, Any]) -> dict[str, Any]:
    if "error" in row:
        return answer_row(None, row["question"], row["error"])
    return answer_row(Answer.from_dict(row), row["question"], "")
