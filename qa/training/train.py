"""The training loop: seeded, resumable, with a schedule over steps or minutes and averaged weights.

Every random choice is a function of the seed and the step, so that a resumed run takes the steps the whole run would have
taken. It measures nothing and exports nothing; ``on_checkpoint`` does.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from index.training.run_log import RunLog
from qa.training.checkpoints import latest_checkpoint, load_checkpoint, save_checkpoint
from qa.training.data import Batch, BatchStream
from qa.training.errors import TrainingError
from qa.training.model import TokenNet
from qa.training.moments import load_moments, moments_of, under
from qa.training.muon import optimizers
from qa.training.settings import TrainingSettings

__all__ = ["span_loss", "train"]

_MASKED = -1e4
_LOG_STEPS = 20
_SEED_STRIDE = 1_000_003


def span_loss(logits: Any, allowed: Any, targets: Any) -> Any:
    """Mean cross-entropy of start and end: logits (b, n, 2), allowed (b, n), targets (b, 2); position 0 is no answer."""
    masked = logits.float().masked_fill(~allowed[..., None], _MASKED)
    start = functional.cross_entropy(masked[..., 0], targets[:, 0])
    end = functional.cross_entropy(masked[..., 1], targets[:, 1])
    return (start + end) / 2


class _Run:
    """What a training run carries from step to step."""

    def __init__(
        self, net: TokenNet, streams: Sequence[BatchStream], settings: TrainingSettings, *, compiled: bool
    ) -> None:
        self.net, self.streams, self.settings = net, streams, settings
        self._scores = torch.compile(net, dynamic=True) if compiled else net
        self.device = next(net.parameters()).device
        self.average = copy.deepcopy(net).eval().requires_grad_(False)
        self.optimizers = optimizers([net], rate=settings.rate, weight_decay=settings.weight_decay)
        self.step, self.seconds = 0, 0.0
        self.losses: dict[str, float] = {}
        self._unread: list[tuple[str, Any]] = []  # reading a loss waits for the processor that computes it

    def compile(self) -> None:
        """Have the step compiled now, by one that changes nothing."""
        stream = self.streams[0]
        place = stream.chunk, stream.position
        self._loss(next(stream)).backward()
        stream.chunk, stream.position = place
        self.net.zero_grad(set_to_none=True)

    def advance(self) -> None:
        """Take one step."""
        settings = self.settings
        done = settings.done(self.step, self.seconds)
        rate = settings.rate * settings.factor(self.step, self.seconds)
        mixture = settings.mixture(len(self.streams), done)
        chosen = int(np.random.default_rng((settings.seed, self.step)).choice(len(self.streams), p=mixture))
        torch.manual_seed(settings.seed * _SEED_STRIDE + self.step)  # dropout of this step
        loss = self._loss(next(self.streams[chosen]))
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        self._average()
        self._unread.append((self.streams[chosen].data.name, loss.detach()))
        self.step += 1

    def read_losses(self) -> None:
        """Bring ``losses`` up to date."""
        for name, loss in self._unread:
            value = float(loss)
            self.losses[name] = 0.98 * self.losses[name] + 0.02 * value if name in self.losses else value
        self._unread.clear()

    def _loss(self, batch: Batch) -> Any:
        inputs = {name: self._moved(array) for name, array in batch.inputs.items()}
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.settings.bfloat16):
            logits = self._scores(**inputs)
        return span_loss(logits, self._moved(batch.allowed), self._moved(batch.targets))

    def _moved(self, array: Any) -> Any:
        return torch.from_numpy(array).to(self.device, non_blocking=True)

    def _average(self) -> None:
        decay = min(self.settings.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.net.parameters()), 1 - decay)

    def save(self, folder: Path, identity: dict[str, Any]) -> None:
        """Write a checkpoint."""
        self.read_losses()
        tensors = {f"net.{k}": v for k, v in self.net.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= moments_of(self.net, self.optimizers)
        places = [[stream.chunk, stream.position] for stream in self.streams]
        state = {"step": self.step, "seconds": self.seconds, "streams": places, "losses": self.losses}
        save_checkpoint(folder, self.step, tensors, {**state, "identity": identity})

    def load(self, folder: Path, identity: dict[str, Any]) -> None:
        """Go on from a checkpoint; refused where it belongs to another run."""
        tensors, state = load_checkpoint(folder)
        try:
            other = [key for key, value in identity.items() if state["identity"].get(key) != value]
            if other:
                raise TrainingError(f"{folder} belongs to another run: its {', '.join(other)} differ")
            self.net.load_state_dict(under(tensors, "net."))
            self.average.load_state_dict(under(tensors, "average."))
            load_moments(self.net, self.optimizers, tensors)
            self.step, self.seconds = int(state["step"]), float(state["seconds"])
            self.losses = dict(state["losses"])
            for stream, (chunk, position) in zip(self.streams, state["streams"], strict=True):
                stream.chunk, stream.position = int(chunk), int(position)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"the checkpoint {folder} is damaged: {error}") from error


def train(
    net: TokenNet,
    streams: Sequence[BatchStream],
    settings: TrainingSettings,
    *,
    log: RunLog,
    checkpoints: Path | None = None,
    resume: bool = False,
    data_key: str = "",
    compiled: bool = False,
    on_checkpoint: Callable[[TokenNet, int], object] | None = None,
) -> TokenNet:
    """Train ``net`` in place and return the network of the averaged weights.

    Parameters
    ----------
    checkpoints
        Folder for checkpoints: every ``settings.checkpoint_minutes``, when interrupted, and at the end. None: none are kept.
    resume
        Go on from the newest checkpoint there; from the beginning where there is none.
    data_key
        Names the data; a checkpoint made with other data, settings or sizes is refused.
    compiled
        Compile the network first: up to two minutes, which do not count, then steps a quarter to a third shorter on a processor; needs a C++
        compiler.
    on_checkpoint
        Called with the averaged network and the step whenever a checkpoint is due, the end excepted.

    Raises
    ------
    TrainingError
        The checkpoint is damaged or belongs to another run, or the loss is no longer a number.
    """
    run = _Run(net, streams, settings, compiled=compiled)
    identity = _identity(net, settings, data_key)
    found = latest_checkpoint(checkpoints) if resume and checkpoints else None
    if found:
        run.load(found, identity)
    net.token_dropout = settings.token_dropout
    log.write("start", step=run.step, **{k: v for k, v in asdict(settings).items() if v is not None})
    net.train()
    try:
        if compiled:
            run.compile()
        began, before = time.monotonic(), run.seconds
        due = before + 60 * settings.checkpoint_minutes
        while settings.done(run.step, run.seconds) < 1:
            run.advance()
            run.seconds = before + time.monotonic() - began
            _report(run, log)
            if run.seconds >= due:
                if checkpoints:
                    run.save(checkpoints, identity)
                if on_checkpoint:
                    on_checkpoint(run.average, run.step)
                due = run.seconds + 60 * settings.checkpoint_minutes
    except KeyboardInterrupt:
        if checkpoints:
            run.save(checkpoints, identity)
        log.write("interrupted", step=run.step)
        raise
    finally:
        log.close()
    if checkpoints:
        run.save(checkpoints, identity)
    run.read_losses()
    log.write("end", step=run.step, seconds=round(run.seconds, 1), losses=run.losses)
    average: TokenNet = run.average
    return average


def _identity(net: TokenNet, settings: TrainingSettings, data_key: str) -> dict[str, Any]:
    """What must be the same when a run goes on; its length may change."""
    kept = {k: v for k, v in asdict(settings).items() if k not in ("steps", "minutes", "checkpoint_minutes")}
    return json.loads(json.dumps({**kept, **asdict(net.shape), "data": data_key}))  # type: ignore[no-any-return]


def _report(run: _Run, log: RunLog) -> None:
    text = " ".join(f"{name} {value:.2f}" for name, value in run.losses.items())
    log.show(run.settings.done(run.step, run.seconds), f"step {run.step} loss {text}")
    if run.step % _LOG_STEPS:
        return
    run.read_losses()
    if not all(np.isfinite(value) for value in run.losses.values()):
        raise TrainingError(f"the loss is no longer a number at step {run.step}: try a lower --rate")
    rate = run.settings.rate * run.settings.factor(run.step, run.seconds)
    losses = {name: round(value, 4) for name, value in run.losses.items()}
    log.write("step", step=run.step, seconds=round(run.seconds, 1), rate=rate, losses=losses)
