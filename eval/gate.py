"""Has a figure fallen? A run's ``metrics.json`` against a committed baseline: a fall by more than the interval fails.

A figure passes while it stays inside or above the baseline's 95 % interval (inside or below, for a cost). The baseline
names its questions: figures of other questions cannot be compared, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.metrics_file import load_metrics
from eval.summary import LOWER_IS_BETTER

__all__ = ["GATED", "gate", "make_baseline", "write_baseline"]

GATED = (
    "correct",
    "em",
    "f1",
    "answered/correct",
    "guess/correct",
    "figure",
    "list_recall",
    "list_precision",
    "refusal_precision",
    "refusal_recall",
    "auroc",
    "area_under_risk_coverage",
    "coverage_at_90",
    "expected_calibration_error",
    "citation_document",
    "citation_quote",
    "citation_overlap",
    "passage/fused/Success@1",
    "passage/fused/Success@5",
    "document/fused/Success@1",
)
_ROUNDING = 5e-5


def make_baseline(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a baseline keeps of a run: the gated figures and which questions they are of."""
    identity = metrics["run"].get("identity", {})
    return {
        "gold_sha256": identity.get("gold_sha256"),
        "split": identity.get("split"),
        "questions": metrics["questions"]["all"],
        "figures": {name: metrics["figures"][name] for name in GATED if name in metrics["figures"]},
    }


def _load_run(path: Path) -> dict[str, Any]:
    metrics = load_metrics(path)
    if not all(isinstance(metrics.get(name), dict) for name in ("run", "questions")):
        raise EvalError(f"{path} holds no run's metrics: it is METRICS first, then BASELINE")
    return metrics


def _load_baseline(path: Path) -> dict[str, Any]:
    baseline = load_metrics(path)
    if "gold_sha256" not in baseline:
        raise EvalError(f"{path} is no baseline: make one with `eval gate METRICS BASELINE --renew`")
    return baseline


def write_baseline(metrics: Path, baseline: Path) -> None:
    """Make ``baseline`` from a run's metrics."""
    text = json.dumps(make_baseline(_load_run(metrics)), ensure_ascii=False, indent=1)
    baseline.write_text(text + "\n", encoding="utf-8")


def gate(metrics: Path, baseline: Path) -> tuple[list[str], list[str]]:
    """Return a line for every figure that fell and for every one that held.

    Raises
    ------
    EvalError
        Where a file is not what its place asks for, or the two are of other questions.
    """
    now, before = make_baseline(_load_run(metrics)), _load_baseline(baseline)
    for name in ("gold_sha256", "split", "questions"):
        if before.get(name) != now[name]:
            raise EvalError(
                f"the baseline is of other questions ({name}: {before.get(name)} → {now[name]}); "
                "look at the report, then renew it with `eval gate METRICS BASELINE --renew`"
            )
    fallen: list[str] = []
    held: list[str] = []
    for name, old in before["figures"].items():
        new = now["figures"].get(name)
        if new is None:
            fallen.append(f"{name}: {old['value']:.4f} → gone")
            continue
        cost = name in LOWER_IS_BETTER
        fell = new["value"] > old["high"] + _ROUNDING if cost else new["value"] < old["low"] - _ROUNDING
        limit = f"at most {old['high']:.4f}" if cost else f"at least {old['low']:.4f}"
        line = f"{name}: {old['value']:.4f} → {new['value']:.4f} ({limit})"
        (fallen if fell else held).append(line)
    return fallen, held
