"""What can go wrong in training, one clear line each."""

from __future__ import annotations

from index.errors import WenjuError

__all__ = ["TrainingError"]


class TrainingError(WenjuError):
    """Training cannot start or go on; the message says why."""
