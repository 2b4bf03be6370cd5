"""A finished run's report and plots in every language, for a page that shows either.

``python -m eval.report_languages RUN_DIR OUT_DIR`` writes ``report.en.html``, ``report.zh.html`` and ``plots.json``, and the
run's own ``metrics.json``, ``report.md`` and ``report.html``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.errors import EvalError
from eval.metrics_file import load_metrics
from eval.report import html, write_report
from eval.report_plots import plots
from eval.report_words import LANGUAGES
from eval.run_folder import RunFolder

__all__ = ["main", "write_languages"]


def write_languages(run_dir: Path, out_dir: Path) -> None:
    """Write the report of a run, and into ``out_dir`` its pages and plots in every language.

    Raises
    ------
    EvalError
        Where ``run_dir`` holds no finished run.
    """
    write_report(run_dir)
    metrics, rows = load_metrics(run_dir), RunFolder(run_dir).rows()
    out_dir.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (out_dir / f"report.{language}.html").write_text(html(metrics, rows, language), encoding="utf-8")
    drawn = {language: plots(metrics, language) for language in LANGUAGES}
    (out_dir / "plots.json").write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Do it for the command line; 0 done, 1 no finished run, 2 wrong usage."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m eval.report_languages RUN_DIR OUT_DIR\n")
        return 2
    try:
        write_languages(Path(arguments[0]), Path(arguments[1]))
    except (EvalError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
