"""What stops a training run before or after it, as one clear line."""

from __future__ import annotations

from index.errors import WenjuError

__all__ = ["TrainingError"]


class TrainingError(WenjuError):
    """The data, the settings or the result of a training run will not do."""
