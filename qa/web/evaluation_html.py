"""A finished evaluation run as HTML: head figures with intervals, the report's plots, the questions answered wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qa.web.markup import attribute, escape, identifier
from qa.web.strings import Language, text

__all__ = ["evaluation_html"]

_FIGURES: dict[str, tuple[str, str]] = {
    "correct": ("答对（全部问题）", "Right, all questions"),
    "answered/correct": ("答对（已作答的）", "Right, of those answered"),
    "f1": ("F1", "F1"),
    "figure": ("数值正确", "Figures right"),
    "list_recall": ("列举找全", "List items found"),
    "refusal_recall": ("该拒答的拒答了", "Unanswerable refused"),
    "citation_document": ("引对文档", "Right document cited"),
    "passage/fused/Success@5": ("前 5 段含答案", "Passage among first 5"),
}
_FAILURES_SHOWN = 100


def evaluation_html(run_dir: Path, drawn_dir: Path, language: Language) -> str:
    """Return the result of the run in ``run_dir`` with the plots in ``drawn_dir``; an empty string where it has no report."""
    try:
        metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
        rows = [
            json.loads(line)
            for line in (run_dir / "rows.jsonl").read_text(encoding="utf-8").split("\n")
            if line
        ]
        drawn = json.loads((drawn_dir / "plots.json").read_text(encoding="utf-8"))[language]
    except (OSError, ValueError, KeyError):
        return ""
    return _cards(metrics["figures"], language) + _plots(drawn, language) + _failures(rows, language)


def _cards(figures: dict[str, Any], language: Language) -> str:
    cards = ""
    for name, labels in _FIGURES.items():
        if name not in figures:
            continue
        one = figures[name]
        interval = f"{100 * one['low']:.1f}–{100 * one['high']:.1f}"
        hint = text(language, "evaluation.interval")
        cards += (
            f'<div class="wj-figure"><dt>{escape(labels[0] if language == "zh" else labels[1])}</dt>'
            f'<dd><strong>{100 * one["value"]:.1f}%</strong><span title="{attribute(hint)}">{interval}</span></dd></div>'
        )
    link = escape(text(language, "evaluation.report"))
    return f'<dl class="wj-figures">{cards}</dl><p><a class="wj-link wj-report-link" href="/wj/evaluation/report?language={language}" target="_blank" rel="noopener">{link}</a></p>'


def _plots(drawn: list[list[str]], language: Language) -> str:
    """The plots, SVG which this program drew from numbers alone, with their captions."""
    if not drawn:
        return ""
    figures = "".join(
        f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" for caption, svg in drawn
    )
    return f'<h3>{escape(text(language, "evaluation.plots"))}</h3><div class="wj-plots">{figures}</div>'


def _failures(rows: list[dict[str, Any]], language: Language) -> str:
    wrong = [row for row in rows if row["measures"].get("correct", 0.0) < 1.0]
    items = "".join(_failure(row, language) for row in wrong[:_FAILURES_SHOWN])
    title = escape(text(language, "evaluation.failures", n=len(wrong)))
    return f'<h3>{title}</h3><ul class="wj-failures">{items}</ul>'


def _failure(row: dict[str, Any], language: Language) -> str:
    expected = ("、" if language == "zh" else ", ").join(row["expected"]) or text(
        language, "evaluation.refused"
    )
    got = row["answer"] or text(language, "evaluation.refused")
    return (
        f'<li><button type="button" class="wj-failure" data-ask="{identifier(row["question"])}" '
        f'title="{attribute(text(language, "evaluation.ask"))}">{escape(row["question"])}</button>'
        f"<dl><dt>{escape(text(language, 'evaluation.expected'))}</dt><dd>{escape(expected)}</dd>"
        f"<dt>{escape(text(language, 'evaluation.got'))}</dt><dd>{escape(got)}</dd></dl></li>"
    )
