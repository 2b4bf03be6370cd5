"""Keeps ONNX Runtime, which reports its use to its makers, from doing so: imported before anything that may import it."""

from __future__ import annotations

import os

__all__: list[str] = []

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
