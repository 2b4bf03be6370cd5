"""Score -> probability, and the thresholds that decide between an answer, related passages and nothing.

A calibration is a small JSON file, written by ``python -m eval calibrate`` and looked for in this order: the path given, the index
folder (``calibration.json``), the package (one per kind of reader):

    {"version": 1, "slope": 0.9, "intercept": -0.1, "answer_threshold": 0.42, "related_threshold": 0.3, "fitted_on": {…}}

``confidence = 1 / (1 + exp(-(slope · score + intercept)))``; ``score`` is the span scorer's log-odds of the best span.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from math import exp
from pathlib import Path
from typing import Any

__all__ = ["CALIBRATION_NAME", "Calibration"]

CALIBRATION_NAME = "calibration.json"
_VERSION = 1
_BUNDLED = Path(__file__).parent / "models" / "calibrations.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling of the best span's score, and two thresholds.

    A span is trusted from ``answer_threshold`` (a probability) on. Below it, passages are shown as related where the best
    one covers at least ``related_threshold`` of the question (0 … 1).
    """

    slope: float = 1.0
    intercept: float = 0.0
    answer_threshold: float = 0.5
    related_threshold: float = 0.3
    fitted_on: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("answer_threshold", "related_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if self.slope < 0:
            raise ValueError(f"slope must not be negative, got {self.slope}")

    def confidence(self, score: float) -> float:
        """Probability that a span with this score is right."""
        return 1 / (1 + exp(-max(-60.0, min(60.0, self.slope * score + self.intercept))))

    def to_dict(self) -> dict[str, Any]:
        """Return the calibration as its file holds it."""
        return {"version": _VERSION, **asdict(self)}

    def save(self, path: Path) -> None:
        """Write the calibration as JSON."""
        path.write_text(json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read what ``save`` wrote; raises ``ValueError`` with a clear line for anything else."""
        try:
            return cls._from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not a calibration: {error}") from error

    @classmethod
    def bundled(cls, kind: str) -> Calibration:
        """The calibration that ships for a kind of reader: ``neural`` or ``overlap``."""
        return cls._from_dict(json.loads(_BUNDLED.read_text(encoding="utf-8"))[kind])

    @classmethod
    def _from_dict(cls, data: dict[str, Any]) -> Calibration:
        if data.get("version") != _VERSION:
            raise ValueError(f"version {data.get('version')} instead of {_VERSION}")
        return cls(**{key: value for key, value in data.items() if key != "version"})
