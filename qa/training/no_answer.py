"""How well a reader tells that a passage holds no answer: AUROC of answerable against unanswerable, with an interval.

The mix is made from a labelled file that no training has seen: every question over its own passage, and either over the nearest
other passage of the file that does not hold its answer, or, as a near miss, with one part exchanged over its own passage.
The same file gives the same mix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.reader import Reader, read_with_above
from qa.training.labelled import LabelledFile
from qa.training.near_misses import near_misses
from qa.training.near_passages import NearPassages
from qa.training.score import ReadingQuestion, reading_questions

__all__ = [
    "MixedQuestion",
    "NoAnswerScore",
    "area_under_roc",
    "chosen_questions",
    "near_miss_mix",
    "no_answer_mix",
    "score_no_answer",
]

_RESAMPLES = 2000
_SEED = 20251120

FloatArray = npt.NDArray[np.float64]
Watch = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class MixedQuestion:
    """A question, its own passage, which holds an answer; a passage that holds none to what is ``asked`` of it."""

    question: str
    own: str
    near: str
    asked: str
    above: str = ""
    """What stands above its own passage."""
    near_above: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswerScore:
    """``area``: probability that a question scores higher over its own passage than another over a near one; 95 % interval.

    ``refused``: share of near passages whose best span scores below 0, and ``missed``: of own passages, where 0 is the
    reader's own border between an answer and none.
    """

    questions: int
    area: float
    low: float
    high: float
    refused: float
    missed: float


def no_answer_mix(file: LabelledFile, *, limit: int | None = None) -> list[MixedQuestion]:
    """The answerable questions of a file that have a near passage in it, at most ``limit``, chosen by a hash."""
    questions = chosen_questions(file)
    near = NearPassages([one.passage for one in questions])
    above = {one.passage: one.above for one in questions}
    mix: list[MixedQuestion] = []
    for one in questions:
        if limit is not None and len(mix) >= limit:
            break
        text = next(near.find(one.question, one.passage, one.answers), None)
        if text is not None:
            mix.append(
                MixedQuestion(one.question, one.passage, text, one.question, one.above, above.get(text, ""))
            )
    return mix


def near_miss_mix(file: LabelledFile, *, limit: int | None = None) -> list[MixedQuestion]:
    """The answerable questions of a file of which a near miss can be made, at most ``limit``."""
    asked = [(one.passage, one.question, one.answers) for one in chosen_questions(file)]
    above = {one.passage: one.above for one in chosen_questions(file)}
    made = islice(near_misses(asked), limit)
    return [
        MixedQuestion(one.original, one.passage, one.passage, one.question, *2 * (above[one.passage],))
        for one in made
    ]


def chosen_questions(file: LabelledFile, limit: int | None = None) -> list[ReadingQuestion]:
    """The answerable questions of a file in the order of a hash, the first ``limit``: the same for every reader."""
    return sorted(reading_questions(file), key=_place)[:limit]


def _place(one: ReadingQuestion) -> bytes:
    return hashlib.sha256(f"{one.question}\n{one.passage}".encode("utf-8", "replace")).digest()


def score_no_answer(
    reader: Reader, mix: Sequence[MixedQuestion], *, watch: Watch = lambda rows, text: rows
) -> NoAnswerScore:
    """Score the best span of each passage and compare; the interval resamples questions, both passages together.

    Raises
    ------
    ValueError
        The mix is empty.
    """
    if not mix:
        raise ValueError("the mix holds no question")
    scores = np.empty((len(mix), 2))
    for row, one in enumerate(watch(mix, "read")):
        pairs = (one.question, one.own, one.above), (one.asked, one.near, one.near_above)
        for column, (question, text, above) in enumerate(pairs):
            spans = read_with_above(reader, question, [text], [above], top_k=1)[0]
            scores[row, column] = spans[0].score if spans else -np.inf
    generator = np.random.default_rng(_SEED)
    drawn = (generator.integers(len(mix), size=len(mix)) for _ in range(_RESAMPLES))
    areas = [area_under_roc(scores[rows, 0], scores[rows, 1]) for rows in drawn]
    low, high = np.quantile(areas, (0.025, 0.975))
    return NoAnswerScore(
        questions=len(mix),
        area=area_under_roc(scores[:, 0], scores[:, 1]),
        low=float(low),
        high=float(high),
        refused=float((scores[:, 1] < 0).mean()),
        missed=float((scores[:, 0] < 0).mean()),
    )


def area_under_roc(positive: FloatArray, negative: FloatArray) -> float:
    """Probability that a positive score is above a negative one; ties count half.

    Examples
    --------
    >>> area_under_roc(np.array([2.0, 1.0]), np.array([1.0, 0.0]))
    0.875
    """
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    up_to = np.searchsorted(ordered, positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))
