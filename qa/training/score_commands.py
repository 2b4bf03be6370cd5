"""The command line ``score-reader``. What it runs is imported only when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.training.data_commands import refuse, watch

if TYPE_CHECKING:
    from qa.reader import Reader

__all__ = ["add_score_command"]


def add_score_command(subparsers: Any) -> None:
    """Add the command to the parser of ``python -m qa``."""
    score = subparsers.add_parser("score-reader", help="how a reader reads and refuses, right passage given")
    score.add_argument(
        "reader", nargs="?", metavar="READER", help='a folder or "overlap" (default: the bundled reader)'
    )
    score.add_argument(
        "--gold", type=Path, metavar="GOLD.jsonl", help="score by type of answer on these questions"
    )
    score.add_argument(
        "--index", type=Path, metavar="DIR", dest="index_dir", help="index that answers --gold"
    )
    score.add_argument("--split", choices=("tune", "test", "all"), default="all", help="part of --gold (all)")
    score.add_argument(
        "--labelled", type=Path, nargs="+", default=[], metavar="FILE",
        help="labelled questions: exact match and F1 over their own passages",
    )  # fmt: skip
    score.add_argument(
        "--no-answer", type=Path, nargs="+", default=[], metavar="FILE",
        help="labelled questions: tell their own passages from near ones without the answer",
    )  # fmt: skip
    score.add_argument(
        "--near-misses", type=Path, nargs="+", default=[], metavar="FILE",
        help="labelled questions: tell them from the same with a year, number or name exchanged",
    )  # fmt: skip
    score.add_argument("--limit", type=int, metavar="N", help="questions of each file")
    score.add_argument(
        "--threads", type=int, metavar="N", help="processor threads (default: the reader's own)"
    )
    score.set_defaults(run=_score)


def _score(arguments: argparse.Namespace) -> int:
    from qa.reader import load_reader
    from qa.training.errors import TrainingError

    refuse(arguments)
    if not (arguments.gold or arguments.no_answer or arguments.near_misses or arguments.labelled):
        raise TrainingError(
            "nothing to score on: give --gold with --index, --labelled, --no-answer or --near-misses"
        )
    if (arguments.gold is None) != (arguments.index_dir is None):
        raise TrainingError("--gold and --index go together")
    reader = load_reader(arguments.reader, threads=arguments.threads)
    if arguments.gold:
        _write_by_type(reader, arguments.gold, arguments.index_dir, arguments.split, watch)
    for path in arguments.labelled:
        _write_labelled(reader, path, arguments.limit, watch)
    for path in arguments.no_answer:
        _write_no_answer(reader, path, "near passages", arguments.limit, watch)
    for path in arguments.near_misses:
        _write_no_answer(reader, path, "near misses", arguments.limit, watch)
    return 0


def _write_by_type(
    reader: Reader, gold: Path, index_dir: Path, split: str, watch: Callable[..., Iterable[Any]]
) -> None:
    from index.corpus_index import CorpusIndex
    from qa.training.prose_mix import gold_mix, score_by_type

    corpus_index = CorpusIndex.open(index_dir)
    try:
        mix, missing = gold_mix(gold, corpus_index, split=split)
    finally:
        corpus_index.close()
    lines = [f"{'answer':<14}{'questions':>9}{'EM':>8}{'F1':>8}"]
    for kind, (questions, score) in score_by_type(reader, mix, watch=watch).items():
        lines.append(f"{kind:<14}{questions:>9}{100 * score.exact:>8.1f}{100 * score.f1:>8.1f}")
    if missing:
        lines.append(f"{missing} answers stand in no passage of the index and are left out")
    sys.stdout.write("\n".join(lines) + "\n")


def _write_labelled(
    reader: Reader, path: Path, limit: int | None, watch: Callable[..., Iterable[Any]]
) -> None:
    from qa.training.errors import TrainingError
    from qa.training.labelled import LabelledFile
    from qa.training.no_answer import chosen_questions
    from qa.training.score import mean_scores, score_reader

    questions = chosen_questions(LabelledFile(path), limit)
    if not questions:
        raise TrainingError(f"{path} holds no answerable question")
    score = mean_scores(score_reader(reader, watch(questions, "read")))
    sys.stdout.write(
        f"{path.name}: {len(questions)} questions, EM {100 * score.exact:.1f}, F1 {100 * score.f1:.1f}\n"
    )


def _write_no_answer(
    reader: Reader, path: Path, against: str, limit: int | None, watch: Callable[..., Iterable[Any]]
) -> None:
    from qa.training.errors import TrainingError
    from qa.training.labelled import LabelledFile
    from qa.training.no_answer import near_miss_mix, no_answer_mix, score_no_answer

    make = no_answer_mix if against == "near passages" else near_miss_mix
    mix = make(LabelledFile(path), limit=limit)
    if not mix:
        raise TrainingError(f"{path} holds no question that {against} can be made of")
    score = score_no_answer(reader, mix, watch=watch)
    sys.stdout.write(
        f"{path.name}: {score.questions} questions against {against}: AUROC {score.area:.3f} "
        f"[{score.low:.3f}, {score.high:.3f}]; {against} refused {100 * score.refused:.1f} %, "
        f"own questions {100 * score.missed:.1f} %\n"
    )
