"""How a training run of an embedder goes: its length, learning rate, batches. Pure; knows nothing of PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TrainingSettings"]

_LAST_RATE = 0.01  # of the highest


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train. The run ends at ``steps``, or earlier at ``minutes`` where that is given."""

    steps: int = 2000
    minutes: float | None = None
    batch_size: int = 2048
    """Pairs of a batch; all others of the batch are the negatives of each."""
    rate: float = 0.07
    """Highest learning rate, in spreads (standard deviations) of the starting vectors: high beside a transformer's, since a row of
    the table moves only when its piece is in the batch."""
    warm_up_steps: int = 50
    scale: float = 20.0
    """Factor of the cosine in the softmax."""
    dimensions: tuple[int, ...] = (256, 128)
    """Prefixes of a vector that are trained to stand alone."""
    dimensions_a_step: int = 1
    """How many of them, drawn at random, a step trains: the softmax over the batch is most of its cost."""
    balance: float = 0.7
    """A group of n pairs is drawn in proportion to n to this power, times its weight."""
    query_dropout: float = 0.1
    """Share of an anchor's pieces left out."""
    glossed: tuple[str, ...] = ()
    """Groups whose anchors are also asked word by word in another language, as group ``gloss:NAME``."""
    gloss_from: tuple[str, ...] = ()
    """Groups of pairs that are a dictionary: translations, and a Chinese word."""
    among: tuple[str, ...] = ()
    """Groups whose passages are also found among others of the group in one text, as group ``among:NAME``."""
    hard_negatives: tuple[str, ...] = ()
    """Groups whose anchors get a negative of their own: a passage that shares their words."""
    seed: int = 1
    checkpoint_steps: int = 500

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "checkpoint_steps", "dimensions_a_step"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise ValueError("a batch of one pair has no negatives: batch_size must be at least 2")
        if self.minutes is not None and not self.minutes > 0:
            raise ValueError(f"minutes must be above 0, got {self.minutes}")
        if not (self.rate > 0 and self.scale > 0):
            raise ValueError(f"rate and scale must be above 0, got {self.rate} and {self.scale}")
        if not (0 <= self.query_dropout < 1 and self.warm_up_steps >= 0):
            raise ValueError("query_dropout must be between 0 and 1, warm_up_steps 0 or more")
        if not self.dimensions or min(self.dimensions) < 1:
            raise ValueError(f"dimensions must be above 0, got {self.dimensions}")
        if self.glossed and not self.gloss_from:
            raise ValueError("to translate word by word, a group that is a dictionary must be named")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, got {self.seed}")

    def done(self, step: int, seconds: float) -> float:
        """Share of the run that is behind, 1 or more at its end."""
        return max(step / self.steps, seconds / (60 * self.minutes) if self.minutes else 0.0)

    def factor(self, step: int, seconds: float) -> float:
        """Learning rate at a step, as a share of the highest: up in the warm-up, then down to almost nothing."""
        warm = (step + 1) / max(1.0, self.warm_up_steps)
        return min(1.0, warm) * max(1.0 - self.done(step, seconds), _LAST_RATE)
