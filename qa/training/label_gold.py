"""Gold questions and an index -> a labelled file to train on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.training.gold_pairs import questions_with_passages, tuning_passages
from qa.training.labelled import write_labelled

__all__ = ["LabelledGold", "label_gold"]


@dataclass(frozen=True, slots=True)
class LabelledGold:
    """What ``label_gold`` wrote, and what it left out."""

    answerable: int
    unanswerable: int
    rows: int
    lists: int
    missing: int
    """Questions whose answer stands in no passage, and unanswerable ones for which none was found."""


def label_gold(gold: Path, index_dir: Path, out: Path, *, near: int = 1) -> LabelledGold:
    """Write gold questions over the passages of an index as a labelled file, which ``train-reader`` takes.

    Each question stands over the passage that answers it and over ``near`` passages that do not, at most three, at least one where it has
    no answer.

    Raises
    ------
    TrainingError
        The gold file cannot be read.
    """
    found, read, lists, missing = questions_with_passages(gold, index_dir)
    rows = tuning_passages(found, near=near, unanswerable=max(1, near))
    write_labelled(out, rows, source=gold.stem)
    answerable = sum(bool(one.passage) for one in found)
    alone = read - missing - len(found)
    return LabelledGold(answerable, len(found) - answerable, len(rows), lists, missing + alone)
