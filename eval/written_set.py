"""Invented documents with questions that come with Wenju: ``train`` to train on, ``dev`` to fit and choose on, ``test`` to report on;
``english_dev`` and ``english_test``, whose documents are in English.

Official prose, news, papers of companies, encyclopaedia articles: written for this project, every place, person and company in
them invented. One JSON object a document: ``{"document": "a1_01.txt", "text": "…", "questions": [gold rows without "documents"]}``.
Each question has the sentence that answers it, or that the careless would take an answer from, as ``evidence``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from eval.dataset import Question, write_gold
from eval.errors import EvalError
from eval.imports import ImportReport, write_paragraphs
from index.packed_text import UNREADABLE, open_text

__all__ = ["PARTS", "unpack_written_set"]

_CHINESE = ("dev", "test")
_BOTH = (*_CHINESE, "english_dev", "english_test")
_CORPUS = {"train": ("train",), **dict.fromkeys(_CHINESE, _CHINESE), **dict.fromkeys(_BOTH[2:], _BOTH)}
"""Whose documents a part's questions are asked over."""
PARTS = {part: Path(__file__).with_name("gold") / f"written_{part}.jsonl.xz" for part in _CORPUS}


def unpack_written_set(
    part: Literal["train", "dev", "test", "english_dev", "english_test"], corpus: Path, gold: Path
) -> ImportReport:
    """Write one text file a document below ``corpus``, and the gold file of the part's questions.

    The questions of ``dev`` and of ``test`` are asked over the documents of both, those on English documents over all of these and theirs.

    Raises
    ------
    ValueError
        There is no such part.
    EvalError
        An archive cannot be read, or ``corpus`` holds something else.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, got {part!r}")
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for name in _CORPUS[part]:
        found, asked = _read(PARTS[name])
        texts |= found
        questions += asked if name == part else []
    write_paragraphs(corpus, texts)
    write_gold(questions, gold)
    return ImportReport(len(texts), len(questions))


def _read(path: Path) -> tuple[dict[str, str], list[Question]]:
    """Names of an archive's documents by their texts, and its questions."""
    try:
        with open_text(path) as lines:
            rows = [json.loads(line) for line in lines]
        texts = {row["text"]: row["document"] for row in rows}
        questions = [
            Question(
                asked["id"],
                asked["question"],
                tuple(asked.get("answers", ())),
                tuple(asked.get("items", ())),
                (row["document"],),
                tuple(asked["tags"]),
                evidence=asked["evidence"],
            )
            for row in rows
            for asked in row["questions"]
        ]
    except (*UNREADABLE, ValueError, KeyError) as error:
        raise EvalError(f"{path} cannot be read: {error!r}") from error
    return texts, questions
