"""The plug point for readers and the one place that chooses between them.

A reader proposes spans of passages that may answer a question. Whether a span is trusted, and how its ends are put right,
is decided elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from qa.overlap_reader import OverlapReader
from qa.types import SpanCandidate, TokenScores

__all__ = [
    "BUNDLED",
    "AboveReader",
    "OverlapReader",
    "Reader",
    "TokenReader",
    "load_reader",
    "read_with_above",
]

_FAMILY = "wenju-"  # of our architectures, earlier ones among them, which are refused by name
BUNDLED = "bundled"
"""Name of the reader that ships with the package."""
BUNDLED_PATH = Path(__file__).parent / "models" / "reader"


class Reader(Protocol):
    """Proposes spans of passages as answers to a question."""

    @property
    def name(self) -> str:
        """What ``load_reader`` takes to load it again."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same question and passage might get other spans."""
        ...

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        """For each passage its best spans, best first, none overlapping; scores compare across passages, and 0 is as good as no answer
        (a reader that cannot tell gives scores above 0: no further passages are read then)."""
        ...


@runtime_checkable
class TokenReader(Reader, Protocol):
    """A reader that also tells what it thinks of every token."""

    def token_scores(self, question: str, passages: Sequence[str]) -> list[TokenScores]:
        """For each passage the start and end scores of its tokens."""
        ...


@runtime_checkable
class AboveReader(Reader, Protocol):
    """A reader that may be told what stands above each passage: the document's title, headings, the first row of a table."""

    @property
    def reads_above(self) -> bool:
        """Whether it makes use of it."""
        ...

    def read(
        self, question: str, passages: Sequence[str], *, top_k: int = 5, above: Sequence[str] = ()
    ) -> list[list[SpanCandidate]]:
        """``Reader.read``, with what stands above each passage; no span lies in that."""
        ...

    def token_scores(
        self, question: str, passages: Sequence[str], *, above: Sequence[str] = ()
    ) -> list[TokenScores]:
        """``TokenReader.token_scores``, with what stands above each passage."""
        ...


def read_with_above(
    reader: Reader, question: str, passages: Sequence[str], above: Sequence[str], *, top_k: int = 5
) -> list[list[SpanCandidate]]:
    """``reader.read``, told what stands above the passages where it makes use of that."""
    if isinstance(reader, AboveReader) and reader.reads_above:
        return reader.read(question, passages, top_k=top_k, above=above)
    return reader.read(question, passages, top_k=top_k)


def load_reader(name_or_path: str | None = None, *, threads: int | None = None) -> Reader:
    """Load a reader.

    Parameters
    ----------
    name_or_path
        ``None`` or ``"bundled"``: the one in the package; ``"overlap"``: the one without a model; else a folder of either
        kind, or the name of a question-answering model on the hub.
    threads
        Threads for one forward pass; the reader's own default where None.

    Raises
    ------
    ReaderError
        The folder is not a reader, or the name is neither a folder nor reachable.
    """
    name = name_or_path or BUNDLED
    if name == OverlapReader.name:
        return OverlapReader()
    path = BUNDLED_PATH if name == BUNDLED else Path(name)
    if name == BUNDLED or _is_own_kind(path):
        from qa.onnx_reader import OnnxReader

        return OnnxReader(path, name=name if name == BUNDLED else str(path.resolve()), threads=threads)
    from qa.transformers_reader import TransformersReader

    return TransformersReader(name, threads=threads)


def _is_own_kind(path: Path) -> bool:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and str(config.get("architecture", "")).startswith(_FAMILY)
