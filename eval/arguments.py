"""The arguments of every command of ``python -m eval``: names, defaults, help. Does no work."""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.data_arguments import Command, add_data_commands, positive

__all__ = ["parser"]


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def _sizes(text: str) -> list[int]:
    return [positive(part.strip()) for part in text.split(",")]


def parser() -> argparse.ArgumentParser:
    """Return the parser; the chosen command's ``work`` is ``module:function``."""
    made = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure answers, retrieval, refusal and speed. No LLM, no network.",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, work: str, summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(work=work)
        return added

    run = command(
        "run",
        "commands:run",
        "ask every gold question, keep answers and judged rows; goes on where it was cut short",
    )
    _asks(run)
    run.add_argument("--out", type=Path, required=True, metavar="RUN_DIR", help="folder of the run")
    run.add_argument("--fresh", action="store_true", help="replace another run that RUN_DIR holds")
    report = command(
        "report", "commands:report", "write metrics.json, report.md and report.html of a finished run"
    )
    report.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    report.add_argument(
        "--language", choices=["en", "zh"], default="en", help="of report.md and report.html (default: en)"
    )
    compare = command(
        "compare", "commands:compare", "what changed from run A to run B, and whether it can be chance"
    )
    compare.add_argument("first", type=Path, metavar="RUN_A")
    compare.add_argument("second", type=Path, metavar="RUN_B")
    compare.add_argument("--out", type=Path, metavar="FILE", help=".md or .html instead of stdout")
    gate = command("gate", "commands:gate", "fail (exit 1) where a figure fell by more than its interval")
    gate.add_argument("metrics", type=Path, metavar="METRICS", help="metrics.json or its run folder")
    gate.add_argument("baseline", type=Path, metavar="BASELINE", help="the committed baseline")
    gate.add_argument("--renew", action="store_true", help="write the baseline from these metrics")
    _fitting_commands(command)
    add_data_commands(command)
    _bench_command(command)
    return made


def _asks(parser: argparse.ArgumentParser, *, split: str = "all") -> None:
    """Add the options of the commands that ask questions."""
    parser.add_argument(
        "--index", type=Path, required=True, metavar="DIR", dest="index_dir", help="folder of the index"
    )
    parser.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    parser.add_argument("--split", choices=["tune", "test", "all"], default=split, help=f"default: {split}")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N questions")
    parser.add_argument(
        "--reader", metavar="NAME_OR_PATH", help='"overlap", a folder or a hub name (default: bundled)'
    )
    parser.add_argument("--embedder", metavar="NAME_OR_PATH", help="must be the one the index was built with")


def _fitting_commands(command: Command) -> None:
    calibrate = command(
        "calibrate", "commands:calibrate", "fit confidence and answer threshold on a tuning set"
    )
    _asks(calibrate, split="tune")
    calibrate.add_argument(
        "--out", type=Path, metavar="FILE", help="default: calibration.json in the index folder"
    )
    calibrate.add_argument(
        "--wrong-cost",
        type=float,
        default=0.5,
        metavar="X",
        help="what a wrong answer costs in right ones (default: 0.5)",
    )
    calibrate.add_argument(
        "--accuracy",
        type=_share,
        metavar="A",
        help="lowest threshold with this share right, instead of costs",
    )
    fit = command(
        "fit",
        "commands:fit",
        "fit how candidate spans are ranked and judged, with the calibration, on a tuning set",
    )
    _asks(fit, split="tune")
    fit.add_argument(
        "--out", type=Path, metavar="DIR", help="write span_scorers.json and calibrations.json here"
    )
    fit.add_argument(
        "--also", type=Path, nargs=2, action="append", default=[], metavar=("DIR", "GOLD.jsonl"),
        help="fit on all questions of this index and gold set too (may be repeated)",
    )  # fmt: skip
    fit.add_argument(
        "--also-weight", type=_share, action="append", default=[], metavar="W",
        help="how much a question of those counts (0.33); given more than once: one for each --also, in order",
    )  # fmt: skip
    fit.add_argument("--ablation", action="store_true", help="also say what each group of features brings")
    ranking = command(
        "fit-ranking",
        "commands:fit_ranking",
        "fit the order of the passages that are found, on a tuning set and further ones",
    )
    _asks(ranking, split="tune")
    ranking.add_argument(
        "--also", type=Path, nargs=2, action="append", default=[], metavar=("DIR", "GOLD.jsonl"),
        help="fit on all questions of this index and gold set too (may be repeated)",
    )  # fmt: skip
    ranking.add_argument("--out", type=Path, metavar="FILE", help="write the weights here")


def _bench_command(command: Command) -> None:
    bench = command(
        "bench",
        "data_commands:bench",
        "cold start, latency, indexing rate, memory and size as the corpus grows",
    )
    bench.add_argument(
        "--texts",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="folders of text files, or files in SQuAD format",
    )
    bench.add_argument(
        "--sizes",
        type=_sizes,
        default=[1_000, 10_000, 100_000],
        metavar="N,N",
        help="numbers of passages (default: 1000,10000,100000)",
    )
    bench.add_argument(
        "--questions",
        type=positive,
        default=50,
        metavar="N",
        help="questions asked at each size (default: 50)",
    )
    bench.add_argument("--seed", type=int, default=1, metavar="N")
    bench.add_argument("--reader", metavar="NAME_OR_PATH")
    bench.add_argument("--embedder", metavar="NAME_OR_PATH")
    bench.add_argument(
        "--peer", choices=["haystack"], help="also measure a peer on the same corpus (needs its package)"
    )
    bench.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for bench.md, bench.html, bench.json"
    )
