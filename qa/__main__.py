"""The command line of the answering side: ``python -m qa ask | chat | batch | verify``.

Exit codes: 0 done, 1 the work failed (in part too), 2 wrong usage. Errors are one line on stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import WenjuError
from qa.feedback_command import add_feedback_command
from qa.training.commands import add_commands

if TYPE_CHECKING:
    from qa.pipeline import Pipeline
    from qa.types import Answer, Citation

__all__ = ["main"]

_FAREWELLS = frozenset({"exit", "quit", ":q", "退出"})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa", description="Answer questions with the exact words of the documents."
    )
    names = "COMMAND"
    commands = parser.add_subparsers(dest="command", required=True, metavar=names)
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question", metavar="QUESTION", nargs="+", help="words without quotes are joined")
    ask.add_argument("--json", action="store_true", help="the answer as one JSON object")
    ask.set_defaults(run=_ask)
    chat = commands.add_parser("chat", help="ask question after question in the terminal")
    chat.set_defaults(run=_chat)
    batch = commands.add_parser("batch", help="answer a file of questions (jsonl, csv, xlsx, txt)")
    batch.add_argument("questions", type=Path, metavar="QUESTIONS")
    batch.add_argument(
        "--out", type=Path, required=True, metavar="ANSWERS", help="a .jsonl, .csv or .xlsx file"
    )
    batch.set_defaults(run=_batch)
    verify = commands.add_parser("verify", help="check every citation of an answers file against the sources")
    verify.add_argument(
        "answers", type=Path, metavar="ANSWERS.jsonl", help="what batch wrote, or what ask --json printed"
    )
    verify.add_argument("--json", action="store_true", help="one JSON object on stdout")
    verify.set_defaults(run=_verify)
    for command in (ask, chat, batch, verify):
        command.add_argument(
            "--index", type=Path, required=True, metavar="DIR", dest="index_dir", help="folder of the index"
        )
    for command in (ask, chat, batch):
        command.add_argument(
            "--reader",
            metavar="NAME_OR_PATH",
            help='"overlap", a folder or a hub name (default: the bundled reader)',
        )
        command.add_argument(
            "--embedder", metavar="NAME_OR_PATH", help="must be the one the index was built with"
        )
    add_commands(commands)
    add_feedback_command(commands)
    return parser


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _open(arguments: argparse.Namespace) -> Pipeline:
    from qa.pipeline import Pipeline

    return Pipeline.open(arguments.index_dir, reader=arguments.reader, embedder=arguments.embedder)


def _line_finder(pipeline: Pipeline) -> Callable[[Citation], int]:
    @lru_cache(maxsize=8)
    def text_of(document_id: str) -> str:
        return pipeline.index.document(document_id).text

    def line_of(citation: Citation) -> int:
        before = text_of(citation.document_id)[: citation.start]
        return before.count("\n") + before.count("\r") - before.count("\r\n") + 1

    return line_of


def _show(pipeline: Pipeline, answer: Answer) -> None:
    from qa.gloss import is_foreign
    from qa.stale_sources import stale_sources
    from qa.terminal import render_answer, render_stale

    english = is_foreign(answer.question)
    _write(render_answer(answer, line_of=_line_finder(pipeline), colour=sys.stdout.isatty(), english=english))
    for document_id, how in stale_sources(pipeline.index, (c.document_id for c in answer.citations)).items():
        _write(render_stale(document_id, how, english=english))


def _ask(arguments: argparse.Namespace) -> int:
    question = " ".join(arguments.question)
    if not question.strip():
        sys.stderr.write("error: the question is empty\n")
        return 2
    from qa.tables import storable

    with closing(_open(arguments)) as pipeline, pipeline.index.pinned():
        # an argument that is not UTF-8 comes with halves of surrogate pairs, which cannot be written again
        answer = pipeline.ask(storable(question))
        if arguments.json:
            _write(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
        else:
            _show(pipeline, answer)
    return 0


def _chat(arguments: argparse.Namespace) -> int:
    from qa.tables import storable

    if sys.stdin.isatty():
        with suppress(ImportError):  # line editing that knows full-width characters, where the system has it
            import readline  # noqa: F401
    with closing(_open(arguments)) as pipeline:
        documents = pipeline.index.documents()
        _write(
            f"{len(documents)} 份文档，{len(pipeline.index)} 个段落。输入问题，回车提问；空行、exit 或 Ctrl-D 退出。\n"
            f"{len(documents)} documents, {len(pipeline.index)} passages. Type a question; an empty line, exit or Ctrl-D ends."
        )
        while True:
            try:
                question = storable(input("\n问> ").strip())
            except EOFError:
                _write("")
                return 0
            if not question or question.lower() in _FAREWELLS:
                return 0
            try:
                with pipeline.index.pinned():
                    _show(pipeline, pipeline.ask(question))
            except WenjuError as error:
                _complain(error)


def _batch(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from qa.batch import run_batch

    with closing(_open(arguments)) as pipeline, tqdm(unit="question", leave=False, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        fingerprint = f"{pipeline.index.fingerprint} {pipeline.reader.fingerprint}"
        report = run_batch(
            pipeline, arguments.questions, arguments.out, fingerprint=fingerprint, progress=show
        )
    resumed = f", {report.resumed} taken over from an interrupted run" if report.resumed else ""
    answered = report.questions - report.failed
    _write(f"{answered} questions answered into {arguments.out}{resumed}, {report.failed} in error")
    return 1 if report.failed else 0


def _verify(arguments: argparse.Namespace) -> int:
    from index.corpus_index import CorpusIndex
    from qa.verify import count_verdicts, verify_answers

    with closing(CorpusIndex.open(arguments.index_dir)) as corpus_index:
        verified = list(verify_answers(arguments.answers, corpus_index))
    counts = count_verdicts(verified)
    bad = [v for v in verified if v.verdict != "ok"]
    if arguments.json:
        rows = [{"line": v.line, "question": v.question, "citation": v.citation, "document_id": v.document_id, "verdict": v.verdict,
                 "detail": v.detail} for v in bad]  # fmt: skip
        _write(
            json.dumps(
                {"citations": len(verified), "counts": counts, "not_ok": rows}, ensure_ascii=False, indent=2
            )
        )
    else:
        for v in bad:
            _write(f"line {v.line}, citation {v.citation}, {v.document_id}: {v.verdict} ({v.detail})")
        _write(f"{len(verified)} citations: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return 1 if bad else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except BrokenPipeError:
        # Whoever read the output is gone; what is still buffered must not complain when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (WenjuError, ValueError, OSError) as error:
        _complain(error)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        return 130
    return code


def _complain(error: Exception) -> None:
    sys.stderr.write(f"error: {' '.join(str(error).split())}\n")


if __name__ == "__main__":
    sys.exit(main())
