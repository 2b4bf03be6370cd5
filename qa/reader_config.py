"""``config.json`` of the folder of a reader of the bundled kind: lengths and match types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import ReaderError
from qa.span_costs import SpanCosts

__all__ = ["ARCHITECTURE", "ReaderConfig"]

ARCHITECTURE = "wenju-reader"
_VERSION = 2


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """``config.json`` of a reader's folder. Lengths count tokens; ``max_tokens`` counts question, passage and 3 marks."""

    max_tokens: int
    max_question_tokens: int
    stride: int
    """Tokens that two neighbouring windows of a long passage share."""
    max_answer_tokens: int
    match_types: tuple[str, ...]
    """Names of the match types, in the order of their numbers."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """What the reader is shown for a white-space character, which its tokenizer drops: the end of a line, of a cell."""
    max_above_tokens: int = 0
    """Tokens of what stands above a passage (title, headings, a table's first row) that are put before it; 0: none."""

    span_costs: SpanCosts = field(default_factory=SpanCosts)
    """What the reader's own spans cost beside their logits; the token scores do without."""

    @classmethod
    def load(cls, folder: Path) -> ReaderConfig:
        """Read and check the configuration of a folder.

        Raises
        ------
        ReaderError
            It is missing, damaged, or of another architecture or version.
        """
        path = folder / "config.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            kind, version = data["architecture"], data["version"]
            if (kind, version) != (ARCHITECTURE, _VERSION):
                raise ReaderError(
                    f"{path} is for {kind} version {version}; this is {ARCHITECTURE} version {_VERSION}"
                )
            config = cls(
                max_tokens=int(data["max_tokens"]),
                max_question_tokens=int(data["max_question_tokens"]),
                stride=int(data["stride"]),
                max_answer_tokens=int(data["max_answer_tokens"]),
                match_types=tuple(data["match_types"]),
                marks={_character(one): _character(other) for one, other in data.get("marks", {}).items()},
                max_above_tokens=int(data.get("max_above_tokens", 0)),
                span_costs=SpanCosts(
                    **{name: _cost(value) for name, value in data.get("span_costs", {}).items()}
                ),
            )
        except FileNotFoundError as error:
            raise ReaderError(f"{folder} holds no reader: config.json is missing") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReaderError(f"{path} is damaged: {error!r}") from error
        others = config.max_question_tokens + config.max_above_tokens + 3
        if min(config.stride, config.max_above_tokens) < 0 or config.max_tokens - others <= config.stride:
            raise ReaderError(f"{path}: a window must be longer than the stride")
        return config


def _cost(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError(f"a cost of spans must be a number from 0 to 100, not {value!r}")
    return float(value)


def _character(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise ValueError(f"marks must be one character for one character, not {value!r}")
    return value
