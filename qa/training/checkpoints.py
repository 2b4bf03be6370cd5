"""Checkpoints of a training run: safetensors and JSON in a folder of their own, complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from qa.training.errors import TrainingError

__all__ = ["latest_checkpoint", "load_checkpoint", "save_checkpoint"]

_PREFIX = "checkpoint-"
_STATE, _TENSORS = "state.json", "tensors.safetensors"


def latest_checkpoint(run_folder: Path) -> Path | None:
    """Folder of the newest complete checkpoint, or None."""
    found = [
        folder for folder in run_folder.glob(f"{_PREFIX}*") if folder.name.removeprefix(_PREFIX).isdigit()
    ]
    return max(found, key=lambda folder: int(folder.name.removeprefix(_PREFIX)), default=None)


def save_checkpoint(run_folder: Path, step: int, tensors: dict[str, Any], state: dict[str, Any]) -> Path:
    """Write tensors by name and a JSON state, then remove the checkpoints before it."""
    from safetensors.torch import save_file

    target = run_folder / f"{_PREFIX}{step:08d}"
    unfinished = run_folder / f"unfinished-{_PREFIX}{step:08d}"
    for folder in (target, *run_folder.glob(f"unfinished-{_PREFIX}*")):
        shutil.rmtree(folder, ignore_errors=True)
    unfinished.mkdir(parents=True)
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, unfinished / _TENSORS)
    (unfinished / _STATE).write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    for path in (unfinished / _TENSORS, unfinished / _STATE):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    unfinished.rename(target)
    for folder in run_folder.glob(f"{_PREFIX}*"):
        if folder != target:
            shutil.rmtree(folder, ignore_errors=True)
    return target


def load_checkpoint(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors by name, and the state.

    Raises
    ------
    TrainingError
        A file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        tensors: dict[str, Any] = load_file(folder / _TENSORS)
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(f"the checkpoint {folder} is damaged: {error}") from error
    return tensors, state
