"""Labelled questions with one year, number or name exchanged, put to their own passage: the command ``make-near-misses``.

The passage speaks of the subject and still does not answer, because it has nothing of the year, number or name that is asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qa.training.held_out import HeldOut
from qa.training.labelled import LabelledFile, write_unanswerable

__all__ = [
    "Exchangeable",
    "NearMiss",
    "Watch",
    "asked_questions",
    "exchangeables",
    "make_near_misses",
    "near_misses",
]

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?=年)")
_NUMBER = re.compile(r"(?<![\d.])\d{1,7}(?:\.\d+)?(?![\d.])")
_TITLE = re.compile(r"(?<=《)[^《》]{2,30}(?=》)")
_NAMES = frozenset({"nr", "ns", "nt", "nz"})
_YEARS_AWAY = 7
_TRIES = 8
_MADE = "miss"

Watch = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Exchangeable:
    """A part ``text[start:end]`` of a question; ``kind`` is year, number, title, or a name's part of speech."""

    start: int
    end: int
    kind: str


class NearMiss(NamedTuple):
    """A passage, the question with one part exchanged, the kind of that part, and the question as it was."""

    passage: str
    question: str
    kind: str
    original: str


def exchangeables(question: str) -> list[Exchangeable]:
    """The years, numbers, 《titles》 and names of a question."""
    import jieba
    import jieba.posseg

    found = [Exchangeable(*m.span(), "title") for m in _TITLE.finditer(question)]
    found += [Exchangeable(*m.span(), "year") for m in _YEAR.finditer(question)]
    years = {one.start for one in found if one.kind == "year"}
    found += [Exchangeable(*m.span(), "number") for m in _NUMBER.finditer(question) if m.start() not in years]
    jieba.setLogLevel(60)  # it reports on stderr what it loads
    place = 0
    for word, tag in jieba.posseg.lcut(question):
        if tag in _NAMES and len(word) > 1:
            found.append(Exchangeable(place, place + len(word), tag))
        place += len(word)
    return found


def make_near_misses(
    files: Sequence[Path],
    out: Path,
    *,
    most: int | None = None,
    held_out: Sequence[Path] = (),
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> dict[str, int]:
    """Write up to ``most`` rows of an unanswerable question each to ``out``; returns how many by what was exchanged.

    Only what stands in the passage is exchanged, and only for something of its kind that does not: a year for one at most seven
    away, a number for one of as many digits, a title or name for another question's, one with the same last letter if possible.
    Passages and questions of ``held_out`` files are left out.
    """
    asked = list(asked_questions(files, HeldOut(held_out)))
    made = islice(near_misses(asked, seed=seed, watch=watch), most)
    return write_unanswerable(out, ((one.passage, one.question, one.kind) for one in made), source=_MADE)


def near_misses(
    asked: Sequence[tuple[str, str, Sequence[str]]],
    *,
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> Iterator[NearMiss]:
    """Near misses from passages, questions and accepted answers, in random order."""
    pool = _pool(watch(asked, "names"))
    generator = np.random.default_rng(seed)
    for number in watch(generator.permutation(len(asked)), "near misses"):
        passage, question, answers = asked[int(number)]
        made = _exchanged(question, passage, answers, pool, generator)
        if made is not None:
            yield NearMiss(passage, *made, question)


def asked_questions(files: Sequence[Path], refused: HeldOut) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Passage, question and accepted answers of every answerable question that is not held out."""
    for path in files:
        for passage, one in LabelledFile(path).questions():
            if one.answers and not refused.holds(passage.text, [one.text]):
                yield passage.text, one.text, one.answers


def _pool(asked: Iterable[tuple[str, str, Sequence[str]]]) -> dict[str, list[str]]:
    """What can be put for another: by kind, and by kind and last letter."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for _, question, _ in asked:
        for one in exchangeables(question):
            text = question[one.start : one.end]
            found[one.kind][text] = found[one.kind + text[-1]][text] = None
    return {kind: list(texts) for kind, texts in found.items()}


def _exchanged(
    question: str,
    passage: str,
    answers: Sequence[str],
    pool: dict[str, list[str]],
    generator: np.random.Generator,
) -> tuple[str, str] | None:
    """The question with one part exchanged, and its kind; None where nothing can be."""
    parts = [one for one in exchangeables(question) if question[one.start : one.end] in passage]
    if not parts:
        return None
    one = parts[int(generator.integers(len(parts)))]
    old = question[one.start : one.end]
    for _ in range(_TRIES):
        new = _other(old, one.kind, pool, generator)
        if new not in passage and new not in question and not any(new in answer for answer in answers):
            return question[: one.start] + new + question[one.end :], one.kind
    return None


def _other(old: str, kind: str, pool: dict[str, list[str]], generator: np.random.Generator) -> str:
    if kind == "year":
        return str(
            int(old) + int(generator.integers(1, _YEARS_AWAY + 1)) * (-1) ** int(generator.integers(2))
        )
    if kind == "number":
        return "".join(str(generator.integers(1, 10)) if sign.isdigit() else sign for sign in old)
    alike = pool.get(kind + old[-1], [])
    choices = alike if len(alike) > 3 and generator.random() < 0.7 else pool[kind]
    return choices[int(generator.integers(len(choices)))]
