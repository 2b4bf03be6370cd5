"""Text pairs and documents to train on, read from files of one JSON row a line.

A row is ``["group", "anchor", "passage"]``, or ``["group", ["sentence", "sentence", …]]`` for a document without labels, of
which cloze pairs are made: a sentence, and the passage around the place it was taken from. Its group is ``document:group``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from index.packed_text import UNREADABLE, open_text
from index.training.errors import TrainingError

__all__ = ["PairTexts", "read_pairs", "read_rows"]


@dataclass(slots=True)
class PairTexts:
    """Distinct texts in the order they came in, and by group the numbers of them that make a pair or a document."""

    texts: list[str] = field(default_factory=list)
    pairs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    documents: dict[str, list[list[int]]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Number of a text, a new one where it was not there."""
        known = self._numbers.setdefault(text, len(self.texts))
        if known == len(self.texts):
            self.texts.append(text)
        return known

    def add_pair(self, group: str, anchor: str, passage: str) -> None:
        """Add two texts that belong together."""
        self.pairs.setdefault(group, []).append((self.number(anchor), self.number(passage)))

    def add_document(self, group: str, sentences: Iterable[str]) -> None:
        """Add a document, sentence by sentence."""
        self.documents.setdefault(group, []).append([self.number(text) for text in sentences])


def read_rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Group and texts of each row, two texts for a pair and one list of sentences for a document.

    Raises
    ------
    TrainingError
        There is no such file, or a row is of another form.
    """
    try:
        with open_text(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(line, f"{path}, line {number}")
    except UNREADABLE as error:
        raise TrainingError(f"cannot read {path}: {error}") from error


def _row(line: str, place: str) -> tuple[str, list[str]]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise TrainingError(f"{place}: not JSON ({error})") from error
    if isinstance(row, list) and len(row) == 2 and isinstance(row[1], list):
        row = [f"{row[0]}", *row[1]]
        if len(row) < 4:
            raise TrainingError(f"{place}: a document needs at least three sentences")
        row[0] = f"document:{row[0]}"
    if not isinstance(row, list) or len(row) < 3 or not all(isinstance(text, str) for text in row):
        raise TrainingError(f'{place}: needs ["group", "anchor", "passage"] or ["group", ["sentence", …]]')
    return row[0], row[1:]


def read_pairs(paths: Iterable[Path]) -> PairTexts:
    """All rows of these files. Raises ``TrainingError`` as ``read_rows`` does, or where there is none."""
    found = PairTexts()
    for group, texts in chain.from_iterable(read_rows(path) for path in paths):
        if group.startswith("document:"):
            found.add_document(group, texts)
        elif all(text.strip() for text in texts):
            found.add_pair(group, texts[0], texts[1])
    if not found.texts:
        raise TrainingError("the files hold no pair to train on")
    return found
