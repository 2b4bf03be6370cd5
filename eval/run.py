"""Ask every gold question once and keep what came back: answers, ranked lists, judged rows, and what made them.

Asking is slow and judging is quick, so they are apart: a run that was cut short goes on with the questions not yet asked,
and a finished run that is started again only judges its kept answers anew. Answers of another index, model, gold file,
state of the code or version of a package it answers with are never mixed in: such a run is refused.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

from eval.dataset import Question, check_documents
from eval.errors import EvalError, GoldError
from eval.gold_context import GoldBook, IndexView
from eval.judge import Row, judge
from eval.machine import answering_versions, code_fingerprint, machine, versions
from eval.measures.retrieval import MEASURES, first_places, retrieval_scores
from eval.run_folder import RunFolder
from index.errors import WenjuError
from index.types import Hit
from qa.types import Answer

__all__ = ["AskingPipeline", "RankedLists", "RunReport", "run_gold"]

DEPTH = 50
"""Passages kept of each ranked list: enough for ten different documents where a document gives a few passages."""


class RankedLists(Protocol):
    """The lists a retriever made its choice from; ``qa.retriever`` has one."""

    def lists(self, query: str, top_k: int) -> Mapping[str, Sequence[Hit]]: ...  # noqa: D102


class AskingPipeline(Protocol):
    """What a run needs of a pipeline; ``qa.pipeline.Pipeline`` is one, tests pass a small fake."""

    @property
    def index(self) -> IndexView: ...  # noqa: D102

    @property
    def retriever(self) -> RankedLists: ...  # noqa: D102

    def ask(self, question: str) -> Answer: ...  # noqa: D102

    def search_text(self, question: str) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: questions asked now, answers kept from before, seconds spent asking (all sessions)."""

    asked: int
    kept: int
    seconds: float


def run_gold(
    pipeline: AskingPipeline,
    questions: Sequence[Question],
    out: Path,
    *,
    settings: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
    depth: int = DEPTH,
    fresh: bool = False,
) -> RunReport:
    """Ask ``questions`` and write the run folder ``out``.

    Parameters
    ----------
    settings
        What else makes this run what it is (gold file's hash, split, models); a run with other settings is not gone on with.
    facts
        Further things worth knowing, written to ``config.json`` when the run begins.
    fresh
        Replace another run that ``out`` holds.

    Raises
    ------
    GoldError
        Where the gold does not fit the index: a document is missing, an answer stands in none of its documents.
    EvalError
        Where ``out`` holds another run, or a question makes the pipeline fail.
    """
    book = GoldBook(pipeline.index)
    problems = check_documents(questions, book.text, name=str(settings.get("gold", "gold")))
    if problems:
        raise GoldError(problems)
    folder = RunFolder(out)
    state = {"index": pipeline.index.fingerprint, "code": code_fingerprint(), **answering_versions()}
    begun = {"started": _now(), "machine": machine(), "versions": versions(), "questions": len(questions)}
    kept = folder.begin({**settings, **state}, {**begun, **(facts or {})}, fresh=fresh)
    todo = [question for question in questions if question.id not in kept]
    _ask_all(pipeline, todo, folder, depth)
    rows = judge_run(questions, folder, book)
    folder.finish(rows, {"finished": _now()})
    return RunReport(len(todo), len(kept), float(folder.config()["seconds"]))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _ask_all(pipeline: AskingPipeline, questions: Sequence[Question], folder: RunFolder, depth: int) -> None:
    """Ask the questions, write each answer as it comes; add the seconds spent asking to the configuration."""
    from tqdm import tqdm

    spent = 0.0
    with ExitStack() as stack:
        hits, answers = (stack.enter_context(file) for file in folder.open_answers())
        bar = stack.enter_context(
            tqdm(total=len(questions), unit="question", disable=not sys.stderr.isatty(), dynamic_ncols=True)
        )
        try:
            for question in questions:
                spent += _ask_one(pipeline, question, hits, answers, depth)
                bar.update()
        finally:
            config = folder.config()
            folder.write_config({**config, "seconds": round(config["seconds"] + spent, 3)})


def _ask_one(
    pipeline: AskingPipeline, question: Question, hits: TextIO, answers: TextIO, depth: int
) -> float:
    begun = time.perf_counter()
    try:
        answer = pipeline.ask(question.question)
        seconds = time.perf_counter() - begun
        lists = pipeline.retriever.lists(pipeline.search_text(question.question), depth)
    except WenjuError as error:
        raise EvalError(f"question {question.id}: {error}") from error
    found = {name: [hit.passage_id for hit in ranked] for name, ranked in lists.items()}
    _append(hits, {"id": question.id, **found})
    _append(answers, {"id": question.id, **answer.to_dict()})
    return seconds


def _append(file: TextIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    file.flush()


def judge_run(questions: Sequence[Question], folder: RunFolder, book: GoldBook) -> list[Row]:
    """Judge the answers that a run folder holds: one row a question, in the order of ``questions``."""
    answers = {row["id"]: Answer.from_dict(row) for row in folder.answers()}
    rows = [
        judge(question, answers[question.id], book.context(question, answers[question.id]))
        for question in questions
    ]
    for name, scores in _retrieval(questions, folder.hits(), book).items():
        for row in rows:
            if row["id"] in scores:
                row["measures"] |= {f"{name}/{m}": scores[row["id"]][m] for m in MEASURES}
    return rows


def _retrieval(
    questions: Sequence[Question], hits: Mapping[str, Mapping[str, Any]], book: GoldBook
) -> dict[str, dict[str, dict[str, float]]]:
    """Scores by ``unit/list``, then by question id."""
    answerable = [question for question in questions if question.kind != "none"]
    passages = {question.id: book.relevant_passages(question) for question in answerable}
    documents = {question.id: question.documents for question in answerable}
    names = dict.fromkeys(name for row in hits.values() for name in row if name != "id")
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        ranked = {question.id: hits[question.id].get(name, []) for question in answerable}
        by_document = {key: first_places([_document_of(i) for i in ids]) for key, ids in ranked.items()}
        found[f"passage/{name}"] = retrieval_scores(ranked, passages)
        found[f"document/{name}"] = retrieval_scores(by_document, documents)
    return found


def _document_of(passage_id: str) -> str:
    """Return the document part of a passage id (``document#number``)."""
    return passage_id.rpartition("#")[0]
