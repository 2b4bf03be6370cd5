"""``metrics.json``: every figure of a run with its interval, made from the rows and read back by the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.judge import Row
from eval.statistics import Estimate
from eval.summary import curves, figures, groups, latencies

__all__ = ["load_metrics", "make_metrics"]


def make_metrics(rows: Sequence[Row], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of ``metrics.json``."""
    return {
        "run": dict(config),
        "questions": {
            "all": len(rows),
            **{kind: sum(row["kind"] == kind for row in rows) for kind in ("span", "list", "none")},
        },
        "figures": {name: _rounded(estimate) for name, estimate in figures(rows).items()},
        "latency_ms": latencies(rows),
        "groups": {
            kind: {
                name: {f: _rounded(estimate) for f, estimate in inside.items()}
                for name, inside in members.items()
            }
            for kind, members in groups(rows).items()
        },
        "curves": {
            name: [{key: round(value, 4) for key, value in point.items()} for point in points]
            for name, points in curves(rows).items()
        },
    }


def _rounded(estimate: Estimate) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(estimate).items()}


def load_metrics(path: Path) -> dict[str, Any]:
    """Read a ``metrics.json``, or the one inside a run folder.

    Raises
    ------
    EvalError
        Where there is none.
    """
    file = path / "metrics.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not isinstance(found.get("figures"), dict):
            raise ValueError(file)
    except OSError:
        raise EvalError(f"{file} cannot be read: make it with `eval report RUN_DIR`") from None
    except ValueError:
        raise EvalError(f"{file} is no metrics file") from None
    return found
