"""The command lines that make training data: ``make-…`` and ``label-gold``.

What they run is imported only when they run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["add_data_commands", "refuse", "watch"]


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
    label = subparsers.add_parser(
        "label-gold", help="gold questions over the passages of an index, to train on"
    )
    label.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    label.add_argument("--index", type=Path, required=True, metavar="DIR", dest="index_dir")
    label.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    label.add_argument(
        "--near",
        type=int,
        default=1,
        metavar="N",
        help="near passages without the answer a question, at most 3 (1)",
    )
    label.set_defaults(run=_label_gold)


def _making(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument(
        "--held-out", type=Path, nargs="+", default=[], metavar="FILE",
        help="leave out what holds a question, a passage or a part of a passage of these",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N")


def watch(rows: Iterable[Any], text: str) -> Iterable[Any]:
    """The rows with a bar on a terminal."""
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(rows, desc=text, leave=False, disable=None)
    return bar


def refuse(arguments: argparse.Namespace) -> None:
    """Refuse numbers that are too small, and an ``--out`` that cannot be written, before the work begins."""
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

    refuse(arguments)
    report = make_english_questions(
        arguments.pairs,
        arguments.out,
        question_files=arguments.questions,
        held_out=arguments.held_out,
        seed=arguments.seed,
        watch=watch,
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

    refuse(arguments)
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
    refuse(arguments)
    written = make(
        arguments.data,
        arguments.out,
        most=arguments.most,
        held_out=arguments.held_out,
        seed=arguments.seed,
        watch=watch,
    )
    parts = ", ".join(f"{count} {source}" for source, count in sorted(written.items()))
    sys.stdout.write(
        f"{sum(written.values())} unanswerable questions written to {arguments.out}: {parts or 'none'}\n"
    )
    return 0


def _make_cross(arguments: argparse.Namespace) -> int:
    from qa.training.cross_language import make_cross_set

    refuse(arguments)
    written = make_cross_set(arguments.questions, arguments.passages, arguments.out)
    sys.stdout.write(f"{written} questions written to {arguments.out}\n")
    return 0


def _label_gold(arguments: argparse.Namespace) -> int:
    from qa.training.errors import TrainingError
    from qa.training.label_gold import label_gold

    refuse(arguments)
    if arguments.near < 0:
        raise TrainingError(f"--near must be 0 or more, got {arguments.near}")
    report = label_gold(arguments.gold, arguments.index_dir, arguments.out, near=arguments.near)
    sys.stdout.write(
        f"{report.answerable} answerable and {report.unanswerable} unanswerable questions over {report.rows} passages written to "
        f"{arguments.out}; left out: {report.lists} list questions, {report.missing} whose answer stands in no passage\n"
    )
    return 0
