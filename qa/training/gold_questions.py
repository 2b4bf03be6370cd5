"""A user's gold questions, as training reads them.

Gold is one JSON object a line: ``{"id": …, "question": …, "answers": […], "items": […], "documents": […]}``. A question
without answers and items is unanswerable. A row may also hold ``evidence``: the sentence of its document that answers it, or that the
careless would take an answer from. A list question (``items``) is answered by the part of its evidence that holds all items; without
such evidence it has no single span and is left out, counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.training.errors import TrainingError

__all__ = ["GoldQuestion", "load_gold"]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A row of the gold file; ``answers`` is empty for an unanswerable question."""

    id: str
    question: str
    answers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    evidence: str = ""
    items: tuple[str, ...] = ()
    """What a list question asks for; ``answers`` holds them then as they stand beside one another."""


def load_gold(path: Path) -> tuple[list[GoldQuestion], int]:
    """Questions of a gold file, and how many list questions were left out.

    Raises
    ------
    TrainingError
        The file cannot be read; the message names the first bad line.
    """
    questions: list[GoldQuestion] = []
    seen: set[str] = set()
    lists = 0
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise TrainingError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            answers, items, documents = (
                _texts(row.get(name, [])) for name in ("answers", "items", "documents")
            )
            evidence = row.get("evidence", "")
            if not isinstance(evidence, str):
                raise TypeError("evidence must be a text")
            named = items
            if items and (enumeration := _enumeration(evidence, items)):
                answers, items = (enumeration,), ()
            question = GoldQuestion(
                str(row["id"]), str(row["question"]), answers, documents, evidence.strip(), named
            )
        except json.JSONDecodeError as error:
            raise TrainingError(
                f"{path.name}:{number}: not JSON: {error.msg} (column {error.colno})"
            ) from error
        except (AttributeError, KeyError, TypeError) as error:
            raise TrainingError(f'{path.name}:{number}: needs "id", "question" and "answers"') from error
        if question.id in seen:
            raise TrainingError(f"{path.name}:{number}: the id {question.id} stands twice")
        seen.add(question.id)
        if items:
            lists += 1
        else:
            questions.append(question)
    return questions, lists


def _enumeration(evidence: str, items: Sequence[str]) -> str:
    """The shortest part of a sentence that holds all items of a list; empty where it does not hold them all."""
    places = [[m.span() for m in re.finditer(re.escape(item), evidence)] for item in items]
    best = ""
    for start in sorted(low for spans in places for low, _ in spans):
        ends = [min((high for low, high in spans if low >= start), default=-1) for spans in places]
        if min(ends) < 0:
            break
        if not best or max(ends) - start < len(best):
            best = evidence[start : max(ends)]
    return best


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("a list of texts is needed")
    return tuple(one for one in value if one.strip())
