"""The commands of ``python -m eval`` that bring questions in or take figures out, beside ``commands``."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from eval.commands import say
from eval.errors import EvalError

if TYPE_CHECKING:
    from eval.imports import ImportReport

__all__ = ["bench", "export", "import_csv", "import_squad", "mixed_set", "synthesize", "written_set"]


def import_squad(arguments: Namespace) -> int:
    """Import a file in SQuAD format."""
    from eval.imports import import_squad as work

    done = work(arguments.file, arguments.corpus, arguments.gold, questions_from=arguments.questions)
    for line in done.left_out:
        sys.stderr.write(line + "\n")
    return _imported(done, "paragraphs", arguments)


def _imported(done: ImportReport, what: str, arguments: Namespace) -> int:
    say(
        f"{done.documents} {what}, {done.questions} questions. Next: python -m index sync {arguments.corpus} --index DIR"
    )
    return 0


def mixed_set(arguments: Namespace) -> int:
    """Make a development set out of labelled passages."""
    from eval.mixed_set import make_mixed_set

    done = make_mixed_set(
        arguments.files,
        arguments.corpus,
        arguments.gold,
        sources=arguments.sources,
        passages=arguments.passages,
        questions=arguments.questions,
        translations=arguments.translations,
        longest_answer=arguments.longest_answer,
        near_misses=arguments.near_misses,
        seed=arguments.seed,
    )
    return _imported(done, "passages", arguments)


def written_set(arguments: Namespace) -> int:
    """Unpack the invented documents and their questions."""
    from eval.written_set import unpack_written_set

    return _imported(
        unpack_written_set(arguments.part, arguments.corpus, arguments.gold), "documents", arguments
    )


def import_csv(arguments: Namespace) -> int:
    """Import a table of questions."""
    from eval.imports import import_csv as work

    done = work(arguments.file, arguments.gold, accepted_only=arguments.accepted)
    for line in done.left_out:
        sys.stderr.write(line + "\n")
    say(f"{done.questions} questions: {arguments.gold}")
    return 0


def export(arguments: Namespace) -> int:
    """Export judged rows as a table."""
    from eval.export import export_rows

    number = export_rows(arguments.run_dir, arguments.out, everything=arguments.everything)
    say(f"{number} rows: {arguments.out}")
    return 0


def synthesize(arguments: Namespace) -> int:
    """Propose questions from a corpus."""
    from eval.synthesize import propose, write_proposals
    from index.corpus_index import CorpusIndex

    index = CorpusIndex.open(arguments.index_dir)
    proposals = propose(index, limit=arguments.limit, seed=arguments.seed)
    if not proposals:
        raise EvalError(f"no question could be made from the documents of {arguments.index_dir}")
    write_proposals(proposals, arguments.out, gold=arguments.gold)
    say(
        f"{len(proposals)} proposals: {arguments.out}. Mark the good ones in the column 'accept', then: "
        f"python -m eval import-csv {arguments.out} --accepted --gold GOLD.jsonl"
    )
    return 0


def bench(arguments: Namespace) -> int:
    """Measure speed, memory and size."""
    from eval.bench import run_bench

    for path in run_bench(
        arguments.texts,
        arguments.out,
        sizes=arguments.sizes,
        questions=arguments.questions,
        seed=arguments.seed,
        reader=arguments.reader,
        embedder=arguments.embedder,
        peer=arguments.peer,
    ):
        say(str(path))
    return 0
