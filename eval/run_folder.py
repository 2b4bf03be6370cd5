"""A run folder: ``config.json``, ``answers.jsonl``, ``hits.jsonl`` and ``rows.jsonl``. Reading, writing, resuming.

``answers.jsonl`` holds the question's id and the answer in its JSON contract, one a line, and grows while the run goes
on; ``hits.jsonl`` the ranked passage ids of every list. ``rows.jsonl`` is derived from the two and the gold when all
questions are answered. A line that a killed process left half written is dropped when the run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from eval.errors import EvalError

__all__ = ["RunFolder", "differences"]

_IDENTITY = "identity"
FILES = (
    *("rows.jsonl", "answers.jsonl", "hits.jsonl", "metrics.json", "report.md", "report.html"),
    "config.json",  # last: without it the folder is no run folder
)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return ``name: old → new`` for every entry that differs."""
    return [
        f"{name}: {before.get(name)} → {now.get(name)}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


class RunFolder:
    """Files of one run below ``path``; nothing is read or written until a method is called."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def config(self) -> dict[str, Any]:
        """Read ``config.json``.

        Raises
        ------
        EvalError
            Where the folder is no run folder, its configuration is broken, or another program's.
        """
        try:
            config = json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        except OSError:
            raise EvalError(f"{self.path} is no run folder: it has no config.json") from None
        except ValueError:
            raise EvalError(f"{self.path / 'config.json'} is not JSON") from None
        if not isinstance(config, dict) or not isinstance(config.get(_IDENTITY), dict):
            raise EvalError(f"{self.path} is no run folder: its config.json is not of a run")
        return config

    def rows(self) -> list[dict[str, Any]]:
        """Read the judged rows.

        Raises
        ------
        EvalError
            Where the run is not finished.
        """
        config = self.config()
        if config.get("state") != "finished":
            raise EvalError(
                f"the run in {self.path} is not finished: start the same `eval run` again to go on"
            )
        rows = self._read("rows.jsonl")
        if not rows:
            raise EvalError(f"{self.path / 'rows.jsonl'} holds no rows")
        return rows

    def answers(self) -> list[dict[str, Any]]:
        """Read the answers so far."""
        return self._read("answers.jsonl")

    def hits(self) -> dict[str, dict[str, Any]]:
        """Read the ranked lists by question id."""
        return {row["id"]: row for row in self._read("hits.jsonl")}

    def _read(self, name: str) -> list[dict[str, Any]]:
        """Rows of a JSON-lines file up to the first broken line; none where there is no file."""
        found: list[dict[str, Any]] = []
        try:
            lines = (self.path / name).read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return found
        for line in lines[:-1]:  # what stands after the last line feed was not finished
            try:
                found.append(json.loads(line))
            except ValueError:
                break
        return found

    def begin(
        self, identity: Mapping[str, Any], facts: Mapping[str, Any], *, fresh: bool = False
    ) -> set[str]:
        """Make the folder, or take up a run of the same identity; return the ids answered before.

        ``fresh`` replaces another run: its files go, and no others.

        Raises
        ------
        EvalError
            Where the folder holds another run, or other files.
        """
        identity = json.loads(json.dumps(identity))  # a list as it is read back, where it was a tuple
        known = (self.path / "config.json").exists()
        if known and fresh and differences(self.config()[_IDENTITY], identity):
            for name in FILES:
                (self.path / name).unlink(missing_ok=True)
        elif not known and self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise EvalError(f"{self.path} exists and is no run folder: choose another --out")
        if not (self.path / "config.json").exists():
            self.path.mkdir(parents=True, exist_ok=True)
            self.write_config({_IDENTITY: dict(identity), **facts, "state": "running", "seconds": 0.0})
            return set()
        changed = differences(self.config()[_IDENTITY], identity)
        if changed:
            raise EvalError(
                f"{self.path} holds another run ({'; '.join(changed)}): choose another --out, or start over with --fresh"
            )
        hits = self.hits()
        answers = [row for row in self.answers() if row["id"] in hits]
        self._write("answers.jsonl", answers)
        self._write("hits.jsonl", (hits[row["id"]] for row in answers))
        self.write_config({**self.config(), "state": "running"})
        return {row["id"] for row in answers}

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Replace ``config.json`` as a whole."""
        partial = self.path / "config.json.partial"
        partial.write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.path / "config.json")

    def finish(self, rows: Iterable[Mapping[str, Any]], changes: Mapping[str, Any]) -> None:
        """Write the judged rows and mark the run as finished."""
        self._write("rows.jsonl", rows)
        self.write_config({**self.config(), **changes, "state": "finished"})

    def _write(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        partial = self.path / f"{name}.partial"
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        partial.replace(self.path / name)

    def open_answers(self) -> tuple[TextIO, TextIO]:
        """Open ``hits.jsonl`` and ``answers.jsonl`` to append to; the caller closes them."""
        hits, answers = (
            (self.path / name).open("a", encoding="utf-8", newline="\n")
            for name in ("hits.jsonl", "answers.jsonl")
        )
        return hits, answers
