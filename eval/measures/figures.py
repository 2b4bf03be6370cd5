"""Figure accuracy: the same value in the same unit, however it is written (``16714.45 万元`` = ``1.671445 亿元``).

Applies where one figure is at least half of a reference. The prediction is right where it states that figure and no
other amount: a year or date beside it is context, a second amount would leave the reader to choose. A reference without a
unit (``308``) is met in any unit (``308分``): there the question names it. Rise and fall must not contradict, and part of a
period is not the period (``19世纪晚期``). Document numbers and codes are names, not figures: ``same_answer`` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.normalize import fold
from qa.figures import Figure, find_figures, same_figure
from qa.numerals import HAN_DIGITS, HAN_SCALES

__all__ = ["figure_accuracy", "gold_figure"]

MAX_OTHER_CHARACTERS = 12
"""Characters beside the figure that a prediction may have; a longer one is a sentence, not a figure."""

_NAMES = frozenset({"code", "document-number"})
_CONTEXT = frozenset({"year", "date", "time", "ordinal"})
_PERIOD = re.compile("早期|中期|中叶|晚期|[上下]半|[初末底前后]")
_HAN_NUMERAL = re.compile(f"[{HAN_DIGITS}{HAN_SCALES}]+")
_UP = re.compile(r"增|升|涨|上调|提高|扩大|\b(?:rose|rise|up|grew|increase)")
_DOWN = re.compile(r"减|降|跌|下调|缩|\b(?:fell|fall|down|declin|decrease)")


def gold_figure(reference: str) -> Figure | None:
    """Return the figure that ``reference`` is; None where it is something else.

    >>> gold_figure("约 1200 万吨").value, gold_figure("第六师五家渠市")
    (Decimal('12000000'), None)
    """
    text = fold(reference)
    if _HAN_NUMERAL.fullmatch(text):
        counted = find_figures(text + "个")  # a lone 六 is a number only because it is the whole answer
        return replace(counted[0], unit="", kind="number") if counted else None
    figures = [
        figure for figure in find_figures(text) if figure.kind not in _NAMES and _is_measured(text, figure)
    ]
    if len(figures) != 1:
        return None
    (figure,) = figures
    letters = sum(character.isalnum() or character in "%‰℃" for character in text)
    inside = sum(character.isalnum() or character in "%‰℃" for character in text[figure.start : figure.end])
    return figure if 2 * inside >= letters else None


def _is_measured(text: str, figure: Figure) -> bool:
    """Whether the figure has digits or a unit: the 二十 of 二十大 is part of a name."""
    return figure.kind != "number" or any(
        c.isdigit() and c.isascii() for c in text[figure.start : figure.end]
    )


def figure_accuracy(prediction: str, references: Sequence[str]) -> float | None:
    """Return 1.0 where the prediction states a reference's figure, else 0.0; None where no reference is a figure."""
    wanted = [(figure, reference) for reference in references if (figure := gold_figure(reference))]
    if not wanted:
        return None
    return float(any(_states(prediction, figure, reference) for figure, reference in wanted))


def _states(prediction: str, wanted: Figure, reference: str) -> bool:
    text = fold(prediction)
    own = gold_figure(text)
    found = find_figures(text) or ((own,) if own else ())
    if not any(_same(figure, wanted) for figure in found) or _contradict(text, fold(reference)):
        return False
    others = [figure for figure in found if not _same(figure, wanted)]
    if any(figure.kind not in _CONTEXT or figure.kind == wanted.kind for figure in others):
        return False
    beside = len(text) - sum(figure.end - figure.start for figure in found)
    return beside <= MAX_OTHER_CHARACTERS


def _same(figure: Figure, wanted: Figure) -> bool:
    if wanted.kind == "number" and not wanted.unit and not wanted.form:
        return figure.value is not None and (figure.value, figure.high) == (wanted.value, wanted.high)
    return same_figure(figure, wanted)


def _contradict(one: str, other: str) -> bool:
    if set(_PERIOD.findall(one)) != set(_PERIOD.findall(other)):
        return True
    one_up, one_down = bool(_UP.search(one)), bool(_DOWN.search(one))
    other_up, other_down = bool(_UP.search(other)), bool(_DOWN.search(other))
    return (one_up and other_down and not one_down) or (one_down and other_up and not one_up)
