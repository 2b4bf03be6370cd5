"""Many questions from a file, many answers to a file: resumable, and one bad row does not stop the rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from index.errors import WenjuError
from qa.tables import BatchFileError, answer_row, read_questions, write_table
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
    over what is there. The finished file replaces ``out_path`` in one step.

    Raises
    ------
    BatchFileError
        A file cannot be read or written, or has a suffix of another kind.
    """
    if out_path.suffix.lower() not in (".jsonl", ".csv", ".xlsx"):
        raise BatchFileError(f"{out_path.name}: answers are written to .jsonl, .csv or .xlsx files")
    if not out_path.parent.is_dir():
        raise BatchFileError(f"the folder {out_path.parent} does not exist")
    questions = read_questions(questions_path)
    part = out_path.with_name(out_path.name + ".part")
    key = hashlib.sha256(json.dumps([questions, fingerprint]).encode()).hexdigest()
    rows = _resume(part, key, questions)
    resumed, failed = len(rows), sum("error" in row for row in rows)
    with part.open("a", encoding="utf-8") as file:
        if not resumed:
            file.truncate(0)
            file.write(json.dumps({"batch": key}) + "\n")
        for done, question in enumerate(questions[resumed:], start=resumed + 1):
            row = _answer(pipeline, question, done)
            failed += "error" in row
            rows.append(row)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            if progress:
                progress(done, len(questions))
    _write(out_path, rows)
    part.unlink()
    return BatchReport(len(questions), resumed, failed)


def _answer(pipeline: Asks, question: str, number: int) -> dict[str, Any]:
    if not question:
        return {"question": question, "error": f"row {number} holds no question"}
    try:
        return pipeline.ask(question).to_dict()
    except (WenjuError, ValueError, RuntimeError) as error:
        return {
            "question": question,
            "error": str(error).splitlines()[0] if str(error) else type(error).__name__,
        }


def _resume(part: Path, key: str, questions: list[str]) -> list[dict[str, Any]]:
    """Rows of an interrupted run over the same questions and index; a half-written last line is dropped."""
    if not part.is_file():
        return []
    lines = part.read_text(encoding="utf-8", errors="replace").split("\n")
    rows: list[dict[str, Any]] = []
    try:
        if json.loads(lines[0]) != {"batch": key}:
            return []
        rows.extend(json.loads(line) for line in lines[1:-1])
    except ValueError:
        rows = rows[:-1] if len(rows) else []
    if any(row.get("question") != question for row, question in zip(rows, questions, strict=False)):
        return []
    text = "\n".join([lines[0], *(json.dumps(row, ensure_ascii=False) for row in rows)]) + "\n"
    part.write_text(text, encoding="utf-8")
    return rows


def _write(out_path: Path, rows: list[dict[str, Any]]) -> None:
    fresh = out_path.with_name(f"{out_path.stem}.new{out_path.suffix}")
    try:
        if out_path.suffix.lower() == ".jsonl":
            fresh.write_text(
                "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
            )
        else:
            write_table(fresh, (_table_row(row) for row in rows))
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
