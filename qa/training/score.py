"""Exact match and F1 of a reader that is given the right passage, through the product's own reader class.

Both measures look at letters and digits only. F1 counts Han characters and kana singly, other scripts by words, and its
overlap is the longest common run, as CMRC 2018 has it: word order and gaps count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.normalize import fold
from qa.reader import Reader, read_with_above
from qa.training.labelled import LabelledFile

__all__ = [
    "QuestionScore",
    "ReadingQuestion",
    "best_score",
    "character_f1",
    "exact_match",
    "mean_scores",
    "reading_questions",
    "score_reader",
]

_CHARACTER = "\u3400-\u9fff\u3040-\u30ff\U00020000-\U0003134f"
_UNIT = re.compile(f"[{_CHARACTER}]|[^\\W_{_CHARACTER}]+")
_BESIDE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A question with the passage that holds one of the accepted answers, both as search text."""

    question: str
    passage: str
    answers: tuple[str, ...]
    above: str = ""


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """Of one question, or the mean over many: both between 0 and 1."""

    exact: float
    f1: float


def _bare(text: str) -> str:
    """Letters and digits only; a text without any (an emoji) as it is."""
    text = text.strip().lower()
    return _BESIDE.sub("", text) or text


def exact_match(predicted: str, answer: str) -> float:
    """1.0 where both have the same letters and digits, else 0.0."""
    return float(_bare(predicted) == _bare(answer))


def character_f1(predicted: str, answer: str) -> float:
    """F1 over the longest common run of characters (Han, kana) and words.

    Examples
    --------
    >>> character_f1("每年1200万吨", "1200万吨")
    0.75
    """
    left, right = (_UNIT.findall(text.lower()) for text in (predicted, answer))
    if not left or not right:
        return exact_match(predicted, answer)
    longest, above = 0, [0] * (len(right) + 1)
    for unit in left:
        row = [0, *(above[j] + 1 if unit == other else 0 for j, other in enumerate(right))]
        longest, above = max(longest, *row), row
    return 2 * longest / (len(left) + len(right))


def best_score(predicted: str, answers: Sequence[str]) -> QuestionScore:
    """The best of each measure over the accepted answers."""
    return QuestionScore(
        max((exact_match(predicted, fold(answer)) for answer in answers), default=0.0),
        max((character_f1(predicted, fold(answer)) for answer in answers), default=0.0),
    )


def reading_questions(file: LabelledFile) -> list[ReadingQuestion]:
    """The answerable questions of a file."""
    return [
        ReadingQuestion(question.text, passage.text, question.answers, passage.above)
        for passage, question in file.questions()
        if question.answers
    ]


def score_reader(reader: Reader, questions: Iterable[ReadingQuestion]) -> list[QuestionScore]:
    """Score the best span of each passage; a reader that finds none gets 0."""
    scores = []
    for one in questions:
        (spans,) = read_with_above(reader, one.question, [one.passage], [one.above], top_k=1)
        predicted = one.passage[spans[0].start : spans[0].end] if spans else ""
        scores.append(best_score(predicted, one.answers))
    return scores


def mean_scores(scores: Sequence[QuestionScore]) -> QuestionScore:
    """Mean of each measure; 0 for no question."""
    size = max(1, len(scores))
    return QuestionScore(sum(one.exact for one in scores) / size, sum(one.f1 for one in scores) / size)
