"""``python -m qa feedback export``: what people marked on the page becomes gold questions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from qa.feedback import FEEDBACK_NAME, FeedbackError, FeedbackStore, MarkedSpan, gold_questions

__all__ = ["add_feedback_command"]


def add_feedback_command(commands: Any) -> None:
    """Add ``feedback export`` to the sub-commands of a parser; ``run`` of its arguments does the work."""
    feedback = commands.add_parser("feedback", help="what people said of answers on the page")
    actions = feedback.add_subparsers(dest="action", required=True, metavar="export")
    export = actions.add_parser("export", help="write gold questions (jsonl) for python -m eval")
    export.add_argument(
        "--index", type=Path, required=True, metavar="DIR", dest="index_dir", help="folder of the index"
    )
    export.add_argument("--out", type=Path, metavar="GOLD.jsonl", help="file to write (default: stdout)")
    export.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    path = arguments.index_dir / FEEDBACK_NAME
    if not path.exists():
        raise FeedbackError(f"{arguments.index_dir} holds no feedback yet: it is given on the page")
    rows = gold_questions(FeedbackStore(path).all(), _still_there(arguments.index_dir))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if arguments.out is None:
        sys.stdout.write(text)
        return 0
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FeedbackError(f"{arguments.out} cannot be written: {error.strerror or error}") from None
    sys.stderr.write(f"{len(rows)} questions: {arguments.out}\n")
    return 0


def _still_there(index_dir: Path) -> Any:
    from index.corpus_index import CorpusIndex

    corpus_index = CorpusIndex.open(index_dir)

    def holds(marked: MarkedSpan) -> bool:
        try:
            return corpus_index.document(marked.document_id).text[marked.start : marked.end] == marked.quote
        except KeyError:
            return False

    return holds
