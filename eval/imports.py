"""Questions of others -> our gold: SQuAD-format files (SQuAD 1 and 2, CMRC 2018, DRCD, XQuAD) and spreadsheets saved as CSV.

A SQuAD-format file gives one text file per distinct paragraph and the gold file that goes with them, so that all
questions can be asked over all paragraphs. Nothing is asked, nothing is indexed here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.dataset import Question, write_gold
from eval.errors import EvalError, GoldError
from eval.occurrences import TextFinder

__all__ = ["ImportReport", "import_csv", "import_squad", "paragraph_names", "write_paragraphs"]

_COLUMNS = {
    "id": ("id", "编号", "序号"),
    "question": ("question", "问题"),
    "answers": ("answers", "answer", "答案"),
    "items": ("items", "列表项", "各项"),
    "documents": ("documents", "document", "文档", "文件"),
    "tags": ("tags", "tag", "标签"),
}
_ACCEPT = ("accept", "采用")
_YES = frozenset({"1", "y", "yes", "true", "x", "是", "√"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported; ``left_out`` says, one line each, what was not and why."""

    documents: int
    questions: int
    left_out: tuple[str, ...] = ()


def import_squad(path: Path, corpus: Path, gold: Path, *, questions_from: Path | None = None) -> ImportReport:
    """Write one text file per paragraph below ``corpus``, and the gold file.

    Parameters
    ----------
    path
        A SQuAD-format file: paragraphs, questions, answers.
    questions_from
        A second file in the same format: its question texts, by id, take the place of the first file's (XQuAD's
        English questions over the Chinese paragraphs).

    Raises
    ------
    EvalError
        Where a file is not in this format, or ``corpus`` already holds files of something else.
    """
    paragraphs = list(_paragraphs(path))
    texts = None if questions_from is None else dict(_question_texts(questions_from))
    names = paragraph_names(path, [context for context, _ in paragraphs])
    write_paragraphs(corpus, names)
    questions: dict[str, Question] = {}
    left_out: list[str] = []
    for context, entries in paragraphs:
        finder = TextFinder(context)
        for entry in entries:
            question, problem = _squad_question(entry, names[context], finder)
            if texts is not None and question.id in texts:
                question = replace(question, question=texts[question.id])
            elif texts is not None:
                problem = "no question of that id in the second file"
            if question.id in questions:
                problem = "a question of that id came before"
            if problem:
                left_out.append(f"{path.name}: question {question.id!r} left out: {problem}")
            else:
                questions[question.id] = question
    if not questions:
        raise EvalError(f"{path.name}: no question could be imported ({len(left_out)} left out)")
    write_gold(questions.values(), gold)
    return ImportReport(len(names), len(questions), tuple(left_out))


def _paragraphs(path: Path) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        for article in data["data"]:
            for paragraph in article["paragraphs"]:
                entries: list[Mapping[str, Any]] = [
                    {**entry, "id": str(entry["id"]).strip()} for entry in paragraph["qas"]
                ]
                yield str(paragraph["context"]), entries
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise EvalError(
            f"{path} is not in SQuAD format (data → paragraphs → context, qas → id, question, answers)"
        ) from None


def _question_texts(path: Path) -> Iterator[tuple[str, str]]:
    for _, entries in _paragraphs(path):
        for entry in entries:
            yield entry["id"], str(entry["question"]).strip()


def paragraph_names(path: Path, contexts: list[str]) -> dict[str, str]:
    """File names by paragraph text; equal paragraphs share a file."""
    stem = re.sub(r"[^\w-]+", "_", path.stem)
    names: dict[str, str] = {}
    for context in contexts:
        if context not in names:
            names[context] = f"{stem}_{len(names):05d}.txt"
    return names


def write_paragraphs(corpus: Path, names: Mapping[str, str]) -> None:
    """Write each paragraph under its name into a folder that holds nothing else."""
    corpus.mkdir(parents=True, exist_ok=True)
    strange = sorted({file.name for file in corpus.iterdir()} - set(names.values()))
    if strange:
        raise EvalError(
            f"{corpus} holds other files ({strange[0]} …): choose an empty folder for the paragraphs"
        )
    for context, name in names.items():
        (corpus / name).write_text(context, encoding="utf-8", newline="")


