"""A development set out of labelled passages: answerable questions, and two kinds that the corpus cannot answer.

A fit on the questions of one small corpus learns how that corpus is written. Passages of other kinds beside it keep the
weights general: their own questions, questions whose passage is not in the corpus, and questions with a year, number or name
exchanged for one that their passage has not.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.dataset import Question, write_gold
from eval.errors import EvalError
from eval.imports import ImportReport, paragraph_names, write_paragraphs
from index.normalize import fold
from qa.training.labelled import LabelledFile, LabelledQuestion
from qa.training.near_misses import near_misses as exchanged

__all__ = ["make_mixed_set", "question_key"]

_SILENT_SHARE, _REMOVED_SHARE = 0.32, 0.32
"""For each asked passage: so many that are asked nothing, and so many that are asked and not there."""


class _Asked(NamedTuple):
    text: str
    questions: tuple[LabelledQuestion, ...]


def make_mixed_set(
    files: Sequence[Path],
    corpus: Path,
    gold: Path,
    *,
    sources: Sequence[str] = (),
    passages: int = 220,
    questions: int = 1,
    longest_answer: int | None = None,
    near_misses: int = 400,
    translations: Path | None = None,
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
        Asked passages of each source.
    questions
        Of each passage, at most.
    longest_answer
        Characters; questions whose shortest accepted answer is longer are left out: where it begins and ends is a matter of taste.
    near_misses
        Questions with one part exchanged, at most.
    translations
        Questions in another language, ``{"of": "…", "question": "…"}`` a line: each is asked where its original is, which ``of``
        names by ``question_key``.

    Raises
    ------
    EvalError
        No source has a question with an answer, the translations cannot be read, or ``corpus`` already holds something else.
    TrainingError
        A file is damaged.
    """
    generator = np.random.default_rng(seed)
    translated = _translations(translations) if translations else {}
    kept: list[_Asked] = []
    silent: list[str] = []
    removed: list[_Asked] = []
    for asked in _by_source(files, frozenset(sources), questions, longest_answer, generator).values():
        ends = np.cumsum([passages, round(_SILENT_SHARE * passages), round(_REMOVED_SHARE * passages)])
        kept += asked[: ends[0]]
        silent += [one.text for one in asked[ends[0] : ends[1]]]
        removed += asked[ends[1] : ends[2]]
    if not kept:
        raise EvalError(f"{files[0].name}: no passage with a question and an answer")
    names = paragraph_names(gold, [*(one.text for one in kept), *silent])
    write_paragraphs(corpus, names)
    rows = [
        Question(f"a{number}", text, one.answers, (), (names[passage],))
        for number, (passage, text, one) in enumerate(_asked(kept, translated))
    ]
    rows += [
        Question(f"r{number}", text, tags=("unanswerable",))
        for number, (passage, text, _) in enumerate(_asked(removed, translated))
        if passage not in names
    ]
    rows += _near_misses(kept, near_misses, seed)
    write_gold(rows, gold)
    return ImportReport(len(names), len(rows))


def question_key(question: str) -> str:
    """What a translation names its original by: 16 hex digits of the SHA-256 of the folded question."""
    return hashlib.sha256(fold(question).encode("utf-8", "replace")).hexdigest()[:16]


def _translations(path: Path) -> dict[str, str]:
    """Translation by the key of its original."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
        return {str(row["of"]): str(row["question"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvalError(f'{path}: needs {{"of": "…", "question": "…"}} a line: {error!r}') from error


def _asked(
    passages: Sequence[_Asked], translated: Mapping[str, str]
) -> Iterator[tuple[str, str, LabelledQuestion]]:
    """Passage, question as it is put, and what it stands for; a translated question follows its original."""
    for passage in passages:
        for one in passage.questions:
            yield passage.text, one.text, one
            if (other := translated.get(question_key(one.text), "")).strip():
                yield passage.text, other, one


def _by_source(
    files: Sequence[Path],
    sources: frozenset[str],
    questions: int,
    longest_answer: int | None,
    generator: np.random.Generator,
) -> dict[str, list[_Asked]]:
    """Passages of each source in random order, each with some of its answerable questions."""
    found: dict[str, list[_Asked]] = defaultdict(list)
    for path in files:
        for source, passage in LabelledFile(path).with_sources():
            answerable = [
                one
                for one in passage.questions
                if one.text.strip()
                and one.answers
                and (longest_answer is None or min(map(len, one.answers)) <= longest_answer)
            ]
            if answerable and (not sources or source in sources):
                order = generator.permutation(len(answerable))[:questions]
                found[source].append(_Asked(passage.text, tuple(answerable[int(n)] for n in order)))
    return {
        source: [asked[int(number)] for number in generator.permutation(len(asked))]
        for source, asked in sorted(found.items())
    }


def _near_misses(kept: Sequence[_Asked], most: int, seed: int) -> list[Question]:
    asked = [(one.text, question.text, question.answers) for one in kept for question in one.questions]
    answered = {question for _, question, _ in asked}
    made = islice((one for one in exchanged(asked, seed=seed) if one.question not in answered), most)
    return [
        Question(f"n{number}", one.question, tags=("unanswerable", "near-miss"))
        for number, one in enumerate(made)
    ]
