"""Two runs on the same questions: what changed, and whether it can be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.judge import Row
from eval.run_folder import RunFolder, differences
from eval.statistics import PairedDifference, mcnemar, paired_bootstrap

__all__ = ["COMPARED", "Comparison", "compare_html", "compare_markdown", "compare_rows", "compare_runs"]

COMPARED = (
    "correct",
    "em",
    "f1",
    "guess_correct",
    "guess_f1",
    "figure",
    "list_recall",
    "citation_document",
    "citation_overlap",
    "passage/fused/Success@1",
    "passage/fused/Success@5",
    "passage/fused/nDCG@10",
    "document/fused/Success@1",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run A against run B over the questions both have; pairs of rows are (A's, B's)."""

    differences: Mapping[str, PairedDifference]
    fixed: Sequence[tuple[Row, Row]]
    broken: Sequence[tuple[Row, Row]]
    changed: Sequence[tuple[Row, Row]]
    """Neither fixed nor broken, but another answer."""
    p_value: float
    """McNemar's exact test on ``correct``."""
    questions: int
    only_one: int
    """Questions that only one of the runs has; they are left out."""
    settings: Sequence[str] = ()
    """What differs in the two configurations."""


def compare_runs(first: Path, second: Path) -> Comparison:
    """Compare two finished run folders.

    Raises
    ------
    EvalError
        Where a run is not finished, or they share no question.
    """
    one, other = RunFolder(first), RunFolder(second)
    rows = one.rows(), other.rows()
    settings = differences(one.config()["identity"], other.config()["identity"])
    return compare_rows(*rows, settings=settings)


def compare_rows(first: Sequence[Row], second: Sequence[Row], *, settings: Sequence[str] = ()) -> Comparison:
    """Compare the rows of two runs; questions pair by id and must ask and expect the same."""
    others = {row["id"]: row for row in second}
    pairs = [(row, others[row["id"]]) for row in first if row["id"] in others]
    if not pairs:
        raise EvalError("the two runs share no question")
    for one, other in pairs:
        if (one["question"], one["expected"]) != (other["question"], other["expected"]):
            raise EvalError(f"question {one['id']} is not the same in both runs: run both on one gold file")
    fixed: list[tuple[Row, Row]] = []
    broken: list[tuple[Row, Row]] = []
    changed: list[tuple[Row, Row]] = []
    for one, other in pairs:
        before, after = one["measures"]["correct"], other["measures"]["correct"]
        if before != after:
            (fixed if after else broken).append((one, other))
        elif (one["status"], one["answer"]) != (other["status"], other["answer"]):
            changed.append((one, other))
    found = {}
    for name in COMPARED:
        columns = [(a["measures"].get(name), b["measures"].get(name)) for a, b in pairs]
        both = [(a, b) for a, b in columns if a is not None and b is not None]
        if both:
            found[name] = paired_bootstrap([a for a, _ in both], [b for _, b in both])
    return Comparison(
        found,
        fixed,
        broken,
        changed,
        mcnemar(len(fixed), len(broken)),
        len(pairs),
        len(first) + len(second) - 2 * len(pairs),
        settings,
    )


def compare_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown: differences with intervals, then every question that changed."""
    c = comparison
    lines = [f"# Comparison of two runs over {c.questions} questions", ""]
    if c.only_one:
        lines.append(f"{c.only_one} questions are in one run only and are left out.")
    lines += [f"- {one}" for one in c.settings] or ["The two configurations are the same."]
    lines += ["", "| figure | B − A | 95 % interval | p | questions |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {100 * d.difference:+.1f} | {100 * d.low:+.1f} … {100 * d.high:+.1f} | {p_text(d.p_value).removeprefix('= ')} | {d.count} |"
        for name, d in c.differences.items()
    ]
    lines += [
        "",
        f"Fixed {len(c.fixed)}, broken {len(c.broken)}: McNemar p {p_text(c.p_value)}. Changed otherwise: {len(c.changed)}.",
    ]
    for title, pairs in (("Broken", c.broken), ("Fixed", c.fixed), ("Changed", c.changed)):
        if pairs:
            lines += [
                "",
                f"## {title}: {len(pairs)}",
                "",
                "| id | question | expected | A | B |",
                "|---|---|---|---|---|",
            ]
            lines += [_line(one, other) for one, other in pairs]
    return "\n".join(lines) + "\n"


def p_text(value: float) -> str:
    """Write a p-value: ``= 0.042``, or ``< 0.001``."""
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def compare_html(comparison: Comparison) -> str:
    """Return the comparison as one self-contained page, both answers side by side."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("eval", ".")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.get_template("compare.html.jinja")
    parts = {"Broken": comparison.broken, "Fixed": comparison.fixed, "Changed": comparison.changed}
    return template.render(comparison=comparison, parts=parts, shown=_shown, p_text=p_text)


def _line(one: Row, other: Row) -> str:
    cells = [one["id"], one["question"], "、".join(one["expected"]) or "–", _shown(one), _shown(other)]
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"


def _shown(row: Row) -> str:
    return row["answer"] if row["status"] == "answered" else f"({row['status']}) {row['guess']}".strip()
