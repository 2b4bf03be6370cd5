"""The curves of a run as plots with labels in English or Chinese: accuracy against coverage, ROC, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.plots import Axis, Series, line_plot
from eval.report_words import LANGUAGES, ReportLanguage

__all__ = ["plots"]

_WORDS: dict[str, tuple[str, str]] = {
    "run": ("this run", "本次评测"),
    "right": ("share right", "答对的比例"),
    "coverage": ("share of questions answered", "作答的比例"),
    "coverage.title": ("Accuracy against coverage", "作答越多，答对多少"),
    "coverage.caption": (
        "Accuracy against coverage: how many of the answers are right when only the surest are given.",
        "作答比例与正确率：只回答最有把握的问题时，答案中有多少是对的。",
    ),
    "roc_right": ("right or wrong", "答案对错"),
    "roc_answerable": ("answerable or not", "有无答案"),
    "negatives": ("of the negatives", "误认的比例"),
    "positives": ("of the positives", "认出的比例"),
    "roc.title": ("ROC", "ROC 曲线"),
    "roc.caption": (
        "ROC: how well the confidence tells right spans from wrong, and answerable questions from others.",
        "ROC：把握高低能在多大程度上分清答案的对错、问题有无答案。",
    ),
    "confidence": ("confidence", "把握"),
    "perfect": ("perfect", "理想情形"),
    "calibration.title": ("Calibration", "把握是否可信"),
    "calibration.caption": (
        "Calibration: the share of best spans that are right at each confidence.",
        "校准：每一档把握中，首选答案实际答对的比例。",
    ),
}


def plots(metrics: Mapping[str, Any], language: ReportLanguage = "en") -> list[tuple[str, str]]:
    """Return the captions and the SVG of the curves; a curve that the run has no points for is left out."""
    column = LANGUAGES.index(language)
    words = {key: both[column] for key, both in _WORDS.items()}
    curves = metrics["curves"]
    drawn = (_coverage(curves, words), _roc(curves, words), _calibration(curves, words))
    return [one for one in drawn if one is not None]


def _share(label: str) -> Axis:
    return Axis(label, 0, 1, write="{:.0%}".format)


def _coverage(curves: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str] | None:
    points = curves["risk_coverage"]
    if len(points) < 2:
        return None
    series = [
        Series(words["run"], [(p["coverage"], 1 - p["risk"]) for p in points]),
        Series("90 %", [(0, 0.9), (1, 0.9)], reference=True),
    ]
    plot = line_plot(words["coverage.title"], _share(words["coverage"]), _share(words["right"]), series)
    return words["coverage.caption"], plot


def _roc(curves: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str] | None:
    series = [
        Series(words[name], [(p["negatives"], p["positives"]) for p in curves[name]])
        for name in ("roc_right", "roc_answerable")
        if curves[name]
    ]
    if not series:
        return None
    series.append(Series("", [(0, 0), (1, 1)], reference=True))
    plot = line_plot(words["roc.title"], _share(words["negatives"]), _share(words["positives"]), series)
    return words["roc.caption"], plot


def _calibration(curves: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str] | None:
    bins = curves["reliability"]
    if not bins:
        return None
    series = [
        Series(words["run"], [(b["confidence"], b["accuracy"]) for b in bins], dots=True),
        Series(words["perfect"], [(0, 0), (1, 1)], reference=True),
    ]
    plot = line_plot(words["calibration.title"], _share(words["confidence"]), _share(words["right"]), series)
    return words["calibration.caption"], plot
