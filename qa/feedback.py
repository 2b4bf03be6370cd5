"""What people said of answers, in SQLite: right or wrong, and the right words where they marked them. Exports gold questions."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from index.errors import WenjuError
from qa.citations import one_line
from qa.types import Answer

__all__ = ["FEEDBACK_NAME", "Feedback", "FeedbackError", "FeedbackStore", "MarkedSpan", "gold_questions"]

FEEDBACK_NAME = "feedback.sqlite"
Verdict = Literal["right", "wrong"]
_LONGEST = 4_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, said_at TEXT NOT NULL, user TEXT NOT NULL, question TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')), status TEXT NOT NULL, answer TEXT NOT NULL,
    details TEXT NOT NULL, document TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL DEFAULT '',
    start INTEGER NOT NULL DEFAULT 0, "end" INTEGER NOT NULL DEFAULT 0, quote TEXT NOT NULL DEFAULT '',
    UNIQUE (user, question))
"""


class FeedbackError(WenjuError):
    """The feedback store cannot be read or written."""


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """The right words as a person marked them: source offsets, half-open."""

    document_id: str
    sha256: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion on one answer. A later one of the same person on the same question replaces it.

    Words marked for the same verdict on the same answer stay where the later one marks none.
    """

    question: str
    verdict: Verdict
    answer: Answer
    marked: MarkedSpan | None = None
    user: str = ""
    said_at: str = ""
    """ISO time in UTC; set by the store."""


class FeedbackStore:
    """Opinions in one SQLite file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=10)
            try:
                with self._lock, connection:
                    connection.execute(_SCHEMA)
                    yield connection
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise FeedbackError(f"{self.path}: {error}") from error

    def add(self, feedback: Feedback) -> None:
        """Store an opinion; one said again without marked words keeps those it had."""
        quote = feedback.marked.quote if feedback.marked else ""
        if len(feedback.question) > _LONGEST or len(quote) > _LONGEST:
            raise FeedbackError(f"texts of more than {_LONGEST} characters are not stored")
        with self._connection() as connection:
            marked = feedback.marked or _earlier_mark(connection, feedback)
            connection.execute(
                "INSERT OR REPLACE INTO feedback (said_at, user, question, verdict, status, answer, details, document, "
                'sha256, start, "end", quote) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
                (
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    feedback.user,
                    feedback.question,
                    feedback.verdict,
                    feedback.answer.status,
                    feedback.answer.answer,
                    json.dumps(feedback.answer.to_dict(), ensure_ascii=False),
                    marked.document_id,
                    marked.sha256,
                    marked.start,
                    marked.end,
                    marked.quote,
                ),
            )

    def all(self) -> list[Feedback]:
        """All opinions, oldest first."""
        if not self.path.exists():
            return []
        with self._connection() as connection:
            rows = connection.execute(
                'SELECT question, verdict, details, document, sha256, start, "end", quote, user, said_at FROM feedback ORDER BY id'
            ).fetchall()
        return [
            Feedback(
                question,
                verdict,
                Answer.from_dict(json.loads(details)),
                MarkedSpan(document, sha256, start, end, quote) if document else None,
                user,
                said_at,
            )
            for question, verdict, details, document, sha256, start, end, quote, user, said_at in rows
        ]


def _earlier_mark(connection: sqlite3.Connection, feedback: Feedback) -> MarkedSpan:
    """What the person marked when giving the same verdict on the same answer before; empty where nothing was."""
    found = connection.execute(
        'SELECT document, sha256, start, "end", quote FROM feedback '
        "WHERE user = ? AND question = ? AND verdict = ? AND status = ? AND answer = ?",
        (
            feedback.user,
            feedback.question,
            feedback.verdict,
            feedback.answer.status,
            feedback.answer.answer,
        ),
    ).fetchone()
    return MarkedSpan(*found) if found else MarkedSpan("", "", 0, 0, "")


def gold_questions(
    opinions: Sequence[Feedback], still_there: Callable[[MarkedSpan], bool] | None = None
) -> list[dict[str, Any]]:
    """Turn opinions into gold questions: answers called right, and the words marked where one was wrong.

    An answer called wrong without any marking says only what the answer is not, and gives no question.
    ``still_there`` tells whether a document still holds the words that were marked in it.
    """
    rows: dict[str, dict[str, Any]] = {}
    for opinion in opinions:
        expected = _expected(opinion, still_there)
        if expected is not None:
            rows[opinion.question] = {
                "id": f"f{len(rows) + 1:03d}",
                "question": opinion.question,
                **expected,
                "tags": ["feedback", opinion.verdict],
            }
    return [{**row, "id": f"f{number:03d}"} for number, row in enumerate(rows.values(), start=1)]


def _expected(opinion: Feedback, still_there: Callable[[MarkedSpan], bool] | None) -> dict[str, Any] | None:
    marked = opinion.marked
    if marked is not None:
        if still_there is not None and not still_there(marked):
            return None
        return {"answers": [one_line(marked.quote)], "items": [], "documents": [marked.document_id]}
    if opinion.verdict == "wrong":
        return None
    answer = opinion.answer
    if answer.status != "answered":
        return {"answers": [], "items": [], "documents": []}
    cited = {span.citation for span in answer.spans}
    documents = sorted({c.document_id for c in answer.citations if c.id in cited})
    texts = [one_line(span.text) for span in answer.spans]
    if len(texts) > 1:
        return {"answers": [], "items": texts, "documents": documents}
    return {"answers": texts, "items": [], "documents": documents}
