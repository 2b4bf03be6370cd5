"""How a training run goes: its length, learning rate, mixture. Pure; knows nothing of PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["PretrainingSettings", "TrainingSettings"]

_LATE = 0.3  # share of the run after which the later mixture is used
_LAST_RATE = 0.01  # of the highest


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train. The run ends at ``steps`` or ``minutes``, whichever comes first; one of them must be given."""

    steps: int | None = None
    minutes: float | None = None
    rate: float = 1.2e-3
    warm_up_steps: int = 250
    """At most; a twentieth of the run where that is shorter."""
    weight_decay: float = 0.02
    dropout: float = 0.05
    """Of embeddings and of what the blocks add; 0 saves a tenth of a step."""
    token_dropout: float = 0.0
    """Share of tokens that lose their whole embedding, and, drawn apart, of those that lose their word vector."""
    averaging: float = 0.998
    """Decay of the averaged weights a step; smaller during the first steps."""
    seed: int = 1
    bfloat16: bool = True
    checkpoint_minutes: float = 10.0
    weights: tuple[float, ...] = ()
    """How often each training set is drawn, in proportion; equally where empty."""
    late_weights: tuple[float, ...] = ()
    """The same after 30 % of the run; ``weights`` where empty."""

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise ValueError("a number of steps or minutes is needed")
        if (self.steps is not None and self.steps < 1) or (self.minutes is not None and not self.minutes > 0):
            raise ValueError(f"steps and minutes must be above 0, got {self.steps} and {self.minutes}")
        for name in ("dropout", "token_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be 0 or more and below 1, got {getattr(self, name)}")
        if not self.rate > 0:
            raise ValueError(f"the learning rate must be above 0, got {self.rate}")
        for weights in (self.weights, self.late_weights):
            if any(weight < 0 for weight in weights) or (weights and not sum(weights) > 0):
                raise ValueError(f"mixture weights must be 0 or more and not all 0, got {weights}")

    def done(self, step: int, seconds: float) -> float:
        """Share of the run that is behind, 1 or more at its end."""
        by_steps = step / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(by_steps, by_time)

    def factor(self, step: int, seconds: float) -> float:
        """Learning rate at a step, as a share of the highest: up in the warm-up, then down to almost nothing."""
        done = self.done(step, seconds)
        warm = max((step + 1) / self.warm_up_steps, (done + 1e-3) * 20)
        return min(1.0, warm) * max(1.0 - done, _LAST_RATE)

    def mixture(self, sets: int, done: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Probability of each training set, ``sets`` of them."""
        weights = (self.late_weights if done >= _LATE else ()) or self.weights or (1.0,) * sets
        if len(weights) != sets:
            raise ValueError(f"one mixture weight a training file is needed: got {len(weights)} for {sets}")
        return np.array(weights) / sum(weights)


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
    bfloat16: bool = True
    checkpoint_minutes: float = 10.0

    def __post_init__(self) -> None:
        if self.steps is None and self.seconds is None:
            raise ValueError("a number of steps or minutes is needed")
        if (self.steps is not None and self.steps < 1) or (self.seconds is not None and not self.seconds > 0):
            raise ValueError(f"steps and minutes must be above 0, got {self.steps} and {self.seconds}")
        if not self.rate > 0:
            raise ValueError(f"the learning rate must be above 0, got {self.rate}")
        if self.batch < 1 or self.length < 8:
            raise ValueError(
                f"a batch of windows of 8 tokens or more is needed, got {self.batch} of {self.length}"
            )

    def done(self, step: int, seconds: float) -> float:
        """Share of the run that is behind, 1 or more at its end."""
        by_steps = step / self.steps if self.steps else 0.0
        by_time = seconds / self.seconds if self.seconds else 0.0
        return max(by_steps, by_time)

    def factor(self, step: int, done: float) -> float:
        """Learning rate as a share of the highest."""
        return min(1.0, (step + 1) / self.warm_up_steps) * min(1.0, max(0.0, (1 - done) / (1 - self.flat)))
