"""Files of labelled questions, as search text: what the product's reader is given.

Three forms are read. SQuAD (``.json``)::

    {"data": [{"paragraphs": [{"context": "…", "qas": [{"question": "…", "answers": [{"text": "…", "answer_start": 3}]}]}]}]}

and, one JSON object a line, either of::

    {"ctx": "…", "qs": [["question", "answer", start], ["unanswerable question", "", -1]], "src": "…"}
    {"ctx": "…", "q": "question", "answers": ["accepted", "also accepted"]}

A file of the last two forms may be packed (``.jsonl.xz``). An answer in ``qs`` may also be a list of accepted ones, the first of which begins at ``start``. A row may also hold ``"above"``: the title, headings or first row of a table that stand above the passage in its document.
An answer that does not stand in its passage is left out and counted; a damaged file is an error that names the line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.normalize import fold, normalize
from index.packed_text import UNREADABLE, open_text
from qa.training.errors import TrainingError

__all__ = ["LabelledFile", "LabelledPassage", "LabelledQuestion", "write_labelled", "write_unanswerable"]

_Raw = tuple[str, list[tuple[str, list[str], int]], str]
"""Context; for each question its text, accepted answers, and where the first one begins (-1: unknown or none); what stands above."""


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question; ``start`` is where the first accepted answer begins in its passage, -1 without an answer."""

    text: str
    answers: tuple[str, ...]
    start: int


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """A passage as search text, the questions asked about it, and what stands above it in its document."""

    text: str
    questions: tuple[LabelledQuestion, ...]
    above: str = ""


class LabelledFile:
    """The passages of a file, read anew by every loop; ``skipped`` counts the answers the last one left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped = 0
        if not path.is_file():
            raise TrainingError(f"there is no file {path}")

    def __iter__(self) -> Iterator[LabelledPassage]:
        """Passages in order.

        Raises
        ------
        TrainingError
            The file is damaged or of another form.
        """
        self.skipped = 0
        for context, questions, above in self._raw():
            yield self._labelled(context, questions, above)

    def questions(self) -> Iterator[tuple[LabelledPassage, LabelledQuestion]]:
        """Every question with its passage."""
        for passage in self:
            for question in passage.questions:
                yield passage, question

    def with_sources(self) -> Iterator[tuple[str, LabelledPassage]]:
        """Each passage with the source that its row names; the empty string where it names none."""
        if self.path.suffix == ".json":
            yield from (("", passage) for passage in self)
            return
        with open_text(self.path) as lines:
            rows = (line for line in lines if line.strip())
            for passage, line in zip(self, rows, strict=False):
                yield str(json.loads(line).get("src", "")), passage

    def _labelled(
        self, context: str, questions: list[tuple[str, list[str], int]], above: str
    ) -> LabelledPassage:
        folded = normalize(context)
        kept = []
        for text, answers, start in questions:
            if not answers:
                kept.append(LabelledQuestion(fold(text), (), -1))
                continue
            begin = (
                start if start >= 0 and context.startswith(answers[0], start) else context.find(answers[0])
            )
            low, high = folded.offsets.to_search(begin, begin + len(answers[0])) if begin >= 0 else (0, 0)
            if low == high:
                self.skipped += 1
                continue
            accepted = (folded.text[low:high], *(fold(answer) for answer in answers[1:]))
            kept.append(LabelledQuestion(fold(text), accepted, low))
        return LabelledPassage(folded.text, tuple(kept), normalize(above).text)

    def _raw(self) -> Iterator[_Raw]:
        if self.path.suffix == ".json":
            yield from self._squad()
            return
        try:
            with open_text(self.path) as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield self._row(line, number)
        except UNREADABLE as error:
            raise TrainingError(f"{self.path} cannot be read: {error}") from error

    def _row(self, line: str, number: int) -> _Raw:
        place = f"{self.path.name}:{number}"
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError("an object is needed")
            above = _text(row.get("above", ""))
            if "qs" in row:
                rows = [(str(q), _answers(a), -1 if s is None else int(s)) for q, a, s in row["qs"]]
                return _text(row["ctx"]), rows, above
            return _text(row["ctx"]), [(_text(row["q"]), [_text(a) for a in row["answers"] if a], -1)], above
        except json.JSONDecodeError as error:
            raise TrainingError(f"{place}: not JSON: {error.msg} (column {error.colno})") from error
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError(
                f'{place}: needs "ctx" and "qs" ([question, answer, start] each), or "ctx", "q" and "answers"'
            ) from error

    def _squad(self) -> Iterator[_Raw]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8-sig"))
            for article in data["data"]:
                for paragraph in article["paragraphs"]:
                    rows = [_squad_question(question) for question in paragraph["qas"]]
                    yield _text(paragraph["context"]), rows, ""
        except json.JSONDecodeError as error:
            raise TrainingError(f"{self.path.name}: not JSON: {error.msg} (line {error.lineno})") from error
        except (OSError, UnicodeDecodeError) as error:
            raise TrainingError(f"{self.path} cannot be read: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError(f"{self.path.name}: not in the form of SQuAD: {error!r}") from error


def write_labelled(out: Path, passages: Iterable[LabelledPassage], *, source: str) -> int:
    """Write passages with their questions, one a line; returns how many. ``out`` is there only when all are written."""
    written = 0
    unfinished = out.with_name(out.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        for passage in passages:
            questions = [
                [q.text, list(q.answers) if len(q.answers) > 1 else "".join(q.answers), q.start]
                for q in passage.questions
            ]
            row = {"ctx": passage.text, "qs": questions, "src": source}
            if passage.above:
                row["above"] = passage.above
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    unfinished.replace(out)
    return written


def write_unanswerable(out: Path, rows: Iterable[tuple[str, str, str]], *, source: str) -> dict[str, int]:
    """Write rows of a passage, a question that it does not answer, and a kind, as ``write_labelled`` does; returns how many by kind."""
    written: Counter[str] = Counter()

    def passages() -> Iterator[LabelledPassage]:
        for passage, question, kind in rows:
            written[kind] += 1
            yield LabelledPassage(passage, (LabelledQuestion(question, (), -1),))

    write_labelled(out, passages(), source=source)
    return dict(written)


def _squad_question(question: dict[str, Any]) -> tuple[str, list[str], int]:
    answers = [] if question.get("is_impossible") else question["answers"]
    texts = list(dict.fromkeys(_text(answer["text"]) for answer in answers if answer["text"]))
    return _text(question["question"]), texts, int(answers[0].get("answer_start", -1)) if texts else -1


def _answers(value: Any) -> list[str]:
    return [_text(one) for one in (value if isinstance(value, list) else [value or ""]) if one]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, got {type(value).__name__}")
    return value
