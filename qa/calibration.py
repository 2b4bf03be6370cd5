"""Score -> probability, and the thresholds that decide between an answer, related passages and nothing.

A calibration is a small JSON file, written by ``python -m eval calibrate`` and looked for in this order: the path given, the index
folder (``calibration.json``), the package (one per kind of reader):

    {"version": 2, "slope": 0.9, "intercept": -0.1, "answer_threshold": 0.42, "confidence_threshold": 0.0, "related_threshold": 0.3,
     "fitted_on": {…}}

``confidence = 1 / (1 + exp(-(slope · score + intercept)))``; ``score`` is the span scorer's certainty of the best span.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from math import exp
from pathlib import Path
from typing import Any

__all__ = ["CALIBRATION_NAME", "Calibration", "probability"]

CALIBRATION_NAME = "calibration.json"
_VERSION = 2
_BUNDLED = Path(__file__).parent / "models" / "calibrations.json"


def probability(log_odds: float) -> float:
    """The probability, 0 … 1, of log-odds."""
    return 1 / (1 + exp(-max(-60.0, min(60.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling of the best span's certainty, and thresholds.

    A span is given as the answer where the documents answer the question with a probability of at least ``answer_threshold`` by the
    scorer's judgement, and the span's own confidence is at least ``confidence_threshold``. Elsewhere, passages are shown as related
    where the best one covers at least ``related_threshold`` of the question (0 … 1).
    """

    slope: float = 1.0
    intercept: float = 0.0
    answer_threshold: float = 0.5
    related_threshold: float = 0.3
    fitted_on: dict[str, Any] = field(default_factory=dict)
    confidence_threshold: float = 0.0

    def __post_init__(self) -> None:
        for name in ("answer_threshold", "confidence_threshold", "related_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if self.slope < 0:
            raise ValueError(f"slope must not be negative, got {self.slope}")

    def confidence(self, score: float) -> float:
        """Probability that a span with this score is right."""
        return probability(self.slope * score + self.intercept)

    def trusts(self, judgement: float, confidence: float) -> bool:
        """Whether the best span is given as the answer: ``judgement`` in log-odds, ``confidence`` as ``confidence`` gives it."""
        return probability(judgement) >= self.answer_threshold and confidence >= self.confidence_threshold

    def to_dict(self) -> dict[str, Any]:
        """Return the calibration as its file holds it."""
        return {"version": _VERSION, **asdict(self)}

    def save(self, path: Path) -> None:
        """Write the calibration as JSON, replacing the file as a whole: a pipeline may open it meanwhile."""
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)

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
            raise ValueError(
                f"version {data.get('version')} instead of {_VERSION}; python -m eval calibrate makes a new one"
            )
        return cls(**{key: value for key, value in data.items() if key != "version"})
