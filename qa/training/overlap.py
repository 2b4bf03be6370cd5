"""Are held-out questions or passages in the training data? By their letters and digits, folded and hashed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.normalize import fold
from qa.training.errors import TrainingError
from qa.training.labelled import LabelledFile, LabelledPassage

__all__ = ["Overlap", "find_overlap", "text_key"]

_BESIDE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many distinct held-out questions and passages the training files hold, and an example of each."""

    questions: int = 0
    passages: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.questions or self.passages)


def text_key(text: str) -> str:
    """Hash of a text that width, script, case, spaces and punctuation do not change; empty for an empty text."""
    folded = fold(text).lower().strip()
    bare = _BESIDE.sub("", folded) or folded
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:32] if bare else ""


def find_overlap(
    training: Iterable[Path],
    held_out: Sequence[Path],
    *,
    watch: Callable[[Iterable[LabelledPassage], str], Iterable[LabelledPassage]] = lambda rows, text: rows,
) -> Overlap:
    """Compare training files with held-out ones: labelled files, or gold questions (``{"question": …}`` a line).

    ``watch`` is given the passages of each training file, with what is done to them in words, and gives them back.
    """
    questions: dict[str, str] = {}
    passages: dict[str, str] = {}
    for path in held_out:
        asked, texts = _texts(path)
        questions |= {text_key(text): text for text in asked}
        passages |= {text_key(text): text for text in texts}
    questions.pop("", None), passages.pop("", None)
    found: tuple[set[str], set[str]] = set(), set()
    for path in training:
        for passage in watch(LabelledFile(path), f"compare {path.name}"):
            found[1].update({text_key(passage.text)} & passages.keys())
            found[0].update({text_key(question.text) for question in passage.questions} & questions.keys())
    examples = [known[min(keys)] for keys, known in zip(found, (questions, passages), strict=True) if keys]
    return Overlap(len(found[0]), len(found[1]), tuple(examples))


def _texts(path: Path) -> tuple[list[str], list[str]]:
    """Questions and passages of a held-out file."""
    gold = _gold_questions(path)
    if gold is not None:
        return gold, []
    asked, texts = [], []
    for passage in LabelledFile(path):
        texts.append(passage.text)
        asked += [question.text for question in passage.questions]
    return asked, texts


def _gold_questions(path: Path) -> list[str] | None:
    """The questions of a gold file; None where the file is of another form."""
    try:
        rows = [
            json.loads(line) for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()
        ]
        return [str(row["question"]) for row in rows]
    except FileNotFoundError as error:
        raise TrainingError(f"there is no file {path}") from error
    except (OSError, ValueError, KeyError, TypeError):
        return None
