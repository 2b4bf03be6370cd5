"""Pretraining without labels: a small generator fills in masked tokens, the reader's network tells which ones it replaced.

Clark et al., "ELECTRA: pre-training text encoders as discriminators rather than generators", 2020, arXiv:2003.10555. Masked are runs
of one to four tokens, as long as Chinese words are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from qa.training.model import ModelShape, TokenNet
from qa.training.muon import optimizers

__all__ = ["Electra", "PretrainingSettings", "mask_runs", "pretrain"]

_SPECIAL = 5  # ids below are [PAD] [UNK] [CLS] [SEP] [MASK]
_CLS, _MASK = 2, 4
_LONGEST_RUN = 4


@dataclass(frozen=True, slots=True)
class PretrainingSettings:
    """How to pretrain. The run ends at ``steps`` or ``seconds``, whichever comes first."""

    steps: int | None = None
    seconds: float | None = None
    rate: float = 2e-3
    warm_up_steps: int = 300
    flat: float = 0.4
    """Share of the run at the highest rate; then it falls to nothing in a straight line."""
    weight_decay: float = 0.05
    batch: int = 192
    length: int = 384
    masked: float = 0.16
    generator_width: float = 0.5
    """Of the network's width and feed-forward width."""
    generator_layers: int = 4
    discriminator_weight: float = 50.0
    seed: int = 1

    def done(self, step: int, seconds: float) -> float:
        """Share of the run that is behind, 1 or more at its end."""
        by_steps = step / self.steps if self.steps else 0.0
        by_time = seconds / self.seconds if self.seconds else 0.0
        return max(by_steps, by_time)

    def factor(self, step: int, done: float) -> float:
        """Learning rate as a share of the highest."""
        return min(1.0, (step + 1) / self.warm_up_steps) * min(1.0, max(0.0, (1 - done) / (1 - self.flat)))


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
        generator = (each.view_as(wanted) * wanted).sum() / wanted.sum()
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


def pretrain(
    model: Electra,
    tokens: Callable[[], npt.NDArray[np.uint16]],
    settings: PretrainingSettings,
    *,
    device: str = "cpu",
    compiled: bool = False,
    report: Callable[..., None] = lambda **values: None,
    on_checkpoint: Callable[[Electra, int], None] = lambda model, step: None,
    checkpoint_seconds: float = 300.0,
) -> int:
    """Pretrain on windows of running text; returns the steps taken.

    Parameters
    ----------
    tokens
        Gives the text's token ids, asked again at each report, so that text may arrive during the run.
    report
        Called every 100 steps with what goes on.

    Raises
    ------
    ValueError
        The text is shorter than a window.
    """
    torch.manual_seed(settings.seed)
    model.to(device).train()
    pair = optimizers([model], rate=settings.rate, weight_decay=settings.weight_decay)
    run = torch.compile(model, dynamic=False) if compiled else model
    text = _on(tokens(), settings, device)
    begin, step, seen, due = time.monotonic(), 0, 0, checkpoint_seconds
    most = int(settings.length * settings.masked * 1.4)
    while (done := settings.done(step, time.monotonic() - begin)) < 1:
        for optimizer in pair:
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * settings.factor(step, done)
        start = torch.randint(0, len(text) - settings.length, (settings.batch, 1), device=device)
        ids = text[start + torch.arange(settings.length, device=device)].long()
        ids[:, 0] = _CLS
        places, wanted = mask_runs(ids, settings.masked, most)
        with torch.autocast(device, dtype=torch.bfloat16):
            generator, discriminator, found = run(ids, places, wanted)
        (generator + settings.discriminator_weight * discriminator).backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        for optimizer in pair:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step, seen = step + 1, seen + ids.numel()
        if step % 100 == 0 or step == 5:
            values = [float(value.detach()) for value in (generator, discriminator, found, norm)]
            if not all(np.isfinite(values)):
                raise ValueError(f"the loss is no longer a number at step {step}: try a lower rate")
            report(
                step=step, seconds=round(time.monotonic() - begin, 1), tokens=seen, generator=round(values[0], 4),
                discriminator=round(values[1], 4), found=round(values[2], 4), norm=round(values[3], 3), text=len(text),
            )  # fmt: skip
            latest = tokens()
            if len(latest) != len(text):
                text = _on(latest, settings, device)
        if time.monotonic() - begin > due:
            on_checkpoint(model, step)
            due += checkpoint_seconds
    on_checkpoint(model, step)
    return step


def _on(tokens: npt.NDArray[np.uint16], settings: PretrainingSettings, device: str) -> Any:
    if len(tokens) <= settings.length:
        raise ValueError(f"{len(tokens)} tokens are fewer than a window of {settings.length}")
    return torch.from_numpy(np.ascontiguousarray(tokens).astype(np.int32)).to(device)
