"""Labelled questions put to a near passage without their answer: the command ``make-unanswerable``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from qa.training.held_out import HeldOut
from qa.training.labelled import LabelledFile, LabelledQuestion, write_unanswerable
from qa.training.near_passages import NearPassages

__all__ = ["make_unanswerable"]

_WINDOW = 420  # characters
_ASKED_TWICE = 0.7  # share of questions that are put to two near passages
_MADE = "neg"
"""Source of rows that were made this way already."""
_KANA = re.compile(r"[\u3040-\u30ff]")

Watch = Callable[[Iterable[Any], str], Iterable[Any]]


def make_unanswerable(
    files: Sequence[Path],
    out: Path,
    *,
    most: int | None = None,
    held_out: Sequence[Path] = (),
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> dict[str, int]:
    """Write up to ``most`` unanswerable rows to ``out``; returns how many by source.

    Each question is put to the nearest passage of its own source, cut to the part that shares most with it. Passages and
    questions of ``held_out`` files are neither asked nor used.
    """
    refused = HeldOut(held_out)
    asked: list[tuple[str, str, LabelledQuestion]] = []
    texts: dict[str, list[str]] = defaultdict(list)
    for path in files:
        for named, passage in LabelledFile(path).with_sources():
            source = f"{path.stem}/{named}".removesuffix("/")
            if named == _MADE or refused.holds(passage.text) or _KANA.search(passage.text):
                continue
            texts[source].append(passage.text)
            asked += [
                (source, passage.text, q)
                for q in passage.questions
                if q.answers and not refused.holds("", [q.text])
            ]
    near = {source: NearPassages(some) for source, some in sorted(texts.items())}
    rows = islice(_near_rows(asked, near, np.random.default_rng(seed), watch), most)
    return write_unanswerable(out, rows, source=_MADE)


def _near_rows(
    asked: Sequence[tuple[str, str, LabelledQuestion]],
    near: Mapping[str, NearPassages],
    generator: np.random.Generator,
    watch: Watch,
) -> Iterator[tuple[str, str, str]]:
    """Near passage, question and source, in random order."""
    for number in watch(generator.permutation(len(asked)), "near passages"):
        source, own, question = asked[int(number)]
        wanted = 2 if generator.random() < _ASKED_TWICE else 1
        for text in islice(near[source].find(question.text, own, question.answers), wanted):
            yield NearPassages.window(text, question.text, _WINDOW), question.text, source
