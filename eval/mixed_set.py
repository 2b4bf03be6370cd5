"""A development set out of labelled passages: answerable questions, and two kinds that the corpus cannot answer.

A fit on the questions of one small corpus learns how that corpus is written. Passages of other kinds beside it keep the
weights general: their own questions, questions whose passage is not in the corpus, and questions with a year, number or name
exchanged for one that their passage has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.dataset import Question, write_gold
from eval.errors import EvalError
from eval.imports import ImportReport, paragraph_names, write_paragraphs

__all__ = ["make_mixed_set"]

_SILENT_SHARE, _REMOVED_SHARE = 0.32, 0.32
"""For each asked passage: so many that are asked nothing, and so many that are asked and not there."""


class _Asked(NamedTuple):
    text: str
    question: str
    answers: tuple[str, ...]


def make_mixed_set(
    files: Sequence[Path],
    corpus: Path,
    gold: Path,
    *,
    sources: Sequence[str] = (),
    passages: int = 220,
    near_misses: int = 400,
    seed: int = 1,
) -> ImportReport:
    """Write one text file a passage below ``corpus``, and the gold file.

    Parameters
    ----------
    files
        Labelled passages, as ``train-reader`` takes them.
    sources
        Only passages whose row names one of these; all where empty.
    passages
        Asked passages of each source, one question each.
    near_misses
        Questions with one part exchanged, at most.

    Raises
    ------
    EvalError
        No source has a question with an answer, or ``corpus`` already holds something else.
    TrainingError
        A file is damaged.
    """
    generator = np.random.default_rng(seed)
    kept: list[_Asked] = []
    silent: list[str] = []
    removed: list[_Asked] = []
    for asked in _by_source(files, frozenset(sources), generator).values():
        ends = np.cumsum([passages, round(_SILENT_SHARE * passages), round(_REMOVED_SHARE * passages)])
        kept += asked[: ends[0]]
        silent += [one.text for one in asked[ends[0] : ends[1]]]
        removed += asked[ends[1] : ends[2]]
    if not kept:
        raise EvalError(f"{files[0].name}: no passage with a question and an answer")
    names = paragraph_names(gold, [*(one.text for one in kept), *silent])
    write_paragraphs(corpus, names)
    questions = [
        Question(f"a{number}", one.question, one.answers, (), (names[one.text],))
        for number, one in enumerate(kept)
    ]
    questions += [
        Question(f"r{number}", one.question, tags=("unanswerable",))
        for number, one in enumerate(removed)
        if one.text not in names
    ]
    questions += _near_misses(kept, near_misses, seed)
    write_gold(questions, gold)
    return ImportReport(len(names), len(questions))


def _by_source(
    files: Sequence[Path], sources: frozenset[str], generator: np.random.Generator
) -> dict[str, list[_Asked]]:
    """Passages of each source in random order, each with one of its answerable questions."""
    from qa.training.labelled import LabelledFile

    found: dict[str, list[_Asked]] = defaultdict(list)
    for path in files:
        for source, passage in LabelledFile(path).with_sources():
            answerable = [one for one in passage.questions if one.answers]
            if answerable and (not sources or source in sources):
                one = answerable[int(generator.integers(len(answerable)))]
                found[source].append(_Asked(passage.text, one.text, one.answers))
    return {
        source: [asked[int(number)] for number in generator.permutation(len(asked))]
        for source, asked in sorted(found.items())
    }


def _near_misses(kept: Sequence[_Asked], most: int, seed: int) -> list[Question]:
    from qa.training.near_misses import near_misses

    made = islice(near_misses([(one.text, one.question, one.answers) for one in kept], seed=seed), most)
    return [
        Question(f"n{number}", one.question, tags=("unanswerable", "near-miss"))
        for number, one in enumerate(made)
    ]