def _squad_question(
    entry: Mapping[str, Any], document: str, finder: TextFinder
) -> tuple[Question, str | None]:
    """Return the question and, where it cannot be used, why."""
    text = str(entry.get("question", "")).strip()
    if entry.get("is_impossible"):
        return Question(entry["id"], text, tags=("unanswerable",)), None if text else "it has no text"
    references = dict.fromkeys(str(answer["text"]).strip() for answer in entry.get("answers", ()))
    held = tuple(reference for reference in references if reference and finder.find(reference))
    problem = None if held else "no reference stands in its paragraph"
    return Question(entry["id"], text, held, (), (document,)), problem if text else "it has no text"


def import_csv(path: Path, gold: Path, *, accepted_only: bool = False) -> ImportReport:
    """Turn a table of questions into a gold file.

    The first row names the columns: ``question`` and any of ``id``, ``answers``, ``items``, ``documents``, ``tags`` (or
    问题, 编号, 答案, 列表项, 文档, 标签). Several values in a cell are parted by ``|``. UTF-8 and GB 18030 are read, with
    commas, semicolons or tabs between the cells.

    Parameters
    ----------
    accepted_only
        Take only rows whose column ``accept`` (采用) says yes: the way back for the proposals of ``synthesize``.

    Raises
    ------
    GoldError
        Where a row is bad; names every bad row with its line.
    """
    rows = _csv_rows(path)
    questions: dict[str, Question] = {}
    problems: list[str] = []
    skipped = 0
    for line, row in rows:
        if accepted_only and row.get("accept", "").strip().lower() not in _YES:
            skipped += 1
            continue
        question = _csv_question(row, line)
        wrong = _csv_problem(question, questions)
        if wrong:
            problems.append(f"{path.name}:{line}: {wrong}")
        questions[question.id] = question
    if not questions and not problems:
        problems.append(f"{path.name}: holds no {'accepted ' if accepted_only else ''}questions")
    if problems:
        raise GoldError(problems)
    write_gold(questions.values(), gold)
    left_out = (f"{path.name}: {skipped} rows not accepted",) if skipped else ()
    return ImportReport(0, len(questions), left_out)


def _csv_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their line numbers, columns under our names."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise EvalError(f"{path} is neither UTF-8 nor GB 18030") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [_column(name) for name in next(reader, [])]
    unknown = [name for name in columns if name.startswith("?")]
    if "question" not in columns or unknown:
        reason = f"unknown column {unknown[0][1:]!r}" if unknown else "no column 'question' (问题)"
        raise GoldError([f"{path.name}:1: {reason}"])
    rows = []
    line = reader.line_num
    for cells in reader:
        begun, line = line + 1, reader.line_num
        if any(cell.strip() for cell in cells):
            rows.append((begun, dict(zip(columns, cells, strict=False))))
    return rows


def _column(name: str) -> str:
    plain = name.strip().lower()
    known = {**_COLUMNS, "accept": _ACCEPT, "source": ("source", "来源"), "sentence": ("sentence", "原句")}
    return next((ours for ours, names in known.items() if plain in names), f"?{name.strip()}")


def _csv_question(row: Mapping[str, str], line: int) -> Question:
    def values(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v.strip() for v in row.get(name, "").split("|") if v.strip()))

    text = row.get("question", "").strip()
    own_id = row.get("id", "").strip()
    made_id = "q" + hashlib.sha256(text.encode()).hexdigest()[:10]
    answers, items, documents, tags = (values(n) for n in ("answers", "items", "documents", "tags"))
    return Question(own_id or made_id, text, answers, items, documents, tags, line=line)


def _csv_problem(question: Question, before: Mapping[str, Question]) -> str | None:
    if not question.question:
        return "the question is empty"
    if question.id in before:
        return f"duplicate id {question.id!r}, first on line {before[question.id].line}"
    if question.answers and question.items:
        return "answers and items exclude each other"
    if question.expected and not question.documents:
        return "an answer needs the documents it stands in"
    return None
