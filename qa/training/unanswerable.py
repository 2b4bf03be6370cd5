"""Labelled questions put to a near passage without their answer: the command ``make-unanswerable``."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from qa.training.held_out import HeldOut
from qa.training.labelled import LabelledFile, LabelledQuestion
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
    generator = np.random.default_rng(seed)
    written: Counter[str] = Counter()
    unfinished = out.with_name(out.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        for number in watch(generator.permutation(len(asked)), "near passages"):
            source, own, question = asked[int(number)]
            wanted = 2 if generator.random() < _ASKED_TWICE else 1
            for text in islice(near[source].find(question.text, own, question.answers), wanted):
                if most is not None and sum(written.values()) >= most:
                    break
                part = NearPassages.window(text, question.text, _WINDOW)
                row = {"ctx": part, "qs": [[question.text, "", -1]], "src": _MADE}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                written[source] += 1
    unfinished.replace(out)
    return dict(written)
