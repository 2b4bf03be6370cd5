"""The command lines ``make-english-questions``, ``make-unanswerable``, ``make-near-misses``, ``make-cross-set``, ``score-reader``.

What they run is imported only when they run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.reader import Reader

__all__ = ["add_data_commands"]


def add_data_commands(subparsers: Any) -> None:
    """Add the commands to the parser of ``python -m qa``."""
    english = subparsers.add_parser(
        "make-english-questions", help="English questions over Chinese passages, from sentence pairs"
    )
    english.add_argument(
        "pairs", type=Path, nargs="+", metavar="PAIRS", help=".jsonl of [group, English, Chinese]"
    )
    english.add_argument(
        "--questions", type=Path, nargs="+", default=[], metavar="FILE",
        help="labelled Chinese questions that are turned into English too",
    )  # fmt: skip
    _making(english)
    english.set_defaults(run=_make_english)
    table = subparsers.add_parser(
        "make-translations", help="the table by which English questions find their words in Chinese passages"
    )
    table.add_argument(
        "pairs", type=Path, nargs="+", metavar="PAIRS", help=".jsonl of [group, English, Chinese]"
    )
    table.add_argument("--out", type=Path, required=True, metavar="FILE.txt.xz")
    table.set_defaults(run=_make_translations)
    unanswerable = subparsers.add_parser(
        "make-unanswerable", help="put labelled questions to near passages without their answer"
    )
    unanswerable.add_argument("data", type=Path, nargs="+", metavar="DATA", help="labelled questions")
    unanswerable.add_argument("--most", type=int, metavar="N", help="write at most so many")
    _making(unanswerable)
    unanswerable.set_defaults(run=_make_unanswerable)
    misses = subparsers.add_parser(
        "make-near-misses",
        help="labelled questions with a year, number or name exchanged, over their own passages",
    )
    misses.add_argument("data", type=Path, nargs="+", metavar="DATA", help="labelled questions")
    misses.add_argument("--most", type=int, metavar="N", help="write at most so many")
    _making(misses)
    misses.set_defaults(run=_make_near_misses)
    absent = subparsers.add_parser(
        "make-absent-properties",
        help="questions for what their passage does not tell of its subject",
    )
    absent.add_argument("data", type=Path, nargs="+", metavar="DATA", help="labelled questions")
    absent.add_argument("--most", type=int, metavar="N", help="write at most so many")
    _making(absent)
    absent.set_defaults(run=_make_absent_properties)
    cross = subparsers.add_parser(
        "make-cross-set", help="questions of one SQuAD file over the passages of its translation"
    )
    cross.add_argument("questions", type=Path, metavar="QUESTIONS.json")
    cross.add_argument("passages", type=Path, metavar="PASSAGES.json")
    cross.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    cross.set_defaults(run=_make_cross)
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


def _making(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument(
        "--held-out", type=Path, nargs="+", default=[], metavar="FILE",
        help="leave out what holds a question, a passage or a part of a passage of these",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N")


def _watch(rows: Iterable[Any], text: str) -> Iterable[Any]:
    """The rows with a bar on a terminal."""
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(rows, desc=text, leave=False, disable=None)
    return bar


def _refuse(arguments: argparse.Namespace) -> None:
    from qa.training.errors import TrainingError

    for name in ("seed", "most", "limit", "threads"):
        value, least = getattr(arguments, name, None), 0 if name == "seed" else 1
        if value is not None and value < least:
            raise TrainingError(f"--{name} must be {least} or more, got {value}")
    out = getattr(arguments, "out", None)
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        raise TrainingError(f"--out {out} cannot be written: a file in a folder that exists is needed")


def _make_english(arguments: argparse.Namespace) -> int:
    from qa.training.english_questions import make_english_questions

    _refuse(arguments)
    report = make_english_questions(
        arguments.pairs,
        arguments.out,
        question_files=arguments.questions,
        held_out=arguments.held_out,
        seed=arguments.seed,
        watch=_watch,
    )
    total = sum(report.written.values())
    parts = ", ".join(f"{count} {source}" for source, count in report.written.items())
    sys.stdout.write(
        f"{total} questions written to {arguments.out}: {parts or 'none'}; {report.unanswerable} unanswerable, "
        f"{report.left_out} left out as held-out\n"
    )
    return 0


def _make_translations(arguments: argparse.Namespace) -> int:
    from qa.training.translation_table import make_translations

    _refuse(arguments)
    sys.stdout.write(
        f"{make_translations(arguments.pairs, arguments.out)} phrases written to {arguments.out}\n"
    )
    return 0


def _make_unanswerable(arguments: argparse.Namespace) -> int:
    from qa.training.unanswerable import make_unanswerable

    return _made(make_unanswerable, arguments)


def _make_near_misses(arguments: argparse.Namespace) -> int:
    from qa.training.near_misses import make_near_misses

    return _made(make_near_misses, arguments)


def _make_absent_properties(arguments: argparse.Namespace) -> int:
    from qa.training.absent_properties import make_absent_properties

    return _made(make_absent_properties, arguments)


def _made(make: Callable[..., dict[str, int]], arguments: argparse.Namespace) -> int:
    _refuse(arguments)
    written = make(
        arguments.data,
        arguments.out,
        most=arguments.most,
        held_out=arguments.held_out,
        seed=arguments.seed,
        watch=_watch,
    )
    parts = ", ".join(f"{count} {source}" for source, count in sorted(written.items()))
    sys.stdout.write(
        f"{sum(written.values())} unanswerable questions written to {arguments.out}: {parts or 'none'}\n"
    )
    return 0


def _make_cross(arguments: argparse.Namespace) -> int:
    from qa.training.cross_language import make_cross_set

    _refuse(arguments)
    written = make_cross_set(arguments.questions, arguments.passages, arguments.out)
    sys.stdout.write(f"{written} questions written to {arguments.out}\n")
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from qa.reader import load_reader
    from qa.training.errors import TrainingError

    _refuse(arguments)
    if not (arguments.gold or arguments.no_answer or arguments.near_misses or arguments.labelled):
        raise TrainingError(
            "nothing to score on: give --gold with --index, --labelled, --no-answer or --near-misses"
        )
    if (arguments.gold is None) != (arguments.index_dir is None):
        raise TrainingError("--gold and --index go together")
    reader = load_reader(arguments.reader, threads=arguments.threads)
    if arguments.gold:
        _write_by_type(reader, arguments.gold, arguments.index_dir, arguments.split, _watch)
    for path in arguments.labelled:
        _write_labelled(reader, path, arguments.limit, _watch)
    for path in arguments.no_answer:
        _write_no_answer(reader, path, "near passages", arguments.limit, _watch)
    for path in arguments.near_misses:
        _write_no_answer(reader, path, "near misses", arguments.limit, _watch)
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
