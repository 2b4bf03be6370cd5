"""The command lines ``pretrain-reader``, ``train-reader`` and ``tune-reader``, and those of ``data_commands`` and ``score_commands``.

What they run is imported only when they run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from qa.training.data_commands import add_data_commands
from qa.training.score_commands import add_score_command

__all__ = ["add_commands"]

_DEFAULT_MINUTES = 60.0
_SIZES = {"layers": 12, "width": 384, "heads": 4, "head_width": 64, "feed": 1024, "embedding": 128}


def add_commands(subparsers: Any) -> None:
    """Add the training commands to the parser of ``python -m qa``."""
    train = subparsers.add_parser("train-reader", help="train a reader on labelled questions")
    train.add_argument(
        "data", type=Path, nargs="+", metavar="DATA", help=".jsonl of labelled passages, or SQuAD .json"
    )
    _shared(train, rate=1.2e-3, minutes=None)
    train.add_argument(
        "--init", type=Path, metavar="FOLDER", help="reader to train on from (default: new weights)"
    )
    train.add_argument(
        "--average-with", type=Path, metavar="FOLDER",
        help="reader whose weights the trained ones are averaged with, half and half, where they are exported",
    )  # fmt: skip
    train.add_argument("--steps", type=int, metavar="N", help="stop after so many steps")
    train.add_argument("--eval", type=Path, nargs="+", default=[], metavar="FILE", help="score on these")
    train.add_argument(
        "--held-out", type=Path, nargs="+", default=[], metavar="FILE",
        help="refuse to start where the data hold a question or passage of these",
    )  # fmt: skip
    train.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in --out")
    train.add_argument("--weights", metavar="W,W", default="", help="how often each DATA file is drawn")
    train.add_argument(
        "--dropout", type=float, default=0.05, metavar="P", help="of embeddings and blocks (0.05)"
    )
    train.add_argument("--token-dropout", type=float, default=0.0, metavar="P", help="of whole tokens (0)")
    train.add_argument("--late-weights", metavar="W,W", default="", help="the same after 30 %% of the run")
    train.add_argument("--batch-tokens", type=int, default=7168, metavar="N")
    train.add_argument(
        "--compile", action="store_true", help="compile the network first: faster steps; needs a C++ compiler"
    )
    train.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes that make batches; for a GPU (0)"
    )
    _sizes(train)
    train.set_defaults(run=_train)
    first = subparsers.add_parser("pretrain-reader", help="weights for a reader, from running text")
    first.add_argument(
        "texts", type=Path, nargs="+", metavar="TEXT",
        help="text, a document a paragraph, or .bin of token ids (uint16)",
    )  # fmt: skip
    _shared(first, rate=2e-3, minutes=None)
    first.add_argument(
        "--init", type=Path, metavar="FOLDER", help="reader whose weights to go on from (default: new ones)"
    )
    first.add_argument("--steps", type=int, metavar="N", help="stop after so many steps")
    first.add_argument("--batch", type=int, default=192, metavar="N", help="windows of a step (192)")
    first.add_argument("--length", type=int, default=384, metavar="N", help="tokens of a window (384)")
    first.add_argument("--compile", action="store_true", help="compile the step first; for a GPU")
    first.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in --out")
    _sizes(first)
    first.set_defaults(run=_pretrain)
    tune = subparsers.add_parser("tune-reader", help="adapt a reader to your own gold questions")
    tune.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl")
    tune.add_argument("--index", type=Path, required=True, metavar="DIR", dest="index_dir")
    _shared(tune, rate=1e-4, minutes=5.0)
    tune.add_argument(
        "--init", type=Path, metavar="FOLDER", help="reader to adapt (default: the bundled one)"
    )
    tune.set_defaults(run=_tune)
    add_data_commands(subparsers)
    add_score_command(subparsers)


def _sizes(parser: argparse.ArgumentParser) -> None:
    for name, default in _SIZES.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, metavar="N", help=f"size of new weights ({default})"
        )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="what to train on (cpu)")


def _shared(parser: argparse.ArgumentParser, *, rate: float, minutes: float | None) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the new reader")
    parser.add_argument("--minutes", type=float, default=minutes, metavar="M", help="stop after so many")
    parser.add_argument(
        "--rate", type=float, default=rate, metavar="R", help=f"highest learning rate ({rate})"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads (default: all)")


def _prepare(arguments: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is trained."""
    import torch

    from qa.training.errors import TrainingError
    from qa.training.export import require_onnx

    require_onnx()
    if arguments.seed < 0:
        raise TrainingError(f"--seed must be 0 or more, got {arguments.seed}")
    if arguments.threads is not None:
        if arguments.threads < 1:
            raise TrainingError(f"--threads must be at least 1, got {arguments.threads}")
        torch.set_num_threads(arguments.threads)
    if getattr(arguments, "device", "cpu") == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: no GPU that PyTorch can use is here")
    if arguments.out.exists() and not arguments.out.is_dir():
        raise TrainingError(f"--out {arguments.out} is a file; a folder is needed")


