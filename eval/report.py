"""A finished run folder -> ``metrics.json``, ``report.md`` and ``report.html``. Reads rows; never asks or judges again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.judge import Row
from eval.metrics_file import make_metrics
from eval.report_plots import plots
from eval.report_tables import (
    SECTIONS,
    breakdowns,
    facts,
    failures,
    latency_table,
    percent,
    retrieval_tables,
)
from eval.run_folder import RunFolder

__all__ = ["html", "markdown", "write_report"]

_MAX_ROWS = 1000
"""Rows shown of one kind; all of them are in ``rows.jsonl``."""


def write_report(run_dir: Path) -> list[Path]:
    """Write the three files into the run folder and return their paths.

    Raises
    ------
    EvalError
        Where the folder holds no finished run.
    """
    folder = RunFolder(run_dir)
    rows, config = folder.rows(), folder.config()
    metrics = make_metrics(rows, config)
    texts = {
        "metrics.json": json.dumps(metrics, ensure_ascii=False, indent=1) + "\n",
        "report.md": markdown(metrics, rows),
        "report.html": html(metrics, rows),
    }
    for name, text in texts.items():
        (run_dir / name).write_text(text, encoding="utf-8")
    return [run_dir / name for name in texts]


def markdown(metrics: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the report as Markdown: every table, and the questions answered wrongly."""
    found = metrics["figures"]
    lines = ["# Evaluation", "", "Figures in per cent with 95 % bootstrap intervals over questions.", ""]
    lines += [f"- {label}: {value}" for label, value in facts(metrics)]
    for title, names in SECTIONS.items():
        body = [
            [label, percent(found[n]), str(found[n]["count"])] for n, label in names.items() if n in found
        ]
        if body:
            lines += ["", f"## {title}", "", *_table([["", "figure", "questions"], *body])]
    for unit, table in retrieval_tables(found).items():
        lines += ["", f"## Retrieval: {unit}s", "", *_table(table)]
    lines += ["", "## Latency (ms)", "", *_table(latency_table(metrics))]
    for kind, members in breakdowns(metrics).items():
        header = [kind, "questions", "right", "exact match", "F1", "answered"]
        keys = ("correct", "em", "f1", "answered_share")
        body = [[name, str(f["em"]["count"]), *(percent(f.get(key)) for key in keys)] for name, f in members]
        lines += ["", f"## By {kind}", "", *_table([header, *body])]
    for kind, inside in failures(rows).items():
        body = [
            [
                r["id"],
                r["question"],
                "、".join(r["expected"]) or "–",
                r["answer"] or f"({r['status']}) {r['guess']}",
            ]
            for r in inside[:_MAX_ROWS]
        ]
        title = f"## {kind}: {len(inside)} of {len(rows)}"
        lines += ["", title, "", *_table([["id", "question", "expected", "answer"], *body])]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        cleaned = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(cleaned) + " |"

    return [line(rows[0]), "|" + "---|" * len(rows[0]), *(line(row) for row in rows[1:])]


def html(metrics: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the report as one self-contained page."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("eval", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    template = environment.get_template("report.html.jinja")
    return template.render(
        metrics=metrics,
        found=metrics["figures"],
        sections=SECTIONS,
        facts=facts(metrics),
        plots=plots(metrics),
        retrieval=retrieval_tables(metrics["figures"]),
        latency=latency_table(metrics),
        breakdowns=breakdowns(metrics),
        failures={kind: (len(inside), inside[:_MAX_ROWS]) for kind, inside in failures(rows).items()},
        right=[row for row in rows if row["measures"]["correct"]][:_MAX_ROWS],
        right_count=sum(row["measures"]["correct"] == 1 for row in rows),
        total=len(rows),
    )
