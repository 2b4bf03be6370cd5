"""What a run says while it goes on: lines of JSON in its folder, and a bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, TypeVar

__all__ = ["RunLog"]

T = TypeVar("T")


class RunLog:
    """A line of JSON for whatever happens, kept in the run's folder; a bar on a terminal."""

    def __init__(self, path: Path, *, stream: TextIO | None = None) -> None:
        self._path, self._stream = path, stream or sys.stderr
        self._bar: Any = None

    def write(self, event: str, **values: Any) -> None:
        """Append one event; the folder is made where it is missing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")

    def show(self, done: float, text: str) -> None:
        """Move the bar; nothing where the stream is no terminal."""
        if not self._stream.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            form = "{l_bar}{bar}| {elapsed} {postfix}"
            self._bar = tqdm(total=1.0, file=self._stream, bar_format=form, leave=False)
        self._bar.n = min(done, 1.0)
        self._bar.set_postfix_str(text)

    def watch(self, rows: Iterable[T], text: str) -> Iterator[T]:
        """Give the rows back, counted on a terminal."""
        if not self._stream.isatty():
            yield from rows
            return
        from tqdm import tqdm

        yield from tqdm(rows, desc=text, unit=" rows", file=self._stream, leave=False)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