def _weights(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise ValueError(f"{option} needs numbers with commas between them, got {text!r}") from None


def _shape(arguments: argparse.Namespace) -> Any:
    from qa.training.errors import TrainingError
    from qa.training.model import ModelShape

    given = {name: getattr(arguments, name) for name in _SIZES if getattr(arguments, name) is not None}
    init = getattr(arguments, "init", None)
    if given and init:
        option = next(iter(given)).replace("_", "-")
        raise TrainingError(f"--{option} is for new weights; --init already has its sizes")
    return None if init else ModelShape(vocabulary=1, **given)


def _pretrain(arguments: argparse.Namespace) -> int:
    from qa.training.pretrain_reader import pretrain_reader
    from qa.training.settings import PretrainingSettings

    minutes = arguments.minutes
    if minutes is None and arguments.steps is None:
        minutes = _DEFAULT_MINUTES
    settings = PretrainingSettings(
        steps=arguments.steps,
        seconds=None if minutes is None else 60 * minutes,
        rate=arguments.rate,
        batch=arguments.batch,
        length=arguments.length,
        seed=arguments.seed,
    )
    _prepare(arguments)
    pretrain_reader(
        arguments.texts,
        arguments.out,
        settings,
        init=arguments.init,
        shape=_shape(arguments),
        device=arguments.device,
        compiled=arguments.compile,
        resume=arguments.resume,
    )
    sys.stdout.write(f"written to {arguments.out}; go on with train-reader --init {arguments.out}\n")
    return 0


def _train(arguments: argparse.Namespace) -> int:
    from qa.training.settings import TrainingSettings
    from qa.training.train_reader import TrainingFiles, train_reader

    minutes = arguments.minutes
    if minutes is None and arguments.steps is None:
        minutes = _DEFAULT_MINUTES
    settings = TrainingSettings(
        steps=arguments.steps,
        minutes=minutes,
        rate=arguments.rate,
        seed=arguments.seed,
        weights=_weights(arguments.weights, "--weights"),
        late_weights=_weights(arguments.late_weights, "--late-weights"),
        dropout=arguments.dropout,
        token_dropout=arguments.token_dropout,
    )
    _prepare(arguments)
    scores = train_reader(
        TrainingFiles(tuple(arguments.data), tuple(arguments.eval), tuple(arguments.held_out)),
        arguments.out,
        settings,
        init=arguments.init,
        shape=_shape(arguments),
        batch_tokens=arguments.batch_tokens,
        resume=arguments.resume,
        device=arguments.device,
        compiled=arguments.compile,
        workers=arguments.workers,
        average_with=arguments.average_with,
    )
    for name, score in scores.items():
        sys.stdout.write(f"{name}: EM {100 * score.exact:.1f}, F1 {100 * score.f1:.1f}\n")
    sys.stdout.write(f"written to {arguments.out}; use it with --reader {arguments.out}\n")
    return 0


def _tune(arguments: argparse.Namespace) -> int:
    from qa.reader import BUNDLED_PATH
    from qa.training.tune import tune_reader

    _prepare(arguments)
    comparison = tune_reader(
        arguments.gold,
        arguments.index_dir,
        arguments.out,
        base=arguments.init or BUNDLED_PATH,
        minutes=arguments.minutes,
        rate=arguments.rate,
        seed=arguments.seed,
    )
    sys.stdout.write(f"{comparison}\n")
    sys.stdout.write(
        f"written to {arguments.out}; use it with --reader {arguments.out}, after python -m eval calibrate\n"
    )
    return 0
