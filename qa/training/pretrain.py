"""Pretraining without labels: a small generator fills in masked tokens, the reader's network tells which ones it replaced.

Clark et al., "ELECTRA: pre-training text encoders as discriminators rather than generators", 2020, arXiv:2003.10555. Masked are runs
of one to four tokens, as long as Chinese words are.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from index.training.run_log import RunLog
from qa.training.checkpoints import latest_checkpoint, load_checkpoint, save_checkpoint
from qa.training.errors import TrainingError
from qa.training.model import ModelShape, TokenNet
from qa.training.moments import load_moments, moments_of, under
from qa.training.muon import optimizers
from qa.training.settings import PretrainingSettings

__all__ = ["Electra", "mask_runs", "pretrain"]

_SPECIAL = 5  # ids below are [PAD] [UNK] [CLS] [SEP] [MASK]
_CLS, _MASK = 2, 4
_LONGEST_RUN = 4
_ROOM = 1.4  # places that may be masked, of those expected to be
_LONGEST_GRADIENT = 5.0
_SEED_STRIDE = 1_000_003
_LOG_STEPS = 100


class Electra(nn.Module):  # type: ignore[misc]
    """Generator and discriminator with the same token embeddings."""

    def __init__(self, shape: ModelShape, settings: PretrainingSettings) -> None:
        super().__init__()
        share = settings.generator_width
        smaller = replace(
            shape,
            layers=settings.generator_layers,
            width=max(8, int(shape.width * share) // 8 * 8),
            heads=max(1, int(shape.heads * share)),
            feed=max(8, int(shape.feed * share) // 8 * 8),
        )
        self.discriminator = TokenNet(shape, outputs=1)
        self.generator = TokenNet(smaller, outputs=shape.embedding)
        self.generator.tokens.weight = self.discriminator.tokens.weight
        self.norm = nn.LayerNorm(shape.embedding)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary))

    def forward(self, ids: Any, places: Any, wanted: Any) -> tuple[Any, Any, Any]:
        """Losses of generator and discriminator and the share of replaced tokens that are found.

        Parameters
        ----------
        ids
            (b, n) int64, whole.
        places, wanted
            (b, k): positions that may be masked, int64, and which of them are, float.
        """
        kept = ids.gather(1, places)
        masked = ids.scatter(1, places, torch.where(wanted > 0, _MASK, kept))
        hidden = self.generator.hidden(masked)
        hidden = hidden.gather(1, places[..., None].expand(-1, -1, hidden.shape[-1]))
        states = self.norm(functional.gelu(self.generator.out(hidden)))
        logits = functional.linear(states, self.discriminator.tokens.weight * 0.25, self.bias).float()
        each = functional.cross_entropy(logits.flatten(0, 1), kept.flatten(), reduction="none")
        generator = (each.view_as(wanted) * wanted).sum() / wanted.sum().clamp(min=1)
        with torch.no_grad():
            noise = -torch.log(-torch.log(torch.rand_like(logits).clamp(1e-6, 1 - 1e-6)))
            drawn = (logits + noise).argmax(-1)
            replaced = ids.scatter(1, places, torch.where(wanted > 0, drawn, kept))
            changed = (replaced != ids).float()
        scores = self.discriminator(replaced)[..., 0].float()
        discriminator = functional.binary_cross_entropy_with_logits(scores, changed)
        found = ((scores > 0).float() * changed).sum() / changed.sum().clamp(min=1)
        return generator, discriminator, found.detach()


def mask_runs(ids: Any, rate: float, most: int) -> tuple[Any, Any]:
    """Places (b, most) int64 and which of them are masked (b, most) float: runs of tokens, about ``rate`` of all."""
    first = torch.rand(ids.shape, device=ids.device) < rate / (0.96 * (1 + _LONGEST_RUN) / 2)
    length = torch.randint(1, _LONGEST_RUN + 1, ids.shape, device=ids.device)
    masked = first.clone()
    for shift in range(1, _LONGEST_RUN):
        masked[:, shift:] |= (first & (length > shift))[:, :-shift]
    masked &= ids >= _SPECIAL
    ranked = masked.float() + 0.5 * torch.rand(ids.shape, device=ids.device)
    places = ranked.topk(most, 1).indices
    return places, masked.gather(1, places).float()


class _Run:
    """What a pretraining run carries from step to step."""

    def __init__(self, model: Electra, settings: PretrainingSettings, *, compiled: bool) -> None:
        self.model, self.settings = model, settings
        self.device = model.bias.device
        self.optimizers = optimizers([model], rate=settings.rate, weight_decay=settings.weight_decay)
        self._losses = torch.compile(model, dynamic=False) if compiled else model
        self.step, self.seconds = 0, 0.0

    def advance(self, text: Any) -> list[Any]:
        """Take one step on windows of the text (n,) int32; losses, share found, and length of the gradient."""
        settings = self.settings
        rate = settings.rate * settings.factor(self.step, settings.done(self.step, self.seconds))
        torch.manual_seed(settings.seed * _SEED_STRIDE + self.step)
        start = torch.randint(0, len(text) - settings.length, (settings.batch, 1), device=self.device)
        ids = text[start + torch.arange(settings.length, device=self.device)].long()
        ids[:, 0] = _CLS
        places, wanted = mask_runs(ids, settings.masked, int(settings.length * settings.masked * _ROOM))
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=settings.bfloat16):
            generator, discriminator, found = self._losses(ids, places, wanted)
        (generator + settings.discriminator_weight * discriminator).backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), _LONGEST_GRADIENT)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return [value.detach() for value in (generator, discriminator, found, norm)]

    def save(self, folder: Path, identity: dict[str, Any]) -> None:
        """Write a checkpoint."""
        tensors = {f"net.{name}": value for name, value in self.model.named_parameters()}
        tensors |= moments_of(self.model, self.optimizers)
        state = {"step": self.step, "seconds": self.seconds, "identity": identity}
        save_checkpoint(folder, self.step, tensors, state)

    def load(self, folder: Path, identity: dict[str, Any]) -> None:
        """Go on from a checkpoint; refused where it belongs to another run."""
        tensors, state = load_checkpoint(folder)
        if state.get("identity") != identity:
            raise TrainingError(f"{folder} belongs to another run: its settings, sizes or text differ")
        try:
            self.model.load_state_dict(under(tensors, "net."), strict=False)
            load_moments(self.model, self.optimizers, tensors)
            self.step, self.seconds = int(state["step"]), float(state["seconds"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"the checkpoint {folder} is damaged: {error}") from error


def pretrain(
    model: Electra,
    tokens: npt.NDArray[np.uint16],
    settings: PretrainingSettings,
    *,
    log: RunLog,
    checkpoints: Path | None = None,
    resume: bool = False,
    compiled: bool = False,
) -> None:
    """Pretrain ``model`` in place, on the device where it is.

    Parameters
    ----------
    tokens
        Ids of running text (n,), more than a window.
    checkpoints
        Folder for checkpoints: every ``settings.checkpoint_minutes``, when interrupted, and at the end. None: none are kept.
    resume
        Go on from the newest checkpoint there; from the beginning where there is none.
    compiled
        Compile the step first, a minute on a GPU, which then takes two thirds of the time.

    Raises
    ------
    TrainingError
        The text is too short, the checkpoint is damaged or belongs to another run, or the loss is no longer a number.
    """
    if len(tokens) <= settings.length:
        raise TrainingError(f"a text of {len(tokens)} tokens is shorter than a window of {settings.length}")
    run = _Run(model.train(), settings, compiled=compiled)
    identity = _identity(model, tokens, settings)
    found = latest_checkpoint(checkpoints) if resume and checkpoints else None
    if found:
        run.load(found, identity)
    text = torch.from_numpy(tokens.astype(np.int32)).to(run.device)
    log.write("start", step=run.step, tokens=len(tokens), **asdict(settings))
    began, before = time.monotonic(), run.seconds
    due = before + 60 * settings.checkpoint_minutes
    try:
        while settings.done(run.step, run.seconds) < 1:
            values = run.advance(text)
            run.seconds = before + time.monotonic() - began
            _report(run, values, log)
            if checkpoints and run.seconds >= due:
                run.save(checkpoints, identity)
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
    log.write("end", step=run.step, seconds=round(run.seconds, 1))


def _identity(
    model: Electra, tokens: npt.NDArray[np.uint16], settings: PretrainingSettings
) -> dict[str, Any]:
    """What must be the same when a run goes on; its length may change."""
    kept = {k: v for k, v in asdict(settings).items() if k not in ("steps", "seconds", "checkpoint_minutes")}
    text = hashlib.sha256(np.ascontiguousarray(tokens).tobytes()).hexdigest()[:16]
    return {**kept, **asdict(model.discriminator.shape), "text": text}


def _report(run: _Run, values: list[Any], log: RunLog) -> None:
    done = run.settings.done(run.step, run.seconds)
    if run.step % _LOG_STEPS and run.step != 1 and done < 1:
        return
    names = ("generator", "discriminator", "found", "gradient")
    shown = {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}
    if not all(np.isfinite(value) for value in shown.values()):
        raise TrainingError(f"the loss is no longer a number at step {run.step}: try a lower --rate")
    log.show(done, f"step {run.step} " + " ".join(f"{name} {value:.3f}" for name, value in shown.items()))
    seen = run.step * run.settings.batch * run.settings.length
    log.write("step", step=run.step, seconds=round(run.seconds, 1), tokens=seen, **shown)
