"""The question sets that the page offers for its evaluation."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["question_sets"]


def question_sets(folder: Path) -> list[Path]:
    """Gold files (``.jsonl``) of a folder, by name; other tables of JSON lines are left out, whose first row has no ``id``.

    A file whose first row is no JSON is offered: running it says what is wrong.
    """
    return [path for path in sorted(folder.glob("*.jsonl")) if _may_be_gold(path)]


def _may_be_gold(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            first = json.loads(next((line for line in lines if line.strip()), "{}"))
    except (OSError, ValueError):
        return True
    return not isinstance(first, dict) or not first or "id" in first
