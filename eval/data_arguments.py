"""The arguments of the commands that bring questions in or take them out. Does no work."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["Command", "add_data_commands", "positive"]

Command = Callable[[str, str, str], argparse.ArgumentParser]


def positive(text: str) -> int:
    """A number from 1 on."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return number


def add_data_commands(command: Command) -> None:
    """Add the commands that bring questions in or take them out."""
    squad = command(
        "import-squad",
        "data_commands:import_squad",
        "SQuAD, CMRC, DRCD, XQuAD: one text file per paragraph and the gold file",
    )
    squad.add_argument("file", type=Path, metavar="FILE")
    squad.add_argument(
        "--corpus", type=Path, required=True, metavar="DIR", help="empty folder for the paragraphs"
    )
    squad.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    squad.add_argument(
        "--questions",
        type=Path,
        metavar="FILE",
        help="question texts by id from a second file (another language)",
    )
    mixed = command(
        "mixed-set",
        "data_commands:mixed_set",
        "labelled passages to a corpus and gold file with questions that it cannot answer, to fit on beside one's own",
    )
    mixed.add_argument(
        "files", type=Path, nargs="+", metavar="DATA", help="labelled passages, .jsonl or SQuAD .json"
    )
    mixed.add_argument(
        "--sources", nargs="+", default=[], metavar="NAME", help="only rows of these sources (default: all)"
    )
    mixed.add_argument(
        "--corpus", type=Path, required=True, metavar="DIR", help="empty folder for the passages"
    )
    mixed.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    mixed.add_argument(
        "--passages", type=positive, default=220, metavar="N", help="asked passages of each source (220)"
    )
    mixed.add_argument(
        "--questions", type=positive, default=1, metavar="N", help="questions of each passage, at most (1)"
    )
    mixed.add_argument(
        "--longest-answer",
        type=positive,
        metavar="N",
        help="leave out questions with longer answers, in characters",
    )
    mixed.add_argument(
        "--translations", type=Path, metavar="FILE.jsonl",
        help='questions in another language: {"of": "…", "question": "…"} a line',
    )  # fmt: skip
    mixed.add_argument(
        "--near-misses",
        type=positive,
        default=400,
        metavar="N",
        help="questions with a part exchanged, at most (400)",
    )
    mixed.add_argument("--seed", type=int, default=1, metavar="N")
    written = command(
        "written-set",
        "data_commands:written_set",
        "the invented documents that come with Wenju, as a folder, and their questions",
    )
    written.add_argument(
        "part",
        choices=("train", "dev", "test", "english_dev", "english_test"),
        help="to train on, to fit on, to report on; the same of documents in English",
    )
    written.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="empty folder")
    written.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    table = command(
        "import-csv",
        "data_commands:import_csv",
        "a table of questions, or accepted proposals, to a gold file",
    )
    table.add_argument("file", type=Path, metavar="FILE.csv")
    table.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    table.add_argument("--accepted", action="store_true", help="only rows whose column 'accept' says yes")
    export = command("export", "data_commands:export", "the questions that are not right as .csv or .xlsx")
    export.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument("--all", action="store_true", dest="everything", help="the right ones too")
    propose = command(
        "synthesize",
        "data_commands:synthesize",
        "propose gold questions from a corpus by rule, to be accepted in a csv",
    )
    propose.add_argument("--index", type=Path, required=True, metavar="DIR", dest="index_dir")
    propose.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    propose.add_argument(
        "--limit", type=positive, default=200, metavar="N", help="most questions to propose (default: 200)"
    )
    propose.add_argument("--seed", type=int, default=1, metavar="N")
    propose.add_argument(
        "--gold", type=Path, metavar="GOLD.jsonl", help="also write all proposals, unreviewed, as gold"
    )
