"""The command lines ``train-embedder`` and ``adapt-embedder``. What they run is imported only when they run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_commands"]


def add_commands(subparsers: Any) -> None:
    """Add both commands to the parser of ``python -m index``."""
    train = subparsers.add_parser("train-embedder", help="train a static embedder on text pairs")
    train.add_argument(
        "pairs", type=Path, nargs="+", metavar="PAIRS",
        help='rows of ["group", "anchor", "passage"] or ["group", ["sentence", …]], .jsonl or .jsonl.xz',
    )  # fmt: skip
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the new embedder")
    train.add_argument("--init", type=Path, metavar="FOLDER", help="static embedder to train on from")
    train.add_argument(
        "--tokenizer", type=Path, metavar="FILE", help="a tokenizer.json (default: --init's, or a new one)"
    )
    train.add_argument("--dimension", type=int, default=256, metavar="N", help="of a new table (256)")
    train.add_argument("--steps", type=int, default=2000, metavar="N", help="length of the run (2000)")
    train.add_argument("--batch-size", type=int, default=2048, metavar="N", help="pairs of a batch (2048)")
    train.add_argument(
        "--rate", type=float, default=0.07, metavar="R",
        help="highest learning rate, in spreads of the starting vectors (0.07)",
    )  # fmt: skip
    train.add_argument("--weights", default="", metavar="GROUP=W,…", help="draw groups more or less often")
    train.add_argument(
        "--held-out", type=Path, nargs="+", default=[], metavar="FILE",
        help="refuse to start where the pairs hold a question or passage of these",
    )  # fmt: skip
    train.add_argument(
        "--keep", type=Path, nargs="+", default=[], metavar="PAIRS",
        help="pieces that are found three times in these keep their vectors: another language is learnt and theirs not forgotten",
    )  # fmt: skip
    train.add_argument(
        "--new-pieces", type=_sizes, default={}, metavar="SCRIPT=N,…",
        help="with --keep: the pieces of a script (cyrillic, latin, kana, hangul, …) are learnt anew from PAIRS and KEEP, so many beside the letters it has; what KEEP needs three times stays, even beyond N; han=N: so many Han words with known parts stay, with their vectors, and of the others those of KEEP",
    )  # fmt: skip
    train.add_argument(
        "--strength", type=_strengths, default={}, metavar="S[,SCRIPT=S…]",
        help="how much of the way from the starting vectors is kept at the end, 0 to 1, for all pieces or those of a script (1)",
    )  # fmt: skip
    _made_groups(train)
    train.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="where to train (cpu)")
    train.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in --out")
    _shared(train)
    train.set_defaults(run=_train)
    adapt = subparsers.add_parser("adapt-embedder", help="adapt the embedder to the documents of an index")
    adapt.add_argument("--index", type=Path, required=True, metavar="DIR", dest="index_dir")
    adapt.add_argument("--out", type=Path, metavar="DIR", help="folder for the new embedder (DIR/embedder)")
    adapt.add_argument("--steps", type=int, default=200, metavar="N", help="length of the run (200)")
    adapt.add_argument(
        "--strength", type=float, default=0.4, metavar="S",
        help="how much of what was learnt is kept, to 1: more costs questions in other languages (0.4)",
    )  # fmt: skip
    _shared(adapt)
    adapt.set_defaults(run=_adapt)


def _made_groups(parser: argparse.ArgumentParser) -> None:
    """Add what makes further pairs, and harder ones, of the groups that are there."""
    for option, text in (
        ("--gloss", "ask these groups' Chinese anchors word by word too, another way each time"),
        (
            "--gloss-from",
            "groups that are the dictionary for it: translations with ; between, a Chinese word",
        ),
        ("--among", "find these groups' passages among others in one text too"),
        ("--hard-negatives", "give these groups' anchors passages that share their words"),
    ):
        parser.add_argument(option, type=_names, default=(), metavar="GROUP,…", help=text)
    parser.add_argument(
        "--dimensions", type=_numbers, default=(256, 128), metavar="N,…",
        help="prefixes of a vector that are to stand alone (256,128)",
    )  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _sizes(text: str) -> dict[str, int]:
    from index.training.tokenizer import SCRIPTS

    sizes = {}
    for part in text.split(","):
        script, _, number = part.partition("=")
        if script not in SCRIPTS or not number.isdigit():
            raise argparse.ArgumentTypeError(
                f"{part!r} is not SCRIPT=N with one of the scripts {', '.join(SCRIPTS)}"
            )
        sizes[script] = int(number)
    return sizes


def _strengths(text: str) -> dict[str, float]:
    from index.training.tokenizer import SCRIPTS

    strengths = {}
    for part in text.split(","):
        script, _, number = part.rpartition("=")
        try:
            share = float(number)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1 or script in strengths or script not in ("", *SCRIPTS):
            raise argparse.ArgumentTypeError(
                f"{part!r} is neither a number from 0 to 1 nor SCRIPT=S with one of the scripts {', '.join(SCRIPTS)}, each once"
            )
        strengths[script] = share
    return strengths


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after so many")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads (default: all)")


def _prepare(arguments: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is read."""
    from index.training.errors import TrainingError
    from index.training.trainer import require_trainer

    require_trainer()
    if arguments.out is not None and arguments.out.exists() and not arguments.out.is_dir():
        raise TrainingError(f"--out {arguments.out} is a file; a folder is needed")
    if arguments.threads is not None:
        import torch

        if arguments.threads < 1:
            raise TrainingError(f"--threads must be at least 1, got {arguments.threads}")
        torch.set_num_threads(arguments.threads)


def _weights(text: str) -> dict[str, float]:
    try:
        pairs = (part.rsplit("=", 1) for part in text.split(",") if part)
        return {group: float(weight) for group, weight in pairs}
    except ValueError:
        raise ValueError(f"--weights needs GROUP=NUMBER with commas between them, got {text!r}") from None


def _train(arguments: argparse.Namespace) -> int:
    weights = _weights(arguments.weights)
    _prepare(arguments)
    from index.training.settings import TrainingSettings
    from index.training.train_embedder import TrainingFiles, train_embedder

    settings = TrainingSettings(
        steps=arguments.steps,
        minutes=arguments.minutes,
        batch_size=arguments.batch_size,
        rate=arguments.rate,
        dimensions=arguments.dimensions,
        glossed=arguments.gloss,
        gloss_from=arguments.gloss_from,
        among=arguments.among,
        hard_negatives=arguments.hard_negatives,
        seed=arguments.seed,
    )
    out = train_embedder(
        TrainingFiles(
            tuple(arguments.pairs), tuple(arguments.held_out), tuple(arguments.keep), arguments.new_pieces
        ),
        arguments.out,
        settings,
        init=arguments.init,
        tokenizer_file=arguments.tokenizer,
        dimension=arguments.dimension,
        weights=weights,
        strength=arguments.strength,
        resume=arguments.resume,
        device=arguments.device,
    )
    sys.stdout.write(f"written to {out}; use it with --embedder {out}\n")
    return 0


def _adapt(arguments: argparse.Namespace) -> int:
    _prepare(arguments)
    from index.training.adapt import adapt_embedder

    comparison = adapt_embedder(
        arguments.index_dir,
        arguments.out,
        steps=arguments.steps,
        minutes=arguments.minutes,
        seed=arguments.seed,
        strength=arguments.strength,
    )
    sys.stdout.write(f"{comparison}\n")
    return 0
