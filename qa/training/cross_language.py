"""Questions of one language over passages of another, from two SQuAD files that share their question ids (XQuAD).

Measuring only: ``python -m qa make-cross-set xquad.en.json xquad.zh.json --out xquad_en_zh.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.normalize import fold
from qa.training.errors import TrainingError

__all__ = ["make_cross_set"]


def make_cross_set(questions: Path, passages: Path, out: Path) -> int:
    """Write each passage with the question of the same id in the other language; returns the number of questions.

    Raises
    ------
    TrainingError
        A file is missing or is not SQuAD, or the files share no id.
    """
    asked = {name: question for name, question, _, _ in _rows(questions)}
    rows = [
        {"ctx": fold(context), "q": asked[name], "answers": list(dict.fromkeys(map(fold, answers)))}
        for name, _, context, answers in _rows(passages)
        if name in asked and answers
    ]
    if not rows:
        raise TrainingError(f"{questions.name} and {passages.name} share no answerable question id")
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    out.write_text(lines, encoding="utf-8")
    return len(rows)


def _rows(path: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Id, question, context and answers of each question."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8-sig"))
        for article in data["data"]:
            for paragraph in article["paragraphs"]:
                for row in paragraph["qas"]:
                    answers = [str(answer["text"]) for answer in row["answers"]]
                    yield str(row["id"]), str(row["question"]), str(paragraph["context"]), answers
    except FileNotFoundError as error:
        raise TrainingError(f"there is no file {path}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path.name}: not in the form of SQuAD: {error!r}") from error
