"""Adapt a static embedder to the documents of an index, without labels; nothing is saved that a held-out part calls worse."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.corpus_index import CorpusIndex
from index.embedder import BUNDLED, BUNDLED_PATH, StaticEmbedder
from index.training.batches import BatchMaker
from index.training.corpus_texts import CorpusTexts, corpus_texts
from index.training.errors import TrainingError
from index.training.measure import passage_ranks, recall
from index.training.run_log import RunLog
from index.training.settings import TrainingSettings
from index.training.table import load_static, new_model, save_static
from index.training.trainer import fit, require_trainer

__all__ = ["Comparison", "adapt_embedder"]

_BATCH = 512
_RATE = 0.02
"""Low: what the table knows of other texts is to stay."""
_STRENGTH = 0.4
"""Only the pieces of the corpus move, and those of other languages stay behind: the whole way costs questions in these."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Of the held-out questions: share found first, share among the first five, mean of 1 / rank."""

    first: float
    five: float
    reciprocal: float

    def __str__(self) -> str:
        return f"R@1 {self.first:.3f}, R@5 {self.five:.3f}, MRR {self.reciprocal:.3f}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The embedder before and after, on held-out questions."""

    before: Scores
    after: Scores
    questions: int
    passages: int
    out: Path

    def __str__(self) -> str:
        return (
            f"held-out part: {self.questions} made questions, {self.passages} passages\n"
            f"before: {self.before}\nafter:  {self.after}\n"
            f"written to {self.out}; use it with: python -m index sync CORPUS_DIR --index DIR --embedder {self.out}"
        )


def adapt_embedder(
    index_dir: Path,
    out: Path | None = None,
    *,
    steps: int = 200,
    minutes: float | None = None,
    seed: int = 1,
    rate: float = _RATE,
    strength: float = _STRENGTH,
) -> Comparison:
    """Adapt the embedder of an index to its documents and write it to ``out`` (``INDEX_DIR/embedder`` where None).

    Parameters
    ----------
    strength
        How much of the way that training took is kept, from 0 to 1. More finds the corpus' own language better, and questions in
        other languages worse.

    Raises
    ------
    TrainingError
        The embedder is not a static one, the corpus is too small, or the held-out part is found less well than before.
    """
    if not 0 < strength <= 1:
        raise ValueError(f"the strength must be above 0 and at most 1, got {strength}")
    require_trainer()
    target = out or index_dir / "embedder"
    corpus_index = CorpusIndex.open(index_dir)
    try:
        name = corpus_index.embedder.name
        folder = BUNDLED_PATH if name == BUNDLED else Path(name)
        texts = corpus_texts(corpus_index, seed=seed)
    finally:
        corpus_index.close()
    table, tokenizer = load_static(folder)
    settings = TrainingSettings(
        steps=steps,
        minutes=minutes,
        batch_size=_BATCH,
        rate=rate,
        warm_up_steps=max(1, steps // 10),
        dimensions=(table.shape[1],),
        seed=seed,
        checkpoint_steps=steps,
    )
    log = RunLog(target.with_name(target.name + ".log.jsonl"))
    maker = BatchMaker(texts.training, tokenizer, settings)
    with tempfile.TemporaryDirectory(prefix="wenju-adapt-") as scratch:
        place = Path(scratch)
        save_static(table, tokenizer, place / "before")
        model = new_model(table.copy(), tokenizer)
        done = fit(
            model,
            maker,
            settings,
            place / "run",
            on_log=lambda step, values: log.show(
                step / steps, f"step {step}, loss {values.get('loss', np.nan):.3f}"
            ),
        )
        log.close()
        trained = model[0].embedding.weight.detach().float().numpy()
        save_static(table + strength * (trained - table), tokenizer, place / "after")
        before, after = (_scores(place / name, texts) for name in ("before", "after"))
        log.write("adapted", steps=done, before=str(before), after=str(after), groups=maker.groups)
        if (after.reciprocal, after.first) < (before.reciprocal, before.first):
            raise TrainingError(
                f"nothing was saved: the held-out part is found less well after ({after}) than before ({before})"
            )
        _replace(place / "after", target)
    return Comparison(before, after, len(texts.questions), len(texts.passages), target)


def _scores(folder: Path, texts: CorpusTexts) -> Scores:
    ranks = passage_ranks(
        StaticEmbedder(folder), texts.questions, texts.right, texts.passages, instead=texts.rests
    )
    return Scores(recall(ranks, 1), recall(ranks, 5), float((1 / ranks).mean()))


def _replace(made: Path, target: Path) -> None:
    """Put a finished folder in its place; what was there is gone only when the new one is whole."""
    unfinished = target.with_name(f"unfinished-{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(made, unfinished)
    if target.exists():
        if not (target / "modules.json").is_file() and any(target.iterdir()):
            shutil.rmtree(unfinished)
            raise TrainingError(f"{target} holds something other than an embedder; name another --out")
        shutil.rmtree(target)
    unfinished.rename(target)
