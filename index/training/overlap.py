"""Are held-out questions or passages in the training texts? By their letters and digits, folded and hashed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.normalize import fold
from index.training.errors import TrainingError

__all__ = ["HeldOut", "read_held_out"]

_BESIDE = re.compile(r"[\W_]+")
_RUN = 50
"""A passage counts as held where so many letters and digits in a row, anywhere, are those of a held-out passage."""
_STEP = _RUN // 2


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out texts as hashes. A short text is held when all of it is, a passage also when a run of it is."""

    questions: frozenset[bytes]
    runs: frozenset[bytes]

    def holds(self, text: str) -> bool:
        """Whether a training text is a held-out question or passage, or has a long run of one in it."""
        bare = _bare(text)
        if _hash(bare) in self.questions:
            return True
        pieces = [bare[start : start + _STEP] for start in range(0, len(bare) - _STEP + 1, _STEP)]
        return any(_hash(piece) in self.runs for piece in (*pieces, *([bare[-_STEP:]] if pieces else [])))

    def find(self, texts: Iterable[str], *, most: int = 3) -> tuple[int, list[str]]:
        """How many of the texts are held, and the first ``most`` of them."""
        found = [text for text in texts if self.holds(text)]
        return len(found), found[:most]


def read_held_out(paths: Sequence[Path]) -> HeldOut:
    """Questions and passages of files to keep out of training.

    A file is SQuAD JSON, gold questions (``{"question": …}`` a line), labelled passages (``{"ctx": …, "q": …}``) or plain text.
    """
    questions: set[bytes] = set()
    runs: set[bytes] = set()
    for path in paths:
        for kind, text in _texts(path):
            bare = _bare(text)
            if not bare:
                continue
            questions.add(_hash(bare))
            if kind == "passage":
                runs.update(_hash(bare[at : at + _STEP]) for at in range(len(bare) - _STEP + 1))
    return HeldOut(frozenset(questions), frozenset(runs))


def _bare(text: str) -> str:
    folded = fold(text).lower().strip()
    return _BESIDE.sub("", folded) or folded


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Kind (``question`` or ``passage``) and text of everything a file holds."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"cannot read {path}: {error}") from error
    if path.suffix not in (".json", ".jsonl"):
        yield "passage", content
        return
    try:
        if path.suffix == ".json":
            yield from _squad(json.loads(content)["data"])
            return
        for line in content.splitlines():
            if line.strip():
                row = json.loads(line)
                yield "question", str(row["question"] if "question" in row else row["q"])
                if "ctx" in row:
                    yield "passage", str(row["ctx"])
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is neither SQuAD JSON nor rows with a question: {error!r}") from error


def _squad(articles: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for article in articles:
        for paragraph in article["paragraphs"]:
            yield "passage", str(paragraph["context"])
            yield from (("question", str(asked["question"])) for asked in paragraph["qas"])
