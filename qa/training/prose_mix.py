"""How a reader does on a user's own documents, by the type of answer: gold questions, each over the passage that answers it.

Official prose is what this is for: long sentences full of figures. The right passage is given, so that only reading is
measured; finding and judging are not.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.corpus_index import CorpusIndex
from qa.answer_kinds import span_kinds
from qa.reader import Reader
from qa.training.gold_pairs import find_passages
from qa.training.gold_questions import GoldQuestion, load_gold
from qa.training.score import QuestionScore, ReadingQuestion, mean_scores, score_reader

__all__ = ["ANSWER_TYPES", "ProseQuestion", "answer_type", "gold_mix", "score_by_type"]

ANSWER_TYPES = ("number", "date", "person", "place", "organisation", "list", "definition", "reason", "other")
_TAGGED = ("list", "definition", "reason", "date", "number", "person", "organisation", "place")
"""Tags of gold questions that name a type, the most telling first."""
_SPAN_KINDS = {"percent": "number", "year": "date"}

Watch = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class ProseQuestion:
    """A question over the passage that holds an answer, and the type of its answer."""

    reading: ReadingQuestion
    type: str


def answer_type(tags: Sequence[str], answer: str) -> str:
    """Type by the question's tags, else by what the answer looks like; one of ``ANSWER_TYPES``.

    Examples
    --------
    >>> answer_type(["number", "multi"], "80家"), answer_type([], "山西省能源局"), answer_type([], "造血提质")
    ('number', 'organisation', 'other')
    """
    for tag in _TAGGED:
        if tag in tags:
            return tag
    kinds = {_SPAN_KINDS.get(kind, kind) for kind in span_kinds(answer)}
    return next(
        (kind for kind in ("date", "number", "organisation", "person", "place") if kind in kinds), "other"
    )


def gold_mix(gold: Path, corpus_index: CorpusIndex, *, split: str = "all") -> tuple[list[ProseQuestion], int]:
    """The answerable questions of a gold file with their passages, and how many answers stand in no passage.

    A list question is asked over a passage that holds an item; any item counts, the best one.

    ``split`` is ``tune``, ``test`` or ``all``: by the parity of the SHA-256 of the question's id, as ``python -m eval`` has it.
    """
    questions, _ = load_gold(gold)
    tags = _rows(gold, "tags")
    items = _rows(gold, "items")
    documents = _rows(gold, "documents")
    asked, evidence = _rows(gold, "question"), _rows(gold, "evidence")
    spans = [one for one in questions if one.answers and not items[one.id] and _in_split(one.id, split)]
    spans += [
        GoldQuestion(name, asked[name], tuple(items[name]), tuple(documents[name]), evidence[name] or "")
        for name in items
        if items[name] and _in_split(name, split)
    ]
    found, missing = find_passages(spans, corpus_index)
    mix = []
    for one in found:
        kind = answer_type(tags[one.id], one.answers[0]) if not items[one.id] else "list"
        mix.append(ProseQuestion(ReadingQuestion(one.question, one.passage, one.answers, one.above), kind))
    return mix, missing


def _rows(gold: Path, name: str) -> dict[str, Any]:
    """A field of every gold row by the row's id; the file was checked before."""
    rows = (json.loads(line) for line in gold.read_text(encoding="utf-8-sig").split("\n") if line.strip())
    return {str(row["id"]): row.get(name, []) for row in rows}


def _in_split(question_id: str, split: str) -> bool:
    odd = int(hashlib.sha256(question_id.encode()).hexdigest(), 16) % 2
    return split == "all" or split == ("test" if odd else "tune")


def score_by_type(
    reader: Reader, mix: Sequence[ProseQuestion], *, watch: Watch = lambda rows, text: rows
) -> dict[str, tuple[int, QuestionScore]]:
    """Number of questions and mean scores by answer type, in the order of ``ANSWER_TYPES``, then ``all``."""
    scores = score_reader(reader, watch([one.reading for one in mix], "read"))
    grouped: dict[str, list[QuestionScore]] = defaultdict(list)
    for one, score in zip(mix, scores, strict=True):
        grouped[one.type].append(score)
    table = {name: (len(grouped[name]), mean_scores(grouped[name])) for name in ANSWER_TYPES if grouped[name]}
    return {**table, "all": (len(scores), mean_scores(scores))}
