"""A finished run folder -> ``metrics.json``, ``report.md`` and ``report.html``. Reads rows; never asks or judges again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
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
from eval.report_words import ReportLanguage, name_in, words_in
from eval.run_folder import RunFolder

__all__ = ["html", "markdown", "write_report"]

_MAX_ROWS = 1000
"""Rows shown of one kind; all of them are in ``rows.jsonl``."""


def write_report(run_dir: Path, language: ReportLanguage = "en") -> list[Path]:
    """Write the three files into the run folder, the two for people in ``language``, and return their paths.

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
        "report.md": markdown(metrics, rows, language),
        "report.html": html(metrics, rows, language),
    }
    for name, text in texts.items():
        (run_dir / name).write_text(text, encoding="utf-8")
    return [run_dir / name for name in texts]


def markdown(metrics: Mapping[str, Any], rows: Sequence[Row], language: ReportLanguage = "en") -> str:
    """Return the report as Markdown: every table, and the questions answered wrongly."""
    say, found = words_in(language), metrics["figures"]
    about = say("Figures in per cent with 95 % bootstrap intervals over questions.")
    lines = [f"# {say('Evaluation')}", "", about, ""]
    lines += [f"- {label}: {value}" for label, value in facts(metrics, language)]
    for title, names in SECTIONS.items():
        body = [
            [say(label), percent(found[n]), str(found[n]["count"])]
            for n, label in names.items()
            if n in found
        ]
        if body:
            header = ["", say("figure"), say("questions")]
            lines += ["", f"## {say(title)}", "", *_table([header, *body])]
    for unit, table in retrieval_tables(found, language).items():
        lines += ["", f"## {say(f'Retrieval: {unit}s')}", "", *_table(table)]
    lines += ["", f"## {say('Latency in milliseconds')}", "", *_table(latency_table(metrics, language))]
    for kind, members in breakdowns(metrics).items():
        header = [say(kind), say("questions"), say("right"), say("exact match"), "F1", say("answered")]
        keys = ("correct", "em", "f1", "answered_share")
        body = [
            [name_in(language, name), str(f["em"]["count"]), *(percent(f.get(key)) for key in keys)]
            for name, f in members
        ]
        lines += ["", f"## {say(f'By {kind}')}", "", *_table([header, *body])]
    for kind, inside in failures(rows).items():
        title = say("{kind}: {count} of {total}", kind=say(kind), count=len(inside), total=len(rows))
        lines += ["", f"## {title}", "", *_table(_wrong(inside, language))]
    return "\n".join(lines) + "\n"


def _wrong(rows: Sequence[Row], language: ReportLanguage) -> list[list[str]]:
    """A table of questions answered wrongly, its header first."""
    say = words_in(language)
    body = [
        [
            r["id"],
            r["question"],
            "、".join(r["expected"]) or "–",
            r["answer"] or f"({say(r['status'])}) {r['guess']}",
        ]
        for r in rows[:_MAX_ROWS]
    ]
    return [["id", say("question"), say("expected"), say("answer")], *body]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        cleaned = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(cleaned) + " |"

    return [line(rows[0]), "|" + "---|" * len(rows[0]), *(line(row) for row in rows[1:])]


def html(metrics: Mapping[str, Any], rows: Sequence[Row], language: ReportLanguage = "en") -> str:
    """Return the report as one self-contained page."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("eval", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": percent, "name_of": partial(name_in, language)}
    template = environment.get_template("report.html.jinja")
    return template.render(
        language=language,
        say=words_in(language),
        name_of=partial(name_in, language),
        metrics=metrics,
        found=metrics["figures"],
        sections=SECTIONS,
        facts=facts(metrics, language),
        plots=plots(metrics, language),
        retrieval=retrieval_tables(metrics["figures"], language),
        latency=latency_table(metrics, language),
        breakdowns=breakdowns(metrics),
        failures={kind: (len(inside), inside[:_MAX_ROWS]) for kind, inside in failures(rows).items()},
        right=[row for row in rows if row["measures"]["correct"]][:_MAX_ROWS],
        right_count=sum(row["measures"]["correct"] == 1 for row in rows),
        total=len(rows),
    )
