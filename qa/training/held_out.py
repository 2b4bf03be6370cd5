"""Texts that must stay out of made training data: by their hash, and by any run of 25 characters of a passage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from qa.training.labelled import LabelledFile
from qa.training.overlap import text_key

__all__ = ["HeldOut"]

_RUN = 25  # characters: longer than a formula or a title, so that two texts that share one share a source


class HeldOut:
    """The questions and passages of labelled files; empty where no file is given."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._keys: set[str] = set()
        self._runs: set[str] = set()
        for path in paths:
            for passage in LabelledFile(path):
                text = passage.text
                self._keys.update(text_key(one) for one in (text, *(q.text for q in passage.questions)))
                self._runs.update(text[at : at + _RUN] for at in range(0, len(text) - _RUN + 1, _RUN))
        self._keys.discard("")

    def __bool__(self) -> bool:
        """Whether anything is held out."""
        return bool(self._keys)

    def holds(self, passage: str, questions: Iterable[str] = ()) -> bool:
        """Whether the passage or a question is held out, or the passage quotes a held-out one."""
        if any(text_key(text) in self._keys for text in (passage, *questions)):
            return True
        return any(passage[at : at + _RUN] in self._runs for at in range(len(passage) - _RUN + 1))
