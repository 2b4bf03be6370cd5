"""Gold questions: reading, checking, splitting, writing. One JSON object a line::

    {"id": "s001", "question": "…", "answers": ["accepted", "also accepted"], "items": [], "documents": ["000.txt"],
     "tags": ["number"]}

``items`` instead of ``answers`` makes a list question: all must be found. Both empty: the corpus holds no answer. A row may also
hold ``evidence``, the sentence that answers or that the careless would take an answer from; training on gold makes use of it.
Every bad row is reported with its line; nothing is repaired silently.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from eval.errors import GoldError
from eval.occurrences import TextFinder

__all__ = [
    "Kind",
    "Question",
    "Split",
    "check_documents",
    "load_gold",
    "select",
    "split_of",
    "write_gold",
]

Kind = Literal["span", "list", "none"]
Split = Literal["tune", "test", "all"]

_TEXT_LISTS = ("answers", "items", "documents", "tags")
_OPTIONAL_TEXT = "evidence"
_FIELDS = ("id", "question", *_TEXT_LISTS, _OPTIONAL_TEXT)


@dataclass(frozen=True, slots=True)
class Question:
    """A gold question. ``line`` is its line in the gold file, 0 where it comes from elsewhere."""

    id: str
    question: str
    answers: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    evidence: str = field(default="", compare=False)

    @property
    def kind(self) -> Kind:
        """``span`` (one answer), ``list`` (all items) or ``none`` (no answer in the corpus)."""
        if self.items:
            return "list"
        return "span" if self.answers else "none"

    @property
    def expected(self) -> tuple[str, ...]:
        """The accepted answers, or the items of a list question."""
        return self.items or self.answers


def split_of(question_id: str) -> Literal["tune", "test"]:
    """Return the split a question belongs to, for ever: by the parity of the SHA-256 of its id."""
    return "test" if int(hashlib.sha256(question_id.encode()).hexdigest(), 16) % 2 else "tune"


def select(
    questions: Iterable[Question], *, split: Split = "all", limit: int | None = None
) -> list[Question]:
    """Return the questions of one split, the first ``limit`` of them."""
    chosen = [q for q in questions if split == "all" or split_of(q.id) == split]
    return chosen if limit is None else chosen[: max(0, limit)]


def load_gold(path: Path) -> list[Question]:
    """Read a gold file.

    Raises
    ------
    GoldError
        Where the file cannot be read, is empty, or has bad rows; names every bad row with its line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise GoldError([f"{path}: cannot be read: {reason}"]) from error
    questions: list[Question] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        question, found = _read_row(line, number)
        if question is not None:
            if question.id in seen:
                found.append(f"duplicate id {question.id!r}, first on line {seen[question.id]}")
            seen.setdefault(question.id, number)
            questions.append(question)
        problems += [f"{path.name}:{number}: {problem}" for problem in found]
    if not questions and not problems:
        problems.append(f"{path.name}: holds no questions")
    if problems:
        raise GoldError(problems)
    return questions


def _read_row(line: str, number: int) -> tuple[Question | None, list[str]]:
    """Return the row's question, where it can be told, and what is wrong with the row."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"not JSON: {error.msg} (column {error.colno})"]
    if not isinstance(row, dict):
        return None, [f"a JSON object is needed, got {type(row).__name__}"]
    problems = [f"unknown field {name!r}" for name in row if name not in _FIELDS]
    problems += [
        f"{name!r} must be a text that is not empty"
        for name in ("id", "question")
        if not isinstance(row.get(name), str) or not row[name].strip()
    ]
    for name in _TEXT_LISTS:
        values = row.get(name, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            problems.append(f"{name!r} must be a list of texts, none of them empty")
        elif len(set(values)) < len(values):
            problems.append(f"{name!r} holds a value twice")
    evidence = row.get(_OPTIONAL_TEXT, "")
    if not isinstance(evidence, str):
        problems.append(f"{_OPTIONAL_TEXT!r} must be a text")
    if problems:
        return None, problems
    answers, items, documents, tags = (tuple(row.get(name, ())) for name in _TEXT_LISTS)
    question = Question(row["id"], row["question"], answers, items, documents, tags, number, evidence)
    if question.answers and question.items:
        problems.append("'answers' and 'items' exclude each other: a list question has only items")
    if question.expected and not question.documents:
        problems.append("an answer needs the 'documents' it stands in")
    return question, problems


def check_documents(
    questions: Sequence[Question], text_of: Callable[[str], str | None], *, name: str = "gold"
) -> list[str]:
    """Return what does not fit the corpus, one line a problem: missing documents, answers that stand in none of them.

    Parameters
    ----------
    text_of
        Source text of a document, None where the corpus has no such document.
    name
        The gold file's name, for the messages.
    """
    finders: dict[str, TextFinder | None] = {}
    problems: list[str] = []
    for question in questions:
        where = f"{name}:{question.line}"
        for document in question.documents:
            if document not in finders:
                text = text_of(document)
                finders[document] = None if text is None else TextFinder(text)
            if finders[document] is None:
                problems.append(f"{where}: document {document!r} is not in the index")
        known = {d: finder for d in question.documents if (finder := finders[d]) is not None}
        problems += [f"{where}: {problem}" for problem in _misplaced(question, known)]
    return problems


def _misplaced(question: Question, finders: Mapping[str, TextFinder]) -> list[str]:
    if not question.expected or not finders:
        return []
    held = {
        document: [text for text in question.expected if finder.find(text)]
        for document, finder in finders.items()
    }
    word = "item" if question.items else "answer"
    problems = [
        f"{word} {text!r} stands in none of its documents"
        for text in question.expected
        if not any(text in texts for texts in held.values())
    ]
    problems += [f"document {d!r} holds no {word} of this question" for d, texts in held.items() if not texts]
    return problems


def write_gold(questions: Iterable[Question], path: Path) -> None:
    """Write a gold file, replacing it as a whole."""

    def row(question: Question) -> dict[str, Any]:
        fields = {name: value for name, value in asdict(question).items() if name in _FIELDS}
        if not question.evidence:
            del fields[_OPTIONAL_TEXT]
        return fields

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for question in questions:
            file.write(json.dumps(row(question), ensure_ascii=False) + "\n")
    partial.replace(path)
