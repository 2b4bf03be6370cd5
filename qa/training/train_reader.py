"""From files of labelled questions to a reader's folder: encode, train, export, score."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from index.training.run_log import RunLog
from qa.reader import BUNDLED_PATH, load_reader
from qa.reader_config import ReaderConfig
from qa.reader_encoding import PairEncoder, load_tokenizer
from qa.training.checkpoints import latest_checkpoint
from qa.training.data import BatchStream, TrainingSet
from qa.training.errors import TrainingError
from qa.training.export import export_reader, load_encoder
from qa.training.labelled import LabelledFile
from qa.training.model import ModelShape, TokenNet
from qa.training.overlap import find_overlap
from qa.training.score import QuestionScore, mean_scores, reading_questions, score_reader
from qa.training.settings import TrainingSettings
from qa.training.train import train
from qa.training.weights import load_weights
from qa.training.worker_batches import worker_batches

__all__ = ["TrainingFiles", "checked_sample", "refuse_overlap", "train_reader"]

_SAMPLE = 64  # rounding changes a span in thirty: of few questions it changes a tenth now and then
_SCORED_ON_THE_WAY = 300  # questions of each evaluation file at a checkpoint


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """Labelled files: to train on, to score on, and to keep out of training (evaluation files are kept out too)."""

    data: tuple[Path, ...]
    evaluation: tuple[Path, ...] = ()
    held_out: tuple[Path, ...] = ()


def refuse_overlap(files: TrainingFiles, log: RunLog) -> None:
    """Fail where the training data hold a held-out question or passage, saying how many."""
    kept_out = list(dict.fromkeys((*files.held_out, *files.evaluation)))
    if not kept_out:
        return
    overlap = find_overlap(files.data, kept_out, watch=log.watch)
    if overlap:
        shown = "; ".join(f"“{text[:40]}”" for text in overlap.examples)
        raise TrainingError(
            f"the training data hold {overlap.questions} held-out questions and {overlap.passages} held-out passages: {shown}"
        )


def train_reader(
    files: TrainingFiles,
    out: Path,
    settings: TrainingSettings,
    *,
    init: Path | None = None,
    base: Path = BUNDLED_PATH,
    shape: ModelShape | None = None,
    batch_tokens: int = 7168,
    resume: bool = False,
    device: str = "cpu",
    compiled: bool = False,
    workers: int = 0,
    average_with: Path | None = None,
) -> dict[str, QuestionScore]:
    """Train a reader into ``out``, which ``--reader`` takes; returns the scores by evaluation file.

    Parameters
    ----------
    init
        Reader whose weights, tokenizer and configuration are trained on from, or a pretrained folder (``pretrain-reader``).
    base
        Where ``init`` is None: reader whose tokenizer and configuration are used, with new weights.
    shape
        Sizes of new weights; its vocabulary is set by ``base``.
    batch_tokens
        Padded tokens of a batch.
    device
        ``cpu`` or ``cuda``; ``compiled`` as in ``train``.
    workers
        Processes that make the batches, ``worker_batches``.
    average_with
        Reader of the same size: what is exported and scored is the mean of its weights and the trained ones. A short run on new kinds
        of questions then keeps what the old weights could (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).

    Raises
    ------
    TrainingError
        A file will not do, held-out text is in the training data, or ``out`` holds another run.
    """
    if not resume and latest_checkpoint(out):
        raise TrainingError(f"{out} holds a run already: --resume goes on with it, or name another folder")
    if batch_tokens < 1:
        raise ValueError(f"--batch-tokens must be at least 1, got {batch_tokens}")
    for done in (0.0, 1.0):
        settings.mixture(len(files.data), done)  # refused now, not after the data are encoded
    log = RunLog(out / "log.jsonl")
    base = init or base
    refuse_overlap(files, log)
    encoder, config = load_encoder(base), ReaderConfig.load(base)
    scored = {path.name: reading_questions(LabelledFile(path)) for path in files.evaluation}
    sets = _training_sets(files.data, encoder, config, log)
    sample = checked_sample(files.data[0], len(sets[0]))
    torch.manual_seed(settings.seed)
    net = load_weights(base, dropout=settings.dropout) if init else _new_net(base, shape, settings.dropout)
    other = _alike(average_with, net) if average_with else None
    streams = [
        BatchStream(
            one,
            encoder,
            max_tokens=config.max_tokens,
            batch_tokens=batch_tokens,
            seed=(settings.seed, number),
        )
        for number, one in enumerate(sets)
    ]

    def measure(
        average: TokenNet, step: int, limit: int | None = _SCORED_ON_THE_WAY
    ) -> dict[str, QuestionScore]:
        exported = export_reader(_mean(average, other) if other else average, base, out, sample)
        reader = load_reader(str(out))
        scores = {name: mean_scores(score_reader(reader, rows[:limit])) for name, rows in scored.items()}
        shown = {name: asdict(score) for name, score in scores.items()}
        log.write("export", step=step, **asdict(exported), scores=shown, questions_limit=limit)
        return scores

    with worker_batches(streams, workers):
        average = train(
            net.to(device),
            streams,
            settings,
            log=log,
            checkpoints=out,
            resume=resume,
            data_key=_data_key(sets, batch_tokens),
            compiled=compiled,
            on_checkpoint=measure,
        )
    return measure(average, -1, None)


def _training_sets(
    paths: Sequence[Path], encoder: PairEncoder, config: ReaderConfig, log: RunLog
) -> list[TrainingSet]:
    sets = []
    for path in paths:
        file = LabelledFile(path)
        passages = log.watch(file, f"encode {path.name}")
        data = TrainingSet.build(
            path.name,
            passages,
            encoder,
            max_question_tokens=config.max_question_tokens,
            max_above_tokens=config.max_above_tokens,
        )
        unanswerable = int((data.targets[:, 1] < 0).sum())
        if not len(data):
            raise TrainingError(f"{path} holds no question to train on")
        log.write(
            "data",
            file=path.name,
            questions=len(data),
            unanswerable=unanswerable,
            not_in_passage=file.skipped,
        )
        sets.append(data)
    return sets


def checked_sample(path: Path, questions: int) -> list[tuple[str, str]]:
    """Questions and passages from the whole of a file of so many questions, evenly, for the check of the exported weights."""
    places = {number * questions // _SAMPLE for number in range(_SAMPLE)}
    asked = enumerate(LabelledFile(path).questions())
    return [(question.text, passage.text) for place, (passage, question) in asked if place in places]


def _new_net(base: Path, shape: ModelShape | None, dropout: float) -> TokenNet:
    vocabulary = load_tokenizer(base / "tokenizer.json").get_vocab_size()
    return TokenNet(replace(shape or ModelShape(vocabulary), vocabulary=vocabulary), dropout=dropout)


def _alike(folder: Path, net: TokenNet) -> TokenNet:
    other = load_weights(folder)
    if other.shape != net.shape:
        raise TrainingError(f"--average-with {folder}: its weights are of another size")
    return other


def _mean(net: TokenNet, other: TokenNet) -> TokenNet:
    mean: TokenNet = copy.deepcopy(net).cpu()
    theirs = other.state_dict()
    mean.load_state_dict({name: (value + theirs[name]) / 2 for name, value in mean.state_dict().items()})
    return mean


def _data_key(sets: Sequence[TrainingSet], batch_tokens: int) -> str:
    """Hash of everything the batches are made from."""
    digest = hashlib.sha256(str(batch_tokens).encode())
    for one in sets:
        for array in (
            one.targets,
            *(a for table in (one.contexts, one.above, one.questions) for a in (table.ids, table.cuts)),
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
