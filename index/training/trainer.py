"""The training loop: ``sentence-transformers``' own trainer and losses over batches that are already pieces.

The data set of the trainer is the numbers of the batches; the collator makes them. So nothing is tokenised or copied while the
run goes on, and a run that stopped skips the numbers it has had.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import MissingDependencyError
from index.training.batches import BatchMaker
from index.training.errors import TrainingError
from index.training.settings import TrainingSettings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch
    from sentence_transformers import SentenceTransformer

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["fit", "require_device", "require_trainer"]


def require_trainer() -> None:
    """Refuse before anything is read where the trainer's packages are missing."""
    from sentence_transformers.util import is_training_available

    if not is_training_available():
        raise MissingDependencyError(
            'training an embedder needs the packages "datasets" and "accelerate"; pip install "wenju[train]"'
        )


def require_device(device: str) -> None:
    """Refuse a device that PyTorch does not find here."""
    import torch

    if device != "cpu" and not (device == "cuda" and torch.cuda.is_available()):
        raise TrainingError(f"there is no device {device!r} here for PyTorch to train on; use --device cpu")


def fit(
    model: SentenceTransformer,
    maker: BatchMaker,
    settings: TrainingSettings,
    folder: Path,
    *,
    resume: Path | None = None,
    device: str = "cpu",
    kept: BoolArray | None = None,
    on_checkpoint: Callable[[SentenceTransformer, int], None] = lambda model, step: None,
    on_log: Callable[[int, dict[str, float]], None] = lambda step, values: None,
) -> int:
    """Train the model in place; returns the number of steps done.

    Parameters
    ----------
    folder
        Where the trainer keeps its checkpoint, the newest only.
    resume
        A checkpoint to go on from.
    device
        ``cpu``, or ``cuda`` for a graphics processor, onto which the model is moved.
    kept
        (pieces,) bool: whose vectors stay as they are, to the bit.
    on_checkpoint
        Called with the model and the step at every checkpoint and at the end.
    """
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer
    from transformers import PrinterCallback

    (table,) = model.to(device).parameters()
    rate = settings.rate * float(table.detach().std())
    if kept is not None:  # AdamW without decay leaves a row alone that never had a gradient
        moving = torch.from_numpy(~kept).to(device=table.device, dtype=table.dtype)[:, None]
        table.register_hook(lambda gradient: gradient * moving)
    optimizer = torch.optim.AdamW([table], lr=rate, weight_decay=0.0, fused=True)
    started = time.monotonic()
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: settings.factor(step, time.monotonic() - started)
    )
    trainer = _without_card(SentenceTransformerTrainer)(
        model=model,
        args=_arguments(settings, folder, device),
        train_dataset=Dataset.from_dict({"batch": list(range(settings.steps))}),
        loss=_loss(model, settings),
        data_collator=_Collator(maker),
        optimizers=(optimizer, schedule),
        callbacks=[_watch(model, settings, on_checkpoint, on_log)],
    )
    trainer.remove_callback(PrinterCallback)  # the run log speaks, not the library
    trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    return int(trainer.state.global_step)


def _loss(model: SentenceTransformer, settings: TrainingSettings) -> torch.nn.Module:
    from sentence_transformers.sentence_transformer.losses import (
        MatryoshkaLoss,
        MultipleNegativesRankingLoss,
    )

    width = int(model.get_embedding_dimension() or 0)
    dimensions = sorted({min(size, width) for size in settings.dimensions} | {width}, reverse=True)
    ranking = MultipleNegativesRankingLoss(
        model,
        scale=settings.scale,
        directions=("query_to_doc", "doc_to_query"),
        partition_mode="per_direction",
    )
    loss: torch.nn.Module = MatryoshkaLoss(
        model,
        ranking,
        matryoshka_dims=dimensions,
        n_dims_per_step=min(settings.dimensions_a_step, len(dimensions)),
    )
    return loss


def _arguments(settings: TrainingSettings, folder: Path, device: str) -> Any:
    from sentence_transformers import SentenceTransformerTrainingArguments

    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=1,  # one number, which the collator makes a batch of
        max_steps=settings.steps,
        max_grad_norm=0.0,  # its norm would cost a pass over the table
        bf16=True,
        use_cpu=device == "cpu",
        seed=settings.seed,
        data_seed=settings.seed,
        logging_steps=max(1, min(50, settings.steps // 20)),
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=settings.checkpoint_steps,
        save_total_limit=1,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to="none",
    )


def _without_card(trainer: Any) -> Any:
    """The trainer without the card it would write of batch numbers."""

    class Quiet(trainer):  # type: ignore[misc]
        def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
            """No card."""

    return Quiet


class _Collator:
    """Batch number -> the tensors that the trainer hands to the loss."""

    valid_label_columns: tuple[str, ...] = ()
    include_prompt_lengths = False

    def __init__(self, maker: BatchMaker) -> None:
        self._maker = maker

    def __call__(self, rows: list[dict[str, int]]) -> dict[str, torch.Tensor]:
        import torch

        batch = self._maker.batch(rows[0]["batch"])
        made: dict[str, torch.Tensor] = {}
        columns = {"anchor": batch.anchors, "passage": batch.passages}
        if batch.negatives is not None:
            columns["negative"] = batch.negatives
        for name, (values, lengths) in columns.items():
            made[f"{name}_input_ids"] = torch.from_numpy(values).long()
            made[f"{name}_offsets"] = torch.from_numpy(lengths.cumsum() - lengths)
        return made


def _watch(
    model: SentenceTransformer,
    settings: TrainingSettings,
    on_checkpoint: Callable[[SentenceTransformer, int], None],
    on_log: Callable[[int, dict[str, float]], None],
) -> Any:
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Hands on what happens, and ends the run when its time is up."""

        def __init__(self) -> None:
            self._started = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> Any:
            minutes = (time.monotonic() - self._started) / 60
            if settings.minutes is not None and minutes >= settings.minutes:
                control.should_training_stop = True
                control.should_save = True
            return control

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            on_log(
                int(state.global_step),
                {k: float(v) for k, v in (logs or {}).items() if k in ("loss", "learning_rate")},
            )

        def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            on_checkpoint(model, int(state.global_step))

    return Watch()
