"""The command line of the index: ``python -m index sync | check | stats``, and the training of embedders.

Exit codes: 0 done, 1 the work failed (in part too), 2 wrong usage. Errors are one line on stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import WenjuError
from index.training.commands import add_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.plan import SyncReport

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m index", description="Build and look after the index of a folder of documents."
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="sync|check|stats|train-embedder|adapt-embedder"
    )
    sync = commands.add_parser(
        "sync", help="make the index match a folder: new, changed and deleted documents"
    )
    sync.add_argument("corpus_dir", type=Path, metavar="CORPUS_DIR")
    sync.add_argument(
        "--embedder",
        metavar="NAME_OR_PATH",
        help="a sentence-transformers folder or hub name (default: the bundled model)",
    )
    sync.add_argument(
        "--workers",
        type=_positive,
        metavar="N",
        help="processes that read and segment (default: by the amount of work)",
    )
    sync.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    sync.add_argument(
        "--rebuild",
        action="store_true",
        help="read every file again; a damaged database is kept under another name",
    )
    sync.add_argument(
        "--ocr",
        action=argparse.BooleanOptionalAction,
        help="read scanned pages too, also those of files seen before (needs the extra [ocr]; default: as the index has it)",
    )
    sync.add_argument(
        "--max-chars",
        type=_passage_size,
        metavar="N",
        help="size of a passage in characters (default: that of the index, 300 for a new one)",
    )
    sync.add_argument(
        "--sentences",
        action=argparse.BooleanOptionalAction,
        help="vectors for every sentence of a passage too (default: as the index has it while the kind of embedder stays; a new one has them with a static embedder)",
    )
    sync.add_argument(
        "--dictionary", type=Path, metavar="FILE", help="further words for the lexical index, in jieba's form"
    )
    sync.set_defaults(run=_sync)
    check = commands.add_parser("check", help="compare every file and row of the index with its record")
    check.add_argument(
        "--repair", action="store_true", help="make damaged derived files again from the database"
    )
    check.set_defaults(run=_check)
    stats = commands.add_parser("stats", help="counts, sizes and settings")
    stats.set_defaults(run=_stats)
    for command in (sync, check, stats):
        command.add_argument(
            "--index", type=Path, required=True, metavar="DIR", dest="index_dir", help="folder of the index"
        )
        command.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_commands(commands)
    return parser


def _positive(text: str) -> int:
    return _at_least(1, text)


def _passage_size(text: str) -> int:
    from index.config import MINIMUM_CHARS

    return _at_least(MINIMUM_CHARS, text)


def _at_least(minimum: int, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a whole number is needed, got {text!r}") from None
    if value < minimum:
        raise argparse.ArgumentTypeError(f"must be at least {minimum}, got {value}")
    return value


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")


def _write_json(data: object) -> None:
    _write(json.dumps(data, ensure_ascii=False, indent=2))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = tqdm(total=total, desc=stage, unit="file", leave=False)
        bars[stage].update(done - bars[stage].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def _sync(arguments: argparse.Namespace) -> int:
    from index.sync import sync

    with _progress() as progress:
        report = sync(
            arguments.corpus_dir,
            arguments.index_dir,
            embedder=arguments.embedder,
            workers=arguments.workers,
            dry_run=arguments.dry_run,
            rebuild=arguments.rebuild,
            ocr=arguments.ocr,
            max_chars=arguments.max_chars,
            sentences=arguments.sentences,
            dictionary=arguments.dictionary,
            progress=progress,
        )
    for name, reason in (report.failed | report.skipped).items():
        sys.stderr.write(f"{reason if reason.startswith(name) else f'{name}: {reason}'}\n")
    kept = report.unchanged + len(report.changed) + (len(report.added) if arguments.rebuild else 0)
    if report.deleted and not kept:
        would = "would be" if report.dry_run else "is"
        sys.stderr.write(
            f"nothing that was indexed before {would} left: {len(report.deleted)} documents are not, or no longer readable, in {arguments.corpus_dir}\n"
        )
    if arguments.json:
        _write_json(report.to_dict())
    else:
        _write_report(report)
    return 1 if report.failed else 0


def _write_report(report: SyncReport) -> None:
    for sign, documents in (("+", report.added), ("~", report.changed), ("-", report.deleted)):
        for document_id in documents[:50]:
            _write(f"{sign} {document_id}")
        if len(documents) > 50:
            _write(f"{sign} … {len(documents) - 50} more")
    for document_id, notes in report.notes.items():
        for note in notes:
            _write(f"  {document_id}: {note}")
    for line in report.repaired:
        _write(f"repaired: {line}")
    would = "would be " if report.dry_run else ""
    _write(
        f"{len(report.added)} {would}added, {len(report.changed)} {would}changed, {len(report.deleted)} {would}deleted, "
        f"{report.unchanged} unchanged, {len(report.failed)} failed, {len(report.skipped)} skipped"
    )
    if not report.dry_run:
        _write(
            f"{report.documents} documents, {report.passages} passages, {report.seconds:.1f} s, index {report.fingerprint}"
        )


def _check(arguments: argparse.Namespace) -> int:
    from index.corpus_index import check_index

    with _progress() as progress:
        report = check_index(arguments.index_dir, repair=arguments.repair, progress=progress)
    if arguments.json:
        _write_json(
            {"healthy": report.healthy, "repaired": report.repaired, "problems": list(report.problems)}
        )
    elif not report.problems:
        _write("the index is healthy")
    elif report.repaired:
        _write("\n".join((*report.problems, "repaired from the database")))
    else:
        advice = (
            f"the database cannot be mended; read the corpus again: python -m index sync CORPUS_DIR --index {arguments.index_dir} --rebuild"
            if arguments.repair
            else f"to mend it: python -m index check --index {arguments.index_dir} --repair"
        )
        sys.stderr.write("\n".join((*report.problems, advice)) + "\n")
    return 0 if report.healthy else 1


def _stats(arguments: argparse.Namespace) -> int:
    from index.corpus_index import CorpusIndex

    corpus_index = CorpusIndex.open(arguments.index_dir)
    stats = corpus_index.stats()
    documents = [
        {"id": d.id, "title": d.metadata.title, "number": d.metadata.number, "issuer": d.metadata.issuer, "date": d.metadata.date,
         "characters": d.characters, "passages": d.passages, "format": d.format, "encoding": d.encoding, "pages": d.page_count,
         "notes": list(d.notes)}
        for d in corpus_index.documents()
    ]  # fmt: skip
    corpus_index.close()
    if arguments.json:
        _write_json({**stats, "documents_list": documents})
        return 0
    for key, value in stats.items():
        _write(f"{key:15} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}")
    for document in documents:
        _write(f"  {document['id']}  {document['passages']} passages  {document['title']}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # nobody reads on; say nothing at exit either
        return 1
    except (WenjuError, ValueError, OSError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the index is as it was before\n")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
